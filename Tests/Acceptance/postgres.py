"""A PostgreSQL server of the tests' own, and a pooler or a proxy in front of it."""

import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from support import wait_until

SCRIPT = Path(__file__).resolve().parents[2] / "Scripts" / "postgres.sh"

_numbers = itertools.count(1)


class Postgres:
    """Started by the same script that starts one for the Swift tests."""

    def __init__(self, *options: str):
        self.options = options
        # Not in pytest's own directory: the server runs as another user, who could not enter it.
        self.directory = Path(tempfile.mkdtemp(prefix="latchkey-postgres-"))
        self.start()

    def _runs(self, action: str, *arguments: str) -> str:
        done = subprocess.run(
            [SCRIPT, action, self.directory, *arguments], text=True, stdout=subprocess.PIPE, timeout=60)
        assert done.returncode == 0, f"postgres.sh {action} failed."
        return done.stdout.strip()

    def start(self) -> None:
        self.url = self._runs("start", *self.options)
        self.port = int((self.directory / "port").read_text())

    def stop(self, mode: str = "immediate") -> None:
        self._runs("stop", mode)

    def remove(self) -> None:
        self._runs("remove")

    def asks(self, query: str, database: str = "postgres") -> list[str]:
        """The output of psql for a query, a line for each row."""
        asked = self.starts(query, database)
        printed, complaints = asked.communicate(timeout=60)
        assert asked.returncode == 0, complaints
        return printed.splitlines()

    def starts(self, query: str, database: str, port: int | None = None) -> subprocess.Popen:
        """A psql that runs a query."""
        return subprocess.Popen(
            ["psql", "--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", "-c", query, self.address(database, port)],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def address(self, database: str, port: int | None = None, role: str = "postgres") -> str:
        return f"postgresql://{role}@127.0.0.1:{port or self.port}/{database}"

    def new_database(self, options: str = "") -> str:
        name = f"test_{next(_numbers)}"
        self.asks(f"CREATE DATABASE {name} {options}")
        return name

    def ends_connections(self, database: str) -> None:
        """And waits until they have ended."""
        others = f"FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"
        pids = self.asks(f"SELECT pid, pg_terminate_backend(pid) {others}")
        listed = ", ".join(pid.split("|")[0] for pid in pids) or "0"
        wait_until(
            lambda: self.asks(f"SELECT count(*) FROM pg_stat_activity WHERE pid IN ({listed})") == ["0"],
            "connections to end")

    def processes(self) -> list[int]:
        postmaster = int((self.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def hangs(self) -> None:
        """Every process stops where it is; connections stay open."""
        self.stopped = self.processes()
        for process in self.stopped:
            os.kill(process, signal.SIGSTOP)

    def goes_on(self) -> None:
        for process in self.stopped:
            os.kill(process, signal.SIGCONT)


@dataclass
class Pooler:
    """PgBouncer, lending a server for one transaction at a time."""

    POOL_SIZE = 3

    postgres: "Postgres | Proxy"

    def __enter__(self) -> "Pooler":
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "Install pgbouncer: connections through a pooler are tried with it."
        self.directory = Path(tempfile.mkdtemp(prefix="latchkey-pgbouncer-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self.directory / "users.txt").write_text('"postgres" ""\n')
        (self.directory / "pgbouncer.ini").write_text(
            f"""[databases]
* = host=127.0.0.1 port={self.postgres.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = trust
auth_file = {self.directory}/users.txt
pool_mode = transaction
default_pool_size = {self.POOL_SIZE}
server_check_delay = 0
""")
        command = [program, str(self.directory / "pgbouncer.ini")]
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres")
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers, "pgbouncer")
        return self

    def _answers(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait(10)
        shutil.rmtree(self.directory)


class Proxy:
    """Passes everything on, until it is told to cut a connection at a COMMIT, to swallow what is sent, or to be slow."""

    COMMIT = b"COMMIT\0"
    PREPARED = re.compile(rb"(\w+)\0COMMIT\0")
    """The name of the statement, by which it is sent later, and its text."""

    def __init__(self, postgres: Postgres):
        self.target = postgres.port
        self.commits = {self.COMMIT}
        self.connections: list[_Passage] = []
        self.lock = threading.Lock()
        self.cut: str | None = None
        self.cuts = 0
        self.holds_next = False
        self.delay = 0.0
        """Seconds that each answer takes, as from a server that is far away."""

    def __enter__(self) -> "Proxy":
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accepts, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()
        for connection in self.connections:
            connection.ends()

    def _accepts(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            passage = _Passage(self, client, socket.create_connection(("127.0.0.1", self.target)))
            passage.swallows, self.holds_next = self.holds_next, False
            passage.starts()
            self.connections.append(passage)

    def cuts_the_next_commit(self, reaches: bool) -> None:
        """Before it gets to PostgreSQL, or after that has carried it out and before its answer gets back."""
        with self.lock:
            self.cut, self.cuts = "after" if reaches else "before", 0

    def takes(self, data: bytes) -> str | None:
        with self.lock:
            self.commits.update(name + b"\0" for name in self.PREPARED.findall(data))
            if self.cut is None or not any(commit in data for commit in self.commits):
                return None
            how, self.cut = self.cut, None
            self.cuts += 1
            return how

    def swallows(self) -> int:
        """All connections that there are stay open, and nothing gets through any more; how many those are."""
        for connection in self.connections:
            connection.swallows = True
        return sum(not connection.has_ended for connection in self.connections)


class _Passage:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket):
        self.proxy, self.client, self.server = proxy, client, server
        self.swallows = self.is_cut = self.has_ended = False

    def starts(self) -> None:
        threading.Thread(target=self._goes, daemon=True).start()
        threading.Thread(target=self._comes, daemon=True).start()

    def ends(self) -> None:
        self.has_ended = True
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def _goes(self) -> None:
        try:
            while data := self.client.recv(65536):
                if self.swallows:
                    continue
                how = self.proxy.takes(data)
                if how == "before":
                    break
                self.is_cut = how == "after"
                self.server.sendall(data)
        except OSError:
            pass
        self.ends()

    def _comes(self) -> None:
        try:
            while (data := self.server.recv(65536)) and not self.is_cut:
                if not self.swallows:
                    time.sleep(self.proxy.delay)
                    self.client.sendall(data)
        except OSError:
            pass
        self.ends()
