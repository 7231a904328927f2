"""Signing in with OpenID Connect providers: Django's, and a hostile one; without JavaScript, and in Chromium."""

import html
import re
import socket
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

import django_provider
import hostile_provider
from django_provider import EMAIL, USER, USER_PASSWORD
from support import PASSWORD, SECRET, Browser, Server, wait_until
from test_import import BETTER_AUTH, better_auth_user, imports, makes


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def settings(port: int, name: str, issuer: str, client: str, secret: str | None = None) -> dict:
    name = name.upper()
    return {
        "BETTER_AUTH_SECRET": SECRET, "PORT": port, "LATCHKEY_URL": f"http://127.0.0.1:{port}",
        f"OIDC_{name}_ISSUER": issuer, f"OIDC_{name}_CLIENT_ID": client, f"OIDC_{name}_CLIENT_SECRET": secret,
        f"OIDC_{name}_LABEL": "Our club", "JWKS_REFETCH_SECONDS": 1}


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="module")
def provider(ports, tmp_path_factory):
    own, port = ports
    redirect_uri = f"http://127.0.0.1:{own}/api/auth/callback/club"
    with django_provider.running(port, redirect_uri, tmp_path_factory.mktemp("provider")) as provider:
        yield provider


@pytest.fixture
def server(start_server, ports, provider) -> Server:
    """With no account yet."""
    server = start_server(
        **settings(ports[0], "club", provider.issuer, django_provider.CLIENT, django_provider.CLIENT_SECRET))
    yield server
    server.stop()


@pytest.fixture
def browser(server):
    with Browser(server.url) as browser:
        yield browser


def departs(browser: Browser, path: str = "/login/providers/club", on: str = "/login", **fields) -> str:
    """The address at the provider that a form leads to."""
    answer = browser.submits(path, on=on, **fields)
    assert answer.status_code == 200, answer.text
    [url] = re.findall(r'<a class="button" href="([^"]+)">Continue to Our club</a>', answer.text)
    assert answer.headers["refresh"] == f"0; url={html.unescape(url)}"
    return html.unescape(url)


def returns(browser: Browser, url: str) -> requests.Response:
    """The answer to a browser that the provider has sent back."""
    assert url.startswith(browser.url + "/api/auth/callback/"), url
    return browser.get(url.removeprefix(browser.url))


def signs_in(browser: Browser, provider, **fields) -> requests.Response:
    return returns(browser, provider.logs_in(departs(browser, **fields)))


def test_a_new_user_gets_an_account_and_comes_back_to_it(server, provider, browser):
    url = departs(browser)
    query = parse_qs(urlsplit(url).query)
    assert query["code_challenge_method"] == ["S256"] and query["scope"] == ["openid email profile"]
    answer = returns(browser, provider.logs_in(url))
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert browser.get("/dashboard").status_code == 200
    [(email, name, verified, password)] = server.looks_up(
        "SELECT email, username, email_verified, password_hash FROM users")
    assert (email, name, verified, password) == (EMAIL, "Ann B", 1, None)
    with Browser(server.url) as second:
        assert signs_in(second, provider, next="/account").headers["location"] == "/account"
    assert server.looks_up("SELECT COUNT(*) FROM users") == [(1,)]
    assert server.looks_up("SELECT COUNT(*) FROM provider_flows") == [(0,)]
    assert "redirect_uri=" + server.url + "/api/auth/callback/club" in server.log.replace('"', "")
    assert "code=" not in server.log and query["state"][0] not in server.log


def test_an_imported_user_signs_in_with_the_provider_that_was_linked_there(server, provider, browser, tmp_path):
    signs_in(browser, provider)
    [(subject,)] = server.looks_up("SELECT subject FROM linked_accounts")
    server.says("user", "delete", EMAIL, "--yes")
    file = tmp_path / "auth.db"
    makes(
        file, BETTER_AUTH, *better_auth_user("b", "another@x.test", None),
        ("update account set accountId = ?, providerId = 'club'", (subject,)))
    assert "Imported: 1 user (0 with a password, 1 without, 1 linked account)" in imports(server, "better-auth", file)
    with Browser(server.url) as second:
        assert signs_in(second, provider).headers["location"] == "/dashboard"
        assert server.looks_up("SELECT id FROM users") == [("b",)]
        assert "another@x.test" in second.get("/account").text


def test_an_answer_works_once_and_in_its_own_browser(server, provider, browser):
    back = provider.logs_in(departs(browser))
    # What only asks about the address uses nothing up.
    assert browser.head(back.removeprefix(server.url)).status_code == 204
    with Browser(server.url) as other:
        refused = returns(other, back)
        assert refused.headers["location"] == "/login?refused=expired&provider=club"
        assert "began in another browser" in other.get(refused.headers["location"]).text
    assert returns(browser, back).headers["location"] == "/dashboard"
    with Browser(server.url) as again:
        again.cookies.update(browser.cookies)
        assert "refused=expired" in returns(again, back).headers["location"]


