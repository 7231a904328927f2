"""Faults of a machine: a full disk, a lock, a damaged file, a clock that jumps. The server serves or says why
not, it loses nothing that it answered, and it goes on by itself when the cause is gone."""

import os
import random
import re
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mounts
from support import SECRET, UNKNOWN, Client, Server, binary, sqlite, wait_until
from wire import Wire

KILLS = int(os.environ.get("LATCHKEY_KILLS", "8"))
"""`make endure` takes 200."""


class OnSmallDisk(Server):
    """Its data directory is a disk of its own, which is 3 MiB large."""

    mount = 'mount -t tmpfs -o size=3m,mode=700 tmpfs "$LATCHKEY_DATA" && exec "$@"'

    def launch(self) -> subprocess.Popen:
        self.data.mkdir(parents=True, exist_ok=True)
        # Mounted in a namespace of its own; it is gone with the process.
        with open(self.directory / "stdout", "w") as out, open(self.directory / "stderr", "w") as err:
            self.process = subprocess.Popen(
                [*mounts.alone(), "sh", "-c", self.mount, "sh", binary()], cwd=self.directory, env=self.environment(),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        return self.process

    @property
    def disk(self) -> Path:
        return Path(f"/proc/{self.process.pid}/root{self.data}")


@pytest.fixture
def on_small_disk(tmp_path):
    # The usual reserve is more than this disk has.
    server = OnSmallDisk(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET, "DISK_RESERVE_MIB": 0})
    yield server
    if server.is_running():
        server.kill()


def ready(server) -> int:
    # An answer is believed for a second.
    time.sleep(1.1)
    return server.client.get("/ready").status_code


