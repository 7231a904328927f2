"""Services of others: issuers with keys of their own, and the JWK Sets that they publish, valid or not."""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def encode(data) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(value: int, length: int | None = None) -> str:
    return encode(value.to_bytes(length or (value.bit_length() + 7) // 8, "big"))


class Key:
    """A key pair with a name."""

    def __init__(self, algorithm: str = "EdDSA", kid: str | None = None, bits: int = 2048):
        self.algorithm = algorithm
        self.kid = kid or secrets.token_hex(8)
        if algorithm == "EdDSA":
            self.private = ed25519.Ed25519PrivateKey.generate()
        elif algorithm == "ES256":
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = rsa.generate_private_key(65537, bits)

    def jwk(self, **changes) -> dict:
        public = self.private.public_key()
        if self.algorithm == "EdDSA":
            members = {"kty": "OKP", "crv": "Ed25519", "x": encode(public.public_bytes_raw())}
        elif self.algorithm == "ES256":
            numbers = public.public_numbers()
            members = {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}
        else:
            numbers = public.public_numbers()
            members = {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        members = {"alg": self.algorithm, **members, "kid": self.kid, **changes}
        return {name: value for name, value in members.items() if value is not None}

    def signature(self, message: bytes, algorithm: str) -> bytes:
        if algorithm == "EdDSA":
            return self.private.sign(message)
        if algorithm == "ES256":
            r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(32, "big") + s.to_bytes(32, "big")
        digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[2:]]
        if algorithm.startswith("PS"):
            return self.private.sign(message, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
        return self.private.sign(message, padding.PKCS1v15(), digest)

    def signs(self, claims: dict, algorithm: str | None = None, **header) -> str:
        """A token; a header member of None is left out."""
        algorithm = algorithm or self.algorithm
        members = {"alg": algorithm, "kid": self.kid, **header}
        text = f"{encode({name: value for name, value in members.items() if value is not None})}.{encode(claims)}"
        return f"{text}.{encode(self.signature(text.encode(), algorithm))}"


def signs_with_secret(secret: bytes, claims: dict, **header) -> str:
    text = f"{encode({'alg': 'HS256', **header})}.{encode(claims)}"
    return f"{text}.{encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    # A large backlog, so that no request is refused when many come at once.
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Ignores errors: some tests are about clients that close the connection."""


class Issuer:
    """A service that publishes a JWK Set, counts who asks for it, and can be told to misbehave."""

    def __init__(self, *keys: Key, tls: ssl.SSLContext | None = None):
        self.keys = list(keys) or [Key("EdDSA")]
        self._tls = tls
        self.clients: list[tuple] = []
        """The address of each connection's other end."""
        self.requests: list[tuple[str, dict]] = []
        self.bytes_sent = 0
        self.behaves = None
        """Called with the handler instead of an orderly answer."""
        self.discovery: dict | None = None
        """Its discovery document, if it has one."""
        self._released = threading.Event()
        self._port = 0
        self.comes_back()

    @property
    def key(self) -> Key:
        return self.keys[-1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://localhost:{self._port}"

    @property
    def fetches(self) -> int:
        return len(self.requests)

    @property
    def document(self) -> dict:
        return {"keys": [key.jwk() for key in self.keys]}

    def goes_down(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def comes_back(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                issuer.requests.append((self.path, dict(self.headers)))
                issuer.clients.append(self.client_address)
                self.close_connection = True
                if issuer.behaves:
                    issuer.behaves(self)
                elif self.path == "/.well-known/jwks.json":
                    answers(self, 200, json.dumps(issuer.document).encode())
                elif self.path == "/.well-known/openid-configuration" and issuer.discovery is not None:
                    answers(self, 200, json.dumps(issuer.discovery).encode())
                else:
                    answers(self, 404, b"{}")

            def log_message(self, *_):
                pass

            def waits(self, seconds: float = 60) -> bool:
                """Whether the issuer was still to wait after so long."""
                return not issuer._released.wait(seconds)

            def sends(self, data: bytes) -> None:
                self.wfile.write(data)
                issuer.bytes_sent += len(data)

        self._released.clear()
        self._server = _Listener(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        if self._tls:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def rotates(self, algorithm: str = "EdDSA") -> Key:
        """A new key that signs from now on, and is published alone."""
        self.keys = [Key(algorithm)]
        return self.key

    def claims(self, subject: str, **changes) -> dict:
        now = int(time.time())
        claims = {
            "iat": now, "name": "Olga", "email": f"{subject.lower()}@outside.example", "sub": subject, "exp": now + 900,
            "iss": self.url, "aud": self.url, **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, subject: str, key: Key | None = None, **changes) -> str:
        return (key or self.key).signs(self.claims(subject, **changes))


@contextmanager
def issuing(*keys: Key, tls: ssl.SSLContext | None = None):
    issuer = Issuer(*keys, tls=tls)
    try:
        yield issuer
    finally:
        issuer.goes_down()


def answers(handler, status: int, body: bytes, **headers) -> None:
    """An orderly answer, in one piece."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = [f"HTTP/1.1 {status} Whatever"] + [f"{name}: {value}" for name, value in fields.items()]
    handler.sends("\r\n".join(head + ["", ""]).encode() + body)


class Trap:
    """An address that no client should connect to."""

    def __enter__(self) -> "Trap":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self._socket.close()

    def connections(self) -> int:
        """The number of connections since the last call. The kernel queues them, as no one accepts."""
        count = 0
        while True:
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                return count
            connection.close()
            count += 1


class ConnectProxy:
    """A proxy for https on this machine: answers CONNECT (RFC 9110, section 9.3.6) and passes bytes on unseen."""

    def __init__(self, refusal: bytes | None = None):
        self.refusal = refusal
        """Answered in the place of a tunnel."""
        self.asked: list[str] = []
        """The first line of each request."""

    def __enter__(self) -> "ConnectProxy":
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (data := client.recv(4096)):
                    return
                head += data
            line = head.split(b"\r\n")[0].decode()
            self.asked.append(line)
            if self.refusal or not line.startswith("CONNECT "):
                client.sendall(self.refusal or b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
                return
            host, port = line.split()[1].rsplit(":", 1)
            with socket.create_connection((host, int(port)), 10) as service:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                there = threading.Thread(target=self._passes, args=(client, service), daemon=True)
                there.start()
                self._passes(service, client)
                there.join(10)

    @staticmethod
    def _passes(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
