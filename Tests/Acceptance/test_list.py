"""The list in a real Chromium, with JavaScript: nothing waits for the network, and no input is lost."""

import re

import pytest
from playwright.sync_api import expect

from support import Held, log_in, opens_list, pastes, signs_in_over, signs_out, wait_until, wait_until_page

@pytest.fixture
def page(open_page, alice):
    return opens_list(open_page, alice, "third", "second", "first")


@pytest.fixture
def passing_page(open_page, alice):
    """On another person's device, where nothing is kept."""
    return opens_list(open_page, alice, "third", "second", "first", stays=False)


def new_task(page):
    return page.locator("#title")


def row(page, title):
    # The editor names other tasks too.
    return page.locator(".row:not(.editing)", has_text=title)


def tick(page, title):
    return row(page, title).locator("button.tick")


def titles(page):
    return page.locator(".task-title")


def completed(alice):
    return sorted(task["title"] for task in alice.gets(alice.tasks).json() if task["completed"])


def posts(page):
    """The addresses of what is sent from now on."""
    sent = []
    page.on("request", lambda request: request.method == "POST" and "/api/" not in request.url
            and sent.append(re.sub(r"^https?://[^/]+", "", request.url)))
    return sent


# Ticks


def test_a_tick_shows_within_a_frame_on_a_slow_network_and_counts_once(page, alice):
    held = Held(page, "**/complete")
    shown = page.evaluate("""() => new Promise(resolve => {
        const row = [...document.querySelectorAll('.row')].find(row => row.textContent.includes('first'));
        row.querySelector('.tick').click();
        requestAnimationFrame(() => resolve(row.classList.contains('done')));
    })""")
    assert shown
    page.wait_for_timeout(500)
    expect(row(page, "first")).to_have_class(re.compile(r"\bdone\b"))
    assert len(held.routes) == 1 and completed(alice) == []
    held.free()
    expect(page.locator("#notice")).to_contain_text("completed.")
    expect(page.locator("#views [aria-current] span")).to_have_text("2")
    expect(page.locator("#summary")).to_have_attribute("dir", "auto")
    expect(row(page, "first")).to_have_count(0)
    assert completed(alice) == ["first"]


def test_quick_ticks_are_sent_at_once_and_tick_exactly_those(page, alice):
    alice.adds("stays open")
    page.reload()
    held = Held(page, "**/complete")
    for title in ["first", "second", "third"]:
        tick(page, title).click()
    routes = held.wait_for(3)
    for title in ["first", "second", "third"]:
        expect(row(page, title)).to_have_class(re.compile(r"\bdone\b"))
    # The answers come in the opposite order.
    held.is_free = True
    for route in reversed(routes):
        with page.expect_response("**/complete"):
            route.continue_()
    expect(titles(page)).to_have_text(["stays open"])
    expect(page.locator("#views [aria-current] span")).to_have_text("1")
    assert completed(alice) == ["first", "second", "third"]


def test_an_answer_that_comes_late_leaves_no_old_state(page, alice):
    held = Held(page, "**/tasks/*")
    page.goto("/dashboard?view=all")
    routes = []
    page.route("**/complete", lambda route: routes.append((route, route.fetch())))
    tick(page, "first").click()
    wait_until_page(page, lambda: len(routes) == 1, "the first answer")
    tick(page, "second").click()
    wait_until_page(page, lambda: len(routes) == 2, "the second answer")
    for route, answer in reversed(routes):
        route.fulfill(response=answer)
    expect(page.locator("#views span")).to_have_text("1")
    for title in ["first", "second"]:
        expect(row(page, title)).to_have_class(re.compile(r"\bdone\b"))
    held.free()


def test_a_double_click_ticks_once(page, alice):
    sent = posts(page)
    tick(page, "first").dblclick()
    expect(page.locator("#notice")).to_contain_text("completed.")
    assert len(sent) == 1
    assert completed(alice) == ["first"]


def test_a_tick_that_is_reverted_while_it_is_on_its_way_ends_up_open(page, alice):
    held = Held(page, "**/complete")
    tick(page, "first").click()
    held.wait_for(1)
    page.wait_for_timeout(450)  # Longer than a double click.
    tick(page, "first").click()
    expect(row(page, "first")).not_to_have_class(re.compile(r"\bdone\b"))
    with page.expect_response("**/reopen"):
        held.free()
    expect(page.locator("#notice")).to_contain_text("reopened.")
    expect(row(page, "first")).not_to_have_class(re.compile(r"\bdone\b"))
    assert completed(alice) == []


@pytest.mark.parametrize("status", [None, 429, 500, 502, 503])
def test_a_failed_tick_is_reverted_and_can_be_tried_again(passing_page, alice, status):
    page = passing_page
    new_task(page).fill("half writ")
    html = "<!DOCTYPE html><title>Away</title><h1>Bad gateway</h1>"
    page.route(
        "**/complete",
        lambda route: route.fulfill(status=status, content_type="text/html", body=html) if status else route.abort())
    tick(page, "first").click()
    expect(row(page, "first")).to_contain_text("Not saved")
    expect(row(page, "first")).to_have_class(re.compile(r"\bunsaved\b"))
    expect(row(page, "first")).not_to_have_class(re.compile(r"\bdone\b"))
    expect(new_task(page)).to_have_value("half writ")
    expect(titles(page)).to_have_count(3)

    page.unroute("**/complete")
    row(page, "first").get_by_role("button", name="Retry").click()
    expect(row(page, "first")).to_have_class(re.compile(r"\bdone\b"))
    expect(page.locator("#notice")).to_contain_text("completed.")
    expect(page.locator(".unsaved")).to_have_count(0)
    assert completed(alice) == ["first"]


def test_a_deletion_that_failed_can_be_tried_again_at_once(passing_page, alice):
    page = passing_page
    page.route("**/delete", lambda route: route.abort(), times=1)
    row(page, "third").hover()
    page.evaluate("""async () => {
        const row = [...document.querySelectorAll('.row')].find(row => row.textContent.includes('third'));
        row.querySelector('[formaction$="/delete"]').click();
        while (!row.matches('.unsaved')) await new Promise(requestAnimationFrame);
        row.querySelector('[role=alert] button').click();
    }""")
    expect(titles(page)).to_have_text(["first", "second"])
    assert alice.titles() == ["first", "second"]


