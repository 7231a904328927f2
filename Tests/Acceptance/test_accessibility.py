"""axe-core on every page, in both colour schemes, on a phone and on a desk; and pictures of them for people."""

import os
import re
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accessibility import (
    DESK, PHONE, RULES, assert_fits, assert_is_accessible, assert_is_well_formed, assert_suits_fingers_and_magnifiers,
    describe)
from authenticator import App
from support import ASSETS, PASSWORD, SECRET, SHORT, log_in, opens_account_menu, opens_more_fields
from virtual_authenticator import VirtualAuthenticator

LONG = "Pick up the repaired bicycle, pay, and ask about the squeaking front brake while you are there"
UNBROKEN = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselanhänger" * 2


# The pages in their states. Each of these functions leads a window to one; where the rest of a very long page has been
# looked at before, it returns a selector of what is new.


def home(page, alice):
    page.goto("/")


def signup(page, alice):
    page.goto("/signup")


def signup_with_errors(page, alice):
    page.goto("/signup")
    page.get_by_label("E-mail").fill("ada@localhost")
    page.get_by_label("Password").fill(SHORT)
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("#password-error")).not_to_be_empty()


def signup_with_a_password_that_is_too_short_yet(page, alice):
    page.goto("/signup")
    page.get_by_label("Password").press_sequentially("short")
    expect(page.get_by_text("8 characters or more – 3 to go.")).to_be_visible()


def login(page, alice):
    page.goto("/login?notice=signed-out")


def login_with_errors(page, alice):
    page.goto("/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def login_with_a_password_in_sight(page, alice):
    page.goto("/login")
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")


def forgot(page, alice):
    page.goto("/forgot")


def development_mail(page, alice):
    page.goto(alice.server.url.replace("127.0.0.1", "localhost") + "/forgot")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_role("button", name="Send the link").click()
    page.goto(page.url.partition("/forgot")[0] + "/dev/mail")
    expect(page.get_by_text("Set a new password").first).to_be_visible()


def reset(page, alice):
    link = alice.server.says("user", "reset-link", alice.id).splitlines()[0]
    page.goto("/reset/" + link.split("/")[-1])


def reset_with_errors(page, alice):
    reset(page, alice)
    page.get_by_label("New password").fill(SHORT)
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("#password-error")).not_to_be_empty()


def reset_with_an_old_link(page, alice):
    page.goto("/reset/" + "A" * 43)


def not_found(page, alice):
    page.goto("/no/such/page")


def not_found_signed_in(page, alice):
    log_in(page, alice)
    page.goto("/no/such/page")


def docs(page, alice):
    page.goto("/docs")
    expect(page.get_by_role("button", name="Copy: First steps")).to_be_visible()


def docs_with_refusals(page, alice):
    page.goto("/docs")
    page.get_by_label("Filter the contents").fill("tag")
    expect(page.locator(".contents").get_by_role("heading", name="Server")).to_be_hidden()
    page.get_by_label("Python").check()
    for summary in page.locator("summary", has_text=re.compile("^Errors$")).all()[:5]:
        summary.click()
    page.get_by_role("button", name="Copy: First steps").click()
    expect(page.get_by_role("button", name="Copy: First steps")).to_have_text(re.compile("opied"))
    return ".contents, .languages, section[aria-labelledby=start], details[open]"


def tries(page, name, status, **fields):
    page.get_by_label(f"Try it: {name}", exact=True).click()
    form = page.get_by_role("form", name=name, exact=True)
    for label, value in fields.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name="Send").click()
    expect(form.locator(".state")).to_contain_text(status)
    return form


def docs_with_trials(page, alice):
    log_in(page, alice)
    page.goto("/docs")
    tries(page, "POST /api/tasks", "201")
    tries(page, "GET /api/tasks", "200")
    tries(page, "DELETE /api/tags/{tag_id}", "404", tag_id=alice.id)
    assert alice.posts("/api/auth/revoke-other-sessions", {}, headers={"Origin": alice.server.url}).status_code == 200
    expect(tries(page, "GET /api/lists", "401").get_by_role("alert")).to_be_visible()
    return "details[open]"


