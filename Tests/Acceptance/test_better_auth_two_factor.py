"""Better Auth's two-factor plugin, step by step as its client calls it, with the real binary and an authenticator app."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from authenticator import App
from better_auth import UNAUTHORIZED, Page, error
from support import PASSWORD, _numbers
from test_better_auth_client import USER, cookies

REDIRECT = {"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}
INVALID_CODE = (401, "INVALID_CODE", "Invalid code")
INVALID_COOKIE = (401, "INVALID_TWO_FACTOR_COOKIE", "Invalid two factor cookie")


@pytest.fixture
def pages(server):
    """Opens pages in browsers of their own."""
    opened = []

    def open() -> Page:
        opened.append(Page(server))
        return opened[-1]

    yield open
    for page in opened:
        page.close()


class Owner:
    """Ann, who turns the second factor on with `twoFactor.enable` and `twoFactor.verifyTotp`."""

    def __init__(self, pages):
        self.pages, self.page, self.email = pages, pages(), f"ann.{next(_numbers)}@example.com"
        self.page.signs_up(self.email)
        self.app, self.codes = self.enables()
        self.activated = self.calls("verify-totp", code=self.app.code())
        assert self.activated.status_code == 200, self.activated.text

    def calls(self, path: str, page: Page | None = None, **body):
        return (page or self.page).calls(f"/two-factor/{path}", body)

    def enables(self, **more) -> tuple[App, list[str]]:
        answer = self.calls("enable", password=PASSWORD, **more)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert list(body) == ["method", "totpURI", "backupCodes"] and body["method"] == "totp"
        return App(parse_qs(urlsplit(body["totpURI"]).query)["secret"][0]), body["backupCodes"]

    def asked(self, **more) -> Page:
        """A browser that has given the password."""
        page = self.pages()
        answer = page.calls("/sign-in/email", {"email": self.email, "password": PASSWORD, **more})
        assert (answer.status_code, answer.json()) == (200, REDIRECT)
        return page


@pytest.fixture
def owner(pages):
    return Owner(pages)


def test_turning_it_on_shows_the_codes_first_and_takes_effect_with_a_code(pages):
    page = pages()
    page.signs_up(f"ann.{next(_numbers)}@example.com")
    assert page.session()["user"]["twoFactorEnabled"] is False
    answer = page.calls("/two-factor/enable", {"password": PASSWORD, "issuer": "Ann's Tasks"})
    body = answer.json()
    uri = urlsplit(body["totpURI"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == f"/Ann's Tasks:{page.session()['user']['email']}"
    assert parse_qs(uri.query)["issuer"] == ["Ann's Tasks"] and len(parse_qs(uri.query)["secret"][0]) == 32
    assert len(set(body["backupCodes"])) == 10
    assert all(re.fullmatch(r"[0-9a-z]{5}-[0-9a-z]{5}", code) for code in body["backupCodes"])
    again = page.calls("/two-factor/get-totp-uri", {"password": PASSWORD}).json()
    assert parse_qs(urlsplit(again["totpURI"]).query)["secret"] == parse_qs(uri.query)["secret"]

    app = App(parse_qs(uri.query)["secret"][0])
    assert page.calls("/two-factor/verify-totp", {"code": app.wrong()}).status_code == 401
    assert page.session()["user"]["twoFactorEnabled"] is False
    before = page.session()["session"]
    done = page.calls("/two-factor/verify-totp", {"code": app.code()})
    assert (done.status_code, list(done.json())) == (200, ["token", "user"])
    assert list(done.json()["user"]) == USER and done.json()["user"]["twoFactorEnabled"] is True
    # The token in the answer is good, unlike the real server's.
    assert done.json()["token"] == page.session()["session"]["token"] == before["token"]
    assert page.session()["user"] == done.json()["user"]
    renamed = page.calls("/update-user", {"name": "Annie"})
    assert renamed.status_code == 200 and page.session()["user"]["twoFactorEnabled"] is True


def test_a_code_of_the_app_completes_the_sign_in(owner):
    page = owner.asked()
    assert page.session() is None and not page.cookies.get("better-auth.session_token")
    assert error(page.asks("/list-accounts")) == UNAUTHORIZED
    answer = owner.calls("verify-totp", page, code=owner.app.code(1))
    assert (answer.status_code, list(answer.json())) == (200, ["token", "user"])
    set_cookies = cookies(answer)
    assert [cookie.split("=")[0] for cookie in set_cookies] == ["better-auth.session_token", "better-auth.two_factor"]
    assert set_cookies[1] == "better-auth.two_factor=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    assert answer.headers["set-auth-token"]
    session = page.session()
    assert session["session"]["token"] == answer.json()["token"] and session["user"] == answer.json()["user"]
    # A code works once, and a challenge too.
    other = owner.asked()
    assert error(owner.calls("verify-totp", other, code=owner.app.code(1))) == INVALID_CODE
    assert error(owner.calls("verify-totp", owner.pages(), code=owner.app.code(1))) == INVALID_COOKIE


def test_the_challenge_is_a_signed_cookie_of_ten_minutes(owner):
    page = owner.pages()
    answer = page.calls("/sign-in/email", {"email": owner.email, "password": PASSWORD})
    assert re.fullmatch(
        r"better-auth\.two_factor=[A-Za-z0-9]{32}\.[A-Za-z0-9%]+; Max-Age=600; Path=/; HttpOnly; SameSite=Lax",
        cookies(answer)[-1])
    value = page.cookies["better-auth.two_factor"]
    forged = value[:3] + ("a" if value[3] != "a" else "b") + value[4:]
    visitor = owner.pages()
    for cookie in [forged, value.split(".")[0], "x"]:
        answer = visitor.calls(
            "/two-factor/verify-totp", {"code": owner.app.code(1)},
            headers={"Cookie": f"better-auth.two_factor={cookie}", "Origin": visitor.url})
        assert error(answer) == INVALID_COOKIE
    # Other sites' pages cannot use it.
    elsewhere = visitor.calls(
        "/two-factor/verify-totp", {"code": owner.app.code(1)},
        headers={"Cookie": f"better-auth.two_factor={value}", "Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    assert owner.calls("verify-totp", page, code=owner.app.code(1)).status_code == 200


def test_a_backup_code_completes_the_sign_in_once(owner):
    page = owner.asked()
    answer = owner.calls("verify-backup-code", page, code=owner.codes[0])
    assert (answer.status_code, list(answer.json())) == (200, ["token", "user"])
    assert page.session()["user"]["email"] == owner.email
    again = owner.calls("verify-backup-code", owner.asked(), code=owner.codes[0])
    assert error(again) == (401, "INVALID_BACKUP_CODE", "Invalid backup code")
    assert owner.calls("verify-backup-code", owner.asked(), code=owner.codes[1].upper()).status_code == 200


def test_five_wrong_codes_abort_the_sign_in(owner):
    page = owner.asked()
    for _ in range(5):
        assert error(owner.calls("verify-totp", page, code=owner.app.wrong())) == INVALID_CODE
    ended = owner.calls("verify-totp", page, code=owner.app.code(1))
    assert error(ended) == (
        400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE", "Too many attempts. Please request a new code.")
    assert error(owner.calls("verify-totp", page, code=owner.app.code(1))) == INVALID_COOKIE
    page = owner.asked()
    for _ in range(5):
        assert error(owner.calls("verify-totp", page, code=owner.app.wrong())) == INVALID_CODE
    locked = owner.calls("verify-backup-code", owner.asked(), code=owner.codes[0])
    assert error(locked)[:2] == (429, "ACCOUNT_TEMPORARILY_LOCKED") and int(locked.headers["retry-after"]) > 800


def test_a_trusted_browser_is_not_asked_and_no_other_is_trusted(owner):
    page = owner.asked()
    assert owner.calls("verify-totp", page, code=owner.app.code(1), trustDevice=True).status_code == 200
    assert page.calls("/sign-out").status_code == 200
    assert list(page.signs_in(owner.email)) == ["redirect", "token", "user"]
    assert page.calls("/sign-in/email", {"email": owner.email, "password": "not it"}).status_code == 401
    owner.asked()
    off = owner.calls("disable", password=PASSWORD, code=owner.codes[0])
    assert (off.status_code, off.json()) == (200, {"status": True})
    owner.app, owner.codes = owner.enables()
    assert owner.calls("verify-totp", code=owner.app.code()).status_code == 200
    assert page.signs_in(owner.email) == REDIRECT


def test_changing_the_second_factor_requires_the_password_and_a_code(owner):
    required = "This takes a code from the authenticator app, or a recovery code, in addition to the password."
    for path in ["enable", "disable", "generate-backup-codes"]:
        assert error(owner.calls(path, password=PASSWORD)) == (400, "CODE_REQUIRED", required)
        wrong = owner.calls(path, password="not it", code=owner.codes[0])
        assert error(wrong) == (400, "INVALID_PASSWORD", "Invalid password")
        assert error(owner.calls(path, password=PASSWORD, code=owner.app.wrong())) == INVALID_CODE
        assert error(owner.calls(path, owner.pages(), password=PASSWORD, code=owner.codes[0])) == UNAUTHORIZED
    new = owner.calls("generate-backup-codes", password=PASSWORD, code=owner.codes[0])
    assert (new.status_code, list(new.json())) == (200, ["status", "backupCodes"])
    assert len(new.json()["backupCodes"]) == 10 and not set(new.json()["backupCodes"]) & set(owner.codes)
    assert owner.calls("verify-backup-code", owner.asked(), code=owner.codes[1]).status_code == 401
    assert owner.calls("disable", password=PASSWORD, code=owner.app.code(1)).json() == {"status": True}
    assert owner.page.session()["user"]["twoFactorEnabled"] is False
    page = owner.pages()
    assert page.signs_in(owner.email)["user"]["twoFactorEnabled"] is False


def test_codes_by_mail_are_no_second_factor(owner):
    for path in ["send-otp", "verify-otp", "view-backup-codes"]:
        absent = owner.calls(path, code="123456")
        assert (absent.status_code, absent.text) == (404, "")
    otp = owner.pages()
    otp.signs_up(f"ben.{next(_numbers)}@example.com")
    answer = otp.calls("/two-factor/enable", {"password": PASSWORD, "method": "otp"})
    assert error(answer) == (400, "OTP_NOT_CONFIGURED", "OTP is not available")


def test_a_session_by_token_shows_the_second_factor(server, owner):
    token = owner.activated.json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    path = "/api/auth/two-factor/verify-totp"
    right = owner.app.code(1)
    checked = server.client.post(path, json={"code": right}, headers=headers)
    assert (checked.status_code, checked.json()["token"]) == (200, token)
    assert error(server.client.post(path, json={"code": right}, headers=headers)) == INVALID_CODE
