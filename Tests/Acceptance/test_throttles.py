"""Clients that guess passwords or make accounts in bulk are throttled, and no others."""

import itertools

import pytest
from requests.adapters import HTTPAdapter

from better_auth import Page
from support import PASSWORD, PRODUCTION, SECRET, Browser, Client, wait_until
from wire import sentence

_places = itertools.count(2)


class Bound(HTTPAdapter):
    """Connects from one of this machine's other addresses."""

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


def somewhere() -> str:
    """An address that no client has used yet."""
    number = next(_places)
    return f"127.0.{number // 250}.{number % 250 + 1}"


def at(client: Client, address: str | None = None) -> Client:
    client.mount("http://", Bound(address or somewhere()))
    return client


def tries(client: Client, email: str, password: str = "not the password", **options):
    return client.post("/api/auth/signin", json={"email": email, "password": password}, **options)


@pytest.fixture(scope="module")
def guarded(start_server):
    """A server that limits as it does when nothing is configured."""
    server = start_server(BETTER_AUTH_SECRET=SECRET, THROTTLE=None)
    yield server
    server.stop()


def test_one_address_is_allowed_a_few_wrong_passwords(guarded):
    alice = guarded.newcomer()
    with at(Client(guarded.url)) as client:
        statuses = [tries(client, f"somebody.{number}@example.com").status_code for number in range(30)]
        assert statuses == [401] * 15 + [429] * 15
        answer = tries(client, alice.email, PASSWORD)
    assert answer.status_code == 429 and answer.headers["content-type"] == "application/problem+json"
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert answer.headers["ratelimit-reset"] == answer.headers["retry-after"]
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("15", "0")
    assert sentence(answer) == f"Too many attempts. Try again in {answer.headers['retry-after']} seconds."
    with at(Client(guarded.url)) as elsewhere:
        assert tries(elsewhere, alice.email, PASSWORD).status_code == 200


def test_right_passwords_are_not_limited(guarded):
    alice = guarded.newcomer()
    with at(Client(guarded.url)) as busy:
        assert {tries(busy, alice.email, PASSWORD).status_code for _ in range(40)} == {200}


@pytest.mark.parametrize("header", [
    "X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Cluster-Client-IP",
    "X-Originating-IP",
])
def test_no_header_lifts_the_limit(guarded, header):
    with at(Client(guarded.url)) as client:
        value = "for=198.51.100.{}" if header == "Forwarded" else "198.51.100.{}"
        statuses = [
            tries(client, f"somebody.{number}@example.com", headers={header: value.format(number)}).status_code
            for number in range(17)]
    assert statuses == [401] * 15 + [429] * 2


def test_pages_and_both_apis_share_the_limit(guarded):
    address = somewhere()
    email = guarded.newcomer().email
    with at(Browser(guarded.url), address) as browser, at(Page(guarded), address) as page:
        for _ in range(5):
            assert browser.submits("/login", email=email, password="not the password").status_code == 401
            assert tries(browser, email).status_code == 401
            assert page.calls("/sign-in/email", {"email": email, "password": "not it"}).status_code == 401
        answers = [
            browser.submits("/login", email=email, password=PASSWORD), tries(browser, email, PASSWORD),
            page.calls("/sign-in/email", {"email": email, "password": PASSWORD})]
    assert [answer.status_code for answer in answers] == [429] * 3
    form, _, better = answers
    assert "Too many attempts." in form.text and f'value="{email}"' in form.text and PASSWORD not in form.text
    assert better.json() == {"message": "Too many requests. Please try again later."}
    assert better.headers["content-type"] == "text/plain;charset=UTF-8"
    assert better.headers["x-retry-after"] == better.headers["retry-after"]


@pytest.mark.parametrize("exists", [True, False])
def test_an_account_is_throttled_before_a_hundred_guesses_from_many_addresses(guarded, exists):
    email = guarded.newcomer().email if exists else f"nobody.{next(_places)}@example.com"
    statuses = []
    for _ in range(10):
        with at(Client(guarded.url)) as client:
            statuses += [tries(client, email).status_code for _ in range(10)]
    assert statuses == [401] * 50 + [429] * 50


