"""The servers that are compared, each with a reader who has 20 tasks and a writer who has none."""

import functools
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import time
from pathlib import Path

from . import process
from .load import Request
from .places import BENCHMARKS, LATCHKEY, REPOSITORY, TEMPLATES, TOOLS, VENV

PASSWORD = "correct horse battery"
SECRET = "a-benchmark-secret-of-forty-characters--"
CORES = os.cpu_count() or 1
TASKS = 20

LATCHKEY_WITHOUT_THROTTLES: dict[str, str] = {"THROTTLE": "off", "MAX_CONNECTIONS_PER_NETWORK": "8192"}
"""Settings that keep Latchkey from limiting one address, which all load comes from here."""


class Server:
    name: str
    title: str
    reader: dict
    writer: dict
    cookie: str | None = None
    """What opens the reader's dashboard."""
    certificate: Path | None = None
    """Of a server that speaks TLS."""

    def __init__(self, directory: Path):
        self.directory = directory / self.name
        self.directory.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen | None = None
        self.port = 0

    # Overridden by subclasses

    def command(self) -> list:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    # Running

    def start(self) -> float:
        """Starts the program and waits for its first 200; seconds that it took."""
        if not self.port:
            self.port = process.free_port()
        environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        log = open(self.directory / "log", "ab")
        began = time.perf_counter()
        with log:
            self.process = process.start(
                self.command(), env=environment | self.environment(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, cwd=self.directory,
            )  # fmt: skip
        while time.perf_counter() - began < 30:
            if self.is_healthy():
                return time.perf_counter() - began
            if self.process.poll() is not None:
                break
            time.sleep(0.0005)
        raise RuntimeError(f"{self.title} does not answer; its log ends with:\n{self.log_end()}")

    def stop(self):
        if self.process:
            process.stop(self.process)
            self.process = None

    def log_end(self) -> str:
        logs = [self.directory / name for name in ("log", "error.log")]
        return "".join(file.read_text(errors="replace")[-2000:] for file in logs if file.exists())

    def is_healthy(self) -> bool:
        try:
            with self.connect() as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                return connection.recv(12) == b"HTTP/1.1 200"
        except OSError:
            return False

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        return self.tls.wrap_socket(connection, server_hostname="127.0.0.1") if self.certificate else connection

    @functools.cached_property
    def tls(self) -> ssl.SSLContext:
        """Accepts the server's own certificate and no other."""
        return ssl.create_default_context(cafile=self.certificate)

    @property
    def origin(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def ports(self) -> list[int]:
        """Among which load is spread."""
        return [self.port]

    def database_seconds(self) -> float:
        """CPU time of a database server's processes, where there is one."""
        return 0

    def cpu_seconds(self) -> float:
        return process.cpu_seconds(self.process.pid)

    def memory(self) -> process.Memory:
        return process.memory(self.process.pid)

    def wait_for_quiet(self):
        process.wait_for_quiet(self.process.pid)

    # Asking

    def ask(self, request: Request, timeout: float = 30) -> tuple[http.client.HTTPResponse, bytes]:
        """One answer, of the status that is expected; RuntimeError for another."""
        if self.certificate:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != request.expected:
            raise RuntimeError(
                f"{self.title} answered {answer.status} to {request.method} {request.path}, not {request.expected}: "
                f"{body[:300]!r}"
            )
        return answer, body

    def answer_size(self, request: Request) -> int:
        """Bytes of one answer, head included as wrk counts it; the first answer is looked at, too."""
        answer, body = self.ask(request)
        head = sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        return head + len(f"HTTP/1.1 {answer.status} {answer.reason}\r\n\r\n") + len(body)

    # Content

    def prepare(self):
        """Makes the accounts and the reader's tasks, over HTTP."""
        self.reader = self.sign_up("reader@example.com")
        self.writer = self.sign_up("writer@example.com")
        self.fill(self.reader)

    def fill(self, person: dict):
        for number in range(1, TASKS + 1):
            self.ask(self.create(person, f"Task number {number}", "What is to be done about it" * (number % 2)))

    def sign_up(self, email: str) -> dict:
        body = json.dumps({"email": email, "password": PASSWORD, "username": "Bench"})
        _, answer = self.ask(
            Request("/api/auth/signup", "POST", {"Content-Type": "application/json"}, body, expected=201)
        )
        return json.loads(answer)

    @staticmethod
    def bearer(person: dict) -> dict[str, str]:
        return {"Authorization": f"Bearer {person['access_token']}"}

    def list(self, person: dict | None = None) -> Request:
        person = person or self.reader
        return Request(f"/api/users/{person['user']['id']}/tasks/", headers=self.bearer(person))

    def create(self, person: dict | None = None, title: str = "Buy milk", description: str = "2 l") -> Request:
        person = person or self.writer
        return Request(
            f"/api/users/{person['user']['id']}/tasks/", "POST",
            self.bearer(person) | {"Content-Type": "application/json"},
            json.dumps({"title": title, "description": description or None}), expected=201,
        )  # fmt: skip

    def sign_in(self, password: str = PASSWORD) -> Request:
        body = json.dumps({"email": "writer@example.com", "password": password})
        expected = 200 if password == PASSWORD else 401
        return Request("/api/auth/signin", "POST", {"Content-Type": "application/json"}, body, expected)

    def health(self) -> Request:
        return Request("/health")

    def dashboard(self) -> Request | None:
        return Request("/dashboard", headers={"Cookie": self.cookie}) if self.cookie else None

    def compressed_dashboard(self) -> Request:
        return Request("/dashboard", headers={"Cookie": self.cookie, "Accept-Encoding": "gzip"})

    def unchanged_dashboard(self) -> Request:
        """As a client asks that has the page already."""
        tag = self.ask(self.dashboard())[0].getheader("ETag")
        return Request("/dashboard", headers={"Cookie": self.cookie, "If-None-Match": tag}, expected=304)


class Latchkey(Server):
    name = "latchkey"
    title = "Latchkey"
    log_level: str | None = None
    answer_cache: str | None = None

    def command(self):
        return [LATCHKEY, "serve"]

    def environment(self):
        settings = {
            "LATCHKEY_ENV": "production", "BETTER_AUTH_SECRET": SECRET, "HOST": "127.0.0.1", "PORT": str(self.port),
            "LATCHKEY_URL": self.origin, "ALLOW_HTTP": "on", "LATCHKEY_ASSETS": str(REPOSITORY),
            "LATCHKEY_DATA": str(self.directory / "data"),
        }  # fmt: skip
        if self.log_level:
            settings["LOG_LEVEL"] = self.log_level
        if self.answer_cache:
            settings["ANSWER_CACHE_MIB"] = self.answer_cache
        return settings | LATCHKEY_WITHOUT_THROTTLES

    @property
    def database(self) -> Path:
        return self.directory / "data/latchkey.db"

    def prepare(self):
        super().prepare()
        body = json.dumps({"email": "reader@example.com", "password": PASSWORD})
        headers = {"Content-Type": "application/json", "Origin": self.origin}
        answer, _ = self.ask(Request("/api/auth/sign-in/email", "POST", headers, body))
        cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        self.cookie = next(cookie for cookie in cookies if "session_token" in cookie)
        body = json.dumps({"name": "bench", "scopes": ["tasks:read"]})
        headers = self.bearer(self.reader) | {"Content-Type": "application/json"}
        _, answer = self.ask(Request("/api/tokens", "POST", headers, body, expected=201))
        self.api_token = json.loads(answer)["token"]

    def list_by_api_token(self) -> Request:
        """The reader's list, asked for by a program with a token of its own."""
        request = self.list()
        request.headers["Authorization"] = f"Bearer {self.api_token}"
        return request


class AnewLatchkey(Latchkey):
    """Which makes each answer anew, also where nothing has changed since the last."""

    name = "latchkey_anew"
    title = "Latchkey, ANSWER_CACHE_MIB=0"
    answer_cache = "0"


class RefusingLatchkey(Latchkey):
    """With imported accounts, and no other client."""

    name = "latchkey_refusing"


class QuietLatchkey(Latchkey):
    """Without a line in the log for each request."""

    name = "latchkey_quiet"
    title = "Latchkey, LOG_LEVEL=warning"
    log_level = "warning"


class FastAPISeed(Server):
    name = "fastapi_seed"
    title = "FastAPI (seed)"
    module = "app"

    def command(self):
        return [
            VENV / "bin/uvicorn", "--app-dir", BENCHMARKS / "peers/fastapi_seed", f"{self.module}:app", "--host",
            "127.0.0.1", "--port", self.port, "--workers", CORES, "--loop", "uvloop", "--http", "httptools", "--no-access-log",
            "--timeout-keep-alive", "120", "--backlog", "4096", "--log-level", "warning",
        ]  # fmt: skip

    def environment(self):
        return {"BETTER_AUTH_SECRET": SECRET, "DATABASE": str(self.directory / "tasks.db")}

    def start(self):
        # Once, and not by each worker at the same time; an operator would run a migration here.
        if not (self.directory / "tasks.db").exists():
            script = "from app import SQLModel, engine; SQLModel.metadata.create_all(engine)"
            environment = os.environ | self.environment() | {"PYTHONPATH": str(BENCHMARKS / "peers/fastapi_seed")}
            process.run([VENV / "bin/python", "-c", script], 60, env=environment)
        return super().start()


class FastPython(Server):
    name = "fast_python"
    title = "Fast Python"

    def command(self):
        return [
            VENV / "bin/granian", "--interface", "rsgi", "--working-dir", BENCHMARKS / "peers/fast_python", "app:app",
            "--host", "127.0.0.1", "--port", self.port, "--workers", CORES, "--loop", "uvloop",
            "--http", "1", "--runtime-mode", "st", "--no-access-log", "--log-level", "warning", "--no-ws",
            "--backlog", "8192", "--backpressure", "8192",
        ]  # fmt: skip

    def environment(self):
        return {
            "BETTER_AUTH_SECRET": SECRET, "DATABASE": str(self.directory / "tasks.db"),
            "TEMPLATE": str(TEMPLATES / "pages/dashboard.jinja"),
        }  # fmt: skip

    def start(self):
        # Workers that switch a new file to WAL at the same time would trip over each other.
        database = sqlite3.connect(self.directory / "tasks.db")
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
        return super().start()

    def prepare(self):
        super().prepare()
        self.cookie = "session=" + self.reader["access_token"]


class Nginx(Server):
    """Answers what `original` answered, from files."""

    name = "nginx"
    title = "nginx, static"
    answers_of: type[Server] = Latchkey

    def __init__(self, directory: Path, original: Server):
        super().__init__(directory)
        self.original = original

    def command(self):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or TOOLS / "nginx/usr/sbin/nginx"
        return [program, "-c", self.directory / "nginx.conf", "-e", self.directory / "error.log"]

    def start(self):
        self.port = self.port or process.free_port()
        original = self.original
        site = self.directory / "site"
        site.mkdir(exist_ok=True)
        locations = []
        for file, request in self.requests().items():
            answer, body = original.ask(request)
            (site / file).write_bytes(body)
            lines = [f"location = {request.path} {{", f"    try_files /{file} =404;", "    types { }"]
            for name, value in answer.getheaders():
                if name.lower() == "content-type":
                    lines.append(f'    default_type "{value}";')
                elif name.lower() not in ("content-length", "connection", "date", "server", "keep-alive"):
                    quoted = re.sub(r'(["\\])', r"\\\1", value)
                    lines.append(f'    add_header {name} "{quoted}";')
            locations += ["        " + line for line in [*lines, "}"]]
        text = (BENCHMARKS / "peers/nginx/nginx.conf.in").read_text()
        values = {
            # Started by root, its workers would run as another user, who may not read our directory.
            "USER": "user root;" if os.geteuid() == 0 else "",
            "DIRECTORY": str(self.directory), "PORT": str(self.port), "LOCATIONS": "\n".join(locations),
            "LISTEN": " ssl http2" if self.certificate else "",
            "TLS": "\n".join("        " + line for line in self.settings()),
        }  # fmt: skip
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        (self.directory / "nginx.conf").write_text(text)
        return super().start()

    def requests(self) -> dict[str, Request]:
        """What can be asked, by the file that holds the answer."""
        original = self.original
        return {"tasks.json": original.list(), "health.json": original.health(), "page.html": original.dashboard()}

    def settings(self) -> list[str]:
        """Lines for its server."""
        return []

    def prepare(self):
        self.reader, self.cookie = self.original.reader, self.original.cookie
