"""HTTP/2 in the program itself, frame by frame (RFC 9113, RFC 7541): what no library would send.

The program must be built with the trait TLS, as `make test` does."""

import json
import signal
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import hpack
import pytest

from frames import (
    ACK, CANCEL, CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, GOAWAY, HEADERS, NO_ERROR, PING,
    PREFACE, PRIORITY, PROTOCOL_ERROR, REFUSED_STREAM, RST_STREAM, SETTINGS, WINDOW_UPDATE, Frames, make_pair,
    settings_for, tls)
from support import PASSWORD, wait_until


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def server(start_server, pair):
    server = start_server(**settings_for(pair))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def the_server_lives_on(server):
    yield
    assert server.is_running(), server.log[-3000:]
    assert server.client.get("/health").status_code == 200


def get(wire, stream: int, path="/health", more=()) -> bytes:
    return wire.frame(HEADERS, END_STREAM | END_HEADERS, stream, wire.request(path, more=more))


def raw(wire, fields) -> bytes:
    return wire.encoder.encode(fields)


def test_a_hundred_streams_at_once(server):
    with Frames(server) as wire:
        wire.sends(b"".join(
            wire.frame(HEADERS, END_STREAM | END_HEADERS, 2 * n + 1, wire.request("/health")) for n in range(100)))
        assert wire.answers(100) == {2 * n + 1: 200 for n in range(100)}


def test_more_open_streams_than_allowed_are_refused_and_the_others_go_on(server):
    with Frames(server) as wire:
        more = [("content-type", "application/json")]
        for n in range(110):
            wire.sends(wire.frame(HEADERS, END_HEADERS, 2 * n + 1, wire.request("/api/auth/signin", "POST", more)))
        # The hundred wait for their bodies.
        for n in range(100, 110):
            assert wire.outcome(2 * n + 1) == ("reset", REFUSED_STREAM)
        wire.sends(wire.frame(DATA, END_STREAM, 1, b"{}"))
        assert wire.outcome(1) == ("answer", 422)


def test_rapid_resets_end_the_connection(server):
    with Frames(server) as wire:
        for n in range(2000):
            stream = 2 * n + 1
            if not wire.sends(
                    wire.frame(HEADERS, END_STREAM | END_HEADERS, stream, wire.request("/api/tasks"))
                    + wire.frame(RST_STREAM, 0, stream, struct.pack(">I", 8))):
                break
        assert wire.farewell() in (None, 1, 11)
        assert server.log.count("path=/api/tasks ") < 1000


@pytest.mark.parametrize("flood", ["ping", "settings", "empty data", "continuation", "window"])
def test_floods_end_the_connection(server, flood):
    with Frames(server) as wire:
        frames = {
            "ping": lambda n: wire.frame(PING, 0, 0, b"12345678"),
            "settings": lambda n: wire.frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)),
            "empty data": lambda n: wire.frame(DATA, 0, 1),
            "continuation": lambda n: wire.frame(CONTINUATION, 0, 1, b""),
            "window": lambda n: wire.frame(8, 0, 0, struct.pack(">I", 0x7FFFFFFF)),
        }
        if flood == "empty data":
            wire.sends(wire.frame(HEADERS, END_HEADERS, 1, wire.request("/api/tasks", "POST")))
        if flood == "continuation":
            wire.sends(wire.frame(HEADERS, 0, 1, wire.request("/health")))
        for n in range(5000):
            if not wire.sends(frames[flood](n)):
                break
        wire.farewell()
        # The connection is closed, whatever was sent before that.
        wait_until(lambda: not wire.sends(wire.frame(PING, 0, 0, b"12345678")), "the end")


def test_headers_may_not_be_endless(server):
    with Frames(server) as wire:
        wire.sends(wire.frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health", more=[
            (f"x-{n}", "y" * 165) for n in range(100)])))
        assert wire.answers(1) == {1: 431}
    with Frames(server) as wire:
        # One entry of the table, named ten thousand times.
        bomb = wire.request("/health", more=[("x", "y" * 3000)]) + wire.encoder.encode([("x", "y" * 3000)]) * 5000
        wire.sends(wire.frame(HEADERS, END_STREAM | END_HEADERS, 1, bomb))
        assert wire.answers(1).get(1) in (None, -1, 431)


