"""Mixed use for a long time, while the server is restarted, killed, updated beside the old one, backed up, and given new
keys and a new secret: nothing acknowledged is lost or done twice, copies end up as the server is, in the last third,
without restarts, memory, descriptors and log stay level, and eight days later most of the file is free. Prints its figures;
`make endure` runs it for 40 minutes.

LATCHKEY_ENDURE_MINUTES (2) is its length, and LATCHKEY_ENDURE_SEED chooses another order of events."""

import dataclasses
import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
import requests

import support
import test_changes
from support import SECRET, Browser, Person, Server, all_of, differences, everything

MINUTES = float(os.environ.get("LATCHKEY_ENDURE_MINUTES", 2))
SEED = int(os.environ.get("LATCHKEY_ENDURE_SEED", 1))
LOG_LIMIT = 64
"""Of a log that nothing needs any more, in MiB (`journal_size_limit`)."""
BROKEN = requests.ConnectionError, requests.exceptions.ChunkedEncodingError
"""A server that ended, or does not listen yet."""


class SharedServer(Server):
    """A server whose data may be another one's."""

    @property
    def data(self) -> Path:
        return Path(self.settings["LATCHKEY_DATA"])


class Place:
    """Where the server is at the moment: a port changes with each start. Each thread has a client of its own."""

    def __init__(self, server: Server):
        self.server = server
        self.own = threading.local()

    @property
    def client(self) -> support.Client:
        url = self.server.url
        if getattr(self.own, "url", None) != url:
            self.own.url, self.own.client = url, support.Client(url)
        return self.own.client


class Actor(threading.Thread):
    """Repeats an act until the end. Its exceptions are raised by `ends`."""

    def __init__(self, place: Place, over: threading.Event):
        super().__init__(daemon=True)
        self.place, self.over = place, over
        self.count = 0
        self.failure: Exception | None = None

    def run(self):
        try:
            while not self.over.is_set():
                self.acts()
                self.count += 1
        except Exception as failure:
            self.failure = failure

    def ends(self) -> int:
        self.join(60)
        assert not self.is_alive(), f"{type(self).__name__} waits for something that does not come."
        if self.failure:
            raise self.failure
        return self.count

    def asks(self, ask, *expected: int) -> requests.Response:
        """Asks until there is an answer, as a client does that repeats what may be repeated."""
        while True:
            try:
                answer = ask()
            except BROKEN:
                time.sleep(0.05)
                continue
            assert answer.status_code in expected, f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}"
            return answer


class Journal(Actor):
    """Adds, ticks and deletes tasks, each under a key that makes repeating it safe, and knows what must be there."""

    MOST = 200

    def __init__(self, place: Place, over: threading.Event, person: Person):
        super().__init__(place, over)
        self.person = dataclasses.replace(person, server=place)
        self.tasks: dict[str, tuple[str, bool]] = {}

    def acts(self):
        key = f"{self.person.id}-{self.count}"
        draft = {"title": f"Entry {self.count}", "description": "x" * 400}
        answer = self.asks(
            lambda: self.person.posts("/api/tasks", draft, headers={"Idempotency-Key": key}), 201).json()
        self.tasks[answer["id"]] = (draft["title"], False)
        one = random.choice(list(self.tasks))
        self.asks(lambda: self.person.asks("PATCH", f"/api/tasks/{one}", json={"completed": True}), 200)
        self.tasks[one] = (self.tasks[one][0], True)
        if len(self.tasks) > self.MOST:
            oldest = next(iter(self.tasks))
            # Gone already, if the answer to the first attempt was lost.
            self.asks(lambda: self.person.asks("DELETE", f"/api/tasks/{oldest}"), 204, 404)
            del self.tasks[oldest]
        if self.count % 50 == 0:
            self.asks(lambda: self.person.asks("DELETE", "/api/trash"), 204)
        time.sleep(0.01)

    def differs(self) -> dict:
        found = {task["id"]: (task["title"], task["completed"]) for task in all_of(self.person, "/api/tasks?limit=100")}
        return differences(found, self.tasks)


