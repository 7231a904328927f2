"""The contents of a task, its changes, and how a long list is paged through."""

import random
import re
import sys
import unicodedata
from datetime import datetime, timedelta, timezone

import pytest

from wire import sentence

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MISSING_ID = "01890000-0000-7000-8000-000000000000"


def is_recent(time: str) -> bool:
    assert TIME.fullmatch(time), time
    return abs(datetime.fromisoformat(time.replace("Z", "+00:00")) - datetime.now(timezone.utc)) < timedelta(minutes=1)


@pytest.fixture(params=["/api/users/{id}/tasks", "/api/{id}/tasks", "/api/tasks"])
def path(request):
    return lambda person: request.param.format(id=person.id)


# The contents of a task


def test_a_title_is_trimmed(alice):
    assert alice.adds(" \t Water the plants\n ")["title"] == "Water the plants"
    assert alice.adds("\u00a0\u2003wide\u3000")["title"] == "wide"


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "\u00a0"])
def test_an_empty_title_is_refused(alice, title):
    answer = alice.posts(alice.tasks, {"title": title})
    assert (answer.status_code, sentence(answer)) == (422, "Enter a title.")
    assert answer.json()["errors"] == [{"loc": ["body", "title"], "msg": "Enter a title.", "type": "too_short"}]


def invisible_titles() -> list[str]:
    """Titles of characters that show nothing, one for each forty of them, alone and several together."""
    draw = random.Random(5)
    shown = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"}
    found = [chr(value) for value in range(1, sys.maxunicode) if unicodedata.category(chr(value)) in shown]
    found += list("\u2800\u3164\uffa0\u115f\u1160")
    alone = draw.sample(found, len(found) // 40) + list("\u200b\u3164\u2800\u00ad\u2060\u034f\ufe0f\U000e0041")
    return alone + ["".join(draw.choices(found, k=7)) for _ in range(40)]


def test_a_title_of_invisible_characters_counts_as_empty(server, alice, browser):
    task = alice.adds("Visible")
    path = f"{alice.tasks}/{task['id']}"
    browser.logs_in(alice)
    for number, title in enumerate(invisible_titles()):
        ways = [
            lambda: alice.posts(alice.tasks, {"title": title}), lambda: alice.asks("PUT", path, json={"title": title}),
            lambda: alice.asks("PATCH", path, json={"title": title}),
            lambda: browser.submits("/tasks", on="/dashboard", title=title),
            lambda: browser.submits(f"/tasks/{task['id']}", on="/dashboard", title=title),
        ]
        answer = ways[number % len(ways)]()
        assert answer.status_code == 422 and "Enter a title." in answer.text, ascii(title)
    assert [task["title"] for task in alice.gets(alice.tasks).json()] == ["Visible"]


@pytest.mark.parametrize("title", ["\u200bx", "👩\u200d🚀", "\u200fשלום", "e\u0301", "\ue000", "하", "\U0010ffff"])
def test_one_character_that_can_be_seen_is_enough(alice, title):
    assert alice.adds(title)["title"] == title


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_a_title_has_at_most_200_characters_whatever_their_bytes(alice, letter):
    assert alice.adds(letter * 200)["title"] == letter * 200
    assert alice.adds("  " + letter * 200 + "  ")["title"] == letter * 200

    answer = alice.posts(alice.tasks, {"title": letter * 201})
    assert (answer.status_code, sentence(answer)) == (422, "The title may have at most 200 characters.")


def test_a_description_has_at_most_10000_characters_and_is_kept_as_typed(alice):
    text = "  two lines\n\tand a tab  " + "é" * 9976
    assert len(text) == 10000
    assert alice.adds("Long", description=text)["description"] == text

    answer = alice.posts(alice.tasks, {"title": "Longer", "description": text + "."})
    assert (answer.status_code, sentence(answer)) == (422, "The description may have at most 10,000 characters.")


@pytest.mark.parametrize("text", [
    "👩‍👩‍👧‍👦 family", "שלום ← right to left", "\uffff end", "quotes \" ' ` \\ / </script>", "{{ 7*7 }} {% if %}",
    "e\u0301 stays apart from \u00e9", "Robert'); DROP TABLE tasks;--", "100 % _sure_", "a\u2028b\u0085c", "\U0010ffff",
])
def test_text_comes_back_exactly_as_it_was_sent(alice, text):
    task = alice.adds(text, description=text)
    assert (task["title"], task["description"]) == (text, text)
    assert alice.gets(f"{alice.tasks}/{task['id']}").json() == task


def test_put_replaces_and_patch_leaves_what_it_does_not_name(alice):
    task = alice.adds("Both", description="text", completed=True)
    one = f"{alice.tasks}/{task['id']}"

    patched = alice.asks("PATCH", one, json={"title": "New"}).json()
    assert (patched["title"], patched["description"], patched["completed"]) == ("New", "text", True)
    assert alice.asks("PATCH", one, json={"description": None}).json()["description"] is None
    assert alice.asks("PATCH", one, json={"description": "again"}).json()["description"] == "again"

    replaced = alice.asks("PUT", one, json={"title": "Only a title"}).json()
    assert (replaced["description"], replaced["completed"], replaced["completed_at"]) == (None, False, None)
    assert replaced["created_at"] == task["created_at"] and replaced["updated_at"] >= task["updated_at"]


def test_an_empty_patch_changes_nothing(alice):
    task = alice.adds("Same")
    assert alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={}).json() == task


