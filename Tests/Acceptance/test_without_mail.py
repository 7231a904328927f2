"""The life of an account on a server in production that sends no mail, in a real Chromium with and without JavaScript."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from accessibility import assert_is_accessible
from support import PASSWORD, PRODUCTION, SHORT, Server, log_in, wait_until
from test_account_page import opens, part, says, signs_in, signs_up
from test_second_factor import BUSY_MACHINE, STATED_DELAY, shown_codes

NEW = "another horse battery"


@pytest.fixture
def server(stopped_server) -> Server:
    stopped_server.settings |= PRODUCTION | {"LATCHKEY_CONTACT": "help@example.com"}
    return stopped_server.start()


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_account_from_its_beginning_to_its_end(server, open_page, with_script):
    page = open_page(java_script_enabled=with_script)
    email = signs_up(page, "Ada")
    server.signs_in(email)

    opens(page)
    page.get_by_text("Change the address").first.click()
    page.get_by_label("New address").fill("countess@example.com")
    page.get_by_role("button", name="Change the address").click()
    says(page, "Address changed. Use it to sign in.")
    email = "countess@example.com"
    phone = server.signs_in(email)
    page.reload()
    part(page, "Where you are signed in").get_by_role("button", name="Sign out: Python (Requests)").first.click()
    says(page, "That device is signed out.")
    assert phone.gets("/api/auth/me").status_code == 401

    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_role("link", name="Forgot it?").click()
    expect(page.get_by_role("main")).to_contain_text("help@example.com")
    link = server.says("user", "reset-link", email).splitlines()[0]
    page.goto(urlsplit(link).path)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator(".notice")).to_contain_text("Your new password is set.")
    signs_in(page, email, PASSWORD)
    expect(page.get_by_role("alert")).to_be_visible()
    signs_in(page, email, NEW)
    page.wait_for_url("**/dashboard")

    opens(page)
    leaving = part(page, "Delete the account")
    leaving.get_by_text("Delete this account").click()
    leaving.get_by_role("button", name="Delete in 30 days").click()
    page.wait_for_url("**/login**")
    signs_in(page, email, NEW)
    page.get_by_role("button", name="Keep my account").click()
    says(page, "Welcome back. Your account stays.")
    assert server.says("mail", "list", "--all") == "There is no such e-mail.\n"


def asks_with_codes(page, email: str, codes: list[str], password: str = "another good password") -> None:
    page.goto("/forgot/recovery-codes")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("A recovery code", exact=True).fill(codes[0])
    page.get_by_label("Another recovery code").fill(codes[1])
    page.get_by_label("New password").fill(password)
    page.get_by_role("button", name="Set the password").click()


def test_the_form_for_recovery_codes_is_accessible(server, open_page):
    page = open_page()
    asks_with_codes(page, "unknown@example.com", ["wrong", "wrong too"], SHORT)
    expect(page.locator("#password-error")).not_to_be_empty()
    assert_is_accessible(page)


def makes_codes(page) -> list[str]:
    page.goto("/account")
    page.get_by_role("button", name="Make recovery codes").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = shown_codes(page.content())
    assert len(codes) == 10
    return codes


DAY = 86_400_000
"""Milliseconds."""


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_recovery_codes_alone_set_a_password_after_a_day(server, open_page, with_script):
    person = server.newcomer()
    page, visitor = open_page(java_script_enabled=with_script), open_page(java_script_enabled=with_script)
    log_in(page, person)
    codes = makes_codes(page)
    for pair in ["zzzzz-zzzzz", codes[2]], [codes[0], codes[0]]:
        asks_with_codes(visitor, person.email, pair)
        expect(visitor.locator(".alert, .error:not(:empty)")).to_have_count(1)
    asks_with_codes(visitor, person.email, codes)
    expect(visitor.locator(".notice")).to_contain_text("The codes are right.")
    assert server.tries_to_sign_in(person.email, "another good password").status_code == 401
    asks_with_codes(visitor, person.email, codes)
    expect(visitor.locator(".notice")).to_contain_text("come back after")
    server.settings["PORT"] = server.port
    server.stop()
    server.changes(f"UPDATE waiting_resets SET ready_at = ready_at - {DAY}")
    server.start()
    asks_with_codes(visitor, person.email, codes)
    expect(visitor.locator(".notice")).to_contain_text("Your new password is set.")
    assert not [cookie for cookie in visitor.context.cookies() if "session" in cookie["name"]]
    assert person.gets("/api/auth/me").status_code == 401
    assert server.tries_to_sign_in(person.email, PASSWORD).status_code == 401
    again = server.signs_in(person.email, "another good password")
    assert again.gets("/api/auth/recovery-codes").json() == {"left": 0, "waiting_reset": None}
    asks_with_codes(visitor, person.email, codes[2:])
    expect(visitor.locator(".alert")).to_contain_text("one of the codes is wrong")


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_waiting_new_password_is_shown_and_can_be_stopped(server, open_page, with_script):
    person = server.newcomer()
    page, visitor = open_page(java_script_enabled=with_script), open_page(java_script_enabled=with_script)
    log_in(page, person)
    codes = makes_codes(page)
    page.goto("/dashboard")
    asks_with_codes(visitor, person.email, codes)
    expect(visitor.locator(".notice")).to_contain_text("The codes are right.")
    ready = person.gets("/api/auth/me").json()["password_reset_ready_at"]
    assert person.gets("/api/auth/recovery-codes").json()["waiting_reset"]["ready_at"] == ready
    assert ready in server.says("user", "show", person.email)
    page.goto("/dashboard")
    expect(page.locator("main > .alert")).to_contain_text("A new password for your account was asked for")
    page.get_by_role("button", name="Stop it").click()
    expect(page.locator("main > .notice")).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Stop it")).to_have_count(0)
    assert "password_reset_ready_at" not in person.gets("/api/auth/me").json()

    asks_with_codes(visitor, person.email, codes[2:])
    expect(visitor.locator(".notice")).to_contain_text("The codes are right.")
    assert server.says("user", "stop-reset", person.email) == f"The new password of {person.email} is stopped.\n"
    assert server.says("user", "stop-reset", person.email) == f"No new password of {person.email} waits.\n"
    wait_until(
        lambda: "password_reset_ready_at" not in person.gets("/api/auth/me").json(), "the stop is known",
        patience=STATED_DELAY + BUSY_MACHINE)
    stopped = server.objects("audit", "list", "--event", "password_reset_stopped", "--json")
    assert [record["actor"].split(":")[0] for record in stopped] == ["user", "command line"]
    assert person.asks("DELETE", "/api/auth/waiting-reset").status_code == 404
