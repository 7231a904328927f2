"""What keeps the pages safe: form tokens, cookies, redirects, headers, files, and other origins."""

import base64
import hashlib
import hmac
import html
import re
from urllib.parse import quote, unquote, urlencode

import pytest

from support import PASSWORD, SECRET, Client, Person, Wire, asks, wait_until

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
COOKIE = "better-auth.session_token"


class Browser(Client):
    """Fills in forms as a browser without JavaScript does, cookies and hidden fields included."""

    def form_token(self, path="/login") -> str:
        page = self.get(path)
        return re.search(r'name="form_token" value="([^"]+)"', page.text).group(1)

    def submits(self, path, on="/login", headers=None, **fields):
        if "form_token" not in fields:
            fields["form_token"] = self.form_token(on)
        body = urlencode({name: value for name, value in fields.items() if value is not None})
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.post(path, data=body, headers=kind | (headers or {}))

    def logs_in(self, person: Person, **fields):
        answer = self.submits("/login", email=person.email, password=person.password, **fields)
        assert answer.status_code == 303, answer.text
        return answer

    def adds(self, title: str) -> str:
        answer = self.submits("/tasks", on="/dashboard", title=title)
        assert answer.status_code == 303
        return re.search(r"task=([\w-]+)", answer.headers["location"]).group(1)


@pytest.fixture
def browser(server):
    with Browser(server.url) as browser:
        yield browser


@pytest.fixture
def other(server):
    with Browser(server.url) as browser:
        yield browser


# The session cookie, as Better Auth has it


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


def test_over_https_the_cookie_is_secure_and_named_so(start_server):
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


def test_a_planted_cookie_becomes_nobodys_session(browser, alice):
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
    lambda value: "A" + value[1:], lambda value: value.lower(), lambda value: value + "=", lambda value: f'"{value}"',
    lambda value: "." + value, lambda value: "x" * 4000, lambda value: "", lambda value: "eyJhbGciOiJub25lIn0.e30.",
    lambda value: value.split(".")[0] + ".", lambda value: "%00", lambda value: "é",
])
def test_a_spoilt_cookie_is_no_session(server, browser, alice, spoil):
    value = session_cookie(browser.logs_in(alice)).split(";")[0].split("=", 1)[1]
    request = f"GET /dashboard HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE}={spoil(value)}\r\n\r\n"
    answer = asks(server, request.encode())
    assert answer.status == 303 and answer.header("location") == "/login?next=%2Fdashboard"


def test_three_hundred_cookies_are_no_trouble(server):
    cookies = "; ".join(f"c{number}=x" for number in range(300))
    assert asks(server, f"GET /dashboard HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\n\r\n").status in (303, 400, 431)


# Forms from elsewhere


FORMS = [
    ("/signup", {"email": "forged@example.com", "password": PASSWORD}), ("/login", {"email": "{email}", "password": PASSWORD}),
]


@pytest.mark.parametrize("token", [None, "", "wrong", "A" * 43])
@pytest.mark.parametrize("path, fields", FORMS)
def test_a_visitors_form_needs_its_token(browser, alice, path, fields, token):
    fields = {name: value.format(email=alice.email) for name, value in fields.items()}
    browser.form_token(path)
    answer = browser.submits(path, form_token=token, **fields)
    assert answer.status_code == 403 and "<h1>" in answer.text
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize("path, fields", FORMS)
def test_another_visitors_token_is_of_no_use(browser, other, alice, path, fields):
    fields = {name: value.format(email=alice.email) for name, value in fields.items()}
    browser.form_token(path)
    assert browser.submits(path, form_token=other.form_token(path), **fields).status_code == 403
    assert browser.post(path, data={**fields, "form_token": other.form_token(path)}, cookies={}).status_code == 403


def dashboard_forms(task: str):
    return [("/tasks", {"title": "Forged"}), (f"/tasks/{task}", {"title": "Forged"}), (f"/tasks/{task}/complete", {}),
            (f"/tasks/{task}/reopen", {}), (f"/tasks/{task}/delete", {}), (f"/tasks/{task}/restore", {}), ("/logout", {})]


