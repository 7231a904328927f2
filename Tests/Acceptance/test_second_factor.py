"""TOTP as a second factor, and recovery codes, with the real binary: pages in Chromium, JSON and Better Auth's route."""

import base64
import re
import time
from datetime import datetime, timezone
from pathlib import Path

import jwt
import pytest
from playwright.sync_api import expect

from authenticator import STEP, App
from support import PASSWORD, PRODUCTION, SECRET, Browser, Client, Person, Server, log_in, signs_in_over, wait_until

STATED_DELAY = 2
"""Seconds until a change is everywhere, even if its notification is lost (docs/deployment.md)."""
BUSY_MACHINE = 3
"""Seconds that a loaded machine may add to any delay."""


class Owner:
    """A user who has turned the second factor on, on the account page without JavaScript."""

    def __init__(self, server: Server, name: str = "alice"):
        self.server, self.person = server, server.newcomer(name)
        self.browser = Browser(server.url)
        self.browser.logs_in(self.person)
        page = self.submits("")
        assert page.status_code == 200, page.text
        self.app = App(re.search(r"<code>((?:[A-Z2-7]{4} ?){8})</code>", page.text).group(1))
        done = self.submits("/activate", code=self.app.code())
        assert done.status_code == 200, done.text
        self.codes = shown_codes(done.text)
        assert len(self.codes) == 10

    def submits(self, path: str, **fields):
        return self.browser.submits(f"/account/second-factor{path}", on="/account", **fields)

    def challenge(self) -> str:
        answer = self.server.tries_to_sign_in(self.person.email, PASSWORD)
        assert answer.status_code == 403, answer.text
        return answer.json()["challenge"]

    def answers(self, code: str, challenge: str | None = None):
        body = {"challenge": challenge or self.challenge(), "code": code}
        return self.server.client.post("/api/auth/second-factor", json=body)

    def signs_in(self, code: str) -> Person:
        answer = self.answers(code)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return Person(self.server, self.person.email, PASSWORD, body["access_token"], body["user"])


def shown_codes(text: str) -> list[str]:
    shown = re.search(r'<pre class="secret"><code>([^<]*)</code>', text)
    return shown.group(1).split() if shown else []


@pytest.fixture
def owner(server) -> Owner:
    return Owner(server)


# Programs

def test_a_program_is_asked_for_a_code_and_then_gets_the_response_of_a_sign_in(server, owner):
    asked = server.tries_to_sign_in(owner.person.email, PASSWORD)
    assert (asked.status_code, asked.json()["detail"]) == (403, "Second factor required")
    assert asked.json()["methods"] == ["totp", "recovery_code"]
    assert "access_token" not in asked.json() and "set-cookie" not in asked.headers
    done = owner.answers(owner.app.code(1), asked.json()["challenge"])
    assert done.status_code == 200, done.text
    assert list(done.json()) == ["access_token", "token_type", "user"]
    alice = Person(server, owner.person.email, PASSWORD, done.json()["access_token"], done.json()["user"])
    assert alice.gets("/api/auth/me").json()["email"] == owner.person.email
    # The session that turned it on, and its token, go on.
    assert owner.person.gets("/api/auth/me").status_code == 200


def test_a_code_and_a_challenge_work_once(owner):
    challenge, code = owner.challenge(), owner.app.code(1)
    assert owner.answers(code, challenge).status_code == 200
    again = owner.answers(code)
    assert (again.status_code, again.json()["detail"]) == (401, "Invalid code")
    used = owner.answers(owner.codes[0], challenge)
    assert used.status_code == 401 and used.json()["detail"].endswith("Sign in again.")
    assert owner.answers(owner.codes[0]).status_code == 200
    assert owner.answers(owner.codes[0].upper().replace("-", " ")).status_code == 401
    assert owner.answers(owner.codes[1].upper().replace("-", " ")).status_code == 200


