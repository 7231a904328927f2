"""Text that is being typed survives other events on the page."""

import re

import pytest
from playwright.sync_api import expect

from support import Held, log_in, opens_list, opens_more_fields, signs_in_over


@pytest.fixture
def page(open_page, alice):
    return opens_list(open_page, alice, "first", "second")


def new_task(page):
    return page.get_by_label("New task")


def test_a_half_written_task_survives_ticking_another(page):
    page.goto("/dashboard?view=all")
    new_task(page).fill("half writ")
    opens_more_fields(page)
    page.locator("#description").fill("because")
    page.get_by_role("button", name="Complete: first").click()

    expect(page.get_by_role("button", name="Reopen: first")).to_be_visible()
    expect(page.locator("#notice")).to_contain_text("“first” completed.")
    expect(new_task(page)).to_have_value("half writ")
    expect(page.locator("#description")).to_be_visible()
    expect(page.locator("#description")).to_have_value("because")


def test_what_is_typed_while_the_last_task_is_on_its_way_stays(page):
    held = Held(page, "**/tasks")
    new_task(page).fill("milk")
    new_task(page).press("Enter")
    new_task(page).fill("bread")
    held.wait_for(1)
    held.free()

    expect(page.locator(".task-title").first).to_have_text("milk")
    expect(new_task(page)).to_have_value("bread")
    expect(new_task(page)).to_be_focused()


@pytest.mark.parametrize("view, remaining", [
    ("", ["first, but better"]), ("?view=all", ["second", "first, but better"]),
], ids=["a row that leaves", "a row that stays"])
def test_an_open_editor_stays_open_while_another_row_is_ticked(page, view, remaining):
    page.goto("/dashboard" + view)
    page.get_by_role("link", name="first", exact=True).click()
    page.locator("#edit-title").fill("first, but better")
    page.get_by_role("button", name="Complete: second").click()

    expect(page.locator("#notice")).to_contain_text("“second” completed.")
    page.mouse.move(5, 5)
    expect(page.get_by_role("button", name="Reopen: second")).to_have_count(len(remaining) - 1)
    expect(page.locator("#edit-title")).to_have_value("first, but better")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".task-title")).to_have_text(remaining)


def test_each_editor_has_its_own_text(page):
    page.get_by_role("link", name="first", exact=True).click()
    page.locator("#edit-title").fill("first, but better")
    page.get_by_role("link", name="second", exact=True).click()
    expect(page.locator("#edit-title")).to_have_value("second")
    page.get_by_role("link", name="first", exact=True).click()
    expect(page.locator("#edit-title")).to_have_value("first, but better")


def test_moving_a_task_keeps_what_is_typed_in_its_editor(page, alice):
    page.goto("/dashboard?list=inbox")
    page.get_by_role("link", name="second", exact=True).click()
    page.locator("#edit-title").fill("second, but better")
    page.get_by_role("button", name="Move down").click()
    expect(page.locator("#notice")).to_contain_text("Moved to 2 of 2.")
    expect(page.get_by_role("button", name="Move down")).to_be_focused()
    expect(page.locator("#edit-title")).to_have_value("second, but better")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".task-title")).to_have_text(["first", "second, but better"])
    assert alice.titles() == ["second, but better", "first"]


def test_a_line_that_is_sent_before_its_module_has_come_is_a_task_of_its_own(page, alice):
    held = Held(page, "**/add.js")
    for title in ["milk", "bread"]:
        new_task(page).press_sequentially(title)
        new_task(page).press("Enter")
        expect(new_task(page)).to_have_value("")
    new_task(page).press_sequentially("half writ")
    held.wait_for(1)
    held.free()
    expect(page.locator(".task-title")).to_have_text(["bread", "milk", "second", "first"])
    expect(new_task(page)).to_have_value("half writ")
    expect(page.locator(".pending")).to_have_count(0)
    assert alice.titles() == ["bread", "milk", "second", "first"]