@pytest.mark.parametrize("whose", ["nobody's", "an empty one", "a wrong one", "a visitor's", "bob's", "alice's other session's"])
def test_the_dashboards_forms_need_the_sessions_own_token(server, browser, other, alice, bob, whose):
    browser.logs_in(alice)
    task = browser.adds("Genuine")
    token = {"nobody's": None, "an empty one": "", "a wrong one": "x" * 43}.get(whose)
    if whose in ("bob's", "alice's other session's"):
        other.logs_in(bob if whose == "bob's" else alice)
        token = other.form_token("/dashboard")
    elif whose == "a visitor's":
        token = other.form_token("/login")

    for path, fields in dashboard_forms(task):
        answer = browser.submits(path, form_token=token, **fields)
        assert answer.status_code == 403, path
    assert alice.titles() == ["Genuine"] and browser.get("/dashboard").status_code == 200


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://evil127.0.0.1"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
], ids=str)
def test_a_form_from_another_site_is_refused_even_with_a_valid_token(server, browser, other, alice, headers):
    headers = {name: value.format(own=server.url) for name, value in headers.items()}
    answer = other.submits("/login", headers=headers, email=alice.email, password=PASSWORD)
    assert answer.status_code == 403 and COOKIE not in other.cookies
    answer = other.submits("/signup", headers=headers, email="forged@example.com", password=PASSWORD)
    assert answer.status_code == 403 and COOKIE not in other.cookies

    browser.logs_in(alice)
    task = browser.adds("Genuine")
    for path, fields in dashboard_forms(task):
        assert browser.submits(path, on="/dashboard", headers=headers, **fields).status_code == 403, path
    assert alice.titles() == ["Genuine"]