def docs_with_a_question(page, alice):
    log_in(page, alice)
    page.goto("/docs")
    page.get_by_label("Try it: DELETE /api/trash", exact=True).click()
    page.get_by_role("form", name="DELETE /api/trash", exact=True).get_by_role("button", name="Send").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    return "dialog[open], details[open]"


def fills(alice) -> None:
    """Tasks of every kind, in lists and with tags."""
    def adds_a_list(name, color):
        answer = alice.posts("/api/lists", {"name": name, "color": color})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    lists = [adds_a_list(color.title(), color) for color in COLORS]
    long_list = adds_a_list(UNBROKEN[:100], "gray")
    assert alice.posts("/api/views", {"name": "Errands", "query": "tag=errand&sort=due"}).status_code == 201
    for number, id in enumerate(lists):
        alice.adds(f"In a list of colour {number}", list_id=id)
    alice.adds("Something done", completed=True, description="And described", due={"date": "2020-02-03"})
    alice.adds(UNBROKEN, list_id=long_list, tags=[UNBROKEN[:50]])
    alice.adds("Water the plants", description="The fern too.\nNot the cactus.", priority="low")
    alice.adds(LONG, description=LONG + ". " + UNBROKEN, priority="high", tags=["errand", "two words", "bike"])
    alice.adds("Feed the cat", due={"datetime": "2998-12-24T17:00", "time_zone": "America/Argentina/ComodRivadavia"},
               start={"datetime": "2998-12-01T08:00"}, priority="medium", reminders=[{"before": "PT30M"}])
    alice.adds("Pay rent", due={"date": "2020-01-01"}, repeat={"rrule": "FREQ=MONTHLY", "from": "due"}, list_id=lists[1])
    alice.adds("Call the dentist", due={"date": date.today().isoformat()})
    trip = alice.adds("Plan the trip", due={"date": "2999-01-01"})
    alice.adds("Book a room", parent_id=trip["id"], completed=True)
    alice.adds("Look up trains", parent_id=trip["id"])
    alice.adds("שלום עולם!", description="مهمة جديدة؟ (1)", tags=["עברית"])


COLORS = ["gray", "red", "orange", "amber", "yellow", "lime", "green", "teal", "cyan", "blue", "purple", "pink"]


def list_empty(page, alice):
    log_in(page, alice)
    expect(page.get_by_role("heading", name="What’s first?")).to_be_visible()


def list_all_done(page, alice):
    alice.adds("Water the plants", completed=True)
    log_in(page, alice)
    expect(page.get_by_role("heading", name="All done")).to_be_visible()


def list_full(page, alice):
    fills(alice)
    log_in(page, alice)
    for heading in ["Today", "Upcoming", "Anytime"]:
        expect(page.locator(".sect", has_text=heading)).to_be_visible()


def view(name):
    def show(page, alice):
        list_full(page, alice)
        page.get_by_label("Which tasks to show").get_by_role("link", name=name).click()
        expect(page.locator("#views [aria-current=page]")).to_contain_text(name)
        expect(page.locator(".row").first).to_be_visible()

    show.__name__ = f"list_{name.lower()}"
    return show


def list_anytime(page, alice):
    list_full(page, alice)
    page.get_by_role("link", name="Anytime", exact=True).click()
    expect(page.get_by_role("heading", name="Anytime", exact=True)).to_be_visible()


def list_of_many_pages(page, alice):
    for number in range(60):
        alice.adds(f"Something older, number {60 - number}", completed=number % 2 == 0)
    log_in(page, alice)
    page.goto("/dashboard?view=all")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("link", name="First page")).to_be_visible()


def list_with_more_than_fits(page, alice):
    for number in range(26):
        alice.adds(f"Something older, number {26 - number}")
    log_in(page, alice)
    expect(page.get_by_role("link", name="All 26: Anytime")).to_be_visible()


def list_of_its_own(page, alice):
    list_full(page, alice)
    page.locator("#lists-menu > summary").click()
    page.locator("#lists-menu").get_by_role("link", name="Red").click()
    expect(page.get_by_role("heading", name="Red", exact=True)).to_be_visible()
    page.get_by_text("Change this list").click()
    expect(page.get_by_role("button", name="Delete the list and its tasks")).to_be_visible()


