"""Several processes on one PostgreSQL database, and its faults while they run."""

import json
import random
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
import requests

from postgres import Pooler, Proxy
from support import PASSWORD, SECRET, UNKNOWN, Client, Person, Server, binary, sqlite, wait_until

STATED_DELAY = 2
"""Seconds until a change is everywhere, even if its notification is lost (docs/deployment.md)."""
BUSY_MACHINE = 3
"""Seconds that a loaded machine may add to any delay."""


@pytest.fixture
def pair(start_server, postgres, database):
    """Two processes that serve one installation."""
    servers = [
        start_server(
            BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), DATABASE_POOL_SIZE=4,
            LATCHKEY_URL="http://tasks.localhost")
        for _ in range(2)]
    yield servers
    for server in servers:
        if server.is_running():
            server.stop()


def runs(*arguments: str, server: Server, **settings) -> subprocess.CompletedProcess:
    return subprocess.run(
        [binary(), *arguments], cwd=server.directory, env=server.environment() | settings, text=True,
        capture_output=True, timeout=120)


def opens(server: Server, token: str) -> int:
    with Client(server.url) as client:
        return client.get("/api/tasks", headers={"Authorization": f"Bearer {token}"}).status_code


def seconds_until(condition, limit: float) -> float:
    begun = time.monotonic()
    wait_until(condition, "a change to arrive", limit)
    return time.monotonic() - begun


# Several processes

def test_ten_processes_start_together_on_an_empty_database(start_server, postgres, database):
    with ThreadPoolExecutor(10) as pool:
        servers = list(pool.map(
            lambda _: start_server(
                BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), DATABASE_POOL_SIZE=1), range(10)))
    person = servers[0].newcomer()
    assert {opens(server, person.token) for server in servers} == {200}
    for server in servers:
        server.stop()


def test_a_user_signed_up_at_one_process_is_known_at_another_at_once(pair):
    here, there = pair
    for _ in range(20):
        person = here.newcomer()
        assert opens(there, person.token) == 200
    assert there.signs_in(person.email).id == person.id
    person.adds("made here")
    assert Person(there, person.email, PASSWORD, person.token, person.user).titles() == ["made here"]


def test_a_session_ended_at_one_process_ends_at_another(pair):
    here, there = pair
    for _ in range(5):
        person = here.newcomer()
        assert opens(there, person.token) == 200
        assert person.posts("/api/auth/signout").status_code == 204
        assert opens(here, person.token) == 401
        assert seconds_until(lambda: opens(there, person.token) == 401, STATED_DELAY + BUSY_MACHINE) >= 0


def test_a_lost_notification_costs_no_more_than_the_stated_delay(pair, postgres, database):
    here, there = pair
    person = here.newcomer()
    assert opens(there, person.token) == 200
    # A session that ends without a notification.
    postgres.asks("DELETE FROM sessions", database)
    for server in pair:
        assert seconds_until(lambda: opens(server, person.token) == 401, STATED_DELAY + BUSY_MACHINE) >= 0


def test_notifications_come_again_after_the_listening_connection_was_cut(pair, postgres, database):
    here, there = pair
    person = here.newcomer()
    postgres.asks("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    wait_until(
        lambda: postgres.asks(
            f"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = '{database}'") == ["2"],
        "both listen again")
    assert opens(there, person.token) == 200
    person.posts("/api/auth/signout")
    assert seconds_until(lambda: opens(there, person.token) == 401, STATED_DELAY + BUSY_MACHINE) >= 0


def test_a_change_at_one_process_is_seen_at_the_other_at_once(pair):
    here, there = pair
    person = here.newcomer()
    def asks(server, tag):
        return server.client.get(
            "/api/tasks", headers={"Authorization": f"Bearer {person.token}"} | ({"If-None-Match": tag} if tag else {}))
    tag = None
    for number in range(40):
        person.adds(str(number))
        answer = asks(there, tag)
        assert answer.status_code == 200 and answer.json()[0]["title"] == str(number)
        tag = answer.headers["etag"]
        # Both servers give one tag for one state.
        assert asks(here, tag).status_code == asks(there, tag).status_code == 304


def test_keys_rotated_by_one_work_on_both(pair):
    here, there = pair
    person = here.newcomer()
    signed_in = here.client.post("/api/auth/sign-in/email", json={"email": person.email, "password": PASSWORD})
    assert signed_in.status_code == 200, signed_in.text
    session = signed_in.json()["token"]

    def token(server):
        answer = requests.get(
            server.url + "/api/auth/token", headers={"Authorization": f"Bearer {session}"}, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]

    # The second waits for verifiers to see it, and the third doesn't.
    for arguments in [[], [], ["--now"], []]:
        done = runs("keys", "rotate", *arguments, server=here)
        assert done.returncode == 0, done.stderr
        for issuer in pair:
            issued = token(issuer)
            for verifier in pair:
                keys = jwt.PyJWKSet.from_dict(verifier.client.get("/.well-known/jwks.json").json())
                kid = jwt.get_unverified_header(issued)["kid"]
                assert kid in {key.key_id for key in keys.keys}
                assert opens(verifier, issued) == 200
    done = runs("keys", "list", server=there)
    assert done.stdout.count("  signs\n") == 1 and done.stdout.count("  signs from ") == 1, done.stdout


