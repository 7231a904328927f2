"""Under a service manager such as systemd: it is told that the server is ready, lives and stops; it holds the port, so
that a restart refuses no connection; and its unit is one that systemd takes."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter

import pytest

from support import ASSETS, SECRET, Client, Server, binary, sqlite, wait_until
from wire import PATIENCE

UNITS = ASSETS / "Deploy" / "systemd"


@pytest.fixture
def manager(tmp_path):
    """The socket that a service manager listens on."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(PATIENCE)
        yield notify


def told(manager: socket.socket) -> list[str]:
    """The lines of the next message."""
    return manager.recv(4096).decode().splitlines()


# Messages


def test_the_manager_is_notified_of_start_watchdog_and_stop(stopped_server, manager, tmp_path):
    stopped_server.settings |= {"NOTIFY_SOCKET": tmp_path / "notify", "WATCHDOG_USEC": 400_000}
    stopped_server.start()
    messages = [told(manager) for _ in range(4)]
    # The first sign of life may come before the ports are bound.
    assert ["READY=1", f"STATUS=Serving at http://localhost:{stopped_server.port}"] in messages[:2]
    assert messages.count(["WATCHDOG=1"]) == 3
    stopped_server.stop()
    manager.settimeout(0.5)
    rest = []
    with pytest.raises(TimeoutError):
        while True:
            rest.append(told(manager))
    assert rest[-1] == ["STOPPING=1", "STATUS=Finishing requests"] and all(each == ["WATCHDOG=1"] for each in rest[:-1])


def test_without_a_watchdog_there_are_no_watchdog_messages(stopped_server, manager, tmp_path):
    stopped_server.settings |= {"NOTIFY_SOCKET": tmp_path / "notify", "WATCHDOG_USEC": 200_000, "WATCHDOG_PID": 1}
    stopped_server.start()
    assert told(manager)[0] == "READY=1"
    stopped_server.stop()
    assert told(manager)[0] == "STOPPING=1"


def test_a_server_that_hangs_sends_no_watchdog_message(stopped_server, manager, tmp_path):
    """The writer waits for a lock that another program holds, for up to five seconds."""
    stopped_server.settings |= {"NOTIFY_SOCKET": tmp_path / "notify", "WATCHDOG_USEC": 400_000}
    stopped_server.start()
    told(manager)
    with sqlite(stopped_server.database) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(0.5)
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                told(manager)
        manager.setblocking(True)
        manager.settimeout(1)
        with pytest.raises(TimeoutError):
            told(manager)
        connection.rollback()
    manager.settimeout(PATIENCE)
    assert told(manager) == ["WATCHDOG=1"]


def test_a_missing_manager_does_not_matter(stopped_server, tmp_path):
    stopped_server.settings["NOTIFY_SOCKET"] = tmp_path / "nowhere"
    stopped_server.start()
    wait_until(lambda: "the service manager cannot be told" in stopped_server.log, "a warning in the log")


# The port


class Activated(Server):
    """Started with a listening socket as its descriptor 3, as systemd starts it."""

    listener: socket.socket
    names = "latchkey.socket"

    def launch(self) -> subprocess.Popen:
        self.directory.mkdir(parents=True, exist_ok=True)
        descriptor = self.listener.fileno()

        def pass_on():
            os.dup2(descriptor, 3)
            os.set_inheritable(3, True)

        # The number of the process is known only in it.
        command = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", binary()]
        with open(self.directory / "stdout", "w") as out, open(self.directory / "stderr", "w") as err:
            self.process = subprocess.Popen(
                command, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err, close_fds=False,
                preexec_fn=pass_on,
                env=self.environment() | {"LISTEN_FDS": "1", "LISTEN_FDNAMES": self.names})
        return self.process


@pytest.fixture
def activated(tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        server = Activated(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET})
        server.listener = listener
        yield server
        if server.is_running():
            server.stop()


def test_the_port_of_the_manager_is_served(activated):
    activated.start()
    assert activated.port == activated.listener.getsockname()[1]
    activated.newcomer("alice")
    activated.stop()
    # Clients connect while there is no server, and wait for the next.
    waiting = http.client.HTTPConnection("127.0.0.1", activated.port, timeout=PATIENCE)
    waiting.request("GET", "/health")
    activated.start()
    assert waiting.getresponse().status == 200
    waiting.close()


