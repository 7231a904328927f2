"""Passkeys, with the real binary and Chromium's virtual authenticator: added, used alone and as the second factor."""

import json
import re
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import expect

from authenticator import App
from support import PASSWORD, SECRET, Browser, Held, sqlite, wait_until
from virtual_authenticator import VirtualAuthenticator

SESSION = "better-auth.session_token"


@pytest.fixture
def site(server) -> str:
    """The address for which browsers have passkeys: they belong to a name."""
    return server.url.replace("127.0.0.1", "localhost")


def card(page):
    return page.get_by_role("region", name="Passkeys", exact=True)


def gives_password(page, site, alice):
    page.goto(site + "/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def suggests_no_more(button):
    """Stops the page's suggestions: a virtual authenticator that fails at once would be asked again and again."""
    button.evaluate("button => { delete button.dataset.suggests }")


def is_signed_in(page) -> bool:
    return any(cookie["name"] == SESSION for cookie in page.context.cookies())


class Holder:
    """A user with a passkey, and the window that has it, signed out."""

    def __init__(self, open_page, site, person):
        self.page, self.site, self.person = open_page(), site, person
        self.authenticator = VirtualAuthenticator(self.page, presence=False)
        gives_password(self.page, site, person)
        self.page.wait_for_url("**/dashboard")
        self.authenticator.answers()
        self.page.goto(site + "/account")
        self.begins()
        self.page.get_by_role("button", name="Continue").click()
        expect(self.page.locator(".notice")).to_contain_text("Passkey added.")
        self.signs_out()

    def begins(self):
        card(self.page).get_by_text("Add a passkey").click()
        card(self.page).get_by_role("button", name="Begin").click()

    def signs_out(self):
        self.authenticator.answers(False)
        self.page.context.clear_cookies()

    def opens_login(self):
        """The page to sign in on, with an authenticator that answers only the button."""
        self.authenticator.answers(False)
        self.page.goto(self.site + "/login")
        self.authenticator.answers_only(self.button)

    def is_refused(self):
        """Presses the button, and sees the passkey refused."""
        self.presses_once(self.button, "**/login/passkey")
        expect(self.page.get_by_role("alert")).to_contain_text("This passkey was not accepted.")

    def presses_once(self, button, pattern: str):
        """Presses the button, whose form is sent there; what the page after that suggests is not chosen."""
        sent = Held(self.page, pattern)
        button.click(no_wait_after=True)
        sent.wait_for(1)
        self.authenticator.answers(False)
        sent.free()
        self.page.unroute(pattern)

    @property
    def button(self):
        return self.page.get_by_role("button", name="Sign in with a passkey")

    def reasons(self) -> list[str]:
        """Why passkeys were refused, as the audit trail has it."""
        rows = self.person.server.objects("audit", "list", "--json")
        details = [row["details"] for row in rows if row["event"] == "authn_login_fail"]
        return [each["cause"] for each in details if "cause" in each]


@pytest.fixture
def holder(open_page, site, alice) -> Holder:
    return Holder(open_page, site, alice)


# Alone

def test_a_passkey_is_added_signs_in_at_the_press_of_a_button_and_is_removed(holder):
    page = holder.page
    holder.opens_login()
    holder.button.click()
    page.wait_for_url("**/dashboard")
    assert is_signed_in(page)
    page.goto(holder.site + "/account")
    expect(card(page)).to_contain_text("Chrome on Linux")
    expect(card(page)).to_contain_text("Last used")
    expect(card(page)).to_contain_text("Synced")
    expect(page.get_by_role("region", name="Recent activity")).to_contain_text("Signed in with a passkey")
    card(page).get_by_label("Change: Chrome on Linux").click()
    card(page).get_by_label("New name").fill("Work laptop")
    card(page).get_by_role("button", name="Rename").click()
    expect(card(page).get_by_role("heading", name="Work laptop")).to_be_visible()
    card(page).get_by_label("Change: Work laptop").click()
    card(page).get_by_role("button", name="Remove").click()
    expect(page.locator(".notice")).to_contain_text("Passkey removed.")
    assert is_signed_in(page), "What it has signed in goes on."
    holder.signs_out()
    holder.opens_login()
    holder.is_refused()
    assert not is_signed_in(page)


def test_a_passkey_is_suggested_where_the_address_is_typed(holder):
    page = holder.page
    page.goto(holder.site + "/login")
    assert page.get_by_label("E-mail").get_attribute("autocomplete") == "username webauthn"
    # The authenticator stands for a hand that chooses what the browser suggests.
    holder.authenticator.answers()
    page.goto(holder.site + "/account")
    page.wait_for_url("**/account")
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    assert is_signed_in(page)


def test_the_button_works_although_a_suggestion_waits_and_again_after_it_was_cancelled(holder):
    page = holder.page
    holder.authenticator.verifies(False)
    holder.opens_login()
    suggests_no_more(holder.button)
    for _ in range(2):
        holder.button.click()
        expect(page.get_by_role("alert")).to_have_text(
            "That was cancelled, took too long, or there is no passkey for it here.")
        assert not is_signed_in(page)
    holder.authenticator.verifies(True)
    holder.button.click()
    page.wait_for_url("**/dashboard")


def test_a_passkey_without_user_verification_does_not_sign_in_alone(holder):
    page = holder.page
    holder.authenticator.verifies(False)
    holder.opens_login()
    # A page that was tampered with.
    holder.button.evaluate(
        "button => { button.dataset.passkey = button.dataset.passkey.replace('required', 'discouraged') }")
    holder.is_refused()
    assert not is_signed_in(page)
    assert holder.reasons()[-1] == "no user verification"


def test_a_response_is_valid_once(holder, server):
    page, sent = holder.page, []
    page.on("request", lambda request: sent.append(request.post_data) if request.url.endswith("/login/passkey") else None)
    holder.opens_login()
    holder.button.click()
    page.wait_for_url("**/dashboard")
    credential = json.loads(parse_qs(sent[0])["credential"][0])
    assert credential["type"] == "public-key" and credential["response"]["userHandle"]
    again = server.client.post("/api/auth/passkey", json={"credential": credential})
    assert (again.status_code, again.json()["detail"]) == (401, "Invalid credentials")
    assert holder.reasons()[-1] == "unknown, used or expired challenge"


def test_a_response_for_another_origin_is_refused(holder, start_server, server):
    """The same host at another port: passkeys are for both, and the origin tells them apart."""
    other = start_server(BETTER_AUTH_SECRET=SECRET)
    options = server.client.post("/api/auth/passkey/options").json()
    page = holder.page
    page.goto(other.url.replace("127.0.0.1", "localhost") + "/signup")
    holder.authenticator.answers()
    credential = page.evaluate("""async options => (await navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })).toJSON()""", options)
    refused = server.client.post("/api/auth/passkey", json={"credential": credential})
    assert refused.status_code == 401
    assert holder.reasons()[-1] == "other origin"
    other.stop()


def test_a_copied_passkey_and_its_original_are_refused_and_the_owner_sees_it(holder, server):
    page = holder.page
    for _ in range(2):
        holder.opens_login()
        holder.button.click()
        page.wait_for_url("**/dashboard")
        holder.signs_out()
    holder.authenticator.counts_from(1)
    for reason in ("counter", "suspended"):
        holder.opens_login()
        holder.is_refused()
        assert holder.reasons()[-1] == reason
        holder.authenticator.counts_from(50)
    holder.authenticator.answers(False)
    gives_password(page, holder.site, holder.person)
    page.wait_for_url("**/dashboard")
    page.goto(holder.site + "/account")
    expect(card(page)).to_contain_text("Refused: there may be a copy of it.")
    kinds = [row["event"] for row in server.objects("audit", "list", "--user", holder.person.email, "--json")]
    assert kinds.count("passkey_suspected") == 1


# Adding

def test_one_device_makes_one_passkey_and_a_cancelled_attempt_can_be_repeated(open_page, holder):
    page = holder.page
    holder.opens_login()
    holder.button.click()
    page.wait_for_url("**/dashboard")
    page.goto(holder.site + "/account")
    holder.begins()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_have_text("This device has a passkey of this account already.")
    page.get_by_role("link", name="Back to the account").click()
    expect(card(page).get_by_role("heading")).to_have_count(2)


def test_without_user_verification_no_passkey_is_made(open_page, site, alice):
    page = open_page()
    authenticator = VirtualAuthenticator(page, presence=False)
    gives_password(page, site, alice)
    page.wait_for_url("**/dashboard")
    authenticator.answers()
    authenticator.verifies(False)
    page.goto(site + "/account")
    card(page).get_by_text("Add a passkey").click()
    card(page).get_by_role("button", name="Begin").click()
    page.get_by_label("Name", exact=True).fill("My key")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("That was cancelled")
    authenticator.verifies(True)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".notice")).to_contain_text("Passkey added.")
    expect(card(page).get_by_role("heading", name="My key")).to_be_visible()


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost"])
def test_without_a_script_or_a_host_name_no_passkey_is_offered(open_page, server, alice, address):
    site = server.url.replace("127.0.0.1", address)
    page = open_page(java_script_enabled=address == "127.0.0.1")
    page.goto(site + "/login")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    gives_password(page, site, alice)
    page.wait_for_url("**/dashboard")
    page.goto(site + "/account")
    card(page).get_by_text("Add a passkey").click()
    card(page).get_by_role("button", name="Begin").click()
    expect(page.get_by_text("This browser cannot make a passkey for this address.")).to_be_visible()
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)


