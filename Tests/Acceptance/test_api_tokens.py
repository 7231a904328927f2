"""API tokens: for programs with limited scopes, until they expire or are revoked."""

import re
import zlib
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import expect

from support import PASSWORD, SECRET, Client, Server, log_in, wait_until

STATED_DELAY = 2
"""Seconds until a change is everywhere, even if its notification is lost (docs/deployment.md)."""
BUSY_MACHINE = 3
"""Seconds that a loaded machine may add to any delay."""
ALL = ["tasks:read", "tasks:write", "account:read"]
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def pair(start_server, postgres, database):
    """Two processes that serve one installation."""
    servers = [
        start_server(
            BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), LATCHKEY_URL="http://tasks.localhost")
        for _ in range(2)]
    yield servers
    for server in servers:
        server.stop()


def makes(person, *scopes: str, **fields) -> dict:
    answer = person.posts("/api/tokens", {"name": "script", "scopes": scopes or ALL, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def asks(server: Server, token: str, path="/api/tasks", method="GET", **options):
    with Client(server.url) as client:
        return client.request(method, path, headers={"Authorization": f"Bearer {token}"}, **options)


def status(server: Server, token: str) -> int:
    return asks(server, token).status_code


def checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = DIGITS[digit] + digits
    return digits


# The token itself

def test_a_scanner_knows_a_token_by_its_form_and_checksum(alice):
    for _ in range(5):
        token = makes(alice)["token"]
        assert re.fullmatch(r"lk_[0-9A-Za-z]{46}", token)
        assert checksum(token[:-6]) == token[-6:]


def test_a_token_is_shown_once_and_only_its_digest_is_stored(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, LOG_LEVEL="trace")
    alice = server.newcomer()
    made = makes(alice)
    assert asks(server, made["token"]).status_code == 200
    assert asks(server, made["token"][:-1]).status_code == 401
    [listed] = alice.gets("/api/tokens").json()
    assert listed | {"last_used_at": None, "last_used_address": None, "token": made["token"]} == made
    assert listed["last_used_address"] == "127.0.0.1"
    assert made["token"] not in server.says("user", "tokens", alice.email) + server.says("audit", "export")
    server.stop()
    secret = made["token"][3:43].encode()
    for file in server.directory.rglob("*"):
        assert not file.is_file() or secret not in file.read_bytes(), file


def test_a_token_opens_the_routes_of_its_scopes_and_no_others(server, alice):
    alice.adds("Read me")
    reads, writes, tells = (makes(alice, scope)["token"] for scope in ALL)
    assert [task["title"] for task in asks(server, reads).json()] == ["Read me"]
    added = asks(server, writes, method="POST", json={"title": "Written"})
    assert added.status_code == 201
    task = f"/api/tasks/{added.json()['id']}"
    assert asks(server, tells, "/api/auth/me").json()["email"] == alice.email
    for token, method, path, scope in [
        (writes, "GET", task, "tasks:read"), (tells, "GET", "/api/events", "tasks:read"),
        (reads, "DELETE", task, "tasks:write"), (tells, "POST", "/api/undo", "tasks:write"),
        (reads, "GET", "/api/auth/me", "account:read"), (writes, "GET", "/api/tokens", None),
        (reads, "POST", "/api/tokens", None), (writes, "POST", "/api/auth/signout", None),
        (writes, "GET", "/api/auth/list-sessions", None), (writes, "GET", "/api/auth/token", None),
    ]:
        answer = asks(server, token, path, method, json={"name": "more", "scopes": ALL} if method == "POST" else None)
        named = f', scope="{scope}"' if scope else ""
        assert answer.status_code == 403, (method, path)
        assert answer.headers["www-authenticate"] == f'Bearer error="insufficient_scope"{named}'
    assert alice.gets(task).status_code == 200 and len(alice.gets("/api/tokens").json()) == 3
    # Pages look at cookies only.
    for path in ["/account", "/dashboard"]:
        assert asks(server, reads, path).headers["location"].startswith("/login")


def test_a_request_without_a_token_is_answered_as_before(server):
    answer = server.client.get("/api/tasks")
    assert (answer.status_code, answer.json()["detail"]) == (401, "Authentication required")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_its_last_use_is_written_at_most_once_a_minute(server, alice):
    made = makes(alice)

    def used() -> tuple:
        return server.looks_up("SELECT last_used_at, last_used_address FROM api_tokens WHERE id = ?", made["id"])[0]

    assert used() == (None, "")
    assert status(server, made["token"]) == 200
    first = used()
    assert first[1] == "127.0.0.1"
    for _ in range(50):
        assert status(server, made["token"]) == 200
    assert used() == first


def test_the_expiry_can_be_chosen(server, alice):
    def days(made) -> int:
        made_at, ends = (datetime.fromisoformat(made[name]) for name in ("created_at", "expires_at"))
        return (ends - made_at) // timedelta(days=1)

    assert days(makes(alice)) == 90 and days(makes(alice, expires_in_days=365)) == 365
    assert makes(alice, expires_in_days=None)["expires_at"] is None
    for wrong in (0, 366, "30"):
        answer = alice.posts("/api/tokens", {"name": "a", "scopes": ALL, "expires_in_days": wrong})
        assert answer.status_code == 422, wrong


def test_an_account_has_at_most_fifty_tokens(server, alice):
    tokens = [makes(alice)["id"] for _ in range(50)]
    answer = alice.posts("/api/tokens", {"name": "one more", "scopes": ALL})
    assert (answer.status_code, answer.json()["detail"]) == (
        422, "An account may have at most 50 API tokens. Revoke one first.")
    assert alice.asks("DELETE", f"/api/tokens/{tokens[7]}").status_code == 204
    makes(alice)


# Its end

def test_a_revoked_token_is_refused_with_the_next_request(server, alice):
    made = makes(alice)
    for _ in range(3):
        assert status(server, made["token"]) == 200
    assert alice.asks("DELETE", f"/api/tokens/{made['id']}").status_code == 204
    answer = asks(server, made["token"])
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def stream_ends(server: Server, made: dict, revoke) -> None:
    """Follows the changes with a token until it is revoked; the answer then ends, with nothing said."""
    with Client(server.url) as client:
        headers = {"Authorization": f"Bearer {made['token']}"}
        with client.get("/api/events", headers=headers, stream=True) as answer:
            assert answer.status_code == 200
            lines = answer.iter_lines()
            assert next(lines).startswith(b"retry:")
            assert revoke().status_code == 204
            assert not [line for line in lines if line]


def test_a_stream_of_events_ends_with_its_token(server, alice):
    made = makes(alice, "tasks:read")
    stream_ends(server, made, lambda: alice.asks("DELETE", f"/api/tokens/{made['id']}"))


def test_a_stream_at_another_process_ends_with_its_token(pair):
    here, there = pair
    alice = here.newcomer()
    made = makes(alice, "tasks:read")
    stream_ends(there, made, lambda: alice.asks("DELETE", f"/api/tokens/{made['id']}"))


def test_a_token_revoked_at_one_process_is_refused_at_another(pair):
    here, there = pair
    for _ in range(3):
        alice = here.newcomer()
        made = makes(alice)
        assert status(there, made["token"]) == 200
        assert alice.asks("DELETE", f"/api/tokens/{made['id']}").status_code == 204
        assert status(here, made["token"]) == 401
        wait_until(lambda: status(there, made["token"]) == 401, "the other process to know", STATED_DELAY + BUSY_MACHINE)


def test_a_lost_notification_delays_a_revocation_no_longer_than_documented(pair, postgres, database):
    made = makes(pair[0].newcomer())
    for server in pair:
        assert status(server, made["token"]) == 200
    # Neither process hears of it.
    postgres.asks("DELETE FROM api_tokens", database)
    for server in pair:
        wait_until(lambda: status(server, made["token"]) == 401, "the process to look", STATED_DELAY + BUSY_MACHINE)


def test_the_operator_lists_and_revokes(server, alice):
    first, second, third = (makes(alice, "tasks:read", name=f"script {number}") for number in range(3))
    listed = server.objects("user", "tokens", alice.email, "--json")
    assert [token["name"] for token in listed] == ["script 2", "script 1", "script 0"]
    assert listed[0]["scopes"] == "tasks:read" and listed[0]["expires_at"] == third["expires_at"]
    assert "script 1" in server.says("user", "tokens", alice.id)
    said = server.says("user", "revoke-token", alice.email, first["id"])
    assert said == f"The API token 'script 0' of {alice.email} is revoked.\n"
    wait_until(lambda: status(server, first["token"]) == 401, "401", STATED_DELAY + BUSY_MACHINE)
    assert status(server, second["token"]) == 200
    gone = server.command("user", "revoke-token", alice.email, first["id"])
    assert gone.returncode == 1 and "has no API token" in gone.stderr
    assert server.says("user", "revoke-token", alice.email, "--all") == f"2 API tokens of {alice.email} revoked.\n"
    wait_until(lambda: status(server, second["token"]) == 401, "401", STATED_DELAY + BUSY_MACHINE)
    assert server.says("user", "tokens", alice.email) == f"{alice.email} has no API tokens.\n"
    assert server.command("user", "revoke-token", alice.email).returncode == 64


@pytest.mark.parametrize("arguments", [
    ("deactivate",), ("set-password", "--stdin"), ("delete", "--yes")], ids=lambda arguments: arguments[0])
def test_deactivating_or_deleting_the_account_ends_its_tokens(server, alice, arguments):
    token = makes(alice)["token"]
    assert status(server, token) == 200
    command, *options = arguments
    server.says("user", command, *options, alice.id, input="an entirely new password\n")
    wait_until(lambda: status(server, token) == 401, "401", STATED_DELAY + BUSY_MACHINE)
    if command == "deactivate":
        server.says("user", "activate", alice.id)
        assert status(server, token) == 401, "It does not come back."


def test_a_new_password_ends_tokens_with_the_other_sessions(server, alice):
    token = makes(alice)["token"]

    def changes(old: str, new: str, **fields):
        session = server.client.post("/api/auth/sign-in/email", json={"email": alice.email, "password": old}).json()
        server.client.cookies.clear()
        answer = server.client.post(
            "/api/auth/change-password", headers={"Authorization": f"Bearer {session['token']}"},
            json={"currentPassword": old, "newPassword": new, **fields})
        assert answer.status_code == 200, answer.text
        server.client.cookies.clear()

    changes(PASSWORD, "another good password")
    assert status(server, token) == 200, "Better Auth's client did not ask to end sessions."
    changes("another good password", "and one more password", revokeOtherSessions=True)
    assert status(server, token) == 401


# The page

@pytest.mark.parametrize("java_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_token_is_made_and_revoked_on_the_page(open_page, server, alice, java_script):
    page = open_page(java_script_enabled=java_script)
    log_in(page, alice)
    page.goto("/account")
    card = page.get_by_role("region", name="API tokens", exact=True)
    card.get_by_text("Make a token").click()
    card.get_by_label("Token name").fill("Backup")
    card.get_by_label("Expires after").select_option("1 year")
    card.get_by_label("Add, change and delete tasks").check()
    card.get_by_role("button", name="Make the token").click()
    expect(card.get_by_text("it is not shown again")).to_be_visible()
    token = card.locator("pre").inner_text()
    assert asks(server, token, method="POST", json={"title": "By a program"}).status_code == 201
    copy = card.get_by_role("button", name="Copy the token")
    if java_script:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copy.click()
        expect(copy).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == token
    else:
        expect(copy).to_have_count(0)
    page.goto("/account")
    expect(card.get_by_text(token)).to_have_count(0)
    row = card.get_by_role("listitem").filter(has_text="Backup")
    expect(row).to_contain_text("tasks:read tasks:write")
    expect(row).to_contain_text(str(datetime.now(timezone.utc).year + 1))
    expect(row).to_contain_text("from 127.0.0.1")
    row.get_by_role("button", name="Revoke: Backup").click()
    expect(page.locator(".notice")).to_have_text("That API token is revoked.")
    assert status(server, token) == 401


def test_the_owner_is_notified_of_a_token_by_mail(start_server, mail_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, **mail_server.settings())
    alice = server.newcomer()
    # An unverified address may be another person's, who must get no text of the account's.
    server.says("user", "verify", alice.email)
    makes(alice, "tasks:read", name="Backup <i>")
    mail = mail_server.awaits(alice.email)
    assert mail.message["Subject"] == "A new API token was made"
    assert "“Backup <i>” (tasks:read)" in mail.text() and "/recover/" in mail.link
    assert "lk_" not in mail.message.as_string()
    server.stop()
