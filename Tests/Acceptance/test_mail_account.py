"""An account that changes its address and is recovered by the old one: the e-mails, their links, and what they leave."""

import os
import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from accessibility import assert_is_accessible
from support import PASSWORD, SECRET, Browser, Server, wait_until
from test_account_page import signs_in
from test_mail_links import mailed
from test_mail_reset import everything_kept
from test_passkeys import Holder
from test_second_factor import Owner

NEW = "another horse battery"


@pytest.fixture
def server(stopped_server, mail_server) -> Server:
    stopped_server.settings |= mail_server.settings()
    return stopped_server.start()


def scans(open_page, link: str) -> None:
    """As a mail scanner with a browser of its own: scripts run, and nothing is pressed."""
    page = open_page(java_script_enabled=True)
    for _ in range(3):
        page.goto(link)
        page.wait_for_load_state("networkidle")
        assert page.locator("main form").count() == 1, "The link is used up."


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_person_changes_the_address_and_reverts_it(open_page, mail_server, with_script):
    page = open_page(java_script_enabled=with_script)
    old, new = (f"{name}.{os.urandom(4).hex()}@example.com" for name in ("carol", "caroline"))
    page.goto("/signup")
    page.get_by_label("E-mail", exact=True).fill(old)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/dashboard")
    page.goto("/account")
    page.get_by_text("Change the address").first.click()
    page.get_by_label("New address").fill(new)
    page.get_by_role("button", name="Change the address").click()
    expect(page.locator(".notice")).to_contain_text("is on its way to the new address")
    expect(page.get_by_role("definition").filter(has_text=old)).to_be_visible()
    link = urlsplit(mail_server.awaits(new).link).path
    scans(open_page, link)
    page.goto(link)
    page.get_by_role("button", name="Use this address").click()
    expect(page.locator(".notice")).to_contain_text(f"Your address is {new} now.")

    notice = mail_server.awaits(old)
    assert notice.message["Subject"] == "Your e-mail address was changed"
    assert new not in notice.text() and "Chrome on Linux" in notice.text()
    assert notice.link in notice.text("html")
    scans(open_page, urlsplit(notice.link).path)
    page.goto(urlsplit(notice.link).path)
    page.get_by_label("Password before the change").fill("not it at all")
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Recover the account").click()
    expect(page.locator("#former_password-error")).to_contain_text("not the password that the account had")
    page.get_by_label("Password before the change").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Recover the account").click()
    expect(page.locator(".notice")).to_contain_text("Your account is yours again.")
    page.goto("/account")
    page.wait_for_url("**/login**")
    signs_in(page, new, PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    signs_in(page, old, NEW)
    page.wait_for_url("**/dashboard")
    last = mail_server.awaits(new, 2)
    assert last.message["Subject"] == "An account no longer has this address"
    assert "http" not in last.text()
    page.goto(urlsplit(notice.link).path)
    expect(page.get_by_role("alert")).to_contain_text("no longer valid")


def looks_at(server: Server, link: str) -> None:
    for _ in range(20):
        for method in ("GET", "HEAD"):
            seen = server.client.request(method, urlsplit(link).path)
            assert seen.status_code == 200 and seen.headers["referrer-policy"] == "strict-origin"
            assert "no-store" in seen.headers["cache-control"]


def test_links_outlive_looks_and_leave_no_trace(server, mail_server):
    server.settings["LOG_LEVEL"] = "trace"
    server.stop()
    server.start()
    address, new = "erin@example.com", "erin@example.org"
    with Browser(server.url) as browser:
        browser.submits("/signup", on="/signup", email=address, password=PASSWORD)
        browser.submits("/account/email", on="/account", new_email=new)
        change = mail_server.awaits(new)
        looks_at(server, change.link)
        assert server.looks_up("SELECT email FROM users") == [(address,)]
        form = {"on": "/account", "token": change.token}
        assert browser.submits("/change-email", **form).status_code == 200
        assert browser.submits("/change-email", **form).status_code == 404
        assert server.looks_up("SELECT email FROM users") == [(new,)]
        notice = mail_server.awaits(address)
        looks_at(server, notice.link)
        form = {"token": notice.token, "former_password": PASSWORD, "password": NEW}
        done = browser.submits("/recover", on="/account", **form)
        assert (done.status_code, done.headers["location"]) == (303, "/login?notice=recovered")
        assert browser.submits("/recover", on="/login", **form).status_code == 404
    assert server.looks_up("SELECT email FROM users") == [(address,)]
    server.stop()
    kept = everything_kept(server)
    assert change.token.encode() not in kept and notice.token.encode() not in kept


def test_changing_and_recovering_on_postgresql_between_two_processes(start_server, mail_server, postgres, database):
    settings = mail_server.settings() | {
        "BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": postgres.address(database), "LATCHKEY_URL": "http://tasks.localhost"}
    here, there = (start_server(**settings) for _ in range(2))
    alice, new = here.newcomer("alice"), "alice@example.org"

    def is_known(server: Server) -> bool:
        headers = {"Authorization": f"Bearer {alice.token}"}
        return server.client.get("/api/auth/me", headers=headers).json().get("email") == new

    answer = alice.posts("/api/auth/change-email", {"newEmail": new})
    assert (answer.status_code, answer.json()) == (200, {"status": True})
    change = mail_server.awaits(new)
    with Browser(there.url) as browser:
        headers = {"Origin": "http://tasks.localhost"}
        form = {"on": "/login", "headers": headers}
        assert browser.submits("/change-email", token=change.token, **form).status_code == 200
        wait_until(lambda: is_known(here) and is_known(there), "the new address to be known")
        notice = mail_server.awaits(alice.email)
        form |= {"token": notice.token, "password": NEW}
        wrong = browser.submits("/recover", former_password="not it at all", **form)
        assert wrong.status_code == 401
        done = browser.submits("/recover", former_password=PASSWORD, **form)
        assert (done.status_code, done.headers["location"]) == (303, "/login?notice=recovered")
    wait_until(lambda: alice.gets("/api/auth/me").status_code == 401, "the session to end")
    assert here.signs_in(alice.email, NEW).email == alice.email


def test_a_taken_address_reveals_nothing(server, mail_server):
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    with Browser(server.url) as browser:
        browser.submits("/login", on="/login", email=alice.email, password=PASSWORD)
        answers = []
        for address in (bob.email, "free@example.org"):
            answer = browser.submits("/account/email", on="/account", new_email=address)
            answers.append((answer.status_code, answer.text, answer.headers["location"],
                            sorted(name.lower() for name in answer.headers)))
    assert answers[0] == answers[1]
    mail_server.awaits("free@example.org")
    assert not mail_server.to(bob.email)
    states = lambda: server.looks_up("SELECT state FROM mail_outbox WHERE kind = 'email-change' ORDER BY created_at")
    # The server learns a moment after the mail server has it.
    wait_until(lambda: states() == [("suppressed",), ("sent",)], "the e-mail noted as sent")


# Accounts without a password

SCRIPT = pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])


