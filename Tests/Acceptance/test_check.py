"""`latchkey check` and `latchkey settings`: what is wrong is found before the start, and while the server runs, with
what to do about it."""

import json
import os
import re
import socket
import subprocess
from pathlib import Path

import pytest

from mail import MailServer
from support import SECRET, Server, as_another_user, binary
from test_faults import OnSmallDisk


def check(server: Server, *arguments, **settings) -> tuple[int, dict[str, list[tuple[str, str]]]]:
    """The exit status, and the findings by their names."""
    done = server.command("check", "--json", *arguments, **{name: str(value) for name, value in settings.items()})
    assert done.stderr == "", done.stderr
    findings: dict = {}
    for line in done.stdout.splitlines():
        found = json.loads(line)
        assert found.keys() == {"status", "check", "text"} and found["status"] in ("ok", "warn", "fail")
        findings.setdefault(found["check"], []).append((found["status"], found["text"]))
    return done.returncode, findings


def failures(findings: dict) -> dict[str, str]:
    return {name: text for name, all in findings.items() for status, text in all if status == "fail"}


@pytest.fixture
def server(stopped_server):
    """A stopped server that was used."""
    stopped_server.start()
    stopped_server.newcomer("alice").adds("Water the plants")
    stopped_server.stop()
    return stopped_server


# What it says


def test_before_the_first_start_the_check_passes_and_creates_nothing(stopped_server):
    stopped_server.directory.mkdir(parents=True, exist_ok=True)
    status, findings = check(stopped_server)
    assert (status, failures(findings)) == (0, {})
    assert findings["database"][0][1].endswith("is not there yet; the start makes it.")
    assert not stopped_server.data.exists()


def test_a_used_database_is_read_and_left_as_it_is(server):
    before = {path.name: path.read_bytes() for path in server.data.iterdir()}
    status, findings = check(server)
    assert (status, failures(findings)) == (0, {})
    assert re.search(r"is whole: 1 user, 1 task, ", findings["database"][0][1])
    assert findings["secret of the database"] == [("ok", "the one that is set")]
    assert {path.name: path.read_bytes() for path in server.data.iterdir()} == before


def test_lines_for_people_and_an_exit_status_for_programs(server):
    said = server.says("check")
    assert re.search(r"^ok    schema: \d+$", said, re.MULTILINE)
    assert re.search(r"^0 failures, \d+ warnings?, \d+ ok\.$", said.splitlines()[-1])
    server.database.chmod(0o644)
    assert server.command("check").returncode == 0
    done = server.command("check", "--strict")
    assert done.returncode == 2 and re.search(r"^warn  permissions: .*chmod go= ", done.stdout, re.MULTILINE)
    done = server.command("check", "--strict", BETTER_AUTH_SECRET="quite-another-acceptance-test-secret")
    assert done.returncode == 1 and "FAIL  secret of the database: " in done.stdout


def test_settings_are_refused_in_the_words_of_the_start(stopped_server):
    stopped_server.settings |= {
        "LATCHKEY_ENV": "production", "BETTER_AUTH_SECRET": "a" * 36, "BCRYPT_COST": "40", "LATCHKEY_URL": "http://a.b",
        "LATCHKEY_URI": "x"}
    refused = [line.removeprefix("latchkey: ") for line in stopped_server.is_refused().splitlines()]
    status, findings = check(stopped_server)
    assert status == 1 and [text for _, text in findings["settings"]] == refused and len(refused) >= 4


@pytest.mark.parametrize("ruin, name, words", [
    (lambda server: server.database.write_bytes(b"no database" * 100), "database", "is not an SQLite database"),
    (lambda server: server.changes("INSERT INTO schema_migrations VALUES (9999, 'future', 0)"), "schema", "newer Latchkey"),
    (lambda server: server.changes("UPDATE audit_events SET at = 4102444800000"), "clock", "2100-01-01"),
], ids=["no database", "newer", "clock"])
def test_problems_of_the_start_and_of_users_are_found(server, ruin, name, words):
    if name == "clock":
        server.changes("DROP TRIGGER audit_events_are_never_changed")
    ruin(server)
    status, findings = check(server)
    assert status == 1 and words in failures(findings)[name], findings


def test_missing_permissions_are_reported_to_another_user(server):
    os.chown(server.data, 54321, 54321)
    for path in server.data.iterdir():
        os.chown(path, 54321, 54321)
    server.data.chmod(0o500)
    as_another_user(server)
    done = subprocess.run(
        [binary(), "check", "--json"], cwd="/", env=server.environment(), capture_output=True, text=True,
        preexec_fn=server.before, timeout=60)
    assert done.returncode == 1, done.stdout + done.stderr
    failed = [json.loads(line)["text"] for line in done.stdout.splitlines() if '"fail"' in line]
    assert any(text.startswith(f"The data directory {server.data} cannot be written: user 54321") for text in failed)
    # As root, who may do anything, it says whose the data are.
    status, findings = check(server)
    assert status == 0 and any("belongs to user 54321" in text for _, text in findings["owner"])


def test_a_secret_file_that_others_can_read_is_reported(server, tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "secret").chmod(0o644)
    server.settings |= {"BETTER_AUTH_SECRET": None, "BETTER_AUTH_SECRET_FILE": tmp_path / "secret"}
    status, findings = check(server)
    assert status == 0 and findings["secrets"] == [(
        "warn", f"{tmp_path}/secret holds a secret, and every user of this machine can read it: chmod o= {tmp_path}/secret")]


