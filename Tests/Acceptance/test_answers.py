"""Protection of every response: its headers, and that other users' text stays text."""

import html
import re
from urllib.parse import quote

import pytest

from support import PASSWORD, wait_until

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types latchkey")


def everything_there_is(browser, alice):
    """One answer of each kind, by name."""
    stylesheet = re.search(r'href="(/static/[^"]+\.css)"', browser.get("/login").text).group(1)
    yield "home", browser.get("/")
    yield "documentation", browser.get("/docs")
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


def test_every_response_has_the_security_headers(browser, alice):
    for kind, answer in everything_there_is(browser, alice):
        headers = answer.headers
        if answer.status_code == 304:
            # The browser keeps the headers of its stored response.
            assert "content-security-policy" not in headers and re.fullmatch(r"[\w-]{6,}", headers["x-request-id"]), kind
            continue
        assert headers["x-content-type-options"] == "nosniff", kind
        if headers.get("content-type", "").startswith("text/css"):
            # No document, so nothing that a document may do needs to be forbidden.
            assert headers["cross-origin-resource-policy"] == "same-origin", kind
            continue
        assert headers["content-security-policy"] == CSP, kind
        assert headers["x-frame-options"] == "DENY", kind
        assert headers["referrer-policy"] == "same-origin", kind
        assert headers["cross-origin-opener-policy"] == "same-origin", kind
        assert headers["cross-origin-resource-policy"] == "same-origin", kind
        assert headers["permissions-policy"] == "geolocation=(), camera=(), microphone=()", kind
        assert re.fullmatch(r"[\w-]{6,}", headers["x-request-id"]), kind
        assert "server" not in headers and "strict-transport-security" not in headers, kind
        assert headers.get("date"), kind


def test_nothing_personal_may_be_cached(browser, alice):
    for kind, answer in everything_there_is(browser, alice):
        if "file" in kind or kind == "options":
            continue
        # Lists and tasks have a tag of their account's own, and are revalidated before each use.
        expected = "private, no-cache" if kind in ("tasks", "dashboard") else "no-store"
        assert answer.headers["cache-control"] == expected, kind


def test_every_request_has_an_id_of_its_own(server):
    ids = [server.client.get("/health").headers["x-request-id"] for _ in range(20)]
    assert len(set(ids)) == 20
    wait_until(lambda: ids[-1] in server.log, "the id in the log")


def test_no_page_has_inline_scripts_or_styles(browser, alice):
    for kind, answer in everything_there_is(browser, alice):
        if answer.headers.get("content-type", "").startswith("text/html"):
            assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son\w+=|javascript:", answer.text, re.I), kind


# Text from other users


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
    # The one picture is the mark of the site.
    assert len(re.findall('<img src="/static/[^"]+/icon.svg" alt="" ', page)) == page.count("<img") == 1
    assert page.count("onerror") == html.unescape(page).count(name) > 0
