"""Methods and paths: the allowed methods of each path, and no second spelling of a path."""

import pytest

from support import Client
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


@pytest.mark.parametrize("path, methods", [
    ("/health", {"GET", "HEAD", "OPTIONS"}), ("/login", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/api/auth/signin", {"POST", "OPTIONS"}), ("/api/tasks", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/api/tasks/some-id", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}), ("/logout", {"POST", "OPTIONS"}),
])
def test_options_and_405_tell_what_is_allowed(server, path, methods):
    options = asks(server, get(path, method="OPTIONS"))
    assert options.status == 204
    assert set(options.header("allow").split(", ")) == methods

    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
        answer = asks(server, get(path, "Content-Length: 0\r\n", method=method))
        assert answer.status == 405
        assert set(answer.header("allow").split(", ")) == methods
        assert answer.body


def test_options_for_the_whole_server_work(server):
    assert asks(server, get("*", method="OPTIONS")).status in (200, 204)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_cannot_be_overridden(server, alice, header):
    task = alice.adds("Stays")
    alice.posts(f"{alice.tasks}/{task['id']}", headers={header: "DELETE"})
    alice.posts(f"{alice.tasks}/{task['id']}?_method=DELETE")
    assert alice.titles() == ["Stays"]


@pytest.mark.parametrize("path", ["/%", "/%2", "/%zz", "/%ff", "/%00", "/%c0%af", "/%ed%a0%bd", "/login%00", "/a%f4%90%80%80"])
@pytest.mark.parametrize("prefix", ["", "/api/tasks"])
def test_a_broken_percent_escape_is_400(server, prefix, path):
    answer = asks(server, get(prefix + path))
    assert answer.status == 400
    assert b"percent-encoded" in answer.body


@pytest.mark.parametrize("query", ["completed=%", "limit=%zz", "cursor=%ff", "%00=1", "cursor=%00"])
def test_a_broken_percent_escape_in_a_query_is_400(alice, query):
    answer = asks(alice.server, get(f"{alice.tasks}?{query}", f"Authorization: Bearer {alice.token}\r\n"))
    assert answer.status == 400 and sentence(answer)


@pytest.mark.parametrize("spelling", [
    "/api/auth/../users/{id}/tasks", "/api/auth/signin/../../users/{id}/tasks", "/health/../api/users/{id}/tasks",
    "/api/./users/{id}/tasks", "//api/users/{id}/tasks", "/api//users/{id}/tasks", "/api/users/{id}//tasks",
    "/api/users/{id}/tasks//", "/api%2fusers%2f{id}%2ftasks", "/api/users/{id}%2ftasks", "/api/users%2f{id}/tasks",
    "/api/users/{id}/tasks/..", "/api/users/{id}/tasks/.", "/api/%2e%2e/api/users/{id}/tasks", "/api/users/%2e%2e/{id}/tasks",
    "/API/users/{id}/tasks", "/api/Users/{id}/tasks", "/api/users/{id}/TASKS", "/api/users/{id};x/tasks",
    "/api/users/{id}/tasks;x=1", "/api/users/{id}%20/tasks", "/api/users/{id}./tasks", "\\api\\users\\{id}\\tasks",
    "/api\\users/{id}/tasks", "/static/../api/users/{id}/tasks", "/api/users/{id}/tasks%00", "/api/users/{ID}/tasks",
    "/./api/users/{id}/tasks", "/api/users/{id}/tasks/%2e%2e/tasks", "/api/{id}%2f..%2ftasks", "/.well-known/../api/users/{id}/tasks",
    "http://localhost/api/users/{id}/tasks",
])
def test_no_spelling_of_a_path_reveals_alices_tasks(server, alice, bob, spelling):
    alice.adds("Private matter")
    path = spelling.format(id=alice.id, ID=alice.id.upper())
    for authorization in ["", f"Authorization: Bearer {bob.token}\r\n"]:
        answer = asks(server, get(path, authorization))
        assert 400 <= answer.status < 500
        assert b"Private matter" not in answer.body


def test_a_path_is_decoded_once(alice):
    task = alice.adds("x")
    escaped = "".join(f"%{byte:02X}" for byte in task["id"].encode())
    assert alice.gets(f"{alice.tasks}/{task['id']}").status_code == 200
    with Wire(alice.server) as wire:
        bearer = f"Authorization: Bearer {alice.token}\r\n"
        assert wire.sends(get(f"{alice.tasks}/{escaped}", bearer)).answer().status == 200
        assert wire.sends(get(f"{alice.tasks}/{escaped.replace('%', '%25')}", bearer)).answer().status == 404


@pytest.mark.parametrize("path", ["/api/auth/signin", "/api/auth/sign-in/email"])
def test_an_escaped_spelling_keeps_its_limits_and_its_shape(server, path):
    for number in range(1, len(path)):
        if path[number] == "/":
            continue
        for spelled in [f"%{ord(path[number]):02x}", f"%{ord(path[number]):02X}"]:
            escaped = path[:number] + spelled + path[number + 1:]
            head = "Content-Type: application/json\r\nContent-Length: 16385\r\n"
            assert asks(server, get(escaped, head, method="POST")).status == 413, escaped
    plain, escaped = asks(server, get("/api/tasks")), asks(server, get("/%61pi/tasks"))
    assert plain.status == escaped.status == 401
    assert plain.header("content-type") == escaped.header("content-type") == "application/problem+json"


def test_a_mistyped_reset_link_is_not_in_the_log(server):
    token = "q1W2e3R4t5Y6u7I8o9P0a1S2d3F4g5H6"
    for path in [f"/reset/{token}", f"/reset/{token}/", f"/%72eset/{token}/x", f"/rest/{token}", f"/RESET/{token}", f"/reset%2F{token}",
                 f"//reset/{token}", f"/api/auth/reset-password/{token}/x", f"/reset/{token}%", f"/{token}"]:
        assert asks(server, get(path)).status in (400, 404), path
    assert asks(server, get("/health")).status == 200
    assert token not in server.log