def test_the_same_rules_as_in_http_1(server):
    with Frames(server) as wire:
        cases = {
            ("/api/tasks", "POST", (("content-length", "9999999999"),)): 413,
            ("/signup", "POST", (("content-length", "20000"),)): 413,
            ("/api/tasks", "POST", (("content-encoding", "gzip"),)): 415,
            ("/health", "GET", (("expect", "a-miracle"),)): 417,
            ("/" + "x" * 9000, "GET", ()): 414,
            ("/%00", "GET", ()): 400, ("/api/tasks%2f1", "GET", ()): 404, ("/%c0%af", "GET", ()): 400,
            ("/health", "BREW", ()): 405,
        }
        for n, ((path, method, more), status) in enumerate(cases.items()):
            flags = END_HEADERS | (0 if "content-length" in dict(more) else END_STREAM)
            wire.sends(wire.frame(HEADERS, flags, 2 * n + 1, wire.request(path, method, more)))
            assert wire.answers(1) == {2 * n + 1: status}, path


@pytest.mark.parametrize("more", [
    (("connection", "close"),), (("transfer-encoding", "chunked"),), (("Upper", "x"),), ((":extra", "x"),),
    (("x", "a\r\nb: c"),), (("x", "a\0b"),), (("content-length", "5"),), (("te", "gzip"),),
])
def test_a_malformed_request_ends_its_stream_and_no_other(server, more):
    with Frames(server) as wire:
        wire.sends(wire.frame(HEADERS, END_HEADERS, 1, wire.request("/login", "POST")))
        wire.sends(get(wire, 3, more=more))
        kind, code = wire.outcome(3)
        assert (kind, code) in [("reset", PROTOCOL_ERROR), ("answer", 400)]
        wire.sends(get(wire, 5) + wire.frame(DATA, END_STREAM, 1, b"a=b"))
        assert wire.outcome(5) == ("answer", 200)
        assert wire.outcome(1)[0] == "answer"


# Each list of fields, and what comes back. A value with white space around it is malformed in HTTP/2 and nowhere else,
# as RFC 9113 says; all else is as in HTTP/1.1.
@pytest.mark.parametrize("fields, statuses", [
    ({":authority": None}, [400]),
    ({":authority": ""}, [400]),
    ({":authority": "user@localhost"}, [400]),
    ({":authority": "user:secret@localhost"}, [400]),
    ({":authority": "local host"}, [400]),
    ({":authority": "[::1"}, [400]),
    ({":authority": "localhost:8x"}, [400]),
    ({":authority": "localhost", "host": "elsewhere"}, [400]),
    ({":authority": "localhost", "host": "LOCALHOST"}, [200]),
    ({":authority": None, "host": "localhost"}, [200]),
    ({":authority": None, "host": ""}, [400]),
    ({":authority": "[::1]:443"}, [200]),
    ({":scheme": "ftp"}, [400]),
    ({":scheme": "javascript"}, [400]),
    ({":scheme": "HTTPS"}, [200]),
    ({":path": "health"}, [400]),
    ({":path": "https://localhost/health"}, [400]),
    ({":path": "*"}, [400]),
    ({":method": "GE T"}, [400]),
    ({"content-length": "+0"}, [400]),
    ({"content-length": "-0"}, [400]),
    ({"content-length": "0x0"}, [400]),
    ({"content-length": "0 "}, [400]),
    ({"content-length": ""}, [400]),
    ({"x": " a"}, [400]),
    ({"x": "a\t"}, [400]),
    ({"x": "a b"}, [200]),
    ({"expect": "a-miracle"}, [417]),
    ({"expect": "100-Continue"}, [200]),
    ({f"x-{n}": "y" for n in range(128)}, [200]),
    ({f"x-{n}": "y" for n in range(129)}, [431]),
    ({f"x-{n}": "y" * 200 for n in range(90)}, [431]),
])
def test_a_head_keeps_the_rules_of_http_1(server, fields, statuses):
    whole = {":method": "GET", ":scheme": "https", ":path": "/health", ":authority": "localhost"} | fields
    with Frames(server) as wire:
        block = raw(wire, [(name, value) for name, value in whole.items() if value is not None])
        first, *rest = [block[n:n + 16000] for n in range(0, len(block), 16000)]
        wire.sends(wire.frame(HEADERS, END_STREAM | (0 if rest else END_HEADERS), 1, first))
        for part in rest:
            wire.sends(wire.frame(CONTINUATION, END_HEADERS if part is rest[-1] else 0, 1, part))
        outcome = wire.outcome(1)
        # The parser of frames may see it first, and ends the stream.
        assert outcome in [("answer", status) for status in statuses] or (
            statuses == [400] and outcome == ("reset", PROTOCOL_ERROR)), outcome
        wire.sends(get(wire, 3))
        assert wire.outcome(3) == ("answer", 200)