def test_a_form_from_here_passes_with_the_headers_that_browsers_send(server, browser, alice):
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin", "Referer": server.url + "/login"}
    answer = browser.submits("/login", headers=headers, email=alice.email, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")


@pytest.mark.parametrize("kind, body", [
    ("text/plain", '{"title": "Forged"}'), ("application/x-www-form-urlencoded", "title=Forged"), ("multipart/form-data; boundary=x", "--x--"),
    ("application/json", '{"title": "Forged"}'),
])
def test_the_api_cannot_be_used_through_a_victims_cookie(browser, alice, kind, body):
    browser.logs_in(alice)
    headers = {"Content-Type": kind, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = browser.post("/api/tasks", data=body, headers=headers)
    assert answer.status_code in (401, 403, 415)
    assert alice.titles() == []


def test_looking_changes_nothing(browser, alice):
    browser.logs_in(alice)
    task = browser.adds("Stays")
    for path, _ in dashboard_forms(task):
        assert browser.get(path).status_code in (404, 405), path
    assert alice.titles() == ["Stays"] and browser.get("/dashboard").status_code == 200


def test_a_form_whose_session_has_ended_leads_to_the_login(browser, alice):
    browser.logs_in(alice)
    token = browser.form_token("/dashboard")
    browser.cookies.clear()
    answer = browser.submits("/tasks", form_token=token, title="Too late")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_bob_cannot_touch_alices_task_through_the_pages(browser, other, alice, bob):
    browser.logs_in(alice)
    task = browser.adds("Hers")
    other.logs_in(bob)
    for path, fields in dashboard_forms(task)[1:-1]:
        answer = other.submits(path, on="/dashboard", **fields)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/dashboard?notice=gone"), path
    [kept] = alice.gets(alice.tasks).json()
    assert kept["title"] == "Hers" and not kept["completed"]


# Where to go on


@pytest.mark.parametrize("next", [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
    "https://evil.example", "https:evil.example", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x",
    "/@evil.example/..//evil.example", "/dashboard\r\nSet-Cookie: planted=1", "/\u0301/evil.example", "//evil%00.example",
    "/%2f/evil.example", "/..//evil.example", "/.evil.example", "http://127.0.0.1@evil.example", "evil.example", "/dashboard\\..\\",
    "/" + "x" * 5000, "\x00/dashboard", " /dashboard", "/ /evil.example",
], ids=lambda value: repr(value)[:24])
def test_nobody_is_sent_elsewhere_after_signing_in(browser, alice, next):
    page = browser.get("/login", params={"next": next})
    assert page.status_code in (200, 400)
    offered = re.search(r'name="next" value="([^"]*)"', page.text)
    if offered:
        assert html.unescape(offered.group(1)) in ("", next) and "evil" not in offered.group(1).split("/")[:2]

    answer = browser.submits("/login", email=alice.email, password=PASSWORD, next=next)
    assert answer.status_code in (303, 400)
    if answer.status_code == 303:
        assert re.fullmatch(r"/(%2f/evil\.example|dashboard)", answer.headers["location"])
        assert "planted" not in str(answer.headers) + str(browser.cookies)

    again = browser.get("/login", params={"next": next})
    location = again.headers.get("location", "/dashboard")
    assert location.startswith("/") and location[1:2] not in ("/", "\\", "\t", "")


def test_a_page_of_ours_is_returned_to(server, browser, alice):
    asked = browser.get("/dashboard?show=done")
    assert asked.headers["location"] == "/login?next=%2Fdashboard%3Fshow%3Ddone"
    page = browser.get(asked.headers["location"])
    assert 'name="next" value="/dashboard?show=done"' in page.text
    answer = browser.logs_in(alice, next="/dashboard?show=done")
    assert answer.headers["location"] == "/dashboard?show=done"


# Headers


def everything_there_is(browser, alice):
    """One answer of each kind, by name."""
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', browser.get("/login").text).group(1)
    yield "home", browser.get("/")
    yield "login", browser.get("/login")
    yield "failed login", browser.submits("/login", email="a", password="b")
    yield "failed signup", browser.submits("/signup", email="a", password="b")
    yield "forbidden form", browser.post("/login", data={"a": "b"})
    yield "wrong body", browser.post("/login", data="{}", headers={"Content-Type": "text/plain"})
    yield "no such page", browser.get("/nothing")
    yield "broken path", browser.get("/%2")
    yield "wrong method", browser.delete("/login")
    yield "options", browser.options("/login")
    yield "redirect to login", browser.get("/dashboard")
    yield "redirect after login", browser.logs_in(alice)
    yield "dashboard", browser.get("/dashboard")
    yield "redirect after an action", browser.submits("/tasks", on="/dashboard", title="x")
    yield "form with an error", browser.submits("/tasks", on="/dashboard", title="")
    yield "file", browser.get("/app.css")
    yield "lasting file", browser.get(stylesheet)
    yield "unchanged file", browser.get("/app.css", headers={"If-None-Match": "*"})
    yield "health", browser.get("/health")
    yield "tasks", alice.gets("/api/tasks")
    yield "new task", alice.posts("/api/tasks", {"title": "x"})
    yield "deleted task", alice.asks("DELETE", f"/api/tasks/{alice.adds('x')['id']}")
    yield "unauthenticated", alice.server.client.get("/api/tasks")
    yield "forbidden", alice.gets("/api/users/x/tasks")
    yield "invalid", alice.posts("/api/tasks", {})
    yield "malformed", alice.asks("POST", "/api/tasks", data="{", headers={"Content-Type": "application/json"})
    yield "no such address", alice.gets("/api/nothing")
    yield "tokens", alice.server.client.post("/api/auth/signin", json={"email": alice.email, "password": PASSWORD})
    yield "signed out", browser.submits("/logout", on="/dashboard")


def test_every_answer_has_the_headers_that_protect_it(browser, alice):
    for kind, answer in everything_there_is(browser, alice):
        headers = answer.headers
        assert headers["content-security-policy"] == CSP, kind
        assert headers["x-content-type-options"] == "nosniff", kind
        assert headers["x-frame-options"] == "DENY", kind
        assert headers["referrer-policy"] == "same-origin", kind
        assert headers["cross-origin-opener-policy"] == "same-origin", kind
        assert headers["cross-origin-resource-policy"] == "same-origin", kind
        assert headers["permissions-policy"] == "geolocation=(), camera=(), microphone=()", kind
        assert re.fullmatch(r"[\w-]{6,}", headers["x-request-id"]), kind
        assert "server" not in headers and "strict-transport-security" not in headers, kind
        assert headers.get("date"), kind


def test_nothing_personal_is_kept_by_a_cache(browser, alice):
    for kind, answer in everything_there_is(browser, alice):
        if "file" in kind or kind in ("options", "redirect to login", "redirect after an action"):
            continue
        assert answer.headers["cache-control"] == "no-store", kind


def test_every_request_has_an_id_of_its_own(server):
    ids = [server.client.get("/health").headers["x-request-id"] for _ in range(20)]
    assert len(set(ids)) == 20
    wait_until(lambda: ids[-1] in server.log, "the id in the log")


def test_no_page_has_anything_inline(browser, alice):
    for kind, answer in everything_there_is(browser, alice):
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=|javascript:", answer.text, re.I), kind


# Text from strangers


HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)', "javascript:alert(1)", "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
    '"\u0301 onmouseover=alert(1) x="', '"\u200d><script>alert(1)</script>', "<\u0338script>alert(1)</script>", "<!--<script>", "]]>", "&lt;b&gt;",
    "{{ 7*7 }}", "{% include 'x' %}", "\u2028alert(1)", "<a href=//evil.example>",
]


