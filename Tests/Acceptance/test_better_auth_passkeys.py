"""Better Auth's passkey plugin, as its client calls it from a page in Chromium with a virtual authenticator, and users who
bring its passkeys."""

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import expect

from authenticator import App
from support import PASSWORD, Server
from test_better_auth_client import USER
from test_import import BETTER_AUTH, TIME, better_auth_user, imports, makes, refuses
from virtual_authenticator import VirtualAuthenticator

ROW = ["name", "publicKey", "userId", "credentialID", "counter", "deviceType", "backedUp", "transports", "createdAt",
       "aaguid", "id"]

CLIENT = """async ([act, options]) => {
    const send = async (method, path, body) => {
        const answer = await fetch('/api/auth' + path, {
            method, headers: body ? {'Content-Type': 'application/json'} : {}, body: body && JSON.stringify(body)})
        return {status: answer.status, body: await answer.json()}
    }
    const plain = credential => {
        const {clientExtensionResults, ...rest} = credential.toJSON()
        return rest
    }
    const acts = {
        call: ({method = 'POST', path, body = {}}) => send(method, path, method == 'POST' ? body : undefined),
        async add({name, context}) {
            const query = new URLSearchParams({...(name && {name}), ...(context && {context})})
            const asked = await send('GET', '/passkey/generate-register-options?' + query)
            if (asked.status != 200) return asked
            const made = await navigator.credentials.create(
                {publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked.body)})
            return send('POST', '/passkey/verify-registration', {response: plain(made), name})
        },
        async signIn({verification}) {
            const asked = await send('GET', '/passkey/generate-authenticate-options')
            if (asked.status != 200) return asked
            const found = await navigator.credentials.get({publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
                {...asked.body, ...(verification && {userVerification: verification})})})
            return send('POST', '/passkey/verify-authentication', {response: plain(found)})
        },
    }
    return acts[act](options)
}"""


class Client:
    """An application's page at the server's own origin, with Better Auth's client and an authenticator."""

    def __init__(self, open_page, site: str):
        self.page = open_page()
        self.authenticator = VirtualAuthenticator(self.page, presence=False)
        # A page that suggests no passkeys by itself.
        self.page.goto(site + "/signup")
        self.authenticator.answers()

    def acts(self, act: str, status: int = 200, **options):
        answer = self.page.evaluate(CLIENT, [act, options])
        assert answer["status"] == status, answer
        return answer["body"]

    def calls(self, path: str, status: int = 200, **body):
        return self.acts("call", status, path=path, body=body)

    def asks(self, path: str, status: int = 200):
        return self.acts("call", status, method="GET", path=path)


@pytest.fixture
def site(server) -> str:
    return server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def ann(open_page, site) -> Client:
    """Signed in, without a passkey."""
    ann = Client(open_page, site)
    ann.email = f"ann.{secrets.token_hex(4)}@example.com"
    ann.calls("/sign-up/email", name="Ann", email=ann.email, password=PASSWORD)
    return ann


def test_a_passkey_is_added_signs_in_and_is_renamed_and_removed(ann):
    added = ann.acts("add", name="Laptop")
    assert list(added) == ROW
    [credential] = ann.authenticator.credentials
    assert base64.urlsafe_b64decode(added["credentialID"] + "==") == base64.b64decode(credential["credentialId"])
    assert (added["name"], added["deviceType"], added["backedUp"], added["transports"]) == (
        "Laptop", "multiDevice", True, "internal")
    ann.calls("/sign-out")
    assert ann.asks("/get-session") is None
    done = ann.acts("signIn")
    assert list(done) == ["session", "user"] and list(done["user"]) == USER
    session = ann.asks("/get-session")
    assert session == done and session["user"]["email"] == ann.email
    # Again, for a fresh session: of the user's own passkeys.
    again = ann.acts("signIn")
    assert again["session"]["token"] != done["session"]["token"]
    [listed] = ann.asks("/passkey/list-user-passkeys")
    assert listed == added | {"counter": listed["counter"]} and listed["counter"] > added["counter"]
    renamed = ann.calls("/passkey/update-passkey", id=listed["id"], name="Phone")
    assert renamed == {"passkey": listed | {"name": "Phone"}}
    assert ann.calls("/passkey/delete-passkey", id=listed["id"]) == {"status": True}
    assert ann.asks("/passkey/list-user-passkeys") == []
    ann.calls("/sign-out")
    refused = ann.acts("signIn", 401)
    assert refused == {"message": "Authentication failed", "code": "AUTHENTICATION_FAILED"}


