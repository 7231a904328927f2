"""Several tasks are selected on the page of the list, and changed at once."""

import pytest
from playwright.sync_api import expect

from list_page import completed, new_task, picks, row, shows_a_new_page, tick, titles
from support import log_in


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
