"""Cached and unmodified lists: never an old one after a change by the server, and within a moment the new one
after a change by another program."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from support import PRODUCTION, SECRET, Client, wait_until


@pytest.fixture(scope="module")
def production(start_server):
    """In production, pages are cached, too; in development they are not."""
    return start_server(BETTER_AUTH_SECRET=SECRET, **PRODUCTION, THROTTLE="off", BCRYPT_COST="10")


def titles(client, person) -> list:
    answer = client.get(person.tasks, headers={"Authorization": f"Bearer {person.token}"})
    assert answer.status_code == 200
    return [task["title"] for task in answer.json()]


def test_writes_of_another_program_are_shown_within_a_moment(production):
    person = production.newcomer("watched")
    with Client(production.url) as client, sqlite3.connect(production.database, isolation_level=None) as foreign:
        created = client.post(
            person.tasks, json={"title": "0"}, headers={"Authorization": f"Bearer {person.token}"})
        assert created.status_code == 201
        assert titles(client, person) == titles(client, person) == ["0"]
        for number in range(1, 20):
            foreign.execute("UPDATE tasks SET title = ? WHERE user_id = ?", (str(number), person.id))
            wait_until(lambda: titles(client, person) == [str(number)], "the new title", patience=2)


def test_users_read_their_own_writes_while_others_write(production):
    people = [production.newcomer(f"busy{number}") for number in range(4)]
    stop = threading.Event()

    def disturb():
        # Another process that keeps committing beside the server.
        with sqlite3.connect(production.database, isolation_level=None, timeout=30) as foreign:
            while not stop.is_set():
                foreign.execute("INSERT OR REPLACE INTO throttles (name, busy_until) VALUES ('other', 1)")
                time.sleep(0.002)

    def work(person):
        headers = {"Authorization": f"Bearer {person.token}"}
        with Client(production.url) as client:
            for number in range(60):
                created = client.post(person.tasks, json={"title": str(number)}, headers=headers)
                assert created.status_code == 201
                for _ in range(3):
                    assert titles(client, person)[0] == str(number)

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        with ThreadPoolExecutor(len(people)) as pool:
            for worker in [pool.submit(work, person) for person in people]:
                worker.result(timeout=60)
    finally:
        stop.set()
        disturber.join()


def test_a_deleted_database_row_disappears_although_its_list_was_cached(production):
    person = production.newcomer("emptied")
    with Client(production.url) as client:
        headers = {"Authorization": f"Bearer {person.token}"}
        assert client.post(person.tasks, json={"title": "x"}, headers=headers).status_code == 201
        assert titles(client, person) == titles(client, person) == ["x"]
        with sqlite3.connect(production.database) as foreign:
            foreign.execute("DELETE FROM tasks WHERE user_id = ?", (person.id,))
        wait_until(lambda: titles(client, person) == [], "the empty list", patience=2)