def test_many_processes_make_one_first_key(start_server, postgres, database):
    servers = [
        start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), DATABASE_POOL_SIZE=2)
        for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        sets = list(pool.map(
            lambda server: json.dumps(requests.get(server.url + "/api/auth/jwks", timeout=10).json()), servers * 2))
    assert len(set(sets)) == 1
    for server in servers:
        server.stop()


def test_a_throttle_counts_across_both(start_server, postgres, database):
    servers = [
        start_server(
            BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), THROTTLE="on",
            THROTTLE_ADDRESS="6/600", THROTTLE_ACCOUNT="100/600")
        for _ in range(2)]
    person = servers[0].newcomer()
    statuses = [
        servers[number % 2].tries_to_sign_in(person.email, "not the password").status_code for number in range(10)]
    assert statuses == [401] * 6 + [429] * 4
    refused = servers[1].tries_to_sign_in(person.email, "not the password")
    assert int(refused.headers["Retry-After"]) > 0
    for server in servers:
        server.stop()


# Faults

class Load:
    """Users who add tasks and read their lists, on several servers, and record the responses."""

    def __init__(self, people: list[Person], threads: int = 8):
        self.answers: list[tuple[int, float]] = []
        self.made: set[str] = set()
        self.errors: list[str] = []
        self.goes_on = True
        self.threads = [threading.Thread(target=self._works, args=(people[i % len(people)], i)) for i in range(threads)]

    def _works(self, person: Person, number: int):
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {person.token}"
            for turn in range(1_000_000):
                if not self.goes_on:
                    return
                title = f"{number}-{turn}"
                begun = time.monotonic()
                try:
                    answer = session.post(
                        person.server.url + "/api/tasks", json={"title": title}, timeout=20)
                except requests.ConnectionError:
                    # A process that was killed is gone within a moment.
                    time.sleep(0.5)
                    if person.server.is_running():
                        self.errors.append(f"no answer for {title}")
                    return
                except requests.Timeout:
                    self.errors.append(f"{title} hangs")
                    return
                self.answers.append((answer.status_code, time.monotonic() - begun))
                if answer.status_code == 201:
                    self.made.add(title)
                elif answer.status_code == 503 and "Retry-After" not in answer.headers:
                    self.errors.append("503 without Retry-After")
                elif answer.status_code == 500 and answer.json()["detail"] != UNKNOWN:
                    self.errors.append(answer.text)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.goes_on = False
        for thread in self.threads:
            thread.join(60)

    @property
    def statuses(self) -> set[int]:
        """Without those whose commit was under way when something happened."""
        return {status for status, _ in self.answers} - {500}


def test_postgresql_stopped_and_restarted_under_load_loses_nothing(pair, postgres, database):
    people = [server.newcomer() for server in pair]
    with Load(people) as load:
        wait_until(lambda: len(load.made) > 50, "the load")
        postgres.stop()
        time.sleep(2)
        assert load.answers[-1][0] == 503
        postgres.start()
        begun = time.monotonic()
        made = len(load.made)
        wait_until(lambda: len(load.made) > made + 50, "service after the restart", 5 + BUSY_MACHINE)
        print(f"served again after {time.monotonic() - begun:.1f} s")
    assert load.errors == []
    assert load.statuses == {201, 503}
    assert max(seconds for _, seconds in load.answers) < 5 + BUSY_MACHINE
    titles = postgres.asks("SELECT title FROM tasks", database)
    assert load.made <= set(titles)
    assert len(titles) == len(set(titles))
    assert all(server.is_running() for server in pair)


def test_a_server_that_hangs_is_not_waited_for(start_server, postgres, database):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), DATABASE_TIMEOUT_SECONDS=1)
    with Load([server.newcomer()], threads=30) as load:
        wait_until(lambda: len(load.made) > 50, "the load")
        postgres.hangs()
        try:
            time.sleep(3)
            assert server.client.get("/health").status_code == 200
            assert server.client.get("/ready").status_code == 503
            assert load.answers[-1][0] in (503, 500)
        finally:
            postgres.goes_on()
        made = len(load.made)
        wait_until(lambda: len(load.made) > made + 50, "service afterwards", 5 + BUSY_MACHINE)
    assert load.errors == []
    assert load.statuses == {201, 503}
    assert max(seconds for _, seconds in load.answers) < 1 + BUSY_MACHINE
    assert load.made <= set(postgres.asks("SELECT title FROM tasks", database))
    server.stop()