def test_what_failed_can_be_tried_again_on_a_page_that_was_made_since(passing_page, alice):
    page = passing_page
    page.route("**/delete", lambda route: route.abort())
    page.route("**/tasks/*", lambda route: route.abort())
    row(page, "third").hover()
    row(page, "third").get_by_role("button", name="Delete").click()
    titles(page).first.click()
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-title").press("Enter")
    expect(page.locator(".unsaved")).to_have_count(2)
    new_task(page).press("Enter")  # An empty title, whose refusal is a whole page.
    expect(page.locator("#title-error")).to_have_text("Enter a title.")
    page.unroute("**/delete")
    page.unroute("**/tasks/*")
    for left in [1, 0]:
        page.get_by_role("button", name="Retry").last.click()
        expect(page.locator(".unsaved")).to_have_count(left)
    expect(titles(page)).to_have_text(["first, but better", "second"])
    expect(page.get_by_role("alert")).to_have_count(0)
    assert alice.titles() == ["first, but better", "second"]


def test_a_click_right_after_rows_have_moved_under_the_pointer_does_nothing(page, alice):
    def rests_on(title):
        tick(page, title).hover()
        page.wait_for_timeout(1600)  # Longer than rows keep their places under a pointer.
        return tick(page, title).bounding_box()

    def clicks_once(condition, box):
        """In the frame after the condition has become true, faster than a test could."""
        page.evaluate("""([condition, { x, y, width, height }]) => new MutationObserver((_, observer) => {
            if (!document.querySelector(condition)) return;
            observer.disconnect();
            requestAnimationFrame(() => document.elementFromPoint(x + width / 2, y + height / 2)
                .dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 })));
        }).observe(document.querySelector('main'), { childList: true, subtree: true })""", [condition, box])

    clicks_once(".row:nth-child(4)", rests_on("second"))
    new_task(page).focus()
    page.keyboard.type("fourth")
    page.keyboard.press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(page.locator(".pending")).to_have_count(0)

    titles(page).filter(has_text="third").press("Enter")
    expect(page.locator("#edit-title")).to_be_focused()
    clicks_once("main:not(:has(.editor))", rests_on("second"))
    page.locator("#edit-when").fill("2031-05-05")
    page.locator("#edit-title").press("Enter")
    expect(page.locator("#notice")).to_contain_text("Changes saved.")
    page.wait_for_timeout(500)
    assert completed(alice) == []


def test_rows_stay_where_they_are_while_the_pointer_is_on_them(page):
    place = row(page, "second").bounding_box()
    tick(page, "first").click()
    expect(page.locator("#notice")).to_contain_text("completed.")
    expect(row(page, "first")).to_have_class(re.compile(r"\bdone\b"))
    assert row(page, "second").bounding_box() == place
    page.mouse.move(5, 5)
    expect(row(page, "first")).to_have_count(0, timeout=1200)


def test_a_ticked_row_leaves_after_a_while_and_the_focus_goes_on(page):
    tick(page, "first").focus()
    page.keyboard.press("Space")
    expect(tick(page, "first")).to_be_focused()
    expect(row(page, "first")).to_have_count(0)
    expect(tick(page, "second")).to_be_focused()


def test_the_last_task_of_a_section_takes_the_section_along(page, alice):
    for title in ["first", "second", "third"]:
        tick(page, title).click()
    expect(page.locator("#section-anytime")).to_be_hidden()
    expect(page.locator("#empty")).to_be_visible()
    new_task(page).fill("next")
    new_task(page).press("Enter")
    expect(page.locator("#section-anytime")).to_be_visible()
    expect(page.locator("#empty")).to_be_hidden()


# Deleting


def test_the_first_list_that_is_done_is_not_said_to_be_new(open_page, alice):
    page = opens_list(open_page, alice)
    expect(page.locator("#empty")).to_contain_text("What’s first?")
    new_task(page).fill("only")
    new_task(page).press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(page.locator("#empty")).to_be_hidden()
    tick(page, "only").click()
    page.mouse.move(0, 0)
    expect(titles(page)).to_have_count(0)
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#empty")).to_contain_text("All done")


def test_an_example_of_an_empty_list_is_written_into_the_field(open_page, alice):
    page = opens_list(open_page, alice)
    examples = page.locator("#examples")
    examples.get_by_role("button", name="Pay rent every 1st #home").click()
    expect(new_task(page)).to_have_value("Pay rent every 1st #home")
    expect(new_task(page)).to_be_focused()
    expect(page.locator("#chips").get_by_role("button")).to_have_text(["Every 1st ×", "#home ×"])
    assert alice.titles() == []

    # What one typed oneself is not lost.
    new_task(page).fill("my own")
    examples.get_by_role("button", name="Call the dentist").click()
    expect(new_task(page)).to_have_value("Call the dentist tomorrow at 10:00")
    page.keyboard.press("ControlOrMeta+Z")
    expect(new_task(page)).to_have_value("my own")

    # Nor the focus, when the list looks for what is new.
    button = examples.get_by_role("button", name="Book the train")
    button.focus()
    with page.expect_response(re.compile("/dashboard$")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(300)
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#chips").get_by_role("button", name=re.compile("^#travel"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(titles(page)).to_have_text(["Book the train to Lyon"])
    expect(examples).to_have_count(0)


def test_the_examples_of_an_empty_list_come_back_with_it(open_page, alice):
    page = opens_list(open_page, alice)
    page.goto("/dashboard?view=trash")
    expect(page.locator("#empty")).to_contain_text("The trash is empty")
    expect(page.locator("#examples")).to_have_count(0)
    page.get_by_role("link", name="Open").click()
    page.locator("#examples").get_by_role("button").last.click()
    expect(new_task(page)).to_have_value("Book the train to Lyon friday #travel")


def test_without_a_script_the_examples_of_an_empty_list_are_there_to_read(open_page, alice):
    page = open_page(java_script_enabled=False)
    log_in(page, alice)
    expect(page.locator("#examples").get_by_role("listitem")).to_have_count(3)
    expect(page.locator("#examples").get_by_role("button")).to_have_count(0)


def test_an_empty_list_follows_what_is_done_elsewhere(open_page, alice):
    page = opens_list(open_page, alice)
    expect(page.locator("#empty")).to_contain_text("What’s first?")
    task = alice.adds("from afar")
    expect(titles(page)).to_have_text(["from afar"])
    answer = alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={"completed": True})
    assert answer.status_code == 200, answer.text
    expect(titles(page)).to_have_count(0)
    expect(page.locator("#empty")).to_contain_text("All done")


def test_a_double_click_on_delete_deletes_one(page, alice):
    row(page, "first").hover()
    row(page, "first").get_by_role("button", name="Delete").dblclick()
    expect(page.locator("#notice")).to_contain_text("Task deleted.")
    expect(row(page, "first")).to_have_count(0)
    assert alice.titles() == ["second", "third"]