def tags(page: str) -> list[tuple]:
    """The page's tags with their attributes' names, and whatever there is apart from text."""
    from html.parser import HTMLParser

    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.append((tag, *sorted(name for name, _ in attributes)))

        def handle_comment(self, data):
            found.append(("comment",))

    Reader().feed(page)
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_typed_text_stays_text_on_every_page(browser, alice, text):
    def same_tags(path, **fields):
        harmless = browser.submits(path, **{name: "harmless" for name in fields}, password="x")
        hostile = browser.submits(path, **fields, password="x")
        assert harmless.status_code == hostile.status_code
        assert tags(hostile.text) == tags(harmless.text)

    same_tags("/login", email=text)
    same_tags("/signup", email=text, username=text)
    assert tags(browser.get("/login", params={"notice": text, "error": text}).text) == tags(browser.get("/login").text)
    assert tags(browser.get("/" + quote(text, safe="")).text) == tags(browser.get("/nothing").text)

    browser.logs_in(alice)
    browser.submits("/tasks", on="/dashboard", title="harmless", description="harmless")
    harmless = browser.get("/dashboard").text
    [task] = alice.gets(alice.tasks).json()
    alice.asks("PUT", f"{alice.tasks}/{task['id']}", json={"title": text, "description": text})
    hostile = browser.get("/dashboard").text
    assert tags(hostile) == tags(harmless)
    assert text.strip() in html.unescape(hostile)


def test_a_hostile_name_stays_text_in_the_header(server, browser):
    name = '<img src=x onerror=alert(1)>"\u0301'
    answer = browser.submits(
        "/signup", on="/signup", email="hostile.name@example.com", username=name, password=PASSWORD)
    assert answer.status_code == 303
    page = browser.get("/dashboard").text
    assert "<img" not in page and name in html.unescape(page)


# Files


