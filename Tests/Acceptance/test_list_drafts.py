"""What is typed on the page of the list outlives reloads, and a late answer leaves its reader where they have gone."""

from playwright.sync_api import expect

from list_page import new_task, row, shows_a_new_page, tick, titles
from support import Held, log_in, opens_more_fields


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


def test_a_draft_of_other_fields_alone_comes_back_and_ends_with_them(page):
    opens_more_fields(page)
    page.get_by_label("Priority").select_option("high")
    page.reload()
    expect(page.get_by_label("Priority")).to_have_value("high")
    page.get_by_label("Priority").select_option("")
    page.reload()
    expect(page.get_by_label("Priority")).to_have_value("")


def test_a_title_that_was_refused_comes_back(page):
    new_task(page).fill("x" * 201)
    new_task(page).press("Enter")
    expect(page.get_by_text("The title may have at most 200 characters.")).to_be_visible()
    page.reload()
    expect(new_task(page)).to_have_value("x" * 201)


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
    expect(page.locator(".editor")).to_have_count(0)
    titles(page).first.click()
    expect(page.locator("#edit-title")).to_have_value("first, but better")
    page.get_by_role("link", name="Cancel").click()
    titles(page).first.click()
    expect(page.locator("#edit-title")).to_have_value("first")
    page.locator("#edit-title").fill("first and last")
    page.locator("#edit-title").press("Escape")
    # As long as the editor is there, the first title is that of the next row.
    expect(page.locator(".editor")).to_have_count(0)
    titles(page).first.click()
    page.get_by_role("button", name="Save").click()
    expect(titles(page).first).to_have_text("first and last")
    assert "first and last" in alice.titles()


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
