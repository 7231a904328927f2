"""One account cannot fill the disk, nor keep it busy: it has a quota and a rate, and the others notice nothing."""

import base64
import os
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from support import SECRET, Browser, Client, wait_until

pytestmark = pytest.mark.alone

LARGE = "\U0001F98A" * 10_000
"""40,000 bytes: the longest description that there is."""
FULL = "Your tasks take up all of the 1 MiB that an account has. Delete some, or shorten their descriptions."


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def small(request, start_server):
    """A server where an account has 1 MiB."""
    more = {}
    if request.param == "PostgreSQL":
        postgres = request.getfixturevalue("postgres")
        more["DATABASE_URL"] = postgres.address(postgres.new_database())
    server = start_server(BETTER_AUTH_SECRET=SECRET, ACCOUNT_QUOTA_MIB=1, **more)
    yield server
    if server.is_running():
        server.stop()


def fills(person) -> list[dict]:
    """The tasks that were accepted, until there is no room for more."""
    made = []
    while (answer := person.posts(person.tasks, {"title": "large", "description": LARGE})).status_code == 201:
        made.append(answer.json())
        assert len(made) * 40_000 < 1 << 20, "More than the quota was taken."
    assert (answer.status_code, answer.json()["detail"]) == (507, FULL)
    assert "Retry-After" not in answer.headers
    assert (len(made) + 1) * 40_500 > 1 << 20
    return made


def test_a_full_account_is_told_how_to_make_room_and_can(small):
    alice, bob = small.newcomer("alice"), small.newcomer("bob")
    made = fills(alice)
    bob.adds("has room", description=LARGE)
    one, two, three, *_ = [f"{alice.tasks}/{task['id']}" for task in made]
    # Changes that need no more space are always possible.
    assert alice.asks("PATCH", one, json={"completed": True}).status_code == 200
    assert alice.asks("PATCH", one, json={"description": LARGE}).status_code == 200
    assert alice.asks("PUT", one, json={"title": "x" * 200 + "", "description": LARGE[1:]}).status_code == 200
    assert alice.asks("PATCH", one, json={"description": None}).status_code == 200
    alice.adds("in the room of that", description=LARGE[100:])
    # Deleted tasks are purged for new ones, and not before.
    assert alice.asks("DELETE", two).status_code == 204
    assert alice.posts(f"{two}/restore").status_code == 200
    assert alice.asks("DELETE", three).status_code == 204
    alice.adds("in the room of the trash", description=LARGE)
    assert alice.posts(f"{three}/restore").status_code == 404
    assert alice.posts(alice.tasks, {"title": "large", "description": LARGE}).status_code == 507


def test_it_is_still_full_after_a_restart(small):
    alice = small.newcomer()
    made = fills(alice)
    small.stop()
    small.start()
    for _ in range(2):
        assert alice.posts(alice.tasks, {"title": "large", "description": LARGE}).status_code == 507
    assert alice.asks("DELETE", f"{alice.tasks}/{made[0]['id']}").status_code == 204
    alice.adds("again", description=LARGE)


def test_the_form_explains_a_full_account_and_keeps_the_input(small):
    alice = small.newcomer()
    made = fills(alice)
    with Browser(small.url) as browser:
        browser.logs_in(alice)
        for path in ["/tasks", f"/tasks/{made[0]['id']}"]:
            text = "typed " + LARGE[6:] if path == "/tasks" else "typed " + LARGE[7:]
            answer = browser.submits(path, on="/dashboard", title="Ty" * 100, description=text)
            if answer.status_code == 303:
                # A change that takes no more room.
                assert path != "/tasks"
                continue
            assert answer.status_code == 507
            page = unescape(answer.text)
            assert FULL in page and text in page and "Ty" * 100 in page


def test_an_account_that_writes_300_mb_at_once_is_throttled_and_others_are_not(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    before = sum(file.stat().st_size for file in server.data.iterdir())
    total, writers = 300_000_000 // 40_000, 8
    begun = time.monotonic()

    def write(_) -> list:
        answers = []
        with Client(server.url) as client:
            client.headers["Authorization"] = f"Bearer {alice.token}"
            for _ in range(total // writers):
                answer = client.post("/api/tasks", json={"title": "large", "description": LARGE}, timeout=60)
                answers.append((answer.status_code, answer.headers.get("Retry-After"), answer.json().get("detail")))
        return answers

    with ThreadPoolExecutor(writers) as pool:
        flood = [pool.submit(write, number) for number in range(writers)]
        others = []
        while not all(done.done() for done in flood):
            started = time.monotonic()
            assert bob.posts(bob.tasks, {"title": "another's"}).status_code == 201
            others.append(time.monotonic() - started)
        answers = [answer for done in flood for answer in done.result()]
    seconds = time.monotonic() - begun
    taken = sum(status == 201 for status, *_ in answers)
    assert {status for status, *_ in answers} == {201, 429}
    for status, after, sentence in answers:
        if status == 429:
            assert int(after) >= 1 and sentence.startswith("You are saving changes faster than an account may. Try again in ")
    assert 16 << 20 < (taken + 1) * 40_005 and taken * 40_005 < (16 << 20) + (seconds + 1) * (1 << 20)
    grown = sum(file.stat().st_size for file in server.data.iterdir()) - before
    # Each page of the log once more, until it is moved into the database.
    assert grown < 3 * (taken * 40_005 + 4_000_000)
    others.sort()
    print(
        f"of {len(answers)} writes {taken} taken in {seconds:.0f} s, {grown >> 20} MiB on disk; {len(others)} of another, "
        f"p50 {others[len(others) // 2] * 1000:.0f} ms, p99 {others[len(others) * 99 // 100] * 1000:.0f} ms")
    # Small changes go through as soon as there is room for them.
    wait_until(lambda: alice.posts(alice.tasks, {"title": "small"}).status_code == 201, "the rate", 30)
    server.stop()


def png(side: int) -> str:
    """Noise, which no compression makes smaller, as a data URL."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + os.urandom(3 * side) for _ in range(side))
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(
        b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(content).decode()


def test_pictures_count_against_the_write_rate(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, ACCOUNT_WRITE_BURST_MIB=4, ACCOUNT_WRITE_KIB_PER_SECOND=64)
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    pictures = [png(280) for _ in range(3)]
    statuses = [alice.posts("/api/auth/update-user", {"image": pictures[n % 3]}).status_code for n in range(30)]
    # 7 MB, of which 4 MiB are accepted at once.
    assert statuses[:16] == [200] * 16 and statuses[-1] == 429
    # What a picture no longer fits into is less than a picture, and holds a few tasks at most.
    statuses = [alice.posts(alice.tasks, {"title": "large", "description": LARGE}).status_code for _ in range(12)]
    assert 429 in statuses
    assert bob.posts("/api/auth/update-user", {"image": pictures[0]}).status_code == 200
    server.stop()


def test_pictures_leave_the_reserve_alone(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, DISK_RESERVE_MIB=1_048_576)
    alice = server.newcomer()
    assert alice.posts(alice.tasks, {"title": "no room"}).status_code == 507
    assert alice.posts("/api/auth/update-user", {"image": png(40)}).status_code == 507
    assert alice.posts("/api/auth/update-user", {"name": "Alice"}).status_code == 200
    server.stop()
