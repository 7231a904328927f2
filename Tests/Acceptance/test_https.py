"""HTTPS in the program itself: certificates and their renewal, HTTP/2, and the port that redirects.

The program must be built with the trait TLS, as `make test` does."""

import json
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

import hpack
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from support import PASSWORD, SECRET, Browser, Client, Server, binary, wait_until
from wire import PATIENCE, asks, sentence

END_STREAM, END_HEADERS = 0x1, 0x4
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9


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


def of_yesterday(key_file: Path) -> bytes:
    """A certificate that has run out; the openssl command makes none."""
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(
        issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=3), not_valid_after=now - timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def settings_for(pair: tuple[Path, Path], **more) -> dict:
    return {"BETTER_AUTH_SECRET": SECRET, "TLS_CERTIFICATE": pair[0], "TLS_PRIVATE_KEY": pair[1]} | more


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def server(start_server, pair):
    server = start_server(**settings_for(pair, HTTP_REDIRECT_PORT=0))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def the_server_lives_on(server):
    yield
    assert server.is_running(), server.log[-3000:]
    assert server.client.get("/health").status_code == 200


def curl(server, path: str, *options) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["curl", "-sS", "-m", str(PATIENCE), "--cacert", server.settings["TLS_CERTIFICATE"], *options,
         f"https://localhost:{server.port}{path}"], capture_output=True, text=True)


def tls(server, *protocols: str, version=None) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=server.settings["TLS_CERTIFICATE"])
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if version:
        context.minimum_version = context.maximum_version = version
    plain = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
    return context.wrap_socket(plain, server_hostname="localhost")


# What is spoken


