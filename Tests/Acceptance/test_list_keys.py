"""Keys and menus of the page of the list, and the forms around it."""

import re

import pytest
from playwright.sync_api import expect

from list_page import completed, new_task, row, tick
from support import log_in


# Keys


def test_keys(page, alice):
    keys = page.keyboard
    keys.press("Escape")
    page.evaluate("document.activeElement.blur()")
    keys.press("j")
    expect(tick(page, "first")).to_be_focused()
    keys.press("j")
    expect(tick(page, "second")).to_be_focused()
    keys.press("k")
    expect(tick(page, "first")).to_be_focused()
    keys.press("e")
    expect(page.locator("#edit-title")).to_be_focused()
    keys.type(" n?")
    expect(page.locator("#edit-title")).to_have_value(re.compile(r"n\?"))
    keys.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)
    expect(row(page, "first").locator("a")).to_be_focused()
    keys.press("e")
    page.locator("#edit-title").fill("first, but better")
    page.locator("#edit-description").fill("with a description")
    page.locator("#edit-description").press("Control+Enter")
    expect(row(page, "first, but better")).to_contain_text("with a description")
    keys.press("Delete")
    expect(page.locator("#notice")).to_contain_text("Task deleted.")
    expect(tick(page, "second")).to_be_focused()
    keys.press("c")
    expect(row(page, "second")).to_have_class(re.compile(r"\bdone\b"))
    keys.press("n")
    expect(new_task(page)).to_be_focused()
    keys.type("gd")
    expect(new_task(page)).to_have_value("gd")
    page.evaluate("document.activeElement.blur()")
    for key, view in [("t", "Today"), ("u", "Upcoming"), ("d", "Done"), ("o", "Open")]:
        keys.press("g")
        keys.press(key)
        expect(page.locator("#views [aria-current]")).to_contain_text(view)
        page.evaluate("document.activeElement.blur()")
    assert alice.titles() == ["second", "third"] and completed(alice) == ["second"]


def test_the_keys_can_be_looked_up(page):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_contain_text("Undo the last change; again, the one before")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog).to_be_visible()


def turns_single_keys(page, on: bool):
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("checkbox", name="Single-key shortcuts").set_checked(on)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")


def test_single_key_shortcuts_can_be_turned_off(page, alice):
    """WCAG 2.2, 2.1.4."""
    other = page.context.new_page()
    other.goto("/dashboard")
    other.evaluate("document.activeElement.blur()")
    other.keyboard.press("j")
    expect(tick(other, "first")).to_be_focused()
    other.evaluate("globalThis.hears = new Promise(resolve => addEventListener('storage', () => resolve(true)))")
    turns_single_keys(page, False)
    assert other.evaluate("hears")
    for tab in [page, other]:
        for key in ["n", "/", "j", "z", "?"]:
            tab.keyboard.press(key)
        expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(tick(other, "first")).to_be_focused()
    assert page.evaluate("document.activeElement === document.body")
    page.reload()
    page.keyboard.press("n")
    # Together with others, keys go on to work.
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search")).to_have_value("")
    turns_single_keys(page, True)
    page.keyboard.press("n")
    expect(new_task(page)).to_be_focused()


def test_a_passing_visit_turns_single_keys_off_for_itself(passing_page):
    page = passing_page
    turns_single_keys(page, False)
    page.reload()
    expect(new_task(page)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    # Keys are worked off in turn.
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    assert "singleKeys" not in page.evaluate("Object.keys(localStorage)")


def test_without_a_storage_single_keys_are_turned_off_for_the_page(open_page, alice):
    page = open_page()
    page.add_init_script("""for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(
        window, name, { get() { throw new DOMException('', 'SecurityError'); } })""")
    log_in(page, alice, stays=False)
    turns_single_keys(page, False)
    page.keyboard.press("n")
    page.keyboard.press("Control+k")
    expect(page.locator("#search")).to_be_focused()
    turns_single_keys(page, True)
    page.keyboard.press("n")
    expect(new_task(page)).to_be_focused()


def test_keys_that_cannot_be_looked_up_say_so(page):
    page.route("**/help.js", lambda route: route.abort())
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.get_by_role("alert")).to_contain_text("Check the connection")


def test_search_has_a_key(page):
    if page.locator("#search").count() == 0:
        pytest.skip("The header has no search.")
    page.evaluate("document.activeElement.blur()")
    for key in ["/", "Control+k"]:
        page.keyboard.press(key)
        expect(page.locator("#search")).to_be_focused()
        expect(page.locator("#search")).to_have_value("")
        page.evaluate("document.activeElement.blur()")


# Menus


def test_menus_close(page):
    lists, order = page.locator("#lists-menu"), page.locator("#sort-menu")
    for close in [lambda: page.keyboard.press("Escape"), lambda: page.locator("#heading").click()]:
        lists.locator("summary").first.click()
        expect(lists).to_have_attribute("open", "")
        close()
        expect(lists).not_to_have_attribute("open", "")
    lists.locator("summary").first.click()
    order.locator("summary").click()
    expect(lists).not_to_have_attribute("open", "")
    expect(order).to_have_attribute("open", "")
    lists.locator("summary").first.click()
    lists.get_by_text("New list").click()
    expect(lists).to_have_attribute("open", "")


def test_passwords_can_be_looked_at(open_page):
    page = open_page()
    page.goto("/login")
    page.evaluate("""() => {
        if (document.querySelector('.show')) return;
        const button = Object.assign(document.createElement('button'), {type: 'button', className: 'show', textContent: 'Show'});
        button.dataset.show = 'password';
        document.querySelector('#password').after(button);
    }""")
    field = page.locator("#password")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide").click()
    expect(field).to_have_attribute("type", "password")


def test_an_address_that_was_typed_goes_along_to_the_other_ways_in(open_page):
    page = open_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url + str(request.headers)))
    address = "ada+list&co@example.com"
    field = page.get_by_label("E-mail")
    page.goto("/login")
    expect(page.locator("button.show")).to_be_visible()
    field.fill(address)
    for name, path in [("Sign up", "/signup"), ("Sign in", "/login"), ("Forgot it?", "/forgot"), ("Back to sign-in", "/login")]:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_url(re.compile(path + "$"))
        expect(field).to_have_value(address)
    assert not [request for request in asked if "example.com" in request or "example%2Ecom" in request]


def test_a_form_works_without_its_module(open_page, alice):
    page = open_page()
    page.route("**/forms.js", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/login")
    log_in(page, alice)
    expect(new_task(page)).to_be_visible()
