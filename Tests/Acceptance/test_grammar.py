"""What HTTP's grammar allows clients to write, over a socket."""

import pytest

from better_auth import Page
from wire import Wire, asks

HOST = "Host: localhost\r\n"


def test_an_old_cookie_of_the_same_name_hides_no_session(server, alice):
    with Page(server) as page:
        page.signs_up(alice.email.replace("alice", "anne"))
        good = page.session_cookie
    old = "o" * 32 + ".AAAA"
    for field in [f"{{name}}={good}", f"{{name}}={old}; {{name}}={good}", f"{{name}}={good}; {{name}}={old}", f'$Version="1"; {{name}}="{good}";$Path="/"']:
        cookie = field.replace("{name}", "better-auth.session_token")
        assert asks(server, f"GET /dashboard HTTP/1.1\r\n{HOST}Cookie: {cookie}\r\n\r\n").status == 200
    halves = f"Cookie: better-auth.session_token={old}\r\nCookie: better-auth.session_token={good}\r\n"
    assert asks(server, f"GET /dashboard HTTP/1.1\r\n{HOST}{halves}\r\n").status == 200


@pytest.mark.parametrize("encoding", ["identity", "Identity", "identity, identity", ""])
def test_identity_is_no_encoding(alice, encoding):
    body = '{"title": "plain"}'
    head = f"Authorization: Bearer {alice.token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nContent-Encoding: {encoding}\r\n"
    assert asks(alice.server, f"POST {alice.tasks} HTTP/1.1\r\n{HOST}{head}\r\n{body}").status == 201


@pytest.mark.parametrize("path", ["/login", "/health", "/api/tasks", "/openapi.json", "/docs", "/api/auth/ok"])
def test_a_slash_at_the_end_is_forgiven_and_two_are_not(server, path):
    plain, slash = asks(server, f"GET {path} HTTP/1.1\r\n{HOST}\r\n"), asks(server, f"GET {path}/ HTTP/1.1\r\n{HOST}\r\n")
    assert plain.status == slash.status and plain.header("content-type") == slash.header("content-type")
    assert asks(server, f"GET {path}// HTTP/1.1\r\n{HOST}\r\n").status == 404


def test_the_first_request_of_a_connection_with_two_authorizations_is_refused_on_pages_too(server, alice):
    two = f"Authorization: Bearer {alice.token}\r\n" * 2
    with Wire(server) as wire:
        for path in ["/login", "/dashboard", "/health", "/api/tasks", "/api/auth/get-session", "/api/auth/me"]:
            assert wire.sends(f"GET {path} HTTP/1.1\r\n{HOST}{two}\r\n").answer().status == 401, path