def test_a_descriptor_that_is_not_a_socket_is_refused(activated):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        stream, activated.listener = activated.listener, datagrams
        assert "The socket 3 (latchkey.socket) of the service manager is not for TCP." in activated.is_refused()
        activated.listener = stream
    activated.names = "redirect"
    assert "A socket that redirects to HTTPS needs TLS_CERTIFICATE." in activated.is_refused()


class Load(threading.Thread):
    """Asks without a pause, each time on a new connection or always on one, and counts the responses. Nothing is tried
    again."""

    def __init__(self, port: int, keeps: bool, path: str, headers: dict):
        super().__init__(daemon=True)
        self.port, self.keeps, self.path, self.headers = port, keeps, path, headers
        self.outcomes: Counter = Counter()
        self.ends = threading.Event()

    def run(self) -> None:
        connection = None
        while not self.ends.is_set():
            connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                connection.request("GET", self.path, headers=self.headers)
                answer = connection.getresponse()
                answer.read()
                self.outcomes[answer.status] += 1
                closes = answer.will_close
            except (OSError, http.client.HTTPException) as error:
                self.outcomes[f"{error!r}, {'kept' if self.keeps else 'new'}"] += 1
                closes = True
            if closes or not self.keeps:
                connection.close()
                connection = None
        if connection:
            connection.close()


@pytest.mark.alone
@pytest.mark.timeout(180)
def test_ten_restarts_under_load_fail_no_request(activated):
    activated.start()
    alice = activated.newcomer("alice")
    alice.adds("Water the plants")
    authorized = {"Authorization": f"Bearer {alice.token}"}
    load = [Load(activated.port, keeps, "/api/tasks", authorized) for keeps in [False, True] * 4]
    for each in load:
        each.start()
    for _ in range(10):
        time.sleep(0.5)
        activated.stop()
        activated.start()
    time.sleep(0.5)
    for each in load:
        each.ends.set()
    for each in load:
        each.join(30)
    outcomes = sum((each.outcomes for each in load), Counter())
    print(f"{outcomes.total()} requests during ten restarts: {dict(outcomes)}")
    assert set(outcomes) == {200} and outcomes.total() > 500, outcomes


@pytest.mark.skipif(not shutil.which("systemd-socket-activate"), reason="Not tried: systemd-socket-activate is not here.")
def test_systemd_passes_the_socket(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET})
    server.directory.mkdir(parents=True)
    environment = [f"--setenv={name}={value}" for name, value in server.environment().items()]
    with open(server.directory / "stdout", "w") as out, open(server.directory / "stderr", "w") as err:
        server.process = subprocess.Popen(
            ["systemd-socket-activate", f"--listen=127.0.0.1:{port}", *environment, binary()],
            cwd=server.directory, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def answer():
        try:
            with Client(f"http://127.0.0.1:{port}") as client:
                return client.get("/up").status_code
        except OSError:
            return None

    try:
        # The program starts with the first connection.
        assert wait_until(answer, "an answer") == 200
    finally:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0


# The unit


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="Not tried: systemd-analyze is not here.")
def test_systemd_takes_the_unit_and_finds_it_safe(tmp_path):
    unit = (UNITS / "latchkey.service").read_text().replace("/usr/local/bin/latchkey", str(binary()))
    (tmp_path / "latchkey.service").write_text(unit)
    shutil.copy(UNITS / "latchkey.socket", tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "latchkey.service", tmp_path / "latchkey.socket"],
        capture_output=True, text=True)
    assert done.returncode == 0 and "latchkey" not in done.stderr, done.stderr
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", tmp_path / "latchkey.service"],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_unit_sets_only_settings_that_the_program_reads():
    """Every setting in the unit is one, and the program would start with them."""
    unit = (UNITS / "latchkey.service").read_text()
    names = [pair.split("=")[0] for line in unit.splitlines() if line.startswith("Environment=")
             for pair in line.removeprefix("Environment=").split()]
    table = (ASSETS / "docs" / "configuration.md").read_text()
    assert names and all(f"`{name.removesuffix('_FILE')}`" in table for name in names), names
    assert "Type=notify" in unit and "WatchdogSec=" in unit and "LoadCredential=secret:" in unit
