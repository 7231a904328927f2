"""Backups: made beside a server that works, complete or not there, and restored into one that starts."""

import gzip
import hashlib
import json
import os
import random
import re
import resource
import signal
import sqlite3
import stat
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mounts
from support import SECRET, Browser, Server, binary, sqlite, wait_until

KILLS = int(os.environ.get("LATCHKEY_KILLS", "8"))
OTHER_SECRET = "another-acceptance-test-secret-of-fifty-five-bytes!!!!!"


@pytest.fixture
def server(stopped_server) -> Server:
    return stopped_server.start()


def folder(server: Server) -> Path:
    return server.data / "backups"


def backs_up(server: Server, *arguments) -> Path:
    """Makes a backup, and answers with its file."""
    said = server.says("backup", *arguments)
    found = re.match(r"(\S+\.db) has [\d.]+ [kM]B: \d+ users?, \d+ tasks?\. Checked\.\n", said)
    assert found, said
    return Path(found[1])


def files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()} - {".lock"}


def refusal(server: Server, *arguments, **settings) -> str:
    done = server.command(*arguments, **settings)
    assert done.returncode == 1 and "Fatal" not in done.stderr, done.stdout + done.stderr
    return done.stderr


def titles(file: Path) -> set[str]:
    with sqlite(file) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {title for title, in database.execute("SELECT title FROM tasks")}


def grows(server: Server, mebibytes: int) -> None:
    """Makes the database larger, by rows that the server takes for its own."""
    rows = [(f"filler-{number}", 0, os.urandom(50_000).hex()) for number in range(mebibytes * 10)]
    with sqlite(server.database) as database:
        database.execute("CREATE TABLE IF NOT EXISTS filler (name TEXT PRIMARY KEY, number BIGINT, text TEXT)")
        database.executemany("INSERT INTO filler VALUES (?, ?, ?)", rows)
        database.commit()


class Load:
    """Adds tasks without a pause, on several connections, and remembers those that were acknowledged."""

    def __init__(self, server: Server, writers: int = 4):
        self.acknowledged: list[str] = []
        self.slowest = 0.0
        self.ends = threading.Event()
        people = [server.newcomer(f"writer{number}") for number in range(writers)]
        self.pool = ThreadPoolExecutor(writers)
        self.work = [self.pool.submit(self.writes, person, number) for number, person in enumerate(people)]

    def writes(self, person, writer: int) -> None:
        number = 0
        while not self.ends.is_set():
            began = time.monotonic()
            person.adds(f"{writer}-{number}")
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.acknowledged.append(f"{writer}-{number}")
            number += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.pool.shutdown()
        for each in self.work:
            each.result()


# Beside the server


def test_a_backup_under_writes_is_consistent_and_has_everything_acknowledged_before_it(server, new_server):
    grows(server, 20)
    made = []
    with Load(server) as load:
        for _ in range(5):
            before = set(load.acknowledged)
            made.append((backs_up(server), before))
            wait_until(lambda: len(load.acknowledged) > len(before) + 20, "more writes")
    for file, before in made:
        found = titles(file)
        assert before <= found, "A write that was acknowledged before the backup began is missing."
        # Each writer waits for one response before the next write, so a consistent snapshot has no gaps.
        for writer in range(4):
            numbers = sorted(int(title.split("-")[1]) for title in found if title.startswith(f"{writer}-"))
            assert numbers == list(range(len(numbers)))
    assert len(made[0][1]) < len(titles(made[-1][0])) <= len(load.acknowledged)
    said = server.says("backup", "verify", "--all")
    assert said.count(" is whole: ") == 5 and said.count("It was made with this secret.") == 5
    assert [each["file"] for each in server.objects("backup", "list", "--json")] == [str(each) for each, _ in made[::-1]]
    # It restores into an empty place, and a server starts there.
    elsewhere = new_server("restored", server.settings)
    elsewhere.says("restore", made[-1][0])
    elsewhere.start()
    assert titles(elsewhere.database) == titles(made[-1][0])
    elsewhere.stop()


def test_a_backup_is_readable_by_its_owner_alone_and_described(server):
    server.newcomer().adds("one")
    file = backs_up(server)
    assert re.fullmatch(r"latchkey-\d{8}T\d{6}Z\.db", file.name)
    manifest = json.loads(file.with_suffix(".json").read_text())
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert manifest["bytes"] == file.stat().st_size
    assert manifest["counts"]["users"] == 1 and manifest["counts"]["tasks"] == 1
    assert manifest["schema"] == server.looks_up("SELECT MAX(version) FROM schema_migrations")[0][0]
    assert manifest["secret_check"] == server.looks_up("SELECT code FROM secret_check")[0][0]
    for path in [file, file.with_suffix(".json")]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder(server).stat().st_mode) == 0o700
    assert SECRET.encode() not in file.read_bytes()