def test_two_hosts_or_two_lengths_are_refused(server):
    for twice in [("host", "localhost"), ("content-length", "0")]:
        with Frames(server) as wire:
            wire.sends(get(wire, 1, more=[twice, twice]))
            assert wire.outcome(1) in [("answer", 400), ("reset", PROTOCOL_ERROR)], twice
            wire.sends(get(wire, 3))
            assert wire.outcome(3) == ("answer", 200)


def test_a_body_without_a_length_keeps_its_routes_limit(server):
    with Frames(server) as wire:
        wire.sends(wire.frame(HEADERS, END_HEADERS, 1, wire.request("/signup", "POST")))
        for _ in range(3):
            wire.sends(wire.frame(DATA, 0, 1, b"x" * 8000))
        assert wire.outcome(1) == ("answer", 413)
        # The answer is complete, so that the rest of the body is merely not wanted.
        assert wire.outcome(1) == ("reset", NO_ERROR)
        # Frames still under way for that stream disturb no other.
        wire.sends(wire.frame(DATA, END_STREAM, 1, b"x" * 8000) + get(wire, 3))
        assert wire.outcome(3) == ("answer", 200)


def test_a_refusal_has_the_headers_of_any_answer(server):
    with Frames(server) as wire:
        wire.sends(get(wire, 1, "/" + "x" * 9000))
        while (frame := wire.next())[0] != HEADERS:
            pass
        fields = dict(wire.decoder.decode(frame[3]))
        assert fields[":status"] == "414" and fields["strict-transport-security"] and fields["content-security-policy"]


# Errors of streams, and of connections


def test_stream_errors_are_limited_by_their_rate(server):
    with Frames(server) as wire:
        for n in range(100):
            stream = 4 * n + 1
            assert wire.sends(get(wire, stream, more=[("te", "gzip")]) + get(wire, stream + 2))
            assert wire.outcome(stream) == ("reset", PROTOCOL_ERROR)
            assert wire.outcome(stream + 2) == ("answer", 200)
        stream += 4
        for n in range(300):
            if not wire.sends(get(wire, stream + 2 * n, more=[("te", "gzip")])):
                break
        assert wire.farewell() == ENHANCE_YOUR_CALM


# Each costs the client a few bytes and asks for nothing.
SILENT = {
    "window update": lambda wire, n: wire.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)),
    "window update of a closed stream": lambda wire, n: wire.frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1)),
    "unknown": lambda wire, n: wire.frame(0xBE, 0, 0, b"x"),
    "unknown on a stream": lambda wire, n: wire.frame(0xFA, 0, 1, b""),
    "goaway": lambda wire, n: wire.frame(GOAWAY, 0, 0, struct.pack(">II", 0, 0)),
    "priority": lambda wire, n: wire.frame(PRIORITY, 0, 2 * n + 11, struct.pack(">IB", 0, 1)),
    "ping": lambda wire, n: wire.frame(PING, 0, 0, b"12345678"),
    "ping acknowledged": lambda wire, n: wire.frame(PING, ACK, 0, b"12345678"),
    "settings": lambda wire, n: wire.frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 65535)),
    "reset": lambda wire, n: wire.frame(RST_STREAM, 0, 1, struct.pack(">I", CANCEL)),
}


