"""Copies of an account that follow `/api/changes`: whatever happens to the server and on the way, they end up as the
server is. LATCHKEY_SYNC_SECONDS makes it longer."""

import base64
import dataclasses
import itertools
import os
import random
import shutil
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from support import PASSWORD, SECRET, Person, differences, everything

SECONDS = float(os.environ.get("LATCHKEY_SYNC_SECONDS", 10))
KEPT = 10_300
"""Changes after which a token is too old: 10,000, and a batch that is not deleted yet."""
TAGS = ["errand", "home", "Büro", "phone", "later", "deep work", "🦊"]


@pytest.fixture(params=["sqlite", "postgres"])
def servers(request, start_server):
    """One process on SQLite, and two that share PostgreSQL."""
    if request.param == "sqlite":
        started = [start_server(BETTER_AUTH_SECRET=SECRET)]
    else:
        address = request.getfixturevalue("postgres").address(request.getfixturevalue("database"))
        started = [start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=address) for _ in range(2)]
    yield started
    for server in started:
        if server.is_running():
            server.stop()


class Copy:
    """A client's copy of an account: it goes from token to token, and asks each of the servers in turn."""

    def __init__(self, *people: Person):
        self.people = itertools.cycle(people)
        self.objects, self.token, self.more = {}, None, True
        self.random = random.Random()

    def asks(self, method: str, path: str, **options) -> requests.Response | None:
        """None if the server was killed before it had answered."""
        try:
            return next(self.people).asks(method, path, **options)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            time.sleep(0.02)
            return None

    def reads(self, limit: int | None = None, breaks: float = 0) -> bool:
        """Takes in one page. False if the connection broke; then the same token goes on.

        `breaks` is how probable it is that the client hangs up in the middle of the answer."""
        parameters = {"limit": limit, "since": self.token}
        is_cut = self.random.random() < breaks
        answer = self.asks("GET", "/api/changes", params=parameters, stream=is_cut)
        if answer is None:
            return False
        assert answer.status_code == 200, answer.text
        if is_cut:
            answer.raw.read(self.random.randrange(500))
            answer.close()
            return False
        page = answer.json()
        assert page.keys() == {"changes", "next", "more"}
        assert len(page["changes"]) <= (limit or 200)
        for change in page["changes"]:
            key = change["type"], change["id"]
            if change["op"] == "put":
                assert change["object"]["id"] == change["id"]
                self.objects[key] = change["object"]
            else:
                assert change.keys() == {"type", "op", "id"} and change["op"] == "delete"
                self.objects.pop(key, None)
        self.token, self.more = page["next"], page["more"]
        return True

    def follows(self, **how) -> "Copy":
        """Up to the present last change."""
        while self.reads(**how) and self.more:
            pass
        return self

    def begins_anew(self) -> "Copy":
        self.objects, self.token = {}, None
        return self


