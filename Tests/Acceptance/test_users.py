"""Accounts from the command line, while the server runs, with immediate effect."""

import os
import pty
import re
import select
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from better_auth import Page
from support import PASSWORD, Browser, Server, binary, wait_until

SECONDS_TO_TAKE_EFFECT = 3


def refuses(server: Server, *arguments, **options) -> str:
    done = server.command("user", *arguments, **options)
    assert done.returncode == 1 and done.stderr.startswith("latchkey: "), done.stdout + done.stderr
    return done.stderr


def events(server: Server, user_id: str) -> list[tuple[str, str]]:
    rows = server.objects("audit", "export", "--user", user_id)
    return [(row["event"], row["actor"].split(":")[0]) for row in rows]


def test_a_sign_in_under_way_does_not_outlive_a_deactivation(start_server):
    server = start_server(BCRYPT_COST="14")
    person = server.newcomer()
    with ThreadPoolExecutor(1) as pool:
        signing_in = pool.submit(server.tries_to_sign_in, person.email, person.password)
        time.sleep(0.2)
        server.says("user", "deactivate", person.id)
        answer = signing_in.result(30)
    server.says("user", "activate", person.id)
    if answer.status_code == 200:
        # It was quicker than the command, which then ended its session.
        person.token = answer.json()["access_token"]
        assert person.gets("/api/auth/me").status_code == 401
    else:
        assert answer.status_code == 401, answer.text
    server.stop()


def test_a_deactivated_user_is_signed_out_within_seconds_and_returns_when_activated(server, alice, bob, browser):
    browser.logs_in(alice)
    assert alice.gets("/api/auth/me").status_code == 200

    said = server.says("user", "deactivate", alice.email)

    assert said == f"{alice.email} is deactivated; 2 sessions ended.\n"
    wait_until(lambda: alice.gets("/api/auth/me").status_code == 401, "401", SECONDS_TO_TAKE_EFFECT)
    wait_until(lambda: browser.get("/dashboard").status_code == 303, "the login page", SECONDS_TO_TAKE_EFFECT)
    assert server.tries_to_sign_in(alice.email, PASSWORD).json()["detail"] == "Account is inactive"
    assert bob.gets("/api/auth/me").status_code == 200
    assert server.says("user", "deactivate", alice.id) == f"{alice.email} is deactivated already.\n"

    assert server.says("user", "activate", alice.id) == f"{alice.email} is active again.\n"
    again = server.signs_in(alice.email)
    assert again.gets("/api/auth/me").status_code == 200 and alice.gets("/api/auth/me").status_code == 401
    assert events(server, alice.id) == [
        ("user_created", "user"), ("authn_login_success", "user"), ("user_deactivated", "command line"),
        ("authn_login_fail", "user"), ("user_activated", "command line"), ("authn_login_success", "user")]


def test_a_requested_deletion_is_shown_and_cancelled_or_executed(server, alice, bob):
    for person in (alice, bob):
        with Page(server) as page:
            page.signs_in(person.email)
            assert page.calls("/delete-user", {}).json()["success"] is True
    assert server.tries_to_sign_in(alice.email, PASSWORD).json()["detail"] == "Account is inactive"
    assert "deletion pending" in server.says("user", "list", "--search", alice.id)
    assert re.search(r"State +deletion pending, for good after 2\d{3}-", server.says("user", "show", alice.id))
    [shown] = server.objects("user", "show", alice.id, "--json")
    assert shown["is_active"] is False and shown["deletion_requested_at"].endswith("Z")

    assert server.says("user", "activate", alice.id) == f"{alice.email} is active again; the deletion is cancelled.\n"
    [shown] = server.objects("user", "show", alice.id, "--json")
    assert shown["is_active"] is True and shown["deletion_requested_at"] is None
    assert server.signs_in(alice.email).gets("/api/auth/me").status_code == 200
    assert ("user_deletion_cancelled", "command line") in events(server, alice.id)

    assert server.says("user", "delete", bob.id, "--yes") == f"{bob.email} is deleted.\n"
    assert server.looks_up("SELECT count(*) FROM users WHERE id = ?", bob.id) == [(0,)]


