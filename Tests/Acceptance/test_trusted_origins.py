"""Where browsers may be redirected, and whose pages may call, with Chromium as the judge of an address's meaning."""

import random
import re
from urllib.parse import quote, urlsplit

import pytest

from support import PASSWORD, SECRET
from wire import asks

TRUSTED = "https://*.example.com, http://localhost:*, *.apps.test, https://exact.test:8443/, myapp://, capacitor://localhost"
SEED = 20261126

GOOD = [
    "https://a.example.com/x?y=z#w", "http://localhost:3000/", "http://localhost", "https://exact.test:8443/in",
    "http://b.apps.test/", "https://b.apps.test", "myapp://open/x", "capacitor://localhost/x", "/dashboard", "/a/b?c=d",
]
BAD = [
    "https://evil.test/", "https://evil.test\\.example.com", "http://localhost:x@evil.test/", "//evil.test/",
    "javascript://x.example.com/%0aalert(1)", "data://x.example.com/,x", "https://example.com", "http://a.example.com/",
    "https://exact.test", "/\\evil.test", "yourapp://x", "https:evil.test", "https:/evil.test",
]
PIECES = [
    "\\", "/", "//", "@", "#", "?", ":", ".", "..", "%", "%2f", "%5c", "%00", "%2e", "%40", "\t", "\n", "\r", "\0", " ",
    "evil.test", "example.com", "localhost", "apps.test", ".example.com", "@evil.test", "evil.test#", "evil.test\\",
    "https://", "http://", "javascript:", "data:", "HTTPS:", "[", "]", "[::1]", "0x7f.1", "127.1", "2130706433",
    "xn--", "u:p@", ":443", ":80", ":0", ":99999", ":", "。", "．", "／", "＠", "：", "\u00ad", "\u200b", "\u2028", "ｅ",
    "é", "ß", "%E3%80%82", ";", "&", "=", "*", "'", '"', "<", ">", "^", "|", "`", "{", "}", "~", "_", "-", "+",
]


def mutations(count: int) -> list[str]:
    """Addresses near those that are trusted, and near those that are not."""
    random.seed(SEED)
    texts = GOOD + BAD
    while len(texts) < count:
        text = random.choice(GOOD * 2 + BAD)
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            at, to = sorted(random.choices(range(len(text) + 1), k=2))
            text = random.choice([
                text[:at] + random.choice(PIECES) + text[at:], text[:at] + random.choice(PIECES) + text[to:],
                text[:at] + text[to:], text[:at] + text[at:to].upper() + text[to:], text[at:to] + text,
                text[:at] + chr(random.choice([random.randrange(1, 0x250), random.randrange(0xFF00, 0xFFF0)])) + text[at:],
            ])
        texts.append(text)
    return texts


def is_trusted(url: dict, own: str) -> bool:
    """By the parts that a browser finds in an address; written beside the settings above and not beside the code."""
    protocol, host, port = url["protocol"], url["hostname"], url["port"]
    if protocol in ("http:", "https:") and (url["username"] or url["password"]):
        return False
    return (
        url["origin"] == own
        or protocol == "https:" and host.endswith(".example.com") and port == ""
        or protocol == "http:" and host == "localhost"
        or protocol in ("http:", "https:") and host.endswith(".apps.test") and port == ""
        or (protocol, host, port) == ("https:", "exact.test", "8443")
        or protocol == "myapp:" or url["href"].startswith("capacitor://localhost"))


READ = """([texts, base]) => texts.map(text => {
    try {
        const u = new URL(text, base)
        return Object.fromEntries(['href', 'origin', 'protocol', 'hostname', 'port', 'username', 'password', 'pathname']
            .map(name => [name, u[name]]))
    } catch { return null }
})"""


@pytest.fixture(scope="module")
def trusting(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, BETTER_AUTH_TRUSTED_ORIGINS=TRUSTED)
    yield server
    server.stop()


@pytest.fixture
def read_by_chromium(chromium, trusting):
    page = chromium.new_page()
    yield lambda texts: page.evaluate(READ, [texts, f"{trusting.url}/api/auth/verify-email"])
    page.close()