def test_the_owner_can_sign_in_while_others_attack_the_account(guarded):
    with at(Browser(guarded.url)) as browser:
        alice = guarded.newcomer()
        browser.logs_in(alice)
        browser.submits("/logout", on="/dashboard")
        for _ in range(5):
            with at(Client(guarded.url)) as client:
                for _ in range(12):
                    last = tries(client, alice.email)
        assert last.status_code == 429
        with at(Client(guarded.url)) as client:
            assert tries(client, alice.email, PASSWORD).status_code == 429, "A new device has to wait."
            assert tries(client, guarded.newcomer().email, PASSWORD).status_code == 200, "Others are not held up."
        # The browser that was signed in before, now from another address; and a program where a session is.
        at(browser)
        browser.logs_in(alice)
        assert guarded.tries_to_sign_in(alice.email, PASSWORD).status_code == 200
        # A known device may guess a little, too, and no more.
        browser.submits("/logout", on="/dashboard")
        statuses = [browser.submits("/login", email=alice.email, password="not it").status_code for _ in range(12)]
        assert statuses == [401] * 10 + [429] * 2


def device_of(server, person) -> str:
    """The cookie of a browser that has signed in for the first time."""
    with at(Browser(server.url)) as browser:
        browser.logs_in(person)
        return browser.cookies["latchkey.device"]


def guesses_with(server, email: str, device: str, password: str = "not the password") -> int:
    """The status of one attempt by a browser that keeps this cookie, from a new address."""
    with at(Client(server.url)) as client:
        return tries(client, email, password, headers={"Cookie": f"latchkey.device={device}"}).status_code


def test_collecting_devices_raises_no_limit(guarded):
    alice, bob = guarded.newcomer(), guarded.newcomer()
    devices = [device_of(guarded, alice) for _ in range(13)]
    for _ in range(5):
        with at(Client(guarded.url)) as client:
            for _ in range(12):
                last = tries(client, alice.email)
    assert last.status_code == 429
    known = [guesses_with(guarded, alice.email, device, PASSWORD) == 200 for device in devices]
    assert known == [False] * 3 + [True] * 10, "Ten are known, the latest."
    statuses = [guesses_with(guarded, alice.email, device) for _ in range(11) for device in devices]
    assert statuses.count(401) == 50 and set(statuses) == {401, 429}
    assert guesses_with(guarded, bob.email, devices[-1], PASSWORD) == 200


@pytest.mark.parametrize("end", ["set-password", "reset-link", "change-password", "delete"])
def test_a_new_password_forgets_known_devices(guarded, end):
    alice = guarded.newcomer()
    device = device_of(guarded, alice)
    for _ in range(5):
        with at(Client(guarded.url)) as client:
            for _ in range(12):
                tries(client, alice.email)
    assert guesses_with(guarded, alice.email, device, PASSWORD) == 200
    new = "another horse battery"
    if end == "set-password":
        guarded.says("user", "set-password", alice.email, "--stdin", input=f"{new}\n")
    elif end == "reset-link":
        link = guarded.says("user", "reset-link", alice.email).splitlines()[0]
        token = link.rsplit("/", 1)[1]
        with Browser(guarded.url) as browser:
            answer = browser.submits("/reset", on=f"/reset/{token}", token=token, password=new)
            assert answer.status_code == 303
    elif end == "change-password":
        with Page(guarded) as page:
            page.cookies.set("latchkey.device", device, domain="localhost.local")
            page.signs_in(alice.email)
            body = {"currentPassword": PASSWORD, "newPassword": new}
            assert page.calls("/change-password", body).status_code == 200
    else:
        guarded.says("user", "delete", alice.email, "--yes")
        made = signs_up_as(guarded.client, alice.email, new)
        assert made.status_code == 201
    assert guesses_with(guarded, alice.email, device, new) == 429


def signs_up_as(client: Client, email: str, password: str):
    return client.post("/api/auth/signup", json={"email": email, "password": password})


