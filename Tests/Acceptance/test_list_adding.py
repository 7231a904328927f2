"""New tasks on the page of the list: each is added once, and no input is lost."""

import re

from playwright.sync_api import expect

from list_page import chips, completed, new_task, row, tick, titles
from support import Held, pastes, wait_until


# Adding


def test_enter_on_a_slow_network_is_not_swallowed(page, alice):
    held = Held(page, "**/tasks")
    for title in ["milk", "bread"]:
        new_task(page).fill(title)
        new_task(page).press("Enter")
        expect(new_task(page)).to_have_value("")
        expect(new_task(page)).to_be_focused()
        expect(row(page, title)).to_have_class(re.compile(r"\bpending\b"))
    held.wait_for(1)
    held.free()
    expect(page.locator(".pending")).to_have_count(0)
    expect(titles(page)).to_have_text(["bread", "milk", "first", "second", "third"])
    assert sorted(alice.titles()[:2]) == ["bread", "milk"]


def test_a_double_press_of_enter_adds_one(page, alice):
    new_task(page).fill("once")
    page.evaluate("""() => { const form = document.querySelector('#add'); form.requestSubmit(); form.requestSubmit(); }""")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(page.locator("#title-error")).to_be_empty()
    assert alice.titles().count("once") == 1


def test_a_text_that_could_not_be_sent_comes_back(page, alice):
    page.route("**/tasks", lambda route: route.abort())
    new_task(page).fill("milk")
    new_task(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("did not get through")
    expect(new_task(page)).to_have_value("milk")
    expect(page.locator(".pending")).to_have_count(0)
    page.unroute("**/tasks")
    new_task(page).press("Enter")
    expect(row(page, "milk")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_text_that_could_not_be_sent_does_not_overwrite_the_next(passing_page, alice):
    page = passing_page
    held = Held(page, "**/tasks")
    new_task(page).fill("milk")
    new_task(page).press("Enter")
    held.wait_for(1)
    new_task(page).fill("bread")
    held.is_free = True
    held.routes[0].abort()
    expect(row(page, "milk")).to_contain_text("Not saved")
    expect(new_task(page)).to_have_value("bread")
    page.reload()
    # What did not get through is sent again.
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(new_task(page)).to_have_value("bread")
    assert alice.titles()[0] == "milk"


def test_a_refused_task_beside_another_text_says_why(page):
    held = Held(page, "**/tasks")
    new_task(page).fill("x" * 201)
    new_task(page).press("Enter")
    new_task(page).fill("bread")
    held.wait_for(1)
    held.free()
    expect(page.locator(".unsaved")).to_contain_text("The title may have at most 200 characters.")
    expect(new_task(page)).to_have_value("bread")


def test_a_task_whose_answer_was_lost_is_added_once(passing_page, alice):
    page = passing_page
    held = Held(page, "**/tasks")
    new_task(page).fill("milk")
    new_task(page).press("Enter")
    [route] = held.wait_for(1)
    new_task(page).fill("bread")
    route.fetch()
    held.is_free = True
    route.abort()
    expect(page.locator(".unsaved")).to_contain_text("Not saved")
    assert alice.titles().count("milk") == 1
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".unsaved")).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("Task added.")
    assert alice.titles().count("milk") == 1


def test_a_task_that_is_on_its_way_at_a_reload_is_added_once(page, alice):
    held = Held(page, "**/tasks")
    for title in ["milk", "bread"]:
        new_task(page).press_sequentially(title)
        new_task(page).press("Enter")
    [route] = held.wait_for(1)
    route.fetch()
    held.is_free = True
    page.reload()
    expect(row(page, "bread")).to_have_count(1)
    expect(page.locator(".pending, .unsaved")).to_have_count(0)
    expect(new_task(page)).to_have_value("")
    assert alice.titles() == ["bread", "milk", "first", "second", "third"]