def test_a_passkey_without_user_verification_begins_no_session(ann, server):
    ann.acts("add")
    ann.calls("/sign-out")
    ann.authenticator.verifies(False)
    refused = ann.acts("signIn", 401, verification="discouraged")
    assert refused["code"] == "AUTHENTICATION_FAILED" and ann.asks("/get-session") is None
    assert not [cookie for cookie in ann.page.context.cookies() if "session_token" in cookie["name"]]
    causes = [row["details"].get("cause") for row in server.objects("audit", "list", "--json")
              if row["event"] == "authn_login_fail"]
    assert causes[-1] == "no user verification"


def test_with_a_second_factor_adding_requires_a_code_and_signing_in_does_not(ann):
    enabled = ann.calls("/two-factor/enable", password=PASSWORD)
    app = App(enabled["totpURI"].split("secret=")[1].split("&")[0])
    ann.calls("/two-factor/verify-totp", code=app.code())
    assert ann.acts("add", 400)["code"] == "CODE_REQUIRED"
    assert ann.acts("add", 401, context=app.wrong())["code"] == "INVALID_CODE"
    assert ann.authenticator.credentials == []
    added = ann.acts("add", context=enabled["backupCodes"][0])
    assert added["name"] == "Chrome on Linux"
    assert ann.acts("add", 401, context=enabled["backupCodes"][0])["code"] == "INVALID_CODE"
    ann.calls("/sign-out")
    assert ann.acts("signIn")["user"]["twoFactorEnabled"] is True
    assert ann.asks("/get-session")["user"]["email"] == ann.email


def test_the_account_page_lists_the_passkey_and_it_signs_in_there(ann, site):
    ann.acts("add", name="Of the application")
    ann.page.goto(site + "/account")
    card = ann.page.get_by_role("region", name="Passkeys", exact=True)
    expect(card.get_by_role("heading", name="Of the application")).to_be_visible()
    ann.authenticator.answers(False)
    ann.page.context.clear_cookies()
    ann.page.goto(site + "/login")
    button = ann.page.get_by_role("button", name="Sign in with a passkey")
    ann.authenticator.answers_only(button)
    button.click()
    ann.page.wait_for_url("**/dashboard")


# Users of Better Auth

WITH_PASSKEYS = BETTER_AUTH + """
    create table "passkey" ("id" text not null primary key, "name" text, "publicKey" text not null,
        "userId" text not null references "user" ("id") on delete cascade, "credentialID" text not null,
        "counter" integer not null, "deviceType" text not null, "backedUp" integer not null, "transports" text,
        "createdAt" date, "aaguid" text);
"""