def test_a_backup_goes_to_the_path_that_is_given(server, tmp_path):
    file = backs_up(server, tmp_path / "a" / "b")
    assert file.parent == tmp_path / "a" / "b" and not folder(server).exists()
    server.settings["BACKUP_DIR"] = tmp_path / "set"
    assert backs_up(server).parent == tmp_path / "set"
    done = subprocess.run(
        [binary(), "backup", "-"], cwd=server.directory, env=server.environment(), stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.startswith(b"SQLite format 3\0")
    piped = tmp_path / "piped.db"
    piped.write_bytes(done.stdout)
    assert "There is no description beside it" in server.says("backup", "verify", piped)
    assert len(files(tmp_path / "set")) == 2


def test_without_a_server_a_backup_leaves_the_database_as_it_is(server):
    server.newcomer().adds("one")
    server.stop()
    before = {path.name: path.read_bytes() for path in server.data.iterdir() if path.is_file()}
    backs_up(server)
    assert {path.name: path.read_bytes() for path in server.data.iterdir() if path.is_file()} == before


def test_a_backup_of_an_earlier_schema_does_not_change_it(stopped_server, new_server):
    server = stopped_server
    server.data.mkdir(parents=True)
    server.database.write_bytes(gzip.decompress((Path(__file__).parent / "data/schema-30.db.gz").read_bytes()))
    server.settings["BETTER_AUTH_SECRET"] = "an-acceptance-test-secret-of-32-bytes-or-more"
    file = backs_up(server)
    assert server.looks_up("SELECT MAX(version) FROM schema_migrations") == [(30,)]
    elsewhere = new_server("restored", server.settings)
    assert re.search(r"brought from schema 30 to \d\d\.", elsewhere.says("restore", file))
    elsewhere.start()
    assert len(elsewhere.signs_in("alice@example.com", "password-of-alice").titles()) == 4
    elsewhere.stop()


def test_concurrent_backups_into_one_directory_do_not_collide(server):
    grows(server, 10)
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: server.command("backup"), range(3)))
    assert {each.returncode for each in done} <= {0, 1}
    for each in done:
        assert each.returncode == 0 or "Another backup into the same directory is being made" in each.stderr
    assert len(server.says("backup", "verify", "--all").splitlines()) == sum(each.returncode == 0 for each in done) >= 1