def test_undo_is_in_view_and_undoes(page, alice):
    for number in range(20):
        alice.adds(f"more {number}")
    page.reload()
    page.locator(".row").last.scroll_into_view_if_needed()
    page.locator(".row").last.hover()
    page.locator(".row").last.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#notice")).to_contain_text("Undone")
    expect(titles(page)).to_have_count(23)


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


def chips(page):
    return page.locator("#chips > *")


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


# The toast


def test_a_toast_goes_after_eight_seconds_unless_it_is_in_use(page):
    page.clock.install()
    tick(page, "first").click()
    toast = page.locator("#notice")
    expect(toast).to_be_visible()
    toast.hover()
    page.clock.run_for(9_000)
    expect(toast).to_be_visible()
    page.mouse.move(5, 5)
    page.clock.run_for(9_000)
    expect(toast).to_have_count(0)


@pytest.mark.parametrize("key", ["z", "Control+z"])
def test_a_key_undoes_the_last_change_even_when_its_toast_is_gone(page, alice, key):
    page.clock.install()
    tick(page, "first").click()
    expect(page.locator("#notice")).to_be_visible()
    page.mouse.move(5, 5)
    page.clock.run_for(9_000)
    expect(page.locator("#notice")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(key)
    expect(page.locator("#notice")).to_contain_text("Undone")
    assert completed(alice) == []


def deletes(page, title):
    row(page, title).hover()
    row(page, title).get_by_role("button", name="Delete").click()


def says(page, text):
    expect(page.locator("#notice p")).to_have_text(text)


def button(page, name):
    return page.locator("#notice").get_by_role("button", name=name, exact=True)


def test_tasks_completed_one_after_the_other_are_undone_together(page, alice):
    sent = posts(page)
    for title in ["first", "second"]:
        tick(page, title).click()
        says(page, f"“{title}” completed." if title == "first" else "2 completed")
    tick(page, "third").click()
    says(page, "3 completed")
    button(page, "Undo all").click()
    says(page, "Undone: 3 completed")
    assert [url.rpartition("/")[2] for url in sent] == 3 * ["complete"] + 3 * ["undo"]
    expect(titles(page)).to_have_text(["first", "second", "third"])
    assert completed(alice) == []
    # Not the other half of a double click.
    page.wait_for_timeout(500)
    button(page, "Redo all").click()
    says(page, "3 completed")
    expect(button(page, "Undo all")).to_be_visible()
    wait_until(lambda: completed(alice) == ["first", "second", "third"], "all of them done again")


def test_undo_all_undoes_what_it_says_however_many_there_are(page):
    """As many toasts as a patient person makes, without their requests."""
    tick(page, "first").click()
    says(page, "“first” completed.")
    page.evaluate("""async () => {
        const module = name => import(new URL(name, document.querySelector('script[src$="app.js"]').src));
        const [{ showToast }, undo] = [await module('say.js'), await module('undo.js')];
        const model = document.querySelector('#notice').cloneNode(true);
        for (let count = 0; count < 55; count += 1) {
            const toast = model.cloneNode(true);
            showToast(toast);
            await new Promise(resolve => setTimeout(resolve, 10));
        }
    }""")
    says(page, "50 completed")
    sent = posts(page)
    button(page, "Undo all").click()
    # All have the same token here, and the first request undoes and the second redoes it.
    wait_until_page(page, lambda: len(sent) >= 2, "more than one request")


def test_deleted_tasks_come_back_together(page, alice):
    for title, said in [("first", "Task deleted."), ("third", "2 deleted")]:
        deletes(page, title)
        says(page, said)
        page.mouse.move(5, 5)
        expect(row(page, title)).to_have_count(0)
        # The next one is not the other half of a double click.
        page.wait_for_timeout(500)
    button(page, "Undo all").click()
    says(page, "Undone: 2 deleted")
    expect(titles(page)).to_have_text(["first", "second", "third"])
    assert alice.titles() == ["first", "second", "third"]


def test_a_toast_counts_changes_of_one_kind_only(page, alice):
    tick(page, "first").click()
    says(page, "“first” completed.")
    deletes(page, "second")
    says(page, "Task deleted.")
    button(page, "Undo").click()
    says(page, "Undone: “second” deleted.")
    assert completed(alice) == ["first"] and sorted(alice.titles()) == ["first", "second", "third"]


def test_undo_goes_back_step_by_step_and_redo_forward(page, alice):
    tick(page, "first").click()
    says(page, "“first” completed.")
    deletes(page, "second")
    says(page, "Task deleted.")
    titles(page).filter(has_text="third").click()
    page.locator("#edit-title").fill("third, but better")
    page.locator("#edit-title").press("Enter")
    says(page, "Changes saved.")
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement.blur()")
    states = [("Undone: Changes saved.", ["third"]), ("Undone: “second” deleted.", ["second", "third"]),
              ("Undone: “first” completed.", ["first", "second", "third"])]
    for said, shown in states:
        page.keyboard.press("z")
        says(page, said)
        expect(titles(page)).to_have_text(shown)
    # That is all.
    expect(page.locator("#undo")).to_have_count(0)
    page.keyboard.press("z")
    says(page, "Undone: “first” completed.")
    assert alice.titles() == ["first", "second", "third"] and completed(alice) == []
    for key, said, shown in [
        ("Shift+Z", "“first” completed.", ["second", "third"]), ("Control+Shift+Z", "“second” deleted.", ["third"]),
        ("Shift+Z", "Changes saved.", ["third, but better"]),
    ]:
        page.keyboard.press(key)
        says(page, said)
        expect(titles(page)).to_have_text(shown)
    expect(page.locator("#redo")).to_have_count(0)
    assert alice.titles() == ["first", "third, but better"] and completed(alice) == ["first"]


def test_keys_that_are_pressed_at_once_undo_one_change_each(page, alice):
    held = Held(page, "**/complete")
    tick(page, "first").click()
    tick(page, "second").click()
    held.wait_for(2)
    for key in ["z", "z"]:
        page.keyboard.press(key)
    held.free()
    expect(button(page, "Redo")).to_be_visible()
    expect(button(page, "Undo")).to_have_count(0)
    expect(titles(page)).to_have_text(["first", "second", "third"])
    assert completed(alice) == []


def test_the_buttons_go_back_and_forward_too(page, alice):
    for title in ["first", "second"]:
        tick(page, title).click()
        expect(page.locator("#notice")).to_contain_text("completed")
    page.keyboard.press("z")
    says(page, "Undone: “second” completed.")
    button(page, "Undo").focus()
    page.keyboard.press("Enter")
    says(page, "Undone: “first” completed.")
    # Where the focus was is gone.
    expect(button(page, "Redo")).to_be_focused()
    page.wait_for_timeout(500)
    page.keyboard.press("Enter")
    says(page, "“first” completed.")
    expect(button(page, "Redo")).to_be_focused()
    wait_until(lambda: completed(alice) == ["first"], "the first one done again")


def test_nothing_is_redone_after_another_change(page, alice):
    tick(page, "first").click()
    says(page, "“first” completed.")
    page.keyboard.press("z")
    expect(button(page, "Redo")).to_be_visible()
    tick(page, "second").click()
    says(page, "“second” completed.")
    page.keyboard.press("Shift+Z")
    page.keyboard.press("z")
    says(page, "Undone: “second” completed.")
    assert completed(alice) == []


def test_what_could_not_be_undone_is_named_and_tried_again(page, alice):
    for title in ["first", "second", "third"]:
        tick(page, title).click()
        expect(page.locator("#notice")).to_contain_text("completed")
    says(page, "3 completed")
    asked = []
    page.route("**/undo", lambda route: route.abort() if asked else (asked.append(True), route.continue_()))
    button(page, "Undo all").click()
    says(page, "Not undone: “second”, “first”")
    expect(page.get_by_role("alert")).to_contain_text("did not get through")
    assert completed(alice) == ["first", "second"]
    page.unroute("**/undo")
    page.wait_for_timeout(500)
    button(page, "Undo all").click()
    says(page, "Undone: 2 completed")
    expect(titles(page)).to_have_text(["first", "second", "third"])
    assert completed(alice) == []


def test_a_tab_undoes_its_own_changes_until_it_signs_out(page, alice):
    other = page.context.new_page()
    other.goto("/dashboard")
    tick(other, "second").click()
    says(other, "“second” completed.")
    page.bring_to_front()
    tick(page, "first").click()
    says(page, "“first” completed.")
    for _ in range(2):
        page.keyboard.press("z")
    says(page, "Undone: “first” completed.")
    assert completed(alice) == ["second"]
    tick(page, "third").click()
    says(page, "“third” completed.")
    signs_out(page)
    page.wait_for_url("**/login*")
    log_in(page, alice)
    sent = posts(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("z")
    page.keyboard.press("g")
    page.keyboard.press("d")
    expect(page.locator("#views [aria-current]")).to_contain_text("Done")
    assert sent == [] and completed(alice) == ["second", "third"]


# Addresses


def saves_and_goes_elsewhere(page) -> Held:
    """The answer waits."""
    titles(page).first.click()
    page.locator("#edit-title").fill("first, but better")
    held = Held(page, "**/tasks/*")
    page.locator("#edit-title").press("Enter")
    held.wait_for(1)
    page.locator("#views").get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    return held


def test_an_answer_that_comes_late_leaves_the_address_to_where_the_reader_has_gone(page, alice):
    held = saves_and_goes_elsewhere(page)
    held.free()
    expect(page.locator("#notice")).to_contain_text("Changes saved.")
    assert page.url.endswith("/dashboard?view=done")
    assert alice.titles()[0] == "first, but better"


def test_an_answer_without_a_notice_that_comes_late_is_no_failure(page, alice):
    tick(page, "first").hover()
    row(page, "first").get_by_role("button", name="Delete").click()
    expect(page.locator("#notice")).to_contain_text("Task deleted.")
    page.goto("/dashboard?view=trash")
    held = Held(page, "**/delete-for-good")
    row(page, "first").locator("summary").click()
    row(page, "first").get_by_role("button", name="Delete for good").click()
    held.wait_for(1)
    page.locator("#views").get_by_role("link", name="Open").click()
    expect(new_task(page)).to_be_visible()
    with page.expect_response("**/dashboard"):
        held.free()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_refusal_that_comes_late_is_said_where_the_reader_has_gone(page, alice):
    held = saves_and_goes_elsewhere(page)
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "first"]
    assert alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={"title": "theirs"}).status_code == 200
    held.free()
    expect(page.get_by_role("alert")).to_contain_text("This task was changed elsewhere")