def test_a_full_disk_is_reported_loses_nothing_and_recovers_when_there_is_room(on_small_disk, tmp_path):
    server = on_small_disk.start()
    alice = server.newcomer()
    filler = server.disk / "filler"
    made, refused = [], 0
    with open(filler, "wb") as file:
        free = os.statvfs(server.disk)
        file.write(b"x" * (free.f_bavail * free.f_frsize - 300_000))
    for number in range(5000):
        # Where there is no room for a large task, there may be some for smaller ones.
        answer = alice.posts(alice.tasks, {"title": f"{number}", "description": "x" * (5000 >> refused)})
        if answer.status_code == 201:
            made.append(str(number))
        else:
            assert answer.status_code == 507 and "Retry-After" not in answer.headers
            assert answer.json()["detail"] == "The database's disk is full. Nothing was changed."
            refused += 1
            if refused == 20:
                break
    assert refused == 20 and made, "The disk was never full."
    # Reading goes on, and /ready does not report success.
    assert set(alice.titles()) == set(made[-100:])
    assert server.client.get("/health").status_code == 200
    assert ready(server) == 503
    filler.unlink()
    wait_until(lambda: ready(server) == 200, "/ready", 15)
    alice.adds("afterwards")
    # The disk is gone with the server, so its files are looked at in a copy.
    copy = shutil.copytree(server.disk, tmp_path / "copy")
    with sqlite(copy / "latchkey.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        titles = [title for title, in database.execute("SELECT title FROM tasks")]
    assert sorted(titles) == sorted([*made, "afterwards"])
    server.stop()


def test_the_last_disk_space_is_reserved_for_sessions_and_the_audit_trail(on_small_disk):
    on_small_disk.settings["DISK_RESERVE_MIB"] = 1
    server = on_small_disk.start()
    alice = server.newcomer()
    first = alice.adds("first")
    with open(server.disk / "filler", "wb") as file:
        free = os.statvfs(server.disk)
        file.write(b"x" * (free.f_bavail * free.f_frsize - 900_000))
    sentence = "The database's disk is nearly full, so no tasks are written."
    for answer in [
        alice.posts(alice.tasks, {"title": "no"}),
        alice.asks("PATCH", f"{alice.tasks}/{first['id']}", json={"description": "no"}),
    ]:
        assert answer.status_code == 507 and "Retry-After" not in answer.headers
        assert answer.json()["detail"] == sentence + " Nothing was changed."
    assert ready(server) == 503 and server.client.get("/ready").json()["detail"] == sentence
    assert sentence in server.log
    # Everything else goes on, and is recorded.
    again = server.signs_in(alice.email)
    assert server.tries_to_sign_in(alice.email, "not the password").status_code == 401
    bob = server.newcomer("bob")
    assert bob.posts("/api/auth/signout").status_code == 204
    assert again.asks("PATCH", f"{alice.tasks}/{first['id']}", json={"completed": True}).status_code == 200
    assert again.asks("DELETE", f"{alice.tasks}/{first['id']}").status_code == 204
    (server.disk / "filler").unlink()
    wait_until(lambda: ready(server) == 200, "/ready", 15)
    alice.adds("afterwards")
    server.stop()


def test_a_read_only_file_system_is_reported_at_the_start(stopped_server):
    alone = mounts.alone()
    server = stopped_server.start()
    server.stop()
    mount = 'mount --bind "$LATCHKEY_DATA" "$LATCHKEY_DATA" && mount -o remount,ro,bind "$LATCHKEY_DATA" && exec "$@"'
    before = server.database.read_bytes()
    done = subprocess.run(
        [*alone, "sh", "-c", mount, "sh", binary()], cwd=server.directory, env=server.environment(), text=True,
        capture_output=True, timeout=20)
    assert done.returncode == 1, done.stderr
    assert str(server.data) in done.stderr and "the file system is read-only" in done.stderr
    assert server.database.read_bytes() == before


def test_a_lock_held_by_another_program_is_reported_and_survived(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    with sqlite(server.database) as database, ThreadPoolExecutor(2) as pool:
        database.isolation_level = None
        database.execute("BEGIN IMMEDIATE")
        writes = [pool.submit(alice.posts, alice.tasks, {"title": f"{number}"}, timeout=30) for number in range(2)]
        assert alice.gets(alice.tasks).status_code == 200
        statuses = {write.result(30).status_code for write in writes}
        assert statuses == {503}
        assert alice.titles() == []
        database.execute("COMMIT")
    alice.adds("afterwards")
    assert alice.titles() == ["afterwards"]
    wait_until(lambda: ready(server) == 200, "/ready", 15)
    server.stop()


def damage(path: Path, seed: int) -> None:
    """Overwrites some pages after the first."""
    size = path.stat().st_size
    with open(path, "r+b") as file:
        for page in range(1, size // 4096):
            file.seek(page * 4096)
            file.write(random.Random(seed + page).randbytes(600))


def test_a_damaged_database_is_refused_and_left_as_it_is(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    for number in range(20):
        alice.adds(f"{number}")
    server.stop()
    damage(server.database, 1)
    before = server.database.read_bytes()
    said = server.is_refused()
    assert "damaged" in said or "malformed" in said, said
    assert server.database.read_bytes() == before


def test_damage_in_a_large_database_is_found_while_serving(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    server.stop()
    with sqlite(server.database) as database:
        database.executemany(
            "INSERT INTO tasks (user_id, id, title, description, completed, completed_at, created_at, updated_at) "
            "VALUES (?, ?, 'x', ?, 0, NULL, 1, 1)",
            [(alice.id, f"01000000-0000-7000-8000-{number:012x}", "y" * 1000) for number in range(6000)])
        database.commit()
        pages, = database.execute("PRAGMA page_count").fetchone()
    assert pages * 4096 > 4 << 20
    with open(server.database, "r+b") as file:
        file.seek((pages // 2) * 4096)
        file.write(b"\xff" * 4096)
    server.launch()
    wait_until(lambda: "Latchkey is at" in server.output, "the start")
    wait_until(lambda: "the database is damaged" in server.log, "the damage to be found")
    server.port = int(server.output.split("localhost:")[1].split()[0])
    server.client = Client(server.url)
    assert server.client.get("/ready").status_code == 503
    assert server.client.get("/health").status_code == 200
    server.stop()


def test_a_clock_that_jumps_breaks_nothing(stopped_server):
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library, "Install faketime: the clock is turned with it."
    server, clock = stopped_server, stopped_server.directory / "clock"
    server.directory.mkdir(parents=True)
    # The monotonic clock is not faked, only the time of day: as when a clock is set.
    server.settings |= {
        "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def jumps(offset: str):
        clock.write_text(offset + "\n")

    jumps("+0")
    server.start()
    alice = server.newcomer()
    alice.adds("before")

    def opens() -> tuple[int, str]:
        answer = alice.gets(alice.tasks)
        return answer.status_code, "" if answer.ok else answer.json()["detail"]

    assert opens() == (200, "")
    jumps("+8d")
    assert opens() == (401, "Token has expired")
    there = server.signs_in(alice.email)
    there.adds("in the future")
    jumps("+0")
    assert opens() == (200, "")
    # A token that is yet to be issued is none, and what was done in the meantime is there.
    assert there.gets(there.tasks).status_code == 401
    again = server.signs_in(alice.email)
    again.adds("back again")
    assert sorted(again.titles()) == ["back again", "before", "in the future"]
    jumps("-1d")
    yesterday = server.signs_in(alice.email)
    yesterday.adds("yesterday")
    with ThreadPoolExecutor(4) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: yesterday.gets("/api/tasks"), range(40))} == {200}
    jumps("+0")
    assert opens() == (200, "") and len(alice.titles()) == 4
    server.stop()


def test_killed_at_any_moment_under_writes_by_many(stopped_server):
    server = stopped_server.start()
    people = [server.newcomer(f"writer{number}") for number in range(3)]
    answered: dict[str, set[str]] = {person.id: set() for person in people}
    moments = random.Random(11)

    def write(person, round):
        with Client(server.url) as client:
            for number in range(10_000):
                title = f"{round}.{number}"
                try:
                    answer = client.post(
                        "/api/tasks", json={"title": title, "description": "d" * 500},
                        headers={"Authorization": f"Bearer {person.token}"})
                except OSError:
                    return
                assert answer.status_code == 201, answer.text
                answered[person.id].add(title)

    for round in range(KILLS):
        with ThreadPoolExecutor(len(people)) as pool:
            writers = [pool.submit(write, person, round) for person in people]
            time.sleep(moments.uniform(0.01, 0.3))
            server.kill()
            for writer in writers:
                writer.result(10)
        server.start()
        for person in people:
            kept = [title for title, in server.looks_up("SELECT title FROM tasks WHERE user_id = ?", person.id)]
            assert answered[person.id] <= set(kept), "A task that was answered 201 is gone."
            assert len(kept) == len(set(kept)), "A task is there twice."
            # Each round may have one that was written, but whose answer never left.
            assert len(kept) - len(answered[person.id]) <= round + 1
            half = server.looks_up("SELECT count(*) FROM tasks WHERE length(description) <> 500")
            assert half == [(0,)]
    server.stop()
    with sqlite(server.database) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    print(f"{sum(map(len, answered.values()))} acknowledged writes, {KILLS} kills, none missing")


class Traced(Server):
    """Under strace, which counts calls of the system, or makes some fail."""

    options: tuple = ()

    def launch(self) -> subprocess.Popen:
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "stdout", "w") as out, open(self.directory / "stderr", "w") as err:
            self.process = subprocess.Popen(
                ["strace", "-f", "-o", self.directory / "trace", *self.options, binary()], cwd=self.directory,
                env=self.environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        return self.process

    def stop(self) -> None:
        # strace ends with the program that it runs.
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGTERM)
        self.process.wait(20)


@pytest.fixture
def traced(tmp_path):
    assert shutil.which("strace"), "Install strace: calls of the system are counted with it, and made to fail."
    server = Traced(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET, "THROTTLE": "off"})
    yield server
    if server.is_running():
        server.stop()


def test_each_answered_write_has_been_synced(traced):
    traced.options = ("-e", "trace=fsync,fdatasync")
    server = traced.start()
    alice = server.newcomer()

    def syncs() -> int:
        return len(re.findall(r"(?:fsync|fdatasync)\(", (server.directory / "trace").read_text()))

    for number in range(20):
        before = syncs()
        alice.adds(f"{number}")
        wait_until(lambda: syncs() > before, "the sync of a write that was answered")
    server.stop()


def test_a_disk_that_fails_to_sync_acknowledges_nothing_and_loses_nothing(traced, new_server):
    traced.options = ("-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=40+")
    server = traced.start()
    alice = server.newcomer()
    made = []
    for number in range(60):
        answer = alice.posts(alice.tasks, {"title": f"{number}"})
        if answer.status_code == 201:
            made.append(f"{number}")
        else:
            # What a failed sync leaves behind may be found after a crash.
            assert answer.status_code == 500 and answer.json()["detail"] == UNKNOWN
    assert 0 < len(made) < 45
    assert server.client.get("/health").status_code == 200
    server.stop()
    healed = new_server("healed", server.settings | {"LATCHKEY_DATA": server.data}).start()
    there = {title for title, in server.looks_up("SELECT title FROM tasks")}
    assert set(made) <= there
    healed.stop()


def test_twenty_thousand_requests_leave_no_memory_behind(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    alice.adds("one")
    head = f"GET /api/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {alice.token}\r\n\r\n"

    def memory() -> int:
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{server.process.pid}/status").read_text()).group(1))

    def asks(times: int):
        with Wire(server) as wire:
            for _ in range(times // 100):
                wire.sends(head * 100)
                for _ in range(100):
                    assert wire.answer().status == 200

    asks(2000)
    before = memory()
    asks(20_000)
    assert memory() - before < 40 * 1024, "kB"
    server.stop()


def test_four_hundred_slow_clients_delay_no_other(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    slow = []
    for number in range(400):
        wire = Wire(server)
        # A third each: within a head, within a body, and not reading the answer.
        if number % 3 == 0:
            wire.sends("GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        elif number % 3 == 1:
            wire.sends("POST /api/auth/signin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        else:
            wire.sends("GET /static/none HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        slow.append(wire)
    for _ in range(50):
        assert alice.gets("/api/tasks").status_code == 200
    for wire in slow:
        wire.socket.close()
    server.stop()


def test_no_metrics_are_served_by_default(stopped_server):
    server = stopped_server.start()
    for path in ["/metrics", "/debug", "/debug/pprof", "/status", "/actuator"]:
        assert server.client.get(path).status_code == 404
    server.stop()