class OldPasskey:
    """A passkey that Better Auth's server has stored, with its private key."""

    def __init__(self):
        self.key, self.id = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(32)
        self.handle = base64.urlsafe_b64encode(secrets.token_bytes(24))

    @property
    def cose(self) -> bytes:
        """The public key as RFC 9053 writes it: EC2, ES256, P-256, x and y."""
        numbers = self.key.public_key().public_numbers()
        return (bytes.fromhex("a5010203262001215820") + numbers.x.to_bytes(32) + bytes.fromhex("225820")
                + numbers.y.to_bytes(32))

    def row(self, user: str, counter: int = 7, **changes) -> tuple:
        values = {
            "id": f"p-{secrets.token_hex(8)}", "name": "Old phone",
            "publicKey": base64.b64encode(self.cose).decode(), "userId": user,
            "credentialID": base64.urlsafe_b64encode(self.id).decode().rstrip("="), "counter": counter,
            "deviceType": "multiDevice", "backedUp": 1, "transports": "internal,hybrid", "createdAt": TIME,
            "aaguid": "00000000-0000-0000-0000-000000000000"} | changes
        return f"insert into passkey values ({', '.join('?' * len(values))})", tuple(values.values())

    def put_into(self, authenticator: VirtualAuthenticator, counter: int):
        key = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        authenticator.send("addCredential", credential={
            "credentialId": base64.b64encode(self.id).decode(), "isResidentCredential": True, "rpId": "localhost",
            "privateKey": base64.b64encode(key).decode(), "userHandle": base64.b64encode(self.handle).decode(),
            "signCount": counter, "backupEligibility": True, "backupState": True})


def test_imported_users_sign_in_with_their_passkeys(server, tmp_path, open_page, site):
    file, passkey, copied = tmp_path / "auth.db", OldPasskey(), OldPasskey()
    old, other = f"u-{secrets.token_hex(4)}", f"u-{secrets.token_hex(4)}"
    makes(
        file, WITH_PASSKEYS, *better_auth_user(old, f"{old}@example.com", PASSWORD),
        *better_auth_user(other, f"{other}@example.com", None), passkey.row(old), copied.row(other))
    said = imports(server, "better-auth", file)
    assert "Imported: 2 users (1 with a password, 1 without, 2 passkeys), 0 tasks;" in said
    assert "Note: passkeys (2) sign in here only if the host of LATCHKEY_URL is the one that they were made for" in said
    assert "accounts with 'github' (1), as no sign-in provider with this name is set here." in said

    client = Client(open_page, site)
    passkey.put_into(client.authenticator, counter=7)
    done = client.acts("signIn")
    assert done["user"]["id"] == old
    [row] = client.asks("/passkey/list-user-passkeys")
    assert (row["name"], row["counter"], row["publicKey"]) == (
        "Old phone", 8, base64.b64encode(passkey.cose).decode())
    # A browser that has it already makes no second.
    with pytest.raises(Exception, match="InvalidStateError|already"):
        client.acts("add")

    # On the pages, too; the counter goes on from where it was.
    window = Client(open_page, site)
    window.authenticator.answers(False)
    copied.put_into(window.authenticator, counter=6)
    for outcome in ("This passkey was not accepted.", "This passkey was not accepted."):
        window.authenticator.answers(False)
        window.page.goto(site + "/login")
        button = window.page.get_by_role("button", name="Sign in with a passkey")
        window.authenticator.answers_only(button)
        button.click()
        expect(window.page.get_by_role("alert")).to_contain_text(outcome)
    causes = [row["details"].get("cause") for row in server.objects("audit", "list", "--json")
              if row["event"] == "authn_login_fail"]
    assert causes[-2:] == ["counter", "suspended"]


def test_passkeys_that_cannot_be_used_are_named(stopped_server: Server, tmp_path):
    file, passkey = tmp_path / "auth.db", OldPasskey()
    p384 = base64.b64encode(bytes.fromhex("a501020338222002215830") + bytes(48) + bytes.fromhex("225830") + bytes(48))
    makes(
        file, WITH_PASSKEYS, *better_auth_user("a", "alice@example.com", PASSWORD),
        OldPasskey().row("a", id="p1", publicKey=p384.decode()), passkey.row("a", id="p2", deviceType="phone"),
        passkey.row("a", id="p3"))
    said = refuses(stopped_server, "better-auth", file)
    assert "table passkey, row 1 (id 'p1'): the passkey's public key is not one that can be used here" in said
    assert "table passkey, row 2 (id 'p2'): the passkey's deviceType is neither" in said
    assert "2 rows cannot be taken, so nothing was imported." in said
    said = imports(stopped_server, "better-auth", file, "--skip-bad")
    assert "1 user (1 with a password, 0 without, 1 passkey)" in said