def has_no_password(server: Server) -> None:
    """As for accounts that a provider or a passkey signs in to, and as if all had signed in a while ago."""
    server.stop()
    server.changes("UPDATE users SET password_hash = NULL, email_verified = 1")
    server.changes("UPDATE account_links SET former_password_hash = NULL")
    server.changes("UPDATE sessions SET proved_at = proved_at - ?", 601_000)
    server.start()


def is_stolen(browser: Browser, mail_server, address: str) -> str:
    """Gives the account another address; returns the path of the link that takes it back."""
    new = f"thief.{os.urandom(4).hex()}@example.org"
    assert browser.submits("/account/email", on="/account", new_email=new).status_code == 303
    assert browser.submits("/change-email", on="/account", token=mail_server.awaits(new).token).status_code == 200
    notice = mailed(mail_server, address, "Your e-mail address was changed")
    assert "or an authenticator app, a recovery code or a passkey from before" in notice.text()
    return urlsplit(notice.link).path


@SCRIPT
def test_an_older_code_recovers_an_account_without_a_password(server, open_page, mail_server, with_script):
    owner = Owner(server)
    address = owner.person.email
    path = is_stolen(owner.browser, mail_server, address)
    assert owner.submits("/remove", factor_code=owner.codes[0]).status_code == 303
    assert owner.submits("").status_code == 200, "The thief sets up another app."
    has_no_password(server)

    page = open_page(java_script_enabled=with_script)
    page.goto(server.url + path)
    expect(page.get_by_label("Password before the change")).to_have_count(0)
    expect(page.get_by_role("button", name="Recover it with a passkey")).to_have_count(0)
    if with_script:
        assert_is_accessible(page)
    for code, error in [(owner.app.wrong(), "This code is wrong"), (owner.codes[0], "was used"), ("123", "six digits")]:
        page.get_by_label("Code from before the change").fill(code)
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Recover the account").click()
        expect(page.locator("#code-error")).to_contain_text(error)
    page.get_by_label("Code from before the change").fill(owner.codes[1] if with_script else owner.app.code(1))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Recover the account").click()
    expect(page.locator(".notice")).to_contain_text("Your account is yours again.")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    assert server.looks_up("SELECT email FROM users") == [(address,)]
    rows = server.objects("audit", "list", "--json")
    recovered, = [row for row in rows if row["event"] == "account_recovered"]
    assert recovered["details"]["proof"] == ("recovery_code" if with_script else "totp")


