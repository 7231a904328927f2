"""Bare connections to the program under test, and their responses."""

import json
import re
import socket
from dataclasses import dataclass

import requests

PATIENCE = 10
"""Seconds that any answer may take, unless a test says otherwise."""


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
    """A bare connection, for requests that no HTTP library would send."""

    def __init__(self, server, source: str = "127.0.0.1"):
        self.socket = socket.create_connection(
            ("127.0.0.1", server.port), timeout=PATIENCE, source_address=(source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
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


def asks(server, data: bytes | str, to: str = "GET") -> Answer:
    """One request on a connection of its own."""
    with Wire(server) as wire:
        return wire.sends(data).answer(to)


def sentence(answer: Answer | requests.Response) -> str:
    """The message of an error response, whose shape is checked."""
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