def flood(server, kind: str) -> None:
    with Frames(server) as wire:
        wire.sends(get(wire, 1))
        assert wire.outcome(1) == ("answer", 200)
        # Some are nothing to complain of.
        for n in range(50):
            assert wire.sends(SILENT[kind](wire, n))
        assert kind in ("goaway", "ping acknowledged", "settings") or wire.pings()
        for n in range(50, 20_000, 100):
            if not wire.sends(b"".join(SILENT[kind](wire, m) for m in range(n, n + 100))):
                break
        assert wire.farewell() in (ENHANCE_YOUR_CALM, None)
        wait_until(lambda: not wire.sends(wire.frame(PING, 0, 0, b"12345678")), "the end")


@pytest.fixture(scope="module")
def floods(server):
    """All of them at once, as each takes a few seconds to be seen to its end."""
    with ThreadPoolExecutor(len(SILENT)) as pool:
        yield {kind: pool.submit(flood, server, kind) for kind in SILENT}


@pytest.mark.parametrize("kind", SILENT)
def test_frames_that_ask_for_nothing_are_limited(floods, kind):
    floods[kind].result()


def test_a_body_that_goes_on_after_its_answer_is_limited(server):
    with Frames(server) as wire:
        more = [("content-type", "application/json")]
        wire.sends(wire.frame(HEADERS, END_HEADERS, 1, wire.request("/api/auth/signin", "POST", more)))
        # The body may have 16 KiB, after which the stream is answered and reset.
        for _ in range(400):
            wire.sends(wire.frame(DATA, 0, 1, b"x") * 100)
        assert wire.outcome(1) == ("answer", 413)
        assert wire.farewell() == ENHANCE_YOUR_CALM


def test_opening_both_windows_for_each_frame_is_not_a_flood(server):
    with Frames(server) as wire:
        paths = ["/app.css"] * 400
        for n, path in enumerate(paths):
            stream = 2 * n + 1
            wire.sends(get(wire, stream, path))
            while True:
                kind, flags, number, payload = wire.next()
                assert kind not in (GOAWAY, RST_STREAM)
                if kind == DATA:
                    wire.sends(b"".join(
                        wire.frame(WINDOW_UPDATE, 0, target, struct.pack(">I", max(len(payload), 1)))
                        for target in (0, stream)))
                if kind in (HEADERS, DATA) and flags & END_STREAM:
                    break


def test_a_head_that_never_ends_has_the_time_of_a_head(server):
    begun = []
    for data in [
        lambda wire: wire.frame(HEADERS, 0, 1, wire.request("/health")),
        lambda wire: wire.frame(HEADERS, END_HEADERS, 1, wire.request("/health"))[:-3],
        lambda wire: wire.frame(HEADERS, END_HEADERS, 1)[:5],
    ]:
        wire = Frames(server)
        wire.sends(data(wire))
        begun.append(wire)
    for data in [b"", PREFACE[:11], PREFACE, PREFACE + Frames.frame(SETTINGS, 0, 0)[:4]]:
        wire = Frames.__new__(Frames)
        wire.socket, wire.read = tls(server, "h2"), b""
        wire.sends(data)
        begun.append(wire)
    silent = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    halfway = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    halfway.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    with Frames(server) as idle:
        assert idle.pings()
        for wire in begun:
            wire.socket.settimeout(20)
            assert wire.farewell() is not None
            wire.socket.close()
        for plain in [silent, halfway]:
            assert plain.recv(1000) == b""
            plain.close()
        # One that has said all it must may wait.
        assert idle.pings()


# The table of fields


