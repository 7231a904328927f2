"""A commit that was sent and never answered: it may be done or not, so no response says that nothing was changed, none
invites to try again, and sessions that it may have ended are looked up before they are believed."""

from html import unescape

import pytest

from postgres import Pooler, Proxy
from support import PASSWORD, SECRET, UNKNOWN, Browser, Client, Person, Server, wait_until


@pytest.fixture(scope="module")
def proxy(postgres):
    with Proxy(postgres) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def tables(postgres) -> str:
    return postgres.new_database()


@pytest.fixture(scope="module")
def behind_proxy(start_server, postgres, tables, proxy) -> Server:
    server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(tables, proxy.port))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def behind_pooler(start_server, postgres, tables, proxy) -> Server:
    """Behind a pooler, which has the proxy behind it."""
    with Pooler(proxy) as pooler:
        server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(tables, pooler.port))
        yield server
        server.stop()


def newcomer(server: Server, postgres, tables: str) -> Person:
    """With a task, and one in the trash. What they take is written down, so that the next commit is the test's own."""
    person = server.newcomer()
    person.task = person.adds("old")
    person.deleted = person.adds("deleted")
    assert person.asks("DELETE", f"{person.tasks}/{person.deleted['id']}").status_code == 204
    usage = f"""SELECT bytes = (SELECT sum(128 + octet_length(title)) FROM tasks WHERE user_id = task_usage.user_id)
        + (SELECT sum(128 + octet_length(coalesce(old_row, '') || coalesce(new_row, '')))
             FROM undo_steps WHERE user_id = task_usage.user_id)
        FROM task_usage WHERE user_id = '{person.id}'"""
    wait_until(lambda: postgres.asks(usage, tables) == ["t"], "the account's usage in the database")
    return person


@pytest.fixture
def person(behind_proxy, postgres, tables) -> Person:
    return newcomer(behind_proxy, postgres, tables)


class BetterAuth(Client):
    """A program that uses Better Auth's client."""

    def __init__(self, person: Person):
        super().__init__(person.server.url)
        token = self.post("/api/auth/sign-in/email", json={"email": person.email, "password": PASSWORD}).json()["token"]
        self.headers["Authorization"] = f"Bearer {token}"
        self.cookies.clear()


def page(person: Person) -> Browser:
    browser = Browser(person.server.url)
    browser.logs_in(person)
    return browser


def prepared(name: str, person: Person):
    """A request, and a query that finds out whether it was done."""
    task, trash, server = f"{person.tasks}/{person.task['id']}", f"{person.tasks}/{person.deleted['id']}", person.server
    mine = f"FROM tasks WHERE user_id = '{person.id}' AND deleted_at = 0"
    sessions = f"SELECT count(*) FROM sessions WHERE user_id = '{person.id}'"
    other = f"other.{person.id}@example.com"
    is_there = f"SELECT count(*) FROM users WHERE email = '{other}'"
    new = {"email": other, "password": PASSWORD, "name": "Other"}
    old = {"email": person.email, "password": PASSWORD}
    match name:
        case "add":
            return lambda: person.posts(person.tasks, {"title": "new"}), f"SELECT count(*) {mine} AND title = 'new'", "1"
        case "replace":
            return lambda: person.asks("PUT", task, json={"title": "new"}), f"SELECT title {mine}", "new"
        case "change":
            return lambda: person.asks("PATCH", task, json={"completed": True}), f"SELECT completed {mine}", "t"
        case "delete":
            return lambda: person.asks("DELETE", task), f"SELECT count(*) {mine}", "0"
        case "restore":
            return lambda: person.posts(trash + "/restore"), f"SELECT count(*) {mine}", "2"
        case "sign up":
            return lambda: server.client.post("/api/auth/signup", json=new), is_there, "1"
        case "sign in":
            return lambda: server.client.post("/api/auth/signin", json=old), sessions, "2"
        case "sign out":
            return lambda: person.posts("/api/auth/signout"), sessions, "0"
        case "sign up, Better Auth":
            return lambda: server.client.post("/api/auth/sign-up/email", json=new), is_there, "1"
        case "sign in, Better Auth":
            return lambda: server.client.post("/api/auth/sign-in/email", json=old), sessions, "2"
    if "Better Auth" in name:
        program = BetterAuth(person)
        match name:
            case "sign out, Better Auth":
                return lambda: program.post("/api/auth/sign-out", json={}), sessions, "1"
            case "end the others, Better Auth":
                return lambda: program.post("/api/auth/revoke-other-sessions", json={}), sessions, "1"
            case "end all, Better Auth":
                return lambda: program.post("/api/auth/revoke-sessions", json={}), sessions, "0"
            case "change the name, Better Auth":
                ask = f"SELECT username FROM users WHERE id = '{person.id}'"
                return lambda: program.post("/api/auth/update-user", json={"name": "Zoe"}), ask, "Zoe"
            case "delete the account, Better Auth":
                ask = f"SELECT count(*) FROM users WHERE id = '{person.id}' AND is_active"
                return lambda: program.post("/api/auth/delete-user", json={"password": PASSWORD}), ask, "0"
    browser, task = page(person), f"/tasks/{person.task['id']}"
    token = browser.form_token("/dashboard")
    match name:
        case "add, page":
            ask = f"SELECT count(*) {mine} AND title = 'new'"
            return lambda: browser.submits("/tasks", form_token=token, title="new"), ask, "1"
        case "save, page":
            return lambda: browser.submits(task, form_token=token, title="new"), f"SELECT title {mine}", "new"
        case "complete, page":
            return lambda: browser.submits(f"{task}/complete", form_token=token), f"SELECT completed {mine}", "t"
        case "complete, script":
            act = lambda: browser.submits(f"{task}/complete", form_token=token, headers={"Latchkey-Fragment": "1"})
            return act, f"SELECT completed {mine}", "t"
        case "delete, page":
            return lambda: browser.submits(f"{task}/delete", form_token=token), f"SELECT count(*) {mine}", "0"
        case "restore, page":
            trash = f"/tasks/{person.deleted['id']}"
            return lambda: browser.submits(f"{trash}/restore", form_token=token), f"SELECT count(*) {mine}", "2"
        case "add a list, page":
            ask = f"SELECT count(*) FROM lists WHERE user_id = '{person.id}' AND name = 'new'"
            return lambda: browser.submits("/lists", form_token=token, name="new", color="red"), ask, "1"
        case "sign out, page":
            return lambda: browser.submits("/logout", form_token=token), sessions, "1"
        case "sign in, page":
            visitor = Browser(server.url)
            first = visitor.form_token()
            return lambda: visitor.submits("/login", form_token=first, **old), sessions, "3"
    raise KeyError(name)