# As a proof

def test_a_passkey_confirms_the_user_and_begins_no_session(holder, server):
    page = holder.page
    gives_password(page, holder.site, holder.person)
    page.wait_for_url("**/dashboard")

    def sessions() -> list[tuple]:
        return server.looks_up("SELECT id FROM sessions WHERE user_id = ? ORDER BY id", holder.person.id)

    def cookie() -> str:
        return next(each["value"] for each in page.context.cookies() if each["name"] == SESSION)

    before = sessions(), cookie()
    with sqlite(server.database) as database:
        database.execute(
            "UPDATE sessions SET proved_at = proved_at - 601000 WHERE user_id = ?", (holder.person.id,))
        database.commit()
    factor = page.get_by_role("region", name="Second factor", exact=True)

    def asks() -> bool:
        page.goto(holder.site + "/account")
        return factor.get_by_label("Your password").count() == 1

    wait_until(asks, "the server's memory of the session to be renewed")
    holder.authenticator.answers()
    page.get_by_role("button", name="Confirm with a passkey").click()
    expect(page.locator(".notice")).to_have_text("Confirmed. For ten minutes, changes here need no password.")
    expect(page.get_by_role("button", name="Confirm with a passkey")).to_have_count(0)
    expect(page.get_by_label("Your password")).to_have_count(0)
    factor.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()
    assert (sessions(), cookie()) == before


