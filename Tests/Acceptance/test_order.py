"""The order of a list by hand in Chromium: dragged by a handle, with a mouse and with a finger."""

import pytest
from playwright.sync_api import expect

from support import log_in

ORDER = ["one", "two", "three", "four", "five"]


@pytest.fixture
def page(open_page, alice):
    return opens(open_page(), alice)


def opens(page, alice):
    for title in reversed(ORDER):
        alice.adds(title)
    log_in(page, alice)
    page.goto("/dashboard?list=inbox")
    expect(titles(page)).to_have_text(ORDER)
    return page


def titles(page):
    return page.locator(".task-title")


def order(alice):
    return [task["title"] for task in alice.gets("/api/tasks?list=inbox&sort=position").json()]


def middle(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def picks_up(page, title):
    row = page.locator(".row", has_text=title)
    row.hover()
    page.mouse.move(*middle(row.locator(".grip")))
    page.mouse.down()
    expect(row).to_have_class("row dragged")
    return row


def moves_to(page, title, down=True):
    """Beyond the middle of that row."""
    x, y = middle(page.locator(".row", has_text=title))
    page.mouse.move(x, y + (4 if down else -4), steps=5)


def test_a_row_is_dragged_to_another_place(page, alice):
    picks_up(page, "two")
    moves_to(page, "four")
    expect(titles(page)).to_have_text(["one", "three", "four", "two", "five"])
    # Nothing is sent before it is let go.
    assert order(alice) == ORDER
    page.mouse.up()
    expect(page.locator("#notice")).to_contain_text("Moved to 4 of 5.")
    assert order(alice) == ["one", "three", "four", "two", "five"]
    page.get_by_role("button", name="Undo").click()
    expect(titles(page)).to_have_text(ORDER)
    assert order(alice) == ORDER


@pytest.mark.parametrize("title, target, down, expected", [
    ("five", "one", False, ["five", "one", "two", "three", "four"]),
    ("one", "five", True, ["two", "three", "four", "five", "one"]),
])
def test_a_row_is_dragged_to_an_end(page, alice, title, target, down, expected):
    picks_up(page, title)
    moves_to(page, target, down)
    page.mouse.up()
    expect(page.locator("#notice")).to_contain_text("Moved to")
    expect(titles(page)).to_have_text(expected)
    assert order(alice) == expected
    page.reload()
    expect(titles(page)).to_have_text(expected)


def test_escape_puts_it_back(page, alice):
    row = picks_up(page, "two")
    moves_to(page, "four")
    page.keyboard.press("Escape")
    expect(titles(page)).to_have_text(ORDER)
    expect(row).to_have_class("row")
    page.mouse.up()
    assert order(alice) == ORDER


@pytest.mark.parametrize("lets_go, expected", [
    (False, ["one", "two", "four", "five"]), (True, ["one", "four", "five", "two"])])
def test_a_row_that_is_held_outlives_its_neighbour(page, alice, lets_go, expected):
    row = picks_up(page, "two")
    moves_to(page, "four")
    [three] = [task for task in alice.gets(alice.tasks).json() if task["title"] == "three"]
    answer = alice.asks("DELETE", f"{alice.tasks}/{three['id']}")
    assert answer.status_code == 204, answer.text
    expect(page.locator(".row", has_text="three")).to_have_count(0)
    expect(row).to_have_class("row dragged")
    if lets_go:
        # The rows below have come up under the pointer.
        expect(titles(page)).to_have_text(expected)
        page.mouse.up()
        expect(page.locator("#notice")).to_contain_text("Moved to 4 of 4.")
    else:
        page.keyboard.press("Escape")
        page.mouse.up()
    expect(titles(page)).to_have_text(expected)
    assert order(alice) == expected


def test_a_row_that_is_dropped_at_its_old_place_sends_nothing(page, alice):
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    picks_up(page, "two")
    moves_to(page, "four")
    moves_to(page, "three", down=False)
    moves_to(page, "three", down=False)
    page.mouse.up()
    expect(titles(page)).to_have_text(ORDER)
    assert sent == [] and order(alice) == ORDER


def test_a_move_that_is_refused_is_put_back(page, alice):
    page.route("**/move", lambda route: route.fulfill(
        status=503, content_type="application/problem+json", body='{"detail": "Not now."}'))
    picks_up(page, "two")
    moves_to(page, "four")
    page.mouse.up()
    expect(page.get_by_role("alert")).to_have_text("Not now.")
    expect(titles(page)).to_have_text(ORDER)


def test_a_finger_drags_by_the_handle(open_page, alice):
    page = opens(open_page(has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}), alice)
    session = page.context.new_cdp_session(page)

    def touches(kind, *points):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    row = page.locator(".row", has_text="two")
    x, y = middle(row.locator(".grip"))
    touches("touchStart", (x, y))
    expect(row).to_have_class("row dragged")
    _, target = middle(page.locator(".row", has_text="four"))
    for step in range(1, 11):
        touches("touchMove", (x, y + (target + 4 - y) * step / 10))
    expect(titles(page)).to_have_text(["one", "three", "four", "two", "five"])
    touches("touchEnd")
    expect(page.locator("#notice")).to_contain_text("Moved to 4 of 5.")
    assert order(alice) == ["one", "three", "four", "two", "five"]


def test_subtasks_have_no_handle_and_stay_where_they_are(open_page, alice):
    parent = alice.adds("parent")
    alice.adds("child", parent_id=parent["id"])
    page = open_page()
    log_in(page, alice)
    page.goto("/dashboard?list=inbox")
    expect(page.locator(".row", has_text="parent").locator(".grip")).to_have_count(1)
    expect(page.locator(".row.sub .grip")).to_have_count(0)
    # Other views have no order of their own.
    page.goto("/dashboard")
    expect(page.locator(".grip")).to_have_count(0)


def test_a_task_is_moved_beside_its_own_siblings_only(browser, other, alice, bob):
    parent, foreign = alice.adds("parent"), bob.adds("foreign")
    child = alice.adds("child", parent_id=parent["id"])
    rest = alice.adds("rest")
    browser.logs_in(alice)
    for target in [child["id"], foreign["id"], "01890000-0000-7000-8000-000000000000"]:
        answer = browser.submits(f"/tasks/{rest['id']}/move", on="/dashboard", before=target, here="/dashboard?list=inbox")
        assert answer.status_code == 303 and "notice=gone" in answer.headers["location"], target
    for fields in [{}, {"step": "sideways"}, {"before": "x"}, {"after": ""}]:
        answer = browser.submits(f"/tasks/{rest['id']}/move", on="/dashboard", here="/dashboard?list=inbox", **fields)
        assert answer.status_code == 400, fields
    answer = browser.submits(f"/tasks/{rest['id']}/move", on="/dashboard", before=rest["id"], here="/dashboard?list=inbox")
    assert answer.status_code == 303
    assert [title for title in order(alice) if title != "child"] == ["rest", "parent"]
