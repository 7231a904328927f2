"""The list in a real Chromium, with JavaScript: nothing waits for the network."""

import re

import pytest
from playwright.sync_api import expect

from list_page import chips, completed, new_task, picks, posts, row, tick, titles
from support import Held, log_in, opens_list, wait_until_page


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