def test_requesting_the_deletion_first_does_not_avoid_a_deactivation(server, alice):
    with Page(server) as page:
        page.signs_in(alice.email)
        assert page.calls("/delete-user", {}).json()["success"] is True
    form = {"email": alice.email, "password": PASSWORD}
    assert "Keep your account?" in Browser(server.url).submits("/login", **form).text
    assert server.says("user", "deactivate", alice.id) == (
        f"{alice.email} is deactivated; the deletion is cancelled; 0 sessions ended.\n")
    assert server.says("user", "deactivate", alice.id) == f"{alice.email} is deactivated already.\n"
    said = Browser(server.url).submits("/login", **form)
    assert said.status_code == 401 and "This account has been deactivated." in said.text
    assert ("user_deactivated", "command line") in events(server, alice.id)


def test_the_account_is_deleted_for_good_by_the_server_itself(start_server):
    server = start_server()
    alice = server.newcomer()
    alice.adds("Mine")
    with Page(server) as page:
        page.signs_in(alice.email)
        page.calls("/delete-user", {}).raise_for_status()
    server.stop()
    server.changes("UPDATE users SET deletion_requested_at = deletion_requested_at - ?", 30 * 86_400_000)
    server.start()
    wait_until(lambda: server.looks_up("SELECT count(*) FROM users") == [(0,)], "the deletion")
    assert server.looks_up("SELECT count(*) FROM tasks") == [(0,)]
    assert server.tries_to_sign_in(alice.email, PASSWORD).json()["detail"] == "Invalid credentials"
    assert ("user_deleted", "server") in events(server, alice.id)
    server.stop()


def test_a_reset_link_works_once_through_the_form(server, alice, browser):
    browser.logs_in(alice)
    link, note = server.says("user", "reset-link", alice.email).splitlines()
    assert alice.email in note and "once" in note
    path = re.fullmatch(rf"http://localhost:{server.port}(/reset/[A-Za-z0-9]{{32}})", link).group(1)
    token = path.split("/")[-1]

    with Browser(server.url) as visitor:
        for _ in range(2):
            page = visitor.get(path)
            assert page.status_code == 200 and page.headers["referrer-policy"] == "strict-origin"
            assert page.headers["cache-control"] == "no-store"
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
        assert fields["token"] == token and 'action="/reset"' in page.text
        weak = visitor.submits("/reset", on=path, token=token, password="short")
        assert weak.status_code == 422 and 'value="' + token in weak.text
        done = visitor.submits("/reset", on=path, token=token, password="an entirely new password")
        assert done.status_code == 303 and done.headers["location"] == "/login?notice=password-set"
        assert "new password is set" in visitor.get(done.headers["location"]).text
        assert visitor.submits("/reset", on="/login", token=token, password="and another one").status_code == 404
        gone = visitor.get(path)
        assert gone.status_code == 404 and "no longer valid" in gone.text and "<form method=\"post\" action=\"/reset\"" \
            not in gone.text

    assert alice.gets("/api/auth/me").status_code == 401 and browser.get("/dashboard").status_code == 303
    assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 401
    server.signs_in(alice.email, "an entirely new password")
    # The link opened the account, so it is nowhere: not in the log, not in the database, not in the trail.
    assert '/reset/…' in server.log and token not in server.log
    assert token not in server.says("audit", "export")
    assert token.encode() not in b"".join(file.read_bytes() for file in server.data.rglob("*") if file.is_file())
    assert [event for event, actor in events(server, alice.id) if actor == "command line"] == ["authn_token_created"]
    assert "authn_password_change" in [event for event, _ in events(server, alice.id)]


