"""Floods of connections, of unread responses and of frames, from one address, and users at another who sign
in and look at their lists meanwhile. FLOOD_SECONDS makes them longer.

Each flood comes from a process of its own, so that the measured times are the server's and not Python's.
"""

import os
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import time

import hpack
import pytest

from frames import (
    END_HEADERS, END_STREAM, HEADERS, PING, PREFACE, PRIORITY, RST_STREAM, SETTINGS, WINDOW_UPDATE, Frames, make_pair,
    settings_for)

pytestmark = pytest.mark.alone

SECONDS = float(os.environ.get("FLOOD_SECONDS", 4))
ATTACKER = "127.0.0.2"


# The floods: each runs until the time is over, and returns what it did.


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5, source_address=(ATTACKER, 0))


def silent(port: int, until: float, token: str) -> int:
    """Opens connections and says nothing."""
    crowd, count = [], 0
    while time.monotonic() < until:
        try:
            crowd.append(connect(port))
            count += 1
        except OSError:
            time.sleep(0.01)
        if len(crowd) > 9500:
            crowd.pop(0).close()
    return count


def http2(port: int, settings: bytes = b"") -> socket.socket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    wire = context.wrap_socket(connect(port), server_hostname="localhost")
    wire.sendall(PREFACE + Frames.frame(SETTINGS, 0, 0, settings) + Frames.frame(SETTINGS, 1, 0))
    return wire


def request(path: str, token: str) -> bytes:
    # Without entries in the table, so that it can be sent again as it is.
    fields = [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "localhost"),
              ("authorization", f"Bearer {token}")]
    return hpack.Encoder().encode([hpack.NeverIndexedHeaderTuple(*field) for field in fields])


def unread(port: int, until: float, token: str) -> int:
    """Asks for long lists over windows of zero, and reads nothing."""
    block, wires, count = request("/api/tasks?limit=100", token), [], 0
    while time.monotonic() < until:
        try:
            if len(wires) > 20:
                wires.pop(0).close()
            wires.append(http2(port, struct.pack(">HI", 4, 0)))
            for n in range(50):
                wires[-1].sendall(Frames.frame(HEADERS, END_STREAM | END_HEADERS, 2 * n + 1, block))
                count += 1
        except OSError:
            time.sleep(0.01)
    return count


def frames(port: int, until: float, token: str) -> int:
    """Frames that ask for nothing, requests that are reset, and a table without a bound."""
    block, count = request("/api/tasks", token), 0
    cheap = [
        lambda n: Frames.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)),
        lambda n: Frames.frame(0xBE, 0, 0, b""),
        lambda n: Frames.frame(PING, 0, 0, b"12345678"),
        lambda n: Frames.frame(PRIORITY, 0, 2 * n + 1, struct.pack(">IB", 0, 1)),
        lambda n: Frames.frame(SETTINGS, 0, 0, struct.pack(">HI", 1, 2**32 - 1)),
        lambda n: Frames.frame(HEADERS, END_STREAM | END_HEADERS, 2 * n + 1, block)
        + Frames.frame(RST_STREAM, 0, 2 * n + 1, struct.pack(">I", 8)),
        lambda n: Frames.frame(HEADERS, END_STREAM | END_HEADERS, 2 * n + 1, b"\x83"),
    ]
    while time.monotonic() < until:
        make = cheap[count % len(cheap)]
        count += 1
        try:
            with http2(port, struct.pack(">HI", 1, 2**32 - 1)) as wire:
                for n in range(0, 5000, 50):
                    wire.sendall(b"".join(make(m) for m in range(n, n + 50)))
        except OSError:
            pass
    return count


# The people


@pytest.mark.timeout(60 + 3 * SECONDS)
@pytest.mark.parametrize("flood", [silent, unread, frames])
def test_a_flood_from_one_address_delays_no_other_address(start_server, tmp_path, capsys, flood):
    secure = {} if flood is silent else settings_for(make_pair(tmp_path))
    server = start_server(**secure, LOG_LEVEL="warning")
    alice, mallory = server.newcomer("alice"), server.newcomer("mallory")
    for n in range(20):
        alice.adds(f"Task {n}")
        mallory.adds(f"Task {n}", description="\U0001F98A" * 10_000)
    times, sign_ins, highest = [], 0, 0
    arguments = [sys.executable, __file__, flood.__name__, str(server.port), mallory.token]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as attacker:
        while attacker.poll() is None or len(times) < 100:
            for _ in range(10):
                begun = time.perf_counter()
                assert len(alice.titles()) == 20
                times.append((time.perf_counter() - begun) * 1000)
            assert server.signs_in(alice.email).id == alice.id
            sign_ins += 1
            highest = max(highest, server.memory())
        done = int(attacker.stdout.read())
    assert attacker.returncode == 0
    p99 = statistics.quantiles(times, n=100)[98]
    with capsys.disabled():
        print(f"\n  {flood.__name__}: {done} in {SECONDS:g} s; {len(times)} lists of others, p99 {p99:.1f} ms; "
              f"{sign_ins} sign-ins answered; {highest} MiB at most")
    assert done > 0 and highest < 150
    server.stop()


if __name__ == "__main__":
    name, port, token = sys.argv[1:]
    print(globals()[name](int(port), time.monotonic() + SECONDS, token))
