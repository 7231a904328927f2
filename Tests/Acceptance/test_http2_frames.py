"""HTTP/2's frames and states (RFC 9113) and its compression (RFC 7541), case by case: what a connection must survive,
what ends one stream, and what ends the connection, which is told why first.

The program must be built with the trait TLS, as `make test` does."""

import struct

import hpack
import pytest

from frames import (
    ACK, CANCEL, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR,
    GOAWAY, HEADERS, PING, PREFACE, PRIORITY, PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS, STREAM_CLOSED,
    WINDOW_UPDATE, Frames, make_pair, settings_for, tls)

PADDED, PRIORITIZED = 0x8, 0x20
frame = Frames.frame


@pytest.fixture(scope="module")
def server(start_server, tmp_path_factory):
    server = start_server(**settings_for(make_pair(tmp_path_factory.mktemp("pair"))))
    yield server
    server.stop()


def number(value: int) -> bytes:
    return struct.pack(">I", value)


def setting(name: int, value: int) -> bytes:
    return struct.pack(">HI", name, value)


def get(wire, stream: int, path="/health") -> bytes:
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, wire.request(path))


def post(wire, stream: int, more=()) -> bytes:
    """A head that a body is to follow."""
    return frame(HEADERS, END_HEADERS, stream, wire.request("/login", "POST", more))


def fields(wire, *pairs) -> bytes:
    """A whole request of these fields alone."""
    return frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.encoder.encode(pairs))


def without(wire, *left_out, more=()) -> bytes:
    usual = [(":method", "GET"), (":scheme", "https"), (":path", "/health"), (":authority", "localhost")]
    return fields(wire, *[pair for pair in usual if pair[0] not in left_out], *more)


def answered(wire, stream: int, data: bytes) -> None:
    wire.sends(data)
    assert wire.outcome(stream) == ("answer", 200)


# What a connection must survive


@pytest.mark.parametrize("data", [
    # RFC 9113, section 5.5: what is not known is discarded.
    lambda wire: frame(0x16, 0, 0, b"12345678"),
    lambda wire: frame(0x99, 0xFF, 7, b""),
    # Section 4.1: undefined flags and the reserved bit mean nothing.
    lambda wire: frame(PING, 0xFE, 0, b"12345678"),
    lambda wire: b"\0\0\x08\x06\0\x80\0\0\0" + b"12345678",
    # Section 6.5.2: an unknown setting; all that are known at the ends of their ranges.
    lambda wire: frame(SETTINGS, 0, 0, setting(0xFF, 1)),
    lambda wire: frame(SETTINGS, 0, 0, setting(1, 0) + setting(2, 0) + setting(3, 0) + setting(4, 2**31 - 1)),
    lambda wire: frame(SETTINGS, 0, 0, setting(5, 2**24 - 1) + setting(6, 0) + setting(1, 2**32 - 1)),
    lambda wire: frame(SETTINGS, 0, 0),
    # Section 6.7: an answer to a PING is not answered.
    lambda wire: frame(PING, ACK, 0, b"12345678"),
    # Section 5.1: PRIORITY is allowed in any state, also of streams that were never opened.
    lambda wire: frame(PRIORITY, 0, 101, number(0) + b"\x0F"),
    # Section 7: unknown error codes trigger nothing.
    lambda wire: post(wire, 1) + frame(RST_STREAM, 0, 1, number(0xFF)),
    lambda wire: frame(WINDOW_UPDATE, 0, 0, number(1)),
])
def test_unknown_and_meaningless_frames_are_ignored(server, data):
    with Frames(server) as wire:
        wire.sends(data(wire))
        assert wire.pings()
        answered(wire, 3, get(wire, 3))


