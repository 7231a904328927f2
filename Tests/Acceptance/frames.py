"""HTTPS connections to the program under test, and HTTP/2 frame by frame."""

import socket
import ssl
import struct
import subprocess
from pathlib import Path

import hpack

from support import SECRET
from wire import PATIENCE

END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, STREAM_CLOSED, FRAME_SIZE_ERROR = 0, 1, 3, 5, 6
REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 7, 8, 9, 11


def make_pair(directory: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A certificate for this machine, its own authority, and its key."""
    directory.mkdir(parents=True, exist_ok=True)
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
            "-out", certificate, "-days", "2", "-subj", f"/CN={name}", "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1")
    return certificate, key


def openssl(*arguments) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=PATIENCE)


def settings_for(pair: tuple[Path, Path], **more) -> dict:
    return {"BETTER_AUTH_SECRET": SECRET, "TLS_CERTIFICATE": pair[0], "TLS_PRIVATE_KEY": pair[1]} | more


def tls(server, *protocols: str, version=None, source: str = "127.0.0.1") -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=server.settings["TLS_CERTIFICATE"])
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if version:
        context.minimum_version = context.maximum_version = version
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE, source_address=(source, 0))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="localhost")


class Frames:
    """An HTTP/2 connection that can send invalid frames."""

    def __init__(self, server, settings: bytes = b"", source: str = "127.0.0.1"):
        self.server = server
        self.socket = tls(server, "h2", source=source)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.read = b""
        self.ended = set()
        self.last_stream = None
        """The last stream that a GOAWAY promised to answer."""
        # Our settings count for the server once they are acknowledged.
        self.socket.sendall(PREFACE + self.frame(SETTINGS, 0, 0, settings) + self.frame(SETTINGS, ACK, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @staticmethod
    def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def request(self, path: str, method="GET", more=(), authority="localhost") -> bytes:
        fields = [(":method", method), (":scheme", "https"), (":path", path)]
        if authority:
            fields.append((":authority", authority))
        return self.encoder.encode(fields + list(more))

    def sends(self, data: bytes) -> bool:
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def next(self):
        """The next frame, or None at the end."""
        while len(self.read) < 9 or len(self.read) < 9 + int.from_bytes(self.read[:3], "big"):
            try:
                data = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError):
                data = b""
            if not data:
                return None
            self.read += data
        length = int.from_bytes(self.read[:3], "big")
        kind, flags, stream = self.read[3], self.read[4], int.from_bytes(self.read[5:9], "big")
        payload, self.read = self.read[9:9 + length], self.read[9 + length:]
        return kind, flags, stream, payload

    def answers(self, count: int) -> dict[int, int]:
        """The statuses of streams, once so many have ended, or the connection has; -1 for those that were reset before
        their answer was complete."""
        statuses, ended = {}, set()
        while len(ended) < count and (frame := self.next()):
            kind, flags, stream, payload = frame
            if kind == HEADERS:
                statuses[stream] = int(dict(self.decoder.decode(payload))[":status"])
            if kind == RST_STREAM:
                if stream not in self.ended:
                    statuses.setdefault(stream, -1)
            if (kind == RST_STREAM and stream not in self.ended) or (kind in (HEADERS, DATA) and flags & END_STREAM):
                ended.add(stream)
                self.ended.add(stream)
        return statuses

    def farewell(self) -> int | None:
        """The error code of GOAWAY, or None where the connection ended without one."""
        code = None
        while frame := self.next():
            if frame[0] == GOAWAY:
                code = int.from_bytes(frame[3][4:8], "big")
        return code

    def outcome(self, stream: int) -> tuple[str, int | None]:
        """The outcome of a stream or of the whole connection, whichever ends first: ("answer", status),
        ("reset", error code), ("goaway", error code) or ("closed", None)."""
        status = None
        while frame := self.next():
            kind, flags, number, payload = frame
            if kind == GOAWAY:
                self.last_stream = int.from_bytes(payload[:4], "big")
                return "goaway", int.from_bytes(payload[4:8], "big")
            if kind == HEADERS:
                # Each head has to be decoded, as they share one table.
                found = int(dict(self.decoder.decode(payload))[":status"])
                status = found if number == stream and found >= 200 else status
            if number == stream and kind == RST_STREAM:
                return "reset", int.from_bytes(payload, "big")
            if number == stream and kind in (HEADERS, DATA) and flags & END_STREAM:
                return "answer", status
        return "closed", None

    def pings(self) -> bool:
        """Whether everything sent so far was read, and the connection lives on."""
        self.sends(self.frame(PING, 0, 0, b"are you?"))
        while frame := self.next():
            if frame[0] == HEADERS:
                self.decoder.decode(frame[3])
            if frame[0] == PING and frame[1] & ACK and frame[3] == b"are you?":
                return True
            if frame[0] == GOAWAY:
                return False
        return False
