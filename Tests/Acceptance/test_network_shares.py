"""Clients of several networks: each has a share of the connections, and none can take the others'."""

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack

import pytest

from namespaces import Networks, enter
from support import SECRET, Client, Server, wait_until

pytestmark = pytest.mark.alone

SECONDS = float(os.environ.get("FLOOD_SECONDS", 4))
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def networks(request):
    with Networks(getattr(request, "param", 3)) as networks:
        # The server and whatever looks at it from here on.
        enter(networks.descriptors[0])
        yield networks


@pytest.fixture
def serve(networks, tmp_path):
    servers = []

    def serve(**settings) -> Server:
        server = Server(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET, "HOST": "::"} | settings)
        servers.append(server)
        return server.start()

    yield serve
    for server in servers:
        if server.is_running():
            server.stop()


def connect(networks, network: int, server, source: str | None = None) -> socket.socket:
    """A connection from a network, whose own address may be chosen."""
    target = f"2001:db8:{network}::1" if source and ":" in source else f"10.{network}.0.1"
    with networks.within(network):
        wire = socket.create_connection(
            (target, server.port), timeout=5, source_address=(source, 0) if source else None)
    networks.sockets.append(wire)
    return wire


def is_answered(wire: socket.socket) -> bool:
    try:
        wire.sendall(GET)
        return wire.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def is_open(wire: socket.socket) -> bool:
    wire.setblocking(False)
    try:
        while wire.recv(4096):
            pass  # A refusal, say.
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        wire.settimeout(5)


def test_one_address_has_a_quarter_of_the_connections_and_closes_its_own(networks, serve):
    server = serve(MAX_CONNECTIONS=80)
    friends = [connect(networks, 2, server) for _ in range(5)]
    assert all(map(is_answered, friends))
    crowd = [connect(networks, 1, server) for _ in range(100)]
    wait_until(lambda: sum(map(is_open, crowd)) <= 20, "the share of one address")
    # A newcomer of that address still finds a place, at the cost of another of its own.
    late = connect(networks, 1, server)
    assert is_answered(late)
    wait_until(lambda: sum(map(is_open, crowd)) <= 19, "the end of one of its own")
    assert all(map(is_answered, friends))
    assert is_answered(connect(networks, 3, server))


def test_ipv6_addresses_count_by_their_network(networks, serve):
    server = serve(MAX_CONNECTIONS=80, MAX_CONNECTIONS_PER_NETWORK=10)
    friend = connect(networks, 2, server, "2001:db8:2::2")
    assert is_answered(friend)
    # Forty addresses of one /64 are one network.
    sources = [f"2001:db8:1:1::{n:x}" for n in range(1, 41)]
    networks.addresses(1, *[f"{source}/48" for source in sources])
    crowd = [connect(networks, 1, server, source) for source in sources]
    wait_until(lambda: sum(map(is_open, crowd)) <= 10, "the share of a /64")
    # Ten networks of one /48 have two shares.
    sources = [f"2001:db8:1:{n:x}::1" for n in range(0x10, 0x1A)]
    networks.addresses(1, *[f"{source}/48" for source in sources])
    more = [connect(networks, 1, server, source) for source in sources for _ in range(5)]
    wait_until(lambda: sum(map(is_open, crowd + more)) <= 20, "the share of a /48")
    assert is_answered(friend)


def test_a_trusted_proxy_has_no_share(networks, serve):
    server = serve(MAX_CONNECTIONS=80, TRUSTED_PROXIES="10.1.0.2")
    proxy = [connect(networks, 1, server) for _ in range(60)]
    # The system takes connections before the server does: these are accepted once they are answered.
    assert all(map(is_answered, proxy))
    crowd = [connect(networks, 2, server) for _ in range(60)]
    wait_until(lambda: sum(map(is_open, crowd)) <= 20, "the share of the other")
    assert all(map(is_answered, proxy))


def test_newcomers_of_a_trusted_proxy_have_places_that_no_other_client_can_fill(networks, serve):
    server = serve(MAX_CONNECTIONS=80, TRUSTED_PROXIES="10.1.0.2")
    proxy = [connect(networks, 1, server) for _ in range(62)]
    assert all(map(is_answered, proxy))
    for _ in range(6):
        crowd = [connect(networks, 2, server) for _ in range(40)]
        newcomer = connect(networks, 1, server)
        assert is_answered(newcomer)
        newcomer.close()
        for wire in crowd:
            wire.close()


