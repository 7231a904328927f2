"""The audit trail: its rows, how it is read while the server runs, and that no alteration goes unnoticed."""

import json
import re
import subprocess

import pytest

from support import PASSWORD, SECRET, Server, binary, sqlite, wait_until
from wire import Wire

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


def trail(server: Server, *arguments) -> list[dict]:
    return server.objects("audit", "export", *arguments)


def is_offered(server: Server) -> None:
    """The token for the first admin, which is a row too, is made once the server listens."""
    wait_until(lambda: "there is no admin" in server.log, "the token for the first admin")


@pytest.fixture(scope="module")
def written(start_server) -> Server:
    """A server on which something has happened, stopped."""
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    is_offered(server)
    alice = server.newcomer("alice")
    for _ in range(3):
        server.signs_in(alice.email)
    assert server.tries_to_sign_in(alice.email, "a wrong password").status_code == 401
    assert server.tries_to_sign_in("nobody@example.com", "a wrong password").status_code == 401
    assert alice.posts("/api/auth/signout").status_code == 204
    server.says("keys", "rotate")
    server.stop()
    server.alice = alice
    return server


@pytest.fixture
def altered(written, tmp_path):
    """Alters a copy of the trail, as an attacker with the database and without the secret could; then verifies it."""

    def alter(script: str) -> subprocess.CompletedProcess:
        copy = tmp_path / "copy.db"
        copy.unlink(missing_ok=True)
        with sqlite(written.database) as source, sqlite(copy) as target:
            source.backup(target)
            for (name,) in target.execute(TRIGGERS).fetchall():
                target.execute(f"DROP TRIGGER {name}")
            target.executescript(script)
            target.commit()
        return written.command("audit", "verify", DATABASE_URL=f"sqlite://{copy}")

    return alter


def test_events_are_listed_in_order(written):
    rows = trail(written)
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["event"] for row in rows] == [
        "sys_startup", "authn_token_created", "user_created", *["authn_login_success"] * 3, "authn_login_fail", "authn_login_fail",
        "session_logout", "crypt_key_rotated", "sys_shutdown"]
    known, unknown = rows[6], rows[7]
    assert known["user_id"] == written.alice.id and known["details"] == {"reason": "wrong password"}
    assert unknown["user_id"] is None and re.fullmatch("[0-9a-f]{32}", unknown["email_hash"])
    for row in rows[2:9]:
        assert re.fullmatch(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["ts"])
        assert row["ip"] == "127.0.0.1" and row["actor"] == "user" and row["request_id"]
        assert row["user_agent"].startswith("python-requests") and row["method"] == "POST"
        assert row["outcome"] == ("fail" if row["event"] == "authn_login_fail" else "success")
    assert [row["path"] for row in rows[2:9]] == [
        "/api/auth/signup", *["/api/auth/signin"] * 5, "/api/auth/signout"]
    assert rows[8]["session_id"] == rows[2]["session_id"] != rows[3]["session_id"]
    assert rows[9]["actor"].startswith("command line: ")
    ids = {row["request_id"] for row in rows[2:9]}
    assert len(ids) == 7 and all(f"request_id={id} " in written.log for id in ids)


def test_the_trail_has_no_password_token_or_unknown_address(written):
    with sqlite(written.database) as database:
        rows = repr(database.execute("SELECT * FROM audit_events").fetchall())
    for secret in [PASSWORD, "a wrong password", written.alice.token, "nobody@example.com", SECRET, "$2b$"]:
        assert secret not in rows and secret not in written.log


def test_list_filters_and_limits(written):
    everything = trail(written)
    assert trail(written, "--event", "authn_login_fail") == everything[6:8]
    of_alice = [row for row in everything if row["user_id"] == written.alice.id]
    assert len(of_alice) == 6
    assert trail(written, "--user", written.alice.id) == trail(written, "--user", written.alice.email) == of_alice
    assert written.objects("audit", "list", "--json", "--limit", 2) == everything[-2:]
    assert trail(written, "--since", "1h") == everything and trail(written, "--until", "1h") == []
    assert trail(written, "--since", everything[4]["ts"], "--until", everything[4]["ts"])[0]["number"] <= 5
    operator = [row for row in everything if row["actor"].startswith("command line: ")]
    assert trail(written, "--by", "command-line") == operator and len(operator) == 1
    name = operator[0]["actor"].removeprefix("command line: ")
    assert trail(written, "--by", f"command-line:{name}") == operator
    assert trail(written, "--by", "server") == [row for row in everything if row["actor"] == "server"]
    assert trail(written, "--by", written.alice.email) == of_alice and trail(written, "--by", "admin") == []
    text = written.says("audit").splitlines()
    assert len(text) == len(everything) + 1
    starts = {line.index(word) for line, word in [(text[0], " OUTCOME"), (text[1], " success"), (text[7], " fail ")]}
    assert len(starts) == 1, "The columns stand below each other."
    for arguments in [("--event", "x"), ("--since", "x"), ("--limit", "0")]:
        assert written.command("audit", "list", *arguments).returncode == 64
    refused = written.command("audit", "list", "--user", "x@example.com")
    assert refused.returncode == 1 and "no user 'x@example.com'" in refused.stderr


