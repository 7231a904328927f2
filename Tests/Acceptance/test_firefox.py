"""The list in Firefox: the most frequent actions, each compared with the state in the API."""

import re

import pytest
from playwright.sync_api import expect

from list_page import completed, row, titles
from support import log_in, signs_in_over, wait_until


@pytest.fixture
def engine(firefox):
    return firefox


def new_task(page):
    return page.get_by_label("New task")


def says(page, text):
    expect(page.locator("#notice")).to_contain_text(text)


def test_a_wrong_password_is_refused_and_the_right_one_leads_to_the_list(open_page, alice):
    alice.adds("first")
    page = open_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail")).to_have_value(alice.email)
    log_in(page, alice)
    expect(titles(page)).to_have_text(["first"])
    assert alice.titles() == ["first"]


def test_a_task_is_added_with_the_fields_in_its_line(page, alice):
    new_task(page).press_sequentially("Pay rent #home !high due:2031-05-05")
    expect(page.locator("#chips > *")).to_have_count(3)
    new_task(page).press("Enter")
    says(page, "Task added.")
    expect(row(page, "Pay rent")).to_contain_text("#home")
    expect(new_task(page)).to_be_focused()
    task = alice.gets(alice.tasks).json()[0]
    assert (task["title"], task["tags"], task["priority"]) == ("Pay rent", ["home"], "high")
    assert task["due"] == {"date": "2031-05-05"} and len(alice.titles()) == 4


def test_a_tick_is_undone_and_done_again(page, alice):
    row(page, "first").get_by_role("button", name="Complete").click()
    says(page, "“first” completed.")
    page.mouse.move(5, 5)
    expect(titles(page)).to_have_text(["second", "third"])
    assert completed(alice) == ["first"]
    page.get_by_role("button", name="Undo").click()
    says(page, "Undone")
    expect(titles(page)).to_have_text(["first", "second", "third"])
    assert completed(alice) == []
    # Not the other half of a double click.
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Redo").click()
    expect(titles(page)).to_have_text(["second", "third"])
    assert completed(alice) == ["first"]


def test_a_task_is_edited_in_place(page, alice):
    page.get_by_role("link", name="second", exact=True).click()
    page.locator("#edit-title").fill("second, but better")
    page.locator("#edit-description").fill("because\nof this")
    page.locator("#edit-due-date").fill("2031-05-05")
    page.locator(".editor").get_by_role("button", name="Save").click()
    says(page, "Changes saved.")
    expect(row(page, "second, but better")).to_contain_text("because")
    [task] = [task for task in alice.gets(alice.tasks).json() if task["title"].startswith("second")]
    assert (task["title"], task["description"]) == ("second, but better", "because\nof this")
    assert task["due"] == {"date": "2031-05-05"} and len(alice.titles()) == 3


def test_a_task_is_deleted_and_comes_back(page, alice):
    row(page, "second").hover()
    row(page, "second").get_by_role("button", name="Delete").click()
    says(page, "Task deleted.")
    assert alice.titles() == ["first", "third"]
    page.get_by_role("button", name="Undo").click()
    says(page, "Undone")
    expect(titles(page)).to_have_text(["first", "second", "third"])
    assert alice.titles() == ["first", "second", "third"]


def test_keys_do_the_same(page, alice):
    keys = page.keyboard
    page.evaluate("document.activeElement.blur()")
    keys.press("j")
    keys.press("j")
    keys.press("e")
    expect(page.locator("#edit-title")).to_have_value("second")
    keys.press("End")
    keys.type(", but better")
    keys.press("Control+Enter")
    says(page, "Changes saved.")
    keys.press("c")
    says(page, "“second, but better” completed.")
    keys.press("z")
    says(page, "Undone")
    keys.press("n")
    expect(new_task(page)).to_be_focused()
    keys.type("fourth")
    keys.press("Enter")
    says(page, "Task added.")
    assert alice.titles() == ["fourth", "first", "second, but better", "third"] and completed(alice) == []


def test_several_tasks_are_selected_and_completed(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="first").check()
    page.get_by_role("checkbox", name="third").check()
    page.get_by_role("button", name="Complete", exact=True).click()
    says(page, "2 tasks completed.")
    expect(titles(page)).to_have_text(["second"])
    assert completed(alice) == ["first", "third"]


def test_what_is_typed_comes_back_after_a_reload_and_is_sent_once(page, alice):
    new_task(page).press_sequentially("half writ")
    page.reload()
    expect(new_task(page)).to_have_value("half writ")
    new_task(page).press("Enter")
    says(page, "Task added.")
    page.reload()
    expect(titles(page)).to_have_text(["half writ", "first", "second", "third"])
    expect(new_task(page)).to_have_value("")
    assert alice.titles() == ["half writ", "first", "second", "third"]


def test_a_session_that_ended_keeps_what_was_typed_and_sends_it(page, alice):
    page.get_by_role("link", name="second", exact=True).click()
    page.locator("#edit-title").fill("second, but better")
    new_task(page).fill("typed for ten minutes")
    answer = alice.posts("/api/auth/revoke-other-sessions", {})
    assert answer.status_code == 200, answer.text
    new_task(page).press("Enter")
    signs_in_over(page, alice, "wrong password")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("is wrong")
    assert "typed for ten minutes" not in alice.titles()
    expect(dialog.get_by_label("E-mail")).to_have_value(alice.email)
    dialog.get_by_label("Password", exact=True).fill(alice.password)
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog).to_have_count(0)
    expect(row(page, "typed for ten minutes")).to_be_visible()
    expect(page.locator("#edit-title")).to_have_value("second, but better")
    page.locator("#edit-title").press("Enter")
    expect(row(page, "second, but better")).to_be_visible()
    assert alice.titles() == ["typed for ten minutes", "first", "second, but better", "third"]


def test_tabs_follow_each_other_and_what_is_done_elsewhere(page, alice):
    other = page.context.new_page()
    other.goto("/dashboard")
    new_task(page).fill("half writ")
    new_task(other).fill("from the other tab")
    new_task(other).press("Enter")
    expect(row(page, "from the other tab")).to_be_visible()
    expect(new_task(page)).to_have_value("half writ")
    row(page, "first").get_by_role("button", name="Complete").click()
    expect(row(other, "first")).to_have_count(0)
    alice.adds("from afar")
    for tab in [page, other]:
        expect(row(tab, "from afar")).to_be_visible()
    assert alice.titles() == ["from afar", "from the other tab", "first", "second", "third"]
    assert completed(alice) == ["first"]


def test_changes_without_a_connection_are_sent_when_there_is_one(page, alice):
    # What is recognized in a line shows that what adding needs is there.
    with page.expect_response("**/api/tasks/parse"):
        new_task(page).press_sequentially("milk")
    page.context.set_offline(True)
    new_task(page).press("Enter")
    # After some seconds the browser keeps what waits, and says so in other words.
    expect(row(page, "milk")).to_contain_text(re.compile("Not saved|Waiting to be sent"))
    row(page, "second").get_by_role("button", name="Complete").click()
    expect(row(page, "second")).to_contain_text(re.compile("Not saved|Waiting to be sent"))
    page.context.set_offline(False)
    wait_until(lambda: completed(alice) == ["second"], "the tick")
    expect(page.locator(".unsaved, .pending")).to_have_count(0)
    assert alice.titles() == ["milk", "first", "second", "third"]
