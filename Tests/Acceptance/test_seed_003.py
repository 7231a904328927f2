"""Seed 003 verbatim: its curl commands through the real curl, then the task list over all three paths."""

import json
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from support import PASSWORD, TASK_FIELDS
from wire import sentence

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
MISSING_ID = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def curl(server):
    """Runs curl as a reader of the document would, against `http://localhost`, and reads what it prints."""
    assert shutil.which("curl"), "Install curl: the seed's commands are run with it."

    def run(path, *arguments):
        done = subprocess.run(
            ["curl", "-q", "-sS", "-i", "--noproxy", "*", "--max-time", "10", *arguments,
             f"http://localhost:{server.port}{path}"],
            capture_output=True, text=True, timeout=15)
        assert done.returncode == 0, done.stderr
        head, body = done.stdout.split("\r\n\r\n", 1) if "\r\n\r\n" in done.stdout else done.stdout.split("\n\n", 1)
        headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:])
        return int(head.split()[1]), headers, json.loads(body) if body else None

    return run


JSON = ("-H", "Content-Type: application/json")


def is_recent(time: str) -> bool:
    assert TIME.fullmatch(time), time
    return abs(datetime.fromisoformat(time.replace("Z", "+00:00")) - datetime.now(timezone.utc)) < timedelta(minutes=1)


# The document's own commands


def test_signup_signin_and_the_protected_endpoint_answer_as_the_document_expects(curl):
    signup = """{
    "email": "test@example.com",
    "password": "password123",
    "username": "Test User"
  }"""
    status, headers, body = curl("/api/auth/signup", "-X", "POST", *JSON, "-d", signup)
    assert status == 201
    assert headers["content-type"] == "application/json"
    assert set(body) == {"access_token", "token_type", "user"}
    assert TOKEN.fullmatch(body["access_token"]) and body["token_type"] == "bearer"
    user = body["user"]
    assert set(user) == {"id", "email", "username", "is_active", "created_at"}
    assert UUID7.fullmatch(user["id"]) and is_recent(user["created_at"])
    assert (user["email"], user["username"], user["is_active"]) == ("test@example.com", "Test User", True)

    signin = """{
    "email": "test@example.com",
    "password": "password123"
  }"""
    status, _, again = curl("/api/auth/signin", "-X", "POST", *JSON, "-d", signin)
    assert status == 200
    assert set(again) == set(body) and again["user"] == user
    assert again["access_token"] != body["access_token"]

    bearer = ("-H", f"Authorization: Bearer {body['access_token']}")
    status, headers, tasks = curl(f"/api/users/{user['id']}/tasks", "-X", "GET", *bearer)
    assert (status, tasks) == (200, [])
    assert headers["cache-control"] == "private, no-cache"

    status, _, problem = curl("/api/users/different-user-id/tasks", "-X", "GET", *bearer)
    assert status == 403
    assert problem["detail"] == "Access denied: cannot access other users' resources"


def test_a_second_signup_with_the_same_address_is_refused(curl):
    first = '{"email": "taken@example.com", "password": "password123"}'
    status, _, body = curl("/api/auth/signup", *JSON, "-d", first)
    assert status == 201 and body["user"]["username"] is None

    for email in ["taken@example.com", "Taken@Example.COM", " taken@example.com "]:
        again = json.dumps({"email": email, "password": "another one"})
        status, headers, problem = curl("/api/auth/signup", *JSON, "-d", again)
        assert (status, problem["detail"]) == (400, "Email already registered")
        assert headers["content-type"] == "application/problem+json"


def test_wrong_credentials_are_refused_alike_for_known_and_unknown_users(curl, alice):
    answers = []
    for email in [alice.email, "nobody@example.com", "not an address"]:
        attempt = json.dumps({"email": email, "password": "wrong password"})
        status, headers, problem = curl("/api/auth/signin", *JSON, "-d", attempt)
        assert (status, problem["detail"]) == (401, "Invalid credentials")
        assert headers["www-authenticate"] == "bearer"
        answers.append((set(headers), {**problem, "request_id": ""}))
    assert answers[0] == answers[1] == answers[2]


def test_without_a_token_authentication_is_required(curl, alice):
    status, headers, problem = curl(alice.tasks)
    assert (status, problem["detail"]) == (401, "Authentication required")
    assert headers["www-authenticate"] == "bearer"


def test_an_invalid_token_is_reported_as_invalid(curl, alice):
    status, headers, problem = curl(alice.tasks, "-H", "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9")
    assert (status, problem["detail"]) == (401, "Invalid token")
    assert headers["www-authenticate"] == "bearer"


