"""A forgotten password: the e-mail, its link, and what must not be revealed by either."""

import os
import re
import sqlite3
from email import policy
from email.parser import BytesParser
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from support import PASSWORD, PRODUCTION, Browser, Server, wait_until

NEW = "another horse battery"
APPLICATION = "http://app.example.com"


@pytest.fixture
def server(stopped_server, mail_server) -> Server:
    stopped_server.settings |= mail_server.settings(BETTER_AUTH_TRUSTED_ORIGINS=APPLICATION)
    return stopped_server.start()


def asks(server: Server, address: str, **fields):
    return server.client.post("/api/auth/request-password-reset", json={"email": address, **fields})


def forgets(server: Server, address: str):
    with Browser(server.url) as browser:
        return browser.submits("/forgot", on="/forgot", email=address)


def everything_kept(server: Server) -> bytes:
    """The data directory and what was printed, but for the e-mail that a test server got."""
    files = [path for path in server.directory.rglob("*") if path.is_file()]
    with sqlite3.connect(server.database) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    return b"\n".join([dump.encode(), *[path.read_bytes() for path in files]])


def test_opening_a_link_changes_nothing_and_its_form_works_once(server, mail_server):
    alice = server.newcomer()
    server.settings["LOG_LEVEL"] = "trace"
    server.stop()
    server.start()
    assert forgets(server, alice.email).status_code == 303
    token = mail_server.awaits(alice.email).token
    before = server.looks_up("SELECT COUNT(*) FROM account_links")
    for _ in range(20):
        for method in ("GET", "HEAD"):
            page = server.client.request(method, f"/reset/{token}")
            assert page.status_code == 200 and page.headers["referrer-policy"] == "strict-origin"
            assert "no-store" in page.headers["cache-control"]
    assert server.looks_up("SELECT COUNT(*) FROM account_links") == before
    assert server.signs_in(alice.email).email == alice.email

    with Browser(server.url) as browser:
        form = {"on": f"/reset/{token}", "token": token}
        assert browser.submits("/reset", password="short", **form).status_code == 422
        done = browser.submits("/reset", password=NEW, **form)
        assert (done.status_code, done.headers["location"]) == (303, "/login?notice=password-set")
        again = browser.submits("/reset", on="/login", token=token, password="a third horse battery")
        assert again.status_code == 404 and token not in again.text
    refused = server.client.get(f"/reset/{token}")
    assert refused.status_code == 404 and token not in refused.text and token not in str(refused.headers)
    assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 401
    assert server.signs_in(alice.email, NEW).email == alice.email
    mail_server.awaits(alice.email, 2)
    server.stop()
    assert token.encode() not in everything_kept(server)
    subjects = [mail.message["Subject"] for mail in mail_server.arrived]
    assert subjects == ["Set a new password", "Your password was changed"]


def test_a_link_of_an_application_redirects_there_and_uses_nothing_up(server, mail_server):
    alice, target = server.newcomer(), f"{APPLICATION}/set-password?from=mail"
    assert asks(server, alice.email, redirectTo=target).status_code == 200
    mail = mail_server.awaits(alice.email)
    link = urlsplit(mail.link)
    assert link.path == f"/api/auth/reset-password/{mail.token}" and parse_qs(link.query) == {"callbackURL": [target]}
    for _ in range(20):
        for method in ("GET", "HEAD"):
            answer = server.client.request(method, f"{link.path}?{link.query}")
            assert answer.status_code == 302
            assert answer.headers["location"] == f"{target}&token={mail.token}"
    done = server.client.post("/api/auth/reset-password", json={"newPassword": NEW, "token": mail.token})
    assert (done.status_code, done.json()) == (200, {"status": True})
    again = server.client.post("/api/auth/reset-password", json={"newPassword": PASSWORD, "token": mail.token})
    assert (again.status_code, again.json()["code"]) == (400, "INVALID_TOKEN")
    spent = server.client.get(f"{link.path}?{link.query}")
    assert (spent.status_code, spent.headers["location"]) == (302, f"{target}&error=INVALID_TOKEN")
    elsewhere = server.client.get(f"{link.path}?callbackURL={quote('http://evil.example.net/')}")
    assert elsewhere.status_code in (302, 403) and "evil" not in elsewhere.headers.get("location", "")
    assert server.signs_in(alice.email, NEW).email == alice.email
    server.stop()
    assert mail.token.encode() not in everything_kept(server)


def by_form(path: str, headers: dict | None = None, **fields):
    """Sends a form as a browser that knows nothing."""
    def asks(server: Server, address: str):
        origin = server.settings.get("LATCHKEY_URL")
        with Browser(server.url) as browser:
            return browser.submits(
                path, on="/login", headers={"Origin": origin} if origin else {}, email=address, **fields)

    return asks


def as_json(path: str, **fields):
    def asks(server: Server, address: str):
        return server.client.post(path, json={"email": address, **fields})

    return asks


MAILS = {
    "reset, by form": by_form("/forgot"),
    "reset": as_json("/api/auth/request-password-reset"),
    "reset with a code": as_json("/api/auth/email-otp/request-password-reset"),
    "verification": as_json("/api/auth/send-verification-email"),
    "verification with a code": as_json("/api/auth/email-otp/send-verification-otp", type="email-verification"),
}
"""The ways to ask for an e-mail."""

