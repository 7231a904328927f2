"""Chromium's virtual authenticator: a platform authenticator in one window, which needs no hand."""

from playwright.sync_api import expect

from support import wait_until_page

NOTES_SUGGESTIONS = """{
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = options => {
        const answer = get(options);
        globalThis.suggests ||= options.mediation === 'conditional';
        return answer;
    };
}"""
"""The authenticator answers each request as it stands when the request begins, so tests have to know when that is."""


class VirtualAuthenticator:
    def __init__(self, page, presence: bool = True, verified: bool = True):
        """`presence`: whether it answers at once. A page that suggests passkeys then takes one as it loads."""
        self.page = page
        page.add_init_script(NOTES_SUGGESTIONS)
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable", {"enableUI": False})
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": verified, "automaticPresenceSimulation": presence,
            "defaultBackupEligibility": True, "defaultBackupState": True}})["authenticatorId"]

    def send(self, command: str, **options):
        return self.session.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **options})

    def answers(self, presence: bool = True):
        """For requests that are made from now on."""
        self.send("setAutomaticPresenceSimulation", enabled=presence)

    def answers_only(self, button):
        """The request that this button makes, but not the one for suggestions, which the page makes first."""
        expect(button).to_be_visible()
        wait_until_page(self.page, lambda: self.page.evaluate("globalThis.suggests"), "the request for suggestions")
        self.answers()

    def verifies(self, verified: bool):
        self.send("setUserVerified", isUserVerified=verified)

    @property
    def credentials(self) -> list[dict]:
        return self.send("getCredentials")["credentials"]

    def counts_from(self, count: int):
        """Its only credential is replaced by a copy from when the counter stood there."""
        credential, = self.credentials
        self.send("removeCredential", credentialId=credential["credentialId"])
        self.send("addCredential", credential=credential | {"signCount": count})