def test_reading_needs_no_secret_and_verifying_does(written):
    del written.settings["BETTER_AUTH_SECRET"]
    try:
        assert len(trail(written)) == 11
        refused = written.command("audit", "verify")
        assert refused.returncode == 1 and "BETTER_AUTH_SECRET not set" in refused.stderr
        assert not (written.data / "secret").exists()
    finally:
        written.settings["BETTER_AUTH_SECRET"] = SECRET


def test_an_unaltered_trail_verifies(written, altered):
    said = altered("").stdout
    assert said == written.says("audit", "verify")
    last = re.fullmatch(r"11 rows, all as they were written\. The last is (11:[0-9a-f]{64})\n", said).group(1)
    assert written.says("audit", "verify", "--expect", last) == said
    other = last[:-1] + ("0" if last[-1] != "0" else "1")
    assert "Row 11 is not the one" in written.command("audit", "verify", "--expect", other).stderr


@pytest.mark.parametrize("script, said", [
    ("UPDATE audit_events SET user_agent = substr(user_agent, 1, length(user_agent) - 1) || 'X' WHERE number = 4",
     "Row 4 was altered"),
    ("UPDATE audit_events SET at = at + 1 WHERE number = 1", "Row 1 was altered"),
    ("DELETE FROM audit_events WHERE number = 6", "Row 6 is missing"),
    ("DELETE FROM audit_events WHERE number = 1", "Row 1 is missing"),
    ("""UPDATE audit_events SET number = 99 WHERE number = 3; UPDATE audit_events SET number = 3 WHERE number = 4;
        UPDATE audit_events SET number = 4 WHERE number = 99""", "Row 3 was altered"),
    ("DELETE FROM audit_events WHERE number > 7", "Row 8 is missing"),
    ("""DELETE FROM audit_events WHERE number > 7;
        UPDATE audit_head SET number = 7, code = (SELECT code FROM audit_events WHERE number = 7)""",
     "The end of the trail was altered: whether there were rows after row 7"),
    ("DELETE FROM audit_events; DELETE FROM audit_head", "There are no rows"),
])
def test_verify_names_the_first_row_that_was_altered_or_is_missing(altered, script, said):
    done = altered(script)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith(f"latchkey: {said}")


def test_rows_cannot_be_changed_through_the_schema(written):
    with sqlite(written.database) as database:
        for statement in ["UPDATE audit_events SET event = 'x'", "DELETE FROM audit_events", "DELETE FROM audit_head"]:
            with pytest.raises(Exception, match="never"):
                database.execute(statement)


def test_a_server_continues_after_an_altered_last_row_and_records_that(written, altered, tmp_path, start_server):
    altered("DELETE FROM audit_events WHERE number > 7; DELETE FROM audit_head")
    address = f"sqlite://{tmp_path}/copy.db"
    server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=address)
    is_offered(server)
    server.signs_in(written.alice.email)
    events = [row["event"] for row in trail(server)]
    server.stop()
    assert events[7:11] == ["sys_audit_broken", "sys_startup", "authn_token_created", "authn_login_success"]
    done = server.command("audit", "verify")
    assert done.returncode == 1 and "Row 8 tells" in done.stderr


