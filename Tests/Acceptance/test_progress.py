"""The progress of long work: a line on a terminal, plain lines elsewhere, and JSON for programs."""

import fcntl
import json
import os
import struct
import subprocess
import termios
import threading

import pytest

from support import SECRET, Server, binary

CLEARED = "\r\x1b[K"
USERS, TASKS = 20, 800


@pytest.fixture
def filled(stopped_server, tmp_path) -> Server:
    """A server that was not started, with an import to make, and after it a backup."""
    server, directory = stopped_server, tmp_path / "export"
    directory.mkdir()
    users = "".join(f"{number},user{number}@example.com,\n" for number in range(USERS))
    (directory / "users.csv").write_text("id,email,hashed_password\n" + users)
    tasks = "".join(f"{number},{number % USERS},Task {number}\n" for number in range(TASKS))
    (directory / "tasks.csv").write_text("id,user_id,title\n" + tasks)
    server.export = directory
    server.directory.mkdir(parents=True, exist_ok=True)
    return server


def imports(server: Server) -> None:
    server.says("import", "fastapi", server.export)



def newest(server: Server) -> str:
    return server.objects("backup", "list", "--json")[0]["file"]


def prepares(name: str, server: Server, tmp_path) -> list:
    """The arguments of a command, after its input was made."""
    if name == "import":
        return ["import", "fastapi", server.export]
    imports(server)
    if name == "copy":
        return ["copy", "--from", f"sqlite:{server.database}", "--to", f"sqlite:{tmp_path}/copy.db"]
    if name == "backup":
        return ["backup", "--keep", "7d"]
    if name.startswith("audit"):
        return {"audit verify": ["audit", "verify"], "audit prune": ["audit", "prune", "--before", "0s", "--yes"]}[name]
    server.says("backup")
    if name == "backup prune":
        # A second one, as the newest is always kept.
        server.says("backup")
        return ["backup", "prune", "--keep", "1d"]
    return {"restore": ["restore", newest(server), "--yes"], "backup verify": ["backup", "verify"]}[name]


COMMANDS = ["import", "copy", "backup", "restore", "backup verify", "backup prune", "audit verify", "audit prune"]
# The steps of each, in order.
STEPS = {
    "import": ["reading", "checking", "writing"], "copy": ["copying", "indexing"],
    "backup": ["copying", "checking", "hashing"],
    "restore": ["hashing", "checking", "copying", "bringing up to date"],
    "backup verify": ["hashing", "checking"], "backup prune": ["deleting"], "audit verify": ["verifying"],
    "audit prune": ["verifying", "deleting"]}


def on_terminal(server: Server, *arguments, columns: int = 100) -> tuple[int, str, str]:
    """Runs a command with standard error on a terminal: its status, its output, and what the terminal got."""
    main, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [binary(), *map(str, arguments)], cwd=server.directory, env=server.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=terminal, text=True)
    os.close(terminal)
    shown = b""

    def reads() -> None:
        nonlocal shown
        while True:
            try:
                part = os.read(main, 65536)
            except OSError:
                return
            if not part:
                return
            shown += part

    reader = threading.Thread(target=reads)
    reader.start()
    output, _ = process.communicate(timeout=60)
    reader.join(20)
    os.close(main)
    return process.returncode, output, shown.decode()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_terminal_has_one_line_that_is_cleared(filled, tmp_path, name):
    status, output, shown = on_terminal(filled, *prepares(name, filled, tmp_path))
    assert status == 0, output + shown
    # Nothing but rewritten lines, none wider than the terminal, and an empty one at the end (or before a question).
    lines = shown.split(CLEARED)
    assert lines[0] == lines[-1] == "" and "\n" not in shown
    assert all(len(line) < 100 for line in lines)
    for step in STEPS[name]:
        assert any(step in line for line in lines), (step, lines)
    assert output and "\x1b" not in output


def test_a_complete_step_shows_its_rate(filled):
    status, _, shown = on_terminal(filled, "import", "fastapi", filled.export)
    assert status == 0
    assert f"writing: {USERS + TASKS} of {USERS + TASKS} rows, 100 %" in shown and " rows/s" in shown


