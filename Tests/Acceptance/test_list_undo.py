"""Undo and Redo on the page of the list, and the toast that offers them."""

import pytest
from playwright.sync_api import expect

from list_page import completed, posts, row, tick, titles
from support import Held, log_in, signs_out, wait_until, wait_until_page


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