def test_http_2_where_the_client_can_and_http_1_where_not(server):
    for option, version in [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1")]:
        answer = curl(server, "/health", option, "-w", "\n%{http_version} %{http_code}")
        assert answer.stdout.splitlines() == ['{"status":"ok"}', f"{version} 200"], answer.stderr
    with tls(server, "spdy/1", "http/1.1") as wire:
        assert wire.selected_alpn_protocol() == "http/1.1"


def test_tls_1_3_alone_unless_1_2_is_asked_for(server, start_server, pair):
    with tls(server) as wire:
        assert wire.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        tls(server, version=ssl.TLSVersion.TLSv1_2)
    older = start_server(**settings_for(pair, TLS_MINIMUM_VERSION="1.2"))
    with tls(older, version=ssl.TLSVersion.TLSv1_2) as wire:
        # Forward secrecy, and no mode that has had attacks.
        assert re.match(r"ECDHE-.*(GCM|POLY1305)", wire.cipher()[0])
    older.stop()


def test_cookies_are_secure_and_the_address_is_https(server):
    alice = server.newcomer("alice")
    with Browser(server.url) as browser:
        browser.verify = str(server.settings["TLS_CERTIFICATE"])
        answer = browser.logs_in(alice)
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        cookies = answer.headers["set-cookie"]
        assert "__Secure-" in cookies and "; Secure" in cookies
        assert browser.get("/dashboard").status_code == 200
        token = browser.get("/api/auth/token").json()["token"]
    assert jwt.decode(token, options={"verify_signature": False})["iss"] == f"https://localhost:{server.port}"


def test_tasks_over_http_2(server):
    alice = server.newcomer("alice")
    bearer = ["--http2", "-H", f"Authorization: Bearer {alice.token}"]
    made = curl(server, "/api/tasks", *bearer, "--json", '{"title": "over HTTP/2"}', "-w", "\n%{http_version}")
    task, version = made.stdout.splitlines()
    assert version == "2" and json.loads(task)["title"] == "over HTTP/2"
    assert [task["title"] for task in json.loads(curl(server, "/api/tasks", *bearer).stdout)] == ["over HTTP/2"]


def test_plain_http_is_told_what_is_wrong(server):
    answer = asks(server, "GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.status == 400 and "https://" in sentence(answer)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as wire:
        wire.sendall(b"\x00\x01\x02 neither")
        # At most an alert, and then the end.
        assert len(wire.recv(1000)) < 10


def test_the_other_port_redirects_to_the_configured_address(start_server, pair, server):
    elsewhere = start_server(**settings_for(pair, HTTP_REDIRECT_PORT=0, LATCHKEY_URL="https://tasks.example.com"))
    for each, origin in [(server, f"https://localhost:{server.port}"), (elsewhere, "https://tasks.example.com")]:
        port = re.search(r"Plain HTTP on port (\d+)", each.output).group(1)
        with Client(f"http://127.0.0.1:{port}") as client:
            for method in ["GET", "POST", "DELETE"]:
                answer = client.request(method, "/login?a=b&c", headers={"Host": "evil.example"}, data="x=y")
                assert (answer.status_code, answer.headers["location"]) == (308, f"{origin}/login?a=b&c")
            assert client.get("//evil.example/x").headers["location"] == f"{origin}//evil.example/x"
            assert client.get("/health").status_code == 200
            assert client.get("/ready").status_code == 308
            for path in ["/api/tasks", "/%61pi/tasks", "/api/auth/sign-in/email", "/api/nothing"]:
                refused = client.post(path, json={"email": "a@example.com", "password": "sent in the clear"})
                assert refused.status_code == 403 and "https://" in refused.json()["detail"], path
                assert "location" not in refused.headers, path
            assert "strict-transport-security" not in client.get("/login").headers
    elsewhere.stop()


def test_the_health_command_speaks_https(server):
    def health(port):
        environment = server.environment() | {"PORT": str(port)}
        return subprocess.run([binary(), "health"], env=environment, cwd=server.directory, timeout=20).returncode

    assert health(server.port) == 0
    assert health(1) != 0


# Certificates


def test_what_cannot_be_served_with_is_told_at_the_start(stopped_server, tmp_path):
    pair, other = make_pair(tmp_path / "one"), make_pair(tmp_path / "two")
    expired, encrypted, junk = tmp_path / "expired.pem", tmp_path / "encrypted.pem", tmp_path / "junk.pem"
    expired.write_bytes(of_yesterday(pair[1]))
    openssl("pkey", "-in", pair[1], "-aes256", "-passout", "pass:secret", "-out", encrypted)
    junk.write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
    cases = [
        ((pair[0], other[1]), "does not belong to"), ((expired, pair[1]), "expired on"),
        ((pair[0], encrypted), "is encrypted"), ((tmp_path / "none", pair[1]), "cannot be read"),
        ((pair[0], tmp_path / "none"), "cannot be read"), ((junk, pair[1]), "no certificate"),
        ((pair[1], pair[1]), "no certificate"), ((pair[0], pair[0]), "no private key"),
        ((pair[0], None), "go together"), ((None, pair[1]), "go together"),
    ]
    for (certificate, key), words in cases:
        stopped_server.settings = settings_for((certificate, key))
        assert words in stopped_server.is_refused()
    stopped_server.settings = settings_for((None, None), HTTP_REDIRECT_PORT=0)
    assert "HTTP_REDIRECT_PORT needs TLS_CERTIFICATE" in stopped_server.is_refused()
    stopped_server.settings = settings_for(pair, LATCHKEY_URL="http://tasks.example.com")
    assert "must begin with https" in stopped_server.is_refused()


@pytest.mark.parametrize("by_signal", [False, True])
def test_a_new_certificate_is_taken_while_a_client_sends_without_pause(stopped_server, tmp_path, by_signal):
    pair, new, wrong = make_pair(tmp_path / "live"), make_pair(tmp_path / "new"), make_pair(tmp_path / "wrong")
    old = pair[0].read_text()
    stopped_server.settings = settings_for(pair)
    server = stopped_server.start()

    def shown() -> str:
        return ssl.get_server_certificate(("127.0.0.1", server.port), timeout=PATIENCE)

    def replace(path: Path, by: Path):
        copy = path.with_suffix(".new")
        copy.write_bytes(by.read_bytes())
        os.replace(copy, path)

    def look_again():
        if by_signal:
            server.process.send_signal(signal.SIGHUP)

    kept, fresh, wrongs, done = [], [], [], threading.Event()

    def send(statuses, anew):
        # Either one connection throughout, or one for each request; to whom it belongs is looked at elsewhere.
        session = Client(server.url)
        session.verify = False
        try:
            while not done.is_set():
                statuses.append(session.get("/health").status_code)
                if anew:
                    session.close()
        except Exception as error:
            wrongs.append(error)
        session.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        threads = [threading.Thread(target=send, args=arguments) for arguments in [(kept, False), (fresh, True)]]
        for thread in threads:
            thread.start()
        try:
            assert shown() == old
            # A key that does not belong to it: what was there goes on.
            replace(pair[1], wrong[1])
            look_again()
            wait_until(lambda: "certificate refused" in server.log, "the line about the wrong key")
            assert shown() == old
            replace(pair[1], new[1])
            replace(pair[0], new[0])
            look_again()
            wait_until(lambda: shown() == new[0].read_text(), "the new certificate")
            count = len(kept)
            wait_until(lambda: wrongs or len(kept) > count + 5, "more answers on the old connection")
        finally:
            done.set()
            for thread in threads:
                thread.join()
    assert wrongs == []
    assert set(kept) == set(fresh) == {200}
    server.stop()


# HTTP/2, frame by frame


class Frames:
    """A connection of HTTP/2 that sends what no library would."""

    def __init__(self, server):
        self.server = server
        self.socket = tls(server, "h2")
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.read = b""
        self.ended = set()
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(SETTINGS, 0, 0))

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
        """The error code of GOAWAY, or None where the connection ended without a word."""
        code = None
        while frame := self.next():
            if frame[0] == GOAWAY:
                code = int.from_bytes(frame[3][4:8], "big")
        return code


def test_a_hundred_streams_at_once(server):
    with Frames(server) as wire:
        wire.sends(b"".join(
            wire.frame(HEADERS, END_STREAM | END_HEADERS, 2 * n + 1, wire.request("/health")) for n in range(100)))
        assert wire.answers(100) == {2 * n + 1: 200 for n in range(100)}


def test_more_open_streams_than_allowed_are_refused(server):
    with Frames(server) as wire:
        more = [("content-type", "application/json")]
        for n in range(110):
            wire.sends(wire.frame(HEADERS, END_HEADERS, 2 * n + 1, wire.request("/api/auth/signin", "POST", more)))
        # The hundred wait for their bodies, so what ends is one that is too many, or the connection.
        assert wire.answers(1) == {} or -1 in wire.answers(1).values()


def test_rapid_resets_end_the_connection(server):
    with Frames(server) as wire:
        for n in range(2000):
            stream = 2 * n + 1
            if not wire.sends(
                    wire.frame(HEADERS, END_STREAM | END_HEADERS, stream, wire.request("/api/tasks"))
                    + wire.frame(RST_STREAM, 0, stream, struct.pack(">I", 8))):
                break
        assert wire.farewell() in (None, 1, 11)
        assert server.log.count("path=/api/tasks ") < 1000


@pytest.mark.parametrize("flood", ["ping", "settings", "empty data", "continuation", "window"])
def test_floods_end_the_connection(server, flood):
    with Frames(server) as wire:
        frames = {
            "ping": lambda n: wire.frame(PING, 0, 0, b"12345678"),
            "settings": lambda n: wire.frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)),
            "empty data": lambda n: wire.frame(DATA, 0, 1),
            "continuation": lambda n: wire.frame(CONTINUATION, 0, 1, b""),
            "window": lambda n: wire.frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF)),
        }
        if flood == "empty data":
            wire.sends(wire.frame(HEADERS, END_HEADERS, 1, wire.request("/api/tasks", "POST")))
        if flood == "continuation":
            wire.sends(wire.frame(HEADERS, 0, 1, wire.request("/health")))
        for n in range(5000):
            if not wire.sends(frames[flood](n)):
                break
        wire.farewell()
        # The end has come, whatever was said before it.
        wait_until(lambda: not wire.sends(wire.frame(PING, 0, 0, b"12345678")), "the end")