# Drafts


def test_what_is_typed_comes_back_after_a_reload_and_not_once_it_is_sent(page):
    new_task(page).fill("half writ")
    page.reload()
    expect(new_task(page)).to_have_value("half writ")
    new_task(page).press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    page.reload()
    expect(row(page, "half writ")).to_be_visible()
    expect(new_task(page)).to_have_value("")


def test_an_open_editor_comes_back_after_a_reload_and_not_once_it_is_cancelled(page):
    titles(page).first.click()
    page.locator("#edit-title").fill("first, but better")
    page.reload()
    expect(page.locator("#edit-title")).to_have_value("first, but better")
    page.get_by_role("link", name="Cancel").click()
    titles(page).first.click()
    expect(page.locator("#edit-title")).to_have_value("first")


def test_what_was_typed_in_an_editor_comes_back_after_esc_and_not_after_cancel(page, alice):
    titles(page).first.click()
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-title").press("Escape")
    expect(page.locator(".editor")).to_have_count(0)
    expect(titles(page).first).to_be_focused()
    expect(titles(page).first).to_have_text("first")
    titles(page).last.click()
    expect(page.locator("#edit-title")).to_have_value("third")
    page.locator("#edit-title").press("Escape")
    titles(page).first.click()
    expect(page.locator("#edit-title")).to_have_value("first, but better")
    page.get_by_role("link", name="Cancel").click()
    titles(page).first.click()
    expect(page.locator("#edit-title")).to_have_value("first")
    page.locator("#edit-title").fill("first and last")
    page.locator("#edit-title").press("Escape")
    titles(page).first.click()
    page.get_by_role("button", name="Save").click()
    expect(titles(page).first).to_have_text("first and last")
    assert "first and last" in alice.titles()


def shows_a_new_page(page):
    """An empty title, whose refusal is a whole page."""
    new_task(page).press("Enter")
    expect(page.locator("#title-error")).to_have_text("Enter a title.")


