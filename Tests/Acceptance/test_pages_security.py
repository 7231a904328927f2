"""Forms from other sites, and the redirects of forms."""

import html
import re
from urllib.parse import quote

import pytest

from support import PASSWORD

COOKIE = "better-auth.session_token"


FORMS = [
    ("/signup", {"email": "forged@example.com", "password": PASSWORD}), ("/login", {"email": "{email}", "password": PASSWORD}),
]


@pytest.mark.parametrize("token", [None, "", "wrong", "A" * 43])
@pytest.mark.parametrize("path, fields", FORMS)
def test_a_visitors_form_needs_its_token(browser, alice, path, fields, token):
    fields = {name: value.format(email=alice.email) for name, value in fields.items()}
    browser.form_token(path)
    answer = browser.submits(path, form_token=token, **fields)
    assert answer.status_code == 403 and "<h1>" in answer.text
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize("path, fields", FORMS)
def test_another_visitors_token_is_of_no_use(browser, other, alice, path, fields):
    fields = {name: value.format(email=alice.email) for name, value in fields.items()}
    browser.form_token(path)
    assert browser.submits(path, form_token=other.form_token(path), **fields).status_code == 403
    assert browser.post(path, data={**fields, "form_token": other.form_token(path)}, cookies={}).status_code == 403


def adds_a_list(browser) -> str:
    answer = browser.submits("/lists", on="/dashboard", name="Genuine list", color="teal")
    return re.fullmatch(r"/dashboard\?list=([\w-]+)&notice=list-saved&undo=[\w-]+", answer.headers["location"]).group(1)


def makes_undoable(browser, task: str) -> str:
    """Ticks a task off, and returns the token that undoes that."""
    answer = browser.submits(f"/tasks/{task}/complete", on="/dashboard")
    return re.search(r"undo=([\w-]+)", answer.headers["location"]).group(1)


def task_forms(task: str):
    return [(f"/tasks/{task}", {"title": "Forged"}), (f"/tasks/{task}/complete", {}), (f"/tasks/{task}/reopen", {}),
            (f"/tasks/{task}/delete", {}), (f"/tasks/{task}/restore", {}), (f"/tasks/{task}/delete-for-good", {})]


def list_forms(list: str):
    return [(f"/lists/{list}", {"name": "Forged", "color": "red"}), (f"/lists/{list}/delete", {})]


def selection_forms(task: str, list: str):
    changes = [{"action": "complete"}, {"action": "delete"}, {"action": "move", "list_id": list},
               {"action": "due", "due_date": "2999-12-31"}, {"action": "tag", "tag": "forged"}]
    return [("/tasks/selected", {"task": task, **change}) for change in changes]


def dashboard_forms(task: str, list: str, undo: str):
    move = (f"/tasks/{task}/move", {"step": "down", "here": "/dashboard?list=inbox"})
    return [("/tasks", {"title": "Forged"}), *task_forms(task), move, *selection_forms(task, list), ("/lists", {"name": "Forged", "color": "red"}),
            *list_forms(list), ("/trash/empty", {}), ("/undo", {"undo": undo}), ("/logout", {})]


def a_page_with_everything(browser):
    """The forms of a page with an open task, one that was ticked off, one in the trash, and a list."""
    task, done, deleted = [browser.adds(title) for title in ["Genuine", "Ticked off", "Deleted"]]
    browser.submits(f"/tasks/{deleted}/delete", on="/dashboard")
    return dashboard_forms(task, adds_a_list(browser), makes_undoable(browser, done))


def is_untouched(person) -> bool:
    tasks = {task["title"]: task["completed"] for task in person.gets(person.tasks).json()}
    in_order = [task["title"] for task in person.gets("/api/tasks?list=inbox&sort=position").json()]
    plans = {(task["due"], task["list_id"], *task["tags"]) for task in person.gets(person.tasks).json()}
    [deleted] = person.gets("/api/trash").json()
    names = [list["name"] for list in person.gets("/api/lists").json()]
    return (tasks, in_order, plans, deleted["title"], names[-1], len(names)) == (
        {"Genuine": False, "Ticked off": True}, ["Ticked off", "Genuine"], {(None, "inbox")}, "Deleted", "Genuine list", 2)


