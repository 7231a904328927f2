"""Two living servers on one database, of which one is killed while it sends an e-mail: the other takes over."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mail import LOST_ANSWER, SILENCE, MailServer
from support import SECRET, sqlite, wait_until

HOSTS = "one.example.com", "other.example.com"
"""Each introduces itself to the mail server with its own name."""
LEASE = 300_000
"""Milliseconds for which an e-mail is reserved."""


class Database:
    """The outbox, which both servers use, of either kind."""

    def __init__(self, url: str, run):
        self.url, self.run = url, run

    def leased(self) -> int:
        return int(self.run("SELECT count(*) FROM mail_outbox WHERE state = 'waiting' AND leased_until > 0"))

    def sent(self) -> int:
        return int(self.run("SELECT count(*) FROM mail_outbox WHERE state = 'sent'"))

    def passes_the_lease(self) -> None:
        """As if the time had passed for which e-mails are reserved."""
        self.run(f"UPDATE mail_outbox SET leased_until = leased_until - {LEASE} WHERE state = 'waiting' AND leased_until > 0")


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def outbox(request, tmp_path) -> Database:
    if request.param == "SQLite":
        path = tmp_path / "shared.db"

        def run(query: str) -> str | None:
            with sqlite(path) as connection:
                row = connection.execute(query).fetchone()
                connection.commit()
                return row and row[0]

        return Database(f"sqlite://{path}", run)
    postgres, name = request.getfixturevalue("postgres"), request.getfixturevalue("database")
    return Database(postgres.address(name), lambda query: next(iter(postgres.asks(query, name)), None))


@pytest.fixture
def servers(outbox, new_server):
    return [
        new_server(host, {
            "BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": outbox.url, "LATCHKEY_URL": f"http://{host}"})
        for host in HOSTS]


@pytest.mark.parametrize("step, copies", [("EHLO", 1), ("DATA", 1), ("message", 2)])
def test_the_surviving_server_sends_the_mail_of_the_killed_one(servers, outbox, step, copies):
    with MailServer() as mail_server:
        for server in servers:
            server.settings |= mail_server.settings()
            server.start()
        one, other = servers
        people = [one.newcomer(f"person{number}").email for number in range(10)]
        # The first hangs with the first e-mail that it claims, as if it were about to be killed right there.
        mail_server.script, mail_server.for_client = {step: LOST_ANSWER if step == "message" else SILENCE}, HOSTS[0]

        def asks(address: str) -> None:
            one.client.post("/api/auth/request-password-reset", json={"email": address}).raise_for_status()

        asks(people[0])
        wait_until(lambda: any(name == "EHLO" and argument == HOSTS[0] for name, argument, _ in mail_server.commands)
                   and step in [*mail_server.names(), *["message"] * len(mail_server.arrived)], "the first to hang")
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(asks, people[1:]))
        wait_until(lambda: outbox.sent() == 9, "the other's nine mails", 30)
        one.kill()
        assert outbox.leased() == 1 and len(mail_server.to(people[0])) == copies - 1
        outbox.passes_the_lease()
        last = mail_server.awaits(people[0], copies)
        wait_until(lambda: outbox.sent() == 10, "the e-mail to be settled")
        assert sorted({mail.recipient for mail in mail_server.kept}) == sorted(people)
        assert len(mail_server.kept) == 9 + copies
        mails = mail_server.to(people[0])
        assert len({mail.id for mail in mails}) == 1 and {mail.token for mail in mails} == {last.token}
        assert other.client.get(f"/reset/{last.token}").status_code == 200