def test_connections_killed_in_the_middle_lose_nothing_acknowledged(pair, postgres, database):
    people = [server.newcomer() for server in pair]
    with Load(people) as load:
        for _ in range(15):
            time.sleep(0.1)
            postgres.asks(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
    assert load.errors == []
    assert load.statuses <= {201, 503}
    titles = postgres.asks("SELECT title FROM tasks", database)
    assert len(load.made) > 50
    assert load.made <= set(titles)
    assert len(titles) == len(set(titles)), "something was done twice"


def test_one_of_two_is_killed_and_the_other_goes_on(pair, postgres, database):
    people = [server.newcomer() for server in pair]
    with Load(people) as load:
        wait_until(lambda: len(load.made) > 100, "the load")
        pair[0].kill()
        made = len(load.made)
        wait_until(lambda: len(load.made) > made + 100, "the other one")
    assert load.errors == []
    assert load.statuses == {201}
    assert load.made <= set(postgres.asks("SELECT title FROM tasks", database))


def test_the_start_waits_for_a_server_that_comes_late(stopped_server, postgres, database):
    stopped_server.settings["DATABASE_URL"] = postgres.address(database)
    postgres.stop()
    stopped_server.launch()
    wait_until(lambda: "waiting for the database" in stopped_server.log, "the log line that says so")
    postgres.start()
    wait_until(lambda: "Latchkey is at" in stopped_server.output, "the start", 15)


def test_a_server_that_never_comes_is_reported(stopped_server):
    stopped_server.settings["DATABASE_URL"] = "postgresql://me:sesame@127.0.0.1:1/nothing"
    said = stopped_server.is_refused(patience=30)
    assert "refused" in said and "sesame" not in said


# Ways to reach it

def test_neons_name_for_the_connection_string(start_server, postgres, database):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, NEON_DATABASE_URL=postgres.address(database) + "?sslmode=prefer&channel_binding=prefer")
    person = server.newcomer()
    assert postgres.asks("SELECT email FROM users", database) == [person.email]
    server.stop()


def test_through_a_pooler_in_transaction_mode(start_server, postgres, database):
    with Pooler(postgres) as pooler:
        servers = [
            start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database, pooler.port))
            for _ in range(2)]
        here, there = servers
        people = [server.newcomer() for server in servers]
        with Load(people, threads=16) as load:
            wait_until(lambda: len(load.made) > 500, "the load")
        assert load.errors == []
        assert load.statuses == {201}
        # A session that has listened would send notifications to the pooler, which mistakes them for answers.
        asked = [
            postgres.starts("SELECT pg_listening_channels() FROM pg_sleep(1)", database, pooler.port)
            for _ in range(Pooler.POOL_SIZE)]
        assert [query.communicate(timeout=30)[0] for query in asked] == [""] * Pooler.POOL_SIZE
        person = people[0]
        assert opens(there, person.token) == 200
        assert person.posts("/api/auth/signout").status_code == 204
        assert seconds_until(lambda: opens(there, person.token) == 401, STATED_DELAY + BUSY_MACHINE) >= 0
        for server in servers:
            server.stop()


def test_a_change_of_many_takes_few_round_trips(start_server, postgres, database):
    with Proxy(postgres) as proxy:
        server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database, proxy.port))
        person = server.newcomer()
        garden = person.posts("/api/lists", {"name": "Garden"}).json()["id"]
        parents = [person.adds(str(number), list_id=garden)["id"] for number in range(200)]
        ids = parents + [person.adds(f"a part of {parent}", parent_id=parent)["id"] for parent in parents]
        # To ask for each task would take longer than DATABASE_TIMEOUT_SECONDS.
        proxy.delay = 0.02
        for change in [{"complete": True}, {"tag": {"add": ["x"]}}, {"move": {"list_id": "inbox"}}, {"delete": True}]:
            done = person.posts("/api/tasks/bulk", {"ids": ids, **change})
            assert done.status_code == 200, (change, done.text)
            undone = person.posts("/api/undo", {"token": done.headers["Latchkey-Undo"]})
            assert undone.status_code == 200, (change, undone.text)
            assert undone.json()["conflicts"] == []
            redone = person.posts("/api/undo", {"token": undone.headers["Latchkey-Undo"]})
            assert redone.status_code == 200, (change, redone.text)
            back = person.posts("/api/undo", {"token": redone.headers["Latchkey-Undo"]})
            assert back.status_code == 200, (change, back.text)
        assert person.asks("DELETE", f"/api/lists/{garden}").status_code == 204
        server.stop()


# Moving

TASKS, USERS = 20_000, 1_000