def test_a_backup_that_is_impossible_is_explained(server, tmp_path):
    assert "There is no database at" in refusal(server, "backup", "--data", tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refusal(server, "backup", tmp_path / "file")
    foreign = tmp_path / "foreign.db"
    with sqlite(foreign) as database:
        database.execute("CREATE TABLE notes (text TEXT)")
    assert "is not a Latchkey database" in refusal(server, "backup", "--database-url", f"sqlite:{foreign}")
    done = server.command("backup", "--keep", "sometimes")
    assert done.returncode == 64 and "does not say what to keep" in done.stderr
    assert not folder(server).exists() or files(folder(server)) == set()


# Failures


def test_a_kill_in_the_middle_leaves_no_half_backup(server):
    grows(server, 60)
    chances = random.Random(7)
    ended = 0
    for _ in range(KILLS):
        process = subprocess.Popen(
            [binary(), "backup", "--quiet"], cwd=server.directory, env=server.environment(),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chances.uniform(0.02, 0.7))
        process.kill()
        ended += process.wait(20) == 0
        present = server.objects("backup", "list", "--json")
        assert len(present) >= ended
        assert all("sha256" in each for each in present), "A backup without its description."
    backs_up(server)
    # What the killed ones have left is gone, and all that is there is complete.
    names = files(folder(server))
    assert not [name for name in names if name.startswith(".")]
    assert server.says("backup", "verify", "--all").count(" is whole") == len(names) // 2


def test_a_full_disk_is_detected_before_and_during_a_backup(server, tmp_path):
    grows(server, 4)
    small = tmp_path / "small"
    small.mkdir()
    done = subprocess.run(
        [*mounts.alone(), "sh", "-c", f'mount -t tmpfs -o size=3m tmpfs {small} && "$@"; code=$?; ls -A {small}; exit $code',
         "sh", binary(), "backup", small],
        cwd=server.directory, env=server.environment(), text=True, capture_output=True, timeout=60)
    assert done.returncode == 1, done.stderr
    assert re.search(r"has \d MiB free, and a backup needs \d+ MiB", done.stderr)
    assert done.stdout == ".lock\n"

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = subprocess.run(
        [binary(), "backup"], cwd=server.directory, env=server.environment(), text=True, capture_output=True,
        timeout=60, preexec_fn=limited)
    assert done.returncode == 1 and done.stderr.startswith("latchkey: "), done.stderr
    assert files(folder(server)) == set()


def test_a_file_that_was_changed_is_refused(server, new_server, tmp_path):
    server.newcomer().adds("one")
    file = backs_up(server)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert "is not as it was made: its checksum differs" in refusal(server, "backup", "verify", file)
    elsewhere = new_server("restored", server.settings)
    assert "its checksum differs" in refusal(elsewhere, "restore", file)
    assert not elsewhere.database.exists()
    # Without a description, at least what SQLite notices.
    file.with_suffix(".json").unlink()
    content[4096:8192] = os.urandom(4096)
    file.write_bytes(content)
    assert "damaged" in refusal(server, "backup", "verify", file)
    assert "damaged" in refusal(elsewhere, "restore", file)
    (tmp_path / "text.db").write_text("no database at all, but long enough for its header to be looked at " * 20)
    assert "is not an SQLite database" in refusal(elsewhere, "restore", tmp_path / "text.db")
    assert "There is no file" in refusal(elsewhere, "restore", "latchkey-20260101T000000Z.db")


def test_a_different_secret_is_reported_at_once(server, new_server):
    server.newcomer()
    file = backs_up(server)
    other = {"BETTER_AUTH_SECRET": OTHER_SECRET}
    said = refusal(server, "backup", "verify", file, **other)
    assert "BETTER_AUTH_SECRET is not the secret that it was made with" in said
    elsewhere = new_server("restored", server.settings)
    assert "was made with another BETTER_AUTH_SECRET" in refusal(elsewhere, "restore", file, **other)
    elsewhere.settings["BETTER_AUTH_SECRET"] = None
    assert "BETTER_AUTH_SECRET not set" in refusal(elsewhere, "restore", file)
    assert "No secret was compared" in elsewhere.says("backup", "verify", file)
    assert not elsewhere.database.exists()
    # A former secret will do, and a lost one can be replaced.
    former = other | {"BETTER_AUTH_SECRET_PREVIOUS": SECRET}
    elsewhere.says("restore", file, **former)
    said = elsewhere.says("restore", file, "--accept-new-secret", "--yes", **other)
    assert "latchkey serve --accept-new-secret" in said
    elsewhere.settings |= other
    elsewhere.arguments = ("serve", "--accept-new-secret")
    elsewhere.start().stop()


# Restoring


def test_a_restore_replaces_the_database_of_a_stopped_server_only(server):
    alice = server.newcomer()
    alice.adds("before")
    file = backs_up(server)
    alice.adds("after")
    assert "is in use by a running server" in refusal(server, "restore", file, "--yes")
    assert alice.titles() == ["after", "before"]
    server.stop()
    with sqlite(server.database) as shell:
        shell.execute("SELECT COUNT(*) FROM tasks").fetchone()
        assert "is open in another program" in refusal(server, "restore", file, "--yes")
    assert "Give --yes if you are certain" in refusal(server, "restore", file)
    said = server.says("restore", file.name, "--yes")
    kept = Path(re.search(r"What was there is in (\S+)\.\n", said)[1])
    assert titles(kept / "latchkey.db") == {"before", "after"} and kept.parent == server.data
    assert stat.S_IMODE(server.database.stat().st_mode) == 0o600
    server.start()
    assert server.signs_in(alice.email).titles() == ["before"]


def test_an_old_log_is_moved_away(server):
    alice = server.newcomer()
    alice.adds("before")
    file = backs_up(server)
    alice.adds("after")
    server.kill()
    assert Path(f"{server.database}-wal").stat().st_size > 0
    server.says("restore", file, "--yes")
    assert not Path(f"{server.database}-wal").exists()
    assert titles(server.database) == {"before"}
    # A damaged database is replaced as well, and its log does not stay beside the new one.
    server.database.write_bytes(b"damaged" * 1000)
    log = Path(f"{server.database}-wal")
    log.write_bytes(b"old log")
    said = server.says("restore", file, "--yes")
    kept = Path(re.search(r"What was there is in (\S+)\.\n", said)[1])
    assert (kept / "latchkey.db").read_bytes() == b"damaged" * 1000 and (kept / "latchkey.db-wal").exists()
    assert not log.exists() and titles(server.database) == {"before"}


@pytest.mark.parametrize("keeps_tokens", [False, True])
def test_a_restore_ends_sessions_and_tokens_and_resets_the_feed(server, keeps_tokens):
    alice = server.newcomer()
    token = alice.posts("/api/tokens", {"name": "Script", "scopes": ["tasks:read"]}).json()["token"]
    with Browser(server.url) as browser:
        browser.logs_in(alice)
        cookies = browser.cookies.copy()
    said = [server.says("user", "reset-link", alice.email), server.says("invite", "create")]
    links = [re.match(r"http://localhost:\d+(\S+)", each)[1] for each in said]
    assert [server.client.get(link).status_code for link in links] == [200, 200]
    feed = alice.gets("/api/changes").json()["next"]
    etag = alice.gets("/api/tasks").headers["etag"]
    kept = alice.posts("/api/tasks", {"title": "once"}, headers={"Idempotency-Key": "once-and-no-more"})
    assert kept.status_code == 201
    file = backs_up(server)
    server.stop()
    said = server.says("restore", file, "--yes", *(["--keep-tokens"] if keeps_tokens else []))
    assert "Ended: 2 sessions, 2 links, 1 invitation" in said, said
    assert ("1 API token." in said) is not keeps_tokens
    server.start()
    assert alice.gets("/api/tasks").status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert server.client.get("/api/tasks", headers=bearer).status_code == (200 if keeps_tokens else 401)
    with Browser(server.url) as browser:
        browser.cookies.update(cookies)
        assert browser.get("/dashboard").status_code == 303
    assert [server.client.get(link).status_code for link in links] == [404, 303]
    again = server.signs_in(alice.email)
    assert again.gets("/api/changes", params={"since": feed}).status_code == 410
    assert again.gets("/api/tasks", headers={"If-None-Match": etag}).status_code == 200
    repeated = again.posts("/api/tasks", {"title": "once"}, headers={"Idempotency-Key": "once-and-no-more"})
    assert repeated.status_code == 201 and repeated.json()["id"] != kept.json()["id"]
    # The trail says so, and goes on.
    event = server.objects("audit", "list", "--json", "--event", "sys_restored")[-1]
    assert event["actor"].startswith("command line: ") and event["details"]["sessions_ended"] == "2"
    assert "all as they were written" in server.says("audit", "verify")


def test_queued_mail_in_a_backup_is_not_sent_again(server):
    alice = server.newcomer()
    server.stop()
    now = int(time.time() * 1000)
    server.changes(
        "INSERT INTO mail_outbox (id, kind, user_id, address, details, state, created_at, due_at, expires_at, attempts, "
        "leased_until) VALUES ('m1', 'password-changed', ?, ?, '{}', 'waiting', ?, ?, ?, 0, 0)",
        alice.id, alice.email, now, now, now + 3_600_000)
    file = backs_up(server)
    server.says("restore", file, "--yes")
    assert server.looks_up("SELECT state FROM mail_outbox WHERE id = 'm1'") == [("obsolete",)]


def test_a_backup_of_a_newer_version_names_it(server, new_server):
    file = backs_up(server)
    with sqlite(file) as database:
        database.execute("INSERT INTO schema_migrations VALUES (9999, 'later', 0)")
        database.commit()
    manifest = json.loads(file.with_suffix(".json").read_text())
    manifest |= {"schema": 9999, "version": "9.9.9", "bytes": file.stat().st_size,
                 "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    file.with_suffix(".json").write_text(json.dumps(manifest))
    elsewhere = new_server("restored", server.settings)
    said = refusal(elsewhere, "restore", file)
    assert "was made by a newer Latchkey 9.9.9 (schema 9999" in said
    assert not elsewhere.database.exists()


def test_a_kill_during_a_restore_leaves_the_old_or_the_new_database(server):
    alice = server.newcomer()
    alice.adds("before")
    grows(server, 20)
    file = backs_up(server)
    alice.adds("after")
    server.stop()
    chances = random.Random(11)
    for _ in range(KILLS):
        process = subprocess.Popen(
            [binary(), "restore", file, "--yes"], cwd=server.directory, env=server.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chances.uniform(0.05, 1.2))
        process.kill()
        process.wait(20)
        assert titles(server.database) in [{"before"}, {"before", "after"}]
    server.says("restore", file, "--yes")
    assert titles(server.database) == {"before"}
    assert not [path.name for path in server.data.iterdir() if "restoring" in path.name]
    server.start()


# PostgreSQL


def test_a_postgresql_database_is_backed_up_into_a_file_that_restores(stopped_server, database, postgres, new_server):
    server = stopped_server
    server.settings["DATABASE_URL"] = postgres.address(database)
    server.start()
    alice = server.newcomer()
    alice.adds("one")
    file = backs_up(server)
    manifest = json.loads(file.with_suffix(".json").read_text())
    assert manifest["database"] == "postgresql" and manifest["counts"]["tasks"] == 1
    assert "It was made with this secret." in server.says("backup", "verify")
    assert "copy that into an empty database" in refusal(server, "restore", file)
    elsewhere = new_server("restored", server.settings)
    elsewhere.settings["DATABASE_URL"] = None
    elsewhere.says("restore", file)
    elsewhere.start()
    assert elsewhere.signs_in(alice.email).titles() == ["one"]
    elsewhere.stop()
    back = postgres.address(postgres.new_database())
    assert "Copied." in elsewhere.says("copy", "--from", f"sqlite:{elsewhere.database}", "--to", back)
    elsewhere.settings["DATABASE_URL"] = back
    elsewhere.start()
    assert elsewhere.signs_in(alice.email).titles() == ["one"]
    elsewhere.stop()


# By itself


def state(server: Server) -> dict | None:
    answer = server.client.get("/ready?verbose")
    assert answer.status_code == 200
    return answer.json().get("backup")


def test_the_server_makes_backups_on_schedule_and_keeps_the_configured_number(stopped_server):
    server = stopped_server
    server.settings |= {"BACKUP_SCHEDULE": "every 6h", "BACKUP_KEEP": "2d"}
    folder(server).mkdir(parents=True)
    for day in range(1, 6):
        for ending in ["db", "json"]:
            (folder(server) / f"latchkey-2026010{day}T023000Z.{ending}").write_text("old")
    (folder(server) / "notes.txt").write_text("not ours")
    server.start()
    wait_until(lambda: "backup made" in server.log and "older backups deleted" in server.log, "the first backup")
    present = server.objects("backup", "list", "--json")
    assert len(present) == 2 and present[1]["created_at"] == "2026-01-05T02:30:00.000Z"
    assert (folder(server) / "notes.txt").read_text() == "not ours"
    found = state(server)
    assert found["status"] == "ok" and found["last_at"] == present[0]["created_at"] and 0 <= found["age_seconds"] < 60
    assert server.says("backup", "verify").count(" is whole") == 1
    # A restart makes no other one, as none is due.
    server.stop()
    server.start()
    time.sleep(0.5)
    assert "backup made" not in server.log and len(server.objects("backup", "list", "--json")) == 2


def test_a_failed_backup_is_reported_and_affects_nothing_else(stopped_server, tmp_path):
    server = stopped_server
    (tmp_path / "file").write_text("")
    server.settings |= {"BACKUP_SCHEDULE": "02:30", "BACKUP_DIR": tmp_path / "file"}
    server.start()
    wait_until(lambda: "no backup was made" in server.log, "the failure in the log")
    found = state(server)
    assert found["status"] == "failed" and str(tmp_path / "file") in found["problem"]
    server.newcomer().adds("all the same")


def test_a_stop_in_the_middle_of_a_backup_is_quick_and_leaves_nothing(stopped_server):
    server = stopped_server.start()
    grows(server, 60)
    server.stop()
    server.settings["BACKUP_SCHEDULE"] = "every 1d"
    server.start()
    wait_until(lambda: folder(server).exists(), "the beginning of a backup")
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 3
    names = files(folder(server))
    assert not [name for name in names if name.startswith(".")] and len(names) in (0, 2)


def test_without_a_schedule_only_existing_backups_are_reported(server):
    assert state(server) is None
    backs_up(server)
    assert state(server)["status"] == "ok"


@pytest.mark.parametrize("name, value", [("BACKUP_SCHEDULE", "nightly"), ("BACKUP_KEEP", "7"), ("BACKUP_SCHEDULE", "every 1s")])
def test_an_invalid_schedule_is_refused(stopped_server, name, value):
    stopped_server.settings[name] = value
    assert f"{name} is '{value}', but must be" in stopped_server.is_refused()
