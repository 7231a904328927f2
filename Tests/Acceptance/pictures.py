"""Takes pictures of every page in every state: light and dark, on a desk and on a phone.

    LATCHKEY_BINARY=… python -m pytest Tests/Acceptance/pictures.py

All of them, each as long as its page, go to LATCHKEY_PICTURES or `.build/pictures`. Those of docs/pages.md are
made again in docs/images/pages: one file for a page's four looks, and comparisons of a page with the design, whose half
is taken from the existing file. Those of README are in docs/images.
"""

import base64
import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

import test_mail_links as links
from support import ASSETS, PASSWORD, log_in, sqlite
from test_accessibility import PAGES, account, list_full
from test_mail_required import signs_up
from test_offline import is_ready

# The documentation is very long, and takes its time.
pytestmark = pytest.mark.timeout(600)

ALL = Path(os.environ.get("LATCHKEY_PICTURES", ASSETS / ".build/pictures"))
IN_DOCS = ASSETS / "docs/images/pages"
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
LOOKS = [(scheme, size) for scheme in ("light", "dark") for size in SIZES]
LONGEST = 8000
"""Of a page with more pixels than that, there is no picture from top to bottom: the documentation of the API."""

SHOWN = set(re.findall(r"images/pages/(\w+)\.webp", (ASSETS / "docs/pages.md").read_text()))
"""The states whose pictures are in docs/pages.md."""

DRAW = """async ({parts, width, height, quality}) => {
    const canvas = new OffscreenCanvas(width, height), pen = canvas.getContext('2d');
    pen.imageSmoothingQuality = 'high';
    pen.fillStyle = '#888';
    pen.fillRect(0, 0, width, height);
    for (const [data, taken, place] of parts)
        pen.drawImage(await createImageBitmap(await (await fetch('data:;base64,' + data)).blob()), ...taken, ...place);
    const drawn = await canvas.convertToBlob({type: 'image/webp', quality});
    return new Promise(done => {
        const reader = new FileReader();
        reader.onload = () => done(reader.result.split(',')[1]);
        reader.readAsDataURL(drawn);
    });
}"""


def draws(browser, path: Path, width: int, height: int, quality: float, parts) -> None:
    """One picture of several: for each, what is taken of it and where that goes, as x, y, width, height. With a quality of 1,
    nothing is lost."""
    page = browser.new_page()
    parts = [(base64.b64encode(picture).decode(), taken, place) for picture, taken, place in parts]
    drawn = page.evaluate(DRAW, {"parts": parts, "width": width, "height": height, "quality": quality})
    path.write_bytes(base64.b64decode(drawn))
    page.close()


# States that are only looked at. Those of others return nothing or a selector; these may return what to scroll to.


def part_of_the_account(heading):
    def show(page, alice):
        account(page, alice)
        return page.get_by_role("heading", name=heading, exact=True)

    return show


def account_tokens(page, alice):
    at = part_of_the_account("API tokens")(page, alice)
    page.locator("summary", has_text="Make a token").click()
    page.get_by_label("Token name").fill("Backup script")
    page.get_by_role("group", name="It may").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".secret")).to_be_visible()
    page.locator("summary", has_text="Make a token").click()
    return at


def account_deleting(page, alice):
    at = part_of_the_account("Delete the account")(page, alice)
    page.locator("summary", has_text="Delete this account").click()
    return at


def list_in_print(page, alice):
    list_full(page, alice)
    page.emulate_media(media="print")