def list_with_a_refused_name(page, alice):
    list_of_its_own(page, alice)
    page.locator(".list-settings").get_by_label("Name").fill(" ")
    page.get_by_role("button", name="Save list").click()
    expect(page.locator("#list-name-error")).not_to_be_empty()


def list_of_a_tag(page, alice):
    list_full(page, alice)
    page.goto("/dashboard?tag=errand")
    expect(page.get_by_role("heading", name="#errand")).to_be_visible()


def search(words, heading):
    def show(page, alice):
        list_full(page, alice)
        page.get_by_role("searchbox", name="Search").fill(words)
        page.get_by_role("searchbox", name="Search").press("Enter")
        expect(page.get_by_text(heading).first).to_be_visible()

    return show


search_with_results = search("bicycle", LONG)
search_with_results.__name__ = "search_with_results"
search_without_results = search("velocipede", "Nothing found")
search_without_results.__name__ = "search_without_results"


def adding_with_all_fields(page, alice):
    list_full(page, alice)
    page.get_by_label("New task").fill("Something new")
    opens_more_fields(page)
    page.locator("#description").fill("Described\nin two lines")
    page.locator("#due-date").fill("2027-01-02")
    page.locator("#due-time").fill("12:30")
    page.locator("#tags").fill("errand")
    expect(page.locator("#list")).to_be_visible()


def adding_with_chips(page, alice):
    list_full(page, alice)
    page.get_by_label("New task").fill("Prepare friday demo 24 dec 2027 #home !high")
    expect(page.locator("#chips > *")).not_to_have_count(0)
    expect(page.locator("#chips .on").first).to_be_visible()


def adding_many(page, alice):
    log_in(page, alice)
    page.evaluate("""() => {
        const field = document.querySelector('#title'), data = new DataTransfer();
        data.setData('text/plain', 'milk\\nbread');
        field.focus();
        field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }""")
    expect(page.get_by_role("button", name="Add 2 tasks")).to_be_visible()


def adding_with_errors(page, alice):
    alice.adds("Feed the cat")
    log_in(page, alice)
    page.get_by_label("New task").fill("x" * 201)
    opens_more_fields(page)
    page.locator("#tags").fill("x" * 300)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#title-error")).not_to_be_empty()


def adding_without_a_connection(page, alice):
    alice.adds("Feed the cat")
    log_in(page, alice)
    page.route("**/tasks", lambda route: route.abort())
    page.route("**/complete", lambda route: route.abort())
    page.get_by_role("button", name="Complete: Feed the cat").click()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    page.get_by_label("New task").fill("Something new")
    page.get_by_label("New task").press("Enter")
    expect(page.locator("#title-error")).not_to_be_empty()


def typed_under_another_account(page, alice):
    other = alice.server.newcomer("carol")
    log_in(page, other)
    page.get_by_label("New task").fill("Carol's own")
    page.context.clear_cookies()
    # As without a script, which would ask over the page.
    page.evaluate("HTMLFormElement.prototype.submit.call(document.querySelector('#add'))")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("This was typed while another account was signed in")


def editing(page, alice):
    list_full(page, alice)
    page.get_by_role("link", name="Pick up").click()
    expect(page.locator("#edit-title")).to_be_focused()


def editing_with_errors(page, alice):
    editing(page, alice)
    page.locator("#edit-title").fill(" ")
    page.locator("#edit-tags").fill("x" * 300)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#edit-title-error")).not_to_be_empty()


