"""Round trips of a server to its database, counted by a proxy between the two."""

import socket
import statistics
import threading
import time
from contextlib import contextmanager

from .load import Request
from .postgres import Postgres, PostgresLatchkey

COUNT = 50


class CountingProxy:
    """Passes on the traffic between a database and its clients, and counts the round trips."""

    def __init__(self, port: int):
        self.database = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.turns = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # closed
            server = socket.create_connection(self.database)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            was_answered = threading.Event()
            was_answered.set()
            for one, other, asks in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.pass_on, args=(one, other, asks, was_answered), daemon=True).start()

    def pass_on(self, one: socket.socket, other: socket.socket, asks: bool, was_answered: threading.Event):
        try:
            while data := one.recv(1 << 16):
                if not asks:
                    was_answered.set()
                elif was_answered.is_set():
                    was_answered.clear()
                    with self.lock:
                        self.turns += 1
                other.sendall(data)
        except OSError:
            pass  # the other end is gone
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@contextmanager
def proxy(port: int):
    passing = CountingProxy(port)
    try:
        yield passing
    finally:
        passing.listener.close()


class CountedLatchkey(PostgresLatchkey):
    name = "latchkey_postgres_counted"

    def __init__(self, directory, postgres: Postgres, port: int):
        super().__init__(directory, postgres)
        self.database_url = self.database_url.replace(f":{postgres.port}/", f":{port}/")


def measure(directory, postgres: Postgres) -> dict[str, float]:
    """Round trips to the database for one list and one task, medians of what was asked one after the other."""
    with proxy(postgres.port) as passing:
        server = CountedLatchkey(directory, postgres, passing.port)
        server.start()
        try:
            server.prepare()
            return {"list": median(server, passing, server.list()), "create": median(server, passing, server.create())}
        finally:
            server.stop()


def median(server: CountedLatchkey, passing: CountingProxy, request: Request) -> float:
    """Background queries of the server don't count, as they come too seldom."""
    counts = []
    for _ in range(COUNT):
        before = passing.turns
        server.ask(request)
        time.sleep(0.02)  # for what comes after the answer
        counts.append(passing.turns - before)
    return statistics.median(counts)
