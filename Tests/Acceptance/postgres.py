"""A PostgreSQL server of the tests' own, and a pooler in front of it."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support import wait_until

SCRIPT = Path(__file__).resolve().parents[2] / "Scripts" / "postgres.sh"

_numbers = itertools.count(1)


class Postgres:
    """Started by the same script that starts one for the Swift tests."""

    def __init__(self):
        # Not in pytest's own directory: the server runs as another user, who could not enter it.
        self.directory = Path(tempfile.mkdtemp(prefix="latchkey-postgres-"))
        self.start()

    def _runs(self, action: str, *arguments: str) -> str:
        done = subprocess.run(
            [SCRIPT, action, self.directory, *arguments], text=True, stdout=subprocess.PIPE, timeout=60)
        assert done.returncode == 0, f"postgres.sh {action} failed."
        return done.stdout.strip()

    def start(self) -> None:
        self.url = self._runs("start")
        self.port = int((self.directory / "port").read_text())

    def stop(self, mode: str = "immediate") -> None:
        self._runs("stop", mode)

    def remove(self) -> None:
        self._runs("remove")

    def asks(self, query: str, database: str = "postgres") -> list[str]:
        """What psql prints for a query, a line for each row."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", "-c", query, self.address(database)],
            text=True, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def address(self, database: str, port: int | None = None) -> str:
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def new_database(self) -> str:
        name = f"test_{next(_numbers)}"
        self.asks(f"CREATE DATABASE {name}")
        return name

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

    postgres: Postgres

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
default_pool_size = 3
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