def test_requests_under_way_keep_their_connections(networks, serve):
    server = serve(MAX_CONNECTIONS=40)
    head = b"POST /api/auth/signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    busy = [connect(networks, 1, server) for _ in range(10)]
    for wire in busy:
        wire.sendall(head + b"{")
    # Its whole share is at work, so that the next one of the same network is told so.
    wait_until(lambda: is_answered(connect(networks, 2, server)), "an answer to another network")
    late = connect(networks, 1, server)
    assert late.recv(4096).startswith(b"HTTP/1.1 503 ")
    for wire in busy:
        wire.sendall(b"}")
        assert wire.recv(4096).startswith(b"HTTP/1.1 422 ")


def test_a_flood_of_silent_connections_delays_no_other_network(networks, serve, capsys):
    server = serve(LOG_LEVEL="warning")
    people = {network: connect(networks, network, server) for network in (2, 3)}
    crowd, times = [], []
    for n in range(3000):
        crowd.append(connect(networks, 1, server))
        if n % 50 == 0:
            begun = time.perf_counter()
            assert is_answered(connect(networks, 2, server)) and is_answered(people[3])
            times.append((time.perf_counter() - begun) * 1000)
    assert all(is_answered(wire) for wire in people.values())
    held = server.memory()
    with capsys.disabled():
        print(f"\n  3,000 silent connections: two answers to others in {max(times):.1f} ms at most, {held} MiB")
    assert held < 150
    # A silent connection has the time of a head.
    wait_until(lambda: not any(map(is_open, crowd)), "the end of the silent ones", 20)


def signs_in(host: str, port: int, email: str, password: str, until: float) -> Counter:
    """Signs in again and again on twenty connections; how often each status was answered."""
    body = json.dumps({"email": email, "password": password})
    statuses = Counter()

    def hammer():
        connection = http.client.HTTPConnection(host, port, timeout=60)
        while time.monotonic() < until:
            connection.request("POST", "/api/auth/signin", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            statuses[answer.status] += 1
        connection.close()

    threads = [threading.Thread(target=hammer) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.mark.timeout(60 + 3 * SECONDS)
@pytest.mark.parametrize("networks", [8], indirect=True)
def test_a_flood_of_right_sign_ins_from_six_networks_delays_no_other(networks, serve, capsys):
    server = serve(LOG_LEVEL="warning", BCRYPT_COST=11)
    attackers = {network: server.newcomer(f"attacker{network}") for network in range(1, 7)}
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    for n in range(20):
        alice.adds(f"Task {n}")
    statuses, times, sign_ins, highest = Counter(), [], Counter(), 0
    with ExitStack() as stack:
        flood = []
        for network, person in attackers.items():
            with networks.within(network):
                arguments = [sys.executable, __file__, f"10.{network}.0.1", str(server.port), person.email,
                             person.password]
                flood.append(stack.enter_context(subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)))

        def others_sign_in():
            enter(networks.descriptors[7])
            while any(attacker.poll() is None for attacker in flood):
                with Client(f"http://10.7.0.1:{server.port}") as client:
                    body = {"email": bob.email, "password": bob.password}
                    sign_ins[client.post("/api/auth/signin", json=body, timeout=60).status_code] += 1

        other = threading.Thread(target=others_sign_in)
        other.start()
        with networks.within(8), Client(f"http://10.8.0.1:{server.port}") as client:
            while other.is_alive() or len(times) < 100:
                begun = time.perf_counter()
                answer = client.get(alice.tasks, headers={"Authorization": f"Bearer {alice.token}"}, timeout=60)
                times.append((time.perf_counter() - begun) * 1000)
                assert (answer.status_code, len(answer.json())) == (200, 20)
                highest = max(highest, server.memory())
                time.sleep(0.005)
        other.join()
        for attacker in flood:
            statuses += Counter({int(status): count for status, count in json.loads(attacker.stdout.read()).items()})
    p99 = statistics.quantiles(times, n=100)[98]
    with capsys.disabled():
        print(f"\n  six networks that sign in: {dict(statuses)} in {SECONDS:g} s; {len(times)} lists of others, "
              f"p99 {p99:.1f} ms; {sign_ins[200]} sign-ins answered; {highest} MiB at most")
    assert set(sign_ins) == {200} and set(statuses) == {200, 503}
    assert highest < 150


if __name__ == "__main__":
    host, port, email, password = sys.argv[1:]
    print(json.dumps(signs_in(host, int(port), email, password, time.monotonic() + SECONDS)))
