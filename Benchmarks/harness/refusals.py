"""The duration of a refused sign-in, by kind of account: a difference would reveal which addresses have one, and where
it came from."""

import hashlib
import json
import random
import secrets
import sqlite3
import time
import unicodedata
import uuid

from . import process
from .load import Request
from .places import VENV
from .servers import PASSWORD, Latchkey

COUNT = 200
"""Attempts of each kind."""
TOLERANCE = 0.020
"""Seconds; or a tenth, if that is more."""


def scrypt(password: str) -> str:
    """As Better Auth stores a password."""
    salt = secrets.token_bytes(16).hex()
    text = unicodedata.normalize("NFKC", password).encode()
    return salt + ":" + hashlib.scrypt(text, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=1 << 26).hex()


def bcrypt(password: str, cost: int) -> str:
    code = f"import bcrypt; print(bcrypt.hashpw({password.encode()!r}, bcrypt.gensalt({cost})).decode())"
    return process.run([VENV / "bin/python", "-c", code], 30).strip()


def refused(server: Latchkey, email: str) -> float:
    """Seconds until a wrong password is refused."""
    body = json.dumps({"email": email, "password": "not the password"})
    request = Request("/api/auth/signin", "POST", {"Content-Type": "application/json"}, body, expected=401)
    began = time.perf_counter()
    server.ask(request)
    return time.perf_counter() - began


def accounts(server: Latchkey) -> dict[str, str]:
    """An address of each kind; the server is restarted for those whose hash comes from elsewhere."""
    emails = {
        "own account": "own@example.com", "from Better Auth": "scrypt@example.com", "bcrypt, cost 10": "weak@example.com",
    }  # fmt: skip
    for email in emails.values():
        body = json.dumps({"email": email, "password": PASSWORD})
        server.ask(Request("/api/auth/signup", "POST", {"Content-Type": "application/json"}, body, expected=201))
    server.stop()
    hashes = {"from Better Auth": scrypt(PASSWORD), "bcrypt, cost 10": bcrypt(PASSWORD, 10)}
    with sqlite3.connect(server.database) as connection:
        for kind, hash in hashes.items():
            connection.execute("UPDATE users SET password_hash = ? WHERE email = ?", (hash, emails[kind]))
    connection.close()
    server.start()
    return emails


def measure(server: Latchkey, count: int = COUNT) -> dict[str, float]:
    """Medians in seconds by kind; all kinds in random order, each unknown address another."""
    emails = accounts(server)
    kinds = ["unknown address", *emails]
    for kind in emails:
        refused(server, emails[kind])
    attempts = kinds * count
    random.Random(20).shuffle(attempts)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind in attempts:
        times[kind].append(refused(server, emails.get(kind, f"{uuid.uuid4()}@example.com")))
    return {kind: sorted(found)[len(found) // 2] for kind, found in times.items()}


def spread(medians: dict[str, float]) -> tuple[float, float]:
    """How far the medians are apart, and how far they may be."""
    least, most = min(medians.values()), max(medians.values())
    return most - least, max(0.1 * least, TOLERANCE)