def test_settings_are_acknowledged_and_a_ping_comes_back_as_it_was(server):
    with Frames(server) as wire:
        wire.sends(frame(SETTINGS, 0, 0, setting(4, 100)) + frame(PING, 0, 0, b"\0\1\2\3\4\5\6\7"))
        seen = [wire.next() for _ in range(4)]
        assert [kind for kind, *_ in seen] == [SETTINGS, SETTINGS, SETTINGS, PING]
        assert [flags for _, flags, *_ in seen] == [0, ACK, ACK, ACK]
        assert seen[3][3] == b"\0\1\2\3\4\5\6\7"
        # What is said of ourselves: the streams that may be open, and how large a head may be.
        said = seen[0][3]
        settings = dict(struct.unpack(">HI", said[n:n + 6]) for n in range(0, len(said), 6))
        assert settings[3] == 100 and 16 * 1024 <= settings[6] <= 32 * 1024


@pytest.mark.parametrize("data", [
    lambda wire: get(wire, 1),
    lambda wire: get(wire, 2**31 - 1),
    # Padding, priority, both.
    lambda wire: frame(HEADERS, END_STREAM | END_HEADERS | PADDED, 1, b"\x05" + wire.request("/health") + b"\0" * 5),
    lambda wire: frame(HEADERS, END_STREAM | END_HEADERS | PRIORITIZED, 1, number(0) + b"\xFF" + wire.request("/health")),
    lambda wire: frame(HEADERS, END_STREAM | END_HEADERS | PRIORITIZED | PADDED, 1,
                       b"\x01" + number(0x80000000) + b"\x01" + wire.request("/health") + b"\0"),
    # A head in several frames.
    lambda wire: split(wire.request("/health"), 3),
    lambda wire: frame(HEADERS, END_STREAM, 1) + frame(CONTINUATION, END_HEADERS, 1, wire.request("/health")),
    lambda wire: frame(HEADERS, END_STREAM, 1, wire.request("/health")) + frame(CONTINUATION, END_HEADERS, 1),
])
def test_a_request_in_each_of_its_forms(server, data):
    with Frames(server) as wire:
        sent = data(wire)
        stream = int.from_bytes(sent[5:9], "big")
        answered(wire, stream, sent)


def split(block: bytes, count: int) -> bytes:
    size = len(block) // count + 1
    parts = [block[n:n + size] for n in range(0, len(block), size)]
    frames = [frame(HEADERS, END_STREAM, 1, parts[0])] + [frame(CONTINUATION, 0, 1, part) for part in parts[1:-1]]
    return b"".join(frames) + frame(CONTINUATION, END_HEADERS, 1, parts[-1])


@pytest.mark.parametrize("rest", [
    lambda wire: frame(DATA, END_STREAM, 1, b"a=b"),
    lambda wire: frame(DATA, END_STREAM | PADDED, 1, b"\x03a=b\0\0\0"),
    lambda wire: frame(DATA, 0, 1, b"a=" + b"b" * 16_382) + frame(DATA, END_STREAM, 1),
    lambda wire: frame(DATA, 0, 1, b"a=b") + frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.encoder.encode([("t", "x")])),
])
def test_a_body_in_each_of_its_forms(server, rest):
    with Frames(server) as wire:
        wire.sends(post(wire, 1) + rest(wire))
        kind, status = wire.outcome(1)
        assert kind == "answer" and status in (200, 403, 413, 415, 422)
        answered(wire, 3, get(wire, 3))


