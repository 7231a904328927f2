"""A mail server for tests on aiosmtpd, whose replies a test can script at each step of a conversation."""

import asyncio
import email
import email.policy
import ipaddress
import re
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support import wait_until

SENDER = "latchkey@example.org"
USER, MAIL_PASSWORD = "app", "mail+pass/word 7"

SILENCE = "silence"
"""An answer that never comes."""
LOST_ANSWER = "lost answer"
"""For the message: it is kept, and the answer never comes."""
GONE = "gone"
"""The connection is closed instead of an answer."""

STEPS = ["greeting", "EHLO", "STARTTLS", "handshake", "AUTH", "MAIL", "RCPT", "DATA", "message"]


class Authority:
    """A certificate authority that signs what it is asked to."""

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "An authority for tests")])
        self.file = directory / "authority.pem"
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self._writes(self.file, self._builder(self.name, self.key, 30).add_extension(constraints, critical=True))

    def _builder(self, subject: x509.Name, key, days: int) -> x509.CertificateBuilder:
        """`days` from now it ends; if that is negative, it has ended."""
        now = datetime.now(timezone.utc)
        return x509.CertificateBuilder(
            issuer_name=self.name, subject_name=subject, public_key=key.public_key(),
            serial_number=x509.random_serial_number(), not_valid_before=now - timedelta(days=60),
            not_valid_after=now + timedelta(days=days))

    def _writes(self, path: Path, builder: x509.CertificateBuilder) -> None:
        path.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issues(self, host: str = "localhost", address: str = "127.0.0.1", days: int = 30) -> tuple[Path, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address(address))])
        certificate, key_file = self.directory / f"{host} {days}.pem", self.directory / f"{host} {days} key.pem"
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        self._writes(certificate, self._builder(subject, key, days).add_extension(names, critical=False))
        key_file.write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return certificate, key_file


@dataclass
class Mail:
    """An e-mail as it came over the wire."""

    sender: str
    recipient: str
    data: bytes
    is_protected: bool
    user: str | None
    greeting: str

    @property
    def message(self) -> email.message.EmailMessage:
        return email.message_from_bytes(self.data, policy=email.policy.default)

    @property
    def id(self) -> str:
        return self.message["Message-ID"]

    def text(self, kind: str = "plain") -> str:
        return self.message.get_body((kind,)).get_content()

    @property
    def link(self) -> str:
        """The only line that is an address."""
        link, = [line for line in self.text().splitlines() if line.startswith(("http://", "https://"))]
        return link

    @property
    def token(self) -> str:
        return re.search(r"/(?:reset|reset-password|verify|change-email|delete-account|recover)/([0-9A-Za-z_-]+)", self.link).group(1)


class MailServer:
    """Runs in a thread of its own. `script` names what happens instead at a step, `commands` what came in. An entry may
    be for one client alone: `for_client` is the name that it introduced itself with."""

    def __init__(self, security: str = "none", pair: tuple[Path, Path] | None = None, with_password: bool = False):
        self.security, self.with_password = security, with_password
        self.users = {USER: MAIL_PASSWORD}
        self.script: dict[str, str] = {}
        self.for_client: str | None = None
        self.extensions: list[str] = []
        self.commands: list[tuple[str, str, bool]] = []
        """Name, argument, and whether TLS was there."""
        self.arrived: list[Mail] = []
        """All messages, those that were refused or not answered included."""
        self.kept: list[Mail] = []
        """Those that were answered with 250."""
        self.port = 0
        self.tls = None
        if pair:
            self.presents(pair)

    def presents(self, pair: tuple[Path, Path]) -> None:
        self.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.tls.load_cert_chain(*pair)

    def settings(self, **changes) -> dict:
        user = f"{USER}:mail+pass%2Fword%207@" if self.with_password else ""
        scheme = "smtps" if self.security == "tls" else "smtp"
        return {
            "SMTP_URL": f"{scheme}://{user}127.0.0.1:{self.port}",
            "SMTP_TLS": "none" if self.security == "none" else "required",
            "MAIL_FROM": f"Latchkey <{SENDER}>"} | changes

    # Running

    def __enter__(self) -> "MailServer":
        return self.start()

    def __exit__(self, *_) -> None:
        if self.loop:
            self.stop()

    def start(self) -> "MailServer":
        """On the same port as before, if it ran before."""
        self.loop = asyncio.new_event_loop()
        self.conversations: set[Conversation] = set()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        context = self.tls if self.security == "tls" else None

        async def listen():
            return await self.loop.create_server(
                lambda: Conversation(self, self.loop), "127.0.0.1", self.port, ssl=context, reuse_address=True)

        self.listener = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(10)
        self.port = self.listener.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """Closes its connections, too."""
        async def end():
            self.listener.close()
            for conversation in self.conversations:
                conversation.transport.abort()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
        self.loop = None

    def ends_conversations(self, reply: str) -> None:
        """Answers the next command of each open connection so, and closes it."""
        for conversation in self.conversations:
            conversation.farewell = reply

    def action(self, step: str, client: str | None) -> str | None:
        return self.script.get(step) if self.for_client in (None, client) else None

    # What came

    def names(self) -> list[str]:
        return [name for name, _, _ in self.commands]

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.kept if mail.recipient == address]

    def awaits(self, address: str, count: int = 1, patience: float = 20) -> Mail:
        """The latest mail to an address, of which there are to be so many."""
        wait_until(lambda: len(self.to(address)) >= count, f"mail {count} to {address}", patience)
        mails = self.to(address)
        assert len(mails) == count
        return mails[-1]


