"""Requests that are sent again, or at once: each takes effect once, after a kill as well, and on both databases."""

import dataclasses
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import SECRET
from wire import sentence


def adds(person, key, title="Once"):
    return person.posts("/api/tasks", {"title": title}, headers={"Idempotency-Key": key})


@pytest.fixture(params=["sqlite", "postgres"])
def servers(request, start_server):
    """One process on SQLite, and two that share PostgreSQL."""
    if request.param == "sqlite":
        started = [start_server(BETTER_AUTH_SECRET=SECRET)]
    else:
        address = request.getfixturevalue("postgres").address(request.getfixturevalue("database"))
        started = [start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=address) for _ in range(2)]
    yield started
    for server in started:
        server.stop()


def everywhere(person, servers) -> list:
    """The person's requests to each of the servers, in turn."""
    return [dataclasses.replace(person, server=server) for server in servers]


def test_fifty_requests_at_once_make_one_task(servers):
    person = servers[0].newcomer("once")
    clients = everywhere(person, servers) * 50
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda client: adds(client, "at-once"), clients[:50]))
    assert [answer.status_code for answer in answers] == [201] * 50, [answer.text for answer in answers]
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert [task["title"] for task in person.gets("/api/tasks").json()] == ["Once"]


def test_requests_with_different_bodies_at_once_make_one_task(servers):
    person = servers[0].newcomer("once")
    clients = everywhere(person, servers) * 20
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: adds(clients[number], "bodies", f"Task {number}"), range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 19
    assert len(person.gets("/api/tasks").json()) == 1


def test_of_many_changes_to_one_state_one_is_made(servers):
    person = servers[0].newcomer("states")
    created = person.posts("/api/tasks", {"title": "0"})
    path, tag = f"/api/tasks/{created.json()['id']}", created.headers["etag"]
    clients = everywhere(person, servers) * 20

    def changes(number: int):
        return clients[number].asks("PATCH", path, json={"title": f"{number + 1}"}, headers={"If-Match": tag})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(changes, range(20)))
    made = [answer for answer in answers if answer.status_code == 200]
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    assert person.gets(path).json() == made[0].json()
    assert all(answer.json()["current"] == made[0].json() for answer in answers if answer.status_code == 412)


def test_a_kill_between_commit_and_answer_leaves_one_task(stopped_server):
    """The answer of a request is lost with its server, at any moment; the retry makes the one task there is."""
    server = stopped_server.start()
    person = server.newcomer("once")
    for number in range(25):
        key = f"kill-{number}"
        body = json.dumps({"title": key}).encode()
        with socket.create_connection(("127.0.0.1", server.port)) as wire:
            wire.sendall(
                f"POST /api/tasks HTTP/1.1\r\nHost: localhost:{server.port}\r\nAuthorization: Bearer {person.token}\r\n"
                f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
                .encode() + body)
            time.sleep(number * 0.0004)
            server.kill()
        server.start()
        assert adds(person, key, key).status_code == 201
        titles = [task["title"] for task in person.gets("/api/tasks?limit=100").json()]
        assert titles.count(key) == 1, titles


def test_another_body_is_distinguished_from_a_retry(alice):
    assert adds(alice, "body").status_code == 201
    answer = adds(alice, "body", "Other")
    assert answer.status_code == 422
    assert sentence(answer).startswith("This Idempotency-Key was used")