class Client(Copy):
    """A client that makes changes, too."""

    def __init__(self, *people: Person):
        super().__init__(*people)
        self.made, self.deleted, self.undoable = Counter(), [], []

    def plays(self, stop: threading.Event) -> None:
        while not stop.is_set():
            chance = self.random.random()
            if chance < 0.7:
                self.edits()
            elif chance < 0.72:
                self.begins_anew()
            else:
                self.follows(limit=self.random.choice([1, 3, 20, 100, 200, 500]), breaks=0.1)

    def edits(self) -> None:
        [name] = self.random.choices(list(EDITS), [weight for weight, _ in EDITS.values()])
        asked = EDITS[name][1](self)
        answer = asked and self.asks(*asked[:2], json=asked[2] if len(asked) > 2 else None)
        if not answer and not isinstance(answer, requests.Response):
            return
        # Another client may have been quicker, or its tasks be elsewhere than this one knows.
        assert answer.status_code in (200, 201, 204, 404, 409, 422), f"{name}: {answer.status_code} {answer.text}"
        if answer.ok:
            self.made[name] += 1
            if token := answer.headers.get("Latchkey-Undo"):
                self.undoable.append(token)
            if name == "delete":
                self.deleted.append(asked[1].split("/")[-1])

    # Parts of edits

    def one(self, kind: str, where=lambda _: True) -> str | None:
        found = [id for (each, id), what in self.objects.items() if each == kind and where(what)]
        return self.random.choice(found) if found else None

    def some(self, most: int) -> list[str]:
        found = [id for kind, id in self.objects if kind == "task"]
        return self.random.sample(found, min(len(found), self.random.randint(1, most)))

    def name(self) -> str:
        return f"{self.random.choice(TAGS)} {self.random.randrange(30)}"

    def tags(self) -> list[str]:
        return self.random.sample(TAGS, self.random.randint(0, 3))

    def fields(self) -> dict:
        """Some of the fields of a task."""
        choose = self.random.choice
        return choose([
            {"title": f"Title {self.random.randrange(10**6)}"}, {"description": choose([None, "text " * 50])},
            {"priority": choose(["none", "low", "high"])}, {"tags": self.tags()}, {"completed": choose([True, False])},
            {"due": {"date": f"2027-0{self.random.randint(1, 9)}-15"}, "repeat": {"rrule": "FREQ=DAILY"}},
            {"due": {"datetime": "2027-03-01T09:00", "time_zone": "Europe/Berlin"}, "repeat": None},
            {"due": None, "start": None, "repeat": None},
        ])

    def draft(self) -> dict:
        draft = {"title": "New"} | self.fields() | self.fields()
        if self.random.random() < 0.3:
            return draft | {"parent_id": self.one("task")}
        return draft | {"list_id": self.one("list")}

    def place(self) -> dict:
        return self.random.choice([
            {"list_id": self.one("list")}, {"parent_id": self.one("task")}, {"parent_id": None},
            {"before": self.one("task")}, {"after": self.one("task")}])

    def bulk(self) -> dict:
        what = self.random.choice([
            {"set": self.fields()}, {"complete": True}, {"move": {"list_id": self.one("list")}},
            {"tag": {"add": self.tags(), "remove": self.tags()}}, {"set": {"parent_id": None}}])
        return {"ids": self.some(30)} | what


def on(kind: str, path: str, method: str, *body, where=lambda _: True):
    """An edit of something that the client knows."""
    def edit(client: Client):
        id = client.one(kind, where)
        return id and (method, path.format(id), *(each(client) for each in body))
    return edit


def of_matches(client: Client):
    """A bulk change of what a filter selects, if they are as many as the client knows of."""
    tag = client.random.choice(TAGS)
    count = sum(kind == "task" and tag in what["tags"] for (kind, _), what in client.objects.items())
    return "POST", "/api/tasks/bulk", {"filter": {"tag": tag}, "expect": count, "set": {"priority": "medium"}}


# The weight of each edit, and how it is made; edits that need something that the client lacks are left out.
EDITS = {
    "create": (12, lambda client: ("POST", "/api/tasks", client.draft())),
    "change": (12, on("task", "/api/tasks/{}", "PATCH", Client.fields)),
    "replace": (2, on("task", "/api/tasks/{}", "PUT", Client.draft)),
    "complete": (4, on("task", "/api/tasks/{}/complete", "POST", lambda _: {})),
    "skip": (3, on("task", "/api/tasks/{}/skip", "POST", where=lambda task: task["repeat"] and not task["completed"])),
    "move": (6, on("task", "/api/tasks/{}/move", "POST", Client.place)),
    "delete": (4, on("task", "/api/tasks/{}", "DELETE")),
    "restore": (3, lambda client: client.deleted and (
        "POST", f"/api/tasks/{client.random.choice(client.deleted)}/restore")),
    "delete for good": (1, lambda client: client.deleted and (
        "DELETE", f"/api/trash/{client.deleted.pop()}")),
    "empty the trash": (0.5, lambda client: ("DELETE", "/api/trash")),
    "add a list": (2, lambda client: ("POST", "/api/lists", {"name": client.name(), "color": "blue"})),
    "change a list": (2, on("list", "/api/lists/{}", "PATCH", lambda client: client.random.choice([
        {"name": client.name()}, {"archived": True}, {"archived": False}, {"after": client.one("list")}]))),
    "delete a list": (1, on("list", "/api/lists/{}", "DELETE", where=lambda each: not each["inbox"])),
    "add a tag": (1, lambda client: ("POST", "/api/tags", {"name": client.name()})),
    "rename a tag": (2, on("tag", "/api/tags/{}", "PATCH", lambda client: {
        "name": client.random.choice([client.name(), client.random.choice(TAGS)])})),
    "delete a tag": (1, on("tag", "/api/tags/{}", "DELETE")),
    "save a view": (2, lambda client: ("POST", "/api/views", {"name": client.name(), "query": "view=today"})),
    "change a view": (1, on("view", "/api/views/{}", "PATCH", lambda client: {"name": client.name()})),
    "delete a view": (1, on("view", "/api/views/{}", "DELETE")),
    "bulk": (3, lambda client: ("POST", "/api/tasks/bulk", client.bulk()) if client.one("task") else None),
    "bulk by filter": (3, of_matches),
    "bulk deletion": (1, lambda client: client.one("task") and (
        "POST", "/api/tasks/bulk", {"ids": client.some(4), "delete": True})),
    "undo": (5, lambda client: client.undoable and (
        "POST", "/api/undo", {"token": client.undoable.pop(client.random.randrange(-1, len(client.undoable)))})),
}


