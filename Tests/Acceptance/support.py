"""Shared by the acceptance tests: the program under test, and its users."""

import itertools
import json
import os
import re
import secrets
import signal
import sqlite3
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import requests
from playwright.sync_api import expect

from wire import PATIENCE

ASSETS = Path(__file__).resolve().parents[2]
"""The directory with Templates and Public."""

PASSWORD = "correct horse battery"
SHORT = "\U0001f98a" * 7
"""A password that is too short for the server, and long enough for browsers, which count its surrogates."""
UNKNOWN = "It is not known whether this was saved. Look before you try again."
"""The response where a commit was sent and not answered."""
TASK_FIELDS = {
    "id", "user_id", "title", "description", "completed", "created_at", "updated_at", "completed_at", "due", "start",
    "priority", "list_id", "position", "repeat", "tags", "parent_id", "reminders", "progress"}
"""The members of a task in JSON."""
SECRET = "an-acceptance-test-secret-of-forty-bytes"
PRODUCTION = {"LATCHKEY_ENV": "production", "ALLOW_HTTP": "on"}
"""Production without a certificate, at an address that is known when the port is."""

_numbers = itertools.count(1)


def binary() -> Path:
    """The program under test."""
    name = os.environ.get("LATCHKEY_BINARY")
    assert name, "Set LATCHKEY_BINARY to the latchkey program that these tests are to try."
    path = Path(name).resolve()
    assert os.access(path, os.X_OK), f"LATCHKEY_BINARY names {name}, which is no program that can be run."
    return path


def wait_until(condition, what: str, patience: float = PATIENCE, pause: Callable = lambda: time.sleep(0.01)):
    """The first true value that `condition` returns; `pause` is between two looks."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if value := condition():
            return value
        pause()
    raise AssertionError(f"Waited {patience} s in vain: {what}.")


class Client(requests.Session):
    """Asks one server, never waits for long, and never follows a redirect."""

    def __init__(self, url: str):
        super().__init__()
        self.url = url
        # A proxy or a .netrc of the user who runs the tests is ignored.
        self.trust_env = False

    def request(self, method, path, **options):
        options.setdefault("timeout", PATIENCE)
        options["allow_redirects"] = False
        return super().request(method, self.url + path, **options)


@dataclass
class Person:
    """A user with an account, and the access token of one sign-in."""

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


@dataclass
class Server:
    """A latchkey process with a data directory of its own."""

    directory: Path
    settings: dict = field(default_factory=dict)
    arguments: tuple = ()
    before: Callable[[], None] | None = None
    """Runs in the child before the program does."""
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
        """The log so far: lines are written a few milliseconds after the response that they are about."""
        file = self.directory / "stderr"
        size = -1
        for _ in range(20):
            if not self.is_running() or size == (size := file.stat().st_size):
                break
            time.sleep(0.02)
        return file.read_text(errors="replace")

    @property
    def output(self) -> str:
        return (self.directory / "stdout").read_text(errors="replace")

    def memory(self) -> int:
        """MiB that the process holds."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))

    @property
    def url(self) -> str:
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> str | None:
        path = self.settings.get("TLS_CERTIFICATE")
        return path and str(path)

    def environment(self) -> dict:
        standard = {
            "PATH": os.environ["PATH"], "LATCHKEY_ASSETS": str(ASSETS), "LATCHKEY_DATA": str(self.data),
            # The least that is allowed.
            "PORT": "0", "BCRYPT_COST": "10" if self.settings.get("LATCHKEY_ENV") == "production" else "4",
            # All clients of these tests come from one address; tests of limits switch them on.
            "THROTTLE": "off",
        }
        return {name: str(value) for name, value in (standard | self.settings).items() if value is not None}

    def launch(self) -> subprocess.Popen:
        """Starts the process and waits for nothing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "stdout", "w") as out, open(self.directory / "stderr", "w") as err:
            self.process = subprocess.Popen(
                [binary(), *self.arguments], cwd=self.directory, env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=out, stderr=err, preexec_fn=self.before)
        return self.process

    def start(self) -> "Server":
        self.launch()

        def address():
            assert self.process.poll() is None, f"The server ended with {self.process.returncode}:\n{self.log}"
            return re.search(r"^Latchkey is at https?://localhost:(\d+)\b", self.output, re.MULTILINE)

        self.port = int(wait_until(address, "the line that tells the address").group(1))
        self.client = Client(self.url)
        self.client.verify = self.certificate or True
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

    # The command line, beside the server and with its settings

    def command(
            self, *arguments, input: str | None = None, patience: float = 60, **settings) -> subprocess.CompletedProcess:
        self.directory.mkdir(parents=True, exist_ok=True)
        environment = self.environment() | {"PORT": str(self.port)} | settings
        given = {"stdin": subprocess.DEVNULL} if input is None else {"input": input}
        return subprocess.run(
            [binary(), *map(str, arguments)], cwd=self.directory, env=environment, capture_output=True, text=True,
            timeout=patience, **given)

    def says(self, *arguments, **options) -> str:
        """The output of a command, which must succeed."""
        done = self.command(*arguments, **options)
        assert done.returncode == 0 and done.stderr == "", done.stdout + done.stderr
        return done.stdout

    def objects(self, *arguments, **options) -> list[dict]:
        """The output of a command as JSON, one object a line."""
        return [json.loads(line) for line in self.says(*arguments, **options).splitlines()]

    # The database, as the operator could look at it

    def looks_up(self, query: str, *values) -> list[tuple]:
        with sqlite(self.database) as connection:
            return connection.execute(query, values).fetchall()

    def changes(self, query: str, *values) -> None:
        assert not self.is_running(), "Stop the server before its database is changed by hand."
        with sqlite(self.database) as connection:
            connection.execute(query, values)
            connection.commit()


def as_another_user(server: Server, uid: int = 54321) -> None:
    """The program runs as a user who owns nothing, and who can reach its directory."""
    server.directory.mkdir(parents=True, exist_ok=True)
    for parent in [server.directory, *server.directory.parents]:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IROTH | stat.S_IXOTH)

    def become():
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)

    server.before = become


@contextmanager
def sqlite(path: Path):
    connection = sqlite3.connect(path, timeout=PATIENCE)
    try:
        yield connection
    finally:
        connection.close()


# The data of an account, according to the API

KINDS = {"list": "/api/lists", "tag": "/api/tags", "view": "/api/views"}


def all_of(person: Person, url: str) -> list[dict]:
    """The items on all pages of a list."""
    found = []
    while url:
        answer = person.gets(url)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        url = (answer.links.get("next") or {}).get("url")
    return found


def everything(person: Person) -> dict:
    """The data of the account, by type and id, according to the lists."""
    found = {(kind, each["id"]): each for kind, path in KINDS.items() for each in all_of(person, path)}
    return found | {("task", task["id"]): task for task in all_of(person, "/api/tasks?limit=100")}


def differences(one: dict, other: dict) -> dict:
    return {key: (one.get(key), other.get(key)) for key in one.keys() | other.keys() if one.get(key) != other.get(key)}


# The pages in a browser's window


def wait_until_page(page, condition, what: str):
    """Like `wait_until`, for what the page reports to the test, which it does only while the test waits for it."""
    return wait_until(condition, what, pause=lambda: page.wait_for_timeout(10))


class Held:
    """Requests that wait until the test lets them go on."""

    def __init__(self, page, pattern: str):
        self.page, self.routes, self.is_free = page, [], False
        page.route(pattern, lambda route: self.take(route))

    def take(self, route):
        route.continue_() if self.is_free else self.routes.append(route)

    def wait_for(self, count: int) -> list:
        wait_until_page(self.page, lambda: len(self.routes) >= count, f"{count} requests")
        return self.routes

    def free(self):
        self.is_free = True
        for route in self.routes:
            route.continue_()


def log_in(page, person: Person, stays: bool = True) -> None:
    """Signs a user in, in a browser's window."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    if not stays:
        page.get_by_label("This is not my device").check()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")


