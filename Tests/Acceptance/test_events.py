"""Streams of events: what arrives after a broken connection, and when they end."""

import base64
import contextlib
import dataclasses
import itertools
import json
import random
import signal
import socket
import struct
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import requests

from frames import (
    DATA, END_HEADERS, END_STREAM, HEADERS, RST_STREAM, WINDOW_UPDATE, Frames, make_pair, settings_for)
from support import SECRET, Browser, Person, wait_until
from wire import PATIENCE

EDITS = 1000
SECONDS_TO_END = 3
SECONDS_TO_NOTICE = 25
"""A connection that was closed is noticed at the next sign of life, at the latest."""
MOST = 20
"""Streams that an account may have at once."""
LARGE = "\U0001F98A" * 10_000
"""40,000 bytes: the longest description that there is."""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pair"))


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
        server.stop()


@dataclass
class Event:
    name: str
    id: str
    data: dict

    @property
    def place(self) -> int:
        """The number of the change, which is in the id."""
        text = base64.urlsafe_b64decode(self.id + "=" * (-len(self.id) % 4)).decode()
        return int(text.split("/")[2])

    @property
    def title(self) -> str:
        assert self.name == "change" and self.data["op"] == "put", self
        return self.data["object"]["title"]


def parsed(block: bytes) -> Event | None:
    """An event; None for lines without meaning."""
    fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
    if "data" not in fields:
        assert fields in ({}, {"retry": "3000"}), block
        return None
    assert list(fields) == ["event", "id", "data"], block
    return Event(fields["event"], fields["id"], json.loads(fields["data"]))


class Stream:
    """The events of an account as they arrive. It has begun once this is made: what changes from now on will come."""

    def __init__(self, person: Person, last: str | None = None, patience: float = PATIENCE, piece: int | None = None,
                 **parameters):
        headers = {"Last-Event-ID": last} if last else {}
        self.answer = person.gets(
            "/api/events", params=parameters, headers=headers, stream=True, timeout=(PATIENCE, patience))
        assert self.answer.status_code == 200, self.answer.text
        assert self.answer.headers["content-type"] == "text/event-stream"
        assert self.answer.headers["cache-control"] == "no-store, no-transform"
        assert "content-encoding" not in self.answer.headers
        self.size, self.signs = 0, 0
        self._blocks = self._reads(piece)
        assert next(self._blocks) == b"retry: 3000"

    def _reads(self, piece: int | None):
        rest = b""
        for data in self.answer.iter_content(piece):
            self.size += len(data)
            *whole, rest = (rest + data).split(b"\n\n")
            yield from whole
        assert rest == b"", "The stream ended within an event."

    def __iter__(self):
        """Until the stream ends as it should; one that is cut off raises."""
        for block in self._blocks:
            if event := parsed(block):
                yield event
            else:
                self.signs += 1

    def takes(self, count: int) -> list[Event]:
        return list(itertools.islice(self, count))

    def ends(self) -> bool:
        """Whether nothing more comes before the end, which comes soon."""
        begun = time.monotonic()
        return list(self) == [] and time.monotonic() - begun < SECONDS_TO_END

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._blocks.close()
        self.answer.close()


def everywhere(person, servers) -> list[Person]:
    return [dataclasses.replace(person, server=server) for server in servers]


def token(person) -> str:
    """The place after the last change."""
    since = None
    while True:
        answer = person.gets("/api/changes", params={"since": since})
        assert answer.status_code == 200, answer.text
        since = answer.json()["next"]
        if not answer.json()["more"]:
            return since


# What arrives


class Follower:
    """Follows an account; its connection breaks at any moment, and it goes on from the last event that it has."""

    def __init__(self, people: list[Person], last: str):
        self.people, self.last = itertools.cycle(people), last
        self.events, self.breaks = [], 0
        self.state, self.done = {}, threading.Event()
        self.random = random.Random()

    def runs(self) -> None:
        while not self.done.is_set():
            most = self.random.randrange(15_000)
            pieces = {"piece": self.random.choice([10, 500, None]), "patience": self.random.uniform(0.2, 0.6)}
            with Stream(next(self.people), self.last, **pieces) as stream:
                try:
                    for event in stream:
                        assert event.name == "change", event
                        self.events.append(event)
                        self.last = event.id
                        self.state[event.data["id"]] = event.data.get("object")
                        if stream.size > most or self.done.is_set():
                            break
                except requests.ConnectionError:
                    pass  # Nothing came for a while, which makes another break.
            self.breaks += 1


