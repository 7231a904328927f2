"""Entity tags of lists and tasks: 304 for clients that have the present state, and for no others."""

import pytest

from support import Client

VARY = {"Authorization", "Cookie", "Accept-Encoding"}


def asks(person, path, tag=None, **headers):
    return person.asks("GET", path, headers=({"If-None-Match": tag} if tag else {}) | headers)


def test_a_list_is_not_sent_again_until_it_changes(server):
    person = server.newcomer("polling")
    task = person.adds("one")
    paths = [person.tasks, f"/api/{person.id}/tasks", "/api/tasks", "/api/tasks?completed=false"]
    tags = {}
    for path in paths:
        first = asks(person, path)
        assert first.status_code == 200
        assert first.headers["cache-control"] == "private, no-cache"
        assert {name.strip() for name in first.headers["vary"].split(",")} >= VARY
        tags[path] = first.headers["etag"]
        again = asks(person, path, tags[path])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tags[path]
        assert again.headers["cache-control"] == "private, no-cache"
        assert {name.strip() for name in again.headers["vary"].split(",")} >= VARY
    assert len(set(tags.values())) == len(paths), "each address has tags of its own"
    for change in [
        lambda: person.adds("two"),
        lambda: person.asks("PATCH", f"{person.tasks}/{task['id']}", json={"completed": True}),
        lambda: person.asks("DELETE", f"{person.tasks}/{task['id']}"),
        lambda: person.asks("POST", f"{person.tasks}/{task['id']}/restore"),
    ]:
        change()
        for path in paths:
            answer = asks(person, path, tags[path])
            assert answer.status_code in (200, 404), path
            if answer.status_code == 200:
                assert answer.headers["etag"] != tags[path]
                tags[path] = answer.headers["etag"]


def test_a_task_is_not_sent_again_until_it_changes_itself(server):
    person = server.newcomer("polling")
    task = person.adds("one")
    path = f"/api/tasks/{task['id']}"
    tag = asks(person, path).headers["etag"]
    person.adds("two")
    again = asks(person, path, tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert again.headers["cache-control"] == "private, no-cache"
    assert {name.strip() for name in again.headers["vary"].split(",")} >= VARY
    assert asks(person, f"{person.tasks}/{task['id']}").headers["etag"] == tag, "it is the same at each address"
    assert person.asks("PATCH", path, json={"priority": "low"}).status_code == 200
    changed = asks(person, path, tag)
    assert changed.status_code == 200 and changed.headers["etag"] != tag


@pytest.mark.parametrize("spelling", [
    "{tag}", "{opaque}", "\"other\", {tag}", "{tag}, \"other\"", "{tag} ,", "W/\"a,b\",{opaque}"])
def test_every_spelling_of_the_tag_is_known(alice, spelling):
    tag = asks(alice, alice.tasks).headers["etag"]
    assert tag.startswith('W/"')
    field = spelling.format(tag=tag, opaque=tag.removeprefix("W/"))
    assert asks(alice, alice.tasks, field).status_code == 304


@pytest.mark.parametrize("field", ['"other"', "nonsense", 'W/"', '""', "W/*"])
def test_another_tag_gets_the_list(alice, field):
    answer = asks(alice, alice.tasks, field)
    assert answer.status_code == 200 and isinstance(answer.json(), list)


def test_two_accounts_in_one_browser_never_share_a_tag(server):
    """A shared browser sends the tags of the account before: even empty lists, and lists at one sequence, differ."""
    one, other = server.newcomer("first"), server.newcomer("second")
    for _ in range(3):
        for path in ["/api/tasks", "/api/tasks?limit=5"]:
            tag = asks(one, path).headers["etag"]
            assert asks(one, path, tag).status_code == 304
            answer = asks(other, path, tag)
            assert answer.status_code == 200
            assert all(task["user_id"] == other.id for task in answer.json())
        one.adds("same"), other.adds("same")


def test_a_tag_gives_other_clients_no_access(server, alice):
    tag = asks(alice, "/api/tasks").headers["etag"]
    with Client(server.url) as visitor:
        assert visitor.get("/api/tasks", headers={"If-None-Match": tag}).status_code == 401
        assert visitor.get("/api/tasks", headers={"If-None-Match": "*"}).status_code == 401
    task = alice.adds("mine")
    bob = server.newcomer("bob")
    tag = asks(alice, f"/api/tasks/{task['id']}").headers["etag"]
    for field in (tag, "*"):
        assert asks(bob, f"/api/tasks/{task['id']}", field).status_code in (304, 404)
    assert asks(bob, f"/api/tasks/{task['id']}", tag).status_code == 404


def test_a_task_that_is_gone_is_404_and_not_304(alice):
    task = alice.adds("gone")
    path = f"{alice.tasks}/{task['id']}"
    tag = asks(alice, path).headers["etag"]
    assert alice.asks("DELETE", path).status_code == 204
    assert asks(alice, path, tag).status_code == 404


def test_a_restored_backup_changes_the_tag(stopped_server):
    """A client has the tag of a state that the backup does not know, and another change takes the same number."""
    server = stopped_server.start()
    person = server.newcomer()
    person.adds("kept")
    server.stop()
    backup = server.database.read_bytes()
    server.start()
    person.adds("lost")
    lost = asks(person, "/api/tasks").headers["etag"]
    server.stop()
    server.database.write_bytes(backup)
    for name in ("-wal", "-shm"):
        server.database.with_name(server.database.name + name).unlink(missing_ok=True)
    server.start()
    person.adds("other")
    answer = asks(person, "/api/tasks", lost)
    assert answer.status_code == 200
    assert [task["title"] for task in answer.json()] == ["other", "kept"]


def test_a_wrong_query_is_refused_whatever_tag_the_client_has(alice):
    for field in ("*", asks(alice, "/api/tasks").headers["etag"]):
        assert asks(alice, "/api/tasks?limit=abc", field).status_code == 422


def test_signing_out_clears_the_browsers_cache(server):
    person = server.newcomer("leaving")
    answer = person.asks("POST", "/api/auth/signout")
    assert answer.status_code == 204
    assert answer.headers["clear-site-data"] == '"cache"'
