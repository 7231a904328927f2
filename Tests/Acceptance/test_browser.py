"""The main workflows in a real Chromium: with and without JavaScript, by mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import expect

from list_page import titles
from support import PASSWORD, SHORT, Held, log_in, opens_account_menu, opens_more_fields, signs_out, sqlite, tabs_to, wait_until
from test_offline import keeps_changes

HOSTILE = ["<img src=x onerror=alert(1)>", "it's \"quoted\" & <b>bold</b>", '"\u0301 onfocus=alert(1) autofocus "', "{{ 7*7 }}"]


@pytest.fixture
def engine(whole_chromium):
    return whole_chromium


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(request, open_page):
    return open_page(java_script_enabled=request.param)


@pytest.fixture
def live_page(open_page):
    """A page with JavaScript."""
    return open_page()


def new_task(page):
    return page.get_by_label("New task")


def description(page):
    return page.locator("#add").get_by_label("Description", exact=True)


def add(page, title, text=None):
    new_task(page).fill(title)
    if text:
        opens_more_fields(page)
        description(page).fill(text)
    page.get_by_role("button", name="Add", exact=True).click()


def edit(page, title):
    """Opens the editor of a task, and answers with its form."""
    page.get_by_role("link", name=title, exact=True).click()
    return page.locator("form.editor")


def delete(page, title):
    """The button shows beside the row that the pointer is on."""
    page.locator(".row", has_text=title).hover()
    page.get_by_role("button", name=f"Delete: {title}").click()


def views(page):
    return page.get_by_role("navigation", name="Which tasks to show")


def says(page, text):
    expect(page.locator("#notice")).to_contain_text(text)


def test_the_whole_story(page):
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Sign up").click()
    email = f"story.{id(page)}@example.com"
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Name (optional)").fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/dashboard")
    expect(page.get_by_role("heading", name="What’s first?")).to_be_visible()
    expect(page.locator(".user-name")).to_be_hidden()
    expect(opens_account_menu(page).get_by_text("Ada", exact=True).last).to_be_visible()
    page.locator(".account-menu summary").click()

    add(page, "Water the plants")
    says(page, "Task added.")
    add(page, "Feed the cat", "Dry food,\nnot the fish")
    expect(titles(page)).to_have_text(["Feed the cat", "Water the plants"])
    assert page.locator(".task-details").text_content() == "Dry food,\nnot the fish"

    editor = edit(page, "Feed the cat")
    expect(editor.get_by_label("Title")).to_have_value("Feed the cat")
    expect(editor.get_by_label("Description")).to_have_value("Dry food,\nnot the fish")
    editor.get_by_label("Title").fill("Feed both cats")
    editor.get_by_role("button", name="Save").click()
    says(page, "Changes saved.")
    expect(titles(page)).to_have_text(["Feed both cats", "Water the plants"])

    page.get_by_role("button", name="Complete: Water the plants").click()
    says(page, "“Water the plants” completed.")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    views(page).get_by_role("link", name="Open").click()
    expect(titles(page)).to_have_text(["Feed both cats"])
    expect(views(page).locator("[aria-current=page]")).to_have_text("Open 1")
    views(page).get_by_role("link", name="Done").click()
    expect(titles(page)).to_have_text(["Water the plants"])
    expect(views(page).locator("[aria-current=page]")).to_have_text("Done")
    page.get_by_role("button", name="Reopen: Water the plants").click()
    says(page, "Task reopened.")
    expect(titles(page)).to_have_count(0)
    expect(page.get_by_role("heading", name=re.compile("^(Nothing done yet|Nothing is left here)$"))).to_be_visible()
    views(page).get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", name="Nothing done yet")).to_be_visible()
    views(page).get_by_role("link", name="All").click()
    expect(titles(page)).to_have_text(["Feed both cats", "Water the plants"])

    delete(page, "Water the plants")
    says(page, "Task deleted.")
    expect(titles(page)).to_have_text(["Feed both cats"])
    page.get_by_role("button", name="Undo").click()
    says(page, "Undone")
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
    page.get_by_label("Password").fill(SHORT)
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


def test_the_browser_sends_no_password_that_is_too_short(page, server):
    page.goto("/signup")
    page.get_by_label("E-mail").fill("ada@example.com")
    password = page.get_by_label("Password")
    password.press_sequentially("1234567")
    page.get_by_role("button", name="Sign up").click()
    assert password.evaluate("field => field.validity.tooShort")
    # The server's own words, for what comes in another way.
    refusal = server.client.post("/api/auth/signup", json={"email": "ada@example.com", "password": "1234567"})
    assert refusal.json()["detail"] == f"The password must have at least {password.get_attribute('minlength')} characters."
    password.press_sequentially("8")
    assert password.evaluate("field => field.validity.valid")


@pytest.mark.parametrize("path, label", [
    ("/signup", "Password"), ("/reset/{}", "New password"), ("/account", "New password"), ("/invitation/{}", "Password"),
])
def test_a_new_password_is_counted_as_the_server_counts(live_page, alice, path, label):
    page = live_page
    if path == "/account":
        log_in(page, alice)
    command = {"/reset/{}": ["user", "reset-link", alice.id], "/invitation/{}": ["invite"]}.get(path)
    page.goto(path.format(command and alice.server.says(*command).splitlines()[0].split("/")[-1]))
    field = page.get_by_label(label, exact=True)
    hint = lambda words: expect(field).to_have_accessible_description(re.compile("^" + re.escape(words) + " A few words"))
    hint("At least 8 characters.")
    for text, words in [
        ("short", "8 characters or more – 3 to go."), ("1234567", "8 characters or more – 1 to go."), ("12345678", "8 characters or more ✓"),
        # Beyond the first plane; with an accent of its own, which is composed; with one that nothing is composed of.
        ("\U0001f98a" * 7, "8 characters or more – 1 to go."), ("e\u0301" * 7, "8 characters or more – 1 to go."), ("x\u0301" * 4, "8 characters or more ✓"),
        ("", "At least 8 characters."),
    ]:
        field.fill(text)
        hint(words)


def test_what_is_typed_before_the_script_has_come_is_counted(live_page):
    page = live_page
    held = Held(page, "**/length.js")
    page.goto("/signup")
    page.get_by_label("Password").fill("short")
    held.wait_for(1)
    held.free()
    expect(page.get_by_text("8 characters or more – 3 to go.")).to_be_visible()


def test_how_long_a_new_password_has_to_be_is_said_in_pauses(live_page):
    page = live_page
    page.goto("/signup")
    page.evaluate("""() => {
        window.said = [];
        const status = document.querySelector('#status');
        new MutationObserver(() => status.textContent && said.push(status.textContent)).observe(status, { childList: true });
    }""")
    password = page.get_by_label("Password")
    password.press_sequentially("short")
    expect(page.locator("#status")).to_have_text("8 characters or more – 3 to go.")
    password.press_sequentially("er and longer")
    expect(page.locator("#status")).to_have_text("Long enough.")
    password.press_sequentially(" still")
    page.wait_for_timeout(1500)
    assert page.evaluate("said") == ["8 characters or more – 3 to go.", "Long enough."]


def addresses_in_history(page) -> list[str]:
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return [entry["url"] for entry in history["entries"] if "email=" in entry["url"]]


def test_an_address_is_carried_between_the_pages_and_leaves_no_trace(open_page):
    page = open_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill("ada+1@example.com")
    for link, path in [("Sign up", "/signup"), ("Sign in", "/login"), ("Forgot it?", "/forgot"), ("Back to sign-in", "/login")]:
        page.get_by_role("link", name=link).click()
        expect(page).to_have_url(re.compile(path + "$"))
        expect(page.get_by_label("E-mail")).to_have_value("ada+1@example.com")
    assert addresses_in_history(page) == []


def test_an_address_leaves_no_trace_where_a_tab_has_signed_in_meanwhile(open_page, alice):
    page = open_page()
    page.goto("/login")
    page.get_by_label("E-mail").fill("ada@example.com")
    other = page.context.new_page()
    log_in(other, alice)
    page.get_by_role("link", name="Sign up").click()
    expect(page.get_by_label("New task")).to_be_visible()
    expect(page).to_have_url(re.compile("/dashboard$"))
    assert addresses_in_history(page) == []


def test_a_failed_login_keeps_the_address_and_can_be_repeated(page, alice):
    page.goto("/login?next=/dashboard%3Fview%3Ddone")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail")).to_have_value(alice.email)
    expect(page.get_by_label("Password")).to_have_value("")

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard?view=done")
    expect(page.get_by_role("heading", name="Done", exact=True)).to_be_visible()


@pytest.mark.parametrize("java_script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_the_id_of_a_request_that_failed_can_be_copied(open_page, stopped_server, java_script):
    server = stopped_server.start()
    page = open_page(base_url=server.url, java_script_enabled=java_script)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    log_in(page, server.newcomer())
    with sqlite(server.database) as database:
        database.execute("ALTER TABLE tasks RENAME TO away")
        answer = page.goto("/dashboard")
        database.execute("ALTER TABLE away RENAME TO tasks")
    assert answer.status == 500
    expect(page.get_by_role("heading", name="Something went wrong")).to_be_visible()
    number = answer.headers["x-request-id"]
    expect(page.locator(".secret")).to_have_text(number)
    copy = page.get_by_role("button", name="Copy the id of the request")
    if java_script:
        copy.click()
        expect(page.locator("#status")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == number
    else:
        expect(copy).to_have_count(0)


def test_a_task_that_breaks_a_rule_keeps_what_was_typed(page, alice):
    log_in(page, alice)
    add(page, "x" * 201, "a description")
    expect(page.locator("#title-error")).to_have_text("The title may have at most 200 characters.")
    expect(page.get_by_label("New task")).to_have_value("x" * 201)
    expect(description(page)).to_have_value("a description")
    expect(description(page)).to_be_visible()
    page.get_by_label("New task").fill("y" * 200)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(titles(page)).to_have_text(["y" * 200])

    editor = edit(page, "y" * 200)
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
    edit(page, "Lines").get_by_role("button", name="Save").click()
    says(page, "Changes saved.")
    [task] = alice.gets(alice.tasks).json()
    assert task["description"] == "\n\n  indented\nlast"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_title_is_shown_as_text(page, alice, text):
    log_in(page, alice)
    add(page, text, text)
    says(page, "Task added.")
    expect(titles(page)).to_have_text([text.strip()])
    assert page.locator(".task-title").text_content() == text
    assert page.locator("main img").count() == 0
    titles(page).click()
    expect(page.locator("form.editor").get_by_label("Title")).to_have_value(text)
    expect(page.locator("form.editor").get_by_label("Description")).to_have_value(text)


def test_sixty_tasks_are_paged_through(page, alice):
    for number in range(60):
        alice.adds(f"Task {number}")
    log_in(page, alice)
    pages = page.get_by_role("navigation", name="Pages of the list")
    expect(titles(page)).to_have_count(25)
    expect(titles(page).first).to_have_text("Task 59")
    pages.get_by_role("link", name="Up to 500 on one page").click()
    expect(titles(page)).to_have_count(60)
    expect(pages).to_have_count(0)
    page.go_back()
    page.get_by_role("link", name="All 60: Anytime").click()
    expect(page.get_by_role("heading", name="Anytime", exact=True)).to_be_visible()
    expect(titles(page)).to_have_count(25)
    expect(titles(page).first).to_have_text("Task 59")
    expect(pages.get_by_role("link")).to_have_text(["Next page", "Up to 500 on one page"])
    # All of them, so that a completed one stays.
    views(page).get_by_role("link", name="All").click()
    expect(page.get_by_role("heading", name="All tasks")).to_be_visible()
    expect(titles(page).first).to_have_text("Task 59")
    pages.get_by_role("link", name="Next page").click()
    expect(titles(page).first).to_have_text("Task 34")
    page.get_by_role("button", name="Complete: Task 33").click()
    says(page, "“Task 33” completed.")
    expect(titles(page).first).to_have_text("Task 34")
    pages.get_by_role("link", name="Next page").click()
    expect(titles(page)).to_have_text([f"Task {number}" for number in reversed(range(10))])
    expect(pages.get_by_role("link", name="Next page")).to_have_count(0)
    pages.get_by_role("link", name="First page").click()
    expect(titles(page).first).to_have_text("Task 59")
    expect(pages.get_by_role("link", name="First page")).to_have_count(0)


def test_each_part_of_the_list_says_what_to_do_when_it_is_empty(page, alice):
    log_in(page, alice)

    def is_said(heading):
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(page.locator(".empty")).to_be_visible()
        expect(page.locator(".empty p")).not_to_be_empty()

    parts = ["All", "Open", "Today", "Upcoming", "Done"]
    for part in parts:
        views(page).get_by_role("link", name=part).click()
        expect(views(page).locator("[aria-current=page]")).to_contain_text(part)
        is_said("What’s first?")
    task = alice.adds("Anything", due={"date": "2020-01-01"})
    page.goto("/dashboard?view=done")
    is_said("Nothing done yet")
    alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={"completed": True})
    for part, heading in [("Open", "All done"), ("Today", "Nothing due today"), ("Upcoming", "Nothing coming up")]:
        views(page).get_by_role("link", name=part).click()
        is_said(heading)
    page.locator("#lists-menu summary").first.click()
    page.locator("#lists-menu").get_by_role("link", name="Trash").click()
    is_said("The trash is empty")
    page.get_by_role("searchbox", name="Search").fill("something else")
    page.get_by_role("searchbox", name="Search").press("Enter")
    is_said("Nothing found")


def test_what_is_typed_in_a_window_whose_session_was_ended_waits_until_one_has_signed_in(page, alice, request):
    log_in(page, alice)
    add(page, "Here")
    expect(titles(page)).to_have_text(["Here"])
    second = page.context.new_page()
    second.goto("/dashboard")
    has_script = "without" not in request.node.callspec.id
    if has_script:
        keeps_changes(second)
    signs_out(page)
    expect(page.get_by_text("You are signed out.")).to_be_visible()

    add(second, "Typed for ten minutes", "and more")
    if has_script:
        second.get_by_role("dialog", name="Sign in again").get_by_role("button", name="Not now").click()
    problem = second.locator("#problem") if has_script else second.get_by_role("alert")
    expect(problem).to_contain_text("You have been signed out.")
    waiting = second.locator(".row.unsaved")
    if has_script:
        # Sent by itself as soon as the account has signed in and the window is looked at again.
        expect(waiting).to_contain_text("Typed for ten minutes")
        expect(waiting.get_by_role("alert")).to_contain_text("Waiting to be sent.")
        with page.context.expect_page() as opened:
            second.get_by_role("link", name="Sign in in a new tab").click()
        form = opened.value
    else:
        form = second
    form.get_by_label("E-mail").fill(alice.email)
    form.get_by_label("Password").fill(alice.password)
    form.get_by_role("button", name="Sign in").click()
    expect(form.get_by_label("New task")).to_be_visible()

    if has_script:
        # The new window may have sent it by now.
        waiting.get_by_role("button", name="Retry").click()
        expect(waiting).to_have_count(0)
        wait_until(lambda: len(alice.titles()) == 2, "the task")
    else:
        assert alice.titles() == ["Here"]
        expect(second.get_by_label("New task")).to_have_value("Typed for ten minutes")
        expect(description(second)).to_have_value("and more")
        expect(description(second)).to_be_visible()
        second.get_by_role("button", name="Add", exact=True).click()
        says(second, "Task added.")
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
    edit(live_page, title)
    for field in ["#edit-title", "#edit-description"]:
        expect(live_page.locator(field)).to_have_css("direction", "rtl")
    add(live_page, "left to right")
    expect(titles(live_page).first).to_have_css("direction", "ltr")


def test_a_task_deleted_elsewhere_is_said_to_be_gone(page, alice):
    task = alice.adds("Fleeting")
    # The page would hear of it, and take the row away before it can be clicked.
    page.route("**/api/events*", lambda route: route.abort())
    log_in(page, alice)
    alice.asks("DELETE", f"{alice.tasks}/{task['id']}")
    page.get_by_role("button", name="Complete: Fleeting").click()
    says(page, "That task is no longer there.")


def test_an_unknown_address_shows_a_page_in_the_same_look(page):
    page.goto("/no/such/page")
    expect(page.get_by_role("heading", name="This page does not exist")).to_be_visible()
    page.get_by_role("link", name="Go to the home page").click()
    page.wait_for_url(re.compile(r"/$"))


# With JavaScript


def mark(page):
    """Leaves a mark that only a full page load takes away."""
    page.evaluate("window.mark = 'still here'")


def assert_not_reloaded(page):
    assert page.evaluate("window.mark") == "still here"


def focused(page, what: str):
    expect(page.locator(":focus")).to_have_id(re.compile(what))


def focused_part(page, kind: str):
    """A part of a row has no id, and is known by its class."""
    expect(page.locator(":focus")).to_have_class(re.compile(rf"\b{kind}\b"))


def test_actions_answer_without_a_reload(live_page, alice):
    page = live_page
    log_in(page, alice)
    mark(page)
    add(page, "First")
    says(page, "Task added.")
    views(page).get_by_role("link", name="All").click()
    expect(views(page).locator("[aria-current=page]")).to_have_text("All")
    page.get_by_role("button", name="Complete: First").click()
    says(page, "“First” completed.")
    editor = edit(page, "First")
    editor.get_by_label("Title").fill("Second")
    editor.get_by_role("button", name="Save").click()
    says(page, "Changes saved.")
    expect(titles(page)).to_have_text(["Second"])
    add(page, " ")
    expect(page.locator("#title-error")).to_have_text("Enter a title.")
    views(page).get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="All done")).to_be_visible()
    assert page.url.endswith("/dashboard")
    page.go_back()
    expect(titles(page)).to_have_text(["Second"])
    assert page.url.endswith("/dashboard?view=all")
    delete(page, "Second")
    page.get_by_role("button", name="Undo").click()
    says(page, "Undone")
    expect(titles(page)).to_have_text(["Second"])
    assert_not_reloaded(page)
    for name in ["notice", "task", "undo"]:
        assert f"{name}=" not in page.url


def test_what_happened_is_announced(live_page, alice):
    log_in(live_page, alice)
    add(live_page, "Audible")
    expect(live_page.get_by_role("status")).to_have_text("Task added.")
    new_task(live_page).press("Enter")
    expect(live_page.get_by_role("status")).to_have_text("Enter a title.")
    live_page.get_by_role("button", name="Complete: Audible").click()
    expect(live_page.get_by_role("status")).to_have_text("“Audible” completed.")
    live_page.get_by_role("button", name="Undo").click()
    expect(live_page.get_by_role("status")).to_have_text("Undone: “Audible” completed.")


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
        tabs_to(page, page.get_by_role(role, name=name, exact=True))

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

    tab_to("link", "All")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="All tasks")).to_be_visible()
    expect(page.locator(":focus")).to_have_text("All")

    tab_to("button", "Complete: By hand")
    keys.press("Space")
    says(page, "“By hand” completed.")
    focused_part(page, "tick")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "Reopen: By hand")

    tab_to("link", "By hand")
    keys.press("Enter")
    focused(page, "^edit-title$")
    keys.press("ControlOrMeta+A")
    keys.type("By keyboard")
    keys.press("Enter")
    says(page, "Changes saved.")
    focused_part(page, "task-title")
    expect(page.locator(":focus")).to_have_text("By keyboard")

    keys.press("Enter")
    focused(page, "^edit-title$")
    tab_to("link", "Cancel")
    keys.press("Enter")
    expect(page.locator(":focus")).to_have_text("By keyboard")

    tab_to("button", "Delete: By keyboard")
    keys.press("Enter")
    says(page, "Task deleted.")
    focused(page, "^undo$")
    keys.press("Enter")
    says(page, "Undone")
    expect(titles(page)).to_have_count(2)
    assert page.evaluate("document.activeElement !== document.body"), "The focus must not be lost."

    menu = page.get_by_label("Account: Alice")
    tabs_to(page, menu)
    keys.press("Enter")
    tab_to("button", "Sign out")
    keys.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(menu).to_be_focused()
    assert_not_reloaded(page)