def test_a_malformed_code_costs_no_try_and_five_wrong_ones_end_the_challenge(owner):
    challenge = owner.challenge()
    for text in ("", "12345", "abcdef", "x" * 5000):
        assert owner.answers(text, challenge).status_code == 422, text
    for _ in range(5):
        assert owner.answers(owner.app.wrong(), challenge).status_code == 401
    ended = owner.answers(owner.app.code(1), challenge)
    assert (ended.status_code, ended.json()["detail"]) == (401, "Too many codes were wrong. Sign in again.")
    for body in ({}, {"challenge": challenge}, {"challenge": 1, "code": "123456"}):
        assert owner.server.client.post("/api/auth/second-factor", json=body).status_code == 422, body


def test_ten_wrong_codes_in_a_row_lock_the_second_factor_and_not_the_account(owner):
    for _ in range(2):
        challenge = owner.challenge()
        for _ in range(5):
            assert owner.answers(owner.app.wrong(), challenge).status_code == 401
    for code in (owner.app.code(1), owner.codes[0]):
        locked = owner.answers(code)
        assert locked.status_code == 429 and 880 < int(locked.headers["retry-after"]) <= 900
    # What is signed in goes on, and changes there count apart.
    assert owner.person.gets("/api/tasks").status_code == 200
    assert owner.submits("/remove", factor_code=owner.app.code(1)).status_code == 303
    assert owner.server.tries_to_sign_in(owner.person.email, PASSWORD).status_code == 200