class SyncClient(Actor):
    """Makes random changes to an account that others change as well, and follows it."""

    def __init__(self, place: Place, over: threading.Event, person: Person):
        super().__init__(place, over)
        self.client = test_changes.Client(dataclasses.replace(person, server=place))

    def acts(self):
        if self.client.random.random() < 0.7:
            self.client.edits()
        else:
            self.client.follows(limit=self.client.random.choice([3, 20, 200]), breaks=0.1)
        time.sleep(0.02)


class Visitor(Actor):
    """Signs in with a password, looks at the list, and signs out."""

    def __init__(self, place: Place, over: threading.Event, person: Person):
        super().__init__(place, over)
        self.email = person.email

    def acts(self):
        secret = {"email": self.email, "password": support.PASSWORD}
        answer = self.asks(lambda: self.place.client.post("/api/auth/signin", json=secret), 200).json()
        person = Person(self.place, self.email, support.PASSWORD, answer["access_token"], answer["user"])
        self.asks(lambda: person.gets("/api/tasks"), 200)
        # Signed out already, if the answer to the first attempt was lost.
        self.asks(lambda: person.posts("/api/auth/signout"), 204, 401)
        time.sleep(0.2)


class Reader(Actor):
    """Has the list open in a browser, whose cookie outlives everything that happens here."""

    def __init__(self, place: Place, over: threading.Event, person: Person):
        super().__init__(place, over)
        with Browser(place.server.url) as browser:
            browser.logs_in(person)
            self.cookies = browser.cookies

    def acts(self):
        def opens():
            with Browser(self.place.server.url) as browser:
                browser.cookies = self.cookies
                return browser.get("/dashboard")

        self.asks(opens, 200)
        time.sleep(0.05)


class Samples(Actor):
    """Memory, descriptors, threads and sizes, each two seconds."""

    def __init__(self, place: Place, over: threading.Event):
        super().__init__(place, over)
        self.taken: list[dict] = []

    def acts(self):
        server = self.place.server
        process = Path(f"/proc/{server.process.pid}")
        try:
            self.taken.append({
                "pid": server.process.pid, "at": time.monotonic(), "MiB of memory": server.memory(),
                "descriptors": len(list((process / "fd").iterdir())),
                "threads": len(list((process / "task").iterdir())),
                "MiB of log": Path(f"{server.database}-wal").stat().st_size >> 20,
                "MiB of database": server.database.stat().st_size >> 20})
        except (OSError, StopIteration):
            # The process has just ended.
            pass
        self.over.wait(2)


class Operator:
    """Events in the life of a server."""

    def __init__(self, server: Server, directory: Path):
        self.place = Place(server)
        self.directory = directory
        self.backups: list[Path] = []
        self.done = Counter()

    @property
    def server(self) -> Server:
        return self.place.server

    def restarts(self):
        self.server.stop()
        self.server.start()

    def is_killed(self):
        self.server.kill()
        self.server.start()

    def updates(self, ends: str):
        """As ONCE and Kamal do: the new one answers before the old one ends."""
        old = self.server
        self.place.server = SharedServer(self.directory / f"server{self.done.total()}", old.settings).start()
        getattr(old, ends)()

    def stops_the_old_one(self):
        self.updates("stop")

    def kills_the_old_one(self):
        self.updates("kill")

    def backs_up(self):
        self.backups.append(Path(self.server.says("backup", "--quiet", patience=600).split(" has ")[0]))
        assert " is whole" in self.server.says("backup", "verify", "--quiet", self.backups[-1], patience=600)
        for old in self.backups[:-2]:
            old.unlink()
            old.with_suffix(".json").unlink()
        del self.backups[:-2]

    def rotates_the_keys(self):
        self.server.says("keys", "rotate")

    def changes_the_secret(self):
        self.server.settings |= {
            "BETTER_AUTH_SECRET": "another-secret-of-more-than-forty-bytes!", "BETTER_AUTH_SECRET_PREVIOUS": SECRET}
        self.restarts()
        self.server.says("keys", "rotate")

    def does(self, what):
        what(self)
        self.done[what.__name__.replace("_", " ")] += 1


