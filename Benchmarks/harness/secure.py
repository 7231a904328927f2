"""Servers that speak TLS, all with one certificate."""

import re
from pathlib import Path

from . import process
from .load import Request
from .servers import AnewLatchkey, Latchkey, Nginx

FILE = "app.css"
"""The file of Public/ whose answer is nearest to 5 KB: it is asked for compressed, as browsers do."""


def certificate(directory: Path) -> Path:
    """A certificate for 127.0.0.1 with a key on P-256, made the first time; the key is beside it."""
    path = directory / "certificate.pem"
    if not path.exists():
        command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", path.with_name("key.pem"), "-out", path, "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1",
        ]  # fmt: skip
        process.run(command, 20)
    return path


class SecureLatchkey(Latchkey):
    name = "latchkey_secure"

    def __init__(self, directory: Path):
        super().__init__(directory)
        self.certificate = certificate(directory)

    def environment(self):
        return super().environment() | {
            "TLS_CERTIFICATE": str(self.certificate), "TLS_PRIVATE_KEY": str(self.certificate.with_name("key.pem"))}

    def prepare(self):
        super().prepare()
        # Its path has a digest of all of them in it.
        page = self.ask(Request("/login"))[1].decode()
        self.assets = re.search(r'"(/static/[^"/]+/)app\.css"', page)[1]

    def file(self) -> Request:
        return Request(self.assets + FILE, headers={"Accept-Encoding": "gzip"})


class SecureAnewLatchkey(SecureLatchkey):
    """Which recomputes each answer."""

    name = "latchkey_secure_anew"
    title = AnewLatchkey.title
    answer_cache = AnewLatchkey.answer_cache


class SecureNginx(Nginx):
    name = "nginx_secure"
    answers_of = SecureLatchkey

    def __init__(self, directory: Path, original: SecureLatchkey):
        super().__init__(directory, original)
        self.certificate = original.certificate

    def requests(self):
        return super().requests() | {"file": self.original.file()}

    def settings(self):
        return [
            f"ssl_certificate {self.certificate};", f"ssl_certificate_key {self.certificate.with_name('key.pem')};",
            "ssl_protocols TLSv1.3;", "ssl_session_cache off;", "ssl_session_tickets off;",
        ]  # fmt: skip

    def file(self) -> Request:
        return self.original.file()
