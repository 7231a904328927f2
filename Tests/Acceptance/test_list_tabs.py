"""Tabs and devices that show one list follow each other."""

from playwright.sync_api import expect

from list_page import new_task, row, tick, titles
from support import signs_in_over


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