def test_head_has_a_length_and_no_body(server):
    with Frames(server) as wire:
        wire.sends(frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health", "HEAD")))
        while (found := wire.next())[0] != HEADERS:
            pass
        _, flags, _, block = found
        assert flags & END_STREAM and int(dict(wire.decoder.decode(block))["content-length"]) > 0


def test_no_more_is_sent_than_the_window_lets_through(server):
    with Frames(server, setting(4, 1)) as wire:
        wire.sends(get(wire, 1))
        while (found := wire.next())[0] != DATA:
            pass
        assert (len(found[3]), found[1] & END_STREAM) == (1, 0)
        # A larger window for new streams is one for those that are open; it may have been below zero.
        wire.sends(frame(SETTINGS, 0, 0, setting(4, 0)) + frame(WINDOW_UPDATE, 0, 1, number(1)))
        assert wire.pings()
        wire.sends(frame(SETTINGS, 0, 0, setting(4, 3)))
        while (found := wire.next())[0] != DATA:
            pass
        assert len(found[3]) == 3
        wire.sends(frame(WINDOW_UPDATE, 0, 1, number(1000)))
        assert wire.outcome(1)[0] == "answer"


def test_the_last_of_two_values_of_a_setting_counts(server):
    with Frames(server, setting(4, 100) + setting(4, 1)) as wire:
        wire.sends(get(wire, 1))
        while (found := wire.next())[0] != DATA:
            pass
        assert len(found[3]) == 1


# What ends one stream


@pytest.mark.parametrize("data, codes", [
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health", more=[("X-Upper", "a")])), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[(":unknown", "x")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[(":status", "200")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, ":path", more=[("x", "y"), (":path", "/health")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, ":method"), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, ":scheme"), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, ":path"), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, ":path", more=[(":path", "")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[(":method", "GET")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[(":scheme", "https")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[(":path", "/")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[("connection", "keep-alive")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[("keep-alive", "timeout=1")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[("proxy-connection", "x")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[("upgrade", "h2c")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[("te", "trailers, deflate")]), {PROTOCOL_ERROR}),
    (lambda wire: without(wire, more=[("content-length", "1")]), {PROTOCOL_ERROR}),
    # A body that is longer or shorter than its length, in one frame or several.
    (lambda wire: post(wire, 1, [("content-length", "1")]) + frame(DATA, END_STREAM, 1, b"test"), {PROTOCOL_ERROR}),
    (lambda wire: post(wire, 1, [("content-length", "9")]) + frame(DATA, 0, 1, b"test") + frame(DATA, END_STREAM, 1, b"x"),
     {PROTOCOL_ERROR}),
    # Trailers that do not end the stream, or with a pseudo-header field.
    (lambda wire: post(wire, 1) + frame(HEADERS, END_HEADERS, 1, wire.encoder.encode([("t", "x")])), {PROTOCOL_ERROR}),
    (lambda wire: post(wire, 1) + frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.encoder.encode([(":method", "x")])),
     {PROTOCOL_ERROR}),
    # Section 6.9: no increment, and a window beyond its bound.
    (lambda wire: post(wire, 1) + frame(WINDOW_UPDATE, 0, 1, number(0)), {PROTOCOL_ERROR}),
    (lambda wire: post(wire, 1) + frame(WINDOW_UPDATE, 0, 1, number(2**31 - 1)), {FLOW_CONTROL_ERROR}),
])
def test_an_error_of_a_stream_ends_that_stream_alone(server, data, codes):
    with Frames(server) as wire:
        wire.sends(data(wire))
        kind, code = wire.outcome(1)
        assert (kind == "reset" and code in codes) or (kind, code) == ("answer", 400)
        assert wire.pings()
        answered(wire, 3, get(wire, 3))


def test_frames_for_a_stream_that_we_reset_are_ignored(server):
    with Frames(server) as wire:
        wire.sends(post(wire, 1, [("te", "x")]))
        assert wire.outcome(1) == ("reset", PROTOCOL_ERROR)
        wire.sends(frame(DATA, 0, 1, b"x") + frame(WINDOW_UPDATE, 0, 1, number(1)) + frame(RST_STREAM, 0, 1, number(CANCEL)))
        assert wire.pings()
        answered(wire, 3, get(wire, 3))


# What ends the connection

ANY_STATE = {STREAM_CLOSED, PROTOCOL_ERROR}