def editing_in_two_tabs(page, alice):
    task = alice.adds("Feed the cat")
    log_in(page, alice)
    page.get_by_role("link", name="Feed the cat").click()
    page.locator("#edit-title").fill("Feed both cats")
    alice.asks("PATCH", f"{alice.tasks}/{task['id']}", json={"title": "Feed the dog", "description": "Twice"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Feed the dog")


def menu_of_lists(page, alice):
    list_full(page, alice)
    page.locator("#lists-menu > summary").click()
    page.get_by_text("New list", exact=True).click()
    expect(page.get_by_role("button", name="Add list")).to_be_visible()


def menu_of_lists_with_errors(page, alice):
    menu_of_lists(page, alice)
    page.get_by_role("button", name="Add list").click()
    expect(page.locator("#new-list-name-error")).to_be_visible()


def menu_of_orders(page, alice):
    list_full(page, alice)
    page.locator("#sort-menu > summary").click()
    expect(page.get_by_role("link", name="Oldest first")).to_be_visible()


def menu_of_the_account(page, alice):
    list_full(page, alice)
    opens_account_menu(page)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def message_with_undo(page, alice):
    list_full(page, alice)
    page.get_by_role("button", name=f"Complete: {LONG}").click()
    expect(page.locator("#notice")).to_contain_text("completed.")
    # It stays while it has the focus.
    page.get_by_role("button", name="Undo").focus()
    page.get_by_role("button", name="Undo").hover()


def message_with_redo(page, alice):
    list_full(page, alice)
    for title in [LONG, "Call the dentist"]:
        page.get_by_role("button", name=f"Complete: {title}").click()
        expect(page.locator("#notice")).to_contain_text("completed")
    expect(page.get_by_role("button", name="Undo all")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    page.get_by_role("button", name="Redo").focus()
    page.get_by_role("button", name="Redo").hover()


def message_after_deleting(page, alice):
    alice.adds("Feed the cat")
    alice.adds("Water the plants")
    log_in(page, alice)
    page.locator(".row", has_text="Water the plants").hover()
    page.get_by_role("button", name="Delete: Water the plants").click()
    expect(page.locator("#undo")).to_be_focused()


def row_under_the_pointer(page, alice):
    list_full(page, alice)
    page.get_by_role("button", name="Complete: Water the plants").click()
    page.locator(".row", has_text="Call the dentist").hover()
    expect(page.get_by_role("button", name="Delete: Call the dentist")).to_be_visible()


def selecting(page, alice):
    list_full(page, alice)
    page.get_by_role("link", name="Select", exact=True).click()
    for number in range(2):
        page.locator(".pick input").nth(number).check()
    expect(page.locator("#selected")).to_have_text("2 selected")
    # The rows of a long list pass under it, and half of a box counts as too small to hit.
    page.evaluate("document.getElementById('selection').style.position = 'static'")


def dialog_to_sign_in(page, alice):
    list_full(page, alice)
    page.context.clear_cookies()
    page.get_by_role("button", name="Complete: Water the plants").click()
    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()


def dialog_to_sign_in_with_errors(page, alice):
    dialog_to_sign_in(page, alice)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("E-mail").fill(alice.email)
    dialog.get_by_label("Password", exact=True).fill("wrong password")
    dialog.get_by_role("button", name="Sign in").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()


def session_over(page, alice):
    dialog_to_sign_in(page, alice)
    page.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()


def dialog_of_keys(page, alice):
    list_full(page, alice)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()


def trash(page, alice):
    for title in ["Feed the cat", "Water the plants", UNBROKEN]:
        task = alice.adds(title, description=LONG)
        alice.asks("DELETE", f"{alice.tasks}/{task['id']}")
    log_in(page, alice)
    page.goto("/dashboard?view=trash")
    expect(page.get_by_role("button", name="Restore: Feed the cat")).to_be_visible()


def trash_with_everything_open(page, alice):
    trash(page, alice)
    page.get_by_text("Empty the trash").click()
    page.get_by_label("More for: Feed the cat").click()
    expect(page.get_by_role("button", name="Delete for good")).to_be_visible()


def trash_empty(page, alice):
    log_in(page, alice)
    page.goto("/dashboard?view=trash")


def account(page, alice):
    alice.server.signs_in(alice.email)
    log_in(page, alice)
    page.goto("/account")
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_be_visible()


def account_with_everything_open(page, alice):
    account(page, alice)
    page.locator("summary", has_text="Change the address").click()
    page.locator("summary", has_text="Delete this account").click()
    expect(page.get_by_role("button", name="Delete in 30 days")).to_be_visible()


def account_with_errors(page, alice):
    log_in(page, alice)
    page.goto("/account")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(SHORT)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#new_password-error")).not_to_be_empty()


def setting_up_an_app(page, alice):
    log_in(page, alice)
    page.goto("/account")
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code of the key")).to_be_visible()


def setting_up_an_app_with_errors(page, alice):
    setting_up_an_app(page, alice)
    page.get_by_label("Code that the app shows").fill("12345")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("#code-error")).not_to_be_empty()


def recovery_codes(page, alice):
    setting_up_an_app(page, alice)
    page.get_by_label("Code that the app shows").fill(App(page.locator("pre").inner_text()).code())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("button", name="Save as a file")).to_be_visible()


def account_with_a_second_factor(page, alice):
    recovery_codes(page, alice)
    page.get_by_role("link", name="I have saved them").click()
    page.get_by_text("Change it").click()
    page.get_by_role("region", name="Second factor").get_by_label("Code from the app").fill("12345")
    page.get_by_role("button", name="Turn it off").click()
    expect(page.locator("#factor_code-error")).not_to_be_empty()


def second_factor(page, alice):
    recovery_codes(page, alice)
    page.context.clear_cookies()
    page.goto("/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()


def second_factor_with_errors(page, alice):
    second_factor(page, alice)
    page.get_by_label("Code", exact=True).fill("12345")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#code-error")).not_to_be_empty()


def account_with_lone_recovery_codes(page, alice):
    """As on a server that sends no mail; this one writes it into files."""
    log_in(page, alice)
    made = alice.posts("/api/auth/recovery-codes", {"password": PASSWORD})
    assert made.status_code == 201
    page.goto("/account")
    expect(page.get_by_role("button", name="Remove them")).to_be_visible()


def list_with_a_new_password_that_waits(page, alice):
    server = alice.server
    server.settings["PORT"] = server.port
    server.stop()
    server.changes(
        "INSERT INTO waiting_resets VALUES (?, 'a', 'b', 1800000000000, 1800086400000, 4000000000000)", alice.id)
    server.start()
    log_in(page, alice)
    expect(page.get_by_role("button", name="Stop it")).to_be_visible()


def at_localhost(page, alice):
    """The account page, at an address for which browsers have passkeys."""
    authenticator = VirtualAuthenticator(page, presence=False)
    page.goto(alice.server.url.replace("127.0.0.1", "localhost") + "/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/dashboard")
    authenticator.answers()
    page.goto(page.url.replace("/dashboard", "/account"))


def adding_a_passkey(page, alice):
    at_localhost(page, alice)
    page.get_by_text("Add a passkey").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()


def account_with_a_passkey(page, alice):
    adding_a_passkey(page, alice)
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".notice")).to_contain_text("Passkey added.")
    page.get_by_label("Change: ").first.click()
    page.get_by_label("New name").fill(" ")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("Enter a name.")).to_be_visible()


