"""The admin's pages: who may see them, what can be done there, and its author in the audit trail."""

import os
import re
import sqlite3
import stat
import subprocess
import threading
from contextlib import closing

import pytest
from playwright.sync_api import expect

from authenticator import App
from support import PASSWORD, SECRET, Browser, binary, log_in, opens_account_menu, wait_until

PATHS = ["/admin", "/admin/people", "/admin/invitations", "/admin/trail", "/admin/mail", "/admin/settings"]


def makes_admin(person) -> None:
    said = person.server.says("user", "make-admin", person.id)
    assert said == f"{person.email} is an admin.\n"


def trail(server, event: str, user=None) -> list[dict]:
    return server.objects("audit", "list", "--event", event, *(["--user", user.id] if user else []), "--json")


@pytest.fixture
def admin(server):
    person = server.newcomer("admin")
    makes_admin(person)
    return person


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def desk(open_page, admin, request):
    """The admin's window, with JavaScript and without."""
    page = open_page(java_script_enabled=request.param)
    log_in(page, admin)
    return page


# Access


def test_visitors_are_sent_to_sign_in_and_users_find_nothing(server, admin, bob):
    with Browser(server.url) as browser:
        for path in PATHS + [f"/admin/people/{bob.id}"]:
            answer = browser.get(path)
            assert answer.status_code == 303 and answer.headers["location"].startswith("/login?next=%2Fadmin")
        browser.logs_in(bob)
        nowhere = browser.get("/no/such/page")
        for path in PATHS + [f"/admin/people/{bob.id}", "/admin/setup"]:
            answer = browser.get(path)
            assert answer.status_code == 404
            # Apart from the request's id and the token of forms.
            shape = [re.sub(r"<code>[\w-]+</code>|[\w-]{20,}", "", text) for text in (answer.text, nowhere.text)]
            assert shape[0] == shape[1]
        for path in ["make-admin", "delete", "reset-link"]:
            assert browser.submits(f"/admin/people/{bob.id}/{path}", on="/account").status_code == 404
    assert bob.gets("/api/admin/users").status_code == 404
    assert admin.gets("/api/admin/users").status_code == 200
    assert [row["path"] for row in trail(server, "authz_fail", bob)][0] == "/admin"


def test_the_menu_links_to_the_admin_pages(desk):
    opens_account_menu(desk).get_by_role("link", name="Administration").click()
    expect(desk.get_by_role("heading", name="Server", exact=True)).to_be_visible()
    for name in ["People", "Invitations", "Audit trail", "Mail", "Settings"]:
        desk.get_by_role("navigation", name="Administration").get_by_role("link", name=name).click()
        expect(desk.get_by_role("heading", level=1)).to_have_text(name)
        expect(desk.get_by_role("navigation", name="Administration").locator("[aria-current=page]")).to_have_text(name)


# People


def finds(page, person) -> None:
    page.goto("/admin/people")
    page.get_by_label("Find").fill(person.email[:-4].upper())
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=person.email).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(person.email)