def test_completed_at_is_when_it_was_completed_first_and_goes_when_reopened(alice):
    task = alice.adds("Once")
    one = f"{alice.tasks}/{task['id']}"
    done = alice.asks("PATCH", one, json={"completed": True}).json()
    assert is_recent(done["completed_at"]) and done["completed_at"] == done["updated_at"]

    still = alice.asks("PATCH", one, json={"completed": True, "title": "Twice"}).json()
    assert still["completed_at"] == done["completed_at"]
    assert alice.asks("PATCH", one, json={"completed": False}).json()["completed_at"] is None
    assert alice.adds("Born done", completed=True)["completed_at"] is not None


def test_a_restored_task_is_as_it_was_before(alice):
    task = alice.adds("Dear", description="me", completed=True)
    one = f"{alice.tasks}/{task['id']}"
    assert alice.asks("DELETE", one).status_code == 204
    assert alice.posts(one + "/restore").json() == task
    assert alice.posts(f"{alice.tasks}/{MISSING_ID}/restore").status_code == 404


# Lists


def test_a_list_can_be_filtered_by_completed(alice):
    open_task, done = alice.adds("Open"), alice.adds("Done", completed=True)
    assert alice.gets(alice.tasks).json() == [done, open_task]
    # As Python's str(), JavaScript's String() and checkboxes write a boolean.
    for word in ["true", "True", "1", "on", "yes", "t", "Y", "TRUE"]:
        assert alice.gets(alice.tasks + f"?completed={word}").json() == [done], word
    for word in ["false", "False", "0", "off", "no", "f", "N"]:
        assert alice.gets(alice.tasks + f"?completed={word}").json() == [open_task], word
    for value in ["true", 1, "yes"]:
        assert alice.posts(alice.tasks, {"title": "x", "completed": value}).status_code == 422


@pytest.mark.parametrize("query, words", [
    ("completed=maybe", "Parameter 'completed' must be true or false."),
    ("completed=", "Parameter 'completed' must be true or false."),
    ("limit=0", "Parameter 'limit' must be a number from 1 to 100."),
    ("limit=101", "Parameter 'limit' must be a number from 1 to 100."),
    ("limit=%2B5", "Parameter 'limit' must be a number from 1 to 100."),
    ("limit=-1", "Parameter 'limit' must be a number from 1 to 100."),
    ("limit=", "Parameter 'limit' must be a number from 1 to 100."),
    ("limit=99999999999999999999", "Parameter 'limit' must be a number from 1 to 100."),
    ("cursor=nonsense", "Parameter 'cursor' must come from a Link header of this list."),
    ("cursor=5_0199d5a4-6f3e-7c41-9d0b-5a2f8e61c7d3", "Parameter 'cursor' must come from a Link header of this list."),
    ("sort=title", "Parameter 'sort' must be -created_at, created_at, position, due or priority."),
])
def test_a_mistyped_parameter_is_refused(alice, query, words):
    answer = alice.gets(f"{alice.tasks}?{query}")
    assert (answer.status_code, sentence(answer)) == (422, words)
    assert answer.json()["errors"][0]["loc"] == ["query", query.split("=")[0]]


