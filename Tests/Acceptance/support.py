"""What the acceptance tests share: the program under test, the people who use it, and bare connections to it."""

import itertools
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

ASSETS = Path(__file__).resolve().parents[2]
"""The directory with Templates and Public."""

PATIENCE = 10
"""Seconds that any answer may take, unless a test says otherwise."""

PASSWORD = "correct horse battery"
SECRET = "an-acceptance-test-secret-of-forty-bytes"

_numbers = itertools.count(1)


def binary() -> Path:
    """The program under test."""
    name = os.environ.get("LATCHKEY_BINARY")
    assert name, "Set LATCHKEY_BINARY to the latchkey program that these tests are to try."
    path = Path(name).resolve()
    assert os.access(path, os.X_OK), f"LATCHKEY_BINARY names {name}, which is no program that can be run."
    return path


def wait_until(condition, what: str, patience: float = PATIENCE):
    """The first true value that `condition` returns."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError(f"Waited {patience} s in vain: {what}.")


class Client(requests.Session):
    """Asks one server, never waits for long, and never follows a redirect."""

    def __init__(self, url: str):
        super().__init__()
        self.url = url
        # A proxy or a .netrc of whoever runs the tests is none of our business.
        self.trust_env = False

    def request(self, method, path, **options):
        options.setdefault("timeout", PATIENCE)
        options["allow_redirects"] = False
        return super().request(method, self.url + path, **options)


@dataclass
class Person:
    """Somebody with an account, and the access token of one sign-in."""

    server: "Server"
    email: str
    password: str
    token: str
    user: dict

    @property
    def id(self) -> str:
        return self.user["id"]

    @property
    def tasks(self) -> str:
        return f"/api/users/{self.id}/tasks"

    def asks(self, method: str, path: str, **options) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return self.server.client.request(method, path, headers=headers, **options)

    def gets(self, path: str, **options):
        return self.asks("GET", path, **options)

    def posts(self, path: str, json=None, **options):
        return self.asks("POST", path, json=json, **options)

    def adds(self, title: str, **fields) -> dict:
        answer = self.posts(self.tasks, {"title": title, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def titles(self) -> list[str]:
        return [task["title"] for task in self.gets(self.tasks, params={"limit": 100}).json()]


@dataclass
class Server:
    """A latchkey process with a data directory of its own."""

    directory: Path
    settings: dict = field(default_factory=dict)
    arguments: tuple = ()
    process: subprocess.Popen | None = None
    port: int = 0

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def database(self) -> Path:
        return self.data / "latchkey.db"

    @property
    def log(self) -> str:
        return (self.directory / "stderr").read_text(errors="replace")

    @property
    def output(self) -> str:
        return (self.directory / "stdout").read_text(errors="replace")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict:
        standard = {
            "PATH": os.environ["PATH"], "LATCHKEY_ASSETS": str(ASSETS), "LATCHKEY_DATA": str(self.data),
            "PORT": "0", "BCRYPT_COST": "10",
        }
        return {name: str(value) for name, value in (standard | self.settings).items() if value is not None}

    def launch(self) -> subprocess.Popen:
        """Starts the process and waits for nothing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "stdout", "w") as out, open(self.directory / "stderr", "w") as err:
            self.process = subprocess.Popen(
                [binary(), *self.arguments], cwd=self.directory, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=out, stderr=err)
        return self.process

    def start(self) -> "Server":
        self.launch()

        def address():
            assert self.process.poll() is None, f"The server ended with {self.process.returncode}:\n{self.log}"
            return re.search(r"^Latchkey is at http://localhost:(\d+)\b", self.output, re.MULTILINE)

        self.port = int(wait_until(address, "the line that tells the address").group(1))
        self.client = Client(self.url)
        wait_until(lambda: self.client.get("/ready").status_code == 200, "/ready")
        return self

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """SIGTERM, and a clean end within ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("The server did not end within 10 s of SIGTERM.") from None
        assert code == 0, f"The server ended with {code}:\n{self.log[-2000:]}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def is_refused(self, patience: float = PATIENCE) -> str:
        """Starts, sees the start fail, and returns what was said on standard error."""
        self.launch()
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"The server started after all:\n{self.output}{self.log}") from None
        assert code > 0, f"A refusal is no crash, but the exit status was {code}:\n{self.log}"
        assert self.log.strip(), "A refusal says why."
        return self.log

    # People

    def newcomer(self, name: str = "alice", password: str = PASSWORD) -> Person:
        email = f"{name}.{next(_numbers)}.{secrets.token_hex(3)}@example.com"
        answer = self.client.post(
            "/api/auth/signup", json={"email": email, "password": password, "username": name.title()})
        assert answer.status_code == 201, answer.text
        return self._person(email, password, answer.json())

    def signs_in(self, email: str, password: str = PASSWORD) -> Person:
        answer = self.tries_to_sign_in(email, password)
        assert answer.status_code == 200, answer.text
        return self._person(email, password, answer.json())

    def tries_to_sign_in(self, email: str, password: str) -> requests.Response:
        return self.client.post("/api/auth/signin", json={"email": email, "password": password}, timeout=30)

    def _person(self, email, password, body) -> Person:
        return Person(self, email, password, body["access_token"], body["user"])

    # The database, as whoever runs the server could look at it

    def looks_up(self, query: str, *values) -> list[tuple]:
        with sqlite(self.database) as connection:
            return connection.execute(query, values).fetchall()

    def changes(self, query: str, *values) -> None:
        assert not self.is_running(), "Stop the server before its database is changed by hand."
        with sqlite(self.database) as connection:
            connection.execute(query, values)
            connection.commit()


@contextmanager
def sqlite(path: Path):
    connection = sqlite3.connect(path, timeout=PATIENCE)
    try:
        yield connection
    finally:
        connection.close()


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        values = self.all(name)
        assert len(values) == 1, f"{name} is there {len(values)} times: {self.headers}"
        return values[0]


class Wire:
    """A bare connection, for what no HTTP library would send."""

    def __init__(self, server: Server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self._read = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def sends(self, data: bytes | str) -> "Wire":
        try:
            self.socket.sendall(data.encode() if isinstance(data, str) else data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server may refuse, and close, before it has read everything.
        return self

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._read += data
        return bool(data)

    def answer(self, to: str = "GET") -> Answer:
        """The next answer; `to` is the method that was asked with, as HEAD has no body."""
        while b"\r\n\r\n" not in self._read:
            assert self._more(), f"The connection closed without a whole answer: {self._read!r}"
        head, self._read = self._read.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", first)
        assert match, f"This is no status line: {first!r}"
        headers = [tuple(line.split(": ", 1)) for line in lines]
        answer = Answer(int(match.group(1)), headers, b"")
        if to == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            return answer
        length = int(answer.header("content-length"))
        while len(self._read) < length:
            assert self._more(), "The connection closed in the middle of an answer."
        answer.body, self._read = self._read[:length], self._read[length:]
        return answer

    def says_nothing_more(self) -> bool:
        """Whether the server closes its direction, with nothing before it."""
        return self._read == b"" and not self._more()


def asks(server: Server, data: bytes | str, to: str = "GET") -> Answer:
    """One request on a connection of its own."""
    with Wire(server) as wire:
        return wire.sends(data).answer(to)


def sentence(answer: Answer | requests.Response) -> str:
    """The sentence of an error answer, after a look at its shape."""
    if isinstance(answer, Answer):
        status, kind, problem = answer.status, answer.header("content-type"), json.loads(answer.body)
    else:
        status, kind, problem = answer.status_code, answer.headers["content-type"], answer.json()
    assert kind == "application/problem+json"
    assert problem["status"] == status
    assert problem["title"] and problem["request_id"] and problem["type"] == "about:blank"
    detail = problem["detail"]
    assert isinstance(detail, str) and len(detail) > 5
    return detail