def test_a_lost_second_factor_is_removed_without_the_database(server, desk, admin, bob, open_page):
    phone = open_page()
    log_in(phone, bob)
    phone.goto("/account")
    phone.get_by_role("button", name="Set up an app").click()
    phone.get_by_label("Code that the app shows").fill(App(phone.locator("pre").inner_text()).code())
    phone.get_by_role("button", name="Turn it on").click()
    expect(phone.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert server.tries_to_sign_in(bob.email, PASSWORD).status_code == 403

    finds(desk, bob)
    desk.get_by_role("button", name="Remove the second factor").click()
    expect(desk.locator("main .notice")).to_contain_text("The second factor is removed.")
    assert server.tries_to_sign_in(bob.email, PASSWORD).status_code == 200
    [row] = trail(server, "second_factor_removed", bob)
    assert row["actor"] == f"admin: {admin.id}" and row["path"] == f"/admin/people/{bob.id}/remove-factor"
    phone.goto("/account")
    expect(phone.locator("#activity + .panel")).to_contain_text("by an admin")


def test_each_action_is_in_the_trail_with_its_author(server, desk, admin, bob):
    def acts(button: str, says: str, event: str):
        desk.get_by_role("button", name=button).click()
        expect(desk.locator("main .notice")).to_contain_text(says)
        assert trail(server, event, bob)[-1]["actor"] == f"admin: {admin.id}"

    token = bob.posts("/api/tokens", {"name": "x", "scopes": ["tasks:read"]}).json()["token"]
    finds(desk, bob)
    acts("Sign out everywhere", "Signed out everywhere.", "authn_token_revoked")
    assert bob.gets("/api/tasks").status_code == 401
    bearer = {"Authorization": f"Bearer {token}"}
    assert bob.gets("/api/tasks", headers=bearer).status_code == 200
    acts("Revoke all API tokens", "All API tokens are revoked.", "authn_token_revoked")
    assert bob.gets("/api/tasks", headers=bearer).status_code == 401
    acts("Mark the address as confirmed", "marked as confirmed", "email_verified")
    acts("Make a reset link", "Here is a link for a new password", "authn_token_created")
    link = desk.locator(".secret").inner_text().strip()
    with Browser(server.url) as visitor:
        token = link.split("/")[-1]
        answer = visitor.submits("/reset", on=f"/reset/{token}", token=token, password="another long password")
        assert answer.status_code == 303
    assert server.tries_to_sign_in(bob.email, "another long password").status_code == 200
    acts("Make an admin", "Now an admin.", "privilege_permissions_changed")
    acts("Make an ordinary user", "No longer an admin.", "privilege_permissions_changed")
    acts("Deactivate", "Deactivated.", "user_deactivated")
    assert server.tries_to_sign_in(bob.email, "another long password").status_code == 401
    acts("Activate", "Active again.", "user_activated")
    desk.get_by_text("Delete this account").click()
    desk.get_by_label("The address of the account").fill("wrong")
    desk.get_by_role("button", name="Delete for good").click()
    expect(desk.locator("#email-error")).to_have_text("This is not the address of the account.")
    desk.get_by_label("The address of the account").fill(bob.email)
    acts("Delete for good", "The account is deleted", "user_deleted")
    assert server.command("user", "show", bob.id).returncode == 1
    assert server.command("audit", "verify").returncode == 0


def test_changes_require_a_password_from_the_last_ten_minutes(server, desk, admin, bob):
    with closing(sqlite3.connect(server.database)) as database, database:
        database.execute("UPDATE sessions SET proved_at = proved_at - 3600000 WHERE user_id = ?", [admin.id])

    def asks() -> bool:
        finds(desk, bob)
        return desk.get_by_label("Your password").count() == 1

    wait_until(asks, "the server has seen it")
    expect(desk.get_by_role("button", name="Deactivate")).to_have_count(0)
    desk.get_by_label("Your password").fill("wrong password")
    desk.get_by_role("button", name="Confirm").click()
    expect(desk.locator("#password-error")).to_have_text("This is not your password.")
    desk.get_by_label("Your password").fill(PASSWORD)
    desk.get_by_role("button", name="Confirm").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(bob.email)
    desk.get_by_role("button", name="Deactivate").click()
    expect(desk.locator("main .notice")).to_contain_text("Deactivated.")


# The rest of the pages


def test_an_invitation_is_made_and_revoked(server, desk, admin):
    address = f"guest-{admin.id[-8:]}@example.com"
    desk.goto("/admin/invitations")
    desk.get_by_label("E-mail").fill(address)
    desk.get_by_role("button", name="Make an invitation").click()
    link = desk.locator(".secret").inner_text().strip()
    with Browser(server.url) as visitor:
        assert address in visitor.get("/invitation/" + link.split("/")[-1]).text
    desk.get_by_role("button", name=f"Revoke: {address}").click()
    expect(desk.locator("main .notice")).to_have_text("The invitation is revoked.")
    for event in ["invitation_created", "invitation_revoked"]:
        assert trail(server, event)[-1]["actor"] == f"admin: {admin.id}"


def test_the_trail_is_filtered_and_verified(desk, admin, bob):
    desk.goto("/admin/trail")
    desk.get_by_label("Account", exact=True).last.fill(bob.email)
    desk.get_by_label("Event", exact=True).select_option("user_created")
    desk.get_by_role("button", name="Show").last.click()
    expect(desk.locator(".events > li")).to_have_count(1)
    expect(desk.locator(".events > li")).to_contain_text(bob.email)
    desk.goto("/admin/trail?by=admin&event=user_created")
    expect(desk.locator(".events > li")).to_have_count(0)
    expect(desk.get_by_label("By", exact=True)).to_have_value("admin")
    desk.get_by_label("By", exact=True).fill(admin.email)
    desk.get_by_label("Event", exact=True).select_option("")
    desk.get_by_role("button", name="Show").last.click()
    expect(desk.locator(".events > li").first).to_contain_text("authn_login_success")
    expect(desk.locator(".events > li", has_text=bob.email)).to_have_count(0)
    desk.get_by_label("By", exact=True).fill("nobody@example.com")
    desk.get_by_role("button", name="Show").last.click()
    expect(desk.locator("main")).to_contain_text("There is no such account.")
    desk.get_by_role("button", name="Verify the trail").click()
    expect(desk.get_by_role("status").last).to_contain_text("all as they were written")


def test_charts_have_names_and_their_figures_in_words(server, desk, admin):
    server.tries_to_sign_in(admin.email, "a wrong password")
    server.says("backup")
    desk.goto("/admin")
    charts = desk.locator(".chart")
    expect(charts).to_have_count(4)
    for number, (name, figure) in enumerate([
            ("Requests", r"[\d.]+ a minute"), ("Sign-ins", r"\d+, and [1-9]\d* failed"), ("Database", r"[\d.]+ [kMG]B"),
            ("Age of the last backup", "under a minute|1 minute")]):
        chart = charts.nth(number)
        expect(chart.locator("strong")).to_have_text(re.compile(f"^({figure})$"))
        picture = chart.get_by_role("img")
        expect(picture).to_have_accessible_name(re.compile(f"^{name}, the last 24 hours: ({figure})$"))
        expect(picture).to_have_accessible_description(re.compile("^Highest"))
        assert all(re.fullmatch(r"[MHV\d. ]*", path) for path in picture.locator("path:not(.area)").evaluate_all(
            "paths => paths.map(path => path.getAttribute('d'))"))
    assert not desk.locator(".charts [style]").count()


def test_settings_and_backups_are_shown_and_secrets_are_not(start_server, engine, tmp_path):
    secret = tmp_path / "smtp-password"
    secret.write_text("a-password-of-a-mail-server\n")
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, SMTP_ADDRESS="127.0.0.1", SMTP_PASSWORD_FILE=secret, SMTP_USERNAME="mailer",
        MAILER_FROM_ADDRESS="mailer@example.com", SMTP_TLS="none", SIGN_UP_DOMAINS="example.com")
    person = server.newcomer("admin")
    makes_admin(person)
    server.says("backup")
    with Browser(server.url) as browser:
        browser.logs_in(person)
        settings = browser.get("/admin/settings").text
        assert SECRET not in settings and "a-password-of-a-mail-server" not in settings
        assert re.search(r"<code>SIGN_UP_DOMAINS</code></dt><dd>example.com <span class=\"also\">from the environment", settings)
        assert re.search(r"<code>SMTP_PASSWORD</code></dt><dd>Set, and not shown <span class=\"also\">from SMTP_PASSWORD_FILE", settings)
        assert re.search(r"<code>SIGN_UP</code></dt><dd>open <span class=\"also\">default", settings)
        health = browser.get("/admin").text
        assert re.search(r"latchkey-\d{8}T\d{6}Z\.db", health) and "The last one was made at" in health
    server.stop()