def test_a_newer_link_and_deactivation_void_a_link(server, alice):
    def link():
        return server.says("user", "reset-link", alice.id).splitlines()[0].removeprefix(
            f"http://localhost:{server.port}")

    first, second = link(), link()
    assert server.client.get(first).status_code == 404 and server.client.get(second).status_code == 200
    server.says("user", "deactivate", alice.id)
    assert "activate the user first" in refuses(server, "reset-link", alice.id)
    server.says("user", "activate", alice.id)
    assert server.client.get(second).status_code == 404


def test_a_link_begins_with_where_browsers_find_the_server(server, alice):
    said = server.says("user", "reset-link", alice.id, LATCHKEY_URL="https://tasks.example.com")
    assert said.startswith("https://tasks.example.com/reset/")


def test_create_makes_an_account_that_can_sign_in(server):
    said = server.says("user", "create", "Carol@Example.com", "--name", "Carol", "--stdin", input="pass phrase of hers\n")
    id = re.fullmatch(r"carol@example\.com has an account: (\S{36})\n", said).group(1)
    carol = server.signs_in("carol@example.com", "pass phrase of hers")
    assert carol.id == id and carol.user["username"] == "Carol"
    assert events(server, id)[0] == ("user_created", "command line")

    said = server.says("user", "create", "dan@example.com", "--generate")
    password = re.search(r"^Password: (\S{20})$", said, re.MULTILINE).group(1)
    server.signs_in("dan@example.com", password)

    for arguments, input, sentence in [
        (("carol@example.com", "--generate"), None, "already"),
        (("no address", "--generate"), None, "e-mail address"),
        (("eve@example.com", "--stdin"), "short\n", "at least 8 characters"),
        (("eve@example.com", "--stdin"), "x" * 73 + "\n", "at most 72 bytes"),
        (("eve@example.com", "--stdin"), "", "no password on standard input"),
        (("eve@example.com", "--name", "x" * 101, "--generate"), None, "at most 100 characters"),
        (("eve@example.com",), None, "no terminal to ask"),
    ]:
        assert sentence in refuses(server, "create", *arguments, input=input)
    assert server.objects("user", "list", "--search", "eve@", "--json") == []


def test_set_password_ends_every_session(server, alice):
    said = server.says("user", "set-password", alice.id, "--stdin", input="  set by hand, spaces kept \r\n")
    assert said == f"{alice.email} has a new password; 1 session ended.\n"
    wait_until(lambda: alice.gets("/api/auth/me").status_code == 401, "401", SECONDS_TO_TAKE_EFFECT)
    assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 401
    server.signs_in(alice.email, "  set by hand, spaces kept ")
    help = server.command("user", "set-password", "--help").stdout
    assert "<password>" not in help, "A password is no argument: others could read it."


