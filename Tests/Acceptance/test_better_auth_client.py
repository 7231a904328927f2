"""Better Auth's JavaScript client, step by step, as a page in a browser uses it; and how sessions end."""

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

import jwt
import pytest

from better_auth import BROWSER, UNAUTHORIZED, Page, error
from support import PASSWORD, SECRET, Client, Server, _numbers

DAY = 86_400
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
USER = ["name", "email", "emailVerified", "image", "createdAt", "updatedAt", "twoFactorEnabled", "id"]
SESSION = ["expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "id"]
EXPIRING = [
    f"better-auth.{name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    for name in ["session_token", "session_data", "dont_remember"]]


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


@pytest.fixture
def page(pages):
    return pages()


@pytest.fixture
def email():
    return f"ann.{next(_numbers)}@example.com"


def cookies(answer) -> list[str]:
    return answer.raw.headers.getlist("set-cookie")


def moment(text: str) -> datetime:
    assert re.fullmatch(TIME, text)
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


def lasts(session: dict) -> timedelta:
    return moment(session["expiresAt"]) - moment(session["createdAt"])


# Signing up and in


def test_signing_up_makes_a_session(page, email):
    answer = page.calls("/sign-up/email", {"name": "Ann", "email": email.upper(), "password": PASSWORD})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    body = answer.json()
    assert list(body) == ["token", "user"] and list(body["user"]) == USER
    assert re.fullmatch(r"[A-Za-z0-9]{32}", body["token"])
    user = body["user"]
    assert (user["name"], user["email"], user["emailVerified"], user["image"]) == ("Ann", email, False, None)
    assert moment(user["createdAt"]) == moment(user["updatedAt"])

    [cookie] = cookies(answer)
    value, attributes = re.fullmatch(r"better-auth\.session_token=([^;]+); (.*)", cookie).groups()
    assert attributes == "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
    assert re.fullmatch(re.escape(body["token"]) + r"\.[A-Za-z0-9+/]{43}=", unquote(value))
    assert answer.headers["set-auth-token"] == unquote(value)
    assert "set-auth-token" in answer.headers["access-control-expose-headers"]

    session = page.session()
    assert list(session) == ["session", "user"] and list(session["session"]) == SESSION
    assert session["user"] == user
    assert session["session"]["token"] == body["token"] and session["session"]["userId"] == user["id"]
    assert lasts(session["session"]) == timedelta(days=7)
    assert session["session"]["userAgent"] == page.headers["User-Agent"]


def test_signing_in_gives_another_session(pages, email):
    first, second = pages(), pages()
    user = first.signs_up(email)["user"]
    answer = second.calls("/sign-in/email", {"email": email, "password": PASSWORD})
    body = answer.json()
    assert list(body) == ["redirect", "token", "user"] and body["redirect"] is False and body["user"] == user
    assert body["token"] != first.session()["session"]["token"]
    assert len(cookies(answer)) == 1
    led = second.calls("/sign-in/email", {"email": email, "password": PASSWORD, "callbackURL": "/dashboard"})
    assert list(led.json()) == ["redirect", "token", "url", "user"]
    assert (led.json()["redirect"], led.json()["url"], led.headers["location"]) == (True, "/dashboard", "/dashboard")


def test_errors_of_signing_up_and_in_are_explained(pages, page, email):
    page.signs_up(email)

    def refusal(path, **fields):
        visitor = pages()
        answer = visitor.calls(path, {"name": "Ann", "email": email, "password": PASSWORD} | fields)
        assert not visitor.cookies
        return error(answer)

    taken = "User already exists. Use another email."
    assert refusal("/sign-up/email") == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", taken)
    assert refusal("/sign-up/email", password="short") == (400, "PASSWORD_TOO_SHORT", "Password too short")
    assert refusal("/sign-up/email", password="x" * 129) == (400, "PASSWORD_TOO_LONG", "Password too long")
    wrong = (400, "VALIDATION_ERROR", "[body.email] Invalid email address")
    assert refusal("/sign-up/email", email="nobody") == wrong
    both = "[body.email] Invalid email address; [body.password] Invalid input: expected string, received number"
    assert refusal("/sign-up/email", email="nobody", password=5) == (400, "VALIDATION_ERROR", both)
    assert refusal("/sign-in/email", email="nobody") == (400, "INVALID_EMAIL", "Invalid email")
    bad = (401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
    assert refusal("/sign-in/email", password="wrong password") == bad
    assert refusal("/sign-in/email", email="nobody@example.com") == bad


@pytest.mark.parametrize("email", [
    "a@localhost", ".a@example.com", "a..b@example.com", "a.@example.com", "ü@example.com", "a@exämple.com",
    "a!b@example.com", "a@example.c", "a@-example.com", "a@example.123", '"a b"@example.com', "a@[127.0.0.1]",
    " a@example.com", "a@example.com ", "a@b@example.com", "a@example..com",
])
def test_addresses_that_better_auth_refuses_are_refused(page, email):
    answer = page.calls("/sign-up/email", {"name": "Ann", "email": email, "password": PASSWORD})
    assert error(answer) == (400, "VALIDATION_ERROR", "[body.email] Invalid email address")
    answer = page.calls("/sign-in/email", {"email": email, "password": PASSWORD})
    assert error(answer) == (400, "INVALID_EMAIL", "Invalid email")


def test_addresses_that_better_auth_accepts_are_accepted(page, email):
    for start in ["a+b", "a'b", "a_b", "a-b", "a.b.c", "5", "_"]:
        address = f"{start}{email.removeprefix('ann')}"
        assert page.signs_up(address)["user"]["email"] == address


# The session


def test_without_a_session_get_session_returns_null(page):
    answer = page.asks("/get-session")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "null", "application/json")
    assert answer.headers["cache-control"] == "no-store" and answer.headers["pragma"] == "no-cache"
    assert cookies(answer) == [] and "set-auth-jwt" not in answer.headers
    for path in ["/list-sessions", "/token", "/list-accounts"]:
        assert error(page.asks(path)) == UNAUTHORIZED
    for path, body in [
        ("/revoke-session", {"token": "x"}), ("/revoke-sessions", {}), ("/revoke-other-sessions", {}),
        ("/change-password", {"newPassword": PASSWORD, "currentPassword": PASSWORD}),
        ("/verify-password", {"password": PASSWORD}), ("/update-user", {"name": "Ann"}), ("/delete-user", {}),
        ("/change-email", {"newEmail": "new@example.com"}),
    ]:
        assert error(page.calls(path, body)) == UNAUTHORIZED


def test_a_session_is_not_renewed_early(page, email):
    page.signs_up(email)
    first = page.session()
    answer = page.asks("/get-session")
    assert answer.json() == first and cookies(answer) == []


def test_the_cookie_of_an_ended_session_is_removed(pages, page, email):
    page.signs_up(email)
    elsewhere = pages()
    elsewhere.signs_in(email)
    assert elsewhere.calls("/revoke-other-sessions").json() == {"status": True}
    cookie = {"Cookie": f"better-auth.session_token={page.session_cookie}"}
    answer = page.asks("/get-session", headers=cookie)
    assert answer.text == "null" and cookies(answer) == EXPIRING and "set-auth-jwt" not in answer.headers
    refused = page.asks("/token", headers=cookie)
    assert error(refused) == UNAUTHORIZED
    # A cookie that we never signed is left alone.
    forged = {"Cookie": f"better-auth.session_token={'x' * 32}.{'A' * 43}%3D"}
    assert cookies(pages().asks("/get-session", headers=forged)) == []


def test_signing_out_ends_the_session_and_takes_the_cookies(page, email):
    page.signs_up(email)
    answer = page.calls("/sign-out")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert cookies(answer) == EXPIRING
    assert page.session() is None
    assert page.calls("/sign-out").json() == {"success": True}


def test_listed_sessions_can_be_ended_and_open_nothing(server, pages, email):
    here, there, third = pages(), pages(), pages()
    own = here.signs_up(email)["token"]
    there.signs_in(email)
    third.signs_in(email)
    listed = here.asks("/list-sessions").json()
    assert len(listed) == 3 and all(list(session) == SESSION for session in listed)
    assert [session["token"] for session in listed].count(own) == 1
    real = {page.session()["session"]["token"] for page in (there, third)}
    handles = {session["token"]: session for session in listed if session["token"] != own}
    assert not real & set(handles), "Only digests are stored."

    for handle in handles:
        for value in [handle, f"{handle}.{'A' * 43}="]:
            bearer = {"Authorization": f"Bearer {value}"}
            assert server.client.get("/api/tasks", headers=bearer).status_code == 401
            assert server.client.get("/api/auth/get-session", headers=bearer).text == "null"
            assert server.client.get("/api/auth/token", headers=bearer).status_code == 401
            cookie = {"Cookie": f"better-auth.session_token={value}"}
            assert server.client.get("/api/tasks", headers=cookie).status_code == 401
            assert server.client.get("/api/auth/get-session", headers=cookie).text == "null"

    # One of the other two is ended, and only that one.
    gone = there.session()["session"]["id"]
    [handle] = [token for token, session in handles.items() if session["id"] == gone]
    assert here.calls("/revoke-session", {"token": handle}).json() == {"status": True}
    assert there.session() is None
    assert third.session() is not None and here.session() is not None
    assert len(here.asks("/list-sessions").json()) == 2


def test_a_session_may_be_revoked_by_its_own_token(pages, email):
    here, there = pages(), pages()
    here.signs_up(email)
    token = there.signs_in(email)["token"]
    assert here.calls("/revoke-session", {"token": token}).json() == {"status": True}
    assert there.session() is None and here.session() is not None
    own = here.session()["session"]["token"]
    assert here.calls("/revoke-session", {"token": own}).json() == {"status": True}
    assert here.session() is None


def test_another_users_session_cannot_be_revoked(pages, email):
    ann, ben = pages(), pages()
    ann.signs_up(email)
    token = ben.signs_up(f"ben.{email}")["token"]
    for name in [token, ben.session()["session"]["id"], ben.session_cookie, "unknown", ""]:
        assert ann.calls("/revoke-session", {"token": name}).json() == {"status": True}
    assert ben.session() is not None and ann.session() is not None
    wrong = (400, "VALIDATION_ERROR", "[body.token] Invalid input: expected string, received undefined")
    assert error(ann.calls("/revoke-session", {})) == wrong


def test_all_or_all_other_sessions_can_be_revoked(pages, email):
    here, there, third = pages(), pages(), pages()
    here.signs_up(email)
    there.signs_in(email)
    assert here.calls("/revoke-other-sessions").json() == {"status": True}
    assert here.session() is not None and there.session() is None
    third.signs_in(email)
    answer = here.calls("/revoke-sessions")
    assert answer.json() == {"status": True} and cookies(answer) == []
    assert here.session() is None and third.session() is None


# Remembering


def test_a_session_that_is_not_remembered_ends_with_the_browser(pages, page, email):
    page.signs_up(email)
    other = pages()
    answer = other.calls("/sign-in/email", {"email": email, "password": PASSWORD, "rememberMe": False})
    first, second = cookies(answer)
    assert re.fullmatch(r"better-auth\.session_token=[^;]+; Path=/; HttpOnly; SameSite=Lax", first)
    assert re.fullmatch(r"better-auth\.dont_remember=true\.[^;]+; Path=/; HttpOnly; SameSite=Lax", second)
    assert lasts(other.session()["session"]) == timedelta(days=1)
    answer = other.calls("/update-user", {"name": "Anna"})
    assert all("Max-Age" not in cookie for cookie in cookies(answer)) and len(cookies(answer)) >= 1
    new = pages()
    new.signs_up(f"new.{email}", rememberMe=False)
    assert lasts(new.session()["session"]) == timedelta(days=1)
    answer = new.calls("/sign-in/email", {"email": email, "password": PASSWORD, "rememberMe": "false"})
    wrong = "[body.rememberMe] Invalid input: expected boolean, received string"
    assert error(answer) == (400, "VALIDATION_ERROR", wrong)


def set_session(server: Server, page: Page, **ages: float) -> None:
    """Moves a session's times, in days from now, with the server stopped."""
    id = page.session()["session"]["id"]
    server.settings["PORT"] = server.port
    server.stop()
    for name, days in ages.items():
        moved = int((time.time() + days * DAY) * 1000)
        server.changes(f"UPDATE sessions SET {name} = ? WHERE id = ?", moved, id)
    server.start()


@pytest.fixture
def own_server(start_server):
    """One that a single test may stop and start."""
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    yield server
    if server.is_running():
        server.stop()


@pytest.fixture
def own_page(own_server):
    with Page(own_server) as page:
        yield page


def test_a_session_in_use_is_renewed_after_a_day(own_server, own_page, email):
    own_page.signs_up(email)
    set_session(own_server, own_page, expires_at=6.5)
    assert cookies(own_page.asks("/get-session")) == []
    set_session(own_server, own_page, expires_at=5.9)
    fixed = own_page.asks("/get-session", params={"disableRefresh": "true"})
    assert cookies(fixed) == [] and moment(fixed.json()["session"]["expiresAt"]) < in_days(6)
    answer = own_page.asks("/get-session")
    [cookie] = cookies(answer)
    assert cookie.startswith("better-auth.session_token=") and "Max-Age=604800" in cookie
    assert answer.headers["set-auth-token"] == unquote(own_page.session_cookie)
    session = answer.json()["session"]
    assert in_days(6.9) < moment(session["expiresAt"]) < in_days(7.1)
    assert moment(session["updatedAt"]) > moment(session["createdAt"])
    again = own_page.asks("/get-session")
    assert again.json()["session"] == session and cookies(again) == []


def test_a_session_in_use_ends_after_thirty_days(own_server, own_page, email):
    own_page.signs_up(email)
    set_session(own_server, own_page, limited_from=-29.5, updated_at=-1, expires_at=0.2)
    answer = own_page.asks("/get-session")
    session = answer.json()["session"]
    assert in_days(0.4) < moment(session["expiresAt"]) < in_days(0.51), "Renewed, and not beyond its end."
    [cookie] = cookies(answer)
    assert 0.4 * DAY < int(re.search(r"Max-Age=(\d+);", cookie).group(1)) <= 0.5 * DAY
    assert cookies(own_page.asks("/get-session")) == [], "There is nothing more to be won."
    token = jwt.decode(own_page.token(), options={"verify_signature": False})
    assert token["exp"] <= moment(session["expiresAt"]).timestamp()
    set_session(own_server, own_page, limited_from=-30, expires_at=5)
    assert own_page.asks("/get-session").text == "null"


def test_how_long_sessions_last_can_be_set(start_server, email):
    server = start_server(BETTER_AUTH_SECRET=SECRET, SESSION_IDLE_DAYS=3, SESSION_MAX_DAYS=2)
    alice = server.newcomer()
    claims = jwt.decode(alice.token, SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 2 * DAY
    with Page(server) as page:
        answer = page.calls("/sign-in/email", {"email": alice.email, "password": PASSWORD})
        # Whole seconds of what is left of two days.
        assert re.search("Max-Age=(172800|172799);", cookies(answer)[0])
        assert lasts(page.session()["session"]) == timedelta(days=2)
    server.stop()
    for name, value in [("SESSION_IDLE_DAYS", "0"), ("SESSION_MAX_DAYS", "401"), ("SESSION_MAX_DAYS", "-1")]:
        assert name in Server(server.directory, server.settings | {name: value}).is_refused()


def in_days(days: float) -> datetime:
    return datetime.now().astimezone() + timedelta(days=days)


def test_a_session_that_is_not_remembered_is_not_renewed(own_server, own_page, email):
    own_page.signs_up(email, rememberMe=False)
    set_session(own_server, own_page, expires_at=0.2)
    for path in ["/get-session", "/token", "/list-sessions"]:
        assert cookies(own_page.asks(path)) == []
    assert moment(own_page.session()["session"]["expiresAt"]) < in_days(0.3)


def test_an_old_session_is_not_fresh(own_server, own_page, email):
    own_page.signs_up(email)
    set_session(own_server, own_page, created_at=-1.1)
    assert error(own_page.asks("/list-sessions")) == (403, "SESSION_NOT_FRESH", "Session is not fresh")
    assert own_page.calls("/verify-password", {"password": PASSWORD}).json() == {"status": True}
    assert error(own_page.asks("/list-sessions"))[:2] == (403, "SESSION_NOT_FRESH")


def test_deleting_requires_a_proof_from_the_last_ten_minutes(own_server, own_page, email):
    own_page.signs_up(email)
    set_session(own_server, own_page, proved_at=-601 / DAY)
    # In development mail goes to files, so a link is mailed instead.
    assert own_page.calls("/delete-user", {}).json() == {"success": True, "message": "Verification email sent"}
    assert error(own_page.calls("/delete-user", {"password": "not it"}))[1] == "INVALID_PASSWORD"
    assert own_page.session() is not None
    assert own_page.calls("/verify-password", {"password": PASSWORD}).json() == {"status": True}
    assert own_page.calls("/delete-user", {}).json() == {"success": True, "message": "User deleted"}


def test_deleting_with_the_password_needs_no_recent_proof(own_server, own_page, email):
    own_page.signs_up(email)
    set_session(own_server, own_page, created_at=-1.1, proved_at=-1.1)
    assert own_page.calls("/delete-user", {"password": PASSWORD}).json()["success"] is True


def test_an_expired_session_is_refused(own_server, own_page, email):
    own_page.signs_up(email)
    cookie = {"Cookie": f"better-auth.session_token={own_page.session_cookie}"}
    set_session(own_server, own_page, expires_at=-0.01)
    assert own_page.get("/api/tasks", headers=cookie).status_code == 401
    answer = own_page.asks("/get-session", headers=cookie)
    assert answer.text == "null" and cookies(answer) == EXPIRING and "set-auth-jwt" not in answer.headers


# The account


def test_the_password_can_be_changed(pages, email):
    here, there = pages(), pages()
    here.signs_up(email)
    there.signs_in(email)
    new = "another good password"
    body = {"newPassword": new, "currentPassword": "wrong password"}
    assert error(here.calls("/change-password", body)) == (400, "INVALID_PASSWORD", "Invalid password")
    short = here.calls("/change-password", {"newPassword": "short", "currentPassword": PASSWORD})
    assert error(short) == (400, "PASSWORD_TOO_SHORT", "Password too short")

    answer = here.calls("/change-password", {"newPassword": new, "currentPassword": PASSWORD})
    assert list(answer.json()) == ["token", "user"] and answer.json()["token"] is None and cookies(answer) == []
    assert here.session() is not None and there.session() is not None
    assert error(here.calls("/sign-in/email", {"email": email, "password": PASSWORD}))[0] == 401

    before = here.session()["session"]
    answer = here.calls(
        "/change-password", {"newPassword": PASSWORD, "currentPassword": new, "revokeOtherSessions": True})
    assert answer.json()["token"] not in (None, before["token"])
    [cookie] = cookies(answer)
    assert answer.json()["token"] in cookie
    assert here.session()["session"]["token"] == answer.json()["token"]
    assert there.session() is None
    assert len(here.asks("/list-sessions").json()) == 1
    there.signs_in(email)
    assert here.calls("/verify-password", {"password": PASSWORD}).json() == {"status": True}
    assert error(here.calls("/verify-password", {"password": new})) == (400, "INVALID_PASSWORD", "Invalid password")


def test_the_user_can_be_changed(pages, email):
    here, there = pages(), pages()
    here.signs_up(email)
    there.signs_in(email)
    there.session()
    answer = here.calls("/update-user", {"name": "Anna Müller", "image": "https://example.com/a.png"})
    assert answer.json() == {"status": True} and len(cookies(answer)) == 1
    for page in (here, there):
        user = page.session()["user"]
        assert (user["name"], user["image"]) == ("Anna Müller", "https://example.com/a.png")
    assert jwt.decode(there.token(), options={"verify_signature": False})["name"] == "Anna Müller"
    assert here.calls("/update-user", {"image": None}).json() == {"status": True}
    assert here.session()["user"]["image"] is None and here.session()["user"]["name"] == "Anna Müller"
    assert error(here.calls("/update-user", {})) == (400, None, "No fields to update")
    fixed = here.calls("/update-user", {"email": "new@example.com"})
    assert error(fixed) == (400, "EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")
    assert here.asks("/update-user").status_code == 404


def test_the_user_can_be_deleted(server, pages, email):
    here, there = pages(), pages()
    id = here.signs_up(email)["user"]["id"]
    there.signs_in(email)
    assert here.post("/api/tasks", json={"title": "Mine"}).status_code == 201
    wrong = here.calls("/delete-user", {"password": "wrong password"})
    assert error(wrong) == (400, "INVALID_PASSWORD", "Invalid password")
    answer = here.calls("/delete-user", {"password": PASSWORD})
    assert answer.json() == {"success": True, "message": "User deleted"} and cookies(answer) == EXPIRING
    assert there.session() is None
    bad = there.calls("/sign-in/email", {"email": email, "password": PASSWORD})
    assert error(bad)[0] == 401
    # Not at once: the owner may think again, on the pages.
    assert error(bad)[1] == "ACCOUNT_IS_INACTIVE"
    for table, column, count in [("users", "id", 1), ("sessions", "user_id", 0), ("tasks", "user_id", 1)]:
        assert server.looks_up(f"SELECT count(*) FROM {table} WHERE {column} = ?", id) == [(count,)]
    taken = pages().calls("/sign-up/email", {"name": "Ann", "email": email, "password": PASSWORD})
    assert error(taken)[1] == "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"


def test_the_sign_in_method_is_listed(page, email):
    id = page.signs_up(email)["user"]["id"]
    [account] = page.asks("/list-accounts").json()
    assert list(account) == ["issuer", "accountId", "providerId", "userId", "createdAt", "updatedAt", "id", "scopes"]
    assert (account["issuer"], account["providerId"], account["scopes"]) == ("local:credential", "credential", [])
    assert account["accountId"] == account["userId"] == id


# The frame


def test_an_unknown_route_is_an_empty_404(page):
    for method, path in [
        ("GET", "/api/auth/unknown"), ("POST", "/api/auth/unknown"), ("GET", "/api/auth/sign-out"),
        ("GET", "/api/auth/sign-up/email"), ("POST", "/api/auth/token"), ("HEAD", "/api/auth/sign-out"),
        ("GET", "/api/auth//get-session"), ("PUT", "/api/auth/update-user"), ("DELETE", "/api/auth/delete-user"),
        ("POST", "/api/auth/%66orget-password"), ("GET", "/%61pi/auth/%75nknown"), ("POST", "/api/auth/forget-password"), ("POST", "/api/auth/two-factor/send-otp"),
        ("GET", "/api/auth/"),
    ]:
        answer = page.request(method, path)
        assert (answer.status_code, answer.content) == (404, b""), (method, path)
        assert "content-type" not in answer.headers, (method, path)


def test_requests_with_cookies_must_come_from_our_own_origin(server, page, email):
    page.signs_up(email)
    cookie = {"Cookie": f"better-auth.session_token={page.session_cookie}"}
    with Client(server.url) as client:
        for origin, code in [
            ({}, "MISSING_OR_NULL_ORIGIN"), ({"Origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
            ({"Origin": "https://evil.example"}, "INVALID_ORIGIN"), ({"Referer": "https://evil.example/"}, "INVALID_ORIGIN"),
            ({"Origin": f"{page.url}.evil.example"}, "INVALID_ORIGIN"),
            ({"Origin": "https://evil.example", "Referer": f"{page.url}/"}, "INVALID_ORIGIN"),
        ]:
            answer = client.post("/api/auth/sign-out", json={}, headers=cookie | origin)
            assert error(answer)[:2] == (403, code), origin
            # The origin is looked at before the body's fields are.
            answer = client.post("/api/auth/revoke-session", json={}, headers=cookie | origin)
            assert error(answer)[:2] == (403, code), origin
        referer = cookie | {"Referer": f"{page.url}/x"}
        by_referer = client.post("/api/auth/update-user", json={"name": "A"}, headers=referer)
        assert by_referer.status_code == 200
    assert page.session() is not None


def test_signing_in_is_open_to_programs_and_closed_to_other_sites(server, page, email):
    page.signs_up(email)
    body = {"email": email, "password": PASSWORD}
    with Client(server.url) as client:
        for headers, expected in [
            ({}, (200, None)), ({"Origin": page.url}, (200, None)), ({"Referer": f"{page.url}/login"}, (200, None)),
            ({"Origin": "https://evil.example"}, (403, "INVALID_ORIGIN")),
            ({"Sec-Fetch-Mode": "cors"}, (200, None)),
            ({"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}, (403, "MISSING_OR_NULL_ORIGIN")),
            ({"Sec-Fetch-Mode": "cors", "Origin": "null"}, (403, "MISSING_OR_NULL_ORIGIN")),
            (BROWSER | {"Origin": page.url}, (200, None)),
            (BROWSER | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": page.url},
             (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")),
        ]:
            client.cookies.clear()
            answer = client.post("/api/auth/sign-in/email", json=body, headers=headers)
            assert (answer.status_code, answer.json().get("code")) == expected, headers
        client.cookies.clear()
        form = client.post("/api/auth/sign-in/email", data=body)
        assert form.status_code == 200


def test_bodies_are_json(page, email):
    page.signs_up(email)
    json_only = 'Content-Type "text/plain" is not allowed. Allowed types: application/json'
    answer = page.post("/api/auth/update-user", data="x", headers={"Content-Type": "text/plain"})
    assert error(answer) == (415, "UNSUPPORTED_MEDIA_TYPE", json_only)
    for body in [b"{", b"", b"nope", b'{"name": }', b'{"name": "A"} x']:
        answer = page.post("/api/auth/update-user", data=body, headers={"Content-Type": "application/json"})
        if body:
            assert error(answer) == (400, "BAD_REQUEST", "Invalid JSON in request body")
        else:
            assert answer.status_code == 400
    answer = page.post("/api/auth/sign-up/email", headers={"Content-Type": "application/json"})
    wanted = "[body] Invalid input: expected object, received undefined; [body] Invalid input: expected record, received undefined"
    assert error(answer) == (400, "VALIDATION_ERROR", wanted)


@pytest.mark.parametrize("url", [
    "//evil.example", "/\\evil.example", "/%2Fevil.example", "/%5cevil", "https://evil.example", "javascript:alert(1)",
    "evil", "/a b",
])
def test_signing_in_redirects_to_no_other_site(page, email, url):
    page.signs_up(email)
    answer = page.calls("/sign-in/email", {"email": email, "password": PASSWORD, "callbackURL": url})
    assert error(answer) == (403, "INVALID_CALLBACK_URL", "Invalid callbackURL")


# The bearer form


def test_the_bearer_form_takes_three_spellings(server, page, email):
    token = page.signs_up(email)["token"]
    encoded = page.session_cookie
    for scheme, value in [
        ("Bearer", token), ("Bearer", unquote(encoded)), ("Bearer", encoded), ("bearer", token), ("BEARER", encoded),
    ]:
        bearer = {"Authorization": f"{scheme} {value}"}
        with Client(server.url) as client:
            assert client.get("/api/auth/get-session", headers=bearer).json()["session"]["token"] == token
            assert client.get("/api/tasks", headers=bearer).status_code == 200
            assert client.get("/api/auth/token", headers=bearer).status_code == 200
            assert client.post("/api/auth/update-user", json={"name": "A"}, headers=bearer).status_code == 200


def test_the_bearer_form_comes_before_the_cookie(server, pages, email):
    ann, ben = pages(), pages()
    ann.signs_up(email)
    token = ben.signs_up(f"ben.{email}")["token"]
    answer = ann.asks("/get-session", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["user"]["email"] == f"ben.{email}"
    # A text that cannot be a token is ignored, and the cookie counts.
    for value in ["Bearer a.b", f"Bearer {token}.AAAA", "Basic YTpi", "Bearer"]:
        assert ann.asks("/get-session", headers={"Authorization": value}).json()["user"]["email"] == email
    unknown = ann.asks("/get-session", headers={"Authorization": f"Bearer {'x' * 32}"})
    assert unknown.text == "null" and cookies(unknown) == EXPIRING


def test_a_forged_signature_opens_nothing(server, page, email):
    token = page.signs_up(email)["token"]
    signature = unquote(page.session_cookie).split(".")[1]
    for value in [
        f"{token}.", f"{token}.{signature[:-1]}", f"{token}.{'A' * 43}=", f"{'x' * 32}.{signature}",
        f"{token}.{signature}x",
    ]:
        for headers in [{"Authorization": f"Bearer {value}"}, {"Cookie": f"better-auth.session_token={value}"}]:
            assert server.client.get("/api/tasks", headers=headers).status_code == 401
            assert server.client.get("/api/auth/get-session", headers=headers).text == "null"


# Pages and client together


def test_a_page_login_is_a_session_of_the_clients(server, page):
    person = server.newcomer()
    page.logs_in_by_form(person.email)
    assert page.session()["user"]["id"] == person.id
    assert page.get("/api/tasks").json() == []
    assert page.post("/api/tasks", json={"title": "Both"}).status_code == 201
    assert "Both" in page.get("/dashboard").text
    assert jwt.decode(page.token(), options={"verify_signature": False})["sub"] == person.id
    assert page.calls("/sign-out").json() == {"success": True}
    assert page.get("/dashboard").status_code == 303 and page.get("/api/tasks").status_code == 401


def test_a_client_sign_in_is_a_session_of_the_pages(page, email):
    page.signs_up(email, name="Ann of the pages")
    assert page.post("/api/tasks", json={"title": "Both"}).status_code == 201
    dashboard = page.get("/dashboard")
    assert dashboard.status_code == 200 and "Both" in dashboard.text
    answer = page.post("/logout", data={"form_token": page.form_token("/dashboard")})
    assert answer.status_code == 303
    assert page.session() is None


def test_seed_003s_sign_up_and_the_clients_share_their_users(server, page, email):
    person = server.newcomer()
    assert page.signs_in(person.email)["user"]["id"] == person.id
    taken = page.calls("/sign-up/email", {"name": "A", "email": person.email, "password": PASSWORD})
    assert taken.status_code == 422
    id = page.signs_up(email)["user"]["id"]
    assert server.signs_in(email).id == id
    assert server.client.post("/api/auth/signup", json={"email": email, "password": PASSWORD}).status_code == 400
    # A session by access token is listed beside the others.
    assert len(page.asks("/list-sessions").json()) == 2


# The end of a session


@dataclass
class Device:
    """One sign-in, and every kind of token that proves it."""

    page: Page
    id: str
    proofs: dict[str, dict[str, str]]

    def answers(self) -> dict[str, int]:
        """The status for each proof, at the same time, each over a connection of its own."""
        found = {}
        for kind, headers in self.proofs.items():
            with Client(self.page.url) as client:
                found[kind] = client.get("/api/tasks", headers=headers).status_code
        return found

    def is_alive(self) -> bool:
        found = set(self.answers().values())
        assert len(found) == 1, f"Some proofs live longer than others: {self.answers()}"
        return found == {200}


@pytest.fixture
def signs_in(pages):
    """Signs in on a new device, and uses each kind of token once, so that all of them are cached."""

    def sign_in(email: str, password: str = PASSWORD) -> Device:
        page = pages()
        token = page.signs_in(email, password)["token"]
        session = page.session()["session"]
        now = int(time.time())
        access = {"user_id": session["userId"], "email": email, "sid": session["id"], "iat": now, "exp": now + 7 * DAY}
        bearer = {
            "access token": jwt.encode(access, SECRET, algorithm="HS256"), "EdDSA token": page.token(), "raw token": token,
            "signed token": unquote(page.session_cookie), "encoded token": page.session_cookie,
        }
        proofs = {kind: {"Authorization": f"Bearer {value}"} for kind, value in bearer.items()}
        proofs["cookie"] = {"Cookie": f"better-auth.session_token={page.session_cookie}"}
        device = Device(page, session["id"], proofs)
        assert device.is_alive()
        return device

    return sign_in


def signs_out(device, other):
    device.page.calls("/sign-out").raise_for_status()


def signs_out_on_the_page(device, other):
    device.page.post("/logout", data={"form_token": device.page.form_token("/dashboard")}).raise_for_status()


def signs_out_by_access_token(device, other):
    answer = device.page.post("/api/auth/signout", headers=device.proofs["access token"])
    assert answer.status_code == 204


def signs_out_by_bearer(device, other):
    with Client(device.page.url) as client:
        client.post("/api/auth/sign-out", json={}, headers=device.proofs["raw token"]).raise_for_status()


def is_revoked_elsewhere(device, other):
    handle = next(
        session["token"] for session in other.page.asks("/list-sessions").json() if session["id"] == device.id)
    other.page.calls("/revoke-session", {"token": handle}).raise_for_status()


def is_revoked_with_all_others(device, other):
    other.page.calls("/revoke-other-sessions").raise_for_status()


def changes_the_password_elsewhere(device, other):
    other.page.calls("/change-password", {
        "newPassword": "another good password", "currentPassword": PASSWORD, "revokeOtherSessions": True,
    }).raise_for_status()


def changes_the_password(device, other):
    changes_the_password_elsewhere(other, device)


def revokes_everything(device, other):
    other.page.calls("/revoke-sessions").raise_for_status()


def deletes_the_user(device, other):
    other.page.calls("/delete-user", {"password": PASSWORD}).raise_for_status()


@pytest.mark.parametrize("end, survives", [
    (signs_out, True), (signs_out_on_the_page, True), (signs_out_by_access_token, True), (signs_out_by_bearer, True),
    (is_revoked_elsewhere, True), (is_revoked_with_all_others, True), (changes_the_password_elsewhere, False),
    (changes_the_password, False), (revokes_everything, False), (deletes_the_user, False),
], ids=lambda value: getattr(value, "__name__", ""))
def test_the_next_request_of_an_ended_session_is_refused(server, signs_in, end, survives):
    person = server.newcomer()
    device, other = signs_in(person.email), signs_in(person.email)
    visitor = signs_in(server.newcomer().email)
    end(device, other)
    assert set(device.answers().values()) == {401}, device.answers()
    assert other.is_alive() is survives
    assert visitor.is_alive()
    # The access token of signing up has a session of its own.
    is_alone = survives and end is not is_revoked_with_all_others
    assert person.gets("/api/tasks").status_code == (200 if is_alone else 401)


def test_an_ended_session_gets_no_tokens(server, signs_in):
    person = server.newcomer()
    device, other = signs_in(person.email), signs_in(person.email)
    is_revoked_elsewhere(device, other)
    for kind in ["cookie", "raw token", "signed token"]:
        with Client(server.url) as client:
            assert client.get("/api/auth/token", headers=device.proofs[kind]).status_code == 401
            answer = client.get("/api/auth/get-session", headers=device.proofs[kind])
            assert answer.text == "null" and "set-auth-jwt" not in answer.headers


def test_ended_sessions_stay_ended_after_a_restart(own_server):
    server = own_server
    person = server.newcomer()
    elsewhere = server.signs_in(person.email)
    assert elsewhere.posts("/api/auth/signout").status_code == 204
    server.stop()
    server.start()
    assert elsewhere.gets("/api/tasks").status_code == 401
    assert person.gets("/api/tasks").status_code == 200


def test_a_deactivated_user_has_no_valid_tokens(own_server):
    server = own_server
    server.settings["PORT"] = server.port
    person, other = server.newcomer(), server.newcomer()
    with Page(server) as page:
        token = page.signs_in(person.email)["token"]
        proofs = {
            "access token": {"Authorization": f"Bearer {person.token}"},
            "EdDSA token": {"Authorization": f"Bearer {page.token()}"},
            "raw token": {"Authorization": f"Bearer {token}"},
            "signed token": {"Authorization": f"Bearer {unquote(page.session_cookie)}"},
            "cookie": {"Cookie": f"better-auth.session_token={page.session_cookie}"},
        }
        device = Device(page, "", proofs)
        assert device.is_alive()
        server.stop()
        server.changes("UPDATE users SET is_active = 0 WHERE id = ?", person.id)
        server.start()
        assert set(device.answers().values()) == {401}, device.answers()
        with Client(page.url) as client:
            answer = client.get("/api/auth/get-session", headers=proofs["cookie"])
            assert answer.text == "null" and "set-auth-jwt" not in answer.headers
            assert client.get("/api/auth/token", headers=proofs["raw token"]).status_code == 401
        with Page(server) as visitor:
            refused = visitor.calls("/sign-in/email", {"email": person.email, "password": PASSWORD})
            assert refused.status_code == 401 and not visitor.cookies
    assert other.gets("/api/tasks").status_code == 200
