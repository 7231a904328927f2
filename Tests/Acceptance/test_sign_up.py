"""Who may sign up: closed and invitation-only servers, on every route, and the command that makes invitations."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from better_auth import Page
from support import PASSWORD, PRODUCTION, SECRET, Browser

CLOSED = "Sign-up is closed. Ask the operator of this server for an account."
INVALID = "This invitation is no longer valid: it was used, has expired or was revoked. Ask for a new one."


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, SIGN_UP="invited")
    yield server
    server.stop()


def invites(server, *arguments, **settings) -> str:
    """The path of a new invitation's link."""
    link = server.says("invite", *arguments, **settings).splitlines()[0]
    return re.fullmatch(rf"http://localhost:{server.port}(/invitation/[A-Za-z0-9]{{32}})", link).group(1)


def token(path: str) -> str:
    return path.rsplit("/", 1)[1]


def signs_up(server, email, invitation=None):
    return server.client.post(
        "/api/auth/signup", json={"email": email, "password": PASSWORD, "invitation": invitation})


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_invited_person_opens_the_link_and_signs_up(server, open_page, scripts):
    email = f"invited.{'js' if scripts else 'html'}@example.com"
    page = open_page(java_script_enabled=scripts)
    page.goto("/")
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    expect(page.get_by_role("link", name="Sign up")).to_have_count(0)
    page.goto("/signup")
    expect(page.get_by_role("main")).to_contain_text("An account needs an invitation.")
    expect(page.get_by_role("button", name="Sign up")).to_have_count(0)

    page.goto(invites(server, "--email", email))
    expect(page.get_by_label("E-mail")).to_have_value(email)
    # A mistake first: another address than the invited one.
    page.get_by_label("E-mail").fill("another@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("#email-error")).to_contain_text("This invitation is for another e-mail address.")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard")
    server.signs_in(email)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_used_link_explains_what_to_do(server, open_page, scripts):
    path = invites(server)
    assert signs_up(server, f"used.{scripts}@example.com".lower(), token(path)).status_code == 201
    page = open_page(java_script_enabled=scripts)
    page.goto(path)
    expect(page.get_by_role("main")).to_contain_text(INVALID)
    expect(page.get_by_role("button", name="Sign up")).to_have_count(0)


def test_opening_a_link_uses_nothing_up_and_its_token_appears_nowhere(server):
    path = invites(server)
    for method in ["GET", "HEAD"] * 20:
        answer = server.client.request(method, path)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "strict-origin"
    with Browser(server.url) as browser:
        done = browser.submits(
            "/signup", on=path, email="looked@example.com", password=PASSWORD, invitation=token(path))
        assert done.status_code == 303 and done.headers["location"] == "/dashboard"
    assert server.client.get(path).status_code == 404
    assert "/invitation/…" in server.log and token(path) not in server.log
    assert token(path) not in server.says("audit", "export")
    assert token(path).encode() not in b"".join(file.read_bytes() for file in server.data.iterdir())
    events = [row["event"] for row in server.objects("audit", "export")]
    assert "invitation_created" in events and "invitation_used" in events


def test_of_ten_concurrent_sign_ups_three_use_the_last_three_places(server):
    invitation = token(invites(server, "--uses", "3"))
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: signs_up(server, f"race.{n}@example.com", invitation), range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [403] * 7
    assert {answer.json()["detail"] for answer in answers if answer.status_code == 403} == {INVALID}
    [invited] = [row for row in server.objects("invite", "list", "--json") if row["maximum_uses"] == 3]
    assert invited["uses"] == 3 and invited["state"] == "used"


def test_better_auths_client_gets_refusals_in_its_format(server):
    with Page(server) as page:
        body = {"name": "Ada", "email": "client@example.com", "password": PASSWORD}
        refused = page.calls("/sign-up/email", body)
        assert refused.status_code == 403 and refused.json()["code"] == "INVITATION_REQUIRED"
        wrong = page.calls("/sign-up/email", body | {"invitation": "x"})
        assert wrong.status_code == 403 and wrong.json()["code"] == "INVALID_INVITATION"
        done = page.calls("/sign-up/email", body | {"invitation": token(invites(server))})
        assert done.status_code == 200 and done.json()["user"]["email"] == "client@example.com"


def test_the_command_lists_and_revokes(server):
    path = invites(server, "--email", "Later@Example.com", "--expires", "12h")
    [row] = [row for row in server.objects("invite", "list", "--json") if row["email"] == "later@example.com"]
    assert list(row) == ["id", "state", "email", "uses", "maximum_uses", "created_by", "created_at", "expires_at",
                         "revoked_at"]
    assert row["state"] == "open" and row["uses"] == 0 and row["maximum_uses"] == 1 and row["revoked_at"] is None
    assert row["created_by"].startswith("command line: ")
    assert row["id"] in server.says("invite", "list") and token(path) not in server.says("invite", "list", "--json")
    assert server.client.get(path).status_code == 200
    assert server.says("invite", "revoke", "LATER@example.com") == f"Invitation {row['id']} is revoked.\n"
    assert server.says("invite", "revoke", row["id"]) == f"Invitation {row['id']} was revoked already.\n"
    assert server.client.get(path).status_code == 404
    assert signs_up(server, "later@example.com", token(path)).json()["detail"] == INVALID
    server.says("user", "create", "taken@example.com", "--stdin", input=PASSWORD + "\n")
    for arguments, sentence in [
        (("revoke", "later@example.com"), "There is no invitation"), (("revoke", "\x1b[31m"), "There is no invitation"),
        (("--email", "no address"), "e-mail address"), (("--email", "taken@example.com"), "has an account"),
    ]:
        done = server.command("invite", *arguments)
        assert done.returncode == 1 and sentence in done.stderr and "\x1b" not in done.stderr, done.stderr
    for arguments in [("--uses", "0"), ("--uses", "-1"), ("--uses", "many"), ("--expires", "7"), ("--expires", "0d"),
                      ("--expires", "366d"), ("--expires", "9999999999999d"), ("--email", "a@example.com", "--uses", "2")]:
        assert server.command("invite", *arguments).returncode == 64, arguments


def test_links_begin_with_where_browsers_find_the_server(server):
    assert server.says("invite", LATCHKEY_URL="https://tasks.example.com").startswith(
        "https://tasks.example.com/invitation/")


def test_a_closed_server_refuses_every_sign_up_but_the_operators(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    alice = server.newcomer()
    path = invites(server)
    server.stop()
    server.settings["SIGN_UP"] = "closed"
    server.start()

    for invitation in (None, token(path)):
        # One answer, whether there is such an account or not.
        for email in ("new@example.com", alice.email):
            refused = signs_up(server, email, invitation)
            assert refused.status_code == 403 and refused.json()["detail"] == CLOSED
    with Page(server) as page:
        refused = page.calls("/sign-up/email", {"name": "A", "email": "new@example.com", "password": PASSWORD})
        assert refused.status_code == 400 and refused.json() == {
            "message": "Email and password sign up is not enabled", "code": "EMAIL_PASSWORD_SIGN_UP_DISABLED"}
    with Browser(server.url) as browser:
        assert "/signup" not in browser.get("/").text + browser.get("/login").text
        assert CLOSED in browser.get("/signup").text
        assert browser.get(path).headers["location"] == "/signup"
        form = browser.submits("/signup", email="new@example.com", password=PASSWORD, invitation=token(path))
        assert form.status_code == 403 and CLOSED in form.text
    refused = server.command("invite")
    assert refused.returncode == 1 and "Sign-up is closed." in refused.stderr

    server.signs_in(alice.email)
    server.says("user", "create", "made@example.com", "--stdin", input=PASSWORD + "\n")
    server.signs_in("made@example.com")
    server.stop()


def test_wrong_invitations_are_limited(start_server):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, SIGN_UP="invited", THROTTLE="on", THROTTLE_SIGN_UP="4/600", **PRODUCTION,
        TRUSTED_PROXIES="127.0.0.1")
    good = invites(server)

    def opens(path, address="203.0.113.5"):
        return server.client.get(path, headers={"X-Forwarded-For": address}).status_code

    assert [opens("/invitation/wrong") for _ in range(6)] == [404] * 4 + [429] * 2
    assert opens(good) == 429 and opens(good, "203.0.113.6") == 200

    def tries(n):
        return server.client.post(
            "/api/auth/signup", json={"email": f"w{n}@example.com", "password": PASSWORD, "invitation": "wrong"},
            headers={"X-Forwarded-For": "203.0.113.7"}).status_code

    assert [tries(n) for n in range(6)] == [403] * 4 + [429] * 2
    server.stop()


def test_a_list_of_domains_restricts_sign_up(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, SIGN_UP_DOMAINS="example.com, *.example.org")
    for email in ["a@evil-example.com", "a@example.com.evil.org", "a@sub.example.com", "a@example.org"]:
        refused = signs_up(server, email)
        assert refused.status_code == 403 and "this domain" in refused.json()["detail"], email
    for email in ["a@Example.COM", "a@sub.example.org"]:
        assert signs_up(server, email).status_code == 201
    assert server.command("invite", "--email", "b@evil.org").returncode == 1
    server.stop()


def test_a_mistake_in_the_settings_stops_the_start(stopped_server):
    for name, value in [("SIGN_UP", "close"), ("SIGN_UP_DOMAINS", ","), ("SIGN_UP_DOMAINS", "*"),
                        ("SIGN_UP_DOMAINS", "@example.com")]:
        stopped_server.settings = {"BETTER_AUTH_SECRET": SECRET, name: value}
        assert f"{name} is '{value}', but must be" in stopped_server.is_refused()
