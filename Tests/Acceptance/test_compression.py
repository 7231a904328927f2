"""Compressed responses: public documents always, pages only for requests that no other site can have caused."""

import gzip
import re
import zlib

import pytest

from support import Browser, Client
from wire import asks

GZIP = "Accept-Encoding: gzip\r\n"


def get(server, path, extra=""):
    return asks(server, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n")


@pytest.mark.parametrize("path", ["/app.css", "/app.js", "/openapi.json", "{lasting}"])
def test_public_documents_are_compressed_for_clients_that_accept_it(server, path):
    if path == "{lasting}":
        path = re.search(r'/static/[^"]+/app\.css', server.client.get("/login").text).group()
    plain, small = get(server, path), get(server, path, GZIP)
    assert plain.status == small.status == 200
    assert small.header("content-encoding") == "gzip" and not plain.all("content-encoding")
    assert gzip.decompress(small.body) == plain.body and len(small.body) < len(plain.body) / 2
    assert "Accept-Encoding" in plain.all("vary") and "Accept-Encoding" in small.all("vary")
    # Files at permanent addresses have no tag, as no client asks for them twice.
    tagged = [] if path.startswith("/static/") else [(GZIP, small), ("", plain)]
    assert not tagged or small.header("etag") != plain.header("etag")
    for encoding, answer in tagged:
        known = get(server, path, f"{encoding}If-None-Match: \"a,b\", {answer.header('etag')}\r\n")
        assert known.status == 304 and known.header("etag") == answer.header("etag") and known.body == b""
    for refusal in ["gzip;q=0", "identity", "br", "*;q=0", ""]:
        assert not get(server, path, f"Accept-Encoding: {refusal}\r\n").all("content-encoding"), refusal
    head = asks(server, f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n{GZIP}\r\n", to="HEAD")
    assert head.header("content-length") == str(len(small.body)) and head.header("content-encoding") == "gzip"


def test_pages_are_compressed_only_for_same_site_requests(server, alice, browser):
    browser.logs_in(alice)
    browser.adds("Water the plants")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    for path in ["/dashboard", "/docs", "/nothing"]:
        for site, isSmall in [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False), ("Same-Origin", False),
                              ("", False), (None, False)]:
            asked = "" if site is None else f"Sec-Fetch-Site: {site}\r\n"
            answer = get(server, path, f"{GZIP}{asked}Cookie: {cookies}\r\n")
            assert bool(answer.all("content-encoding")) == isSmall, (path, site)
            assert any("Sec-Fetch-Site" in value for value in answer.all("vary")), (path, site)
            if isSmall:
                page = zlib.decompress(answer.body, 31)
                assert page.rstrip().endswith(b"</html>")


def test_responses_to_authenticated_programs_are_not_compressed(alice):
    for number in range(30):
        alice.adds(f"The same title again and again, number {number}")
    head = f"Authorization: Bearer {alice.token}\r\nSec-Fetch-Site: same-origin\r\n{GZIP}"
    answer = get(alice.server, alice.tasks, head)
    assert answer.status == 200 and len(answer.body) > 4000 and not answer.all("content-encoding")


def test_a_browser_reads_compressed_pages(server, open_page):
    page = open_page()
    response = page.goto("/login")
    assert response.header_value("content-encoding") == "gzip"
    page.get_by_label("Password").wait_for()