@pytest.mark.parametrize("data, codes", [
    # Section 4.2 and 4.3: sizes, and heads that are interrupted.
    (lambda wire: post(wire, 1) + frame(DATA, 0, 1, b"x" * 16_385), {FRAME_SIZE_ERROR}),
    (lambda wire: frame(HEADERS, END_HEADERS, 1, b"\0" * 16_385), {FRAME_SIZE_ERROR}),
    (lambda wire: frame(HEADERS, 0, 1, wire.request("/health")) + frame(PRIORITY, 0, 1, number(0) + b"\x01"), {PROTOCOL_ERROR}),
    (lambda wire: frame(HEADERS, 0, 1, wire.request("/health")) + get(wire, 3), {PROTOCOL_ERROR}),
    (lambda wire: frame(HEADERS, 0, 1, wire.request("/health")) + frame(0x99, 0, 0, b"x"), {PROTOCOL_ERROR}),
    (lambda wire: frame(HEADERS, 0, 1, wire.request("/health")) + frame(CONTINUATION, END_HEADERS, 3), {PROTOCOL_ERROR}),
    (lambda wire: frame(HEADERS, 0, 1, wire.request("/health")) + frame(DATA, 0, 1, b"x"), {PROTOCOL_ERROR}),
    # Section 5.1: streams that are idle.
    (lambda wire: frame(DATA, 0, 1, b"x"), {PROTOCOL_ERROR}),
    (lambda wire: frame(RST_STREAM, 0, 1, number(CANCEL)), {PROTOCOL_ERROR}),
    (lambda wire: frame(WINDOW_UPDATE, 0, 1, number(1)), {PROTOCOL_ERROR}),
    (lambda wire: frame(CONTINUATION, END_HEADERS, 1), {PROTOCOL_ERROR}),
    # Section 5.1.1: numbers of streams.
    (lambda wire: get(wire, 2), {PROTOCOL_ERROR}),
    (lambda wire: get(wire, 5) + get(wire, 3), ANY_STATE),
    (lambda wire: frame(DATA, 0, 0, b"x"), {PROTOCOL_ERROR}),
    (lambda wire: get(wire, 0), {PROTOCOL_ERROR}),
    (lambda wire: frame(PRIORITY, 0, 0, number(1) + b"\x01"), {PROTOCOL_ERROR}),
    (lambda wire: frame(RST_STREAM, 0, 0, number(CANCEL)), {PROTOCOL_ERROR}),
    (lambda wire: frame(SETTINGS, 0, 1), {PROTOCOL_ERROR}),
    (lambda wire: frame(PING, 0, 1, b"12345678"), {PROTOCOL_ERROR}),
    (lambda wire: frame(GOAWAY, 0, 1, number(0) + number(0)), {PROTOCOL_ERROR}),
    (lambda wire: frame(CONTINUATION, END_HEADERS, 0), {PROTOCOL_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health")) + frame(CONTINUATION, END_HEADERS, 1),
     ANY_STATE),
    # Sections 6.1 and 6.2: padding as long as what it pads.
    (lambda wire: post(wire, 1) + frame(DATA, PADDED | END_STREAM, 1, b"\x05test"), {PROTOCOL_ERROR}),
    (lambda wire: frame(HEADERS, PADDED | END_HEADERS | END_STREAM, 1, b"\xFF" + wire.request("/health")), {PROTOCOL_ERROR}),
    # Lengths of frames that have but one.
    (lambda wire: post(wire, 1) + frame(RST_STREAM, 0, 1, b"\0\0\0"), {FRAME_SIZE_ERROR}),
    (lambda wire: frame(SETTINGS, ACK, 0, setting(1, 1)), {FRAME_SIZE_ERROR}),
    (lambda wire: frame(SETTINGS, 0, 0, b"\0\1\0"), {FRAME_SIZE_ERROR}),
    (lambda wire: frame(PING, 0, 0, b"123456"), {FRAME_SIZE_ERROR}),
    (lambda wire: frame(WINDOW_UPDATE, 0, 0, b"\0\0\1"), {FRAME_SIZE_ERROR}),
    # Section 6.5.2: values of settings.
    (lambda wire: frame(SETTINGS, 0, 0, setting(2, 2)), {PROTOCOL_ERROR}),
    (lambda wire: frame(SETTINGS, 0, 0, setting(4, 2**31)), {FLOW_CONTROL_ERROR}),
    (lambda wire: frame(SETTINGS, 0, 0, setting(5, 16_383)), {PROTOCOL_ERROR}),
    (lambda wire: frame(SETTINGS, 0, 0, setting(5, 2**24)), {PROTOCOL_ERROR}),
    # Section 6.9: the connection's window.
    (lambda wire: frame(WINDOW_UPDATE, 0, 0, number(0)), {PROTOCOL_ERROR}),
    (lambda wire: frame(WINDOW_UPDATE, 0, 0, number(2**31 - 1)), {FLOW_CONTROL_ERROR}),
    # Section 8.4: a client pushes nothing.
    (lambda wire: frame(PUSH_PROMISE, END_HEADERS, 1, number(3) + wire.request("/health")), {PROTOCOL_ERROR}),
    # RFC 7541, sections 2.3.3 and 6.1: no such entry. Section 4.2: a size at the end of a head, or beyond the bound.
    # Section 5.2: padding of Huffman codes that is too long, that is not ones, and the code that ends nothing.
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health") + b"\xFF\x80\x01"), {COMPRESSION_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x80" + wire.request("/health")), {COMPRESSION_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health") + b"\x20"), {COMPRESSION_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, b"\x3F\xE2\x1F" + wire.request("/health")), {COMPRESSION_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health") + b"\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"), {COMPRESSION_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health") + b"\0\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90"), {COMPRESSION_ERROR}),
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health") + b"\0\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f"), {COMPRESSION_ERROR}),
    # A literal that ends before its length says so.
    (lambda wire: frame(HEADERS, END_STREAM | END_HEADERS, 1, wire.request("/health") + b"\x40\x7F"), {COMPRESSION_ERROR}),
])
def test_an_error_of_the_connection_ends_it_and_is_named_first(server, data, codes):
    with Frames(server) as wire:
        wire.sends(data(wire))
        # Streams that were complete may have been answered before.
        code = wire.farewell()
        assert code in codes, code


