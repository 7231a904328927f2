"""Two servers on one SQLite file, as at an update that starts the new one before the old one has ended."""

import dataclasses
import fcntl
import struct
import threading
import time

import pytest

from support import Person, Server, all_of, sqlite, wait_until
from test_events import Stream

COMMIT = 1
"""The byte of the lock file that is held while a process commits."""


@pytest.fixture
def two(stopped_server, new_server):
    """Two servers with the same data and secret, each on a port of its own."""
    old = stopped_server.start()
    new = new_server("new", old.settings | {"LATCHKEY_DATA": old.data}).start()
    yield old, new
    if new.is_running():
        new.stop()


def at(server: Server, person: Person) -> Person:
    """The same sign-in, used at another server."""
    return dataclasses.replace(person, server=server)


def test_the_second_server_logs_the_first_and_both_know(two):
    old, new = two
    assert new.log.count("warning another server uses the same database") == 1
    assert "another server" not in old.log
    for server in two:
        answer = server.client.get("/ready?verbose")
        assert answer.status_code == 200 and answer.json()["database"] == {"status": "ok", "other_server": True}
    old.stop()
    answer = new.client.get("/ready?verbose")
    assert answer.status_code == 200 and answer.json()["database"] == {"status": "ok"}


def test_each_server_shows_the_others_writes(two):
    old, new = two
    alice = old.newcomer("alice")
    elsewhere = at(new, alice)
    with Stream(alice) as stream:
        elsewhere.adds("Water the plants")
        assert [event.title for event in stream.takes(1)] == ["Water the plants"]
    assert alice.titles() == ["Water the plants"]
    # A session that ends at one, and is in the memory of the other, is over there within two seconds (decision 15).
    assert elsewhere.posts("/api/auth/signout").status_code == 204
    wait_until(lambda: alice.gets(alice.tasks).status_code == 401, "the sign-in over at the other server", 3)


def test_the_old_server_stays_ready_when_the_new_one_has_migrated_the_schema(two):
    old, _ = two
    alice = old.newcomer("alice")
    with sqlite(old.database) as connection:
        connection.execute("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'future', 0)")
        connection.commit()
    # An answer is believed for a second.
    time.sleep(1.1)
    assert old.client.get("/ready").status_code == 200
    alice.adds("Water the plants")
    assert alice.titles() == ["Water the plants"]


def test_no_acknowledged_write_is_lost_when_the_old_server_is_killed(two):
    old, new = two
    alice = old.newcomer("alice")
    people = {server.port: at(server, alice) for server in two}
    acknowledged, refused = [], []

    def write(server: Server, number: int):
        count = 0
        while time.monotonic() < end:
            title = f"{server.port}-{number}-{count}"
            count += 1
            try:
                answer = people[server.port].posts(alice.tasks, {"title": title, "description": "x" * 2000})
            except OSError:
                # Killed: it may or may not have been saved.
                return
            (acknowledged if answer.status_code == 201 else refused).append((title, answer.status_code))

    end = time.monotonic() + 4
    threads = [threading.Thread(target=write, args=(server, number)) for server in two for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(2)
    old.kill()
    for thread in threads:
        thread.join()
    assert refused == []
    assert {title.split("-")[0] for title, _ in acknowledged} == {str(old.port), str(new.port)}
    kept = {task["title"] for task in all_of(people[new.port], alice.tasks)}
    assert {title for title, _ in acknowledged} <= kept
    assert old.looks_up("PRAGMA integrity_check") == [("ok",)]


def test_writes_wait_for_another_process_that_commits_and_reads_do_not(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer("alice")
    with open(server.data / "latchkey.db-lock", "r+b") as file:
        request = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, COMMIT, 1, 0)
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, request)
        assert alice.titles() == []
        answer = alice.posts(alice.tasks, {"title": "Water the plants"}, timeout=30)
        assert answer.status_code == 503
        assert answer.json()["detail"] == "Another program keeps the database locked. Nothing was changed."
        assert answer.headers["Retry-After"]
    alice.adds("Water the plants")
    assert alice.titles() == ["Water the plants"]
    wait_until(lambda: server.client.get("/ready").status_code == 200, "ready again")