def level(samples: list[dict], name: str) -> tuple[float, float]:
    """The mean of the first and of the last quarter."""
    quarter = max(1, len(samples) // 4)
    values = [sample[name] for sample in samples]
    return sum(values[:quarter]) / quarter, sum(values[-quarter:]) / quarter


@pytest.mark.timeout(MINUTES * 60 + 600)
def test_mixed_use_for_a_long_time_loses_nothing(tmp_path):
    order = random.Random(SEED)
    first = SharedServer(tmp_path / "server", {
        "BETTER_AUTH_SECRET": SECRET, "LOG_LEVEL": "warning", "LATCHKEY_DATA": tmp_path / "data",
        "ACCOUNT_WRITE_KIB_PER_SECOND": 0}).start()
    operator, over = Operator(first, tmp_path), threading.Event()
    place = operator.place
    shared, visitor = first.newcomer("shared"), first.newcomer("visitor")
    journals = [Journal(place, over, first.newcomer(f"journal{number}")) for number in range(3)]
    clients = [SyncClient(place, over, shared) for _ in range(3)]
    samples = Samples(place, over)
    actors = [*journals, *clients, Visitor(place, over, visitor), Reader(place, over, first.newcomer("reader")), samples]
    for actor in actors:
        actor.start()

    begun = time.monotonic()
    calm = begun + MINUTES * 40
    end = begun + MINUTES * 60
    events = [
        Operator.restarts, Operator.is_killed, Operator.is_killed, Operator.stops_the_old_one,
        Operator.kills_the_old_one, Operator.backs_up, Operator.rotates_the_keys]
    pause = min(15, MINUTES * 60 / 30)
    operator.does(Operator.changes_the_secret)
    while time.monotonic() < calm and not any(actor.failure for actor in actors):
        order.shuffle(events)
        for event in events:
            time.sleep(order.uniform(0, 2 * pause))
            operator.does(event)
    pid, since = operator.server.process.pid, time.monotonic()
    while time.monotonic() < end and not any(actor.failure for actor in actors):
        time.sleep(2 * pause)
        operator.does(order.choice([Operator.backs_up, Operator.rotates_the_keys]))
    over.set()
    counts = Counter()
    for actor in actors:
        counts[type(actor).__name__] += actor.ends()
    print(f"\n{(time.monotonic() - begun) / 60:.1f} minutes, {sum(operator.done.values())} events: " + ", ".join(
        f"{count} × {name}" for name, count in sorted(operator.done.items())))
    print(", ".join(f"{count} × {name}" for name, count in counts.items()))

    for journal in journals:
        assert journal.differs() == {}
    expected = everything(dataclasses.replace(shared, server=place))
    for client in clients:
        assert differences(client.client.follows().objects, expected) == {}
    server = operator.server
    assert server.looks_up("PRAGMA integrity_check") == [("ok",)]
    assert "all as they were written" in server.says("audit", "verify")
    server.stop()
    print(f"{sum(journal.count for journal in journals)} entries, none lost or doubled; {len(expected)} shared things")

    quiet = [sample for sample in samples.taken if sample["pid"] == pid and sample["at"] > since]
    for name, room in {"MiB of memory": 8, "descriptors": 8, "threads": 2, "MiB of log": 16}.items():
        before, after = level(quiet, name)
        most = max(sample[name] for sample in samples.taken)
        print(f"{name}: {before:.1f}, then {after:.1f}; at most {most}")
        # A backup keeps what is written meanwhile in the log, which is cut to its limit afterwards.
        least = LOG_LIMIT if name == "MiB of log" else 0
        assert after <= max(before, least) + room, name

    # What is kept for a day, to undo changes, and for a week, to answer repeated requests, makes room afterwards.
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library, "Install faketime: the clock is turned with it."
    server.settings |= {"LD_PRELOAD": library, "FAKETIME": "+8d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    server.start()
    kept = "SELECT (SELECT COUNT(*) FROM stored_answers) + (SELECT COUNT(*) FROM undo_steps)"
    support.wait_until(lambda: server.looks_up(kept) == [(0,)], "the old rows to be deleted", patience=600)
    (pages,), (free,) = *server.looks_up("PRAGMA page_count"), *server.looks_up("PRAGMA freelist_count")
    # The library turns the clock of waits as well, so a shutdown would take days.
    server.kill()
    print(f"MiB of database: {samples.taken[-1]['MiB of database']}, eight days later {free / pages:.0%} of it free")
    assert free > pages / 2