def test_names_that_are_being_typed_outlive_a_new_page(page, alice):
    work = alice.posts("/api/lists", {"name": "Work"})
    assert work.status_code == 201, work.text
    other = alice.posts("/api/lists", {"name": "Errands"})
    assert other.status_code == 201, other.text
    page.goto(f"/dashboard?list={work.json()['id']}")
    page.get_by_text("Change this list").click()
    page.locator("#list-name").fill("Work, paid")
    page.locator("#lists-menu > summary").click()
    page.get_by_text("New list", exact=True).click()
    page.locator("#new-list-name").fill("Shopping")
    # The menu closes when another place is clicked.
    new_task(page).click()
    expect(page.locator("#new-list-name")).to_be_hidden()
    alice.adds("from afar", list_id=work.json()["id"])
    expect(row(page, "from afar")).to_be_visible()
    expect(page.locator("#new-list-name")).to_have_value("Shopping")
    shows_a_new_page(page)
    expect(page.locator("#new-list-name")).to_have_value("Shopping")
    expect(page.locator("#list-name")).to_have_value("Work, paid")
    expect(page.locator("#list-name")).to_be_visible()

    # The name of one list is not that of another.
    page.locator("#lists-menu > summary").click()
    page.get_by_role("link", name="Errands").click()
    expect(page.locator("#heading")).to_have_text("Errands")
    expect(page.locator("#list-name")).to_have_value("Errands")
    expect(page.locator("#new-list-name")).to_have_value("Shopping")


def test_signing_out_takes_the_drafts_along(page, alice):
    new_task(page).fill("my secret")
    page.evaluate("document.querySelector('form[action=\"/logout\"]').requestSubmit()")
    page.wait_for_url(lambda url: "/dashboard" not in url)
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    log_in(page, alice)
    expect(new_task(page)).to_have_value("")


# Sessions


def test_an_expired_session_loses_nothing(page, alice):
    page.context.clear_cookies()
    new_task(page).fill("typed for ten minutes")
    new_task(page).press("Enter")
    signs_in_over(page, alice)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("Task added.")
    assert alice.titles()[0] == "typed for ten minutes"
    tick(page, "first").click()
    expect(page.locator("#notice")).to_contain_text("completed.")


def test_a_wrong_password_is_said_in_the_dialog(page, alice):
    page.context.clear_cookies()
    tick(page, "first").click()
    signs_in_over(page, alice, "wrong password")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("is wrong")
    signs_in_over(page, alice)
    expect(page.locator("#notice")).to_contain_text("completed.")
    assert completed(alice) == ["first"]


def test_another_account_gets_nothing(page, server, bob):
    page.context.clear_cookies()
    new_task(page).fill("alice's own")
    new_task(page).press("Enter")
    signs_in_over(page, bob)
    expect(page.get_by_role("alert")).to_contain_text("Another account is signed in now.")
    expect(new_task(page)).to_have_value("alice's own")
    assert bob.titles() == []


def test_without_signing_in_again_what_was_typed_stays_with_a_link(page, alice):
    page.context.clear_cookies()
    new_task(page).fill("alice's own")
    new_task(page).press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(new_task(page)).to_have_value("alice's own")
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    assert "alice's own" not in alice.titles()


def test_without_the_dialog_there_is_the_link(passing_page):
    page = passing_page
    page.route("**/signin.js", lambda route: route.abort())
    page.context.clear_cookies()
    tick(page, "first").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(row(page, "first")).to_contain_text("Not saved")


def comes_back(page, event):
    """As when a tab is chosen again, or a page is gone back to that the browser has kept as it was."""
    page.evaluate("""event => event === 'tab' ? document.dispatchEvent(new Event('visibilitychange'))
        : dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))""", event)


def signs_out_elsewhere(page):
    other = page.context.new_page()
    other.goto("/account")
    signs_out(other)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    return other


@pytest.mark.parametrize("event", ["tab", "back"])
def test_a_list_that_is_seen_again_after_a_sign_out_is_not_shown(page, alice, event):
    signs_out_elsewhere(page)
    comes_back(page, event)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.url.endswith("/login?next=%2Fdashboard")


def test_what_is_typed_waits_for_the_next_sign_in_without_the_list(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="second").check()
    new_task(page).fill("half writ")
    signs_out_elsewhere(page)
    comes_back(page, "tab")
    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    expect(titles(page).first).to_be_hidden()
    signs_in_over(page, alice)
    expect(titles(page).first).to_be_visible()
    expect(new_task(page)).to_have_value("half writ")
    expect(page.get_by_role("checkbox", name="second")).to_be_checked()


def test_those_who_do_not_sign_in_again_see_what_was_typed_and_not_the_list(page, alice):
    new_task(page).fill("half writ")
    other = signs_out_elsewhere(page)
    comes_back(page, "tab")
    page.get_by_role("dialog", name="Sign in again").get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(titles(page).first).to_be_hidden()
    expect(new_task(page)).to_have_value("half writ")
    log_in(other, alice)
    comes_back(page, "tab")
    expect(titles(page)).to_have_text(["first", "second", "third"])
    expect(titles(page).first).to_be_visible()
    expect(new_task(page)).to_have_value("half writ")


def test_a_task_that_is_added_after_a_sign_out_brings_no_list_back(page, alice):
    new_task(page).fill("half writ")
    other = signs_out_elsewhere(page)
    comes_back(page, "tab")
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(page.locator("#lists-menu")).to_be_hidden()
    new_task(page).press("Enter")
    expect(row(page, "half writ")).to_be_visible()
    for title in ["first", "second", "third"]:
        expect(row(page, title)).to_be_hidden()
    # What is sent from there is signed in for, and all is shown again.
    signs_in_over(page, alice)
    expect(page.locator(".row:visible .task-title")).to_have_text(["half writ", "first", "second", "third"])
    expect(page.locator("#lists-menu")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_have_count(0)


def test_a_list_that_is_hidden_says_why_if_another_account_signs_in(page, bob):
    new_task(page).fill("half writ")
    signs_out_elsewhere(page)
    comes_back(page, "tab")
    signs_in_over(page, bob)
    expect(page.get_by_role("alert")).to_contain_text("Another account is signed in now.")
    expect(titles(page).first).to_be_hidden()
    expect(new_task(page)).to_have_value("half writ")


def test_the_list_of_one_account_is_not_shown_to_the_next(page, bob):
    other = signs_out_elsewhere(page)
    log_in(other, bob)
    comes_back(page, "tab")
    expect(titles(page)).to_have_count(0)
    expect(new_task(page)).to_be_visible()


# Keys


def test_keys(page, alice):
    keys = page.keyboard
    keys.press("Escape")
    page.evaluate("document.activeElement.blur()")
    keys.press("j")
    expect(tick(page, "first")).to_be_focused()
    keys.press("j")
    expect(tick(page, "second")).to_be_focused()
    keys.press("k")
    expect(tick(page, "first")).to_be_focused()
    keys.press("e")
    expect(page.locator("#edit-title")).to_be_focused()
    keys.type(" n?")
    expect(page.locator("#edit-title")).to_have_value(re.compile(r"n\?"))
    keys.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)
    expect(row(page, "first").locator("a")).to_be_focused()
    keys.press("e")
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-description").fill("with a description")
    page.locator("#edit-description").press("Control+Enter")
    expect(row(page, "first, but better")).to_contain_text("with a description")
    keys.press("Delete")
    expect(page.locator("#notice")).to_contain_text("Task deleted.")
    expect(tick(page, "second")).to_be_focused()
    keys.press("c")
    expect(row(page, "second")).to_have_class(re.compile(r"\bdone\b"))
    keys.press("n")
    expect(new_task(page)).to_be_focused()
    keys.type("gd")
    expect(new_task(page)).to_have_value("gd")
    page.evaluate("document.activeElement.blur()")
    for key, view in [("t", "Today"), ("u", "Upcoming"), ("d", "Done"), ("o", "Open")]:
        keys.press("g")
        keys.press(key)
        expect(page.locator("#views [aria-current]")).to_contain_text(view)
        page.evaluate("document.activeElement.blur()")
    assert alice.titles() == ["second", "third"] and completed(alice) == ["second"]