def fills(path) -> None:
    """Many users with tasks, beside those whom the server knows."""
    random.seed(7)
    with sqlite(path) as connection:
        for user in range(USERS):
            id = f"00000000-0000-7000-8000-{user:012x}"
            connection.execute(
                "INSERT INTO users (id, email, username, email_verified, is_active, created_at, updated_at, appearance, "
                "deletion_requested_at, must_verify) VALUES (?, ?, ?, 0, 1, ?, ?, ?, ?, ?)",
                (id, f"u{user}@example.com", "Zoë 🦊 \u202e" if user % 3 else None, 10**12 + user, 10**12,
                 "dark" if user % 2 else "system", None if user % 5 else 4 * 10**12, user % 2))
            connection.execute(
                "INSERT INTO sessions (id, user_id, token_digest, created_at, updated_at, expires_at, ip_address, user_agent, "
                "remembered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (f"s{user}", id, f"{user:064x}", 10**12, 10**12, 4 * 10**12, "127.0.0.1", "tests"))
            connection.executemany(
                "INSERT INTO tasks (user_id, id, title, description, completed, completed_at, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(id, f"01000000-0000-7000-8000-{random.getrandbits(48):012x}", f"Task {n} 'é\"\\", None if n % 2 else "x\n\t",
                  n % 2, 5 if n % 2 else None, n, n) for n in range(TASKS // USERS)])
        connection.commit()


def dump(path) -> list[str]:
    """The schema, and every row, in an order that does not depend on when it was written."""
    with sqlite(path) as connection:
        lines = list(connection.iterdump())
    # Each database notes for itself when it got its schema, and a copy's epochs are of another epoch.
    lines = [re.sub(r"(INTO \"epochs\" VALUES\('[^']*'),'[^']*'", r"\1,'epoch'", line) for line in lines]
    # Each makes its own index of words.
    made = ("schema_migrations", "search_keys", "task_words", "task_search")
    return sorted(line for line in lines if not any(f'INTO "{name}' in line for name in made))


def test_copying_to_postgresql_and_back_changes_nothing(stopped_server, start_server, postgres, database, tmp_path):
    server = stopped_server.start()
    person = server.newcomer()
    person.adds("from the beginning")
    server.stop()
    fills(server.database)

    middle, end = postgres.address(database), tmp_path / "end.db"
    begun = time.monotonic()
    for source, target in [(f"sqlite:{server.database}", middle), (middle, f"sqlite:{end}")]:
        done = runs("copy", "--from", source, "--to", target, server=server)
        assert done.returncode == 0, done.stderr
        assert re.search(rf"^tasks +{TASKS + 1}  sha256 ", done.stdout, re.MULTILINE), done.stdout
    print(f"{TASKS} tasks there and back in {time.monotonic() - begun:.1f} s")
    assert dump(end) == dump(server.database)

    moved = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=middle)
    assert Person(moved, person.email, PASSWORD, person.token, person.user).titles() == ["from the beginning"]
    moved.stop()

    again = runs("copy", "--from", f"sqlite:{server.database}", "--to", middle, server=server)
    assert again.returncode == 1 and "not empty" in again.stderr


def test_a_copy_that_is_killed_leaves_an_empty_target_to_start_over_with(stopped_server, postgres, database):
    server = stopped_server.start()
    server.newcomer()
    server.stop()
    fills(server.database)
    target = postgres.address(database)
    command = [binary(), "copy", "--from", f"sqlite:{server.database}", "--to", target]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        wait_until(
            lambda: postgres.asks(
                f"SELECT 1 FROM pg_stat_activity WHERE datname = '{database}' AND query LIKE 'INSERT INTO tasks%'"),
            "the copy to be under way", 30)
        process.kill()
    assert postgres.asks("SELECT count(*) FROM users", database) == ["0"]
    done = runs("copy", "--from", f"sqlite:{server.database}", "--to", target, server=server)
    assert done.returncode == 0, done.stderr
    assert postgres.asks("SELECT count(*) FROM tasks", database) == [str(TASKS)]


def test_an_import_works_on_postgresql(stopped_server, postgres, database, tmp_path):
    (tmp_path / "users.csv").write_text(
        "id,email,username,hashed_password,is_active,created_at\n"
        "7,old@example.com,Old,,true,2025-01-01T00:00:00Z\n")
    (tmp_path / "tasks.csv").write_text(
        "id,user_id,title,description,completed,created_at,updated_at\n"
        "1,7,Kept,,false,2025-01-01T00:00:00Z,2025-01-01T00:00:00Z\n")
    stopped_server.directory.mkdir(parents=True)
    for arguments, expected in [(["--dry-run"], "Would be imported"), ([], "Imported")]:
        done = runs(
            "import", "fastapi", str(tmp_path), *arguments, server=stopped_server,
            DATABASE_URL=postgres.address(database))
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
    assert postgres.asks("SELECT title FROM tasks", database) == ["Kept"]