def test_a_files_plain_address_is_asked_about_every_time(server):
    answer = server.client.get("/app.css")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    etag = answer.headers["etag"]
    assert re.fullmatch(r'"[^"]+"', etag)
    for candidates in [etag, "*", f'"x", {etag}', f"W/{etag}"]:
        unchanged = server.client.get("/app.css", headers={"If-None-Match": candidates})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == etag
    assert server.client.get("/app.css", headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_files_hashed_address_is_kept_for_good(server):
    page = server.client.get("/").text
    for url in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = server.client.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        plain = server.client.get("/" + url.rsplit("/", 1)[1])
        assert plain.content == answer.content and plain.headers["etag"] == answer.headers["etag"]
        outdated = server.client.get(re.sub(r"/static/[^/]+/", "/static/outdated/", url))
        assert outdated.status_code == 404 or "immutable" not in outdated.headers["cache-control"]


@pytest.mark.parametrize("kind, name", [("text/javascript; charset=utf-8", "app.js"), ("image/svg+xml", "icon.svg"), ("text/plain; charset=utf-8", "robots.txt")])
def test_a_file_says_what_it_is(server, kind, name):
    assert server.client.get(f"/{name}").headers["content-type"] == kind


TAILS = [
    "../Package.swift", "../Templates/layouts/site.html", "../../etc/passwd", "../data/latchkey.db", "..%2fPackage.swift",
    "%2e%2e/Package.swift", "%2e%2e%2fPackage.swift", "..%5cPackage.swift", "..\\Package.swift", "....//Package.swift",
    "..;/Package.swift", "./../Package.swift", "%252e%252e%252fPackage.swift", "..%c0%afPackage.swift", "app.css/../../Package.swift",
    "app.css%00.html", "app.css/", "app.css/.", "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "file:///etc/passwd", ".env", ".git/config",
    "..", ".", "../", "data/secret", "..././Package.swift", "%u002e%u002e/Package.swift",
]


@pytest.mark.parametrize("base", ["/", "/static/", "/static/x/", "/app.css/", "{lasting}"])
def test_no_path_leads_out_of_the_public_directory(server, base):
    lasting = re.search(r'href="(/static/[^/]+/)', server.client.get("/").text).group(1)
    with Wire(server) as wire:
        for tail in TAILS:
            path = base.format(lasting=lasting) + tail
            answer = wire.sends(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").answer()
            assert answer.status in (400, 404) or path == "/.", path
            for leak in [b"swift-tools-version", b"root:", b"SQLite format", b"{%", b"[core]", b"BETTER_AUTH"]:
                assert leak not in answer.body, path


@pytest.mark.parametrize("range", ["bytes=0-3", "bytes=5-2", "bytes=0-9223372036854775807", "bytes=-0", "bytes=99999999-", "bytes=a-b", "bytes=" + "0-1," * 500])
def test_a_range_never_breaks_anything(server, range):
    answer = server.client.get("/app.css", headers={"Range": range})
    assert answer.status_code in (200, 206, 416)


# Other origins


@pytest.fixture(scope="module")
def open_server(start_server):
    """A server that lets two front ends in."""
    server = start_server(FRONTEND_URL="http://localhost:3000, https://app.example.com/")
    yield server
    server.stop()


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://app.example.com"])
def test_a_front_end_that_is_configured_may_call_the_api(open_server, origin):
    alice = open_server.newcomer()
    answer = alice.gets("/api/tasks", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in answer.headers["vary"]
    assert {"link", "location"} <= set(answer.headers["access-control-expose-headers"].lower().split(", "))

    preflight = open_server.client.options("/api/tasks", headers={
        "Origin": origin, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization,content-type"})
    assert preflight.status_code in (200, 204)
    assert preflight.headers["access-control-allow-origin"] == origin
    assert {"PUT", "PATCH", "DELETE"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    assert {"authorization", "content-type"} <= set(preflight.headers["access-control-allow-headers"].lower().split(", "))

    refused = open_server.client.get("/api/tasks", headers={"Origin": origin})
    assert refused.status_code == 401 and refused.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", [
    "https://evil.example", "null", "http://localhost:3001", "http://localhost", "https://localhost:3000", "http://localhost:30000",
    "http://localhost:3000.evil.example", "http://evil.localhost:3000", "https://app.example.com.evil.example", "https://xapp.example.com",
    "https://APP.example.com", "https://app.example.com/", "http://app.example.com", "*", "",
])
def test_no_other_origin_is_allowed_anything(open_server, origin):
    alice = open_server.newcomer()
    for answer in [
        alice.gets("/api/tasks", headers={"Origin": origin}),
        open_server.client.options("/api/tasks", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}),
    ]:
        assert not [name for name in answer.headers if name.lower().startswith("access-control-allow")]


def test_pages_are_shared_with_no_origin_at_all(open_server):
    answer = open_server.client.get("/login", headers={"Origin": "http://localhost:3000"})
    assert "access-control-allow-origin" not in answer.headers