def test_the_keys_can_be_looked_up(page):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Undo the last change; again, the one before")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog).to_be_visible()


def turns_single_keys(page, on: bool):
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("checkbox", name="Single-key shortcuts").set_checked(on)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")


def test_single_key_shortcuts_can_be_turned_off(page, alice):
    """WCAG 2.2, 2.1.4."""
    other = page.context.new_page()
    other.goto("/dashboard")
    other.evaluate("document.activeElement.blur()")
    other.keyboard.press("j")
    expect(tick(other, "first")).to_be_focused()
    other.evaluate("globalThis.hears = new Promise(resolve => addEventListener('storage', () => resolve(true)))")
    turns_single_keys(page, False)
    assert other.evaluate("hears")
    for tab in [page, other]:
        for key in ["n", "/", "j", "z", "?"]:
            tab.keyboard.press(key)
        expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(tick(other, "first")).to_be_focused()
    assert page.evaluate("document.activeElement === document.body")
    page.reload()
    page.keyboard.press("n")
    # Together with others, keys go on to work.
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("")
    turns_single_keys(page, True)
    page.keyboard.press("n")
    expect(new_task(page)).to_be_focused()


def test_a_passing_visit_turns_single_keys_off_for_itself(passing_page):
    page = passing_page
    turns_single_keys(page, False)
    page.reload()
    expect(new_task(page)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    # Keys are worked off in turn.
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    assert "singleKeys" not in page.evaluate("Object.keys(localStorage)")


def test_without_a_storage_single_keys_are_turned_off_for_the_page(open_page, alice):
    page = open_page()
    page.add_init_script("""for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(
        window, name, { get() { throw new DOMException('', 'SecurityError'); } })""")
    log_in(page, alice, stays=False)
    turns_single_keys(page, False)
    page.keyboard.press("n")
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    turns_single_keys(page, True)
    page.keyboard.press("n")
    expect(new_task(page)).to_be_focused()


def test_keys_that_cannot_be_looked_up_say_so(page):
    page.route("**/help.js", lambda route: route.abort())
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("alert")).to_contain_text("Check the connection")


def test_search_has_a_key(page):
    if page.locator("#search").count() == 0:
        pytest.skip("The header has no search.")
    page.evaluate("document.activeElement.blur()")
    for key in ["/", "Control+k"]:
        page.keyboard.press(key)
        expect(page.locator("#search")).to_be_focused()
        expect(page.locator("#search")).to_have_value("")
        page.evaluate("document.activeElement.blur()")


# Menus


def test_menus_close(page):
    lists, order = page.locator("#lists-menu"), page.locator("#sort-menu")
    for close in [lambda: page.keyboard.press("Escape"), lambda: page.locator("#heading").click()]:
        lists.locator("summary").first.click()
        expect(lists).to_have_attribute("open", "")
        close()
        expect(lists).not_to_have_attribute("open", "")
    lists.locator("summary").first.click()
    order.locator("summary").click()
    expect(lists).not_to_have_attribute("open", "")
    expect(order).to_have_attribute("open", "")
    lists.locator("summary").first.click()
    lists.get_by_text("New list").click()
    expect(lists).to_have_attribute("open", "")


def test_passwords_can_be_looked_at(open_page):
    page = open_page()
    page.goto("/login")
    page.evaluate("""() => {
        if (document.querySelector('.show')) return;
        const button = Object.assign(document.createElement('button'), {type: 'button', className: 'show', textContent: 'Show'});
        button.dataset.show = 'password';
        document.querySelector('#password').after(button);
    }""")
    field = page.locator("#password")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide").click()
    expect(field).to_have_attribute("type", "password")


def test_an_address_that_was_typed_goes_along_to_the_other_ways_in(open_page):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url + str(request.headers)))
    address = "ada+list&co@example.com"
    field = page.get_by_label("E-mail")
    page.goto("/login")
    expect(page.locator("button.show")).to_be_visible()
    field.fill(address)
    for name, path in [("Sign up", "/signup"), ("Sign in", "/login"), ("Forgot it?", "/forgot"), ("Back to signing in", "/login")]:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(path + "$"))
        expect(field).to_have_value(address)
    assert not [request for request in asked if "example.com" in request or "example%2Ecom" in request]


def test_a_form_works_without_its_module(open_page, alice):
    page = open_page()
    page.route("**/forms.js", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/login")
    log_in(page, alice)
    expect(new_task(page)).to_be_visible()


# Other tabs and devices


def test_changes_from_elsewhere_show_and_disturb_nothing(page, alice):
    new_task(page).fill("half writ")
    titles(page).nth(1).click()
    page.locator("#edit-title").fill("second, but better")
    alice.adds("from afar")
    expect(row(page, "from afar")).to_be_visible()
    expect(page.locator("#edit-title")).to_have_value("second, but better")
    expect(page.locator("#edit-title")).to_be_focused()
    expect(new_task(page)).to_have_value("half writ")
    expect(page.locator("#views span")).to_have_text("4")
    [first] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "first"]
    alice.asks("PATCH", f"{alice.tasks}/{first['id']}", json={"completed": True})
    # The editor offers open tasks to be a part of.
    expect(titles(page).filter(has_text="first")).to_have_count(0)


