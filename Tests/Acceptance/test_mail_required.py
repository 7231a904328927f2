"""Sign-in only with a verified address, and codes that are typed in place of links, in a real Chromium."""

import os
import re

import pytest
from playwright.sync_api import expect

from accessibility import assert_is_accessible
from support import PASSWORD, Server

NEW = "another horse battery"


@pytest.fixture
def server(stopped_server, mail_server) -> Server:
    stopped_server.settings |= mail_server.settings(EMAIL_VERIFICATION="required")
    return stopped_server.start()


def code(mail) -> str:
    return re.search(r"\b[0-9]{4} [0-9]{4}\b", mail.text()).group(0)


def signs_up(page, address: str) -> None:
    page.goto("/signup")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_person_signs_up_confirms_the_address_and_forgets_the_password(open_page, mail_server, with_script):
    page = open_page(java_script_enabled=with_script)
    address = f"carol.{os.urandom(4).hex()}@example.com"
    signs_up(page, address)
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    if with_script:
        assert_is_accessible(page)
    mail = mail_server.awaits(address)
    page.get_by_label("Code from the e-mail").fill("0000 0000" if code(mail) != "0000 0000" else "1111 1111")
    page.get_by_role("button", name="Confirm the address").click()
    expect(page.locator("#code-error")).to_contain_text("wrong or no longer valid")
    page.get_by_label("Code from the e-mail").fill(code(mail).replace(" ", ""))
    page.get_by_role("button", name="Confirm the address").click()
    page.wait_for_url("**/dashboard")

    page.context.clear_cookies()
    page.goto("/forgot")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("button", name="Set the password")).to_be_visible()
    mail = mail_server.awaits(address, 2)
    assert mail.message["Subject"] == "Set a new password"
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Code from the e-mail").fill(code(mail))
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator(".notice")).to_contain_text("Your new password is set.")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")


@pytest.mark.parametrize("with_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_person_with_an_older_account_confirms_the_address_at_the_next_sign_in(
        server, open_page, mail_server, with_script):
    address = f"dave.{os.urandom(4).hex()}@example.com"
    server.command("user", "create", address, "--stdin", input=PASSWORD)
    page = open_page(java_script_enabled=with_script)
    page.goto("/login")
    page.get_by_label("E-mail", exact=True).fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.get_by_label("Code from the e-mail").fill(code(mail_server.awaits(address)))
    page.get_by_role("button", name="Confirm the address").click()
    page.wait_for_url("**/dashboard")


def test_the_owner_of_a_taken_address_is_notified_and_the_other_is_not_told(server, mail_server):
    answers = []
    for password in (PASSWORD, NEW):
        answer = server.client.post("/api/auth/signup", json={"email": "erin@example.com", "password": password})
        answers.append((answer.status_code, answer.text, sorted(name.lower() for name in answer.headers)))
    assert answers[0] == answers[1] and answers[0][0] == 202
    mail_server.awaits("erin@example.com", 2)
    subjects = [mail.message["Subject"] for mail in mail_server.arrived]
    assert subjects == ["Confirm your e-mail address", "You have an account already"]
    assert server.looks_up("SELECT COUNT(*) FROM users") == [(1,)]
    refused = server.client.post("/api/auth/signin", json={"email": "erin@example.com", "password": NEW})
    assert (refused.status_code, refused.json()["detail"]) == (401, "Invalid credentials")
    right = server.client.post("/api/auth/signin", json={"email": "erin@example.com", "password": PASSWORD})
    assert (right.status_code, right.json()["detail"]) == (403, "Email not verified")


def test_required_verification_needs_a_mail_server(stopped_server):
    stopped_server.settings |= {
        "EMAIL_VERIFICATION": "required", "LATCHKEY_ENV": "production", "LATCHKEY_URL": "http://localhost:8000"}
    said = stopped_server.is_refused()
    assert "EMAIL_VERIFICATION needs a mail server: set SMTP_URL." in said
