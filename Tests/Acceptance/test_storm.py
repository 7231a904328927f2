"""A flood of wrong passwords, and a user who works meanwhile. STORM_SECONDS makes it longer.

The flood comes from a process of its own, so that the measured times are the server's and not Python's.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter

import pytest

pytestmark = pytest.mark.alone

SECONDS = float(os.environ.get("STORM_SECONDS", 4))
CONNECTIONS = 150


async def storm(port: int) -> Counter:
    """The responses to so many connections that guess without a pause."""
    seen, until = Counter(), time.monotonic() + SECONDS

    async def attacker(number: int):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        body = json.dumps({"email": f"victim.{number % 7}@example.com", "password": "guess"}).encode()
        request = (b"POST /api/auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   b"Content-Length: %d\r\n\r\n" % len(body)) + body
        while time.monotonic() < until:
            writer.write(request)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await asyncio.wait_for(reader.readexactly(length), 30)
            status = int(head.split(b" ", 2)[1])
            seen[status] += 1
            assert status == 401 or b"\r\nretry-after: " in head.lower(), head
            # Turned away at once, it comes again at once, but leaves the other attackers a turn.
            await asyncio.sleep(0.01)
        writer.close()

    async with asyncio.TaskGroup() as group:
        for number in range(CONNECTIONS):
            group.create_task(attacker(number))
    return seen


def work(person, goes_on) -> list[float]:
    """Milliseconds that each of a signed-in person's requests took; every one succeeds."""
    times = []
    while goes_on() or len(times) < 90:
        for method, path, body, status in [
                ("GET", "/api/tasks", None, 200), ("POST", "/api/tasks", {"title": "x"}, 201), ("GET", "/api/auth/me", None, 200)]:
            started = time.perf_counter()
            answer = person.asks(method, path, json=body)
            times.append((time.perf_counter() - started) * 1000)
            assert answer.status_code == status, answer.text
        assert person.server.client.get("/health").status_code == 200
    return times


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100)[98]


@pytest.mark.timeout(60 + 3 * SECONDS)
@pytest.mark.parametrize("throttle, expected", [("on", {401, 429}), ("off", {401, 503})])
def test_a_flood_of_wrong_passwords_does_not_affect_signed_in_users(start_server, capsys, throttle, expected):
    server = start_server(THROTTLE=throttle)
    alice = server.newcomer()
    at_rest = work(alice, lambda: False)
    with subprocess.Popen([sys.executable, __file__, str(server.port)], stdout=subprocess.PIPE) as attackers:
        meanwhile = work(alice, lambda: attackers.poll() is None)
        seen = Counter({int(status): count for status, count in json.load(attackers.stdout).items()})
    assert attackers.returncode == 0
    with capsys.disabled():
        print(f"\n  throttle {throttle}: {dict(sorted(seen.items()))} in {SECONDS:g} s; signed in, p99 at rest "
              f"{p99(at_rest):.1f} ms, in the storm {p99(meanwhile):.1f} ms ({len(meanwhile)} requests)")
    # The queue may be full with limits, too.
    assert set(seen) <= expected | {503} and seen[401] > 0
    assert seen[max(expected)] > CONNECTIONS
    server.stop()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(storm(int(sys.argv[1])))))