@pytest.mark.timeout(SECONDS + 110)
def test_copies_converge_with_the_server_whatever_happens(servers, capsys):
    person = servers[0].newcomer("sync")
    people = [dataclasses.replace(person, server=server) for server in servers]
    clients = [Client(*people) for _ in range(3)]
    kills, begun, made = 0, time.monotonic(), Counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        while time.monotonic() < begun + SECONDS or kills < 3 or made.keys() != EDITS.keys():
            stop = threading.Event()
            playing = [pool.submit(client.plays, stop) for client in clients]
            try:
                time.sleep(random.uniform(0.5, 1.5))
                server = random.choice(servers)
                server.kill()
                server.start()
                kills += 1
                time.sleep(random.uniform(0.1, 0.5))
            finally:
                stop.set()
            for each in playing:
                each.result()
            expected = everything(person)
            assert all(everything(other) == expected for other in people)
            for client in clients:
                assert differences(client.follows().objects, expected) == {}
            made = sum((client.made for client in clients), Counter())
    assert differences(Copy(*people).follows(limit=7).objects, expected) == {}
    with capsys.disabled():
        print(f"\n  {made.total()} changes, {len(expected)} things, {kills} kills")


def test_a_token_outlives_a_restart(servers):
    person = servers[0].newcomer("restart")
    copy = Copy(person).follows()
    for number in range(3):
        person.adds(f"Task {number}")
    halfway = Copy(person)
    assert halfway.reads(limit=2) and halfway.more
    for server in servers:
        server.stop()
        server.start()
    person.adds("Afterwards")
    for each in (copy, halfway):
        assert each.follows(limit=1).objects == everything(person)


def expires(person, token: str) -> None:
    """A token is void, though a page of the initial data may still be read to its end."""
    while True:
        answer = person.gets("/api/changes", params={"since": token})
        if answer.status_code != 200:
            break
        assert answer.json()["more"] is True, answer.text
        token = answer.json()["next"]
    assert answer.status_code == 410, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"], problem["snapshot"]) == (410, "sync-token-expired", "/api/changes")


def test_an_invented_token_is_treated_like_one_that_is_too_old(servers):
    person = servers[0].newcomer("forger")
    for token in ["nonsense", "MS8", "0", "x" * 1000, "é", "MS9hLzEvMg=="] + [
            base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in [
                "1/a/0/0", "2/a/1/2", "1/a/-1/2", f"1/a/{2**63 - 1}/1", f"1/a/{2**63}/1", "1//0/0", "1/\0/0/0",
                "1/a/0/0/list/", "1/a/0/0/task/\uffff", "1/a/0/0/task/\0", "1/a/0/0/view/x/", "1/a/0/0/completion/"]]:
        expires(person, token)


def test_a_token_of_another_account_reveals_nothing(alice, bob):
    for person in (alice, bob):
        person.adds("Secret")
    bobs = Copy(bob)
    assert bobs.reads(limit=1) and bobs.more
    expires(alice, Copy(bob).follows().token)
    # What it leads to on its way are the account's own things.
    answer = alice.gets("/api/changes", params={"since": bobs.token})
    assert answer.status_code in (200, 410)
    assert bob.id not in answer.text
    expires(alice, bobs.token)