def test_two_tabs_of_one_browser_follow_each_other_over_one_stream(page, alice):
    streams = []
    page.context.on("request", lambda request: "/api/events" in request.url and streams.append(request.url))
    other = page.context.new_page()
    other.goto("/dashboard")
    new_task(other).fill("from the other tab")
    new_task(other).press("Enter")
    expect(row(page, "from the other tab")).to_be_visible()
    tick(page, "first").click()
    expect(row(other, "first")).to_have_count(0)
    assert len(streams) <= 1


def test_tabs_go_on_to_follow_once_one_has_signed_in_again(page, alice):
    other = page.context.new_page()
    # A tab that follows another one looks once for what has changed while it was on its way.
    with other.expect_response(lambda answer: "/dashboard" in answer.url and answer.request.resource_type == "fetch"):
        other.goto("/dashboard")
    alice.adds("from afar")
    for tab in [page, other]:
        expect(row(tab, "from afar")).to_be_visible()
    for tab in [page, other]:
        # The browser is told that the stream is over when the session is.
        with page.context.expect_event("response", lambda answer: "/api/events" in answer.url and answer.status == 401):
            answer = alice.posts("/api/auth/revoke-other-sessions", {})
        assert answer.status_code == 200, answer.text
        tick(tab, "first" if tab is page else "second").click()
        signs_in_over(tab, alice)
        expect(tab.locator("#notice")).to_contain_text("completed.")
        alice.adds(f"afterwards {tab is page}")
        for each in [page, other]:
            expect(row(each, f"afterwards {tab is page}")).to_be_visible()


def test_a_tab_that_asks_to_sign_in_goes_on_once_another_has(page, alice):
    other = page.context.new_page()
    assert alice.posts("/api/auth/revoke-other-sessions", {}).status_code == 200
    other.goto("/dashboard?view=trash")
    expect(other.get_by_label("E-mail")).to_be_visible()
    tick(page, "first").click()
    signs_in_over(page, alice)
    other.wait_for_url("**/dashboard?view=trash")
    expect(other.get_by_role("heading", name="Trash", exact=True)).to_be_visible()


def test_own_changes_are_not_fetched_again(page, alice):
    asked = []
    page.on("request", lambda request: request.method == "GET" and "/dashboard" in request.url and asked.append(request.url))
    # The stream is open when a change from elsewhere has come.
    alice.adds("from afar")
    expect(row(page, "from afar")).to_be_visible()
    asked.clear()
    with page.expect_response("**/complete"):
        tick(page, "first").click()
    page.wait_for_timeout(3500)
    assert asked == []


def test_two_tabs_do_not_overwrite_each_other(page, alice):
    other = page.context.new_page()
    other.goto("/dashboard")
    for tab in [page, other]:
        titles(tab).first.click()
        expect(tab.locator("#edit-title")).to_be_visible()
    page.locator("#edit-title").fill("first, from here")
    page.locator("#edit-title").press("Enter")
    expect(row(page, "first, from here")).to_be_visible()
    other.locator("#edit-title").fill("first, from there")
    other.locator("#edit-title").press("Enter")
    expect(other.get_by_role("alert")).to_contain_text("first, from here")
    expect(other.locator("#edit-title")).to_have_value("first, from there")
    assert "first, from here" in alice.titles()
    other.get_by_role("button", name="Save").click()
    expect(row(other, "first, from there")).to_be_visible()
    expect(row(page, "first, from there")).to_be_visible()


# What the browser enforces


def test_text_becomes_elements_in_one_place_only(page, alice):
    policy = page.request.get("/dashboard").headers["content-security-policy"]
    assert "require-trusted-types-for 'script'; trusted-types latchkey" in policy
    page.goto("/dashboard")
    new_task(page).fill("<img src=x onerror=alert(1)> #home")
    expect(chips(page)).to_have_count(1)
    new_task(page).press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    tick(page, "first").click()
    titles(page).first.click()
    expect(page.locator("#edit-title")).to_be_visible()
    assert page.locator("main img").count() == 0


# Selecting


def picks(page):
    return page.locator(".pick input")


def test_several_tasks_are_completed_with_one_undo(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="first").check()
    page.get_by_role("checkbox", name="third").check()
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("2 tasks completed.")
    assert page.url.endswith("/dashboard")
    expect(titles(page)).to_have_text(["second"])
    assert completed(alice) == ["first", "third"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#notice")).to_contain_text("Undone")
    assert completed(alice) == []


def test_keys_select_rows_and_a_range(page, alice):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(picks(page).first).to_be_checked()
    picks(page).last.click(modifiers=["Shift"])
    assert [box.is_checked() for box in picks(page).all()] == [True, True, True]
    page.get_by_text("More", exact=True).click()
    # Enter in a field is no action by itself.
    page.get_by_label("Tag", exact=True).fill("home")
    page.get_by_label("Tag", exact=True).press("Enter")
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator("#notice")).to_contain_text("3 tasks tagged.")
    expect(page.locator(".tag")).to_have_text(["#home"] * 3)
    assert completed(alice) == []


def test_what_was_searched_for_in_vain_is_added_once(page, alice):
    page.goto(page.url + "?q=oat+milk")
    page.get_by_role("button", name="Add “oat milk” as a task").dblclick()
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(titles(page).filter(has_text="oat milk")).to_have_count(1)
    assert alice.titles().count("oat milk") == 1


@pytest.mark.parametrize("words, list", [("oat milk", "Household"), ("oat milk +Garden", "Garden")])
def test_what_a_list_does_not_have_is_added_to_it(page, alice, words, list):
    lists = {name: alice.posts("/api/lists", {"name": name}).json()["id"] for name in ["Household", "Garden"]}
    page.goto(f"/dashboard?list={lists['Household']}&q={words.replace('+', '%2B')}")
    page.get_by_role("button", name=f"Add “{words}” as a task").click()
    expect(page.locator("#notice")).to_contain_text("Task added.")
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "oat milk"]
    # What is written wins.
    assert task["list_id"] == lists[list]


