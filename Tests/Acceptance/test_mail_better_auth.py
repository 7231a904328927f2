"""The flows with mail of Better Auth's client: what its methods send and read, to the end of each link.

Where the real server's answer would act on a look, or tell who has an account, ours differs: its links lead to a page
with a button, which works in any browser and signs none in."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from better_auth import Page
from support import PASSWORD, Browser, Server, wait_until

NEW = "another horse battery"


@pytest.fixture
def start(stopped_server, mail_server):
    def start(verification: str) -> Server:
        stopped_server.settings |= mail_server.settings(EMAIL_VERIFICATION=verification)
        return stopped_server.start()

    return start


@pytest.fixture
def server(start) -> Server:
    return start("optional")


def problem(answer) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["message"]


def presses(server: Server, mail, path: str):
    """Looks at the link twenty times, then presses its button, in a browser that knows nothing of the account."""
    link = urlsplit(mail.link)
    for method in ("GET", "HEAD"):
        for _ in range(10):
            assert server.client.request(method, f"{link.path}?{link.query}").status_code == 200
    with Browser(server.url) as browser:
        following = parse_qs(link.query).get("callbackURL", [""])[0]
        answer = browser.submits(path, on=f"{link.path}?{link.query}", token=mail.token, next=following)
        assert "better-auth.session_token" not in browser.cookies
        return answer


def test_a_password_is_reset(server, mail_server):
    alice = server.newcomer()
    first = mail_server.awaits(alice.email)
    assert first.message["Subject"] == "Confirm your e-mail address"
    with Page(server) as page:
        asked = [
            page.calls("/request-password-reset", {"email": email, "redirectTo": "/reset-password"})
            for email in (alice.email, "unknown@example.com")]
        for answer in asked:
            assert (answer.status_code, answer.json()) == (200, {
                "status": True,
                "message": "If this email exists in our system, check your email for the reset link"})
        mail = mail_server.awaits(alice.email, 2)
        link = urlsplit(mail.link)
        for _ in range(20):
            seen = page.get(f"{link.path}?{link.query}")
            assert (seen.status_code, seen.headers["location"]) == (
                302, f"http://localhost:{server.port}/reset-password?token={mail.token}")
        assert problem(page.calls("/reset-password", {"newPassword": "short", "token": mail.token})) == (
            400, "PASSWORD_TOO_SHORT", "Password too short")
        done = page.calls("/reset-password", {"newPassword": NEW, "token": mail.token})
        assert (done.status_code, done.json()) == (200, {"status": True})
        assert "better-auth.session_token" not in page.cookies
        assert problem(page.calls("/reset-password", {"newPassword": PASSWORD, "token": mail.token})) == (
            400, "INVALID_TOKEN", "Invalid token")
        # Unlike the real server's by default, all sessions have ended, and the link has proved the address.
        assert alice.gets("/api/auth/me").status_code == 401
        assert page.signs_in(alice.email, NEW)["user"]["emailVerified"] is True


def test_an_address_is_verified(server, mail_server):
    email = "ann@example.com"
    with Page(server) as page:
        assert page.signs_up(email, callbackURL="/welcome")["user"]["emailVerified"] is False
        mail = mail_server.awaits(email)
        assert parse_qs(urlsplit(mail.link).query) == {"callbackURL": ["/welcome"]}
        for address in (email, "unknown@example.com"):
            with Page(server) as visitor:
                answer = visitor.calls("/send-verification-email", {"email": address, "callbackURL": "/welcome"})
                assert (answer.status_code, answer.json()) == (200, {"status": True})
        assert problem(page.calls("/send-verification-email", {"email": "unknown@example.com"})) == (
            400, "EMAIL_MISMATCH", "Email mismatch")

        # The real server verifies here.
        led = page.asks("/verify-email", params={"token": mail.token, "callbackURL": "/welcome"})
        assert (led.status_code, led.headers["location"]) == (302, mail.link)
        assert page.session()["user"]["emailVerified"] is False
        assert problem(page.asks("/verify-email", params={"token": "x"})) == (401, "INVALID_TOKEN", "Invalid token")
        bad = page.asks("/verify-email", params={"token": "x", "callbackURL": "/welcome?a=b"})
        assert (bad.status_code, bad.headers["location"]) == (302, "/welcome?a=b&error=INVALID_TOKEN")

        done = presses(server, mail, "/verify")
        assert (done.status_code, done.headers["location"]) == (303, "/welcome")
        assert page.session()["user"]["emailVerified"] is True
        assert problem(page.calls("/send-verification-email", {"email": email})) == (
            400, "EMAIL_ALREADY_VERIFIED", "Email is already verified")
        with Browser(server.url) as browser:
            again = browser.get(urlsplit(mail.link).path)
            assert again.status_code == 200 and f"{email} is confirmed." in again.text


def test_the_address_is_changed(server, mail_server):
    bob, email, new = server.newcomer("bob"), "ann@example.com", "anna@example.org"
    with Page(server) as page:
        page.signs_up(email)
        mail_server.awaits(email)
        assert page.calls("/change-email", {"newEmail": email}).json() == {"message": "Email is the same"}
        for address in (bob.email, new):
            answer = page.calls("/change-email", {"newEmail": address, "callbackURL": "/changed"})
            assert (answer.status_code, answer.json()) == (200, {"status": True})
        mail = mail_server.awaits(new)
        assert [other.message["Subject"] for other in mail_server.to(bob.email)] == ["Confirm your e-mail address"]
        assert page.session()["user"]["email"] == email
        done = presses(server, mail, "/change-email")
        assert (done.status_code, done.headers["location"]) == (303, "/changed")
        assert page.session()["user"] | {"email": new, "emailVerified": True} == page.session()["user"]
        assert mail_server.awaits(email, 2).message["Subject"] == "Your e-mail address was changed"
        with Page(server) as other:
            assert problem(other.calls("/sign-in/email", {"email": email, "password": PASSWORD}))[0] == 401
            assert other.signs_in(new)["user"]["email"] == new


def test_the_account_is_deleted_by_mail(server, mail_server):
    email = "ann@example.com"
    with Page(server) as page:
        page.signs_up(email)
        mail_server.awaits(email)
        server.stop()
        server.changes("UPDATE sessions SET proved_at = proved_at - ?", 601_000)
        server.start()
        page.url = f"http://localhost:{server.port}"
        answer = page.calls("/delete-user", {"callbackURL": "/goodbye"})
        assert (answer.status_code, answer.json()) == (200, {"success": True, "message": "Verification email sent"})
        mail = mail_server.awaits(email, 2)
        assert mail.message["Subject"] == "Delete your account"
        # The real server deletes here.
        led = page.asks("/delete-user/callback", params={"token": mail.token, "callbackURL": "/goodbye"})
        assert (led.status_code, led.headers["location"]) == (302, mail.link)
        with Page(server) as visitor:
            assert problem(visitor.asks("/delete-user/callback", params={"token": mail.token}))[:2] == (
                404, "FAILED_TO_GET_USER_INFO")
        assert page.session()["user"]["email"] == email
        done = presses(server, mail, "/delete-account")
        assert (done.status_code, done.headers["location"]) == (303, "/goodbye")
        assert page.session() is None
    wait_until(lambda: len(mail_server.to(email)) == 3, "the notice")
    assert mail_server.to(email)[-1].message["Subject"] == "Your account will be deleted"
    assert server.tries_to_sign_in(email, PASSWORD).json()["detail"] == "Account is inactive"


def test_codes_work_in_place_of_links(start, mail_server):
    """What `emailOTPClient` sends, and any program that knows no pages."""
    def code(mail) -> str:
        return re.search(r"\b[0-9]{4} [0-9]{4}\b", mail.text()).group(0)

    server, email, new = start("required"), "ann@example.com", "anna@example.org"
    wrong = (400, "INVALID_OTP", "Invalid OTP")
    with Page(server) as page:
        assert page.signs_up(email)["token"] is None
        mail = mail_server.awaits(email)
        for given in ({"email": email, "otp": "x"}, {"email": "unknown@example.com", "otp": code(mail)}):
            assert problem(page.calls("/email-otp/verify-email", given)) == wrong
        done = page.calls("/email-otp/verify-email", {"email": email, "otp": code(mail)})
        assert done.status_code == 200 and not page.cookies
        assert done.json() | {"status": True, "token": None} == done.json()
        assert done.json()["user"]["emailVerified"] is True
        page.signs_in(email)

        for address in (email, "unknown@example.com"):
            asked = page.calls("/email-otp/request-password-reset", {"email": address})
            assert (asked.status_code, asked.json()) == (200, {"success": True})
        mail = mail_server.awaits(email, 2)
        given = {"email": email, "otp": code(mail)}
        assert problem(page.calls("/email-otp/reset-password", given | {"password": "short"}))[1] == "PASSWORD_TOO_SHORT"
        done = page.calls("/email-otp/reset-password", given | {"password": NEW})
        assert (done.status_code, done.json()) == (200, {"success": True})
        assert problem(page.calls("/email-otp/reset-password", given | {"password": NEW})) == wrong
        assert page.session() is None
        page.signs_in(email, NEW)

        asked = page.calls("/email-otp/request-email-change", {"newEmail": new})
        assert (asked.status_code, asked.json()) == (200, {"success": True})
        mail = mail_server.awaits(new)
        assert problem(page.calls("/email-otp/change-email", {"newEmail": "x@example.org", "otp": code(mail)})) == wrong
        done = page.calls("/email-otp/change-email", {"newEmail": new, "otp": code(mail)})
        assert (done.status_code, done.json()) == (200, {"success": True})
        assert page.session()["user"] | {"email": new, "emailVerified": True} == page.session()["user"]
    wait_until(lambda: len(mail_server.to(email)) == 4, "the notices")
    assert mail_server.to(email)[-1].message["Subject"] == "Your e-mail address was changed"


def test_no_sign_in_before_the_address_is_verified(start, mail_server):
    server, email = start("required"), "ann@example.com"
    with Page(server) as page:
        made = page.signs_up(email)
        assert made["token"] is None and made["user"]["emailVerified"] is False and not page.cookies
        mail = mail_server.awaits(email)
        right = page.calls("/sign-in/email", {"email": email, "password": PASSWORD})
        assert problem(right) == (403, "EMAIL_NOT_VERIFIED", "Email not verified")
        wrong = page.calls("/sign-in/email", {"email": email, "password": "not it at all"})
        assert problem(wrong) == (401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
        again = page.signs_up(email, password=NEW)
        assert again["token"] is None and set(again["user"]) == set(made["user"]) and not page.cookies
        assert mail_server.awaits(email, 2).message["Subject"] == "You have an account already"
        assert presses(server, mail, "/verify").status_code == 200
        assert problem(page.calls("/sign-in/email", {"email": email, "password": NEW}))[0] == 401
        assert page.signs_in(email)["user"]["emailVerified"] is True