def login_with_a_passkey_refused(page, alice):
    authenticator = VirtualAuthenticator(page, presence=False, verified=False)
    page.goto(alice.server.url.replace("127.0.0.1", "localhost") + "/login")
    button = page.get_by_role("button", name="Sign in with a passkey")
    authenticator.answers_only(button)
    # A virtual authenticator that fails at once would be asked again and again.
    button.evaluate("button => { delete button.dataset.suggests }")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("That was cancelled")


def account_to_return_to(page, alice):
    log_in(page, alice)
    page.goto("/account")
    page.get_by_text("Delete this account").click()
    page.get_by_role("button", name="Delete in 30 days").click()
    page.wait_for_url("**/login**")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Keep your account?")).to_be_visible()


def admin(path):
    def show(page, alice):
        alice.server.says("user", "make-admin", alice.id)
        fills(alice)
        log_in(page, alice)
        page.goto(path.format(alice.id))
        expect(page.get_by_role("navigation", name="Administration")).to_be_visible()

    show.__name__ = "admin_" + (re.sub(r"\W+", "_", path.partition("/admin/")[2]) or "server")
    return show


def admin_deleting(page, alice):
    admin("/admin/people/{}")(page, alice)
    page.get_by_text("Delete this account").click()
    page.get_by_label("The address of the account").fill("wrong")
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator("#email-error")).not_to_be_empty()


def admin_with_a_new_link(page, alice):
    admin("/admin/people/{}")(page, alice)
    page.get_by_role("button", name="Make a reset link").click()
    expect(page.locator(".secret")).to_be_visible()


def admin_with_an_invitation(page, alice):
    admin("/admin/invitations")(page, alice)
    page.get_by_label("E-mail").fill("x")
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.locator("#email-error")).not_to_be_empty()
    page.get_by_label("E-mail").fill("")
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.locator(".secret")).to_be_visible()