@pytest.mark.parametrize("key, label", [("d", "When, in words"), ("t", "Tags"), ("e", "Title")])
def test_a_key_opens_the_editor_at_a_field(page, key, label):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press(key)
    expect(page.locator(".editor")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press(key)
    expect(page.locator(".editor").get_by_label(label, exact=True)).to_be_focused()
    expect(page.locator(".editor").get_by_label("Title", exact=True)).to_have_value("second")


def test_keys_begin_and_end_selecting_where_the_reader_is(page):
    keys = page.keyboard
    page.evaluate("document.activeElement.blur()")
    keys.press("j")
    keys.press("j")
    keys.press("x")
    expect(page.get_by_role("checkbox", name="second")).to_be_checked()
    expect(page.get_by_role("checkbox", name="second")).to_be_focused()
    keys.press("j")
    keys.press("x")
    expect(page.get_by_role("checkbox", name="third")).to_be_checked()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Tag", exact=True).press("Escape")
    expect(picks(page)).to_have_count(3)
    page.get_by_role("checkbox", name="third").focus()
    keys.press("Escape")
    expect(picks(page)).to_have_count(0)
    expect(tick(page, "third")).to_be_focused()


def test_the_bar_says_how_many_are_selected(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    count = page.locator("#selected")
    expect(count).to_have_text("0 selected")
    picks(page).first.check()
    expect(count).to_have_text("1 selected")
    picks(page).last.click(modifiers=["Shift"])
    expect(count).to_have_text("3 selected")
    [third] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "third"]
    answer = alice.asks("DELETE", f"{alice.tasks}/{third['id']}")
    assert answer.status_code == 204, answer.text
    expect(picks(page)).to_have_count(2)
    expect(count).to_have_text("2 selected")


def test_what_is_selected_stays_while_the_list_changes(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="second").check()
    alice.adds("from afar")
    expect(row(page, "from afar")).to_be_visible()
    expect(page.get_by_role("checkbox", name="second")).to_be_checked()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("1 task deleted.")
    assert "second" not in alice.titles()


def test_selecting_goes_on_while_a_task_is_added(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="second").check()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Tag", exact=True).fill("home")
    shows_a_new_page(page)
    new_task(page).fill("fourth")
    new_task(page).press("Enter")
    expect(page.locator("#notice")).to_contain_text("Task added.")
    expect(page.get_by_role("checkbox", name="fourth")).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="second")).to_be_checked()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("home")
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator("#notice")).to_contain_text("1 task tagged.")
    expect(row(page, "second").locator(".tag")).to_have_text("#home")


def test_selecting_needs_no_script(open_page, alice):
    for title in ["b", "a"]:
        alice.adds(title)
    page = open_page(java_script_enabled=False)
    log_in(page, alice)
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("Nothing was selected.")
    page.get_by_role("checkbox", name="a", exact=True).check()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Due date").last.fill("2031-05-05")
    page.get_by_role("button", name="Set date").click()
    expect(page.locator("#notice")).to_contain_text("1 task given a new date.")
    [due] = [task["due"]["date"] for task in alice.gets(alice.tasks).json() if task["title"] == "a"]
    assert due == "2031-05-05"


def test_what_is_selected_outlives_its_own_change(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    for title in ["first", "second"]:
        page.get_by_role("checkbox", name=title).check()
    [second] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "second"]
    answer = alice.asks("PATCH", f"{alice.tasks}/{second['id']}", json={"title": "second, but better"})
    assert answer.status_code == 200, answer.text
    expect(page.get_by_role("checkbox", name="second, but better")).to_be_checked()
    page.get_by_role("button", name="Complete", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("2 tasks completed.")
    assert completed(alice) == ["first", "second, but better"]


# The order by hand


def test_a_list_is_put_in_order_by_keys_and_without_a_script(page, open_page, alice):
    page.goto("/dashboard?list=inbox")
    tick(page, "first").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(titles(page)).to_have_text(["second", "first", "third"])
    expect(page.get_by_role("status")).to_have_text("Moved to 2 of 3.")
    expect(tick(page, "first")).to_be_focused()
    plain = open_page(java_script_enabled=False)
    log_in(plain, alice)
    plain.goto("/dashboard?list=inbox")
    plain.get_by_role("link", name="third").click()
    plain.get_by_role("button", name="Move up").click()
    expect(titles(plain)).to_have_text(["second", "third", "first"])
    expect(titles(page)).to_have_text(["second", "third", "first"])


# Looks


def box(locator):
    return locator.evaluate("element => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height]; }")


def test_selecting_moves_no_row_and_more_stays_in_its_place(page):
    before = [box(each)[3] for each in page.locator(".row").all()], page.locator(".task-title").first.evaluate("e => getComputedStyle(e).fontSize")
    page.get_by_role("link", name="Select", exact=True).click()
    expect(picks(page)).to_have_count(3)
    after = [box(each)[3] for each in page.locator(".row").all()], page.locator(".task-title").first.evaluate("e => getComputedStyle(e).fontSize")
    assert after == before
    more, complete = page.locator("#selection summary"), page.get_by_role("button", name="Complete", exact=True)
    for width in [1280, 360]:
        page.set_viewport_size({"width": width, "height": 800})
        places = box(more)[0] - box(complete)[0], box(more)[1] - box(complete)[1]
        more.click()
        expect(page.get_by_label("Tag", exact=True)).to_be_visible()
        assert (box(more)[0] - box(complete)[0], box(more)[1] - box(complete)[1]) == places
        more.click()


def test_the_dialog_to_sign_in_has_room_between_its_parts(page):
    page.context.clear_cookies()
    tick(page, "first").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Not now")).to_be_visible()
    password, choice = box(dialog.locator("#password")), box(dialog.locator(".choice"))
    assert choice[1] - password[1] - password[3] >= 12
    one, other = box(dialog.get_by_role("button", name="Sign in", exact=True)), box(dialog.get_by_role("button", name="Not now"))
    assert other[0] - one[0] - one[2] >= 8 or other[1] - one[1] - one[3] >= 8


def test_bars_and_messages_stand_out(page):
    page.context.set_offline(True)
    tick(page, "first").click()
    ground = page.locator("#offline").evaluate("element => getComputedStyle(element).backgroundColor")
    assert "/" not in ground and "rgba" not in ground and "transparent" not in ground, ground
    page.context.set_offline(False)
    expect(page.locator("#notice")).to_contain_text("completed.")
    page.emulate_media(forced_colors="active")
    assert page.locator("#notice").evaluate("element => getComputedStyle(element).borderTopWidth") == "1px"
    page.emulate_media(media="print", forced_colors="none")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_ring_of_a_title_is_clear_of_its_letters(page):
    titles(page).first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(titles(page).first).to_be_focused()
    left = page.evaluate("""() => {
        const link = document.activeElement, ring = getComputedStyle(link, '::after');
        return -parseFloat(ring.left) + parseFloat(ring.outlineOffset);
    }""")
    assert left >= 2
