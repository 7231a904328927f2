"""Debian's glewlwyd, an OpenID provider in C, with a database and a port of its own. Its one user is ann."""

import sqlite3
import subprocess
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from wire import PATIENCE

USER, USER_PASSWORD, EMAIL = "ann", "pw of ann", "ann@x.test"
CLIENT, CLIENT_SECRET = "web", "s3cret-of-web"
"""It does not decode what RFC 6749 encodes, so it has nothing of that kind."""
ADMIN = {"username": "admin", "password": "password"}
"""As its first database has it."""
SCHEMA = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
CONFIGURATION = """
port = {port}
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:{port}"
login_url = "login.html"
api_prefix = "api"
static_files_path = "/usr/share/glewlwyd/webapp/"
log_mode = "console"
log_level = "WARNING"
cookie_domain = "127.0.0.1"
cookie_secure = 0
session_key = "GLEWLWYD2_SESSION_ID"
admin_scope = "g_admin"
profile_scope = "g_profile"
login_api_enabled = true
user_module_path = "/usr/lib/glewlwyd/user"
user_middleware_module_path = "/usr/lib/glewlwyd/user"
client_module_path = "/usr/lib/glewlwyd/client"
user_auth_scheme_module_path = "/usr/lib/glewlwyd/scheme"
plugin_module_path = "/usr/lib/glewlwyd/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{database}"; }};
"""


class Caller(requests.Session):
    """A browser at the provider, or its administrator."""

    def __init__(self, address: str):
        super().__init__()
        self.address = address
        self.trust_env = False

    def asks(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        answer = self.request(
            method, urljoin(self.address, path), json=body, timeout=PATIENCE, allow_redirects=False)
        assert answer.status_code in (200, 302), f"{method} {path}: {answer.status_code} {answer.text}"
        return answer


class Provider:
    """The running provider, and the actions of its user."""

    def __init__(self, port: int):
        self.address = f"http://127.0.0.1:{port}/api/"
        self.issuer = self.address + "sso"

    def sets_up(self, redirect_uri: str) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        admin = Caller(self.address)
        admin.asks("POST", "auth/", ADMIN)
        # Users have no property of this kind until it is declared.
        users = admin.asks("GET", "mod/user/database").json()
        users["parameters"]["data-format"]["verified"] = {
            "multiple": False, "read": True, "write": True, "profile-read": True, "profile-write": False}
        admin.asks("PUT", "mod/user/database", users)
        admin.asks("PUT", "mod/user/database/reset/")
        on, off = dict.fromkeys(("code", "refresh"), True), dict.fromkeys(("token", "id-token", "none"), False)
        admin.asks("POST", "mod/plugin/", {
            "module": "oidc", "name": "sso", "display_name": "Single sign-on", "parameters": {
                "iss": self.issuer, "jwt-type": "rsa", "jwt-key-size": "256", "key": private.decode(),
                "cert": public.decode(), "access-token-duration": 3600, "refresh-token-duration": 3600,
                "code-duration": 600, "refresh-token-rolling": True, "allow-non-oidc": False,
                "subject-type": "public", "email-claim": "mandatory", "name-claim": "mandatory",
                "claims": [{
                    "name": "email_verified", "user-property": "verified", "type": "boolean",
                    "boolean-value-true": "yes", "boolean-value-false": "no", "mandatory": True}],
                "allowed-scope": ["openid"], "pkce-allowed": True, "pkce-required": True,
                "pkce-method-plain-allowed": False,
                **{f"auth-type-{name}-enabled": value for name, value in (on | off).items()}}})
        admin.asks("POST", "user/", {
            "username": USER, "password": USER_PASSWORD, "name": "Ann B", "email": EMAIL, "verified": "yes",
            "scope": ["openid", "g_profile"], "enabled": True})
        admin.asks("POST", "client/", {
            "client_id": CLIENT, "name": "Latchkey", "client_secret": CLIENT_SECRET, "confidential": True,
            "enabled": True, "redirect_uri": [redirect_uri], "authorization_type": ["code"], "scope": [],
            "token_endpoint_auth_method": ["client_secret_basic"]})

    def logs_in(self, url: str) -> str:
        """The address that the browser which was sent to `url` is sent back to, once ann has signed in and agreed."""
        ann = Caller(self.address)
        ann.asks("POST", "auth/", {"username": USER, "password": USER_PASSWORD})
        ann.asks("PUT", f"auth/grant/{CLIENT}", {"scope": "openid"})
        # Its login page goes on with this parameter.
        return ann.asks("GET", url + "&g_continue").headers["location"]


@contextmanager
def running(port: int, redirect_uri: str, directory: Path):
    from support import wait_until

    database, configuration = directory / "glewlwyd.db", directory / "glewlwyd.conf"
    with sqlite3.connect(database) as connection:
        connection.executescript(SCHEMA.read_text())
    connection.close()
    configuration.write_text(CONFIGURATION.format(port=port, database=database))
    provider = Provider(port)
    with open(directory / "glewlwyd.log", "w") as log:
        process = subprocess.Popen(
            ["glewlwyd", f"--config-file={configuration}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def is_up():
        assert process.poll() is None, (directory / "glewlwyd.log").read_text()
        try:
            return requests.get(provider.address, timeout=PATIENCE) is not None
        except requests.ConnectionError:
            return False

    try:
        wait_until(is_up, "glewlwyd", 30)
        provider.sets_up(redirect_uri)
        yield provider
    finally:
        process.kill()
        process.wait(10)