def admin_verified(page, alice):
    admin("/admin/trail")(page, alice)
    page.get_by_role("button", name="Verify the trail").click()
    expect(page.locator("main > .notice")).to_be_visible()


def admin_asked_for_the_password(page, alice):
    admin("/admin/people")(page, alice)
    page.evaluate("""() => {
        const form = document.createElement('form');
        const token = document.querySelector('[name=form_token]').cloneNode();
        form.method = 'post';
        form.action = '/admin/confirm';
        form.append(token);
        document.body.append(form);
        form.submit();
    }""")
    expect(page.locator("#password-error")).not_to_be_empty()


PAGES = [
    home, signup, signup_with_errors, signup_with_a_password_that_is_too_short_yet,
    login, login_with_errors, login_with_a_password_in_sight,
    forgot, development_mail, reset, reset_with_errors, reset_with_an_old_link, not_found, not_found_signed_in, docs, docs_with_refusals,
    docs_with_trials, docs_with_a_question,
    list_empty, list_all_done, list_full, view("Today"), view("Upcoming"), view("Done"), view("All"), list_anytime,
    list_of_many_pages, list_with_more_than_fits, list_of_its_own, list_with_a_refused_name, list_of_a_tag,
    search_with_results, search_without_results,
    adding_with_all_fields, adding_with_chips, adding_many, adding_with_errors, adding_without_a_connection,
    typed_under_another_account, editing, editing_with_errors, editing_in_two_tabs,
    menu_of_lists, menu_of_lists_with_errors, menu_of_orders, menu_of_the_account,
    message_with_undo, message_with_redo, message_after_deleting, row_under_the_pointer, selecting,
    dialog_to_sign_in, dialog_to_sign_in_with_errors, session_over, dialog_of_keys,
    trash, trash_with_everything_open, trash_empty,
    account, account_with_everything_open, account_with_errors, account_to_return_to,
    setting_up_an_app, setting_up_an_app_with_errors, recovery_codes, account_with_a_second_factor, second_factor,
    second_factor_with_errors,
    account_with_lone_recovery_codes, list_with_a_new_password_that_waits,
    adding_a_passkey, account_with_a_passkey, login_with_a_passkey_refused,
    admin("/admin"), admin("/admin/people"), admin("/admin/people/{}"), admin("/admin/invitations"),
    admin("/admin/trail"), admin("/admin/mail"), admin("/admin/settings"), admin_deleting, admin_with_a_new_link,
    admin_with_an_invitation, admin_verified, admin_asked_for_the_password,
]

# All of them in `make slow`.
EVERYWHERE = [
    (scheme, forced, size) for scheme in ("light", "dark") for forced in ("none", "active") for size in ("desk", "phone")]
LOOKS = EVERYWHERE if os.environ.get("EVERY_LOOK") else [("light", "none", "desk"), ("dark", "none", "phone")]


