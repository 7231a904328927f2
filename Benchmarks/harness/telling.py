"""Whether the time of an answer tells that an address has an account: where a mail is asked for, where a code or a
password is wrong, and at a sign-up where addresses must be verified first."""

import json
import random
import socketserver
import sqlite3
import threading
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .load import Request
from .servers import PASSWORD, Latchkey

COUNT = 200
"""Requests of each kind for each of known and unknown addresses."""
JSON = {"Content-Type": "application/json"}


@dataclass
class Spread:
    """Times in seconds: the median, and what a tenth of them stays below and exceeds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, times: list[float]) -> "Spread":
        times = sorted(times)
        return cls(*(times[int(part * (len(times) - 1) + 0.5)] for part in (0.5, 0.1, 0.9)))

    def __str__(self) -> str:
        return f"{1000 * self.median:.2f} ({1000 * self.low:.2f}–{1000 * self.high:.2f})"


class Sink(socketserver.StreamRequestHandler):
    """A mail server that takes everything (RFC 5321) and keeps nothing."""

    def handle(self):
        self.wfile.write(b"220 mail.example.org\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 Go on\r\n")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
            self.wfile.write(b"221 Bye\r\n" if word == b"QUIT" else b"250 OK\r\n")
            if word == b"QUIT":
                return


@contextmanager
def sink():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class MailingLatchkey(Latchkey):
    """With a mail server at a port, where nothing may listen; 0 for none."""

    name = "latchkey_mailing"

    def __init__(self, directory: Path, port: int, verification: str):
        super().__init__(directory / f"mail {port} {verification}")
        self.directory.mkdir(parents=True, exist_ok=True)
        self.mail_port, self.verification = port, verification

    def environment(self):
        mail = {
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail_port}", "SMTP_TLS": "none", "MAIL_FROM": "tasks@example.com",
            "EMAIL_VERIFICATION": self.verification,
        }  # fmt: skip
        return super().environment() | (mail if self.mail_port else {})


def fill(server: Latchkey, count: int) -> list[str]:
    """Addresses with accounts, which are not verified and have one password."""
    addresses = [f"known.{number}@example.com" for number in range(count)]
    body = json.dumps({"email": addresses[0], "password": PASSWORD})
    server.ask(Request("/api/auth/signup", "POST", JSON, body, 202 if server.verification == "required" else 201))
    server.stop()
    with sqlite3.connect(server.database) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(users)") if row[1] not in ("id", "email")]
        names = ", ".join(columns)
        for address in addresses[1:]:
            connection.execute(
                f"INSERT INTO users (id, email, {names}) SELECT ?, ?, {names} FROM users WHERE email = ?",
                (str(uuid.uuid4()), address, addresses[0]))
    connection.close()
    server.start()
    return addresses


def acts(server: Latchkey) -> dict[str, Request]:
    """What is asked, with EMAIL for the address."""
    def post(path: str, expected: int, **fields) -> Request:
        return Request(f"/api/auth/{path}", "POST", JSON, json.dumps({"email": "EMAIL"} | fields), expected)

    found = {"wrong password": post("signin", 401, password="not the password")}
    if server.mail_port:
        found["reset"] = post("request-password-reset", 200)
        found["verification"] = post("send-verification-email", 200)
    if server.verification == "required":
        found["sign-up"] = post("signup", 202, password="another long password")
    return found


def measure(server: Latchkey, count: int) -> dict[str, tuple[Spread, Spread]]:
    """For known and unknown addresses by act; all in random order, no address twice in an act."""
    known = fill(server, count)
    attempts = [
        (act, is_known, known[number] if is_known else f"unknown.{number}@example.com")
        for act in acts(server) for is_known in (True, False) for number in range(count)]
    random.Random(21).shuffle(attempts)
    # A sign-up makes an address known, so it comes last.
    attempts.sort(key=lambda attempt: attempt[0] == "sign-up")
    requests, times = acts(server), {}
    for act, is_known, address in attempts:
        request = requests[act]
        asked = Request(
            request.path, request.method, request.headers, request.body.replace("EMAIL", address), request.expected)
        began = time.perf_counter()
        server.ask(asked)
        times.setdefault((act, is_known), []).append(time.perf_counter() - began)
    return {act: (Spread.of(times[act, True]), Spread.of(times[act, False])) for act in requests}


def all_ways(directory: Path, count: int = COUNT) -> dict[str, tuple[Spread, Spread]]:
    """As `measure`, without a mail server, with one, with a dead one, and where addresses must be verified."""
    found = {}
    with sink() as port:
        for way, mail_port, verification in (
            ("no mail", 0, "off"), ("mail", port, "optional"), ("dead mail server", 9, "optional"),
            ("verification required", port, "required"),
        ):  # fmt: skip
            server = MailingLatchkey(directory, mail_port, verification)
            server.start()
            try:
                for act, spreads in measure(server, count).items():
                    found[f"{way}, {act}"] = spreads
            finally:
                server.stop()
    return found


def share_of_limit(known: Spread, unknown: Spread) -> float:
    """How far the medians are apart, as a share of what they may be: 5 %, or 2 ms if that is more."""
    limit = max(0.05 * min(known.median, unknown.median), 0.002)
    return abs(known.median - unknown.median) / limit
