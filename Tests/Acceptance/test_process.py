"""The process itself: starting, stopping, crashing, and configurations that it refuses."""

import json
import os
import signal
import socket
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import jwt
import pytest

from support import PASSWORD, PRODUCTION, SECRET, Client, Server, binary, sqlite, wait_until
from wire import Wire

EXAMPLE_SECRET = "your-secret-key-min-32-chars-change-in-production"


def run(*arguments, directory, **environment):
    """A command of the program that ends by itself."""
    return subprocess.run(
        [binary(), *arguments], capture_output=True, text=True, timeout=10, cwd=directory,
        env={"PATH": os.environ["PATH"], **environment})


def mode(path) -> str:
    return oct(stat.S_IMODE(path.stat().st_mode))


# Crashes


def test_every_answered_task_survives_three_kills_under_a_stream_of_writes(stopped_server):
    server = stopped_server.start()
    people = [server.newcomer(f"writer{number}") for number in range(4)]
    answered = {person.id: [] for person in people}

    def write(person, round, enough):
        with Client(server.url) as client:
            for number in range(10_000):
                title = f"{round}.{number}"
                try:
                    answer = client.post(
                        person.tasks, json={"title": title}, headers={"Authorization": f"Bearer {person.token}"})
                except OSError:
                    return
                assert answer.status_code == 201
                answered[person.id].append(title)
                if sum(map(len, answered.values())) >= (round + 1) * 300:
                    enough.set()

    for round in range(3):
        enough = threading.Event()
        with ThreadPoolExecutor(len(people)) as pool:
            writers = [pool.submit(write, person, round, enough) for person in people]
            assert enough.wait(30), "The writers did not get anywhere."
            server.kill()
            for writer in writers:
                writer.result(10)

        with sqlite(server.database) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        server.start()
        for person in people:
            titles = {title for title, in server.looks_up("SELECT title FROM tasks WHERE user_id = ?", person.id)}
            count = server.looks_up("SELECT count(*) FROM tasks WHERE user_id = ?", person.id)
            assert set(answered[person.id]) <= titles, "A task that was answered 201 is gone."
            # Each round may have one that was written, but whose answer never left.
            assert len(titles - set(answered[person.id])) <= round + 1
            assert count == [(len(titles),)], "No task is there twice."
            assert person.gets(person.tasks).status_code == 200
    server.stop()


# Stopping


# The threads that hash are at a lower priority: beside other tests, eight hashes can exceed the nine seconds of the end.
@pytest.mark.alone
def test_sign_ins_in_flight_are_answered_before_the_end(stopped_server):
    stopped_server.settings["BCRYPT_COST"] = 12
    server = stopped_server.start()
    alice = server.newcomer()
    body = json.dumps({"email": alice.email, "password": PASSWORD})
    request = (
        "POST /api/auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}")
    with ExitStack() as wires:
        idle = [wires.enter_context(Wire(server)) for _ in range(10)]
        for wire in idle:
            assert wire.sends("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").answer().status == 200

        busy = [wires.enter_context(Wire(server)).sends(request) for _ in range(8)]
        first = busy[0].answer()
        server.process.send_signal(signal.SIGTERM)

        answers = [first] + [wire.answer() for wire in busy[1:]]
        assert [answer.status for answer in answers] == [200] * 8
        assert server.process.wait(10) == 0
        assert all(wire.says_nothing_more() for wire in idle + busy)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_the_program_cleanly_though_connections_idle(stopped_server, name):
    server = stopped_server.start()
    with Wire(server) as idle, Wire(server):
        assert idle.sends("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").answer().status == 200
        server.process.send_signal(getattr(signal, name))
        assert server.process.wait(10) == 0
        assert idle.says_nothing_more()


def test_in_production_sighup_does_not_stop_the_server(stopped_server):
    stopped_server.settings |= PRODUCTION | {"BCRYPT_COST": "10"}
    server = stopped_server.start()
    for _ in range(3):
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGPIPE)
        assert server.client.get("/health").status_code == 200
    server.stop()