@pytest.mark.parametrize("data", [
    lambda wire: get(wire, 1) + frame(DATA, END_STREAM, 1, b"x"),
    lambda wire: get(wire, 1) + get(wire, 1),
])
def test_frames_after_the_end_of_a_request_are_an_error(server, data):
    with Frames(server) as wire:
        wire.sends(data(wire))
        seen = []
        while (found := wire.next()) and len(seen) < 20:
            seen.append(found)
            if found[0] in (GOAWAY, RST_STREAM):
                break
        kind, _, _, payload = seen[-1]
        assert kind in (GOAWAY, RST_STREAM)
        assert int.from_bytes(payload[-8:][-4:], "big") in ANY_STATE


@pytest.mark.parametrize("preface", [b"INVALID CONNECTION PREFACE\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r",
                                     b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", PREFACE + frame(PING, 0, 0, b"12345678")])
def test_a_connection_begins_with_the_preface(server, preface):
    wire = Frames.__new__(Frames)
    wire.socket, wire.read, wire.ended, wire.decoder = tls(server, "h2"), b"", set(), hpack.Decoder()
    wire.sends(preface)
    assert wire.farewell() == PROTOCOL_ERROR
    wire.socket.close()


def test_goaway_names_the_last_stream_that_was_begun(server):
    with Frames(server) as wire:
        answered(wire, 7, get(wire, 7))
        wire.sends(frame(PING, 0, 1, b"12345678"))
        assert wire.outcome(0)[0] == "goaway"
        assert wire.last_stream == 7
