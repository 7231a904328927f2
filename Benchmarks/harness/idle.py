"""Many connections that were used once and are idle."""

import resource
import select
import socket
from contextlib import contextmanager


def allow_many_files(count: int = 30_000):
    """For this process and what it starts: each connection is a file on both sides."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Idle:
    def __init__(self):
        self.sockets: list[socket.socket] = []

    def still_open(self) -> int:
        """How many the server has not closed."""
        poller = select.poll()
        for connection in self.sockets:
            poller.register(connection, select.POLLIN | select.POLLHUP)
        return len(self.sockets) - len(poller.poll(0))


@contextmanager
def connections(server, count: int):
    """Opens `count` keep-alive connections and gets one 200 over each; closes them in the end."""
    idle = Idle()
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            idle.sockets.append(connection)
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b""
            while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
                part = connection.recv(4096)
                if not part:
                    raise RuntimeError(f"{server.title} closed connection {len(idle.sockets)}: {answer[:200]!r}")
                answer += part
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{server.title} refused connection {len(idle.sockets)}: {answer[:200]!r}")
        yield idle
    finally:
        for connection in idle.sockets:
            connection.close()