def test_the_table_of_response_headers_is_bounded_and_holds_repeated_ones(server):
    with Frames(server, struct.pack(">HI", 1, 2**32 - 1)) as wire:
        # A table of more than 4096 bytes would be announced, and is not taken.
        wire.decoder.max_allowed_table_size = 4096
        sizes = []
        for n in range(300):
            stream = 2 * n + 1
            wire.sends(get(wire, stream, f"/nothing/{n}" if n % 3 else "/login"))
            while True:
                kind, flags, _, payload = wire.next()
                if kind == HEADERS:
                    sizes.append(len(payload))
                    fields = wire.decoder.decode(payload)
                    secret = [field for field in fields if field[0] == "set-cookie"]
                    assert all(isinstance(field, hpack.NeverIndexedHeaderTuple) for field in secret)
                if kind == DATA:
                    wire.sends(wire.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", max(1, len(payload)))))
                if kind in (HEADERS, DATA) and flags & END_STREAM:
                    break
        names = [name for name, _ in wire.decoder.header_table.dynamic_entries]
        changing = {b"date", b"x-request-id", b"set-cookie", b"content-length", b"etag", b"location", b"link"}
        assert names and not changing & set(names)
        assert len(names) < 40
        # What is the same each time is sent as a number.
        assert max(sizes[3:]) < sizes[0] / 2


def test_settings_cut_anywhere_are_limited_as_well(server):
    for cut in range(1, 15):
        wire = Frames.__new__(Frames)
        wire.socket, wire.read, wire.ended = tls(server, "h2"), b"", set()
        wire.encoder, wire.decoder = hpack.Encoder(), hpack.Decoder()
        wire.decoder.max_allowed_table_size = 4096
        settings = Frames.frame(SETTINGS, 0, 0, struct.pack(">HIHI", 4, 65535, 1, 0x00011000))
        wire.sends(PREFACE + settings[:cut])
        time.sleep(0.02)
        wire.sends(settings[cut:] + get(wire, 1))
        assert wire.outcome(1) == ("answer", 200)
        wire.socket.close()


# Answers that are not read


def test_unread_responses_have_a_budget(start_server, pair, capsys):
    server = start_server(**settings_for(pair))
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    for n in range(100):
        alice.adds(f"long {n}", description="\U0001F98A" * 10_000)
    bob.adds("short")
    before = server.memory()
    bearer = [("authorization", f"Bearer {alice.token}")]
    wires = [Frames(server, struct.pack(">HI", 4, 0), source="127.0.0.2") for _ in range(4)]
    highest, seen = before, []
    for n in range(50):
        for wire in wires:
            wire.sends(get(wire, 2 * n + 1, "/api/tasks?limit=100", bearer))
        assert bob.titles() == ["short"]
        highest = max(highest, server.memory())
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        assert bob.titles() == ["short"]
        highest = max(highest, server.memory())
        time.sleep(0.05)
    with capsys.disabled():
        print(f"\n  200 lists of a MiB asked for and not read: {before} MiB before, {highest} MiB at most")
    assert highest < 150
    # A reader who comes late gets what was begun.
    wires[0].sends(wires[0].frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 2**30))
                   + wires[0].frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 2**30)))
    assert wires[0].outcome(1) == ("answer", 200)
    for wire in wires:
        wire.socket.close()
    server.stop()


def test_an_answer_that_is_not_read_is_cut_off_and_others_go_on(start_server, pair):
    server = start_server(**settings_for(pair))
    with Frames(server, struct.pack(">HI", 4, 100)) as wire:
        wire.socket.settimeout(60)
        wire.sends(get(wire, 1, "/app.css"))
        wire.sends(get(wire, 3, "/health"))
        assert wire.outcome(3) == ("answer", 200)
        # The window of 100 bytes is never opened again.
        assert wire.outcome(1) == ("reset", CANCEL)
        wire.sends(get(wire, 5, "/health"))
        assert wire.outcome(5) == ("answer", 200)
    server.stop()


# The end


