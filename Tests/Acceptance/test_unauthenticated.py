"""Unauthenticated clients: what they learn about accounts, and hostile input."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from better_auth import Page
from support import PASSWORD, Browser, Client


def api(server, email, password):
    return server.client.post("/api/auth/signin", json={"email": email, "password": password})


def client(server, email, password):
    with Page(server) as page:
        return page.calls("/sign-in/email", {"email": email, "password": password})


def form(server, email, password):
    with Browser(server.url) as browser:
        # One form token for both, so that the pages can be compared.
        browser.cookies.set("latchkey.visitor", "v" * 32)
        return browser.submits("/login", email=email, password=password)


@pytest.mark.parametrize("way", [api, client, form])
def test_an_unknown_address_and_a_wrong_password_get_the_same_response(server, alice, way):
    unknown = alice.email.replace("alice", "ecila")
    one, other = way(server, alice.email, "not it"), way(server, unknown, "not it")
    assert one.status_code == other.status_code == 401
    assert list(one.headers) == list(other.headers)

    def bare(answer):
        text = re.sub(r'data-passkey="[^"]*"', "", answer.text)
        return text.replace(answer.headers["x-request-id"], "").replace(unknown, alice.email)

    assert bare(one) == bare(other)


def work_done(server, action, times=6) -> int:
    """The processor time that the server spends, in ticks of a hundredth of a second: unlike time on a clock, it does
    not depend on who else uses the machine."""
    def spent():
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    assert os.sysconf("SC_CLK_TCK") == 100
    before = spent()
    for number in range(times):
        action(number)
    return spent() - before


def test_an_address_costs_the_same_work_whether_it_is_known_or_not(start_server):
    server = start_server(BCRYPT_COST=11)
    alice = server.newcomer()

    def signs_up(email):
        return server.client.post("/api/auth/signup", json={"email": email, "password": PASSWORD}).status_code

    known = work_done(server, lambda _: api(server, alice.email, "not it"))
    unknown = work_done(server, lambda number: api(server, f"nobody.{number}@example.com", "not it"))
    taken = work_done(server, lambda _: signs_up(alice.email))
    free = work_done(server, lambda number: signs_up(f"new.{number}@example.com"))
    assert known > 20, "There was work to compare."
    for other in (unknown, taken, free):
        assert 0.6 * known < other < 1.7 * known, (known, unknown, taken, free)
    server.stop()


@pytest.mark.parametrize("spelling", [
    "\u212aate", "ka\u0131te", "\uff4bate", "k\u0430te", "kat\u0435", "k\u200bate", "kate\u00a0", "\ufeffkate", "kate\u0301", "ka\u00adte"])
def test_a_look_alike_address_is_another_account(server, spelling):
    genuine = "kate@example.com"
    server.client.post("/api/auth/signup", json={"email": genuine, "password": PASSWORD})
    email = f"{spelling}@example.com"
    refused = server.client.post("/api/auth/signup", json={"email": email, "password": "another horse battery"})
    assert refused.status_code == 422
    assert api(server, email, PASSWORD).status_code == 401
    assert api(server, email, "another horse battery").status_code == 401
    assert api(server, genuine, PASSWORD).status_code == 200
    assert server.looks_up("SELECT COUNT(*) FROM users WHERE email LIKE '%ate%@example.com' AND email <> ?", genuine) == [(0,)]


SQL = ["' OR '1'='1", "'; DROP TABLE users; --", '" OR ""="', "admin'--", "' UNION SELECT password_hash FROM users --", "%", "_%",
       "\\'; --", "1; DELETE FROM tasks", "$1", "?1", ":email"]


@pytest.mark.parametrize("text", SQL)
def test_sql_in_a_field_is_text(server, alice, text):
    for email, password in [(text, PASSWORD), (alice.email, text), (f"{text}@example.com", text), (alice.email + text, PASSWORD)]:
        assert api(server, email, password).status_code == 401
    task = alice.adds(text, description=text)
    assert alice.gets(f"{alice.tasks}/{task['id']}").json()["title"] == text
    for path in ["/api/tasks/", "/api/users/"]:
        assert alice.gets(path + text.replace("/", "").replace("%", "%25").replace("?", "%3F")).status_code == 404
    assert alice.gets("/api/tasks", params={"cursor": text}).status_code in (400, 422)
    assert alice.titles() == [text]


def test_two_hundred_writes_at_once_are_each_done_once(server):
    people = [server.newcomer(f"writer{number}") for number in range(4)]

    def add(number):
        person = people[number % 4]
        with Client(server.url) as client:
            answer = client.post("/api/tasks", json={"title": f"{person.id} {number}"},
                                 headers={"Authorization": f"Bearer {person.token}"})
        return answer.status_code, answer.json()["title"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(add, range(200)))
    assert answers == [(201, f"{people[number % 4].id} {number}") for number in range(200)]
    for index, person in enumerate(people):
        assert sorted(person.titles()) == sorted(f"{person.id} {number}" for number in range(index, 200, 4))
