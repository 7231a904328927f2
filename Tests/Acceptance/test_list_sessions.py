"""The page of the list when its session is over: nothing is lost, and nothing is shown to others."""

import pytest
from playwright.sync_api import expect

from list_page import completed, new_task, row, tick, titles
from support import log_in, signs_in_over, signs_out


def test_an_expired_session_loses_nothing(page, alice):
    page.context.clear_cookies()
    new_task(page).fill("typed for ten minutes")
    new_task(page).press("Enter")
    signs_in_over(page, alice)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#notice")).to_contain_text("Task added.")
    assert alice.titles()[0] == "typed for ten minutes"
    tick(page, "first").click()
    expect(page.locator("#notice")).to_contain_text("completed.")


def test_a_wrong_password_is_said_in_the_dialog(page, alice):
    page.context.clear_cookies()
    tick(page, "first").click()
    signs_in_over(page, alice, "wrong password")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("is wrong")
    signs_in_over(page, alice)
    expect(page.locator("#notice")).to_contain_text("completed.")
    assert completed(alice) == ["first"]


def test_another_account_gets_nothing(page, server, bob):
    page.context.clear_cookies()
    new_task(page).fill("alice's own")
    new_task(page).press("Enter")
    signs_in_over(page, bob)
    expect(page.get_by_role("alert")).to_contain_text("Another account is signed in now.")
    expect(new_task(page)).to_have_value("alice's own")
    assert bob.titles() == []


def test_without_signing_in_again_what_was_typed_stays_with_a_link(page, alice):
    page.context.clear_cookies()
    new_task(page).fill("alice's own")
    new_task(page).press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(new_task(page)).to_have_value("alice's own")
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    assert "alice's own" not in alice.titles()


def test_without_the_dialog_there_is_the_link(passing_page):
    page = passing_page
    page.route("**/signin.js", lambda route: route.abort())
    page.context.clear_cookies()
    tick(page, "first").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(row(page, "first")).to_contain_text("Not saved")


def comes_back(page, event):
    """As when a tab is chosen again, or a page is gone back to that the browser has kept as it was."""
    page.evaluate("""event => event === 'tab' ? document.dispatchEvent(new Event('visibilitychange'))
        : dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))""", event)


def signs_out_elsewhere(page):
    other = page.context.new_page()
    other.goto("/account")
    signs_out(other)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    return other


@pytest.mark.parametrize("event", ["tab", "back"])
def test_a_list_that_is_seen_again_after_a_sign_out_is_not_shown(page, alice, event):
    signs_out_elsewhere(page)
    comes_back(page, event)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.url.endswith("/login?next=%2Fdashboard")


def test_what_is_typed_waits_for_the_next_sign_in_without_the_list(page, alice):
    page.get_by_role("link", name="Select", exact=True).click()
    page.get_by_role("checkbox", name="second").check()
    new_task(page).fill("half writ")
    signs_out_elsewhere(page)
    comes_back(page, "tab")
    expect(page.get_by_role("dialog", name="Sign in again")).to_be_visible()
    expect(titles(page).first).to_be_hidden()
    signs_in_over(page, alice)
    expect(titles(page).first).to_be_visible()
    expect(new_task(page)).to_have_value("half writ")
    expect(page.get_by_role("checkbox", name="second")).to_be_checked()


def test_those_who_do_not_sign_in_again_see_what_was_typed_and_not_the_list(page, alice):
    new_task(page).fill("half writ")
    other = signs_out_elsewhere(page)
    comes_back(page, "tab")
    page.get_by_role("dialog", name="Sign in again").get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(titles(page).first).to_be_hidden()
    expect(new_task(page)).to_have_value("half writ")
    log_in(other, alice)
    comes_back(page, "tab")
    expect(titles(page)).to_have_text(["first", "second", "third"])
    expect(titles(page).first).to_be_visible()
    expect(new_task(page)).to_have_value("half writ")


def test_a_task_that_is_added_after_a_sign_out_brings_no_list_back(page, alice):
    new_task(page).fill("half writ")
    other = signs_out_elsewhere(page)
    comes_back(page, "tab")
    dialog = page.get_by_role("dialog", name="Sign in again")
    dialog.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_be_visible()
    expect(page.locator("#lists-menu")).to_be_hidden()
    new_task(page).press("Enter")
    expect(row(page, "half writ")).to_be_visible()
    for title in ["first", "second", "third"]:
        expect(row(page, title)).to_be_hidden()
    # What is sent from there is signed in for, and all is shown again.
    signs_in_over(page, alice)
    expect(page.locator(".row:visible .task-title")).to_have_text(["half writ", "first", "second", "third"])
    expect(page.locator("#lists-menu")).to_be_visible()
    expect(page.get_by_role("link", name="Sign in in a new tab")).to_have_count(0)


def test_a_list_that_is_hidden_says_why_if_another_account_signs_in(page, bob):
    new_task(page).fill("half writ")
    signs_out_elsewhere(page)
    comes_back(page, "tab")
    signs_in_over(page, bob)
    expect(page.get_by_role("alert")).to_contain_text("Another account is signed in now.")
    expect(titles(page).first).to_be_hidden()
    expect(new_task(page)).to_have_value("half writ")


def test_the_list_of_one_account_is_not_shown_to_the_next(page, bob):
    other = signs_out_elsewhere(page)
    log_in(other, bob)
    comes_back(page, "tab")
    expect(titles(page)).to_have_count(0)
    expect(new_task(page)).to_be_visible()