def test_an_older_passkey_recovers_an_account_that_has_lost_it(server, open_page, mail_server):
    def site() -> str:
        return server.url.replace("127.0.0.1", "localhost")

    alice = server.newcomer("alice")
    holder = Holder(open_page, site(), alice)
    with Browser(server.url) as thief:
        thief.logs_in(alice)
        path = is_stolen(thief, mail_server, alice.email)
        (passkey,), = server.looks_up("SELECT id FROM passkeys")
        assert thief.submits(f"/account/passkeys/{passkey}/remove", on="/account").status_code == 303
    assert server.looks_up("SELECT id FROM passkeys") == []
    has_no_password(server)

    plain = open_page(java_script_enabled=False)
    plain.goto(site() + path)
    expect(plain.get_by_text("it takes JavaScript")).to_be_visible()
    expect(plain.get_by_role("button", name="Recover", exact=False)).to_have_count(0)

    page, button = holder.page, holder.page.get_by_role("button", name="Recover it with a passkey")
    page.goto(site() + path)
    expect(button).to_be_visible()
    expect(page.get_by_text("it takes JavaScript")).to_have_count(0)
    assert_is_accessible(page)
    holder.authenticator.verifies(False)
    holder.authenticator.answers()
    page.get_by_label("New password").fill(NEW)
    button.click()
    expect(page.locator(".error[role=alert]")).to_contain_text("cancelled")
    holder.authenticator.verifies(True)
    holder.presses_once(button, "**/recover")
    expect(page.locator(".notice")).to_contain_text("Your account is yours again.")
    assert server.signs_in(alice.email, NEW).email == alice.email


@SCRIPT
def test_a_mailed_code_confirms_an_account_without_a_password(server, open_page, mail_server, with_script):
    alice = server.newcomer("alice")
    with Browser(server.url) as here, Browser(server.url) as elsewhere:
        for browser in (here, elsewhere):
            browser.logs_in(alice)
        has_no_password(server)
        elsewhere.url = server.url
        page = open_page(java_script_enabled=with_script)
        page.context.add_cookies(
            [{"name": cookie.name, "value": cookie.value, "url": server.url} for cookie in here.cookies])
        page.goto(server.url + "/account")
        confirm = page.get_by_role("region", name="Is it you?")
        if with_script:
            assert_is_accessible(page)
        confirm.get_by_role("button", name="Mail me a code").click()
        expect(page.locator(".notice")).to_contain_text("An e-mail with a code is on its way")
        mail = mailed(mail_server, alice.email, "Confirm that it is you")
        code = re.search(r"\b\d{4} \d{4}\b", mail.text()).group(0)
        assert code in mail.text("html") and "http" not in mail.text()
        assert elsewhere.submits("/account/proof/code", on="/account", proof_code=code).status_code == 422
        confirm.get_by_label("Code from the e-mail").fill("0000 0000" if code != "0000 0000" else "1111 1111")
        confirm.get_by_role("button", name="Confirm that it is me").click()
        expect(page.locator("#proof_code-error")).to_contain_text("This code is wrong")
        if with_script:
            assert_is_accessible(page)
        confirm.get_by_label("Code from the e-mail").fill(code)
        confirm.get_by_role("button", name="Confirm that it is me").click()
        expect(page.locator(".notice")).to_contain_text("Confirmed.")
        expect(confirm).to_have_count(0)
        page.get_by_text("Delete this account").click()
        page.get_by_role("button", name="Delete in 30 days").click()
        expect(page.locator(".notice")).to_contain_text("Your account will be deleted in 30 days.")
    server.stop()
    kept = everything_kept(server)
    assert code.encode() not in kept and code.replace(" ", "").encode() not in kept