def test_headers_may_not_be_endless(server):
    with Frames(server) as wire:
        wire.sends(wire.frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health", more=[
            (f"x-{n}", "y" * 100) for n in range(120)])))
        assert wire.answers(1).get(1) in (None, -1, 431)
    with Frames(server) as wire:
        # One entry of the table, named ten thousand times.
        bomb = wire.request("/health", more=[("x", "y" * 3000)]) + wire.encoder.encode([("x", "y" * 3000)]) * 5000
        wire.sends(wire.frame(HEADERS, END_STREAM | END_HEADERS, 1, bomb))
        assert wire.answers(1).get(1) in (None, -1, 431)


def test_the_same_rules_as_in_http_1(server):
    with Frames(server) as wire:
        cases = {
            ("/api/tasks", "POST", (("content-length", "9999999999"),)): 413,
            ("/login", "POST", (("content-length", "20000"),)): 413,
            ("/api/tasks", "POST", (("content-encoding", "gzip"),)): 415,
            ("/health", "GET", (("expect", "a-miracle"),)): 417,
            ("/" + "x" * 9000, "GET", ()): 414,
            ("/%00", "GET", ()): 400, ("/api/tasks%2f1", "GET", ()): 404, ("/%c0%af", "GET", ()): 400,
            ("/health", "BREW", ()): 405,
        }
        for n, ((path, method, more), status) in enumerate(cases.items()):
            flags = END_HEADERS | (0 if "content-length" in dict(more) else END_STREAM)
            wire.sends(wire.frame(HEADERS, flags, 2 * n + 1, wire.request(path, method, more)))
            assert wire.answers(1) == {2 * n + 1: status}, path