# With a second factor

@pytest.fixture
def app(server, holder) -> App:
    """The app of an account that has a passkey, too."""
    browser = Browser(server.url)
    browser.logs_in(holder.person)
    page = browser.submits("/account/second-factor", on="/account")
    app = App(re.search(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", page.text).group(1))
    assert browser.submits("/account/second-factor/activate", on="/account", code=app.code()).status_code == 200
    return app


def test_a_passkey_with_user_verification_counts_as_both_factors(holder, app):
    holder.opens_login()
    holder.button.click()
    holder.page.wait_for_url("**/dashboard")


def test_after_the_password_a_passkey_replaces_the_code(holder, app):
    page = holder.page
    gives_password(page, holder.site, holder.person)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert not is_signed_in(page)
    holder.authenticator.answers()
    # Possession of the passkey is enough beside the password.
    holder.authenticator.verifies(False)
    page.get_by_role("button", name="Use a passkey instead").click()
    page.wait_for_url("**/dashboard")
    assert is_signed_in(page)


def test_adding_another_passkey_requires_a_code(open_page, site, holder, app):
    page = open_page()
    authenticator = VirtualAuthenticator(page, presence=False)
    gives_password(page, site, holder.person)
    page.get_by_label("Code", exact=True).fill(app.code(1))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/dashboard")
    authenticator.answers()
    page.goto(site + "/account")
    card(page).get_by_text("Add a passkey").click()
    card(page).get_by_label("Code from the app").fill(app.wrong())
    card(page).get_by_role("button", name="Begin").click()
    expect(card(page).get_by_text("This code is wrong")).to_be_visible()


def test_an_ended_session_is_continued_over_the_page(holder):
    page = holder.page
    holder.opens_login()
    holder.button.click()
    page.wait_for_url("**/dashboard")
    holder.signs_out()
    page.evaluate("globalThis.suggests = false")
    page.get_by_label("New task").fill("Kept through it all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    holder.authenticator.answers_only(holder.button)
    holder.button.click()
    expect(page.locator(".row").filter(has_text="Kept through it all")).to_be_visible()


# The owner and the operator

def test_the_operator_removes_all_passkeys(holder, server):
    email = holder.person.email
    assert server.says("user", "remove-passkeys", email) == f"Passkeys of {email} removed: 1.\n"
    assert server.says("user", "remove-passkeys", email) == f"{email} has no passkeys.\n"
    holder.opens_login()
    holder.is_refused()
    assert holder.reasons()[-1] == "unknown passkey"


def test_the_owner_is_notified_of_passkeys(start_server, mail_server, open_page):
    server = start_server(BETTER_AUTH_SECRET=SECRET, **mail_server.settings())
    holder = Holder(open_page, server.url.replace("127.0.0.1", "localhost"), server.newcomer("alice"))

    def notices():
        return [mail for mail in mail_server.to(holder.person.email) if mail.message["Subject"] == "A passkey was added"]

    notice, = wait_until(notices, "the notice")
    assert "/recover/" in notice.link
    rows = server.looks_up("SELECT user_handle, credential_id, transports FROM passkeys")
    assert len(rows) == 1 and len(rows[0][0]) == 32 and rows[0][2] == "internal"
    wait_until(lambda: server.looks_up("SELECT COUNT(*) FROM used_challenges")[0][0] == 1, "the challenge to be used up")
    server.stop()