# Becoming an admin


def test_the_command_line_makes_and_shows_admins(server):
    said = server.says("user", "create", "boss@example.com", "--admin", "--generate")
    assert said.startswith("boss@example.com has an account, and is an admin: ")
    assert re.search(r"Role +admin", server.says("user", "show", "boss@example.com"))
    [shown] = server.objects("user", "show", "boss@example.com", "--json")
    assert shown["is_admin"] is True
    assert "boss@example.com" in server.says("user", "list", "--admins")
    other = server.newcomer("other")
    makes_admin(other)
    assert server.says("user", "make-admin", other.id) == f"{other.email} is an admin already.\n"
    assert server.says("user", "revoke-admin", other.id) == f"{other.email} is no longer an admin.\n"
    assert server.says("user", "revoke-admin", other.id) == f"{other.email} is not an admin.\n"
    rows = trail(server, "privilege_permissions_changed", other)
    assert [row["details"] for row in rows] == [{"from": "user", "to": "admin"}, {"from": "admin", "to": "user"}]
    assert all(row["actor"].startswith("command line: ") for row in rows)


def test_the_last_admin_stays(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    makes_admin(alice)
    for command in [["revoke-admin"], ["deactivate"], ["delete", "--yes"]]:
        refused = server.command("user", command[0], alice.id, *command[1:])
        assert refused.returncode == 1 and "This is the last admin." in refused.stderr, refused.stderr
    makes_admin(bob)
    answers = []
    for one, other in [(alice, bob), (bob, alice)]:
        answers.append(threading.Thread(target=lambda one=one, other=other: outcomes.append(
            one.asks("DELETE", f"/api/admin/users/{one.id}").status_code)))
    outcomes: list[int] = []
    for thread in answers:
        thread.start()
    for thread in answers:
        thread.join()
    assert sorted(outcomes) == [204, 409]
    server.stop()


def test_admin_emails_accepts_verified_addresses_only_and_revokes_nothing(stopped_server):
    server = stopped_server
    server.start()
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    server.says("user", "verify", alice.id)
    server.stop()
    server.settings["ADMIN_EMAILS"] = f"{alice.email.upper()},{bob.email},nobody@example.com"
    server.start()
    wait_until(lambda: "user made an admin" in server.log, "the admin")
    listed = server.says("user", "list", "--admins")
    assert alice.email in listed and bob.email not in listed
    [row] = trail(server, "privilege_permissions_changed")
    assert row["actor"] == "server" and row["details"]["reason"] == "ADMIN_EMAILS" and row["user_id"] == alice.id
    server.stop()
    del server.settings["ADMIN_EMAILS"]
    server.start()
    assert alice.email in server.says("user", "list", "--admins")
    server.stop()


def test_the_setup_token_makes_the_first_admin_once(stopped_server):
    server = stopped_server
    server.start()
    file = server.data / "setup-token"

    def offered() -> str:
        """The token of this start, which is made once the server listens."""
        wait_until(lambda: "there is no admin" in server.log, "the token")
        return file.read_text().strip()

    token = offered()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and re.fullmatch(r"\w{32}", token)
    assert str(file) in server.log
    assert token not in server.log + server.output, "It is told on a terminal only."
    assert not any(token.encode() in path.read_bytes() for path in server.data.glob("latchkey.db*"))
    server.stop()
    server.start()
    assert offered() != token, "Each start makes a new one."
    token = offered()
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    with Browser(server.url) as browser:
        assert browser.get("/admin/setup").headers["location"] == "/login?next=%2Fadmin%2Fsetup"
        browser.logs_in(bob)
        assert browser.get("/admin").status_code == 404
        assert browser.get(f"/admin/setup?token={token}").status_code == 200
        assert browser.get("/admin").status_code == 404
        assert browser.submits("/admin/setup", on="/admin/setup", token="x" * 32).status_code == 422
        answer = browser.submits("/admin/setup", on="/admin/setup", token=token)
        assert answer.status_code == 303 and answer.headers["location"] == "/admin"
        assert browser.get("/admin").status_code == 200
        assert browser.get("/admin/setup").status_code == 404
    assert not file.exists()
    assert server.command("user", "revoke-admin", bob.id).returncode == 1
    assert token not in server.log + server.says("audit", "export")
    server.stop()
    server.start()
    server.stop()
    assert not file.exists() and "there is no admin" not in server.log


def test_the_setup_token_is_shown_on_a_terminal(stopped_server):
    server = stopped_server
    server.directory.mkdir(parents=True)
    main, terminal = os.openpty()
    process = subprocess.Popen(
        [binary()], cwd=server.directory, env=server.environment(), stdin=subprocess.DEVNULL, stdout=terminal,
        stderr=subprocess.DEVNULL)
    os.close(terminal)
    try:
        said = b""
        while b"/admin/setup: " not in said or not said.endswith(b"\n"):
            said += os.read(main, 4096)
        token = (server.data / "setup-token").read_text().strip()
        assert f"/admin/setup: {token}" in said.decode()
    finally:
        process.terminate()
        process.wait(20)
        os.close(main)


def test_being_first_makes_no_admin(start_server):
    for settings in [{}, {"LATCHKEY_ENV": "development"}]:
        server = start_server(BETTER_AUTH_SECRET=SECRET, **settings)
        first = server.newcomer("first")
        assert first.gets("/api/admin/users").status_code == 404
        assert server.says("user", "list", "--admins") == "There is no such user.\n"
        server.stop()


# Both databases


def test_the_admin_role_works_on_postgresql_and_is_copied(start_server, postgres, database, tmp_path):
    address = postgres.address(database)
    server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=address)
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    makes_admin(alice)
    found = alice.gets("/api/admin/users", params={"search": bob.email[:5]}).json()
    assert bob.email in [user["email"] for user in found]
    assert alice.posts(f"/api/admin/users/{bob.id}/deactivate").status_code == 200
    with Browser(server.url) as browser:
        browser.logs_in(alice)
        for path in PATHS + [f"/admin/people/{bob.id}"]:
            assert browser.get(path).status_code == 200, path
        answer = browser.submits(f"/admin/people/{bob.id}/activate", on=f"/admin/people/{bob.id}")
        assert answer.status_code == 303
    assert trail(server, "user_activated", bob)[-1]["actor"] == f"admin: {alice.id}"
    assert server.command("user", "delete", alice.id, "--yes").returncode == 1
    copy = tmp_path / "copy.db"
    server.stop()
    server.says("copy", "--from", address, "--to", f"sqlite:///{copy}")
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("SELECT email FROM users WHERE is_admin").fetchall() == [(alice.email,)]
        assert copied.execute("SELECT closed_at IS NOT NULL FROM admin_setup").fetchall() == [(1,)]
