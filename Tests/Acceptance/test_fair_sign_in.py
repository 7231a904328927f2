"""Clients take turns at the sign-in, however many requests each of them sends."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import SECRET, Client

pytestmark = pytest.mark.alone

ATTACKERS = 6
CONNECTIONS = 20
"""Of each attacker: together far more than there are places in the queue."""


@pytest.fixture(scope="module")
def busy(start_server):
    """A server behind a proxy, as slow at hashing as one in production may be."""
    server = start_server(BETTER_AUTH_SECRET=SECRET, BCRYPT_COST=11, TRUSTED_PROXIES="127.0.0.1")
    yield server
    server.stop()


def signs_in(server, person, address: str, path="/api/auth/signin", **options) -> int:
    with Client(server.url) as client:
        body = {"email": person.email, "password": person.password}
        return client.post(path, json=body, headers={"X-Forwarded-For": address}, timeout=60, **options).status_code


class Storm:
    """Clients that sign in with the right passwords of their own accounts as fast as they are answered."""

    def __init__(self, server, addresses: list[list[str]]):
        self.server = server
        self.statuses: list[int] = []
        self.ended = threading.Event()
        people = [server.newcomer(f"attacker{number}") for number in range(len(addresses))]
        self.threads = [
            threading.Thread(target=self.hammer, args=(person, itertools.cycle(own[offset:] + own[:offset])))
            for person, own in zip(people, addresses) for offset in [number % len(own) for number in range(CONNECTIONS)]]

    def hammer(self, person, addresses):
        while not self.ended.is_set():
            self.statuses.append(signs_in(self.server, person, next(addresses)))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize("addresses", [
    [[f"192.0.2.{number}"] for number in range(1, ATTACKERS + 1)],
    # A /48 of IPv6 each, and in it a network for each request.
    [[f"2001:db8:{site:x}:{network:x}::1" for network in range(50)] for site in range(1, ATTACKERS + 1)],
], ids=["IPv4", "IPv6"])
def test_sign_ins_of_other_clients_are_all_answered(busy, addresses):
    people = [busy.newcomer(f"person{number}") for number in range(8)]
    with Storm(busy, addresses) as storm:
        while 503 not in storm.statuses:
            assert all(thread.is_alive() for thread in storm.threads)
            storm.ended.wait(0.05)
        with ThreadPoolExecutor(len(people)) as pool:
            for _ in range(2):
                answers = [
                    pool.submit(signs_in, busy, person, f"198.51.100.{number + 1}")
                    for number, person in enumerate(people)]
                assert [answer.result() for answer in answers] == [200] * len(people)
    assert set(storm.statuses) == {200, 503} and storm.statuses.count(200) > 0


def test_known_devices_have_places_of_their_own(busy):
    """Of so many networks that each has one request waiting, none makes way for another; a known device comes in."""
    alice = busy.newcomer("alice")
    with Client(busy.url) as device:
        page = device.get("/login", headers={"X-Forwarded-For": "198.51.100.77"}).text
        token = page.split('name="form_token" value="')[1].split('"')[0]
        fields = {"email": alice.email, "password": alice.password, "form_token": token}
        assert device.post("/login", data=fields, headers={"X-Forwarded-For": "198.51.100.77"}).status_code == 303
        cookies = {cookie.name: cookie.value for cookie in device.cookies if "device" in cookie.name}
    assert cookies
    crowd = [[f"10.{number}.{last}.1" for last in range(200)] for number in range(ATTACKERS)]
    with Storm(busy, crowd) as storm:
        while 503 not in storm.statuses:
            storm.ended.wait(0.05)
        assert [signs_in(busy, alice, "198.51.100.77", cookies=cookies) for _ in range(4)] == [200] * 4


def test_one_network_may_have_all_places_while_no_other_waits(busy):
    alice = busy.newcomer("alone")
    with ThreadPoolExecutor(30) as pool:
        answers = [pool.submit(signs_in, busy, alice, "203.0.113.9") for _ in range(30)]
        assert {answer.result() for answer in answers} == {200}
