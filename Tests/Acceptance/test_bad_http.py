"""Malformed HTTP requests, and edge cases of HTTP, over bare sockets."""

import json

import pytest

from support import PASSWORD, Client
from wire import Wire, asks, sentence

HOST = "Host: localhost\r\n"


@pytest.fixture(autouse=True)
def the_server_lives_on(server):
    yield
    assert server.is_running(), server.log[-3000:]
    with Client(server.url) as client:
        assert client.get("/health").status_code == 200


def get(path: str, extra: str = "", method: str = "GET") -> str:
    return f"{method} {path} HTTP/1.1\r\n{HOST}{extra}\r\n"


def assert_refused_and_closed(server, data, *statuses):
    """One answer with one of the statuses and a sentence, then the end of the connection."""
    with Wire(server) as wire:
        answer = wire.sends(data).answer()
        assert answer.status in statuses
        assert sentence(answer)
        assert answer.header("connection") == "close"
        assert answer.header("x-content-type-options") == "nosniff" and answer.header("cache-control") == "no-store"
        assert wire.says_nothing_more()


# The request line


def test_a_long_address_is_414(server):
    assert asks(server, get("/" + "x" * 7000)).status == 404
    assert_refused_and_closed(server, get("/" + "x" * 8200), 414)
    assert_refused_and_closed(server, get("/api/tasks?" + "x" * 100_000), 414)


def test_a_first_line_that_never_ends_is_cut_off(server):
    assert_refused_and_closed(server, "GET /" + "x" * 1_000_000, 414)


@pytest.mark.parametrize("method", ["BREW", "get", "Get", "GETT", "G", "X" * 100])
def test_an_unknown_method_is_501(server, method):
    assert_refused_and_closed(server, get("/", method=method), 501)


@pytest.mark.parametrize("method", ["PROPFIND", "PURGE", "LINK", "QUERY"])
def test_a_method_that_nothing_here_has_is_405_or_501(server, method):
    assert asks(server, get("/health", method=method)).status in (405, 501)


def test_trace_echoes_nothing(server):
    answer = asks(server, get("/", "Cookie: secret=1\r\n", method="TRACE"))
    assert answer.status in (405, 501)
    assert b"secret" not in answer.body


@pytest.mark.parametrize("target", ["localhost:443", "/", "127.0.0.1:22"])
def test_connect_opens_no_tunnel(server, target):
    assert asks(server, get(target, method="CONNECT")).status in (400, 405, 501)


@pytest.mark.parametrize("version", ["HTTP/3.0", "HTTP/9.9", "HTTP/2.0", "HTTP/0.9", "http/1.1", "HTTP/1.10"])
def test_an_unknown_http_version_is_refused(server, version):
    assert_refused_and_closed(server, f"GET / {version}\r\n{HOST}\r\n", 400, 505)