def test_a_stolen_session_cannot_guess_the_password(guarded):
    with at(Page(guarded)) as page, at(Page(guarded)) as owner:
        email = f"ann.{next(_places)}@example.com"
        owner.signs_up(email)
        page.signs_in(email)
        statuses = []
        for _ in range(4):
            statuses.append(page.calls("/verify-password", {"password": "not it"}).status_code)
            statuses.append(page.calls("/delete-user", {"password": "not it"}).status_code)
            statuses.append(page.calls(
                "/change-password", {"currentPassword": "not it", "newPassword": "another horse"}).status_code)
        assert statuses == [400] * 10 + [429] * 2
        assert page.calls("/verify-password", {"password": PASSWORD}).status_code == 429
        assert page.session()["user"]["email"] == email
        assert owner.calls("/verify-password", {"password": PASSWORD}).status_code == 200


def test_the_wait_is_as_long_as_retry_after_says(start_server):
    server = start_server(THROTTLE=None, THROTTLE_ADDRESS="2/2")
    alice = server.newcomer()
    assert [tries(server.client, alice.email).status_code for _ in range(3)] == [401, 401, 429]
    assert int(tries(server.client, alice.email).headers["retry-after"]) <= 2
    wait_until(lambda: tries(server.client, alice.email, PASSWORD).status_code == 200, "room again")
    server.stop()


def signs_up(client: Client, number: int, password: str = PASSWORD):
    return client.post("/api/auth/signup", json={"email": f"new.{number}@example.com", "password": password})


def test_in_production_sign_ups_are_limited_and_common_passwords_refused(start_server):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, **PRODUCTION, THROTTLE=None, THROTTLE_SIGN_UP="4/600")
    for common in ["password123", "Password2024!", "12345678", "qwertyuiop", "P@ssw0rd1"]:
        answer = signs_up(server.client, 0, common)
        assert answer.status_code == 422 and "first that anybody would try" in sentence(answer)
    assert [signs_up(server.client, number).status_code for number in [1, 2, 2, 3, 4, 4]] == [201, 201, 400, 201, 429, 429]
    assert "retry-after" in signs_up(server.client, 5).headers
    with Browser(server.url) as browser:
        answer = browser.submits("/signup", on="/signup", email="new.6@example.com", password=PASSWORD)
        assert answer.status_code == 429 and "Too many attempts." in answer.text
    server.stop()


def test_in_development_the_documents_examples_work_as_often_as_one_likes(guarded):
    with Client(guarded.url) as client:
        for number in range(30):
            assert signs_up(client, 100 + number, "password123").status_code == 201
        assert signs_up(client, 99, "password").status_code == 422


def test_behind_a_trusted_proxy_each_client_has_its_own_address(start_server):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8", THROTTLE=None, THROTTLE_ADDRESS="2/600")
    alice = server.newcomer()

    def behind(forwarded: str, password="not it"):
        return tries(server.client, alice.email, password, headers={"X-Forwarded-For": forwarded}).status_code

    assert [behind("198.51.100.1") for _ in range(3)] == [401, 401, 429]
    # Addresses that the client wrote itself are further left.
    assert behind("203.0.113.9, 198.51.100.1, 10.1.1.1") == 429
    assert behind("198.51.100.1, 198.51.100.2", PASSWORD) == 200
    assert [behind(f"2001:db8:1:2::{number}") for number in range(3)] == [401, 401, 429]
    addresses = [address for (address,) in server.looks_up("SELECT ip_address FROM sessions ORDER BY id")]
    assert addresses == ["127.0.0.1", "198.51.100.2"]
    wait_until(lambda: "peer=198.51.100.2" in server.log, "the client's address in the log")
    # Only that machine is trusted.
    with at(Client(server.url)) as client:
        headers = {"X-Forwarded-For": "198.51.100.77"}
        assert tries(client, alice.email, PASSWORD, headers=headers).status_code == 200
    addresses = [address for (address,) in server.looks_up("SELECT ip_address FROM sessions ORDER BY id")]
    assert addresses[-1].startswith("127.0.")
    server.stop()
