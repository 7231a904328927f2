"""An OpenID provider that makes one false statement at a time."""

import hashlib
import hmac
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization

from outside import Key, encode

CLIENT = "latchkey"

CHANGES = {
    "wrong-iss": {"iss": "http://evil.test"}, "wrong-aud": {"aud": "another"}, "two-aud": {"aud": [CLIENT, "x"]},
    "wrong-azp": {"aud": [CLIENT, "x"], "azp": "x"}, "no-nonce": {"nonce": None}, "wrong-nonce": {"nonce": "x" * 20},
    "no-exp": {"exp": None}, "no-sub": {"sub": None}, "numeric-sub": {"sub": 17},
    "unverified": {"email_verified": False}, "verified-text": {"email_verified": "false"},
    "no-verified": {"email_verified": None}, "userinfo-sub": {"email": None, "email_verified": None},
}
"""The changes of a false statement to the claims."""
MOVES = {"expired": (-900, -600), "future": (3600, 7200)}
"""When a token was issued and expires, in seconds from now."""


class HostileProvider:
    def __init__(self):
        self.lie = ""
        self.key, self.other = Key("RS256"), Key("RS256")
        self.keys = [self.key]
        """What it publishes."""
        self.grants: dict[str, dict] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.get(self, urlsplit(self.path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.exchange(self, {name: values[0] for name, values in parse_qs(body).items()})

            def answers(self, body: dict, status: int = 200, location: str | None = None):
                data = json.dumps(body).encode()
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                try:
                    self.wfile.write(data)
                except ConnectionError:
                    pass  # The answer was longer than the client reads.

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def get(self, handler, url) -> None:
        if url.path == "/.well-known/openid-configuration":
            handler.answers({
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/auth",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
                "userinfo_endpoint": f"{self.issuer}/userinfo", "response_types_supported": ["code"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                "authorization_response_iss_parameter_supported": True})
        elif url.path == "/jwks":
            handler.answers({"keys": [key.jwk(use="sig") for key in self.keys]})
        elif url.path == "/userinfo":
            subject = "sub-2" if self.lie == "userinfo-sub" else "sub-1"
            handler.answers({"sub": subject, "email": "ann@x.test", "email_verified": True})
        else:
            handler.answers({}, 404)

    def sends_back(self, url: str) -> str:
        """Where a browser that was sent to `url` is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        code = secrets.token_urlsafe(16)
        self.grants[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer}
        match self.lie:
            case "no-response-iss":
                del answer["iss"]
            case "wrong-response-iss":
                answer["iss"] = "http://evil.test"
            case "wrong-state":
                answer["state"] = "x" * 43
            case "denied":
                answer = {"error": "access_denied", "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def exchange(self, handler, form: dict) -> None:
        grant = self.grants.pop(form.get("code"), None)
        challenge = encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not grant or grant["code_challenge"] != challenge or grant["redirect_uri"] != form.get("redirect_uri"):
            handler.answers({"error": "invalid_grant"}, 400)
        elif self.lie == "redirecting-token":
            handler.answers({}, 307, f"{self.issuer}/token")
        elif self.lie == "huge":
            handler.answers({"x": "x" * 5_000_000})
        else:
            handler.answers({
                "access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": self.token(grant["nonce"])})

    def token(self, nonce: str) -> str:
        now = int(time.time())
        issued, expires = MOVES.get(self.lie, (0, 300))
        claims = {
            "iss": self.issuer, "sub": "sub-1", "aud": CLIENT, "iat": now + issued, "exp": now + expires,
            "nonce": nonce, "email": "ann@x.test", "email_verified": True, **CHANGES.get(self.lie, {})}
        claims = {name: value for name, value in claims.items() if value is not None}
        match self.lie:
            case "other-key":
                return self.other.signs(claims, kid=self.key.kid)
            case "unknown-kid":
                return self.key.signs(claims, kid="zz")
            case "no-kid":
                return self.key.signs(claims, kid=None)
            case "crit":
                return self.key.signs(claims, crit=["x"], x=1)
            case "alg-none":
                return f"{encode({'alg': 'none'})}.{encode(claims)}."
            case "hs256-with-public-key":
                text = f"{encode({'alg': 'HS256', 'kid': self.key.kid})}.{encode(claims)}"
                pem = self.key.private.public_key().public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
                return f"{text}.{encode(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"
        return self.key.signs(claims)


@contextmanager
def lying():
    provider = HostileProvider()
    try:
        yield provider
    finally:
        provider.close()