def test_follow_shows_events_of_the_running_server(server):
    bob = server.newcomer("bob")
    following = subprocess.Popen(
        [binary(), "audit", "list", "--follow", "--json", "--user", bob.id], cwd=server.directory,
        env=server.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert json.loads(following.stdout.readline())["event"] == "user_created"
        assert server.tries_to_sign_in(bob.email, "a wrong password").status_code == 401
        assert json.loads(following.stdout.readline())["event"] == "authn_login_fail"
        server.signs_in(bob.email)
        assert json.loads(following.stdout.readline())["event"] == "authn_login_success"
    finally:
        following.kill()
        following.wait(10)
        following.stdout.close()
    assert "all as they were written" in server.says("audit", "verify")


def test_a_kill_loses_no_row_of_an_answered_request(stopped_server):
    server = stopped_server.start()
    is_offered(server)
    alice = server.newcomer("alice")
    before = len(trail(server))
    for _ in range(5):
        server.signs_in(alice.email)
    server.kill()
    assert len(trail(server)) == before + 5
    assert "all as they were written" in server.says("audit", "verify")
    server.start()
    is_offered(server)
    assert [row["event"] for row in trail(server)[-2:]] == ["sys_startup", "authn_token_created"]
    assert "all as they were written" in server.says("audit", "verify")


def test_a_refusal_and_an_import_are_rows_too(stopped_server, tmp_path):
    server = stopped_server.start()
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    for _ in range(35):
        assert alice.gets(bob.tasks).status_code == 403
    refused = trail(server, "--event", "authz_fail")
    assert len(refused) == 30, "A row each for the first of a minute; the rest is counted."
    assert all(row["user_id"] == alice.id and row["path"] == bob.tasks for row in refused)

    (tmp_path / "users.csv").write_text("id,email,hashed_password\nu1,carol@example.com,\nu2,dan@example.com,\n")
    server.says("import", "fastapi", tmp_path / "users.csv", "--dry-run")
    assert trail(server, "--event", "users_imported") == []
    server.says("import", "fastapi", tmp_path / "users.csv")
    [row] = trail(server, "--event", "users_imported")
    assert row["details"] == {"users": "2", "tasks": "0"} and row["actor"].startswith("command line: ")
    assert server.command("import", "fastapi", tmp_path / "users.csv", BETTER_AUTH_SECRET="x" * 40).returncode == 1

    server.stop()
    assert [row["details"].get("count") for row in trail(server, "--event", "authz_fail")][-1] == "5"
    assert "all as they were written" in server.says("audit", "verify")


def test_invented_addresses_do_not_fill_the_disk(stopped_server):
    stopped_server.settings |= {"THROTTLE": None}
    server = stopped_server.start()
    before = len(trail(server))
    statuses = [
        server.tries_to_sign_in(f"invented.{number}@example.com", "whatever it is").status_code
        for number in range(1000)]
    assert statuses.count(401) == 15 and statuses.count(429) == 985
    failures = len(trail(server)) - before
    # Thirty at once, and one more in ten seconds.
    assert 30 <= failures <= 36
    server.stop()
    rows = [row for row in trail(server) if row["outcome"] == "fail"]
    assert sum(int(row["details"].get("count", 1)) for row in rows) == 1000
    assert len(rows) <= failures + 4
    assert "all as they were written" in server.says("audit", "verify")


def test_old_rows_can_be_pruned_and_the_rest_verifies(written, stopped_server):
    with sqlite(written.database) as source:
        stopped_server.data.mkdir(parents=True)
        with sqlite(stopped_server.database) as target:
            source.backup(target)
    server = stopped_server.start()
    rows = trail(server)
    moment = rows[5]["ts"]
    gone = next(number for number, row in enumerate(rows) if row["ts"] >= moment)
    refused = server.command("audit", "prune", "--before", moment)
    assert refused.returncode == 1 and "--yes" in refused.stderr
    assert server.command("audit", "prune", "--before", "yesterday").returncode == 64
    assert len(trail(server)) == len(rows)
    other = server.command("audit", "prune", "--before", moment, "--yes", BETTER_AUTH_SECRET="x" * 40)
    assert other.returncode == 1 and "Nothing was pruned" in other.stderr

    assert server.says("audit", "prune", "--before", moment, "--yes") == f"{gone} rows deleted.\n"
    left = trail(server)
    assert left[:-1] == rows[gone:]
    assert left[-1]["event"] == "sys_audit_pruned" and left[-1]["actor"].startswith("command line: ")
    assert left[-1]["details"] == {"through": str(gone), "rows": str(gone)}
    said = server.says("audit", "verify")
    assert f"those up to {gone} were pruned" in said
    last = re.search(r"(\d+:[0-9a-f]{64})", said).group(1)
    # The running server goes on where it was.
    server.signs_in(written.alice.email)
    assert "as they were written" in server.says("audit", "verify", "--expect", last)
    noted = server.command("audit", "verify", "--expect", f"1:{rows[0]['code']}")
    assert noted.returncode == 1 and "was pruned since" in noted.stderr
    server.stop()
    with sqlite(server.database) as database:
        database.execute("UPDATE audit_checkpoint SET number = number + 1")
        database.commit()
    altered = server.command("audit", "verify")
    assert altered.returncode == 1 and "checkpoint" in altered.stderr


def test_no_input_forges_a_row_or_a_line(stopped_server):
    stopped_server.settings["LOG_FORMAT"] = "json"
    server = stopped_server.start()
    body = json.dumps({"email": "x\r\nforged\u2028\u001b[31m@example.com", "password": "whatever it is"}).encode()
    with Wire(server) as wire:
        wire.sends(
            b"POST /api/auth/signin?token=hidden HTTP/1.1\r\nHost: localhost\r\n"
            b"User-Agent: \xc2\x9b31m\xe2\x80\xa8forged\r\nContent-Type: application/json\r\n"
            b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body)
        assert wire.answer().status == 401
    wait_until(lambda: '"status":401' in server.log, "the request in the log")
    for text in [server.log, server.says("audit"), server.says("audit", "export")]:
        assert not set(text) & set("\r\x1b\x9b\u2028\u2029\u202e") and "hidden" not in text
        assert not any(line.lstrip().startswith("forged") for line in text.splitlines())
    [row] = trail(server, "--event", "authn_login_fail")
    assert row["path"] == "/api/auth/signin" and "forged" in row["user_agent"]


def test_an_export_that_could_not_be_written_is_reported(server):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [binary(), "audit", "export"], cwd=server.directory, env=server.environment(), stdout=full,
            stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "could not be written" in done.stderr, done
