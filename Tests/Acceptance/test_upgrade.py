"""A database of a version before is brought up to date by the first start, with everything in it.

`data/schema-17.db.gz`, `schema-27`, `schema-30`, `schema-33` and `schema-34` are the files that the versions before
migrations 18, 28, 31, 34 and 35 left: alice and bob, who each added six tasks, completed the second and the third, and
deleted the third and the fourth. In the last three, the first and the fifth have dates."""

import gzip
import sqlite3
from pathlib import Path

import pytest

from support import Person

@pytest.fixture(params=[17, 27, 30, 33, 34])
def schema(request) -> int:
    return request.param


@pytest.fixture
def before(schema) -> bytes:
    return gzip.decompress((Path(__file__).parent / f"data/schema-{schema}.db.gz").read_bytes())


@pytest.fixture
def upgraded(stopped_server, before):
    stopped_server.data.mkdir(parents=True, exist_ok=True)
    stopped_server.database.write_bytes(before)
    stopped_server.settings["BETTER_AUTH_SECRET"] = "an-acceptance-test-secret-of-32-bytes-or-more"
    return stopped_server.start()


def signs_in(server, name) -> Person:
    return server.signs_in(f"{name}@example.com", f"password-of-{name}")


def test_all_data_is_there_after_the_upgrade(upgraded, schema):
    assert f"schema {schema + 1}" in upgraded.log
    for name in ("alice", "bob"):
        person = signs_in(upgraded, name)
        tasks = person.gets("/api/tasks").json()
        assert [task["title"] for task in tasks] == [f"{name} {number} – Müsli 🥣" for number in (5, 4, 1, 0)]
        assert [task["completed"] for task in tasks] == [False, False, True, False]
        planned = [(task["due"], task["start"], task["priority"]) for task in tasks]
        none = (None, None, "none")
        evening = {"datetime": "2026-12-24T17:00", "time_zone": "Europe/Berlin"}
        expected = [none, (evening, None, "high"), none, ({"date": "2026-12-24"}, {"date": "2026-12-01"}, "none")]
        assert planned == (expected if schema >= 30 else [none] * 4)
        assert [task["description"] for task in tasks] == [None, "Zeile eins\nZeile 4", None, "Zeile eins\nZeile 0"]
        etag = person.gets("/api/tasks").headers["etag"]
        assert person.gets("/api/tasks", headers={"If-None-Match": etag}).status_code == 304


def test_tasks_are_in_the_inbox_in_their_order_and_can_be_found(upgraded):
    alice = signs_in(upgraded, "alice")
    assert [(each["id"], each["name"]) for each in alice.gets("/api/lists").json()] == [("inbox", "Inbox")]
    by_hand = alice.gets("/api/tasks?list=inbox").json()
    assert [task["id"] for task in by_hand] == [task["id"] for task in alice.gets("/api/tasks").json()]
    assert by_hand == sorted(by_hand, key=lambda task: task["position"])
    newest = alice.posts("/api/tasks", {"title": "Newest"}).json()
    assert newest["position"] < by_hand[0]["position"]
    moved = alice.posts(f"/api/tasks/{newest['id']}/move", {"after": by_hand[0]["id"]})
    assert moved.status_code == 200
    assert [task["title"] for task in alice.gets("/api/tasks?list=inbox").json()][:3] == [
        by_hand[0]["title"], "Newest", by_hand[1]["title"]]
    for words, count in [("musli", 4), ("zeile eins", 2), ("alice 5", 1), ("bob", 0)]:
        assert len(alice.gets("/api/tasks", params={"q": words}).json()) == count, words
    with_them = alice.gets("/api/changes").json()["changes"]
    assert [change["type"] for change in with_them] == ["list"] + ["task"] * 5


def test_tasks_in_the_trash_can_still_be_restored(upgraded, schema, before, tmp_path):
    path = tmp_path / "before.db"
    path.write_bytes(before)
    table = "deleted_tasks" if schema == 17 else "tasks WHERE deleted_at > 0"
    with sqlite3.connect(path) as file:
        trash = file.execute(f"SELECT id, title FROM {table} ORDER BY title").fetchall()
    assert len(trash) == 4
    alice = signs_in(upgraded, "alice")
    for task, title in trash:
        answer = alice.asks("POST", f"/api/tasks/{task}/restore")
        if title.startswith("alice"):
            assert (answer.status_code, answer.json()["title"]) == (200, title)
        else:
            assert answer.status_code == 404
    assert len(alice.gets("/api/tasks").json()) == 6


def test_api_tokens_can_be_made(upgraded):
    alice = signs_in(upgraded, "alice")
    assert alice.gets("/api/tokens").json() == []
    made = alice.posts("/api/tokens", {"name": "script", "scopes": ["tasks:read"]})
    assert made.status_code == 201
    tasks = upgraded.client.get("/api/tasks", headers={"Authorization": f"Bearer {made.json()['token']}"})
    assert len(tasks.json()) == 4


def test_the_file_and_the_trail_verify(upgraded):
    assert upgraded.looks_up("PRAGMA integrity_check") == [("ok",)]
    assert upgraded.looks_up("PRAGMA foreign_key_check") == []
    assert upgraded.command("audit", "verify").returncode == 0
    plan = upgraded.looks_up(
        "EXPLAIN QUERY PLAN SELECT * FROM tasks WHERE user_id = 'a' AND deleted_at = 0 AND id < '~' ORDER BY id DESC")
    assert all("SCAN" not in row[3] and "TEMP" not in row[3] for row in plan), plan