ACCOUNT_FORMS = [
    ("/account/name", {"nickname": "Forged"}), ("/account/appearance", {"appearance": "dark"}),
    ("/account/region", {"time_zone": "UTC", "week_start": "monday", "language": "en"}),
    ("/account/password", {"current_password": PASSWORD, "new_password": "forged password"}),
    ("/account/picture/remove", {}), ("/account/sessions/end-others", {}), ("/account/delete", {})]


@pytest.mark.parametrize("whose", ["none", "an empty one", "a wrong one", "a visitor's", "bob's", "alice's other session's"])
def test_the_dashboards_forms_need_the_sessions_own_token(server, browser, other, alice, bob, whose):
    browser.logs_in(alice)
    forms = a_page_with_everything(browser)
    token = {"none": None, "an empty one": "", "a wrong one": "x" * 43}.get(whose)
    if whose in ("bob's", "alice's other session's"):
        other.logs_in(bob if whose == "bob's" else alice)
        token = other.form_token("/dashboard")
    elif whose == "a visitor's":
        token = other.form_token("/login")

    for path, fields in forms + ACCOUNT_FORMS:
        answer = browser.submits(path, form_token=token, **fields)
        assert answer.status_code == 403, path
        # The page's script has to follow the same rule.
        answer = browser.submits(path, form_token=token, headers={"Latchkey-Fragment": "1"}, **fields)
        assert answer.status_code == 403 and "latchkey-fragment" not in answer.headers, path
    assert is_untouched(alice) and browser.get("/dashboard").status_code == 200


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://evil127.0.0.1"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "{own}"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
], ids=str)
def test_a_form_from_another_site_is_refused_even_with_a_valid_token(server, browser, other, alice, headers):
    headers = {name: value.format(own=server.url) for name, value in headers.items()}
    answer = other.submits("/login", headers=headers, email=alice.email, password=PASSWORD)
    assert answer.status_code == 403 and COOKIE not in other.cookies
    answer = other.submits("/signup", headers=headers, email="forged@example.com", password=PASSWORD)
    assert answer.status_code == 403 and COOKIE not in other.cookies

    browser.logs_in(alice)
    for path, fields in a_page_with_everything(browser) + ACCOUNT_FORMS:
        assert browser.submits(path, on="/dashboard", headers=headers, **fields).status_code == 403, path
    assert is_untouched(alice)