def test_a_narrow_terminal_is_not_wrapped(filled):
    status, _, shown = on_terminal(filled, "import", "fastapi", filled.export, columns=20)
    assert status == 0 and "writing" in shown
    assert all(len(line) < 20 for line in shown.split(CLEARED))


@pytest.mark.parametrize("name", COMMANDS)
def test_without_a_terminal_short_work_reports_no_progress(filled, tmp_path, name):
    done = filled.command(*prepares(name, filled, tmp_path))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout and "\x1b" not in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_programs_get_events_and_a_result(filled, tmp_path, name):
    done = filled.command(*prepares(name, filled, tmp_path), "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *events, result = [json.loads(line) for line in done.stdout.splitlines()]
    assert {event["event"] for event in events} <= {"progress", "note", "problem"}
    progress = [event for event in events if event["event"] == "progress"]
    steps = list(dict.fromkeys(event["step"] for event in progress))
    if name == "backup prune":
        # Two backups of one day, of which one goes; within a second they would have waited.
        assert steps == STEPS[name]
    else:
        assert [step for step in steps if step in STEPS[name]] == STEPS[name]
    for event in progress:
        assert set(event) == {"event", "step", "detail", "done", "total", "unit", "per_second", "seconds_left"}
        assert event["total"] is None or 0 <= event["done"] <= event["total"]
    assert result["event"] == "result"
    expected = {
        "import": {"users": USERS, "tasks": TASKS, "skipped_users": 0, "skipped_tasks": 0, "dry_run": False},
        "backup prune": {"kept": 1, "dry_run": False},
        "restore": {"users": USERS, "tasks": TASKS, "needs_new_secret": False, "sessions_ended": 0},
    }.get(name, {})
    assert expected.items() <= result.items()
    if name == "copy":
        assert {"table": "tasks", "rows": TASKS}.items() <= next(
            table for table in result["tables"] if table["table"] == "tasks").items()
    if name == "backup":
        assert result["manifest"]["counts"]["tasks"] == TASKS and os.path.exists(result["file"])
    if name == "backup verify":
        [backup] = result["backups"]
        assert backup["is_whole"] is True and backup["tasks"] == TASKS
    if name == "audit verify":
        assert result["rows"] >= 1 and result["last"].startswith(f"{result['rows']}:")
    if name == "audit prune":
        assert result["deleted"] >= 1


def test_a_failure_is_the_last_line(filled, tmp_path):
    imports(filled)
    filled.says("backup")
    file = newest(filled)
    with open(file, "r+b") as opened:
        opened.seek(8192)
        opened.write(b"damage")
    for arguments in (["backup", "verify", "--json"], ["restore", file, "--yes", "--json"]):
        done = filled.command(*arguments)
        assert done.returncode == 1 and "its checksum differs" in done.stderr
        last = json.loads(done.stdout.splitlines()[-1])
        assert last["event"] == "failure" and "its checksum differs" in last["message"]


def test_problems_of_an_import_are_events(filled):
    with open(filled.export / "tasks.csv", "a") as file:
        file.write("9999,nobody,Lost\n")
    done = filled.command("import", "fastapi", filled.export, "--json")
    assert done.returncode == 1
    *_, problem, failure = [json.loads(line) for line in done.stdout.splitlines()]
    assert problem["event"] == "problem" and "there is no user with the id" in problem["message"]
    assert failure["event"] == "failure" and "1 row cannot be taken" in failure["message"]


def test_quiet_prints_only_the_result(filled, tmp_path):
    status, output, shown = on_terminal(filled, "import", "fastapi", filled.export, "--quiet")
    assert (status, shown) == (0, "") and output.startswith("Imported: ")
    [result] = filled.objects("backup", "--json", "--quiet")
    assert result["event"] == "result"


def test_a_backup_on_standard_output_leaves_no_place_for_json(filled):
    done = filled.command("backup", "-", "--json")
    assert done.returncode == 64 and "no place" in done.stderr and done.stdout == ""
    assert SECRET not in done.stderr
