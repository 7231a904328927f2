"""Signing in with providers that speak OAuth 2.0 alone, against servers that behave as GitHub Enterprise Server and
Discord document it. Neither service itself can be asked from here."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

import oauth_provider
from oauth_provider import CLIENT, CLIENT_SECRET, DISCORD_USER, GITHUB_EMAILS
from support import SECRET, Browser, Server, wait_until
from test_providers import departs, free_port, returns


@pytest.fixture
def provider():
    with oauth_provider.running() as provider:
        yield provider


def started(start_server, provider, kind: str, **more) -> Server:
    port = free_port()
    return start_server(
        BETTER_AUTH_SECRET=SECRET, PORT=port, LATCHKEY_URL=f"http://127.0.0.1:{port}", OIDC_CLUB_TYPE=kind,
        OIDC_CLUB_ISSUER=provider.issuer, OIDC_CLUB_CLIENT_ID=CLIENT, OIDC_CLUB_CLIENT_SECRET=CLIENT_SECRET,
        OIDC_CLUB_LABEL="Our club", **more)


@pytest.fixture
def server(start_server, provider):
    server = started(start_server, provider, "github")
    yield server
    server.stop()


@pytest.fixture
def browser(server):
    with Browser(server.url) as browser:
        yield browser


@pytest.fixture
def club(start_server, provider):
    """Where only the provider and passkeys sign in."""
    server = started(start_server, provider, "github", PASSWORD_SIGN_IN="off")
    yield server
    server.stop()


def enters(context, club, provider) -> None:
    """Signs in beside a browser's window, and gives it the session."""
    with Browser(club.url) as browser:
        assert signs_in(browser, provider) == "/dashboard"
        context.clear_cookies()
        context.add_cookies([
            {"name": cookie.name, "value": cookie.value, "url": club.url} for cookie in browser.cookies])


def signs_in(browser: Browser, provider) -> str:
    """The page that the browser ends on."""
    answer = returns(browser, provider.logs_in(departs(browser)))
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_user_of_github_gets_an_account_and_comes_back_to_it_under_another_name(server, provider, browser):
    url = departs(browser)
    assert parse_qs(urlsplit(url).query)["scope"] == ["read:user user:email"]
    assert returns(browser, provider.logs_in(url)).headers["location"] == "/dashboard"
    kept = "SELECT email, username, email_verified, password_hash FROM users"
    assert server.looks_up(kept) == [("mona@example.com", "Mona Lisa", 1, None)]
    assert server.looks_up("SELECT issuer, subject FROM linked_accounts") == [(provider.issuer, "583231")]
    provider.user |= {"login": "mona", "name": None}
    provider.emails = [{"email": "new@example.com", "primary": True, "verified": True, "visibility": None}]
    with Browser(server.url) as other:
        assert signs_in(other, provider) == "/dashboard"
    assert server.looks_up(kept) == [("mona@example.com", "Mona Lisa", 1, None)]


def test_a_reused_user_name_is_another_user(server, provider, browser):
    signs_in(browser, provider)
    provider.user["id"] = 7
    provider.emails = [{"email": "other@example.com", "primary": True, "verified": True, "visibility": None}]
    with Browser(server.url) as other:
        assert signs_in(other, provider) == "/dashboard"
    assert server.looks_up("SELECT COUNT(*) FROM users") == [(2,)]


@pytest.mark.parametrize("emails", [
    None, [], [GITHUB_EMAILS[0]], [GITHUB_EMAILS[1] | {"verified": False}], [GITHUB_EMAILS[1] | {"verified": "true"}],
    [GITHUB_EMAILS[1] | {"email": "no address"}], {"message": "…"}, [None, 1, "mona@example.com"]])
def test_without_a_verified_primary_address_no_account_is_made(server, provider, browser, emails):
    provider.emails = emails
    assert signs_in(browser, provider) == "/login?refused=no-verified-address&provider=club"
    assert server.looks_up("SELECT COUNT(*) FROM users") == [(0,)]


def test_a_linked_user_needs_no_address_any_more(server, provider, browser):
    signs_in(browser, provider)
    provider.emails = None
    with Browser(server.url) as other:
        assert signs_in(other, provider) == "/dashboard"


@pytest.mark.parametrize("user", [
    {"id": None}, {"id": 0}, {"id": -1}, {"id": 1.5}, {"id": True}, {"id": "octocat"}, {"id": ""}, {"id": 10**30}])
def test_a_user_without_an_id_is_refused(server, provider, browser, user):
    provider.user |= user
    assert signs_in(browser, provider) == "/login?refused=not-trusted&provider=club"
    wait_until(lambda: "tells no id of the user" in server.log, "the line in the log")


@pytest.mark.parametrize("status, reason", [(401, "not-trusted"), (429, "unavailable"), (502, "unavailable")])
def test_an_api_that_does_not_answer(server, provider, browser, status, reason):
    provider.status = status
    assert signs_in(browser, provider) == f"/login?refused={reason}&provider=club"
    assert server.looks_up("SELECT COUNT(*) FROM users") == [(0,)]


def test_a_code_of_another_visit_is_refused_though_the_answer_is_200(server, provider, browser):
    back = provider.logs_in(departs(browser))
    [code] = parse_qs(urlsplit(back).query)["code"]
    provider.challenges[code] = "another"
    assert returns(browser, back).headers["location"] == "/login?refused=not-trusted&provider=club"
    wait_until(lambda: 'sent no access token \\"bad_verification_code\\"' in server.log, "the line in the log")


def test_a_user_of_discord_signs_in(start_server, provider):
    provider.user, provider.emails = dict(DISCORD_USER), None
    server = started(start_server, provider, "discord")
    try:
        with Browser(server.url) as browser:
            assert signs_in(browser, provider) == "/dashboard"
        assert server.looks_up("SELECT email, username FROM users") == [("nelly@example.com", "Nelly")]
        assert server.looks_up("SELECT subject FROM linked_accounts") == [(DISCORD_USER["id"],)]
        provider.user |= {"id": "1", "email": "other@example.com", "verified": False}
        with Browser(server.url) as browser:
            assert signs_in(browser, provider) == "/login?refused=no-verified-address&provider=club"
    finally:
        server.stop()


def test_where_passwords_are_off_a_page_knows_that_its_session_is_over(chromium, club, provider):
    context = chromium.new_context(base_url=club.url)
    page = context.new_page()
    enters(context, club, provider)
    page.goto("/dashboard")
    field = page.get_by_label("New task")
    field.fill("first")
    field.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")

    field.fill("half writ")
    context.clear_cookies()
    page.get_by_role("button", name="Complete: first").click()
    expect(page.locator(".row")).to_contain_text("You have been signed out.")
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(field).to_have_value("half writ")

    enters(context, club, provider)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#notice")).to_contain_text("completed.")
    field.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(field).to_have_value("")

    context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def test_without_a_script_what_was_typed_can_be_copied_before_a_provider_signs_in(club, provider):
    with Browser(club.url) as browser:
        assert signs_in(browser, provider) == "/dashboard"
        account = re.search(r'data-account="([^"]+)"', browser.get("/dashboard").text).group(1)
        token = browser.form_token("/dashboard")
        browser.cookies.clear()
        typed = {"title": "Pay & go", "description": "\nin two lines", "account": account, "form_token": token}
        answer = browser.submits("/tasks", headers={"Origin": club.url}, **typed)
        assert answer.status_code == 401, answer.text
        assert "Pay &amp; go\n\nin two lines</textarea>" in answer.text
        assert "Sign in with Our club" in answer.text and 'type="password"' not in answer.text