def test_a_line_whose_module_does_not_come_is_not_lost(page, alice):
    page.route("**/add.js", lambda route: route.abort())
    new_task(page).press_sequentially("milk")
    new_task(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("did not get through")
    expect(new_task(page)).to_have_value("milk")
    assert alice.titles() == ["second", "first"]


def test_a_button_whose_module_does_not_come_says_so_and_works_later(page, alice):
    page.route("**/submit.js", lambda route: route.abort())
    page.get_by_role("button", name="Delete: first").click()
    expect(page.get_by_role("alert")).to_contain_text("did not get through")
    assert alice.titles() == ["second", "first"]
    page.unroute("**/submit.js")
    page.get_by_role("button", name="Delete: first").click()
    expect(page.locator("#notice")).to_contain_text("Task deleted.")
    assert alice.titles() == ["second"]


@pytest.mark.parametrize("name", ["Save", "Delete"])
def test_an_answer_that_comes_late_leaves_the_focus_where_one_types(page, alice, name):
    held = Held(page, re.compile("/tasks/[^/]+(/delete)?$"))
    page.get_by_role("link", name="first", exact=True).click()
    page.locator(".editor").get_by_role("button", name=name).click()
    new_task(page).press_sequentially("exact")
    held.wait_for(1)
    held.free()
    expect(page.locator("#notice")).to_contain_text("Changes saved." if name == "Save" else "Task deleted.")
    page.keyboard.type("ly next")
    expect(new_task(page)).to_have_value("exactly next")
    assert alice.titles() == (["second", "first"] if name == "Save" else ["second"])


@pytest.mark.parametrize("name", ["Save", "Delete"])
def test_an_answer_that_comes_late_leaves_the_focus_where_the_reader_has_gone(page, alice, name):
    held = Held(page, re.compile("/tasks/[^/]+(/delete)?$"))
    page.get_by_role("link", name="first", exact=True).click()
    page.locator(".editor").get_by_role("button", name=name).press("Enter")
    held.wait_for(1)
    page.get_by_role("button", name="Complete: second").focus()
    held.free()
    expect(page.locator("#notice")).to_contain_text("Changes saved." if name == "Save" else "Task deleted.")
    expect(page.get_by_role("button", name="Complete: second")).to_be_focused()


def test_a_task_that_did_not_get_through_leaves_the_focus_where_one_types(open_page, alice):
    page = opens_list(open_page, alice, "first", stays=False)
    held = Held(page, "**/tasks")
    new_task(page).fill("milk")
    new_task(page).press("Enter")
    [route] = held.wait_for(1)
    page.get_by_role("link", name="first", exact=True).click()
    page.locator("#edit-title").fill("firstly")
    route.abort()
    expect(page.get_by_role("alert")).to_contain_text("did not get through")
    page.keyboard.type(" next")
    expect(page.locator("#edit-title")).to_have_value("firstly next")
    expect(new_task(page)).to_have_value("milk")


def test_what_is_written_in_an_editor_after_it_was_saved_stays(page, alice):
    held = Held(page, re.compile("/tasks/[^/]+$"))
    page.get_by_role("link", name="first", exact=True).click()
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-when").fill("2031-05-05")
    page.locator("#edit-title").press("Enter")
    held.wait_for(1)
    page.locator("#edit-description").press_sequentially("becau")
    # The editor goes on from the version that was saved.
    with page.expect_response(re.compile("[?&]edit=")):
        held.free()
    expect(page.locator("#notice")).to_contain_text("Changes saved.")
    page.keyboard.type("se")
    expect(page.locator("#edit-when")).to_have_value("")
    expect(page.locator("#edit-description")).to_have_value("because")
    page.reload()
    expect(page.locator("#edit-description")).to_have_value("because")
    page.locator("#edit-description").press("Control+Enter")
    expect(page.locator(".editor")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"] != "second"]
    assert (task["title"], task["description"], task["due"]["date"]) == ("first, but better", "because", "2031-05-05")


def test_saving_again_before_the_answer_saves_what_was_written_since(page, alice):
    held = Held(page, re.compile("/tasks/[^/]+$"))
    page.get_by_role("link", name="first", exact=True).click()
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-title").press("Enter")
    held.wait_for(1)
    page.locator("#edit-description").press_sequentially("because")
    page.locator("#edit-description").press("Control+Enter")
    held.free()
    expect(page.locator(".editor")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"] != "second"]
    assert (task["title"], task["description"]) == ("first, but better", "because")


def test_saving_again_before_the_editor_has_gone_on_is_no_conflict(page, alice):
    page.get_by_role("link", name="first", exact=True).click()
    expect(page.locator("#edit-title")).to_be_focused()
    held = Held(page, re.compile("/tasks/[^/]+$"))
    going = Held(page, re.compile("[?&]edit="))
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-title").press("Enter")
    held.wait_for(1)
    page.locator("#edit-description").press_sequentially("because")
    held.free()
    going.wait_for(1)
    page.locator("#edit-description").press("Control+Enter")
    page.wait_for_timeout(200)
    going.free()
    expect(page.locator(".editor")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert [task["description"] for task in alice.gets(alice.tasks).json() if task["title"] == "first, but better"] == ["because"]


def test_what_is_written_after_saving_is_not_lost_by_going_elsewhere(page, alice):
    page.get_by_role("link", name="first", exact=True).click()
    held = Held(page, re.compile("/tasks/[^/]+$"))
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-title").press("Enter")
    held.wait_for(1)
    page.locator("#edit-description").press_sequentially("because")
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    held.free()
    expect(page.locator("#notice")).to_contain_text("Changes saved.")
    page.get_by_role("link", name="Open").click()
    page.get_by_role("link", name="first, but better").click()
    expect(page.locator("#edit-description")).to_have_value("because")


def test_an_editor_that_was_opened_since_is_not_closed_by_the_answer_to_a_tick(page, alice):
    page.goto("/dashboard?view=all")
    held = Held(page, "**/complete")
    page.get_by_role("button", name="Complete: first").click()
    held.wait_for(1)
    page.get_by_role("link", name="first", exact=True).click()
    page.locator("#edit-title").fill("firstly")
    held.free()
    expect(page.locator("#notice")).to_contain_text("completed.")
    page.keyboard.type(" next")
    expect(page.locator("#edit-title")).to_have_value("firstly next")


def test_skipping_to_the_content_asks_the_server_nothing_and_keeps_the_form(page):
    # What is recognized in the text is asked for a moment after it was typed.
    with page.expect_response("**/api/tasks/parse"):
        new_task(page).fill("half writ")
    asked = []
    page.on("request", lambda request: "/static/" in request.url or asked.append(request.url))
    page.evaluate("document.querySelector('.skip').focus()")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)

    assert asked == []
    expect(new_task(page)).to_have_value("half writ")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("status, kind, body, words", [
    (503, "application/problem+json", '{"detail": "The database cannot be reached just now."}', "The database cannot be reached"),
    (500, "text/html", "<main><h1>Something went wrong</h1><p>It was logged.</p></main>", "It was logged."),
    (200, "text/plain", "not a page", "did not get through"),
])
def test_errors_are_shown_and_nothing_is_lost(page, status, kind, body, words):
    page.route("**/tasks", lambda route: route.fulfill(status=status, content_type=kind, body=body))
    new_task(page).fill("milk")
    new_task(page).press("Enter")

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(words))
    expect(new_task(page)).to_have_value("milk")
    page.unroute("**/tasks")
    new_task(page).press("Enter")
    expect(page.locator(".task-title").first).to_have_text("milk")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_answer_that_comes_late_is_shown_before_the_next(page):
    # All tasks, so that a completed one stays.
    page.goto("/dashboard?view=all")
    held = Held(page, "**/tasks")
    new_task(page).press("Enter")  # An empty title, whose refusal is slow.
    held.wait_for(1)
    page.get_by_role("button", name="Complete: first").click()
    held.free()

    expect(page.locator("#title-error")).to_have_text("Enter a title.")
    expect(page.get_by_role("button", name="Reopen: first")).to_be_visible()


def test_a_text_is_not_lost_by_a_look_at_another_part_of_the_list_when_the_session_is_over(page):
    new_task(page).fill("half writ")
    page.context.clear_cookies()
    page.get_by_role("link", name="Done").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_contain_text("What you typed is kept.")
    dialog.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("alert")).to_contain_text("You have been signed out.")
    expect(new_task(page)).to_have_value("half writ")


def test_signing_in_again_continues_to_the_requested_page_with_the_text(page, alice):
    new_task(page).fill("half writ")
    page.context.clear_cookies()
    page.get_by_role("link", name="Done").click()
    signs_in_over(page, alice)
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()
    expect(new_task(page)).to_have_value("half writ")


def test_a_text_is_never_sent_under_another_account(page, server):
    new_task(page).fill("alice's own")
    page.context.clear_cookies()
    bob, other = server.newcomer("bob"), page.context.new_page()
    log_in(other, bob)
    new_task(page).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Another account is signed in now.")
    expect(new_task(page)).to_have_value("alice's own")
    assert bob.titles() == []