class Handler:
    """The handler that aiosmtpd calls for mails."""

    def __init__(self, server: MailServer):
        self.server = server

    async def handle_EHLO(self, _server, session, _envelope, hostname, responses):
        session.host_name = hostname
        name, *rest = responses
        if not self.server.with_password:
            rest = [line for line in rest if not line.startswith("250-AUTH")]
        return [name, *[f"250-{line}" for line in self.server.extensions], *rest]

    async def handle_DATA(self, conversation, session, envelope) -> str:
        login = session.auth_data.login.decode() if session.authenticated else None
        mail = Mail(
            envelope.mail_from, ",".join(envelope.rcpt_tos), envelope.content, conversation.is_protected, login,
            session.host_name)
        self.server.arrived.append(mail)
        action = self.server.action("message", session.host_name)
        if action is None or action == LOST_ANSWER:
            self.server.kept.append(mail)
        if action in (SILENCE, LOST_ANSWER, GONE):
            await conversation.does(action)
        return action or "250 2.0.0 Kept"


def step(name: str) -> Callable:
    """A command that notes itself, and follows the script if that has an entry for it."""
    async def run(self: "Conversation", argument: str) -> None:
        self.server.commands.append((name, argument or "", self.is_protected))
        if self.farewell:
            await self.push(self.farewell)
            return self.transport.close()
        client = argument if name == "EHLO" else self.session.host_name
        if (action := self.server.action(name, client)) is not None:
            return await self.does(action)
        await getattr(SMTP, f"smtp_{name}")(self, argument)

    return run


class Conversation(SMTP):
    """One connection."""

    def __init__(self, server: MailServer, loop):
        def authenticator(_server, _session, _envelope, _mechanism, data) -> AuthResult:
            is_right = isinstance(data, LoginPassword) and server.users.get(data.login.decode()) == data.password.decode()
            # `handled` would say that the refusal was sent.
            return AuthResult(success=is_right, handled=False, auth_data=data)

        options = {}
        if server.security == "starttls" and server.tls:
            options = {"tls_context": server.tls, "require_starttls": True}
        # TLS from the start counts as none there.
        super().__init__(
            Handler(server), hostname="mail.example.org", loop=loop, authenticator=authenticator,
            auth_require_tls=server.security == "starttls", **options)
        self._auth_required = server.with_password
        self.server, self.farewell = server, None

    @property
    def is_protected(self) -> bool:
        return self.transport.get_extra_info("ssl_object") is not None

    async def does(self, action: str) -> None:
        if action == GONE:
            self.transport.abort()
        if action in (SILENCE, LOST_ANSWER, GONE):
            await asyncio.Event().wait()
        await self.push(action)

    async def _handle_client(self):
        self.server.conversations.add(self)
        if (action := self.server.script.get("greeting")) is not None:
            await self.does(action)
            return self.transport.close()
        await super()._handle_client()

    def connection_lost(self, error):
        self.server.conversations.discard(self)
        super().connection_lost(error)

    async def push(self, status):
        injected = self.server.script.get("STARTTLS", "")
        if injected.startswith("220") and status == "220 Ready to start TLS":
            status = injected
        # It would refuse to send a text that is not ASCII.
        await super().push(status.encode() if isinstance(status, str) else status)

    async def smtp_STARTTLS(self, argument: str) -> None:
        self.server.commands.append(("STARTTLS", argument or "", self.is_protected))
        script = self.server.script
        if not script.get("STARTTLS", "220").startswith("220"):
            return await self.does(script["STARTTLS"])
        if (action := script.get("handshake")) is not None:
            await self.push("220 2.0.0 Go ahead")
            await self.does(action)
        await super().smtp_STARTTLS(argument)

    smtp_EHLO = step("EHLO")
    smtp_AUTH = step("AUTH")
    smtp_MAIL = step("MAIL")
    smtp_RCPT = step("RCPT")
    smtp_DATA = step("DATA")
    smtp_QUIT = step("QUIT")
