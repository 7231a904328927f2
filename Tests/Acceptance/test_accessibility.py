"""axe-core on every page, in both colour schemes, on a phone and on a desk; and pictures of them for people."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from support import PASSWORD, log_in, opens_account_menu

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
LONG = "Pick up the repaired bicycle, pay, and ask about the squeaking front brake while you are there"
UNBROKEN = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselanhänger" * 2


def home(page, alice):
    page.goto("/")


def signup(page, alice):
    page.goto("/signup")


def signup_with_errors(page, alice):
    page.goto("/signup")
    page.get_by_label("E-mail").fill("ada@localhost")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Sign up").click()
    expect(page.locator("#password-error")).not_to_be_empty()


def login(page, alice):
    page.goto("/login?notice=signed-out")


def login_with_errors(page, alice):
    page.goto("/login")
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill("wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def dashboard_empty(page, alice):
    log_in(page, alice)


def dashboard_full(page, alice):
    for number in range(26):
        alice.adds(f"Something older, number {26 - number}", completed=number % 2 == 0)
    alice.adds(UNBROKEN)
    alice.adds("Water the plants", description="The fern too.\nNot the cactus.", completed=True)
    alice.adds(LONG, description=LONG + ". " + UNBROKEN)
    alice.adds("Feed the cat", due={"datetime": "2026-12-24T17:00", "time_zone": "America/Argentina/ComodRivadavia"},
               start={"datetime": "2026-12-01T08:00"}, priority="medium")
    log_in(page, alice)


def dashboard_editing(page, alice):
    dashboard_full(page, alice)
    page.locator("a.task-title", has_text="Pick up").click()
    expect(page.locator("#edit-title")).to_be_focused()


def dashboard_with_errors(page, alice):
    alice.adds("Feed the cat")
    log_in(page, alice)
    page.get_by_label("New task").fill("x" * 201)
    page.get_by_label("Description, dates, tags and more").click()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#title-error")).not_to_be_empty()


def dashboard_done(page, alice):
    alice.adds("Water the plants", completed=True)
    log_in(page, alice)
    page.get_by_label("Which tasks to show").get_by_role("link", name="Done").click()
    expect(page.locator("[aria-current=page]")).to_have_text("Done")


def dashboard_deleted(page, alice):
    alice.adds("Feed the cat")
    alice.adds("Water the plants")
    log_in(page, alice)
    page.get_by_role("button", name="Delete: Water the plants").click()
    expect(page.locator("#undo")).to_be_focused()


def dashboard_view(name):
    def show(page, alice):
        alice.adds("Overdue", due={"date": "2026-01-01"})
        dashboard_full(page, alice)
        page.goto(f"/dashboard?view={name}")
        expect(page.locator(".row").first).to_be_visible()
    show.__name__ = f"dashboard_{name}"
    return show


def dashboard_search(page, alice):
    dashboard_full(page, alice)
    page.goto("/dashboard?q=older")


def dashboard_search_without_results(page, alice):
    dashboard_full(page, alice)
    page.goto("/dashboard?q=nowhere")
    expect(page.locator("#empty")).to_be_visible()


def dashboard_all_done(page, alice):
    dashboard_done(page, alice)
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="All done")).to_be_visible()


def dashboard_list(page, alice):
    list_id = alice.posts("/api/lists", {"name": "Garden", "color": "lime"}).json()["id"]
    alice.adds("Water the plants", list_id=list_id)
    log_in(page, alice)
    page.goto(f"/dashboard?list={list_id}")
    page.get_by_text("Change this list").click()


def dashboard_menus(page, alice):
    # Without tasks, as a menu may cover parts of them.
    alice.posts("/api/lists", {"name": "Garden", "color": "lime"})
    log_in(page, alice)
    page.locator("#lists-menu > summary").click()
    page.get_by_text("New list").click()


def dashboard_orders(page, alice):
    dashboard_full(page, alice)
    page.locator("#sort-menu > summary").click()


def dashboard_account_menu(page, alice):
    log_in(page, alice)
    opens_account_menu(page)


def dashboard_selecting(page, alice):
    # Few, as the bar may cover parts of others.
    alice.adds("Water the plants")
    log_in(page, alice)
    page.get_by_role("link", name="Select", exact=True).click()
    page.locator(".pick input").first.check()
    page.get_by_text("More", exact=True).click()


def dashboard_chips(page, alice):
    log_in(page, alice)
    page.get_by_label("New task").press_sequentially("Pay rent 24 dec 2030 #home !high")
    expect(page.locator("#chips .chip")).to_have_count(3)


def dashboard_trash(page, alice):
    dashboard_deleted(page, alice)
    page.goto("/dashboard?view=trash")
    page.get_by_text("Empty the trash").click()


def dashboard_keys(page, alice):
    dashboard_full(page, alice)
    page.get_by_role("button", name="Keyboard shortcuts").click(force=True)
    expect(page.get_by_role("dialog")).to_be_visible()


def dashboard_unsaved(page, alice):
    dashboard_full(page, alice)
    page.route("**/complete", lambda route: route.abort())
    page.get_by_role("button", name="Complete: Feed the cat").click()
    expect(page.locator(".unsaved")).to_contain_text("Not saved")


def dashboard_signed_out(page, alice):
    dashboard_full(page, alice)
    page.context.clear_cookies()
    page.get_by_role("button", name="Complete: Feed the cat").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def forgot(page, alice):
    page.goto("/forgot")


def docs(page, alice):
    page.goto("/docs")
    expect(page.get_by_role("button", name="Copy: First steps")).to_be_visible()


def reset_with_errors(page, alice):
    link = alice.server.says("user", "reset-link", alice.id).splitlines()[0]
    page.goto("/reset/" + link.split("/")[-1])
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("#password-error")).not_to_be_empty()


def account(page, alice):
    alice.server.signs_in(alice.email)
    log_in(page, alice)
    page.goto("/account")
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_be_visible()


def account_with_errors(page, alice):
    log_in(page, alice)
    page.goto("/account")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("#new_password-error")).not_to_be_empty()


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


def not_found(page, alice):
    page.goto("/no/such/page")


PAGES = [
    home, signup, signup_with_errors, login, login_with_errors, dashboard_empty, dashboard_full, dashboard_editing,
    dashboard_with_errors, dashboard_done, dashboard_deleted, docs, reset_with_errors, not_found,
    account, account_with_errors, account_to_return_to, forgot, dashboard_view("today"), dashboard_view("upcoming"),
    dashboard_view("all"), dashboard_search, dashboard_search_without_results, dashboard_all_done, dashboard_list,
    dashboard_menus, dashboard_orders, dashboard_account_menu, dashboard_selecting, dashboard_chips, dashboard_trash,
    dashboard_keys, dashboard_unsaved, dashboard_signed_out,
]

# All of them in `make slow`.
EVERYWHERE = [
    (scheme, forced, size) for scheme in ("light", "dark") for forced in ("none", "active") for size in ("desk", "phone")]
LOOKS = EVERYWHERE if os.environ.get("EVERY_LOOK") else [("light", "none", "desk"), ("dark", "none", "phone")]


def describe(violations) -> str:
    return "\n".join(
        f"{violation['id']}: {violation['help']}: {node['html']}: {node['failureSummary']}"
        for violation in violations for node in violation["nodes"])


def takes_picture(page, name: str) -> None:
    if directory := os.environ.get("SCREENSHOTS"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("show", PAGES, ids=lambda show: show.__name__)
def test_a_page_can_be_used_by_everybody(open_page, alice, show):
    page = open_page(viewport=DESK, color_scheme="light", reduced_motion="reduce")
    show(page, alice)
    for scheme, forced, size in LOOKS:
        page.emulate_media(color_scheme=scheme, forced_colors=forced)
        viewport = {"desk": DESK, "phone": PHONE}[size]
        page.set_viewport_size(viewport)
        name = f"{scheme}-{forced}-{size}"
        takes_picture(page, f"{show.__name__}-{name}")
        found = Axe().run(page, options=RULES).response
        assert found["violations"] == [], f"{name}:\n{describe(found['violations'])}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= viewport["width"], f"{name}: the page scrolls sideways."


@pytest.mark.parametrize("show", PAGES, ids=lambda show: show.__name__)
def test_nothing_needs_to_be_hit_with_a_needle(open_page, alice, show):
    """WCAG 2.2, 2.5.8: targets of 24 by 24 pixels at least, apart from links within a sentence."""
    page = open_page(viewport=PHONE)
    show(page, alice)
    for target in page.locator("button, a.button, a.quiet, input:not([type=hidden]), select, textarea, summary, nav a").all():
        if box := target.is_visible() and target.bounding_box():
            assert box["width"] >= 24 and box["height"] >= 24, target.evaluate("element => element.outerHTML")


@pytest.mark.parametrize("show", PAGES, ids=lambda show: show.__name__)
def test_a_page_has_a_language_a_title_one_heading_and_working_labels(open_page, alice, show):
    page = open_page()
    show(page, alice)
    assert page.locator("html").get_attribute("lang") == "en"
    assert re.search(r"Latchkey", page.title())
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    for attribute in ["aria-describedby", "for"]:
        for value in page.evaluate(f"[...document.querySelectorAll('[{attribute}]')].map(element => element.getAttribute('{attribute}'))"):
            assert set(value.split()) <= set(ids), f"{attribute}={value}"


def test_the_focus_can_be_seen_on_everything_that_takes_it(open_page, alice):
    page = open_page()
    dashboard_full(page, alice)
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate("""() => {
            const style = getComputedStyle(document.activeElement);
            return document.activeElement === document.body || style.outlineStyle !== 'none' || style.boxShadow !== 'none';
        }""")
        assert seen, page.evaluate("document.activeElement.outerHTML")


def test_text_can_be_twice_as_large(open_page, alice):
    page = open_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1)
    dashboard_full(page, alice)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.get_by_label("New task").fill("Large")
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_in_viewport()


def test_a_window_of_320_pixels_is_wide_enough(open_page, alice):
    """WCAG 2.1, 1.4.10: reflow."""
    page = open_page(viewport={"width": 320, "height": 640})
    dashboard_editing(page, alice)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for path in ["/account", "/signup"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_tasks_parts_stand_below_its_title(open_page, alice, size):
    alice.adds("Dentist", description="Bring the card", due={"date": "2026-12-24"}, start={"date": "2026-12-01"},
               priority="high")
    page = open_page(viewport=size)
    log_in(page, alice)
    parts = [page.locator(f".task-{part}").bounding_box() for part in ("title", "details", "plan")]
    assert len({part["x"] for part in parts}) == 1, parts
    assert [part["y"] for part in parts] == sorted(part["y"] for part in parts)
    assert all(part["width"] > 80 for part in parts), parts


def test_somebody_with_a_very_long_name_still_finds_the_way_out(server, open_page):
    answer = server.client.post("/api/auth/signup", json={
        "email": "long@example.com", "password": PASSWORD, "username": "W" * 100})
    assert answer.status_code == 201
    page = open_page(viewport=PHONE)
    page.goto("/login")
    page.get_by_label("E-mail").fill("long@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    opens_account_menu(page).get_by_role("button", name="Sign out").click(trial=True)