@pytest.mark.parametrize("more", [
    (("connection", "close"),), (("transfer-encoding", "chunked"),), (("Upper", "x"),), ((":extra", "x"),),
    (("x", "a\r\nb: c"),), (("x", "a\0b"),), (("content-length", "5"),),
])
def test_a_malformed_request_is_no_request(server, more):
    with Frames(server) as wire:
        wire.sends(wire.frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health", more=more)))
        assert wire.answers(1).get(1) in (None, -1, 400)


def test_without_an_authority_it_is_400(server):
    with Frames(server) as wire:
        wire.sends(wire.frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health", authority=None)))
        assert wire.answers(1).get(1) in (-1, 400)


def test_a_reset_cancels_the_hash_that_waits(start_server, pair):
    server = start_server(**settings_for(pair, BCRYPT_COST=13))
    body = json.dumps({"email": "nobody@example.com", "password": PASSWORD}).encode()
    with Frames(server) as wire:
        for n in range(50):
            head = wire.request("/api/auth/signin", "POST", [("content-type", "application/json")])
            wire.sends(wire.frame(HEADERS, END_HEADERS, 2 * n + 1, head) + wire.frame(DATA, END_STREAM, 2 * n + 1, body))
        time.sleep(0.3)
        for n in range(50):
            wire.sends(wire.frame(RST_STREAM, 0, 2 * n + 1, struct.pack(">I", 8)))
        wait_until(lambda: server.log.count("client=gone") > 25, "the end of those who left")
    server.stop()


def test_a_stop_lets_streams_finish_and_says_goodbye(start_server, pair):
    server = start_server(**settings_for(pair, BCRYPT_COST=12))
    body = json.dumps({"email": "nobody@example.com", "password": PASSWORD}).encode()
    with Frames(server) as busy, Frames(server) as idle:
        head = busy.request("/api/auth/signin", "POST", [("content-type", "application/json")])
        busy.sends(busy.frame(HEADERS, END_HEADERS, 1, head) + busy.frame(DATA, END_STREAM, 1, body))
        idle.sends(idle.frame(PING, 0, 0, b"12345678"))
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        assert busy.answers(1) == {1: 401}
        assert idle.farewell() == 0
        assert busy.farewell() in (0, None)
    assert server.process.wait(10) == 0