def opens_list(open_page, person, *titles: str, stays: bool = True):
    """A window with a list of these tasks, the last one at the top."""
    for title in titles:
        person.adds(title)
    page = open_page()
    log_in(page, person, stays)
    return page


def opens_account_menu(page):
    """Opens the menu at the right end of the bar, and returns the part of the page that has it."""
    part = page.get_by_label("Account", exact=True)
    part.locator("summary").click()
    return part


def signs_out(page) -> None:
    opens_account_menu(page).get_by_role("button", name="Sign out").click()


def opens_more_fields(page) -> None:
    """Opens the fields of a new task besides its title."""
    page.get_by_label("Description, dates, tags and more").click()


def signs_in_over(page, person: Person, password: str | None = None) -> None:
    """Signs in again in the dialog that an ended session brings up."""
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text("Your session ended. What you typed is kept.")
    dialog.get_by_label("E-mail").fill(person.email)
    dialog.get_by_label("Password", exact=True).fill(password or person.password)
    dialog.get_by_role("button", name="Sign in").click()


def pastes(page, text: str) -> None:
    """Pastes into the field for new tasks."""
    page.evaluate("""text => {
        const field = document.querySelector('#title'), data = new DataTransfer();
        field.focus();
        data.setData('text/plain', text);
        const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
        if (field.dispatchEvent(event)) field.value += text.replace(/\\n/g, '');
    }""", text)


def tabs_to(page, target, most: int = 40, key: str = "Tab") -> None:
    """Moves the focus to an element with the Tab key."""
    for _ in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not lead to {target}.")