def offline_list(page, alice):
    list_full(page, alice)
    is_ready(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Complete: Water the plants").click()
    page.get_by_label("New task").fill("Something new")
    page.get_by_label("New task").press("Enter")
    expect(page.locator("#offline")).to_contain_text("waiting")


def offline_page(page, alice):
    list_full(page, alice)
    is_ready(page)
    page.context.set_offline(True)
    page.goto("/account")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()


def sends_a_form(page, to: str) -> None:
    """As without the page's script."""
    page.evaluate("""to => {
        const form = document.querySelector('#add');
        form.action = to;
        HTMLFormElement.prototype.submit.call(form);
    }""", to)


def refused_form(page, alice):
    log_in(page, alice)
    page.evaluate("document.querySelector('#add [name=form_token]').value = 'x'")
    sends_a_form(page, "/tasks")
    expect(page.get_by_role("heading")).not_to_have_text("Sign in")


def busy(page, alice):
    """Another program has locked the database."""
    log_in(page, alice)
    page.get_by_label("New task").fill("Feed the cat")
    with sqlite(alice.server.database) as database:
        database.execute("BEGIN IMMEDIATE")
        sends_a_form(page, "/tasks")
        page.wait_for_url("**/tasks")
        database.rollback()


OWN = [part_of_the_account("Where you are signed in"), account_tokens, account_deleting, list_in_print, offline_list,
       offline_page, refused_form, busy]
OWN[0].__name__ = "account_devices"


def takes_pictures(page, name: str, at=None) -> dict[str, bytes]:
    """In all looks, from the top or from `at` or what was refused."""
    ALL.mkdir(parents=True, exist_ok=True)
    taken = {}
    if at is None and (refused := page.locator(".section:has(> .panel [aria-invalid=true])")).count():
        at = refused.first
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(SIZES[size])
        page.wait_for_timeout(100)
        if at is None:
            page.evaluate("scrollTo(0, 0)")
        else:
            at.evaluate("element => element.scrollIntoView({block: 'start'})")
        look = f"{scheme}-{size}"
        taken[look] = page.screenshot()
        (ALL / f"{name}-{look}.png").write_bytes(taken[look])
        if SIZES[size]["height"] < page.evaluate("document.documentElement.scrollHeight") < LONGEST:
            page.screenshot(path=ALL / f"{name}-{look}-long.png", full_page=True)
    return taken


def shows(browser, name: str, taken: dict[str, bytes]) -> None:
    """In the documents: light above dark, the desk beside the phone."""
    if name not in SHOWN:
        return
    parts = []
    for row, scheme in enumerate(["light", "dark"]):
        y = row * 408
        parts.append((taken[f"{scheme}-desk"], [0, 0, 1280, 800], [0, y, 640, 400]))
        parts.append((taken[f"{scheme}-phone"], [0, 0, 390, 844], [648, y, 185, 400]))
    draws(browser, IN_DOCS / f"{name}.webp", 833, 808, 0.7, parts)


@pytest.mark.parametrize("show", PAGES + OWN, ids=lambda show: show.__name__)
def test_pages(open_page, alice, chromium, show):
    page = open_page(viewport=SIZES["desk"], color_scheme="light", reduced_motion="reduce")
    at = show(page, alice)
    name = {"admin_people_": "admin_person"}.get(show.__name__, show.__name__)
    shows(chromium, name, takes_pictures(page, name, page.locator(at).last if isinstance(at, str) else at))


@pytest.fixture
def mailing_server(stopped_server, mail_server):
    stopped_server.settings |= mail_server.settings(EMAIL_VERIFICATION="optional")
    stopped_server.start()
    stopped_server.says("user", "create", links.ADDRESS, "--stdin", input=PASSWORD)
    return stopped_server


@pytest.mark.parametrize("kind", [kind for kind in links.KINDS if kind is not links.reset], ids=lambda kind: kind.__name__)
def test_where_links_lead(mailing_server, open_page, mail_server, chromium, kind):
    page = open_page(base_url=mailing_server.url)
    link = kind(mailing_server, mail_server)
    page.goto(f"http://127.0.0.1:{mailing_server.port}{link.path}")
    shows(chromium, kind.__name__, takes_pictures(page, kind.__name__))


DESIGNED = [
    ("Call the dentist", {"due": -1}), ("Send invoice #2026-118 to Harbour Ltd", {"due": 0, "priority": "high"}),
    ("Book train to Lyon, window seat", {"due": 0, "description": "Tickets, hotel, seat by the window: see the e-mail from Tom"}),
    ("Reply to landlord about heating", {"due": 2, "tags": ["home"]}), ("Plan menu for Sunday", {"due": 3}),
    ("Cancel gym membership", {"due": 12}), ("Renew passport", {"due": 120}), ("Review PR #482: Retry-After header", {}),
    ("Order new glasses", {}), ("شراء الحليب والخبز", {}), ("Read chapter 4–6", {}), ("Buy milk", {}), ("Buy oat milk", {})]
"""The tasks in the pictures of the design, and in how many days each of them is due."""


def designed(server):
    """A user with these tasks."""
    mira = server.newcomer("mira")
    for title, fields in DESIGNED:
        if "due" in fields:
            fields = fields | {"due": {"date": (date.today() + timedelta(days=fields["due"])).isoformat()}}
        mira.adds(title, **fields)
    return mira


def shows_the_list(page):
    page.get_by_role("button", name="Complete: Buy oat milk").click()
    page.mouse.move(5, 5)
    expect(page.locator(".row", has_text="Buy oat milk")).to_have_count(0)
    expect(page.locator("#notice")).to_be_visible()
    page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")


@pytest.mark.parametrize("name, scheme, size", [
    ("list", "light", "desk"), ("list-dark", "dark", "desk"), ("list-phone", "light", "phone"), ("login", "light", "desk"),
    ("account", "light", "desk"), ("account-phone", "dark", "phone")])
def test_beside_the_design(open_page, server, chromium, name, scheme, size):
    width, height, scale = {"desk": (1440, 900, 2), "phone": (390, 844, 1)}[size]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    if name == "login":
        page.goto("/login")
    else:
        log_in(page, designed(server))
        page.goto("/account") if name.startswith("account") else shows_the_list(page)
    path, shown, full = IN_DOCS / f"design-{name}.webp", (width // scale, height // scale), [0, 0, width, height]
    design = [0, 0, *shown]
    draws(chromium, path, 2 * shown[0] + 16, shown[1], 1, [
        (path.read_bytes(), design, design), (page.screenshot(), full, [shown[0] + 16, 0, *shown])])


@pytest.mark.parametrize("name, scheme", [("dashboard", "light"), ("login", "dark")])
def test_in_readme(open_page, server, name, scheme):
    page = open_page(viewport={"width": 960, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    if name == "dashboard":
        log_in(page, designed(server))
        expect(page.locator(".row")).to_have_count(len(DESIGNED))
        page.evaluate("document.activeElement.blur()")
    else:
        page.goto("/login")
        expect(page.locator("button.show")).to_be_visible()
    page.screenshot(path=ASSETS / f"docs/images/{name}.png")


def test_codes_from_mail(stopped_server, open_page, mail_server, chromium):
    stopped_server.settings |= mail_server.settings(EMAIL_VERIFICATION="required")
    page = open_page(base_url=stopped_server.start().url)
    signs_up(page, "carol@example.com")
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    shows(chromium, "code", takes_pictures(page, "code"))
    page.goto("/forgot")
    page.get_by_label("E-mail").fill("carol@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("button", name="Set the password")).to_be_visible()
    takes_pictures(page, "forgot_and_sent")
