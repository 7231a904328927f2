"""A private PostgreSQL server, and the servers that keep their tasks in it, each in a database of its own."""

import dataclasses
import os
import tempfile
from pathlib import Path

from . import process
from .load import Request
from .places import BENCHMARKS, REPOSITORY, VENV
from .servers import CORES, SECRET, AnewLatchkey, FastAPISeed, Latchkey, Server

SCRIPT = REPOSITORY / "Scripts/postgres.sh"
ACCOUNTS = 32
"""Those that read, and as many that write: the writes of one account wait for each other."""
POOL = 10
"""Connections of each server, Latchkey's default; those of the fast Python are shared out among its processes."""


class Postgres:
    """With its default settings, so that a commit is on disk."""

    def __init__(self):
        # Not in the run's own directory: the server runs as another user, who could not enter it.
        self.directory = Path(tempfile.mkdtemp(prefix="latchkey-bench-postgres-"))
        try:
            self.url = process.run([SCRIPT, "start", self.directory], 60).strip()
        except BaseException:
            self.remove()
            raise
        self.port = int((self.directory / "port").read_text())
        self.pid = int((self.directory / "data/postmaster.pid").read_text().split("\n")[0])

    def remove(self):
        process.run([SCRIPT, "remove", self.directory], 60)

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        process.run(["psql", "--no-psqlrc", "-q", "-c", f"CREATE DATABASE {name}", self.url], 20)
        return f"{self.url.rpartition('/')[0]}/{name}"

    def cpu_seconds(self) -> float:
        """Of all its processes, those that have ended included."""
        return process.cpu_seconds(self.pid)


class OnPostgres(Server):
    """Comes before the server that it changes."""

    def __init__(self, directory: Path, postgres: Postgres):
        super().__init__(directory)
        self.postgres = postgres
        self.database_url = postgres.database(self.name)

    def database_seconds(self):
        return self.postgres.cpu_seconds()

    def prepare(self):
        super().prepare()
        others = range(1, ACCOUNTS)
        self.writers = [self.writer, *(self.sign_up(f"writer{number}@example.com") for number in others)]
        self.readers = [self.reader, *(self.sign_up(f"reader{number}@example.com") for number in others)]
        for reader in self.readers[1:]:
            self.fill(reader)
        # PostgreSQL does it within its first minute; until then it guesses how a query is answered best.
        process.run(["psql", "--no-psqlrc", "-q", "-c", "ANALYZE", self.database_url], 20)

    def list_by_many(self) -> Request:
        return self.in_turn([self.list(reader) for reader in self.readers])

    def unchanged_list_by_many(self) -> Request:
        """As clients ask that have the list already. A request names the tags of all, of which one is its account's."""
        found = self.list_by_many()
        tags = [self.ask(self.list(reader))[0].getheader("ETag") for reader in self.readers]
        return dataclasses.replace(found, headers=found.headers | {"If-None-Match": ", ".join(tags)}, expected=304)

    def create_by_many(self) -> Request:
        return self.in_turn([self.create(writer) for writer in self.writers])

    @staticmethod
    def in_turn(requests: list[Request]) -> Request:
        requests[0].turns = [(request.path, request.headers["Authorization"]) for request in requests]
        return requests[0]

    def make_tables(self, peer: str):
        """Once, and not by each worker at the same time; an operator would run a migration here."""
        environment = os.environ | self.environment()
        process.run([VENV / "bin/python", BENCHMARKS / "peers" / peer / "postgres.py"], 60, env=environment)


class CachingPostgresLatchkey(OnPostgres, Latchkey):
    name = "latchkey_postgres_caching"

    def environment(self):
        return super().environment() | {"DATABASE_URL": self.database_url}


class PostgresLatchkey(CachingPostgresLatchkey, AnewLatchkey):
    name = "latchkey_postgres"


class SecondLatchkey(PostgresLatchkey):
    """Another process of a server that runs."""

    name = "latchkey_postgres_second"

    def __init__(self, directory: Path, first: PostgresLatchkey):
        Server.__init__(self, directory)
        self.first, self.postgres, self.database_url = first, first.postgres, first.database_url

    def environment(self):
        return super().environment() | {"LATCHKEY_URL": self.first.origin}


class PairOfLatchkeys(PostgresLatchkey):
    """Two processes on one database."""

    name = "latchkey_postgres_pair"

    def __init__(self, directory: Path, postgres: Postgres):
        super().__init__(directory, postgres)
        self.second = SecondLatchkey(directory, self)

    @property
    def ports(self):
        return [self.port, self.second.port]

    def start(self):
        seconds = super().start()
        return seconds + self.second.start()

    def prepare(self):
        super().prepare()
        self.second.reader, self.second.writer = self.reader, self.writer

    def stop(self):
        self.second.stop()
        super().stop()

    def cpu_seconds(self):
        return super().cpu_seconds() + self.second.cpu_seconds()


class AsyncpgGranian(OnPostgres):
    name = "asyncpg_granian"
    title = "asyncpg, granian"

    def command(self):
        return [
            VENV / "bin/granian", "--interface", "rsgi", "--working-dir", BENCHMARKS / "peers/fast_python",
            "postgres:app", "--host", "127.0.0.1", "--port", self.port, "--workers", CORES, "--loop", "uvloop",
            "--http", "1", "--runtime-mode", "st", "--no-access-log", "--log-level", "warning", "--no-ws",
            "--backlog", "8192", "--backpressure", "8192",
        ]  # fmt: skip

    def environment(self):
        return {
            "BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": self.database_url, "POOL": str(max(1, POOL // CORES))}

    def start(self):
        self.make_tables("fast_python")
        return super().start()


class AsyncpgUvicorn(AsyncpgGranian):
    name = "asyncpg_uvicorn"
    title = "asyncpg, uvicorn"

    def command(self):
        return [
            VENV / "bin/uvicorn", "--app-dir", BENCHMARKS / "peers/fast_python", "postgres:asgi", "--host", "127.0.0.1",
            "--port", self.port, "--workers", CORES, "--loop", "uvloop", "--http", "httptools", "--no-access-log",
            "--timeout-keep-alive", "120", "--backlog", "4096", "--log-level", "warning",
        ]  # fmt: skip


class PostgresSeed(OnPostgres, FastAPISeed):
    name = "fastapi_seed_postgres"
    module = "postgres"

    def environment(self):
        return super().environment() | {"DATABASE_URL": self.database_url}

    def start(self):
        self.make_tables("fastapi_seed")
        return Server.start(self)
