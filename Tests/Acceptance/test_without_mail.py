"""The life of an account on a server in production that sends no mail, in a real Chromium with and without JavaScript."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from support import PASSWORD, PRODUCTION, Server
from test_account_page import opens, part, says, signs_in, signs_up

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
    assert server.says("mail", "list", "--all") == "There is no such mail.\n"