def test_an_account_with_that_address_is_linked_only_if_it_is_verified(server, provider, browser):
    # An attacker has signed up with the address; its owner comes with the provider.
    body = {"email": EMAIL, "password": PASSWORD, "username": "x"}
    assert server.client.post("/api/auth/signup", json=body).status_code == 201
    refused = signs_in(browser, provider)
    assert refused.headers["location"] == "/login?refused=account-exists&provider=club"
    assert server.looks_up("SELECT COUNT(*) FROM linked_accounts") == [(0,)]
    server.says("user", "verify", EMAIL)
    assert signs_in(browser, provider).headers["location"] == "/dashboard"
    assert {event["event"] for event in server.objects("audit", "list", "--user", EMAIL, "--json")} >= {"provider_linked"}


def test_an_account_is_linked_on_its_page_and_unlinked(server, provider, browser):
    person = server.newcomer()
    server.says("user", "verify", person.email)
    browser.logs_in(person)
    url = departs(browser, "/account/providers/club", on="/account")
    linked = returns(browser, provider.logs_in(url))
    assert linked.headers["location"] == "/account?notice=provider-linked"
    page = browser.get("/account").text
    assert "Our club" in page and EMAIL in page
    with Browser(server.url) as other:
        assert signs_in(other, provider).headers["location"] == "/dashboard"
        assert person.email in other.get("/account").text
    [path] = re.findall(r'action="(/account/linked/[^"]+/unlink)"', page)
    assert browser.submits(path, on="/account").headers["location"] == "/account?notice=provider-unlinked"
    # Now it is that of another user, who makes an account.
    with Browser(server.url) as other:
        assert signs_in(other, provider).headers["location"] == "/dashboard"
        assert person.email not in other.get("/account").text


def test_the_operator_sees_and_unlinks_all(server, provider, browser):
    assert signs_in(browser, provider).status_code == 303
    [shown] = server.objects("user", "show", EMAIL, "--json")
    assert shown["providers"] == ["club"] and shown["has_password"] is False and shown["passkeys"] == 0
    assert server.says("user", "unlink-providers", EMAIL) == f"Accounts at providers unlinked from {EMAIL}: 1.\n"
    assert server.says("user", "unlink-providers", EMAIL) == f"{EMAIL} has no linked accounts.\n"
    row = server.objects("audit", "list", "--json", "--limit", "1")[-1]
    assert row["event"] == "provider_unlinked" and row["actor"].startswith("command line: ")
    assert server.looks_up("SELECT provider FROM linked_accounts") == []
    # Both sides have verified the address, so that the next sign-in links it again.
    with Browser(server.url) as other:
        assert signs_in(other, provider).headers["location"] == "/dashboard"
    assert len(server.looks_up("SELECT provider FROM linked_accounts")) == 1


def test_the_last_sign_in_method_is_not_removed(server, provider, browser):
    signs_in(browser, provider)
    [path] = re.findall(r'action="(/account/linked/[^"]+/unlink)"', browser.get("/account").text)
    refused = browser.submits(path, on="/account")
    assert refused.status_code == 409 and "last way to sign in" in refused.text