def test_half_a_request_does_not_delay_the_shutdown(stopped_server):
    server = stopped_server.start()
    with Wire(server) as half:
        half.sends("GET /health HTTP/1.1\r\nHo")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(12) == 0


def test_a_stopped_server_leaves_all_data_in_one_file(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    alice.adds("Kept")
    server.stop()
    assert not (server.data / "latchkey.db-wal").exists()
    assert server.looks_up("SELECT title FROM tasks") == [("Kept",)]
    server.start()
    assert alice.titles() == ["Kept"], "The token outlives a restart."


# Starting


def test_a_second_server_on_the_same_port_is_refused(server, stopped_server):
    stopped_server.settings["PORT"] = server.port
    assert f"Port {server.port} of 127.0.0.1 is already in use by another program." in stopped_server.is_refused()


def test_the_secret_is_generated_once_and_stored(stopped_server):
    server = stopped_server
    del server.settings["BETTER_AUTH_SECRET"]
    server.start()
    alice = server.newcomer()
    server.stop()
    file = server.data / "secret"
    secret = file.read_text().strip()
    assert mode(file) == "0o600" and mode(server.data) == "0o700" and len(secret) >= 32
    assert jwt.decode(alice.token, secret, algorithms=["HS256"])["user_id"] == alice.id

    server.start()
    assert file.read_text().strip() == secret
    assert alice.gets("/api/auth/me").status_code == 200
    assert secret not in server.log + server.output


def test_a_stored_secret_that_is_damaged_is_refused(stopped_server):
    del stopped_server.settings["BETTER_AUTH_SECRET"]
    stopped_server.data.mkdir(parents=True)
    (stopped_server.data / "secret").write_text("short\n")
    assert "holds no usable secret" in stopped_server.is_refused()
    assert (stopped_server.data / "secret").read_text() == "short\n"


def test_the_database_is_readable_by_its_owner_alone(server):
    for name in ["latchkey.db", "latchkey.db-wal", "latchkey.db-shm"]:
        assert mode(server.data / name) == "0o600"


def test_in_production_a_secret_must_be_set(stopped_server):
    stopped_server.settings = dict(PRODUCTION)
    said = stopped_server.is_refused()
    assert "BETTER_AUTH_SECRET not set" in said and "openssl rand -base64 32" in said
    assert not stopped_server.database.exists() and not (stopped_server.data / "secret").exists()


def test_with_a_secret_production_starts(stopped_server):
    stopped_server.settings |= PRODUCTION
    stopped_server.start()
    assert stopped_server.client.get("/login").status_code == 200


@pytest.mark.parametrize("environment", ["development", "production"])
@pytest.mark.parametrize("secret", ["short", "x" * 31, EXAMPLE_SECRET])
def test_a_weak_secret_is_refused_and_not_repeated(stopped_server, environment, secret):
    stopped_server.settings = {"LATCHKEY_ENV": environment, "BETTER_AUTH_SECRET": secret}
    said = stopped_server.is_refused()
    assert "BETTER_AUTH_SECRET" in said and secret not in said


def test_all_bad_settings_are_reported_at_once(stopped_server):
    stopped_server.settings = {
        "PORT": "70000", "BCRYPT_COST": "99", "LOG_LEVEL": "loud", "LOG_FORMAT": "xml", "BETTER_AUTH_URL": "ftp://example.com",
        "FRONTEND_URL": "nonsense", "DATABASE_URL": "mysql://root:hunter2@localhost/db", "LATCHKEY_ENV": "staging",
        "BETTER_AUTH_SECRET": "short",
    }
    said = stopped_server.is_refused()
    for name in stopped_server.settings:
        assert name in said, said
    assert "hunter2" not in said
    assert "Fatal error" not in said and not stopped_server.data.exists()


@pytest.mark.parametrize("name, value", [
    ("PORT", "-1"), ("PORT", "eight"), ("PORT", "+80"), ("PORT", "80.0"), ("BCRYPT_COST", "3"), ("BCRYPT_COST", "twelve"),
    ("BETTER_AUTH_URL", "tasks.example.com"), ("DATABASE_URL", "sqlite:"), ("DATABASE_URL", "sqlite:///"),
    ("LATCHKEY_ASSETS", "nowhere"), ("LATCHKEY_ENV", "Production"), ("BETTER_AUTH_SECRET_FILE", "nowhere"),
])
def test_a_bad_setting_names_itself(stopped_server, name, value):
    if name == "BETTER_AUTH_SECRET_FILE":
        del stopped_server.settings["BETTER_AUTH_SECRET"]
    stopped_server.settings[name] = value
    assert name in stopped_server.is_refused()


def test_a_cheap_hash_is_refused_in_production_only(stopped_server):
    stopped_server.settings |= PRODUCTION | {"BCRYPT_COST": "9"}
    assert "BCRYPT_COST" in stopped_server.is_refused()


# Databases of other programs


def refused_and_untouched(server: Server) -> str:
    before = server.database.read_bytes()
    names = {path.name for path in server.data.iterdir()}
    said = server.is_refused()
    assert server.database.read_bytes() == before, "A refused file is left as it is."
    assert {path.name for path in server.data.iterdir()} - names <= {"secret", "latchkey.db-lock"}
    assert "Fatal error" not in said
    return said


def test_a_newer_database_is_refused(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    stopped_server.changes("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'future', 0)")
    assert "newer Latchkey" in refused_and_untouched(stopped_server)


@pytest.mark.parametrize("content", [b"This is no database.\n" * 100, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4080], ids=["text", "zeros", "damaged"])
def test_a_file_that_is_no_database_is_refused(stopped_server, content):
    stopped_server.data.mkdir(parents=True)
    stopped_server.database.write_bytes(content)
    refused_and_untouched(stopped_server)


def test_the_database_of_another_program_is_refused(stopped_server):
    stopped_server.data.mkdir(parents=True)
    with sqlite(stopped_server.database) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
        database.execute("INSERT INTO recipes VALUES ('soup')")
        database.commit()
    assert "recipes" in refused_and_untouched(stopped_server)


def test_a_database_path_that_cannot_be_written_is_reported(stopped_server):
    stopped_server.settings["DATABASE_URL"] = "sqlite:///nowhere/at/all/latchkey.db"
    assert "/nowhere/at/all/latchkey.db" in stopped_server.is_refused()


@pytest.mark.parametrize("url", ["sqlite:own.db", "sqlite://{directory}/own.db"])
def test_the_database_may_be_in_another_directory(stopped_server, url):
    stopped_server.settings["DATABASE_URL"] = url.format(directory=stopped_server.directory)
    stopped_server.start().newcomer()
    own = stopped_server.directory / "own.db"
    assert own.exists() and mode(own) == "0o600" and not stopped_server.database.exists()


def test_a_lock_held_by_another_program_delays_a_write_and_loses_nothing(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    with sqlite(server.database) as database, ThreadPoolExecutor(1) as pool:
        database.isolation_level = None
        database.execute("BEGIN IMMEDIATE")
        write = pool.submit(alice.posts, alice.tasks, {"title": "Waits"})
        with Client(server.url) as client:
            assert client.get("/api/auth/me", headers={"Authorization": f"Bearer {alice.token}"}).status_code == 200
        assert not write.done()
        database.execute("COMMIT")
        assert write.result(10).status_code == 201
    assert alice.titles() == ["Waits"]


# Sources of settings


def test_a_flag_beats_the_environment_which_beats_the_env_file(stopped_server):
    server = stopped_server
    del server.settings["BETTER_AUTH_SECRET"]
    server.directory.mkdir(parents=True)
    (server.directory / ".env").write_text(
        f"# settings\nexport BETTER_AUTH_SECRET='{SECRET}'  # quoted\n\nLATCHKEY_DATA=from-file\nLOG_FORMAT=\"json\"\n")

    server.settings["LATCHKEY_DATA"] = None
    server.start()
    alice = server.newcomer()
    jwt.decode(alice.token, SECRET, algorithms=["HS256"])
    assert all(json.loads(line) for line in server.log.splitlines()) and server.log
    server.stop()
    assert (server.directory / "from-file" / "latchkey.db").exists()

    server.settings |= {"LATCHKEY_DATA": "from-environment", "LOG_FORMAT": "text", "BETTER_AUTH_SECRET": SECRET[::-1]}
    server.start()
    jwt.decode(server.newcomer().token, SECRET[::-1], algorithms=["HS256"])
    assert not server.log.startswith("{")
    server.stop()
    assert (server.directory / "from-environment" / "latchkey.db").exists()

    server.arguments = ("--data", "from-flag")
    server.start().stop()
    assert (server.directory / "from-flag" / "latchkey.db").exists()


def test_an_empty_variable_counts_as_unset(stopped_server):
    stopped_server.settings |= {"LOG_LEVEL": "", "DATABASE_URL": "", "BETTER_AUTH_URL": ""}
    stopped_server.start()


def test_a_malformed_env_file_is_reported_with_its_line(stopped_server):
    stopped_server.directory.mkdir(parents=True)
    (stopped_server.directory / ".env").write_text("LOG_LEVEL=info\nnonsense\n")
    assert ".env, line 2" in stopped_server.is_refused()


def test_a_secret_can_come_from_a_file(stopped_server, tmp_path):
    file = tmp_path / "the-secret"
    file.write_text(SECRET + "\n")
    stopped_server.settings = {"BETTER_AUTH_SECRET_FILE": file}
    alice = stopped_server.start().newcomer()
    assert jwt.decode(alice.token, SECRET, algorithms=["HS256"])["user_id"] == alice.id
    assert not (stopped_server.data / "secret").exists()


def test_a_secret_may_not_come_from_two_places(stopped_server, tmp_path):
    (tmp_path / "the-secret").write_text("x" * 40)
    stopped_server.settings["BETTER_AUTH_SECRET_FILE"] = tmp_path / "the-secret"
    said = stopped_server.is_refused()
    assert "BETTER_AUTH_SECRET_FILE" in said and SECRET not in said


def test_a_request_never_makes_more_than_one_log_line(stopped_server):
    stopped_server.settings["LOG_FORMAT"] = "json"
    server = stopped_server.start()
    with Wire(server) as wire:
        wire.sends(b"GET /a%0d%0ab/%e2%80%a8/%1b[31m/forged?token=private HTTP/1.1\r\nHost: localhost\r\nUser-Agent: x\r\n\r\n")
        wire.answer()
    wait_until(lambda: "forged" in server.log, "the request in the log")
    for line in server.log.splitlines():
        assert isinstance(json.loads(line), dict)
    assert "\x1b" not in server.log and "\u2028" not in server.log and "private" not in server.log


# Commands


def test_help_lists_the_commands(tmp_path):
    for arguments in [("--help",), ("-h",), ("help",)]:
        done = run(*arguments, directory=tmp_path)
        assert done.returncode == 0 and done.stderr == ""
        assert "serve (default)" in done.stdout and "health" in done.stdout and "USAGE: latchkey" in done.stdout
    serve = run("serve", "--help", directory=tmp_path)
    assert serve.returncode == 0
    for flag in ["--host", "--port", "--data", "--env", "--database-url", "--log-level", "--log-format"]:
        assert flag in serve.stdout
    assert list(tmp_path.iterdir()) == [], "Asking for help makes nothing."


def test_version_is_a_number(tmp_path):
    done = run("--version", directory=tmp_path)
    assert done.returncode == 0 and done.stdout.strip().count(".") == 2


@pytest.mark.parametrize("arguments", [("sreve",), ("--prot", "80"), ("serve", "--port"), ("health", "--port", "99999")])
def test_a_mistyped_command_is_reported(tmp_path, arguments):
    done = run(*arguments, directory=tmp_path)
    assert done.returncode == 64 and "Usage:" in done.stderr


def test_health_asks_the_running_server(server, tmp_path):
    assert run("health", directory=tmp_path, PORT=str(server.port)).returncode == 0
    assert run("health", "--port", str(server.port), directory=tmp_path).returncode == 0


def test_health_fails_without_a_server(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert run("health", directory=tmp_path, PORT=str(taken.getsockname()[1])).returncode == 1
