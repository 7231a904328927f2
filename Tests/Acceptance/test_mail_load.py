"""A mail server that hangs or is slow delays no request."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mail import SILENCE, MailServer
from support import PASSWORD, Client, wait_until

pytestmark = pytest.mark.alone

MAILS = int(os.environ.get("LATCHKEY_MAILS", "300"))
"""How many wait; `make endure` takes 10,000."""
ROUNDS = 150


def p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]


def test_a_hanging_mail_server_delays_no_response(start_server):
    with MailServer() as hanging, MailServer() as working:
        servers = {
            "hangs": start_server(**hanging.settings()), "works": start_server(**working.settings())}
        hanging.script["MAIL"] = SILENCE
        people = {name: server.newcomer() for name, server in servers.items()}
        # Sign-ins end the oldest sessions of an account, so they get one of their own.
        others = {server.port: server.newcomer() for server in servers.values()}
        for name, server in servers.items():
            server.client.post("/api/auth/request-password-reset", json={"email": people[name].email}).raise_for_status()
        wait_until(lambda: "MAIL" in hanging.names(), "the mail server to be asked")
        working.awaits(people["works"].email)

        kinds = {
            "page": lambda server, person: server.client.get("/login"),
            "list": lambda server, person: person.gets(person.tasks),
            "sign-in": lambda server, person: server.client.post(
                "/api/auth/signin", json={"email": others[server.port].email, "password": PASSWORD}),
            "reset": lambda server, person: server.client.post(
                "/api/auth/request-password-reset", json={"email": person.email}),
        }
        times = {(kind, name): [] for kind in kinds for name in servers}
        for _ in range(ROUNDS):
            # One after the other, so that whatever else this machine does slows both alike.
            for kind, ask in kinds.items():
                for name, server in servers.items():
                    began = time.perf_counter()
                    assert ask(server, people[name]).status_code == 200
                    times[kind, name].append(time.perf_counter() - began)
                    # A program that sends no origin must not send the cookies of its sign-ins either.
                    server.client.cookies.clear()
        assert hanging.arrived == [] and hanging.names().count("MAIL") == 1
        for kind in kinds:
            found = {name: p99(times[kind, name]) * 1000 for name in servers}
            print(f"{kind}: p99 {found['works']:.1f} ms, with a mail server that hangs {found['hangs']:.1f} ms")
            assert found["hangs"] < 2 * found["works"] + 10
        for server in servers.values():
            server.stop()


def test_many_mails_that_wait_are_sent_at_the_servers_pace_in_level_memory(stopped_server):
    with MailServer() as mail_server:
        server = stopped_server
        server.settings |= mail_server.settings()
        server.start()
        mail_server.script["greeting"] = SILENCE

        def joins_and_asks(numbers: range) -> None:
            with Client(server.url) as client:
                for number in numbers:
                    address = f"person{number}@example.com"
                    client.post("/api/auth/signup", json={"email": address, "password": PASSWORD}).raise_for_status()
                    client.post("/api/auth/request-password-reset", json={"email": address}).raise_for_status()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(joins_and_asks, [range(start, MAILS, 4) for start in range(4)]))
        # The next process has nothing in memory but what it sends.
        server.stop()
        mail_server.stop()
        mail_server.script.clear()
        mail_server.start()
        server.start()
        began, sizes = time.monotonic(), []

        def are_sent() -> bool:
            sizes.append(server.memory())
            time.sleep(0.1)
            return len(mail_server.kept) >= MAILS

        wait_until(are_sent, "all e-mails", 30 + MAILS / 20)
        took = time.monotonic() - began
        tenth = len(sizes) // 10
        print(f"{MAILS} mails in {took:.1f} s, {MAILS / took:.0f} a second; {sizes[tenth]} MiB after a tenth, at most {max(sizes)} MiB")
        assert len({mail.recipient for mail in mail_server.kept}) == len(mail_server.kept) == MAILS
        assert max(sizes) - sizes[tenth] <= 8