WRITES = [
    "add", "replace", "change", "delete", "restore", "sign up", "sign in", "sign out", "sign up, Better Auth",
    "sign in, Better Auth", "sign out, Better Auth", "end the others, Better Auth", "end all, Better Auth",
    "change the name, Better Auth", "delete the account, Better Auth", "add, page", "save, page", "complete, page",
    "complete, script", "delete, page", "restore, page", "add a list, page", "sign out, page", "sign in, page"]


def is_said(answer) -> None:
    assert answer.status_code == 500, answer.text
    if answer.headers["Content-Type"].startswith("text/html"):
        assert UNKNOWN in unescape(answer.text) and "Nothing was changed" not in answer.text
    else:
        assert answer.json()["detail"] == UNKNOWN
    assert "Retry-After" not in answer.headers
    assert answer.headers["X-Should-Retry"] == "false"


@pytest.mark.parametrize("name", WRITES)
def test_a_commit_whose_answer_was_lost_is_reported_as_unknown(person, proxy, postgres, tables, name):
    act, query, expected = prepared(name, person)
    proxy.cuts_the_next_commit(reaches=True)
    answer = act()
    assert proxy.cuts == 1
    is_said(answer)
    # Done once, and not again.
    assert postgres.asks(query, tables) == [expected]


@pytest.mark.parametrize("name", ["add", "delete", "sign up", "sign out", "end all, Better Auth", "add a list, page"])
def test_a_poolers_error_leaves_the_outcome_unknown(behind_pooler, proxy, postgres, tables, name):
    """A pooler says that it has lost its server in an answer of its own, to the first statement of several."""
    act, query, expected = prepared(name, newcomer(behind_pooler, postgres, tables))
    proxy.cuts_the_next_commit(reaches=True)
    answer = act()
    assert proxy.cuts == 1
    is_said(answer)
    assert postgres.asks(query, tables) == [expected]


@pytest.mark.parametrize("name", ["add", "sign up", "delete, page", "complete, script"])
def test_a_commit_that_was_lost_is_reported_as_unknown_too(person, proxy, postgres, tables, name):
    act, query, expected = prepared(name, person)
    before = postgres.asks(query, tables)
    proxy.cuts_the_next_commit(reaches=False)
    answer = act()
    assert proxy.cuts == 1
    is_said(answer)
    assert postgres.asks(query, tables) == before != [expected]


@pytest.mark.parametrize("reaches, status", [(True, 401), (False, 200)])
def test_a_session_that_may_have_ended_is_looked_up_before_it_is_believed(person, proxy, reaches, status):
    assert person.gets(person.tasks).status_code == 200
    proxy.cuts_the_next_commit(reaches)
    is_said(person.posts("/api/auth/signout"))
    assert person.gets(person.tasks).status_code == status


def test_all_sessions_and_the_account_are_looked_up_too(person, proxy):
    program = BetterAuth(person)
    assert program.get("/api/auth/get-session").json()["user"]["id"] == person.id
    proxy.cuts_the_next_commit(reaches=True)
    is_said(program.post("/api/auth/delete-user", json={"password": PASSWORD}))
    assert program.get("/api/auth/get-session").json() is None
    assert person.gets(person.tasks).status_code == 401
