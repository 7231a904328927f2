"""The whole story in a real Chromium: with and without JavaScript, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from support import PASSWORD, log_in, signs_out

HOSTILE = ["<img src=x onerror=alert(1)>", "it's \"quoted\" & <b>bold</b>", '"\u0301 onfocus=alert(1) autofocus "', "{{ 7*7 }}"]


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request, open_page):
    return open_page(java_script_enabled=request.param)


@pytest.fixture
def live_page(open_page):
    """A page with JavaScript."""
    return open_page()


def add(page, title, description=None):
    page.get_by_label("New task").fill(title)
    if description:
        page.get_by_text("Description, dates, tags and more").click()
        page.get_by_label("Description").fill(description)
    page.get_by_role("button", name="Add", exact=True).click()


def titles(page):
    return page.locator(".task-title")


def says(page, text):
    expect(page.locator("#notice")).to_contain_text(text)


def test_the_whole_story(page):
    page.goto("/")
    page.get_by_role("link", name="Make an account").click()
    email = f"story.{id(page)}@example.com"
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Name (optional)").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard")
    expect(page.get_by_role("heading", name="Nothing to do yet")).to_be_visible()
    expect(page.get_by_label("Account", exact=True)).to_contain_text("Ada")

    add(page, "Water the plants")
    says(page, "Task added.")
    add(page, "Feed the cat", "Dry food,\nnot the fish")
    expect(titles(page)).to_have_text(["Feed the cat", "Water the plants"])
    assert page.locator(".task-details").inner_text() == "Dry food,\nnot the fish"

    page.get_by_role("link", name="Edit: Feed the cat").click()
    editor = page.locator("form.editor")
    expect(editor.get_by_label("Title")).to_have_value("Feed the cat")
    expect(editor.get_by_label("Description")).to_have_value("Dry food,\nnot the fish")
    editor.get_by_label("Title").fill("Feed both cats")
    editor.get_by_role("button", name="Save").click()
    says(page, "Changes saved.")
    expect(titles(page)).to_have_text(["Feed both cats", "Water the plants"])

    page.get_by_role("button", name="Complete: Water the plants").click()
    says(page, "Task completed.")
    filters = page.get_by_role("navigation", name="Which tasks to show")
    filters.get_by_role("link", name="Open").click()
    expect(titles(page)).to_have_text(["Feed both cats"])
    filters.get_by_role("link", name="Done").click()
    expect(titles(page)).to_have_text(["Water the plants"])
    expect(filters.locator("[aria-current=page]")).to_have_text("Done")
    page.get_by_role("button", name="Reopen: Water the plants").click()
    expect(page.get_by_role("heading", name="Nothing done yet")).to_be_visible()
    filters.get_by_role("link", name="All").click()

    page.get_by_role("button", name="Delete: Water the plants").click()
    says(page, "Task deleted.")
    expect(titles(page)).to_have_text(["Feed both cats"])
    page.get_by_role("button", name="Undo").click()
    says(page, "Task restored.")
    expect(titles(page)).to_have_text(["Feed both cats", "Water the plants"])

    signs_out(page)
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto("/dashboard")
    page.wait_for_url("**/login?next=%2Fdashboard")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    expect(titles(page)).to_have_text(["Feed both cats", "Water the plants"])


def test_a_refused_signup_says_what_is_wrong_beside_each_field_and_keeps_what_was_typed(page, alice):
    page.goto("/signup")
    page.get_by_label("E-mail").fill("ada@localhost")
    page.get_by_label("Name (optional)").fill("Ada")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Sign up").click()

    expect(page.locator("#email-error")).to_have_text("Enter an e-mail address, such as name@example.com.")
    expect(page.locator("#password-error")).to_have_text("The password must have at least 8 characters.")
    expect(page.get_by_label("E-mail")).to_have_value("ada@localhost")
    expect(page.get_by_label("Name (optional)")).to_have_value("Ada")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    assert "email-error" in page.get_by_label("E-mail").get_attribute("aria-describedby")

    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("#email-error")).to_contain_text("already has an account")


def test_a_failed_login_keeps_the_address_and_can_be_repeated(page, alice):
    page.goto("/login?next=/dashboard%3Fshow%3Ddone")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail")).to_have_value(alice.email)
    expect(page.get_by_label("Password")).to_have_value("")

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard?show=done")


def test_a_task_that_breaks_a_rule_keeps_what_was_typed(page, alice):
    log_in(page, alice)
    add(page, "x" * 201, "a description")
    expect(page.locator("#title-error")).to_have_text("The title may have at most 200 characters.")
    expect(page.get_by_label("New task")).to_have_value("x" * 201)
    expect(page.get_by_label("Description")).to_have_value("a description")
    expect(page.get_by_label("Description")).to_be_visible()
    page.get_by_label("New task").fill("y" * 200)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(titles(page)).to_have_text(["y" * 200])

    page.get_by_role("link", name="Edit: yyy").click()
    editor = page.locator("form.editor")
    editor.get_by_label("Title").fill("   ")
    editor.get_by_label("Description").fill("still here")
    editor.get_by_role("button", name="Save").click()
    expect(page.locator("#edit-title-error")).to_have_text("Enter a title.")
    expect(editor.get_by_label("Description")).to_have_value("still here")
    editor.get_by_role("link", name="Cancel").click()
    expect(titles(page)).to_have_text(["y" * 200])
    [task] = alice.gets(alice.tasks).json()
    assert task["description"] == "a description"


def test_a_description_keeps_its_first_empty_line_and_its_spaces(page, alice):
    log_in(page, alice)
    add(page, "Lines", "\n\n  indented\nlast")
    expect(titles(page)).to_have_text(["Lines"])
    page.get_by_role("link", name="Edit: Lines").click()
    page.locator("form.editor").get_by_role("button", name="Save").click()
    says(page, "Changes saved.")
    [task] = alice.gets(alice.tasks).json()
    assert task["description"] == "\n\n  indented\nlast"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_is_shown_as_text(page, alice, text):
    log_in(page, alice)
    add(page, text, text)
    expect(titles(page)).to_have_text([text.strip()])
    assert page.locator(".task-title").text_content() == text
    assert page.locator("main img").count() == 0
    page.get_by_role("link", name="Edit").click()
    expect(page.locator("form.editor").get_by_label("Title")).to_have_value(text)
    expect(page.locator("form.editor").get_by_label("Description")).to_have_value(text)


def test_sixty_tasks_are_paged_through(page, alice):
    for number in range(60):
        alice.adds(f"Task {number}")
    log_in(page, alice)
    pages = page.get_by_role("navigation", name="Pages of the list")
    expect(titles(page)).to_have_count(25)
    expect(titles(page).first).to_have_text("Task 59")
    pages.get_by_role("link", name="Older").click()
    expect(titles(page).first).to_have_text("Task 34")
    page.get_by_role("button", name="Complete: Task 33").click()
    says(page, "Task completed.")
    expect(titles(page).first).to_have_text("Task 34")
    pages.get_by_role("link", name="Older").click()
    expect(titles(page)).to_have_text([f"Task {number}" for number in reversed(range(10))])
    expect(pages.get_by_role("link", name="Older")).to_have_count(0)
    pages.get_by_role("link", name="Newest").click()
    expect(titles(page).first).to_have_text("Task 59")


def test_each_part_of_the_list_says_what_to_do_when_it_is_empty(page, alice):
    log_in(page, alice)
    for part, heading in [("All", "Nothing to do yet"), ("Open", "All done"), ("Done", "Nothing done yet")]:
        page.get_by_label("Which tasks to show").get_by_role("link", name=part).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.locator(".empty p")).not_to_be_empty()


def test_what_is_typed_in_a_window_whose_session_was_ended_waits_until_one_has_signed_in(page, alice, request):
    log_in(page, alice)
    add(page, "Here")
    expect(titles(page)).to_have_text(["Here"])
    second = page.context.new_page()
    second.goto("/dashboard")
    signs_out(page)
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    add(second, "Typed for ten minutes", "and more")
    expect(second.get_by_role("alert")).to_contain_text("You have been signed out.")
    has_script = "without" not in request.node.callspec.id
    if has_script:
        expect(second.get_by_label("New task")).to_have_value("Typed for ten minutes")
        with page.context.expect_page() as opened:
            second.get_by_role("link", name="Sign in in a new tab").click()
        form = opened.value
    else:
        form = second
    form.get_by_label("E-mail").fill(alice.email)
    form.get_by_label("Password").fill(alice.password)
    form.get_by_role("button", name="Sign in").click()
    expect(form.get_by_label("New task")).to_be_visible()
    assert alice.titles() == ["Here"]

    expect(second.get_by_label("New task")).to_have_value("Typed for ten minutes")
    second.get_by_role("button", name="Add", exact=True).click()
    expect(titles(second)).to_have_text(["Typed for ten minutes", "Here"])
    assert [task["description"] for task in alice.gets(alice.tasks).json()] == ["and more", None]


def test_two_tabs_with_login_forms_both_lead_to_the_list(page, alice):
    tabs = [page, page.context.new_page()]
    for tab in tabs:
        tab.goto("/login")
    for tab in tabs:
        tab.get_by_label("E-mail").fill(alice.email)
        tab.get_by_label("Password").fill(alice.password)
        tab.get_by_role("button", name="Sign in").click()
        tab.wait_for_url("**/dashboard")
    for tab in tabs:
        add(tab, "From a tab")
        says(tab, "Task added.")
    assert alice.titles() == ["From a tab"] * 2


def test_password_managers_find_the_address_and_nothing_else(page):
    page.goto("/signup")
    fields = page.locator("input:not([type=hidden])").evaluate_all("all => all.map(f => [f.name, f.id, f.autocomplete])")
    assert fields == [
        ["email", "email", "username"], ["nickname", "nickname", "nickname"], ["password", "password", "new-password"]]


@pytest.mark.parametrize("title, mark", [("שלום עולם!", "!"), ("مهمة جديدة؟ (1)", "؟"), ("سلام...", ".")])
def test_a_title_runs_in_its_own_direction(live_page, alice, title, mark):
    """The mark after the first letter in memory stands left of it on the screen."""
    alice.adds(title, description=title)
    log_in(live_page, alice)
    for selector in [".task-title", ".task-details"]:
        places = live_page.locator(selector).evaluate("""(element, mark) => {
            const text = element.firstChild, left = index => {
                const range = document.createRange();
                range.setStart(text, index);
                range.setEnd(text, index + 1);
                return range.getBoundingClientRect().left;
            };
            return [left(0), left(text.data.indexOf(mark)), getComputedStyle(element).direction];
        }""", mark)
        assert places[1] < places[0] and places[2] == "rtl", places
    live_page.get_by_role("link", name=f"Edit: {title}").click()
    for field in ["#edit-title", "#edit-description"]:
        expect(live_page.locator(field)).to_have_css("direction", "rtl")
    add(live_page, "left to right")
    expect(titles(live_page).first).to_have_css("direction", "ltr")


def test_a_task_deleted_elsewhere_is_said_to_be_gone(page, alice):
    task = alice.adds("Fleeting")
    log_in(page, alice)
    alice.asks("DELETE", f"{alice.tasks}/{task['id']}")
    page.get_by_role("button", name="Complete: Fleeting").click()
    says(page, "That task is no longer there.")


def test_an_unknown_address_shows_a_page_in_the_same_look(page):
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", name="This page does not exist")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    page.wait_for_url(re.compile(r"/$"))


# With JavaScript


def mark(page):
    """Leaves a mark that only a full page load takes away."""
    page.evaluate("window.mark = 'still here'")


def assert_not_reloaded(page):
    assert page.evaluate("window.mark") == "still here"


def focused(page, what: str):
    expect(page.locator(":focus")).to_have_attribute("id", re.compile(what))


def test_actions_answer_without_a_reload(live_page, alice):
    page = live_page
    log_in(page, alice)
    mark(page)
    add(page, "First")
    says(page, "Task added.")
    page.get_by_role("button", name="Complete: First").click()
    says(page, "Task completed.")
    page.get_by_role("link", name="Edit: First").click()
    page.locator("form.editor").get_by_label("Title").fill("Second")
    page.locator("form.editor").get_by_role("button", name="Save").click()
    expect(titles(page)).to_have_text(["Second"])
    add(page, " ")
    expect(page.locator("#title-error")).to_have_text("Enter a title.")
    page.get_by_label("Which tasks to show").get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert page.url.endswith("/dashboard?show=open")
    page.go_back()
    expect(titles(page)).to_have_text(["Second"])
    page.get_by_role("button", name="Delete: Second").click()
    page.get_by_role("button", name="Undo").click()
    says(page, "Task restored.")
    assert_not_reloaded(page)
    assert "notice=" not in page.url


def test_what_happened_is_announced(live_page, alice):
    log_in(live_page, alice)
    add(live_page, "Audible")
    expect(live_page.get_by_role("status")).to_have_text("Task added.")
    add(live_page, "")
    expect(live_page.get_by_role("status")).to_have_text("Enter a title.")


def test_a_lost_connection_is_said_and_nothing_typed_is_lost(live_page, alice):
    log_in(live_page, alice)
    live_page.context.set_offline(True)
    add(live_page, "Typed on a train")
    expect(live_page.get_by_role("alert")).to_contain_text("Check the connection")
    expect(live_page.get_by_label("New task")).to_have_value("Typed on a train")
    live_page.context.set_offline(False)
    live_page.get_by_role("button", name="Add", exact=True).click()
    expect(titles(live_page)).to_have_text(["Typed on a train"])


def test_a_double_click_adds_one_task(live_page, alice):
    log_in(live_page, alice)
    live_page.get_by_label("New task").fill("Once")
    live_page.get_by_role("button", name="Add", exact=True).dblclick()
    says(live_page, "Task added.")
    assert alice.titles() == ["Once"]


def test_everything_works_by_keyboard_and_the_focus_stays_where_it_is_of_use(live_page, alice):
    page, keys = live_page, live_page.keyboard

    def tab_to(role, name):
        target = page.get_by_role(role, name=name, exact=True)
        for _ in range(40):
            if target.evaluate("element => element === document.activeElement"):
                return
            keys.press("Tab")
        raise AssertionError(f"Tab does not lead to {role} {name!r}.")

    page.goto("/login")
    keys.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    tab_to("textbox", "E-mail")
    keys.type(alice.email)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/dashboard")

    mark(page)
    tab_to("textbox", "New task")
    keys.type("By hand")
    keys.press("Enter")
    says(page, "Task added.")
    focused(page, "^title$")
    keys.type("Right after it")
    keys.press("Enter")
    expect(titles(page)).to_have_count(2)

    tab_to("button", "Complete: By hand")
    keys.press("Space")
    says(page, "Task completed.")
    focused(page, "^tick-")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Reopen: By hand")

    tab_to("link", "Edit: By hand")
    keys.press("Enter")
    focused(page, "^edit-title$")
    keys.press("ControlOrMeta+A")
    keys.type("By keyboard")
    keys.press("Enter")
    says(page, "Changes saved.")
    focused(page, "^edit-")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Edit: By keyboard")

    keys.press("Enter")
    focused(page, "^edit-title$")
    tab_to("link", "Cancel")
    keys.press("Enter")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Edit: By keyboard")

    tab_to("button", "Delete: By keyboard")
    keys.press("Enter")
    says(page, "Task deleted.")
    focused(page, "^undo$")
    keys.press("Enter")
    says(page, "Task restored.")
    assert page.evaluate("document.activeElement !== document.body"), "The focus must not be lost."
    assert_not_reloaded(page)
