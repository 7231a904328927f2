"""Ten thousand idle streams of events, and their cost to other clients."""

import socket
import time
from pathlib import Path

from . import load
from .finding import Client, RoomyLatchkey

STREAMS = 10_000
PER_ACCOUNT = 20


class OpenLatchkey(RoomyLatchkey):
    """With room for as many connections from one address."""

    name = "latchkey_open"

    def environment(self):
        return super().environment() | {
            "BCRYPT_COST": "10", "THROTTLE": "off", "MAX_CONNECTIONS": "20000", "MAX_CONNECTIONS_PER_NETWORK": "20000"}


def stream(server: OpenLatchkey, token: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    connection.sendall(
        f"GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    answer = b""
    while b"retry:" not in answer:
        part = connection.recv(4096)
        if not part or not answer.startswith(b"HTTP/1.1 200"[: len(answer)]):
            raise RuntimeError(f"no stream: {answer + part!r}")
        answer += part
    return connection


def measure(directory: Path, seconds: int, say) -> dict[str, str]:
    server = OpenLatchkey(directory / "following")
    server.directory.mkdir(parents=True, exist_ok=True)
    server.start()
    streams = []
    try:
        clients = [Client(server, f"follower{number}") for number in range(STREAMS // PER_ACCOUNT)]
        for client in clients:
            client.connection.close()
        server.prepare()
        alone = load.wrk(server, server.list(), 16, seconds)
        time.sleep(2)
        before = server.memory().rss
        for client in clients:
            streams += [stream(server, client.token) for _ in range(PER_ACCOUNT)]
        # Each has had a sign of life since.
        time.sleep(25)
        after = server.memory().rss
        beside = load.wrk(server, server.list(), 16, seconds)
        say(f"    m opened {STREAMS:,} streams")
        return {
            f"Resident memory of each of {STREAMS:,} idle streams": f"{(after - before) / STREAMS:.1f} KiB",
            f"GET 20 own tasks beside them, p99 (without them {alone.p99:,.0f} µs)": f"{beside.p99:,.0f} µs",
        }
    finally:
        for connection in streams:
            connection.close()
        server.stop()