def test_an_account_is_reported_inactive_only_with_the_right_password(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer()
    server.stop()
    server.changes("UPDATE users SET is_active = 0 WHERE id = ?", alice.id)
    server.start()

    right, wrong = server.tries_to_sign_in(alice.email, PASSWORD), server.tries_to_sign_in(alice.email, "wrong one")
    assert (right.status_code, sentence(right)) == (401, "Account is inactive")
    assert (wrong.status_code, sentence(wrong)) == (401, "Invalid credentials")
    assert alice.gets(alice.tasks).status_code == 401


# Who am I, and out again


def test_me_shows_the_user_as_signing_in_did(alice):
    answer = alice.gets("/api/auth/me")
    assert answer.status_code == 200 and answer.json() == alice.user


def test_signing_out_ends_this_token_at_once_and_no_other(server, alice):
    elsewhere = server.signs_in(alice.email)
    answer = alice.posts("/api/auth/signout")
    assert (answer.status_code, answer.content) == (204, b"")

    refused = alice.gets(alice.tasks)
    assert (refused.status_code, sentence(refused)) == (401, "Invalid token")
    assert elsewhere.gets(alice.tasks).status_code == 200


# Tasks, under all three paths


@pytest.fixture(params=["/api/users/{id}/tasks", "/api/{id}/tasks", "/api/tasks"])
def path(request):
    return lambda person: request.param.format(id=person.id)


def test_a_task_is_created_read_changed_completed_and_deleted(path, alice):
    tasks = path(alice)
    created = alice.posts(tasks, {"title": "Water the plants"})
    assert created.status_code == 201
    task = created.json()
    assert set(task) == TASK_FIELDS
    assert UUID7.fullmatch(task["id"]) and task["user_id"] == alice.id
    assert (task["title"], task["description"]) == ("Water the plants", None)
    assert (task["completed"], task["completed_at"]) == (False, None)
    assert is_recent(task["created_at"]) and task["updated_at"] == task["created_at"]
    assert created.headers["location"] == f"{tasks}/{task['id']}"

    one = created.headers["location"]
    assert alice.gets(one).json() == task
    assert alice.gets(tasks).json() == alice.gets(tasks + "/").json() == [task]

    replaced = alice.asks("PUT", one, json={"title": "Feed the cat", "description": "Dry food", "completed": True})
    assert replaced.status_code == 200
    assert replaced.json()["title"] == "Feed the cat" and replaced.json()["description"] == "Dry food"
    assert replaced.json()["completed"] is True and is_recent(replaced.json()["completed_at"])

    changed = alice.asks("PATCH", one, json={"completed": False})
    assert changed.status_code == 200
    assert changed.json()["title"] == "Feed the cat" and changed.json()["completed_at"] is None

    deleted = alice.asks("DELETE", one)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert sentence(alice.gets(one)) == "Task not found"
    assert alice.asks("DELETE", one).status_code == 404
    assert alice.gets(tasks).json() == []

    restored = alice.posts(one + "/restore")
    assert restored.status_code == 200
    assert alice.gets(tasks).json() == [restored.json()]
    assert restored.json()["title"] == "Feed the cat"


def test_a_task_can_be_added_with_a_trailing_slash(path, alice):
    created = alice.posts(path(alice) + "/", {"title": "Slash"})
    assert created.status_code == 201
    assert created.headers["location"] == f"{path(alice)}/{created.json()['id']}"


@pytest.mark.parametrize("template, words", [
    ("/api/users/{id}/tasks", "Access denied: cannot access other users' resources"),
    ("/api/{id}/tasks", "Forbidden: user_id mismatch"),
])
def test_bob_is_refused_on_alices_path_whether_she_exists_or_not(alice, bob, template, words):
    task = alice.adds("Private")
    answers = set()
    for owner in [alice.id, MISSING_ID, "different-user-id", alice.id.upper()]:
        tasks = template.format(id=owner)
        for method, path, body in [
            ("GET", tasks, None), ("POST", tasks, {"title": "Planted"}), ("GET", f"{tasks}/", None),
            ("GET", f"{tasks}/{task['id']}", None), ("PUT", f"{tasks}/{task['id']}", {"title": "Taken over"}),
            ("PATCH", f"{tasks}/{task['id']}", {"completed": True}), ("DELETE", f"{tasks}/{task['id']}", None),
            ("POST", f"{tasks}/{task['id']}/restore", None),
        ]:
            answer = bob.asks(method, path, json=body)
            assert (answer.status_code, sentence(answer)) == (403, words)
            answers.add(json.dumps({**answer.json(), "request_id": ""}))
    assert len(answers) == 1
    assert alice.gets(alice.tasks).json() == [task]


def test_bob_cannot_see_that_alices_task_exists(alice, bob):
    task = alice.adds("Private")
    for tasks in [bob.tasks, "/api/tasks"]:
        for method, body in [("GET", None), ("PUT", {"title": "X"}), ("PATCH", {"completed": True}), ("DELETE", None)]:
            hers = bob.asks(method, f"{tasks}/{task['id']}", json=body)
            nobodys = bob.asks(method, f"{tasks}/{MISSING_ID}", json=body)
            assert hers.status_code == nobodys.status_code == 404
            assert sentence(hers) == sentence(nobodys) == "Task not found"
    assert alice.gets(alice.tasks).json() == [task]


@pytest.mark.parametrize("id", ["1", "-1", "9223372036854775808", "1e3", "0x1", "%F0%9F%92%A3", "x" * 3000])
def test_an_id_that_cannot_exist_is_not_found(alice, id):
    answer = alice.gets(f"{alice.tasks}/{id}")
    assert (answer.status_code, sentence(answer)) == (404, "Task not found")


def test_the_owner_in_the_body_is_ignored(alice, bob):
    task = alice.adds("Mine", user_id=bob.id, id=MISSING_ID, owner=bob.id, created_at="1999-01-01T00:00:00Z")
    assert task["user_id"] == alice.id and task["id"] != MISSING_ID and is_recent(task["created_at"])
    assert bob.gets(bob.tasks).json() == []


# Operations


def test_health_and_ready_answer_200(server):
    assert server.client.get("/health").json() == {"status": "ok"}
    assert server.client.get("/ready").json() == {"status": "ready"}