class OnFullDisk(OnSmallDisk):
    """Checked and not served."""

    mount = 'mount -t tmpfs -o size=256k,mode=700 tmpfs "$LATCHKEY_DATA"; head -c 250k /dev/zero > ' \
        '"$LATCHKEY_DATA/ballast"; exec "$@" check --json'


def test_a_full_disk_is_reported(tmp_path):
    server = OnFullDisk(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET})
    server.launch()
    assert server.process.wait(30) == 1, server.log
    findings = [json.loads(line) for line in server.output.splitlines()]
    assert any(found["check"] == "disk space" and found["status"] == "fail" for found in findings)
    assert any(found["check"] == "file system" and "in memory" in found["text"] for found in findings)


def test_missing_or_old_time_zones_are_reported(server, tmp_path):
    (tmp_path / "zones" / "Europe").mkdir(parents=True)
    _, findings = check(server, TZDIR=tmp_path / "zones")
    assert findings["time zones"] == [("warn", f"No time zones in {tmp_path}/zones, so tasks know UTC only. Install tzdata.")]
    (tmp_path / "zones" / "Europe" / "London").write_bytes(
        Path("/usr/share/zoneinfo/Europe/London").read_bytes())
    (tmp_path / "zones" / "tzdata.zi").write_text("# version 2019a\n")
    _, findings = check(server, TZDIR=tmp_path / "zones")
    assert findings["time zones"] == [("warn", "The time zones of this system are of 2019. Update tzdata.")]


# Other servers


def test_the_mail_server_takes_the_password_and_gets_no_mail(server):
    with MailServer(with_password=True) as mail:
        server.settings |= mail.settings()
        status, findings = check(server)
        assert status == 0 and findings["mail"] == [("ok", f"127.0.0.1:{mail.port} takes mail, and the password")]
        names = [name for name, _, _ in mail.commands]
        assert "AUTH" in names and "MAIL" not in names and mail.arrived == []
        status, findings = check(server, SMTP_URL=mail.settings()["SMTP_URL"].replace("207@", "208@"))
        assert status == 1 and "535" in failures(findings)["mail"], findings
    # It is gone now, and is not asked where no one is to be.
    status, findings = check(server)
    assert status == 1 and failures(findings)["mail"].startswith("No mail can be sent: 127.0.0.1:")
    status, findings = check(server, "--offline")
    assert status == 0 and "mail" not in findings


def test_a_port_in_use_is_told_apart_from_our_own_server(server, start_server):
    other = start_server(BETTER_AUTH_SECRET=SECRET)
    server.port = other.port
    status, findings = check(server)
    assert status == 0 and findings["port"][0][0] == "warn" and "check it with --live" in findings["port"][0][1]
    with socket.create_server(("127.0.0.1", 0)) as program:
        status, findings = check(server, PORT=program.getsockname()[1])
    assert status == 1 and "already in use by another program" in failures(findings)["port"]


# Beside the server


def test_the_check_works_beside_the_running_server(server):
    server.start()
    status, findings = check(server, "--live")
    assert (status, failures(findings)) == (0, {})
    assert findings["server"] == [("ok", f"http://127.0.0.1:{server.port} is ready")]
    assert re.search(rf"is in use by process .*\b{server.process.pid}\b", findings["processes"][0][1])
    # Without --live it says what it found, as nothing may be wrong with that.
    status, findings = check(server)
    assert status == 0 and findings["processes"][0][0] == "warn"
    server.stop()
    status, findings = check(server, "--live")
    assert status == 1 and "Nothing answers at" in failures(findings)["server"]


# Settings


def test_the_table_of_settings_has_each_with_its_source(server, tmp_path):
    (server.directory / ".env").write_text("LATCHKEY_CONTACT=help@example.com\n")
    rows = {row["name"]: row for row in server.objects("settings", "--json", "--host", "::1")}
    assert len(rows) > 60 and rows["HOST"]["value"] == "::1" and rows["HOST"]["from"] == "flag"
    assert (rows["LATCHKEY_CONTACT"]["value"], rows["LATCHKEY_CONTACT"]["from"]) == ("help@example.com", ".env")
    assert rows["BCRYPT_COST"]["value"] == "4" and rows["BCRYPT_COST"]["from"] == "environment"
    assert rows["LOG_LEVEL"]["value"] is None and rows["LOG_LEVEL"]["default"] == "info"
    assert rows["BETTER_AUTH_SECRET"]["value"] is None and rows["BETTER_AUTH_SECRET"]["is_secret"]
    said = server.says("settings")
    assert SECRET not in said and re.search(r"^BETTER_AUTH_SECRET +\(hidden\) +environment$", said, re.MULTILINE)
    short = server.says("settings", "--set")
    assert "LOG_LEVEL" not in short and "BCRYPT_COST" in short
    done = server.command("settings", PORT="many")
    assert done.returncode == 1 and "PORT" in done.stdout and "PORT is 'many', but must be" in done.stderr


def test_an_older_database_is_announced_and_not_touched(server):
    last = server.looks_up("SELECT MAX(version) FROM schema_migrations")[0][0]
    server.changes("DELETE FROM schema_migrations WHERE version = ?", last)
    status, findings = check(server)
    assert status == 0
    assert findings["schema"] == [
        ("ok", f"{last - 1}; the start brings it to {last}, and older versions refuse it then.")]
    assert server.looks_up("SELECT MAX(version) FROM schema_migrations")[0][0] == last - 1