REFUSALS = {
    "wrong code for a password, by form": by_form("/forgot/code", code="0000 0001", password=NEW),
    "wrong code for a password": as_json("/api/auth/email-otp/reset-password", otp="0000 0001", password=NEW),
    "wrong code for the address": as_json("/api/auth/email-otp/verify-email", otp="0000 0001"),
    "wrong password, by form": by_form("/login", password="not the password"),
    "wrong password": as_json("/api/auth/signin", password="not the password"),
    "wrong password, Better Auth": as_json("/api/auth/sign-in/email", password="not the password"),
}


@pytest.mark.parametrize("state, verification", [
    ("there", "optional"), ("there", "required"), ("none", "off"), ("dead", "optional"), ("dead", "required"),
])
def test_no_response_reveals_whether_an_account_exists(stopped_server, mail_server, state, verification):
    server = stopped_server
    if state == "none":
        server.settings |= PRODUCTION | {"LATCHKEY_URL": "http://localhost:8000"}
    else:
        server.settings |= mail_server.settings(EMAIL_VERIFICATION=verification)
    server.start()
    known, unknown, other = "known@example.com", "unknown@example.com", "other@example.com"
    for address in (known, other):
        assert server.command("user", "create", address, "--stdin", input=PASSWORD).returncode == 0
    if state == "dead":
        mail_server.stop()
        assert asks(server, other).status_code == 200
        wait_until(lambda: "no mail can be sent" in server.log, "the e-mail to be held")

    def seen(answer, address: str) -> tuple:
        body = re.sub(
            r'name="form_token" value="[^"]+"|data-passkey="[^"]+"|"request_id":"[^"]+"', "",
            answer.text.replace(address, "…"))
        return answer.status_code, body, sorted(name.lower() for name in answer.headers), answer.headers.get("location")

    def rows(table: str, address: str) -> int:
        return server.looks_up(f"SELECT COUNT(*) FROM {table} WHERE address = ?", address)[0][0]

    for _ in range(2):
        for name, act in (MAILS | REFUSALS).items():
            here, there = seen(act(server, known), known), seen(act(server, unknown), unknown)
            assert here == there, name
            assert here[0] < 500
            for table in ("mail_outbox", "account_links"):
                assert rows(table, known) == rows(table, unknown), (name, table)
    assert rows("mail_outbox", known) == (0 if state == "none" else 2 * len(MAILS))
    if state == "there":
        for _ in range(2):
            mail_server.awaits(known, 2)
        subjects = {mail.message["Subject"] for mail in mail_server.arrived}
        assert subjects == {"Set a new password", "Confirm your e-mail address"}
        assert {mail.recipient for mail in mail_server.arrived} == {known}


def test_a_second_mail_within_a_minute_is_not_sent_and_the_answer_is_the_same(server, mail_server):
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    first, second = asks(server, alice.email), asks(server, alice.email.upper())
    assert (first.status_code, first.text) == (second.status_code, second.text)
    one, two = forgets(server, alice.email), forgets(server, bob.email)
    assert (one.status_code, one.headers["location"]) == (two.status_code, two.headers["location"])
    mail_server.awaits(bob.email)
    token = mail_server.awaits(alice.email).token
    query = "SELECT state, COUNT(*) FROM mail_outbox WHERE address = ? GROUP BY state ORDER BY state"
    wait_until(lambda: server.looks_up(query, alice.email) == [("limited", 2), ("sent", 1)], "the e-mail to be settled")
    assert server.client.get(f"/reset/{token}").status_code == 200


def test_in_development_mail_is_shown_on_this_machine_only(stopped_server):
    server = stopped_server
    server.settings["TRUSTED_PROXIES"] = "127.0.0.1"
    server.start()
    alice = server.newcomer()
    assert forgets(server, alice.email).status_code == 303
    path = wait_until(lambda: next((server.data / "mail").glob("*.eml"), None), "the file")
    wait_until(lambda: server.looks_up("SELECT 1 FROM mail_outbox WHERE state = 'sent'"), "the e-mail to be settled")
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert (message["Subject"], message["To"]) == ("Set a new password", alice.email)
    assert path.stat().st_mode & 0o077 == 0
    page = server.client.get("/dev/mail")
    link, = set(re.findall(r'href="(http://[^"]+/reset/[^"]+)"', page.text))
    assert page.status_code == 200 and link in message.get_body(("plain",)).get_content()
    for host in [f"localhost:{server.port}", f"[::1]:{server.port}", "localhost"]:
        assert server.client.get("/dev/mail", headers={"Host": host}).status_code == 200, host
    # A proxy on this machine, with and without `TRUSTED_PROXIES`, and a name that another site has pointed here.
    for headers in [
        {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 proxy"}, {"X-Real-IP": "203.0.113.9"}, {"Host": "evil.example.com"},
        {"Host": "127.0.0.1.evil.example.com"},
    ]:
        elsewhere = server.client.get("/dev/mail", headers=headers)
        assert elsewhere.status_code == 404 and "/reset/" not in elsewhere.text, headers


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_person_forgets_the_password_and_sets_another(open_page, mail_server, with_script):
    page = open_page(java_script_enabled=with_script)
    address = f"carol.{os.urandom(4).hex()}@example.com"
    page.goto("/signup")
    page.get_by_label("Name").fill("Carol")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/dashboard")
    page.context.clear_cookies()
    page.goto("/login")
    page.locator('a[href="/forgot"]').click()
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_role("button", name="Send the link").click()
    page.get_by_text("an e-mail with a link is on its way").wait_for()
    mail = mail_server.awaits(address)
    page.goto(urlsplit(mail.link).path)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("button", name="Sign in").wait_for()
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    page.goto(urlsplit(mail.link).path)
    page.get_by_role("alert").wait_for()
    assert mail.token not in page.content()