def test_in_a_browser_a_form_leads_to_the_provider_and_back(server, provider, chromium):
    context = chromium.new_context(base_url=server.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints = []
    # The policy for forms (CSP) would be named here; the provider's missing icon is no fault of ours.
    page.on("console", lambda message: complaints.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text else None)
    page.goto("/login")
    page.get_by_role("button", name="Sign in with Our club").click()
    page.get_by_label("User").fill(USER)
    page.get_by_label("Password").fill(USER_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/dashboard")
    page.goto("/account")
    page.get_by_text("Your account has no password.").wait_for()
    context.close()
    assert complaints == []


def test_where_passwords_are_off_only_the_provider_signs_in(start_server, ports, provider):
    known = settings(ports[0], "club", provider.issuer, django_provider.CLIENT, django_provider.CLIENT_SECRET)
    server = start_server(PASSWORD_SIGN_IN="off", **known)
    try:
        answer = server.tries_to_sign_in("a@example.com", PASSWORD)
        assert answer.status_code == 403 and "turned off" in answer.json()["detail"]
        typed = {"email": "a@example.com", "password": PASSWORD}
        for path, body in [("sign-in/email", typed), ("sign-up/email", typed | {"name": "Ann"})]:
            answer = server.client.post(f"/api/auth/{path}", json=body)
            assert answer.status_code == 400, answer.text
            assert answer.json() == {"message": "Email and password is not enabled", "code": "EMAIL_PASSWORD_DISABLED"}
            assert "set-auth-token" not in answer.headers and "set-cookie" not in answer.headers
        assert server.looks_up("SELECT count(*) FROM users") == [(0,)]
        with Browser(server.url) as browser:
            assert 'type="password"' not in browser.get("/login").text
            assert signs_in(browser, provider).headers["location"] == "/dashboard"
    finally:
        server.stop()


def test_better_auths_client_signs_in_and_links(server, provider):
    origin = {"Origin": server.url}
    with Browser(server.url) as browser:
        body = {"provider": "club", "callbackURL": "/account"}
        answer = browser.post("/api/auth/sign-in/social", json=body, headers=origin)
        assert answer.status_code == 200 and answer.json()["redirect"] is True
        assert answer.headers["location"] == answer.json()["url"]
        back = returns(browser, provider.logs_in(answer.json()["url"]))
        assert back.headers["location"] == "/account"
        [account] = browser.get("/api/auth/list-accounts").json()
        assert (account["providerId"], account["issuer"]) == ("club", provider.issuer)
        last = browser.post("/api/auth/unlink-account", json={"accountId": account["id"]}, headers=origin)
        assert (last.status_code, last.json()["code"]) == (400, "FAILED_TO_UNLINK_LAST_ACCOUNT")
        again = browser.post("/api/auth/link-social", json={"provider": "club"}, headers=origin)
        assert again.status_code == 200
        unknown = browser.post("/api/auth/sign-in/social", json={"provider": "x"}, headers=origin)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "PROVIDER_NOT_FOUND")


# A hostile provider


@pytest.fixture(scope="module")
def liar():
    with hostile_provider.lying() as provider:
        yield provider


@pytest.fixture(scope="module")
def victim(start_server, liar):
    server = start_server(**settings(free_port(), "club", liar.issuer, hostile_provider.CLIENT))
    yield server
    server.stop()


LIES = {
    "wrong-iss": "names another issuer", "wrong-aud": "is for another client", "two-aud": "is for several clients",
    "wrong-azp": "was issued to another client", "no-nonce": "nonce", "wrong-nonce": "nonce", "expired": "has expired",
    "future": "is from the future", "no-exp": "when it expires", "no-sub": "has no subject",
    "numeric-sub": "has no subject", "unverified": "no address that it has verified",
    "verified-text": "no address that it has verified", "no-verified": "no address that it has verified",
    "other-key": "is not signed by a key of", "unknown-kid": "is not signed by a key of",
    "alg-none": "not accepted", "hs256-with-public-key": "not accepted", "crit": "not accepted",
    "no-response-iss": "names no issuer", "wrong-response-iss": "names another issuer", "wrong-state": "state is unknown",
    "denied": "access_denied", "redirecting-token": "answered 307", "huge": "more than",
    "userinfo-sub": "tells of another user",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_wrong_claim_is_refused_with_a_message_in_the_log(victim, liar, lie):
    liar.lie = lie
    before = len(victim.log)
    with Browser(victim.url) as browser:
        answer = returns(browser, liar.sends_back(departs(browser)))
        assert answer.status_code == 303 and answer.headers["location"].startswith("/login?refused="), answer.text
        assert 'role="alert"' in browser.get(answer.headers["location"]).text
        assert not any("session_token" in name for name in browser.cookies.keys())

    def reported():
        return [line for line in victim.log[before:].splitlines() if "a sign-in with a provider was refused" in line]

    [line] = wait_until(reported, "the line in the log")
    assert "club" in line and LIES[lie] in line, line
    assert victim.looks_up("SELECT COUNT(*) FROM users") == [(0,)]


def test_a_token_without_a_key_id_is_taken_where_there_is_one_key(victim, liar):
    liar.lie = "no-kid"
    with Browser(victim.url) as browser:
        answer = returns(browser, liar.sends_back(departs(browser)))
        assert answer.headers["location"] == "/dashboard", answer.headers


def test_a_token_without_a_key_id_is_refused_where_there_are_two_keys(start_server):
    with hostile_provider.lying() as liar:
        liar.keys.append(liar.other)
        server = start_server(**settings(free_port(), "club", liar.issuer, hostile_provider.CLIENT))
        with Browser(server.url) as browser:
            # A token that names its key shows that it is known.
            for lie, location in [("no-kid", "/login?refused="), ("", "/dashboard")]:
                liar.lie = lie
                answer = returns(browser, liar.sends_back(departs(browser)))
                assert answer.status_code == 303, answer.text
                assert answer.headers["location"].startswith(location), answer.headers
        assert "is not signed by a key of" in server.log
        server.stop()


def test_a_provider_that_is_down_stops_neither_the_start_nor_passwords(start_server):
    server = start_server(**settings(free_port(), "club", f"http://127.0.0.1:{free_port()}", "x"))
    try:
        person = server.newcomer()
        with Browser(server.url) as browser:
            refused = browser.submits("/login/providers/club")
            assert refused.headers["location"] == "/login?refused=unavailable&provider=club"
            browser.logs_in(person)
    finally:
        server.stop()