def test_a_reset_cancels_the_hash_that_waits(start_server, pair):
    server = start_server(**settings_for(pair, BCRYPT_COST=13))
    body = json.dumps({"email": "nobody@example.com", "password": PASSWORD}).encode()
    with Frames(server) as wire:
        for n in range(50):
            head = wire.request("/api/auth/signin", "POST", [("content-type", "application/json")])
            wire.sends(wire.frame(HEADERS, END_HEADERS, 2 * n + 1, head) + wire.frame(DATA, END_STREAM, 2 * n + 1, body))
        time.sleep(0.3)
        for n in range(50):
            wire.sends(wire.frame(RST_STREAM, 0, 2 * n + 1, struct.pack(">I", 8)))
        wait_until(lambda: server.log.count("client=gone") > 25, "the end of those who left")
    server.stop()


def test_a_stop_lets_streams_finish_and_says_goodbye(start_server, pair):
    server = start_server(**settings_for(pair, BCRYPT_COST=12))
    body = json.dumps({"email": "nobody@example.com", "password": PASSWORD}).encode()
    with Frames(server) as busy, Frames(server) as idle:
        head = busy.request("/api/auth/signin", "POST", [("content-type", "application/json")])
        busy.sends(busy.frame(HEADERS, END_HEADERS, 1, head) + busy.frame(DATA, END_STREAM, 1, body))
        idle.sends(idle.frame(PING, 0, 0, b"12345678"))
        time.sleep(0.1)
        server.process.send_signal(signal.SIGTERM)
        assert busy.answers(1) == {1: 401}
        assert idle.farewell() == 0
        assert busy.farewell() in (0, None)
    assert server.process.wait(10) == 0


# The hashes have threads of low priority, and must be ready within the seconds of the end.
@pytest.mark.alone
def test_open_streams_are_answered_at_shutdown_though_a_new_one_is_refused(start_server, pair):
    server = start_server(**settings_for(pair, BCRYPT_COST=12))
    alice = server.newcomer("alice")
    body = json.dumps({"email": alice.email, "password": PASSWORD}).encode()
    with Frames(server) as wire:
        def sign_in(stream):
            head = wire.request("/api/auth/signin", "POST", [("content-type", "application/json")])
            wire.sends(wire.frame(HEADERS, END_HEADERS, stream, head) + wire.frame(DATA, END_STREAM, stream, body))

        for n in range(12):
            sign_in(2 * n + 1)
        assert wire.pings()
        server.process.send_signal(signal.SIGTERM)
        kind, code = wire.outcome(0)
        assert (kind, code) == ("goaway", NO_ERROR)
        # One that comes after that is answered or refused, and disturbs no other.
        sign_in(25)
        statuses = {}
        while frame := wire.next():
            kind, flags, stream, payload = frame
            if kind == HEADERS:
                statuses[stream] = int(dict(wire.decoder.decode(payload))[":status"])
        assert {stream: status for stream, status in statuses.items() if stream < 25} == {
            2 * n + 1: 200 for n in range(12)}
        assert statuses.get(25) in (None, 200)
    assert server.process.wait(10) == 0


def test_a_connection_is_renewed_after_ten_thousand_requests(server):
    with Frames(server) as wire:
        count, statuses = 0, {}
        while count < 11_000 and wire.last_stream is None:
            streams = [2 * n + 1 for n in range(count, count + 90)]
            wire.sends(b"".join(get(wire, stream) for stream in streams))
            count += 90
            wire.sends(wire.frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 90 * 100)))
            pending = set(streams)
            while pending and (frame := wire.next()):
                kind, flags, stream, payload = frame
                if kind == HEADERS:
                    statuses[stream] = int(dict(wire.decoder.decode(payload))[":status"])
                if kind == GOAWAY:
                    wire.last_stream = int.from_bytes(payload[:4], "big")
                    assert int.from_bytes(payload[4:8], "big") == NO_ERROR
                if kind == RST_STREAM or (kind in (HEADERS, DATA) and flags & END_STREAM):
                    pending.discard(stream)
        assert wire.last_stream is not None and 10_000 <= count < 10_200
        # Those that were sent before the word came are answered, too.
        assert set(statuses.values()) == {200} and len(statuses) >= 10_000
        while frame := wire.next():
            if frame[0] == GOAWAY:
                wire.last_stream = int.from_bytes(frame[3][:4], "big")
        assert wire.last_stream == max(statuses)
