"""The session cookie: exactly Better Auth's, and useless to other clients."""

import base64
import hashlib
import hmac
import re
from urllib.parse import quote, unquote

import pytest

from support import PASSWORD, SECRET, Client
from wire import asks

COOKIE = "better-auth.session_token"


def session_cookie(answer) -> str:
    [cookie] = [value for name, value in answer.raw.headers.items()
                if name.lower() == "set-cookie" and "session_token" in value]
    return cookie


def test_the_session_cookie_is_better_auths(browser, alice):
    cookie = session_cookie(browser.logs_in(alice))
    pair, attributes = cookie.split("; ", 1)
    assert attributes == "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
    name, value = pair.split("=", 1)
    assert name == COOKIE and len(value) < 200

    token, signature = unquote(value).split(".")
    assert re.fullmatch(r"[A-Za-z0-9]{32}", token)
    assert signature == base64.b64encode(hmac.digest(SECRET.encode(), token.encode(), "sha256")).decode()
    assert value == quote(f"{token}.{signature}", safe="!'()*~")


def test_only_the_digest_of_the_cookies_token_is_stored(browser, alice):
    token = unquote(session_cookie(browser.logs_in(alice))).split("=", 1)[1].split(".")[0]
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert alice.server.looks_up("SELECT user_id FROM sessions WHERE token_digest = ?", digest) == [(alice.id,)]
    for (column,) in alice.server.looks_up("SELECT sql FROM sqlite_master WHERE name = 'sessions'"):
        assert token not in column


def test_over_https_the_cookie_is_secure_and_has_the_secure_prefix(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, BETTER_AUTH_URL="https://tasks.example.com")
    alice = server.newcomer()
    with Client(server.url) as client:
        page = client.get("/login")
        visitor = page.headers["set-cookie"].split(";")[0]
        assert visitor.startswith("__Host-") and "Secure" in page.headers["set-cookie"]
        token = re.search(r'name="form_token" value="([^"]+)"', page.text).group(1)
        fields = {"form_token": token, "email": alice.email, "password": PASSWORD}
        answer = client.post("/login", data=fields, headers={"Cookie": visitor})
        assert answer.status_code == 303
        cookie = session_cookie(answer)
        assert cookie.startswith("__Secure-better-auth.session_token=")
        assert cookie.endswith("; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax")
        assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        opened = client.get("/dashboard", headers={"Cookie": cookie.split(";")[0]})
        assert opened.status_code == 200
    server.stop()


def test_the_cookie_never_appears_in_a_page(browser, alice):
    token = unquote(session_cookie(browser.logs_in(alice))).split("=", 1)[1].split(".")[0]
    assert token not in browser.get("/dashboard").text


def test_each_login_has_a_session_of_its_own_and_ends_the_one_before(browser, other, alice):
    first = session_cookie(browser.logs_in(alice)).split(";")[0]
    second = session_cookie(other.logs_in(alice)).split(";")[0]
    assert first != second
    again = session_cookie(browser.submits("/login", on="/dashboard", email=alice.email, password=PASSWORD))
    assert again.split(";")[0] != first

    with Client(browser.url) as client:
        statuses = [client.get("/dashboard", headers={"Cookie": cookie}).status_code for cookie in [first, second]]
    assert statuses == [303, 200]


def test_a_planted_cookie_becomes_no_session(browser, alice):
    planted = "p" * 32
    mac = base64.b64encode(hmac.digest(SECRET.encode(), planted.encode(), "sha256")).decode()
    value = quote(f"{planted}.{mac}", safe="")
    browser.cookies.set(COOKIE, value)
    assert browser.get("/dashboard").status_code == 303
    assert value not in session_cookie(browser.logs_in(alice))
    with Client(browser.url) as client:
        assert client.get("/dashboard", headers={"Cookie": f"{COOKIE}={value}"}).status_code == 303


def test_the_cookie_of_a_session_that_signed_out_opens_nothing(browser, other, alice):
    cookie = session_cookie(browser.logs_in(alice)).split(";")[0]
    other.logs_in(alice)
    answer = browser.submits("/logout", on="/dashboard")
    assert answer.status_code == 303 and answer.headers["location"].startswith("/login")
    assert session_cookie(answer) == f"{COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"

    with Client(browser.url) as client:
        replayed = client.get("/dashboard", headers={"Cookie": cookie})
        assert (replayed.status_code, replayed.headers["location"]) == (303, "/login?next=%2Fdashboard")
        assert client.get("/api/tasks", headers={"Cookie": cookie}).status_code == 401
    assert other.get("/dashboard").status_code == 200


def test_the_cookie_opens_the_api_to_the_same_session(browser, alice):
    browser.logs_in(alice)
    assert browser.get("/api/auth/me").json()["id"] == alice.id
    assert browser.post("/api/auth/signout").status_code == 204
    assert browser.get("/dashboard").status_code == 303


@pytest.mark.parametrize("spoil", [
    lambda value: value[:-1], lambda value: value + "A", lambda value: value.replace(".", ".A"), lambda value: value.split(".")[0],
    lambda value: "A" + value[1:], lambda value: value.lower(), lambda value: value + "=",
    lambda value: "." + value, lambda value: "x" * 4000, lambda value: "", lambda value: "eyJhbGciOiJub25lIn0.e30.",
    lambda value: value.split(".")[0] + ".", lambda value: "%00", lambda value: "é",
])
def test_a_damaged_cookie_is_refused(server, browser, alice, spoil):
    value = session_cookie(browser.logs_in(alice)).split(";")[0].split("=", 1)[1]
    request = f"GET /dashboard HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE}={spoil(value)}\r\n\r\n"
    answer = asks(server, request.encode())
    assert answer.status == 303 and answer.header("location") == "/login?next=%2Fdashboard"


def test_three_hundred_cookies_are_accepted(server):
    cookies = "; ".join(f"c{number}=x" for number in range(300))
    assert asks(server, f"GET /dashboard HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n").status in (303, 400, 431)