def takes_picture(page, name: str) -> None:
    if directory := os.environ.get("SCREENSHOTS"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


# The whole page of the API takes axe half a minute in each look.
@pytest.mark.timeout(900 if os.environ.get("EVERY_LOOK") else 120)
@pytest.mark.parametrize("show", PAGES, ids=lambda show: show.__name__)
def test_a_page_is_accessible(open_page, alice, show):
    page = open_page(viewport=DESK, color_scheme="light", reduced_motion="reduce")
    part = show(page, alice)
    if os.environ.get("EVERY_LOOK"):
        part = None
    for scheme, forced, size in LOOKS:
        page.emulate_media(color_scheme=scheme, forced_colors=forced)
        page.set_viewport_size({"desk": DESK, "phone": PHONE}[size])
        # Rows under the bar would count as too small to hit.
        page.evaluate("scrollTo(0, 0)")
        name = f"{scheme}-{forced}-{size}"
        takes_picture(page, f"{show.__name__}-{name}")
        # In forced colours axe reads the text's own colour, and the ground that the browser has put in place of ours.
        rules = {} if forced == "none" else {"color-contrast": {"enabled": False}}
        # So would those that an open menu covers in part; they are looked at in the states without one.
        has_menu = page.locator("details.menu[open]").count() > 0
        shown = part or ({"exclude": [".section"]} if has_menu else None)
        found = Axe().run(page, shown, RULES | {"rules": rules}).response
        assert found["violations"] == [], f"{name}:\n{describe(found['violations'])}"
        assert_fits(page)
    assert_is_well_formed(page)
    assert_suits_fingers_and_magnifiers(page)


def test_the_page_for_the_first_admin_is_accessible(new_server, open_page):
    server = new_server("latchkey", {"BETTER_AUTH_SECRET": SECRET}).start()
    page = open_page(base_url=server.url)
    log_in(page, server.newcomer("alice"))
    page.goto("/admin/setup")
    page.get_by_label("Setup token").fill("wrong")
    page.get_by_role("button", name="Become the admin").click()
    expect(page.locator("#token-error")).not_to_be_empty()
    assert_is_accessible(page)


def test_the_focus_can_be_seen_on_everything_that_takes_it(open_page, alice):
    page = open_page()
    list_full(page, alice)
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        shown, id = page.evaluate("""() => {
            const element = document.activeElement;
            const hasOutline = part => {
                const {outlineStyle, outlineColor, outlineWidth} = getComputedStyle(element, part);
                return outlineStyle !== 'none' && outlineWidth !== '0px' && !/, 0\\)$/.test(outlineColor);
            };
            // The field for new tasks has its ring around the card.
            const card = element.id === 'title' && getComputedStyle(element.closest('.add')).boxShadow;
            return [element === document.body || hasOutline(null) || hasOutline('::after') || /0px 0px 0px 3px/.test(card),
                    element.id || element.className || element.tagName];
        }""")
        assert shown, page.evaluate("document.activeElement.outerHTML")
        seen.add(re.sub(r"-[0-9a-f-]{36}$", "", id))
    assert {"title", "search", "tick", "task-title", "icon-button", "select"} <= seen, seen


def test_text_can_be_twice_as_large(open_page, alice):
    page = open_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1)
    list_full(page, alice)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert_fits(page)
    page.get_by_label("New task").fill("Something new")
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_in_viewport()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_tasks_parts_stand_below_its_title(open_page, alice, size):
    alice.adds("Dentist", description="Bring the card", due={"date": "2996-12-24"}, start={"date": "2996-12-01"},
               priority="high")
    page = open_page(viewport=size)
    log_in(page, alice)
    parts = [page.locator(f".task-{part}").bounding_box() for part in ("title", "details", "plan")]
    assert len({part["x"] for part in parts}) == 1, parts
    assert [part["y"] for part in parts] == sorted(part["y"] for part in parts)
    assert all(part["width"] > 80 for part in parts), parts
    due = page.locator(".due").bounding_box()
    assert all(part["x"] + part["width"] <= due["x"] for part in parts), (parts, due)
    assert due["x"] + due["width"] <= size["width"] and parts[0]["y"] <= due["y"] + due["height"]


def test_a_very_long_name_leaves_the_way_to_sign_out_visible(server, open_page):
    answer = server.client.post("/api/auth/signup", json={
        "email": "long@example.com", "password": PASSWORD, "username": "W" * 100})
    assert answer.status_code == 201
    page = open_page(viewport=PHONE)
    page.goto("/login")
    page.get_by_label("E-mail").fill("long@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    assert_fits(page)
    opens_account_menu(page).get_by_role("button", name="Sign out").click(trial=True)
    assert_fits(page)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_those_who_do_not_want_it(open_page, alice, motion):
    for title in ["first", "second", "third"]:
        alice.adds(title)
    page = open_page(reduced_motion=motion)
    page.add_init_script("""
        window.moved = [];
        for (const type of ['animationstart', 'transitionrun']) {
            addEventListener(type, ({animationName, propertyName, target}) => moved.push(
                `${animationName ?? propertyName} of ${target.className || target.tagName}`), true);
        }""")
    page.goto("/")
    page.wait_for_timeout(2000)  # The example on the home page is ticked off after a while.
    moved = page.evaluate("moved")
    log_in(page, alice)
    page.get_by_role("button", name="Complete: first").click()
    expect(page.locator("#notice")).to_contain_text("completed.")
    page.mouse.move(5, 5)
    expect(page.locator(".row", has_text="first")).to_have_count(0)
    page.locator(".row", has_text="second").hover()
    page.get_by_role("button", name="Delete: second").click()
    expect(page.locator("#notice")).to_contain_text("deleted.")
    page.get_by_label("New task").fill("fourth")
    page.get_by_label("New task").press("Enter")
    expect(page.locator("#notice")).to_contain_text("added.")
    page.locator("#lists-menu > summary").click()
    page.get_by_label("Which tasks to show").get_by_role("link", name="Done").hover()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="third").click()
    expect(page.locator("#edit-title")).to_be_focused()
    running = page.evaluate("document.getAnimations().map(({animationName, transitionProperty}) => animationName ?? transitionProperty)")
    moved += page.evaluate("moved") + running
    if motion == "reduce":
        assert moved == []
    else:
        # Otherwise this test would not see anything.
        assert any("pop of" in what for what in moved) and any("arrive of toast" in what for what in moved), moved