def test_better_auths_client_is_told_to_ask_and_gets_no_session(server, owner):
    with Client(server.url) as client:
        answer = client.post("/api/auth/sign-in/email", json={"email": owner.person.email, "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.json() == {"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}
        assert "set-auth-token" not in answer.headers
        assert not client.cookies.get("better-auth.session_token")
        assert client.get("/api/auth/get-session").json() is None


def test_api_tokens_go_on_working(server, owner):
    made = owner.person.posts("/api/tokens", {"name": "script", "scopes": ["tasks:read"]})
    assert made.status_code == 201, made.text
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    assert server.client.get("/api/tasks", headers=headers).status_code == 200


def test_a_token_of_a_service_that_shares_the_secret_needs_a_second_factor_there(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    owner, other = Owner(server), server.newcomer("bob")

    def opens(person: Person):
        token = jwt.encode({"user_id": person.id, "exp": int(time.time()) + 60}, SECRET, algorithm="HS256")
        return server.client.get(person.tasks, headers={"Authorization": f"Bearer {token}"})

    assert opens(other).status_code == 200
    refused = opens(owner.person)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["detail"] == (
        "This account has a second factor, and this token does not show that it was asked for. Sign in here instead.")
    server.stop()
    server.settings["SECOND_FACTOR_TRUSTED"] = "shared-secret"
    server.start()
    taken = opens(owner.person)
    assert (taken.status_code, taken.json()) == (200, [])
    # Signing in here takes the code as before.
    owner.challenge()
    server.stop()


# What is kept

def test_data_and_log_contain_no_secret_and_no_code(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, LOG_LEVEL="trace")
    owner = Owner(server)
    owner.signs_in(owner.app.code(1))
    owner.signs_in(owner.codes[0])
    assert owner.answers(owner.app.wrong()).status_code == 401
    trail = server.says("audit", "export")
    server.stop()
    found = [
        base64.b32encode(owner.app.key), owner.app.key, owner.app.key.hex().encode(),
        *(code.encode() for code in owner.codes), *(code.replace("-", "").encode() for code in owner.codes)]
    for secret in found:
        assert secret not in trail.encode()
        for file in server.directory.rglob("*"):
            assert not file.is_file() or secret not in file.read_bytes(), (secret, file)


def test_the_second_factor_survives_a_new_secret_and_then_needs_the_old_one_no_more(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    owner = Owner(server)
    before = server.looks_up("SELECT sealed_secret FROM second_factors UNION ALL SELECT sealed_digest FROM recovery_codes")
    server.stop()
    server.settings |= {"BETTER_AUTH_SECRET": SECRET[::-1], "BETTER_AUTH_SECRET_PREVIOUS": SECRET}
    server.start()

    def sealed():
        return server.looks_up(
            "SELECT sealed_secret FROM second_factors UNION ALL SELECT sealed_digest FROM recovery_codes")

    wait_until(lambda: not set(sealed()) & set(before), "all to be sealed anew")
    assert len(before) == len(sealed()) == 11
    owner.signs_in(owner.app.code(1))
    server.stop()
    del server.settings["BETTER_AUTH_SECRET_PREVIOUS"]
    server.start()
    owner.signs_in(owner.codes[3])
    server.stop()


# The operator

def test_the_operator_removes_a_lost_second_factor(server, owner):
    assert "asked for as well" in server.says("user", "show", owner.person.email)
    said = server.says("user", "remove-factor", owner.person.email)
    assert said == f"The second factor of {owner.person.email} is removed.\n"
    wait_until(
        lambda: server.tries_to_sign_in(owner.person.email, PASSWORD).status_code == 200, "the password to do",
        STATED_DELAY + BUSY_MACHINE)
    assert server.says("user", "remove-factor", owner.person.id) == f"{owner.person.email} has no second factor.\n"
    assert server.objects("user", "show", "--json", owner.person.email)[0]["has_second_factor"] is False
    kinds = [row["event"] for row in server.objects("audit", "list", "--user", owner.person.email, "--json")]
    assert {"second_factor_added", "second_factor_removed"} <= set(kinds)


def test_the_owner_is_notified_of_each_change(start_server, mail_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, **mail_server.settings())
    owner = Owner(server)
    mail = mail_server.awaits(owner.person.email)
    assert mail.message["Subject"] == "A second factor was turned on" and "/recover/" in mail.link
    owner.signs_in(owner.codes[0])
    mail = mail_server.awaits(owner.person.email, count=2)
    assert mail.message["Subject"] == "A recovery code was used"
    challenge = owner.challenge()
    for _ in range(5):
        assert owner.answers(owner.app.wrong(), challenge).status_code == 401
    mail = mail_server.awaits(owner.person.email, count=3)
    assert mail.message["Subject"] == "Wrong codes at the sign-in to your account"
    assert owner.submits("/recovery-codes", factor_code=owner.codes[1]).status_code == 200
    mail = mail_server.awaits(owner.person.email, count=4)
    assert mail.message["Subject"] == "New recovery codes were made"
    assert not any(code in mail.text() for code in owner.codes)
    server.stop()


# The pages

@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request, open_page):
    return open_page(java_script_enabled=request.param)


def card(page):
    return page.get_by_role("region", name="Second factor", exact=True)


def test_setting_up_and_using_a_second_factor_on_the_pages(page, server, alice, open_page, tmp_path, request):
    has_script = "without" not in request.node.callspec.id
    log_in(page, alice)
    page.goto("/account")
    card(page).get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()
    expect(page.get_by_role("img", name="QR code of the key")).to_be_visible()
    app = App(page.locator("pre").inner_text())
    link = page.get_by_role("link", name="open it with this link").get_attribute("href")
    assert link.startswith(f"otpauth://totp/Latchkey:{alice.email.replace('@', '%40')}?secret=")
    page.get_by_label("Code that the app shows").fill(app.wrong())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("This code is wrong.")).to_be_visible()
    code = app.code()
    page.get_by_label("Code that the app shows").fill(f"{code[:3]} {code[3:]}")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator("pre").inner_text().split()
    assert len(codes) == 10
    if has_script:
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as a file").click()
        download.value.save_as(tmp_path / "codes.txt")
        assert (tmp_path / "codes.txt").read_text().split() == codes
        assert download.value.suggested_filename == "latchkey-recovery-codes.txt"
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy the codes").click()
        wait_until(lambda: page.evaluate("navigator.clipboard.readText()").split() == codes, "the codes to be copied")
    page.get_by_role("link", name="I have saved them").click()
    expect(card(page)).to_contain_text("Recovery codes left: 10.")

    other = open_page(java_script_enabled=has_script)
    other.goto("/account")
    other.get_by_label("E-mail").fill(alice.email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_role("heading", name="One more step")).to_be_visible()
    field = other.get_by_label("Code", exact=True)
    assert field.get_attribute("autocomplete") == "one-time-code"
    assert not [each for each in other.context.cookies() if "session_token" in each["name"]]
    field.fill(app.wrong())
    other.get_by_role("button", name="Sign in").click()
    expect(other.get_by_text("This code is wrong")).to_be_visible()
    other.get_by_label("Code", exact=True).fill(app.code(1))
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/account")
    expect(card(other)).to_contain_text("On since")

    card(other).get_by_text("Change it").click()
    card(other).get_by_label("Code from the app").fill(codes[0])
    card(other).get_by_role("button", name="Make new recovery codes").click()
    expect(other.get_by_role("heading", name="Recovery codes")).to_be_visible()
    new = other.locator("pre").inner_text().split()
    assert len(new) == 10 and not set(new) & set(codes)
    other.goto("/account")
    card(other).get_by_text("Change it").click()
    card(other).get_by_label("Code from the app").fill(codes[1])
    card(other).get_by_role("button", name="Turn it off").click()
    expect(card(other).get_by_text("This code is wrong")).to_be_visible()
    card(other).get_by_label("Code from the app").fill(new[0])
    card(other).get_by_role("button", name="Turn it off").click()
    expect(other.locator(".notice")).to_have_text("The second factor is turned off.")
    assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 200


class Clock:
    """The clock of a server, which stands still in the middle of a step until it is moved."""

    def __init__(self, server: Server):
        library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        assert library, "Install faketime: the clock is turned with it."
        server.directory.mkdir(parents=True)
        self.file, self.step = server.directory / "clock", int(time.time()) // STEP
        # The monotonic clock is not faked, only the time of day.
        server.settings |= {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": self.file, "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}
        self.turns(0)

    def turns(self, steps: int) -> None:
        self.step += steps
        now = datetime.fromtimestamp(self.step * STEP + STEP // 2, timezone.utc)
        self.file.write_text(f"{now:%Y-%m-%d %H:%M:%S}\n")


def test_a_wrong_clock_is_reported_and_a_sign_in_accepts_a_neighbouring_code(stopped_server, open_page):
    server, clock = stopped_server, Clock(stopped_server)
    server.start()
    alice, page = server.newcomer(), open_page(base_url=server.url)
    log_in(page, alice)
    page.goto("/account")
    card(page).get_by_role("button", name="Set up an app").click()
    app = App(page.locator("pre").inner_text())

    def types(ahead: int, button: str) -> None:
        page.get_by_label(re.compile("^Code( that the app shows)?$")).fill(app.code_of(clock.step + ahead))
        page.get_by_role("button", name=button, exact=True).click()

    for ahead, words in [(4, "120 seconds ahead"), (-4, "120 seconds behind")]:
        types(ahead, "Turn it on")
        expect(page.get_by_text(
            f"The clock of the app's device is about {words}. Set it, then type the next code.")).to_be_visible()
        assert server.looks_up("SELECT has_second_factor FROM users WHERE id = ?", alice.id) == [(0,)]
        assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 200
    types(0, "Turn it on")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    # So far that no code was used before.
    clock.turns(10)
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for ahead in (-2, 2):
        types(ahead, "Sign in")
        expect(page.get_by_text("This code is wrong")).to_be_visible()
        assert not [each for each in page.context.cookies() if "session_token" in each["name"]]
    types(1, "Sign in")
    page.wait_for_url("**/dashboard")
    server.stop()


def test_a_challenge_of_another_browser_is_refused(server, owner):
    first, second = Browser(server.url), Browser(server.url)
    asked = first.submits("/login", email=owner.person.email, password=PASSWORD)
    assert asked.status_code == 200 and "One more step" in asked.text
    ticket = re.search(r'name="ticket" value="([^"]+)"', asked.text).group(1)
    stolen = second.submits("/login/second-factor", ticket=ticket, code=owner.app.code(1))
    assert stolen.status_code == 403 and "better-auth.session_token" not in second.cookies
    own = first.submits("/login/second-factor", ticket=ticket, code=owner.app.code(1), next="/account")
    assert (own.status_code, own.headers["location"]) == (303, "/account")


def test_a_forgotten_password_is_set_with_recovery_codes(page, start_server):
    # In development mail is kept in files; here none is sent.
    server = start_server(BETTER_AUTH_SECRET=SECRET, **PRODUCTION)
    owner = Owner(server)
    page.goto(server.url + "/forgot")
    page.get_by_role("link", name="set one yourself").click()
    page.get_by_label("E-mail").fill(owner.person.email)
    page.get_by_label("A recovery code", exact=True).fill(owner.codes[0])
    page.get_by_label("Another recovery code").fill(owner.codes[0])
    page.get_by_label("Code that the app shows").fill(owner.app.code(1))
    page.get_by_label("New password").fill("another good password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Type another code than the first.")).to_be_visible()
    page.get_by_label("Another recovery code").fill(owner.codes[1])
    page.get_by_label("Code that the app shows").fill(owner.app.code(1))
    page.get_by_label("New password").fill("another good password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator(".notice")).to_contain_text("Your new password is set.")
    assert owner.person.gets("/api/tasks").status_code == 401
    asked = server.tries_to_sign_in(owner.person.email, "another good password")
    assert (asked.status_code, asked.json()["detail"]) == (403, "Second factor required")
    assert server.tries_to_sign_in(owner.person.email, PASSWORD).status_code == 401
    server.stop()


def test_an_ended_session_is_continued_with_the_second_factor_over_the_page(open_page, owner):
    page = open_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(owner.person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code", exact=True).fill(owner.codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    page.context.clear_cookies()
    page.get_by_label("New task").fill("Kept through it all")
    page.keyboard.press("Enter")
    signs_in_over(page, owner.person)
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text("Now type the code that your authenticator app shows")
    dialog.get_by_label("Code", exact=True).fill(owner.app.wrong())
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("This code is wrong")
    dialog.get_by_label("Code", exact=True).fill(owner.app.code(1))
    dialog.get_by_role("button", name="Sign in").click()
    expect(page.locator(".row").filter(has_text="Kept through it all")).to_be_visible()


def test_a_browser_is_trusted_and_no_other(server, owner):
    first, second = Browser(server.url), Browser(server.url)

    def gives_password(browser):
        browser.cookies.pop("better-auth.session_token", None)
        return browser.submits("/login", email=owner.person.email, password=PASSWORD)

    ticket = re.search(r'name="ticket" value="([^"]+)"', gives_password(first).text).group(1)
    done = first.submits("/login/second-factor", ticket=ticket, code=owner.app.code(1), trust="yes")
    assert done.status_code == 303
    assert gives_password(first).status_code == 303
    assert "One more step" in gives_password(second).text
    second.cookies.update({name: value for name, value in first.cookies.items() if "device" in name})
    wrong = second.submits("/login", email=owner.person.email, password="not the password")
    assert wrong.status_code == 401, "The cookie alone opens nothing."
    owner.challenge()
    assert first.submits("/account/second-factor/untrust", on="/account").status_code == 303
    assert "One more step" in gives_password(first).text


def test_a_reset_password_neither_signs_in_nor_turns_it_off(server, owner):
    link = server.says("user", "reset-link", owner.person.email)
    path = re.search(r"/reset/\w+", link).group(0)
    browser = Browser(server.url)
    done = browser.submits("/reset", on=path, token=path.split("/")[-1], password="another good password")
    assert done.status_code == 303 and "better-auth.session_token" not in browser.cookies
    asked = server.tries_to_sign_in(owner.person.email, "another good password")
    assert asked.status_code == 403 and asked.json()["detail"] == "Second factor required"
