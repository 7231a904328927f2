"""GitHub Enterprise Server and Discord, as far as their documentation describes what signs a user in: OAuth 2.0 without
ID tokens, and an API that tells of the user."""

import base64
import hashlib
import json
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, CLIENT_SECRET = "Iv1.8a61f9b3a7aba766", "s3cret & more"

GITHUB_USER = {"id": 583231, "login": "octocat", "name": "Mona Lisa", "email": None}
GITHUB_EMAILS = [
    {"email": "old@example.com", "primary": False, "verified": True, "visibility": None},
    {"email": "mona@example.com", "primary": True, "verified": True, "visibility": "private"}]
DISCORD_USER = {
    "id": "80351110224678912", "username": "nelly", "global_name": "Nelly", "email": "nelly@example.com",
    "verified": True}


class OAuthProvider:
    def __init__(self):
        self.user, self.emails = dict(GITHUB_USER), list(GITHUB_EMAILS)
        self.challenges: dict[str, str] = {}
        self.tokens: dict[str, str] = {}
        self.status = 200
        """What the API answers with."""
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                provider.get(self)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.exchange(self, {name: values[0] for name, values in parse_qs(body).items()})

            def answers(self, body, status: int = 200):
                wants_json = "application/json" in self.headers.get("Accept", "")
                data = (json.dumps(body) if wants_json else urlencode(body)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json" if wants_json else "application/x-www-form-urlencoded")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

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

    def logs_in(self, url: str) -> str:
        """The address that the browser is sent back to once the user has agreed."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert urlsplit(url).path in ("/login/oauth/authorize", "/oauth2/authorize"), url
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = secrets.token_hex(10)
        self.challenges[code] = asked["code_challenge"]
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def exchange(self, handler, form: dict) -> None:
        assert handler.path in ("/login/oauth/access_token", "/api/oauth2/token"), handler.path
        challenge = self.challenges.pop(form.get("code"), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (form["client_id"], form["client_secret"]) != (CLIENT, CLIENT_SECRET):
            handler.answers({"error": "incorrect_client_credentials", "error_description": "…"})
        elif challenge != right:
            # GitHub answers errors with 200.
            handler.answers({"error": "bad_verification_code", "error_description": "The code is incorrect or expired."})
        else:
            token = "gho_" + secrets.token_hex(18)
            self.tokens[token] = form["redirect_uri"]
            handler.answers({"access_token": token, "scope": "read:user,user:email", "token_type": "bearer"})

    def get(self, handler) -> None:
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if not handler.headers.get("User-Agent"):
            handler.answers({"message": "Request forbidden by administrative rules."}, 403)
        elif token not in self.tokens:
            handler.answers({"message": "Bad credentials"}, 401)
        elif self.status != 200:
            handler.answers({"message": "…"}, self.status)
        elif handler.path in ("/api/v3/user", "/api/users/@me"):
            handler.answers(self.user)
        elif handler.path == "/api/v3/user/emails" and self.emails is not None:
            handler.answers(self.emails)
        else:
            handler.answers({"message": "Not Found"}, 404)


@contextmanager
def running():
    provider = OAuthProvider()
    try:
        yield provider
    finally:
        provider.close()