def test_what_is_done_offline_waits_and_is_sent_once(passing_page, alice):
    page = passing_page
    new_task(page).focus()
    # The modules for adding come with the focus.
    wait_until(lambda: page.evaluate(
        "performance.getEntriesByType('resource').some(entry => entry.name.endsWith('/chips.js'))"), "the module")
    page.wait_for_timeout(200)
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("Offline.")
    for title in ["milk", "bread"]:
        new_task(page).fill(title)
        new_task(page).press("Enter")
        expect(row(page, title)).to_contain_text("Not saved")
    tick(page, "second").click()
    expect(page.locator("#offline")).to_contain_text("3 changes are waiting.")
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_have_count(0)
    expect(page.locator(".unsaved")).to_have_count(0)
    expect(row(page, "second")).to_have_count(0)
    # In the order in which it was done: the last new task is at the top.
    assert alice.titles()[:2] == ["bread", "milk"] and completed(alice) == ["second"]
    assert len(alice.titles()) == 5


def test_pasted_lines_can_become_tasks(page, alice):
    pastes(page, "milk\n\n  bread\neggs\n")
    expect(new_task(page)).to_have_value("milk bread eggs")
    page.get_by_role("button", name="Add 3 tasks").click()
    expect(new_task(page)).to_have_value("")
    expect(page.locator(".pending")).to_have_count(0)
    expect(titles(page)).to_have_text(["milk", "bread", "eggs", "first", "second", "third"])


def test_pasted_lines_become_one_task_unless_one_says_otherwise(page, alice):
    pastes(page, "milk\nbread")
    new_task(page).press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    assert alice.titles()[0] == "milk bread"


def test_what_a_paste_offers_goes_with_the_pasted_text(page):
    pastes(page, "milk\nbread\neggs")
    offer = page.get_by_role("button", name="Add 3 tasks")
    new_task(page).press("End")
    new_task(page).press_sequentially(" #home", delay=5)
    expect(chips(page).filter(has_text="#home")).to_have_count(1)
    expect(offer).to_be_visible()
    new_task(page).press("Control+a")
    new_task(page).press("Delete")
    new_task(page).press_sequentially("butter #shop", delay=5)
    expect(chips(page).filter(has_text="#shop")).to_have_count(1)
    expect(offer).to_have_count(0)


def test_enter_waits_for_what_was_pasted_before_it(page, alice):
    """Enter comes at the moment at which the module for adding is there, and looks at the field for the first time."""
    page.evaluate("""() => {
        const find = document.getElementById.bind(document);
        document.getElementById = id => {
            if (id === 'title' && new Error().stack.includes('/chips.js')) {
                document.getElementById = find;
                find('add').requestSubmit();
            }
            return find(id);
        };
        const field = find('title'), data = new DataTransfer();
        data.setData('text/plain', 'milk\\nbread');
        field.focus();
        field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }""")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(page.locator("#title-error")).to_be_empty()
    assert alice.titles()[0] == "milk bread"


# Chips


def test_what_was_recognized_shows_while_one_types(page, alice):
    new_task(page).press_sequentially("Pay rent 24 dec 2027 #home !high", delay=5)
    expect(chips(page)).to_have_text([re.compile(r"Fri,? 24 Dec"), re.compile("#home"), re.compile("High")])
    new_task(page).fill("")
    expect(chips(page)).to_have_count(0)


def test_a_chip_can_be_turned_back_into_text(page, alice):
    new_task(page).fill("Read Moby Dick #whale next friday")
    expect(chips(page)).to_have_count(2)
    chips(page).filter(has_text=re.compile("Fri")).click()
    expect(new_task(page)).to_have_value(r"Read Moby Dick #whale \next \friday")
    expect(chips(page)).to_have_count(1)
    expect(new_task(page)).to_be_focused()
    new_task(page).press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    task = alice.gets(alice.tasks).json()[0]
    assert (task["title"], task["due"], task["tags"]) == ("Read Moby Dick next friday", None, ["whale"])


def test_a_suggestion_adds_and_takes_nothing_away(page):
    new_task(page).fill("Prepare Friday demo")
    page.get_by_role("button", name=re.compile(r"^Fri.*\?$")).click()
    expect(new_task(page)).to_have_value(re.compile(r"^Prepare Friday demo due:\d{4}-\d\d-\d\d$"))
    expect(page.locator("#chips .on")).to_have_count(1)