def test_the_http_2_preface_is_refused(server):
    assert asks(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0").status in (400, 405, 501, 505)


def test_a_tls_greeting_is_refused(server):
    assert asks(server, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x42" * 500 + b"\r\n\r\n").status in (400, 501)


@pytest.mark.parametrize("line", [
    "GET /", "GET / HTTP/1.1 more", " GET / HTTP/1.1", "GET /a b HTTP/1.1", "GET / http/1.1",
    "GET / HTTP/11", "GET / HTTP/1.", "GET\t/\tHTTP/1.1", "GET /\0 HTTP/1.1", "GET /\x7f HTTP/1.1", "/ GET HTTP/1.1",
    "HTTP/1.1 200 OK", "GET", ":", "\x01\x02\x03", "GET nowhere HTTP/1.1", "GET * HTTP/1.1",
])
def test_a_malformed_request_line_is_refused(server, line):
    with Wire(server) as wire:
        answer = wire.sends(f"{line}\r\n{HOST}\r\n".encode("latin-1")).answer()
        assert answer.status in (400, 501, 505)
        assert answer.body


def test_a_later_minor_version_is_served_as_1_1(server):
    with Wire(server) as wire:
        for _ in range(2):
            assert wire.sends(f"GET /health HTTP/1.2\r\n{HOST}\r\n").answer().status == 200


def test_http_1_0_is_answered_and_closed(server):
    with Wire(server) as wire:
        answer = wire.sends("GET /health HTTP/1.0\r\n\r\n").answer()
        assert (answer.status, answer.header("connection")) == (200, "close")
        assert wire.says_nothing_more()


def test_http_1_0_with_keep_alive_is_answered_with_keep_alive(server):
    with Wire(server) as wire:
        for _ in range(3):
            answer = wire.sends("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
            assert (answer.status, answer.header("connection")) == (200, "keep-alive")


# Host


def test_host_must_be_there_exactly_once(server):
    assert_refused_and_closed(server, "GET /health HTTP/1.1\r\n\r\n", 400)
    assert_refused_and_closed(server, f"GET /health HTTP/1.1\r\n{HOST}{HOST}\r\n", 400)
    assert_refused_and_closed(server, f"GET /health HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n", 400)


@pytest.mark.parametrize("host", ["", "user@localhost", "local host", "localhost:8x", "[::1", "a/b", "b\u00fccher.example"])
def test_an_invalid_host_is_400(server, host):
    assert_refused_and_closed(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1"), 400)


@pytest.mark.parametrize("host", ["localhost:", "LOCALHOST:80", "[2001:db8::1]:443", "127.0.0.1", "a_b.example", " localhost \t"])
def test_a_host_in_each_of_its_forms_is_accepted(server, host):
    assert asks(server, f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n").status == 200


def test_host_is_not_reflected(server):
    for path in ["/dashboard", "/login", "/nothing", "/api/tasks"]:
        answer = asks(server, f"GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n")
        assert b"evil" not in answer.body and "evil" not in str(answer.headers)


# Headers


def test_large_headers_are_431(server):
    assert asks(server, get("/health", f"X-Big: {'x' * 12_000}\r\n")).status == 200
    assert_refused_and_closed(server, get("/health", f"X-Big: {'x' * 17_000}\r\n"), 431)
    assert_refused_and_closed(server, get("/health", f"X-Bi{'g' * 17_000}: x\r\n"), 431)
    assert_refused_and_closed(server, get("/health", "".join(f"X-{n}: {'x' * 180}\r\n" for n in range(100))), 431)


def test_many_small_headers_are_431(server):
    assert_refused_and_closed(server, get("/health", "".join(f"X-{n}: x\r\n" for n in range(1000))), 431)


def test_a_hundred_thousand_tiny_headers_are_cut_off(server):
    assert_refused_and_closed(server, get("/health", "a:\r\n" * 100_000), 431)


@pytest.mark.parametrize("field", [
    "no colon", ": no name", "name : space before", "na me: x", "name\t: x", "n\u00e4me: x", "name: a\0b", "name: a\x01b",
    "name: a\rb", " leading: space", "(name): x", "name\x7f: x",
])
def test_a_malformed_header_is_400(server, field):
    assert_refused_and_closed(server, get("/health", f"A: b\r\n{field}\r\n").encode("latin-1"), 400)


def test_a_folded_header_is_400(server):
    assert_refused_and_closed(server, get("/health", "A: b\r\n  and more\r\n"), 400)


def test_a_line_may_not_end_in_a_bare_line_feed(server):
    assert_refused_and_closed(server, f"GET /health HTTP/1.1\n{HOST}\r\n", 400, 505)
    assert_refused_and_closed(server, "GET /health HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n", 400)
    assert_refused_and_closed(server, "GET /health HTTP/1.1\nHost: localhost\n\n", 400, 505)


def test_a_line_may_not_end_in_a_bare_carriage_return(server):
    assert_refused_and_closed(server, "GET /health HTTP/1.1\r\nHost: localhost\rA: b\r\n\r\n", 400)


# Bodies


def signin(extra: str, body: str = "") -> str:
    return f"POST /api/auth/signin HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n{extra}\r\n{body}"


SMUGGLED = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_a_length_and_chunks_together_are_refused(server):
    for fields in ["Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"]:
        assert_refused_and_closed(server, signin(fields, "0\r\n\r\n" + SMUGGLED), 400)


@pytest.mark.parametrize("encoding", [
    "identity", "gzip", "xchunked", "chunked, identity", "gzip, chunked", "chunked, chunked", "chunked;x=1", "\x0bchunked", "",
    '"chunked"', "chunked\r\nTransfer-Encoding: identity", "identity\r\nTransfer-Encoding: chunked",
])
def test_any_transfer_encoding_but_chunked_is_refused(server, encoding):
    assert_refused_and_closed(server, signin(f"Transfer-Encoding: {encoding}\r\n", "0\r\n\r\n" + SMUGGLED), 400, 501)


@pytest.mark.parametrize("length", [
    "+5", "-5", "-0", "0x5", "5x", "5.0", "5e0", "5,5", "5, 5", "5, 6", "5 5", "five", "", "18446744073709551621",
    "99999999999999999999999", "\u0665", "5\r\nContent-Length: 6", "5\r\nContent-Length: 5",
])
def test_a_content_length_is_digits_and_stands_once(server, length):
    assert_refused_and_closed(
        server, signin(f"Content-Length: {length}\r\n", "x" * 5 + SMUGGLED).encode("utf-8"), 400, 413)


@pytest.mark.parametrize("length", [1024 * 1024 + 1, 9_999_999_999, 2**63 - 1])
def test_a_body_announced_as_too_large_is_refused_unread(server, length):
    assert_refused_and_closed(server, signin(f"Content-Length: {length}\r\n"), 413)


def test_chunks_that_never_end_are_stopped(server):
    with Wire(server) as wire:
        wire.sends(signin("Transfer-Encoding: chunked\r\n"))
        wire.sends(("10000\r\n" + "x" * 0x10000 + "\r\n") * 40)
        assert wire.answer().status == 413
        assert wire.says_nothing_more()


@pytest.mark.parametrize("chunk", [
    "0x5\r\nhello\r\n", "+5\r\nhello\r\n", "-5\r\nhello\r\n", "5_\r\nhello\r\n", "5 5\r\nhello\r\n", " 5\r\nhello\r\n",
    "g\r\nhello\r\n", "\r\nhello\r\n", "10000000000000005\r\nhello\r\n",
    "ffffffffffffffffffffffff\r\nhello\r\n", "5\r\nhello", "5\r\nhelloX\r\n", "5\nhello\r\n", "5\r\nhello\n", "5\rhello\r\n",
    "5;\0\r\nhello\r\n", ";5\r\nhello\r\n", "5\r\nhel\r\n", "5\x0b\r\nhello\r\n",
])
def test_a_malformed_chunk_is_refused(server, chunk):
    assert_refused_and_closed(
        server, signin("Transfer-Encoding: chunked\r\n", chunk + "0\r\n\r\n" + SMUGGLED), 400, 413)


@pytest.mark.parametrize("size", ["100001", "7fffffffffffffff", "8000000000000000", "ffffffffffffffff"])
def test_a_monstrous_chunk_is_stopped_at_the_limit(server, size):
    with Wire(server) as wire:
        wire.sends(signin("Transfer-Encoding: chunked\r\n")).sends(f"{size}\r\n" + "x" * (1024 * 1024 + 1))
        assert wire.answer().status in (400, 413)
        assert wire.says_nothing_more()


def test_chunks_are_put_together(server, alice):
    body = json.dumps({"email": alice.email, "password": PASSWORD})
    chunks = "".join(f"{len(part):x};note=1\r\n{part}\r\n" for part in [body[:1], body[1:20], body[20:]])
    answer = asks(server, signin("Transfer-Encoding: chunked\r\n", chunks + "0\r\nX-Trailer: x\r\n\r\n"))
    assert answer.status == 200 and b"access_token" in answer.body


def test_a_request_byte_by_byte_is_a_request(server, alice):
    body = json.dumps({"email": alice.email, "password": PASSWORD})
    with Wire(server) as wire:
        for byte in signin(f"Content-Length: {len(body)}\r\n", body).encode():
            wire.sends(bytes([byte]))
        assert wire.answer().status == 200


# Connections


def test_pipelined_requests_are_answered_in_order(server, alice):
    bearer = f"Authorization: Bearer {alice.token}\r\n"
    alice.adds("Only one")
    requests = [get("/health"), get("/nothing"), get("/api/tasks", bearer), get("/login"), get("/api/tasks")]
    bad = '{"email": "a@example.com", "password": "wrong one"}'
    requests.insert(2, signin(f"Content-Length: {len(bad)}\r\n", bad))
    with Wire(server) as wire:
        wire.sends("".join(requests * 5))
        for _ in range(5):
            answers = [wire.answer() for _ in requests]
            assert [answer.status for answer in answers] == [200, 404, 401, 200, 200, 401]
            assert json.loads(answers[3].body)[0]["title"] == "Only one"


def test_requests_before_a_malformed_one_are_still_answered(server):
    with Wire(server) as wire:
        wire.sends(get("/health") + get("/ready") + "nonsense\r\n\r\n")
        assert [wire.answer().status for _ in range(2)] == [200, 200]
        assert wire.answer().status in (400, 501)
        assert wire.says_nothing_more()


def test_a_client_that_closed_its_direction_is_still_answered(server):
    import socket

    with Wire(server) as wire:
        wire.sends(get("/health"))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.answer().status == 200
        assert wire.says_nothing_more()


def test_clients_that_hang_up_halfway_leave_nothing_behind(server):
    for data in ["", "G", "GET / HT", get("/login")[:-2], signin("Content-Length: 100\r\n", "half"), get("/login") * 50]:
        for _ in range(5):
            with Wire(server) as wire:
                wire.sends(data)


def test_connection_close_is_obeyed(server):
    with Wire(server) as wire:
        answer = wire.sends(get("/health", "Connection: close\r\n")).answer()
        assert (answer.status, answer.header("connection")) == (200, "close")
        assert wire.says_nothing_more()


def test_an_upgrade_is_ignored(server):
    answer = asks(server, get("/health", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n"))
    assert answer.status == 200


@pytest.mark.parametrize("path", ["/", "/login", "/api/tasks", "/health", "/nothing", "/app.css"])
def test_head_is_get_without_the_body(server, path):
    with Wire(server) as wire:
        got, head = wire.sends(get(path)).answer(), wire.sends(get(path, method="HEAD")).answer("HEAD")
        assert head.status == got.status
        volatile = {"date", "x-request-id", "set-cookie", "content-length"}
        names = [name for name, _ in got.headers]
        assert [name for name, _ in head.headers] == names
        assert [pair for pair in head.headers if pair[0] not in volatile] == [
            pair for pair in got.headers if pair[0] not in volatile]
        assert abs(int(head.header("content-length")) - int(got.header("content-length"))) < 5
        assert wire.sends(get("/health")).answer().status == 200


def test_expect_100_continue_is_answered_before_the_body_comes(server, alice):
    body = json.dumps({"email": alice.email, "password": PASSWORD})
    with Wire(server) as wire:
        wire.sends(signin(f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n"))
        assert wire.answer().status == 100
        assert wire.sends(body).answer().status == 200


def test_expect_100_continue_is_refused_for_a_body_that_would_be(server):
    assert_refused_and_closed(server, signin("Content-Length: 9999999\r\nExpect: 100-continue\r\n"), 413)


def test_another_expectation_is_417(server):
    assert_refused_and_closed(server, signin("Content-Length: 0\r\nExpect: a-miracle\r\n"), 417)


def test_chunks_in_http_1_0_are_refused_and_the_connection_ends(server):
    with Wire(server) as wire:
        wire.sends(
            "POST /health HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\nGET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert wire.answer().status == 501
        assert wire.says_nothing_more()