class Editor:
    """Adds tasks, and changes and deletes its own: the title of each has the number of its changes."""

    def __init__(self, person: Person):
        self.person, self.tasks, self.deleted = person, {}, set()
        self.random = random.Random()

    def edits(self, count: int) -> None:
        for number in range(count):
            chance = self.random.random()
            if not self.tasks or chance < 0.3:
                self.tasks[self.person.adds("0")["id"]] = 0
                continue
            id = self.random.choice(list(self.tasks))
            if chance < 0.35:
                answer = self.person.asks("DELETE", f"/api/tasks/{id}")
                assert answer.status_code == 204, answer.text
                self.deleted.add(id)
                del self.tasks[id]
            else:
                self.tasks[id] += 1
                answer = self.person.asks("PATCH", f"/api/tasks/{id}", json={"title": str(self.tasks[id])})
                assert answer.status_code == 200, answer.text


def test_every_last_state_arrives_once_over_a_connection_that_breaks(servers, capsys):
    person = servers[0].newcomer("edits")
    # The edits go to one process, and the first stream comes from the other.
    follower = Follower(everywhere(person, servers)[::-1], token(person))
    editors = [Editor(person) for _ in range(4)]
    with ThreadPoolExecutor(len(editors) + 1) as pool:
        following = pool.submit(follower.runs)
        try:
            for editing in [pool.submit(editor.edits, EDITS // len(editors)) for editor in editors]:
                editing.result()
            expected = {id: None for editor in editors for id in editor.deleted}
            url = "/api/tasks?limit=100"
            while url:
                answer = person.gets(url)
                assert answer.status_code == 200
                expected |= {task["id"]: task for task in answer.json()}
                url = (answer.links.get("next") or {}).get("url")
            wait_until(lambda: following.done() or follower.state == expected, "the last states")
        finally:
            follower.done.set()
        following.result()
    with capsys.disabled():
        print(f"\n  {len(follower.events)} events for {EDITS} edits, {follower.breaks} breaks")
    assert follower.breaks > 10
    places = [event.place for event in follower.events]
    assert places == sorted(set(places)), "No event comes twice, and none too late."
    assert len({event.id for event in follower.events}) == len(follower.events)
    numbers = {}
    for event in follower.events:
        if event.data["op"] == "put":
            numbers.setdefault(event.data["id"], []).append(int(event.title))
    assert all(each == sorted(each) for each in numbers.values())


def test_changes_of_lists_tags_and_views_arrive_too(servers):
    person, elsewhere = servers[0].newcomer("things"), servers[-1]
    with Stream(dataclasses.replace(person, server=elsewhere)) as stream:
        made = {}
        for kind, path, body in [("list", "/api/lists", {"name": "One"}), ("tag", "/api/tags", {"name": "one"}),
                                 ("view", "/api/views", {"name": "One", "query": "view=today"})]:
            answer = person.posts(path, body)
            assert answer.status_code == 201, answer.text
            made[kind] = answer.json()
            [event] = stream.takes(1)
            assert (event.name, event.data) == (
                "change", {"type": kind, "op": "put", "id": made[kind]["id"], "object": made[kind]})
        for kind, thing in made.items():
            answer = person.asks("DELETE", f"/api/{kind}s/{thing['id']}")
            assert answer.status_code == 204, answer.text
            [event] = stream.takes(1)
            assert event.data == {"type": kind, "op": "delete", "id": thing["id"]}


def test_a_stream_goes_on_from_any_token(alice):
    tasks = [alice.adds(f"Task {number}") for number in range(3)]
    # A new client's, which has not read everything yet.
    answer = alice.gets("/api/changes", params={"limit": 2})
    assert answer.status_code == 200
    changes = answer.json()["changes"]
    with Stream(alice, since=answer.json()["next"]) as stream:
        changes += [event.data for event in stream.takes(2)]
    read = [change["id"] for change in changes if change["type"] == "task"]
    assert sorted(read) == [task["id"] for task in tasks]
    # The header counts more, as browsers send it where they connect again to the same address.
    latest = token(alice)
    alice.adds("Task 3")
    with Stream(alice, last=latest, since=answer.json()["next"]) as stream:
        assert [event.title for event in stream.takes(1)] == ["Task 3"]
    with Stream(alice) as stream:
        alice.adds("Task 4")
        assert [event.title for event in stream.takes(1)] == ["Task 4"]


def test_events_are_an_accounts_own(server, alice, bob):
    assert server.client.get("/api/events").status_code == 401
    with Stream(alice) as stream:
        bob.adds("Bob's")
        alice.adds("Alice's")
        [event] = stream.takes(1)
        assert event.title == "Alice's"


def test_a_client_without_a_token_can_ask_where_its_stream_begins(server):
    person = server.newcomer("beginner")
    person.adds("Before")
    with Stream(person, start="on") as stream:
        [begun] = stream.takes(1)
        assert begun.name == "start" and begun.data["sequence"] > 0
        person.adds("After")
        [change] = stream.takes(1)
        assert (change.name, change.title) == ("change", "After")
    # What is read from there is what came after.
    with Stream(person, start="on", since=begun.id) as stream:
        [change] = stream.takes(1)
        assert (change.name, change.title) == ("change", "After")


def test_an_old_token_is_answered_with_a_reset(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    for person in (alice, bob):
        person.adds("Before")
    old = token(alice)
    for number in range(3):
        alice.adds(f"Task {number}")
    tokens = ["nonsense", "MS8", token(bob), old]
    server.stop()
    # As it is after ten thousand changes.
    server.changes("DELETE FROM changes WHERE user_id = ? AND sequence <= 2", alice.id)
    server.start()
    for each in tokens:
        for how in ({"last": each}, {"since": each}):
            with Stream(alice, **how) as stream:
                [event] = stream.takes(1)
                assert (event.name, event.data) == ("reset", {"snapshot": "/api/changes"})
                answer = alice.gets("/api/changes", params={"since": event.id})
                assert answer.status_code == 200, answer.text
                assert answer.json()["changes"] == []
                alice.adds("After")
                assert [event.title for event in stream.takes(1)] == ["After"]
    server.stop()


def test_a_quiet_stream_gives_signs_of_life(alice):
    begun = time.monotonic()
    with Stream(alice, patience=SECONDS_TO_NOTICE) as stream:
        assert next(stream._blocks) == b":"
        assert time.monotonic() - begun < SECONDS_TO_NOTICE
        alice.adds("Still there")
        assert [event.title for event in stream.takes(1)] == ["Still there"]


# When they end


def signs_out(person):
    answer = person.posts("/api/auth/signout")
    assert answer.status_code == 204, answer.text


def is_signed_out_on_the_page(person):
    """The oldest session is ended from a newer one."""
    [shown] = person.server.objects("user", "show", person.email, "--json")
    id = min(session["id"] for session in shown["sessions"])
    with Browser(person.server.url) as browser:
        browser.logs_in(person)
        answer = browser.submits(f"/account/sessions/{id}/end", on="/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account?notice=session-ended")


@pytest.mark.parametrize("way", [signs_out, is_signed_out_on_the_page])
def test_a_stream_ends_with_its_session_and_no_other_does(servers, way):
    person = servers[0].newcomer("leaving")
    at, elsewhere = everywhere(person, servers)[-1], servers[-1].signs_in(person.email)
    with Stream(at, patience=SECONDS_TO_END) as stream, Stream(elsewhere) as other:
        way(person)
        assert stream.ends()
        answer = at.gets("/api/events")
        assert answer.status_code == 401, answer.text
        elsewhere.adds("Here still")
        assert [event.title for event in other.takes(1)] == ["Here still"]


def test_a_stream_ends_whose_session_was_looked_up_while_others_changed(start_server, postgres, database):
    """A server that reads a session while it hears of other changes may not keep what it has read. It still ends the
    stream of that session later on."""
    here, there = [
        start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database)) for _ in range(2)]
    alice, bob = here.newcomer("alice"), here.newcomer("bob")
    with (Stream(dataclasses.replace(alice, server=there), patience=SECONDS_TO_END) as stream,
          ThreadPoolExecutor(1) as pool):
        slow = pool.submit(
            postgres.asks, "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT", database)
        time.sleep(0.3)
        for person in (alice, bob):
            postgres.asks(f"NOTIFY latchkey, 'user {person.id}'", database)
            time.sleep(0.1)
        assert not slow.done(), "The session could be read too early."
        slow.result()
        time.sleep(0.3)
        signs_out(alice)
        assert stream.ends()
    for server in (here, there):
        server.stop()


@pytest.mark.parametrize("command, input", [
    (("deactivate",), None), (("set-password", "--stdin"), "another good password"), (("delete", "--yes"), None)])
def test_commands_that_end_sessions_end_all_streams_of_an_account(servers, command, input):
    person, bystander = servers[0].newcomer("leaving"), servers[-1].newcomer("staying")
    at, elsewhere = everywhere(person, servers)[-1], servers[0].signs_in(person.email)
    with (Stream(at, patience=SECONDS_TO_END) as one, Stream(elsewhere, patience=SECONDS_TO_END) as other,
          Stream(bystander) as third):
        servers[0].says("user", command[0], person.email, *command[1:], input=input)
        assert one.ends() and other.ends()
        bystander.adds("Here still")
        assert [event.title for event in third.takes(1)] == ["Here still"]


def test_a_stop_ends_streams_properly_and_at_once(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    people = [server.newcomer(f"person{number}") for number in range(3)]
    streams = [Stream(person) for person in people * 3]
    for person in people:
        person.adds("The last one")
    for stream in streams:
        assert [event.title for event in stream.takes(1)] == ["The last one"]
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < SECONDS_TO_END
    for stream in streams:
        with stream:
            assert list(stream) == []


# How many there may be


def test_an_account_has_twenty_streams_and_another_one_for_each_that_it_closes(alice, bob):
    streams = [Stream(alice) for _ in range(MOST)]

    def another() -> bool:
        answer = alice.gets("/api/events", stream=True)
        if answer.status_code == 200:
            answer.close()
            return True
        assert answer.status_code == 429, answer.text
        assert int(answer.headers["retry-after"]) <= SECONDS_TO_NOTICE
        assert "at most 20 event streams" in answer.json()["detail"]
        return False

    assert not another()
    with Stream(bob) as stream:
        bob.adds("Room of his own")
        assert [event.title for event in stream.takes(1)] == ["Room of his own"]
    for stream in streams[:3]:
        with stream:
            pass
    wait_until(another, "room for another stream", SECONDS_TO_NOTICE)
    alice.adds("For the others")
    for stream in streams[3:]:
        with stream:
            assert [event.title for event in stream.takes(1)] == ["For the others"]


def test_of_streams_that_are_opened_at_once_twenty_begin_and_the_others_are_refused(server):
    def opens(person) -> tuple[int, bytes]:
        answer = person.gets("/api/events", stream=True)
        stack.enter_context(contextlib.closing(answer))
        return answer.status_code, next(answer.iter_content(None), b"") if answer.status_code == 200 else b""

    with ThreadPoolExecutor(2 * MOST) as pool:
        for _ in range(5):
            person = server.newcomer("hasty")
            with contextlib.ExitStack() as stack:
                outcomes = Counter(pool.map(opens, [person] * 2 * MOST))
            assert outcomes == {(200, b"retry: 3000\n\n"): MOST, (429, b""): MOST}


# Over HTTP/2


class FramedStreams(Frames):
    """Several streams of events over one connection."""

    def __init__(self, server, person: Person, settings: bytes = b""):
        super().__init__(server, settings)
        self.person, self.statuses, self.bodies, self.next_stream = person, {}, {}, 1

    def asks(self) -> int:
        """The number of a new stream."""
        stream, self.next_stream = self.next_stream, self.next_stream + 2
        bearer = [("authorization", f"Bearer {self.person.token}")]
        self.sends(self.frame(HEADERS, END_STREAM | END_HEADERS, stream, self.request("/api/events", more=bearer)))
        return stream

    def opens(self) -> int:
        """The number of a new stream, whose status is known, and which has begun if it is to begin."""
        stream = self.asks()
        self.reads(lambda: stream in self.statuses and (self.bodies.get(stream) or self.statuses[stream] != 200))
        return stream

    def reads(self, condition) -> None:
        """Until a condition is met."""
        while not condition():
            frame = self.next()
            assert frame, "The connection has ended."
            kind, flags, stream, payload = frame
            if kind == HEADERS:
                self.statuses[stream] = int(dict(self.decoder.decode(payload))[":status"])
            if kind == DATA:
                self.bodies[stream] = self.bodies.get(stream, b"") + payload
                if payload:
                    size = struct.pack(">I", len(payload))
                    self.sends(b"".join(self.frame(WINDOW_UPDATE, 0, target, size) for target in (0, stream)))
            if kind in (HEADERS, DATA) and flags & END_STREAM:
                self.ended.add(stream)
            assert kind != RST_STREAM, "A stream was cut off."

    def events(self, stream: int) -> list[Event]:
        return [event for block in self.bodies[stream].split(b"\n\n")[:-1] if (event := parsed(block))]


def test_streams_over_http_2(start_server, pair):
    server = start_server(**settings_for(pair))
    person = server.newcomer("frames")
    with FramedStreams(server, person) as wire:
        streams = [wire.opens() for _ in range(MOST)]
        refused = wire.opens()
        assert {wire.statuses[stream] for stream in streams} == {200} and wire.statuses[refused] == 429
        person.adds("To all", description=LARGE)
        wire.reads(lambda: all(wire.events(stream) for stream in streams))
        assert [[event.title for event in wire.events(stream)] for stream in streams] == [["To all"]] * MOST

        for stream in streams[:2]:
            wire.sends(wire.frame(RST_STREAM, 0, stream, struct.pack(">I", 8)))

        def another():
            stream = wire.opens()
            return wire.statuses[stream] == 200 and stream

        rest = streams[2:] + [wait_until(another, "room for another stream", SECONDS_TO_NOTICE)]
        person.adds("To those that are left")
        wire.reads(lambda: all(b"that are left" in wire.bodies[stream] for stream in rest))
        signs_out(person)
        begun = time.monotonic()
        wire.reads(lambda: wire.ended >= set(rest))
        assert time.monotonic() - begun < SECONDS_TO_END
        assert wire.pings()
    server.stop()


def test_a_stop_ends_streams_over_http_2_as_well(start_server, pair):
    server = start_server(**settings_for(pair))
    person = server.newcomer("frames")
    with FramedStreams(server, person) as wire:
        streams = {wire.opens() for _ in range(5)}
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        wire.reads(lambda: wire.ended >= streams)
        assert time.monotonic() - begun < SECONDS_TO_END
        assert wire.farewell() in (0, None)
    assert server.process.wait(PATIENCE) == 0
    assert time.monotonic() - begun < 2 * SECONDS_TO_END


# Clients that do not read


@pytest.mark.parametrize("version, text", [("HTTP/1", LARGE), ("HTTP/2", LARGE[:2500])])
def test_a_client_that_does_not_read_delays_no_other(start_server, pair, capsys, version, text):
    more = settings_for(pair) if version == "HTTP/2" else {"BETTER_AUTH_SECRET": SECRET}
    server = start_server(ACCOUNT_WRITE_KIB_PER_SECOND=0, **more)
    person = server.newcomer("lazy")
    with contextlib.ExitStack() as stack:
        for _ in range(MOST - 1):
            if version == "HTTP/2":
                # With a window of zero, no byte may be sent to it.
                wire = stack.enter_context(FramedStreams(server, person, struct.pack(">HI", 4, 0)))
                wire.asks()
            else:
                wire = stack.enter_context(socket.socket())
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                wire.connect(("127.0.0.1", server.port))
                wire.sendall(
                    f"GET /api/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {person.token}\r\n\r\n"
                    .encode())
        with Stream(person) as stream, ThreadPoolExecutor(1) as pool:
            before = highest = server.memory()
            following = pool.submit(stream.takes, 300)
            for number in range(300):
                person.adds(f"Task {number}", description=text)
                highest = max(highest, server.memory())
            events = following.result(PATIENCE)
            answer = person.gets("/api/events")
            assert answer.status_code == 429, "Those who do not read are there."
    assert [event.title for event in events] == [f"Task {number}" for number in range(300)]
    unread = (MOST - 1) * 300 * len(text.encode()) >> 20
    with capsys.disabled():
        print(f"\n  {unread} MiB that nobody reads: {before} MiB before, {highest} MiB at most")
    assert highest - before < unread / 2
    server.stop()
