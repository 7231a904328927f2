"""Backups of a large database under a steady load: their cost to writers, and that each backup is complete.

Prints its figures; `make slow` runs it. LATCHKEY_BACKUP_SECONDS (20) is the length of each of its parts,
LATCHKEY_BACKUP_RATE (2000) the writes a second, and LATCHKEY_BACKUP_MIB (200) the size of the database."""

import json
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from support import SECRET, Server, binary, sqlite

SECONDS = int(os.environ.get("LATCHKEY_BACKUP_SECONDS", 20))
RATE = int(os.environ.get("LATCHKEY_BACKUP_RATE", 2000))
MEBIBYTES = int(os.environ.get("LATCHKEY_BACKUP_MIB", 200))
INTERVAL = 10
CONNECTIONS = 64
LOAD = Path(__file__).resolve().parents[2] / "Benchmarks" / "load" / "fixedrate.c"


@pytest.fixture
def load_tool(tmp_path) -> Path:
    tool = tmp_path / "fixedrate"
    subprocess.run(["cc", "-O2", "-o", tool, LOAD], check=True, timeout=60)
    return tool


@pytest.fixture
def large(tmp_path) -> Server:
    server = Server(tmp_path / "latchkey", {
        "BETTER_AUTH_SECRET": SECRET, "LOG_LEVEL": "warning", "ACCOUNT_QUOTA_MIB": 0,
        "ACCOUNT_WRITE_KIB_PER_SECOND": 0})
    server.start()
    owner = server.newcomer("owner")
    server.stop()
    rows = ((owner.id, f"{number:012}", f"Task {number}", os.urandom(350).hex(), number, number)
            for number in range(MEBIBYTES * 1230))
    with sqlite(server.database) as database:
        database.executemany(
            "INSERT INTO tasks (user_id, id, title, description, completed, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, FALSE, ?, ?)", rows)
        database.commit()
    server.start()
    yield server
    if server.is_running():
        server.stop()


class Witness(threading.Thread):
    """Adds one task after the other during the load, and remembers which were acknowledged."""

    def __init__(self, server: Server):
        super().__init__()
        self.person = server.newcomer("witness")
        self.acknowledged: list[str] = []
        self.ends = threading.Event()

    def run(self):
        while not self.ends.wait(0.02):
            self.acknowledged.append(self.person.adds(f"witness {len(self.acknowledged)}")["id"])


class Watch(threading.Thread):
    """The largest size of the log."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self.log = Path(f"{server.database}-wal")
        self.most = 0
        self.ends = threading.Event()

    def run(self):
        while not self.ends.wait(0.05):
            self.most = max(self.most, self.log.stat().st_size)


def begins_load(tool: Path, server: Server, seconds: int) -> subprocess.Popen:
    writer = server.newcomer("writer")
    return subprocess.Popen(
        [tool, "-p", str(server.port), "-c", str(CONNECTIONS), "-d", str(seconds), "-r", str(RATE), "-m", "POST",
         "-H", f"Authorization: Bearer {writer.token}", "-H", "Content-Type: application/json",
         "-b", json.dumps({"title": "Water the plants", "description": "x" * 100}), "/api/tasks"],
        stdout=subprocess.PIPE, text=True)


def figures(load: subprocess.Popen) -> dict:
    output, _ = load.communicate(timeout=SECONDS * 20 + 60)
    found = json.loads(output)
    assert found["errors"] == 0 and set(found["status"]) == {"201"}, output
    return found


def shown(name: str, found: dict, more: str = "") -> str:
    return (f"{name:28} {found['answered'] / found['seconds']:6.0f}/s  p50 {found['p50'] / 1000:6.2f} ms  "
            f"p99 {found['p99'] / 1000:6.2f} ms  p99.9 {found['p999'] / 1000:7.2f} ms  "
            f"worst {found['max'] / 1000:7.1f} ms  {more}")


@pytest.mark.timeout(3600)
def test_backups_under_load(large, load_tool, new_server):
    server = large
    size = server.database.stat().st_size
    print(f"\n{size / 1e6:.0f} MB, {RATE} writes a second on {CONNECTIONS} connections, for {SECONDS} s")
    # Shorter, as the database grows by each write.
    print(shown("without backups", figures(begins_load(load_tool, server, min(SECONDS, 20)))))

    witness, watch = Witness(server), Watch(server)
    witness.start()
    watch.start()
    made: list[tuple[str, int]] = []

    def backs_up() -> float:
        before = len(witness.acknowledged)
        began = time.monotonic()
        made.append((server.says("backup", "--quiet", patience=600).split(" has ")[0], before))
        return time.monotonic() - began

    load = begins_load(load_tool, server, SECONDS)
    began, times = time.monotonic(), []
    while time.monotonic() - began < SECONDS:
        times.append(backs_up())
        time.sleep(max(0, began + len(times) * INTERVAL - time.monotonic()))
    print(shown(f"a backup every {INTERVAL} s", figures(load),
                f"{len(times)} backups, {min(times):.1f}–{max(times):.1f} s, log up to {watch.most / 1e6:.0f} MB"))

    load, times = begins_load(load_tool, server, SECONDS), []
    began = time.monotonic()
    while len(times) < 20 and (time.monotonic() - began < SECONDS or len(times) < 5):
        times.append(backs_up())
    print(shown("one after the other", figures(load),
                f"{len(times)} backups, {min(times):.1f}–{max(times):.1f} s, log up to {watch.most / 1e6:.0f} MB"))
    watch.ends.set()
    witness.ends.set()
    witness.join()

    for file, before in made:
        with sqlite(Path(file)) as database:
            found = {identifier for identifier, in database.execute(
                "SELECT id FROM tasks WHERE user_id = ?", (witness.person.id,))}
        # What was acknowledged before it began, and of the rest a beginning without gaps.
        assert set(witness.acknowledged[:before]) <= found
        assert found == set(witness.acknowledged[:len(found)])
        assert " is whole" in server.says("backup", "verify", "--quiet", file, patience=600)
    print(f"{server.database.stat().st_size / 1e6:.0f} MB at the end")

    # The last one restores, in an empty place.
    elsewhere = new_server("restored", server.settings)
    began = time.monotonic()
    elsewhere.says("restore", "--quiet", made[-1][0], patience=600)
    print(f"a restore takes {time.monotonic() - began:.1f} s")
    elsewhere.start()
    assert elsewhere.signs_in(witness.person.email).titles()[0].startswith("witness ")
    elsewhere.stop()