# Contrast, computed from the style sheet


def properties(scheme: str) -> dict:
    """The custom properties that are colours, as numbers from 0 to 1: red, green, blue, opacity."""
    text = (ASSETS / "Public/app.css").read_text()
    found = {}
    for name, value in re.findall(r"--([\w-]+): (.+);", text[:text.index("}")]):
        if pair := re.fullmatch(r"light-dark\(#(\w{6}), #(\w{6})\)", value):
            digits = pair.group(1 if scheme == "light" else 2)
            found[name] = tuple(int(digits[at:at + 2], 16) / 255 for at in (0, 2, 4)) + (1,)
        elif mix := re.fullmatch(r"color-mix\(in srgb, var\(--([\w-]+)\) (\d+)%, transparent\)", value):
            found[name] = found[mix.group(1)][:3] + (int(mix.group(2)) / 100,)
    return found


def over(front, back):
    return tuple(front[3] * one + (1 - front[3]) * other for one, other in zip(front[:3], back[:3])) + (1,)


def contrast(one, other) -> float:
    """WCAG 2.2's contrast ratio of two colours without transparency."""
    def luminance(color):
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3]]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


# The grounds that something stands on, the lowest last.
PAPER, CARD, MENU = ["paper"], ["surface"], ["raised"]
SEGMENTS, ROW, ITEM = ["sunken", "paper"], ["hover", "surface"], ["hover", "raised"]
TEXTS = {
    "ink": [PAPER, CARD, MENU, SEGMENTS, ROW, ITEM, ["tint"]],
    "ink2": [PAPER, CARD, MENU, SEGMENTS, ROW],
    "ink3": [PAPER, CARD, MENU, ROW, ITEM],
    "accent": [PAPER, CARD, MENU, ROW, ITEM, ["tint"]],
    "on-accent": [["accent"], ["accent-hover"]],
    "brass": [CARD, ROW],
    "danger": [PAPER, CARD, MENU, ROW, ["danger-tint"]],
    "toast-ink": [["toast"]],
    "toast-accent": [["toast"]],
}
PARTS = {
    "control": [PAPER, CARD, MENU, ROW],
    "accent": [PAPER, CARD, ROW],
    "accent-hover": [PAPER, CARD, MENU],
    "on-accent": [["accent"]],
    "danger": [CARD, MENU],
    "focus": [PAPER, CARD, MENU, ROW, SEGMENTS, ["tint"]],
    "toast-accent": [["toast"]],
    "toast": [PAPER, CARD],
}
ORNAMENTS = {"line"}
"""Lines between things that can be told apart without them."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_differ_enough(scheme):
    colors = properties(scheme)
    for pairs, least in [(TEXTS, 4.5), (PARTS, 3)]:
        for name, grounds in pairs.items():
            for *layers, ground in grounds:
                below = colors[ground]
                for layer in layers:
                    below = over(colors[layer], below)
                found = contrast(colors[name], below)
                assert found >= least, f"{name} on {[*layers, ground]}: {found:.2f} instead of {least}"
    grounds = {name for pairs in (TEXTS, PARTS) for all in pairs.values() for ground in all for name in ground}
    assert set(colors) == grounds | set(TEXTS) | set(PARTS) | ORNAMENTS, "Say where a new colour is used."
