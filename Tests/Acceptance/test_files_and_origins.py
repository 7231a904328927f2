"""Files out of Public and never anything else; and which other origins may call the API."""

import re

import pytest

from wire import Wire


def test_a_files_plain_address_is_revalidated_every_time(server):
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


def test_a_files_hashed_address_is_cached_permanently(server):
    page = server.client.get("/").text
    for url in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = server.client.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        plain = server.client.get("/" + url.rsplit("/", 1)[1])
        assert plain.content == answer.content and plain.headers["etag"] and "etag" not in answer.headers
        outdated = server.client.get(re.sub(r"/static/[^/]+/", "/static/outdated/", url))
        assert outdated.status_code == 404 or "immutable" not in outdated.headers["cache-control"]


@pytest.mark.parametrize("kind, name", [("text/javascript", "app.js"), ("image/svg+xml", "icon.svg"), ("text/plain; charset=utf-8", "robots.txt"),
                                        ("image/x-icon", "favicon.ico")])
def test_a_file_has_its_content_type(server, kind, name):
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


# Each with the origin where browsers put it, and what comes after.
REFUSED = {
    400: "GET /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nno colon\r\n\r\n",
    408: "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nContent-Length: 5\r\n\r\nhalf",
    413: "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nContent-Length: 2000000\r\n\r\n",
    414: "GET /api/tasks?" + "x" * 9000 + " HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\n\r\n",
    415: "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
    417: "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nExpect: x\r\nContent-Length: 1\r\n\r\nx",
    431: "GET /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nX: " + "x" * 20_000 + "\r\n\r\n",
    501: "POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nOrigin: {0}\r\nTransfer-Encoding: gzip\r\n\r\n",
}


@pytest.mark.parametrize("status", REFUSED)
def test_a_refusal_by_the_connection_has_the_headers_of_any_answer(open_server, status):
    def refusal(origin, path="/api/tasks"):
        with Wire(open_server) as wire:
            wire.socket.settimeout(40)
            answer = wire.sends(REFUSED[status].format(origin).replace("/api/tasks", path)).answer()
        assert answer.status == status
        assert answer.header("content-security-policy").startswith("default-src 'self'")
        for name, value in [("x-frame-options", "DENY"), ("referrer-policy", "same-origin"),
                            ("x-content-type-options", "nosniff"), ("cache-control", "no-store")]:
            assert answer.header(name) == value
        return {name: answer.all(f"access-control-allow-{name}") for name in ("origin", "credentials")}

    trusted = {"origin": ["https://app.example.com"], "credentials": ["true"]}
    assert refusal("https://app.example.com") == trusted
    if status == 408:
        return  # Once is long enough.
    assert refusal("https://evil.example") == {"origin": [], "credentials": []}
    assert refusal("https://app.example.com", "/dashboard") == {"origin": [], "credentials": []}


@pytest.mark.parametrize("origin", ["http://localhost:3000", "https://app.example.com"])
def test_a_front_end_that_is_configured_may_call_the_api(open_server, origin):
    alice = open_server.newcomer()
    answer = alice.gets("/api/tasks", headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert "Origin" in answer.headers["vary"]
    assert {"etag", "link", "location"} <= set(answer.headers["access-control-expose-headers"].lower().split(", "))

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


def test_a_trusted_page_may_send_any_headers_that_its_tools_add(open_server):
    asked = ["authorization", "baggage", "sentry-trace", "traceparent", "x-requested-with"]
    preflight = open_server.client.options("/api/tasks", headers={
        "Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": ",".join(asked)})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"].split(", ") == asked
    odd = open_server.client.options("/api/tasks", headers={
        "Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-good, x bad, x(bad), "})
    assert odd.headers["access-control-allow-headers"] == "x-good"


@pytest.mark.parametrize("path", ["/openapi.json", "/.well-known/jwks.json", "/api/auth/jwks", "/health", "/ready"])
def test_public_documents_may_be_read_from_anywhere(open_server, path):
    for origin in ["https://editor.example", "null", "http://localhost:9", None]:
        answer = open_server.client.get(path, headers={"Origin": origin} if origin else {})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*" and "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
    preflight = open_server.client.options(path, headers={
        "Origin": "https://editor.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "sentry-trace"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "sentry-trace"
    # Better Auth's client sends cookies with all it asks.
    trusted = open_server.client.get(path, headers={"Origin": "http://localhost:3000"})
    assert trusted.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert trusted.headers["access-control-allow-credentials"] == "true"


def test_pages_are_shared_with_no_origin_at_all(open_server):
    answer = open_server.client.get("/login", headers={"Origin": "http://localhost:3000"})
    assert "access-control-allow-origin" not in answer.headers