@pytest.fixture(scope="module")
def collector(server):
    """A user with 120 tasks, every third of them done."""
    person = server.newcomer("collector")
    for number in range(120):
        person.adds(f"Task {number}", completed=number % 3 == 0)
    return person


def pages(person, first):
    """The pages of a list, by following `Link` from the first."""
    url = first
    while url:
        answer = person.gets(url)
        assert answer.status_code == 200
        yield [task["title"] for task in answer.json()]
        link = answer.links.get("next")
        url = link and link["url"]
        assert url is None or url.startswith(first.split("?")[0] + "?"), url


def test_120_tasks_are_paged_through_newest_first_in_fifties(path, collector):
    found = list(pages(collector, path(collector)))
    assert [len(page) for page in found] == [50, 50, 20]
    assert sum(found, []) == [f"Task {number}" for number in reversed(range(120))]


def test_pages_can_have_another_size(collector):
    found = list(pages(collector, collector.tasks + "?limit=60"))
    assert [len(page) for page in found] == [60, 60]


def test_a_filtered_list_stays_filtered_from_page_to_page(collector):
    found = list(pages(collector, collector.tasks + "?completed=true&limit=15"))
    assert [len(page) for page in found] == [15, 15, 10]
    assert sum(found, []) == [f"Task {number}" for number in reversed(range(0, 120, 3))]


def test_a_list_can_begin_with_the_oldest(collector):
    found = list(pages(collector, collector.tasks + "?sort=created_at"))
    assert [len(page) for page in found] == [50, 50, 20]
    assert sum(found, []) == [f"Task {number}" for number in range(120)]
    found = sum(pages(collector, collector.tasks + "?sort=created_at&completed=true&limit=15"), [])
    assert found == [f"Task {number}" for number in range(0, 120, 3)]


def test_a_page_of_long_tasks_ends_early_and_the_next_goes_on_from_there(server):
    alice = server.newcomer("alice")
    # 40 KB each in UTF-8, 60 KB as JSON escapes them.
    texts = ["\U0001F98A" * 10_000, "\x01" * 10_000, "short"]
    for number in range(60):
        alice.adds(f"Task {number}", description=texts[number % 3])
    found, sizes, url = [], [], "/api/tasks?limit=100"
    while url:
        answer = alice.gets(url)
        found += [task["title"] for task in answer.json()]
        sizes.append(len(answer.content))
        url = (answer.links.get("next") or {}).get("url")
    assert found == [f"Task {number}" for number in reversed(range(60))]
    # Each page ends with the task that brings it to a MiB.
    assert len(sizes) == 2 and 2**20 <= sizes[0] < 2**20 + 2**17


def test_a_page_for_people_of_long_tasks_ends_early_as_well(server, browser):
    bob = server.newcomer("bob")
    for number in range(25):
        due = [None, {"date": "2020-01-01"}, {"date": "2999-12-31"}][number % 3]
        bob.adds(f"Task {number}", description="\U0001F98A" * 10_000, due=due)
    browser.logs_in(bob)
    page = browser.get("/dashboard").text
    assert len(page.encode()) < 2**20
    # Each of its sections leads to all that is in it.
    places = re.findall(r'<p class="more"><a href="([^"]+)" data-live>(All \d: \w+)</a>', page)
    assert places == [(f"/dashboard?view={name.lower()}", f"All {count}: {name}")
                      for name, count in [("Today", 8), ("Upcoming", 8), ("Anytime", 9)]]
    found, url = [], "/dashboard?view=all"
    while url:
        page = browser.get(url).text
        assert len(page.encode()) < 2**20
        found += re.findall(r"Task \d+", re.sub(r"<[^>]*>", " ", page))
        url = re.search(r'href="([^"]+)" data-live rel="next"', page)
        url = url and url.group(1).replace("&amp;", "&")
    assert sorted(set(found)) == sorted(f"Task {number}" for number in range(25))


def test_a_new_task_between_two_pages_moves_nothing(alice):
    for number in range(4):
        alice.adds(f"Task {number}")
    walk = pages(alice, alice.tasks + "?limit=2")
    assert next(walk) == ["Task 3", "Task 2"]
    alice.adds("Newer")
    assert next(walk) == ["Task 1", "Task 0"]