def test_a_form_from_here_passes_with_the_headers_that_browsers_send(server, browser, alice):
    headers = {"Origin": server.url, "Sec-Fetch-Site": "same-origin", "Referer": server.url + "/login"}
    answer = browser.submits("/login", headers=headers, email=alice.email, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")


@pytest.mark.parametrize("kind, body", [
    ("text/plain", '{"title": "Forged"}'), ("application/x-www-form-urlencoded", "title=Forged"), ("multipart/form-data; boundary=x", "--x--"),
    ("application/json", '{"title": "Forged"}'),
])
def test_the_api_cannot_be_used_through_a_victims_cookie(browser, alice, kind, body):
    browser.logs_in(alice)
    headers = {"Content-Type": kind, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = browser.post("/api/tasks", data=body, headers=headers)
    assert answer.status_code in (401, 403, 415)
    assert alice.titles() == []


def test_get_requests_change_nothing(browser, alice):
    browser.logs_in(alice)
    forms = a_page_with_everything(browser)
    for path, fields in forms + ACCOUNT_FORMS:
        assert browser.get(path, params=fields).status_code in (404, 405), path
    # Nor does an address that says what has just been done.
    undo = dict(forms)["/undo"]["undo"]
    for query in [f"notice=deleted&undo={undo}", "notice=emptied", "view=trash", "q=Genuine", "sort=due", "edit=x"]:
        assert browser.get("/dashboard?" + query).status_code == 200, query
    assert is_untouched(alice) and browser.get("/dashboard").status_code == 200


def test_a_form_whose_session_has_ended_leads_to_the_login(browser, alice):
    browser.logs_in(alice)
    token = browser.form_token("/dashboard")
    browser.cookies.clear()
    answer = browser.submits("/tasks", form_token=token, title="Too late")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_bob_cannot_touch_alices_task_through_the_pages(browser, other, alice, bob):
    browser.logs_in(alice)
    task, done, deleted = [browser.adds(title) for title in ["Genuine", "Ticked off", "Deleted"]]
    browser.submits(f"/tasks/{deleted}/delete", on="/dashboard")
    list, undo = adds_a_list(browser), makes_undoable(browser, done)
    other.logs_in(bob)
    for path, fields in task_forms(task) + task_forms(done) + task_forms(deleted):
        answer = other.submits(path, on="/dashboard", **fields)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/dashboard?notice=gone"), path
        answer = other.submits(path, on="/dashboard", headers={"Latchkey-Fragment": "1"}, **fields)
        assert answer.status_code == 200 and "That task is no longer there." in answer.text, path
        assert not re.search("Genuine|Ticked off|Deleted", answer.text), path
    for path, fields in selection_forms(task, list) + selection_forms(deleted, list):
        if fields["action"] != "move":
            answer = other.submits(path, on="/dashboard", **fields)
            assert answer.headers["location"] == "/dashboard?notice=gone", fields
    answer = other.submits("/tasks/selected", on="/dashboard", task=task, action="move", list_id="inbox")
    assert answer.headers["location"] == "/dashboard?notice=gone"
    answer = other.submits("/tasks/selected", on="/dashboard", task=other.adds("His"), action="move", list_id=list)
    assert answer.status_code == 422 and "Genuine" not in answer.text
    assert [task["list_id"] for task in bob.gets(bob.tasks).json()] == ["inbox"]
    answer = other.submits(f"/tasks/{task}/move", on="/dashboard", step="up", here="/dashboard?list=inbox")
    assert answer.headers["location"].startswith("/dashboard?list=inbox&notice=gone")
    for path, fields in list_forms(list):
        answer = other.submits(path, on="/dashboard", **fields)
        assert answer.status_code == 404 and "Genuine list" not in answer.text, path
    answer = other.submits("/undo", on="/dashboard", undo=undo)
    assert answer.headers["location"] == "/dashboard?notice=not-undone"
    assert other.submits("/trash/empty", on="/dashboard").status_code == 303
    other.submits("/tasks", on="/dashboard", title="His own", list_id=list)
    assert is_untouched(alice)
    for query in [f"edit={task}", f"list={list}", "q=Genuine", f"notice=completed&task={task}", f"undo={undo}"]:
        answer = other.get("/dashboard?" + query)
        assert answer.status_code == 200 and "Genuine" not in unquoted(answer.text, query), query


def unquoted(page: str, query: str) -> str:
    """A page without the words that were searched for, which it repeats."""
    return page.replace("“Genuine”", "").replace("q=Genuine", "").replace('value="Genuine"', "") if query.startswith("q=") else page


# Redirects


@pytest.mark.parametrize("next", [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
    "https://evil.example", "https:evil.example", "HTTPS://evil.example", "javascript:alert(1)", "data:text/html,x",
    "/@evil.example/..//evil.example", "/dashboard\r\nSet-Cookie: planted=1", "/\u0301/evil.example", "//evil%00.example",
    "/%2f/evil.example", "/..//evil.example", "/.evil.example", "http://127.0.0.1@evil.example", "evil.example", "/dashboard\\..\\",
    "/" + "x" * 5000, "\x00/dashboard", " /dashboard", "/ /evil.example",
], ids=lambda value: repr(value)[:24])
def test_signing_in_redirects_to_no_other_site(browser, alice, next):
    page = browser.get("/login", params={"next": next})
    assert page.status_code in (200, 400)
    offered = re.search(r'name="next" value="([^"]*)"', page.text)
    if offered:
        assert html.unescape(offered.group(1)) in ("", next) and "evil" not in offered.group(1).split("/")[:2]

    answer = browser.submits("/login", email=alice.email, password=PASSWORD, next=next)
    assert answer.status_code in (303, 400)
    if answer.status_code == 303:
        assert re.fullmatch(r"/(%2f/evil\.example|dashboard)", answer.headers["location"])
        assert "planted" not in str(answer.headers) + str(browser.cookies)

    again = browser.get("/login", params={"next": next})
    location = again.headers.get("location", "/dashboard")
    assert location.startswith("/") and location[1:2] not in ("/", "\\", "\t", "")


# The second is how addresses were written before there were other views; there are bookmarks of it.
@pytest.mark.parametrize("query", ["view=done", "show=done", "view=all&sort=due&q=milk"])
def test_a_page_of_ours_is_returned_to(server, browser, alice, query):
    address = "/dashboard?" + query
    asked = browser.get(address)
    assert asked.headers["location"] == "/login?next=" + quote(address, safe="")
    page = browser.get(asked.headers["location"])
    assert f'name="next" value="{html.escape(address)}"' in page.text
    answer = browser.logs_in(alice, next=address)
    assert answer.headers["location"] == address
    assert browser.get(address).status_code == 200


HERE = [
    "//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/dashboard\r\nSet-Cookie: planted=1",
    "/dashboard?view=all\r\nSet-Cookie: planted=1", "/dashboardx?view=all", "/dashboard?view=//evil.example", "/login",
    "/dashboard?list=//evil.example&q=%0d%0aSet-Cookie:%20planted=1", "/dashboard?" + "x" * 5000,
]


@pytest.mark.parametrize("here", HERE, ids=lambda value: repr(value)[:40])
def test_a_form_leads_back_to_the_list_and_nowhere_else(browser, alice, here):
    browser.logs_in(alice)
    task = browser.adds("Genuine")
    for path, fields in [("/tasks", {"title": "Another"}), (f"/tasks/{task}/complete", {}), ("/undo", {"undo": "x"})]:
        answer = browser.submits(path, on="/dashboard", here=here, **fields)
        assert answer.status_code == 303, path
        assert re.match(r"/dashboard(\?|$)", answer.headers["location"]), path
        assert not re.search(r"[\r\n]|//", answer.headers["location"])
        assert "planted" not in str(browser.cookies) and "set-cookie" not in answer.headers


# The server's own address


@pytest.mark.parametrize("name, value", [
    ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Port", "444"), ("X-Forwarded-Server", "evil.example"),
    ("X-Host", "evil.example"), ("X-Original-URL", "/dashboard"), ("X-Rewrite-URL", "/dashboard"), ("X-Forwarded-Prefix", "/evil"),
    ("Forwarded", "for=127.0.0.1;host=evil.example;proto=https"),
])
def test_headers_do_not_change_the_servers_own_address(server, browser, alice, name, value):
    headers = {name: value}
    for path in ["/", "/login?next=/dashboard", "/signup", "/nothing", "/dashboard", "/api/auth/error", "/.well-known/jwks.json", "/api/tasks"]:
        plain, answer = browser.get(path), browser.get(path, headers=headers)
        assert answer.status_code == plain.status_code, path
        assert "evil" not in answer.text + str(answer.headers) and "444" not in answer.headers.get("location", "")
        assert "strict-transport-security" not in answer.headers and "Secure" not in answer.headers.get("set-cookie", "")
        assert answer.headers.get("location", "/").startswith("/"), path
    answer = browser.submits("/login", headers=headers, email=alice.email, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    assert "evil" not in str(answer.headers) and "Secure" not in answer.headers["set-cookie"]
    task = browser.post("/api/tasks", json={"title": "x"}, headers=headers)
    assert task.headers["location"].startswith("/") and "evil" not in str(task.headers)