@pytest.mark.parametrize("limit", ["0", "501", "-1", "1.5", "x", ""])
def test_an_invalid_limit_is_refused(alice, limit):
    answer = alice.gets("/api/changes", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query", "limit"]


def test_a_page_of_long_tasks_ends_early_and_the_next_goes_on_from_there(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, ACCOUNT_WRITE_KIB_PER_SECOND=0)
    person = server.newcomer("long")
    empty = Copy(person).follows()
    for number in range(60):
        person.adds(f"Task {number}", description="\U0001F98A" * 10_000)
    for since in (None, empty.token):
        answer = person.gets("/api/changes", params={"limit": 500, "since": since})
        assert answer.status_code == 200
        # As a page of a list, which ends with the task that brings it to a MiB.
        assert len(answer.content) < 2**20 + 2**17
        assert answer.json()["more"] is True
    assert Copy(person).follows(limit=500).objects == empty.follows(limit=500).objects == everything(person)
    server.stop()


def test_tokens_from_after_a_restored_backup_are_void(stopped_server, tmp_path):
    server = stopped_server.start()
    person = server.newcomer("backup")
    tasks = [person.adds(f"Task {number}") for number in range(5)]
    old = Copy(person).follows()
    person.adds("The last one that the backup has")
    server.stop()
    shutil.copytree(server.data, tmp_path / "backup")

    server.start()
    lost = []
    for number in range(10):
        answer = person.asks("PATCH", f"/api/tasks/{tasks[0]['id']}", json={"title": f"Lost {number}"})
        assert answer.status_code == 200
        lost.append(Copy(person).follows().token)
        halfway = Copy(person)
        assert halfway.reads(limit=3) and halfway.more
        lost.append(halfway.token)
    server.stop()
    shutil.rmtree(server.data)
    shutil.copytree(tmp_path / "backup", server.data)

    server.start()
    for token in lost:
        expires(person, token)
    # As many changes as were lost, and more, so that each number is used again.
    for number in range(12):
        answer = person.asks("PATCH", f"/api/tasks/{tasks[0]['id']}", json={"title": f"Other {number}"})
        assert answer.status_code == 200
        for token in lost:
            expires(person, token)
    assert old.follows(limit=1).objects == everything(person)
    assert old.objects["task", tasks[0]["id"]]["title"] == "Other 11"
    assert Copy(person).follows().objects == old.objects


def test_a_token_is_too_old_after_ten_thousand_changes(servers):
    person = servers[-1].newcomer("many")
    with ThreadPoolExecutor(4) as pool:
        ids = [task["id"] for task in pool.map(person.adds, map("Task {}".format, range(500)))]
    oldest, halfway = Copy(person).follows(), Copy(person)
    assert halfway.reads(limit=400) and halfway.more
    changes, recent = 0, None
    while changes <= KEPT:
        answer = person.posts("/api/tasks/bulk", {"ids": ids, "set": {"priority": ["high", "low"][changes // 500 % 2]}})
        assert (answer.status_code, answer.json()) == (200, {"count": 500})
        changes += 500
        recent = recent or Copy(person).follows()
    expires(person, oldest.token)
    expires(person, halfway.token)
    expected = everything(person)
    # Ten thousand changes are kept.
    assert recent.follows(limit=500).objects == expected
    assert oldest.begins_anew().follows(limit=100).objects == expected
    assert len(expected) == 501


@pytest.mark.parametrize("target", ["sqlite", "postgres"])
def test_tokens_are_void_in_a_copy_of_the_database(request, stopped_server, start_server, tmp_path, target):
    server = stopped_server.start()
    person = server.newcomer("copy")
    for number in range(3):
        person.adds(f"Task {number}")
    original = Copy(person).follows()
    halfway = Copy(person)
    assert halfway.reads(limit=1) and halfway.more
    server.stop()

    if target == "sqlite":
        elsewhere = start_server(BETTER_AUTH_SECRET=SECRET)
        elsewhere.stop()
        for file in elsewhere.data.glob("latchkey.db*"):
            file.unlink()
        server.says("copy", "--from", f"sqlite:{server.database}", "--to", f"sqlite:{elsewhere.database}")
        elsewhere.start()
    else:
        address = request.getfixturevalue("postgres").address(request.getfixturevalue("database"))
        server.says("copy", "--from", f"sqlite:{server.database}", "--to", address)
        elsewhere = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=address)
    moved = Person(elsewhere, person.email, PASSWORD, person.token, person.user)
    for token in (original.token, halfway.token):
        expires(moved, token)
    assert Copy(moved).follows().objects == everything(moved) == original.objects
    moved.adds("There only")
    expires(moved, original.token)
    elsewhere.stop()
    # The original goes on where it was.
    server.start()
    person.adds("Here only")
    assert original.follows().objects == everything(person)