def test_a_browser_is_redirected_to_trusted_addresses_only(trusting, read_by_chromium):
    texts = mutations(6000)
    locations = []
    for text in texts:
        answer = trusting.client.get(f"/api/auth/verify-email?token=x&callbackURL={quote(text, safe='')}")
        # 400: a query with a NUL in it. 401: no address at all.
        assert answer.status_code in (302, 403) or answer.status_code == (400 if "\0" in text else 401 if not text else 0), text
        locations.append(answer.headers.get("location"))
    asked, led = read_by_chromium(texts), read_by_chromium([location or "" for location in locations])
    followed = refused = 0
    for text, location, wanted, got in zip(texts, locations, asked, led):
        if location is None:
            refused += 1
            continue
        followed += 1
        # Where a browser makes nothing of it, it goes nowhere.
        if got is None:
            continue
        assert is_trusted(got, trusting.url), (text, location, got)
        assert "error=INVALID_TOKEN" in location and location.isascii()
        # The page that reads the address in the answer goes to the same place.
        for part in ["protocol", "hostname", "port", "pathname"]:
            assert wanted[part].lower() == got[part].lower(), (text, location)
    print(f"\n{followed} of {len(texts)} addresses followed, all to where they may lead; {refused} refused")
    assert followed > 300 and refused > 2000
    for text in GOOD:
        assert locations[texts.index(text)], text
    for text in BAD:
        assert locations[texts.index(text)] is None, text


def test_an_origin_is_trusted_only_as_browsers_write_it(trusting, read_by_chromium):
    texts = [text for text in dict.fromkeys(re.split(r"[/?#]", text, maxsplit=3)[0] + "//" + urlsafe_host(text)
             for text in mutations(3000)) if is_field_value(text)]
    texts += ["null", "https://a.example.com", "http://localhost:5173", "capacitor://localhost", "https://exact.test:8443"]
    allowed = []
    for text in texts:
        answer = asks(trusting, b"GET /api/tasks HTTP/1.1\r\nHost: x\r\nConnection: close\r\nOrigin: "
                      + text.encode() + b"\r\n\r\n")
        assert answer.status == 401, text
        names = answer.all("access-control-allow-origin")
        assert names in ([], [text]), text
        if names:
            allowed.append(text)
    for text, url in zip(allowed, read_by_chromium(allowed)):
        assert url and is_trusted(url, "none"), text
        if url["protocol"] in ("http:", "https:"):
            assert url["origin"] == text
    print(f"\n{len(allowed)} of {len(texts)} origins allowed")
    assert set(texts[-4:]) <= set(allowed) and "null" not in allowed


def urlsafe_host(text: str) -> str:
    try:
        return urlsplit(text).netloc
    except ValueError:
        return text.partition("//")[2]


def is_field_value(text: str) -> bool:
    return text == text.strip() and not re.search(r"[\0-\x1f\x7f]", text) and text != ""


@pytest.mark.parametrize("url, answered", [
    ("HTTPS://A.Example.com:443/x?é#y", "https://a.example.com/x?%C3%A9#y"), ("/dashboard?tab=1", "/dashboard?tab=1"),
    ("http://localhost:3000", "http://localhost:3000"), ("myapp://open/x", "myapp://open/x"),
])
def test_the_address_of_a_sign_in_is_composed_of_the_parsed_parts(trusting, url, answered):
    person = trusting.newcomer("sent")
    trusting.client.cookies.clear()
    answer = trusting.client.post("/api/auth/sign-in/email", json={
        "email": person.email, "password": PASSWORD, "callbackURL": url})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["url"], answer.json()["redirect"]) == (answered, True)
    assert answer.headers["location"] == answered


@pytest.mark.parametrize("value", [
    "https://*", "*", "*.com", "https://front.example/app", "front.example", "https://*.co.uk", "javascript://*.example.com",
    "https://user@front.example", "https://front.example:port", "https://*example.com",
])
def test_a_setting_that_trusts_nothing_or_everything_stops_the_start(stopped_server, value):
    stopped_server.settings["BETTER_AUTH_TRUSTED_ORIGINS"] = f"https://app.example.com/, {value}"
    said = stopped_server.is_refused()
    assert said.startswith(f"latchkey: BETTER_AUTH_TRUSTED_ORIGINS: '{value}' ") and said.count("\n") == 1