def types(server: Server, *arguments, answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Runs a command at a terminal and types. Returns the exit status and what the terminal showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [binary(), *arguments], cwd=server.directory, env=server.environment(), stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown, deadline = b"", time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            if answers and shown.endswith(answers[0][0].encode()):
                # What is typed before the echo is off is thrown away with what else was waiting.
                time.sleep(0.1)
                os.write(master, answers.pop(0)[1].encode())
            if select.select([master], [], [], 0.05)[0]:
                try:
                    data = os.read(master, 4096)
                except OSError:
                    break  # The other end is closed.
                if not data:
                    break
                shown += data
        return process.wait(10), shown.decode()
    finally:
        process.kill()
        process.wait(10)
        os.close(master)


def test_a_password_is_typed_twice_and_never_shown(server, alice):
    code, shown = types(server, "user", "set-password", alice.id, answers=[
        ("New password: ", "typed in the dark\n"), ("Once more: ", "typed in the dark\n")])
    assert code == 0 and "has a new password" in shown and "typed in" not in shown
    server.signs_in(alice.email, "typed in the dark")

    code, shown = types(server, "user", "set-password", alice.id, answers=[
        ("New password: ", "typed in the dark\n"), ("Once more: ", "typed in the park\n")])
    assert code == 1 and "differ" in shown and "typed in" not in shown

    code, shown = types(server, "user", "set-password", alice.id, answers=[("New password: ", "abc\x03")])
    assert code == 1 and "Interrupted; nothing was changed." in shown and "abc" not in shown
    server.signs_in(alice.email, "typed in the dark")


def test_delete_asks_and_removes_everything(server, alice):
    alice.adds("Something")
    assert "no terminal to ask" in refuses(server, "delete", alice.email)
    code, shown = types(server, "user", "delete", alice.email, answers=[("[y/N] ", "n\n")])
    assert code == 1 and "Nothing was deleted." in shown
    assert alice.gets("/api/auth/me").status_code == 200

    assert server.says("user", "delete", alice.email, "--yes") == f"{alice.email} is deleted.\n"

    wait_until(lambda: alice.gets("/api/auth/me").status_code == 401, "401", SECONDS_TO_TAKE_EFFECT)
    assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 401
    assert server.looks_up("SELECT COUNT(*) FROM tasks WHERE user_id = ?", alice.id) == [(0,)]
    assert "no user" in refuses(server, "delete", alice.email, "--yes")
    # The trail outlives the account.
    assert ("user_deleted", "command line") in events(server, alice.id)


def test_list_searches_and_pages(server):
    people = sorted((server.newcomer(f"page{n}") for n in range(5)), key=lambda person: person.email)
    emails = [person.email for person in people]
    found = server.objects("user", "list", "--search", "PAGE", "--json")
    assert [user["email"] for user in found] == emails
    assert found[0] == people[0].user | {
        "updated_at": found[0]["updated_at"], "deletion_requested_at": None, "is_admin": False}
    first = server.says("user", "list", "--search", "page", "--limit", 2).splitlines()
    assert len(first) == 4 and first[-1] == f"There are more: --after {emails[1]}"
    rest = server.objects("user", "list", "--search", "page", "--after", emails[1], "--json")
    assert [user["email"] for user in rest] == emails[2:]
    assert [user["id"] for user in server.objects("user", "list", "--search", people[3].id, "--json")] == [people[3].id]
    # Wildcards of SQL are letters like any other.
    for text in ["%", "_age", "pag_", "!", "'", "\\"]:
        assert server.says("user", "list", "--search", text) == "There is no such user.\n"
    assert server.command("user", "list", "--limit", "0").returncode == 64


def test_show_lists_the_sessions_of_a_user(server, alice):
    [shown] = server.objects("user", "show", alice.email, "--json")
    assert shown["id"] == alice.id and shown["has_password"] and shown["is_active"]
    [session] = shown["sessions"]
    assert session["ip"] == "127.0.0.1" and session["user_agent"].startswith("python-requests")
    text = server.says("user", "show", alice.id)
    assert alice.email in text and session["id"] in text and "State     active" in text


@pytest.mark.parametrize("command", ["show", "deactivate", "activate", "reset-link"])
def test_an_unknown_user_is_reported(server, command):
    for name in ["nobody@example.com", "nobody", "x" * 500, "\x1b[31m"]:
        said = refuses(server, command, name)
        assert "There is no user" in said and "\x1b" not in said


def test_control_characters_in_names_do_not_reach_the_terminal(server):
    answer = server.client.post("/api/auth/signup", json={
        "email": "bidi@example.com", "password": PASSWORD, "username": "evil\u202e\u2028name"})
    assert answer.status_code == 201
    for arguments in [("list", "--search", "bidi@"), ("list", "--json", "--search", "bidi@"),
                      ("show", "bidi@example.com"), ("show", "--json", "bidi@example.com")]:
        assert not set(server.says("user", *arguments)) & set("\u202e\u2028\x1b\r")


def test_a_command_with_another_secret_than_the_servers_changes_nothing(server, alice):
    said = refuses(server, "deactivate", alice.id, BETTER_AUTH_SECRET="x" * 40)
    assert "BETTER_AUTH_SECRET" in said and "x" * 40 not in said
    assert alice.gets("/api/auth/me").status_code == 200
    assert "all as they were written" in server.says("audit", "verify")
