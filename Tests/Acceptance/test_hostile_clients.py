"""Clients by the thousand, clients that leave, and a system without descriptors."""

import os
import resource
import socket
import time
from pathlib import Path

import pytest

from support import SECRET, Client, wait_until
from wire import PATIENCE, Wire, asks, sentence

GET = "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"


def seconds_of_cpu(server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def crowd(server, count: int) -> list[socket.socket]:
    sockets = []
    for _ in range(count):
        one = socket.socket()
        one.settimeout(2)
        try:
            one.connect(("127.0.0.1", server.port))
        except OSError:
            break  # The backlog is full.
        sockets.append(one)
    return sockets


def test_without_descriptors_the_server_waits_serves_open_connections_and_recovers(stopped_server):
    server = stopped_server
    # A proxy's connections make no room for others as long as there are any.
    server.settings["TRUSTED_PROXIES"] = "127.0.0.9"
    server.start()
    with Wire(server, source="127.0.0.9") as guest:
        assert guest.sends(GET).answer().status == 200
        # Room for one more, so that the crowd, once gone, is accepted one by one.
        limit = max(int(name) for name in os.listdir(f"/proc/{server.process.pid}/fd")) + 2
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        sockets = crowd(server, 900)
        wait_until(lambda: "no connection can be accepted" in server.log, "the line that says so")
        before = seconds_of_cpu(server)
        time.sleep(2)
        assert seconds_of_cpu(server) - before < 0.5, "A server that can't accept must not spin."
        # It never met the database before; the readers were opened in time.
        assert guest.sends(GET).answer().status == 200
        for one in sockets:
            one.close()
        # The new client waits behind the closed connections, for as long as it takes to accept and close them.
        assert asks(server, GET).status == 200
    assert server.log.count("no connection can be accepted") < 10


def test_ten_thousand_idle_connections_are_held(start_server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = start_server(BETTER_AUTH_SECRET=SECRET, MAX_CONNECTIONS_PER_NETWORK=8192)
    try:
        with Wire(server) as guest:
            before = server.memory()
            sockets = []
            while len(sockets) < min(10_000, hard - 500):
                sockets += crowd(server, 500)
                # One that is used is not the one that has been idle longest.
                assert guest.sends(GET).answer().status == 200
            # Room for some 16 KiB each, and no more.
            assert server.memory() - before < 64 + len(sockets) // 64
            if len(sockets) > 8192:
                assert sockets[0].recv(1000) == b"", "The one that has been idle longest made room."
                # While hundreds arrive at once, one of them may have to try again. None of the crowd hangs up.
                wait_until(lambda: asks(server, GET).status == 200, "an answer to a newcomer in a full house", 5)
            for one in sockets:
                one.close()
        wait_until(lambda: asks(server, GET).status == 200, "an answer to a newcomer", 20)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        server.stop()


def test_a_pipeline_of_a_thousand_requests_is_answered(server):
    with Wire(server) as wire:
        wire.sends("".join(f"GET /nothing-{n} HTTP/1.1\r\nHost: localhost\r\n\r\n" for n in range(999)) + GET)
        wire.socket.shutdown(socket.SHUT_WR)
        assert [wire.answer().status for _ in range(1000)] == [404] * 999 + [200]
        assert wire.says_nothing_more()


def test_a_closed_connection_costs_no_hash(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, BCRYPT_COST=13)
    alice = server.newcomer("alice")
    body = f'{{"email": "{alice.email}", "password": "wrong password"}}'
    request = (f"POST /api/auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(body)}\r\n\r\n{body}")
    wires = [Wire(server).sends(request) for _ in range(50)]
    time.sleep(0.3)
    for wire in wires:
        wire.socket.close()
    # They would take a quarter of a minute on two cores; no other client waits behind them.
    wait_until(lambda: server.log.count("client=gone") > 25, "the end of those who left")
    assert server.signs_in(alice.email).id == alice.id
    server.stop()


@pytest.mark.parametrize("path", [
    "/api/auth/signin", "/api/auth/signup", "/api/auth/sign-in/email", "/api/auth/change-password", "/signup",
])
def test_the_body_of_a_sign_in_has_a_small_limit(server, path):
    with Wire(server) as wire:
        answer = wire.sends(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16385\r\n\r\n").answer()
        assert answer.status == 413 and sentence(answer) and answer.header("connection") == "close"
        assert wire.says_nothing_more()


def test_other_bodies_have_a_larger_limit(server, alice):
    assert alice.posts("/api/tasks", {"title": "long", "description": "x" * 9_000, "note": "y" * 20_000}).status_code != 413


def test_a_slow_header_delays_no_other_client(server):
    slow = [Wire(server).sends("GET / HTTP/1.1\r\nHost: local") for _ in range(400)]
    with Client(server.url) as client:
        for _ in range(20):
            assert client.get("/ready", timeout=PATIENCE).status_code == 200
    for wire in slow:
        wire.socket.close()
