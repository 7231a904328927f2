"""What every page has to be: usable with a screen reader, a keyboard, a finger and a magnifier."""

import re

from axe_playwright_python.sync_playwright import Axe

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
MAGNIFIED = {"width": 320, "height": 256}
"""The size of a window of 1280 by 1024 pixels at 400 %."""


def describe(violations) -> str:
    return "\n".join(
        f"{violation['id']}: {violation['help']}: {node['html']}: {node['failureSummary']}"
        for violation in violations for node in violation["nodes"])


def assert_fits(page) -> None:
    """Nothing is scrolled to sideways, and nothing to be used sticks out where scrolling does not lead."""
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "The page scrolls sideways."
    outside = page.evaluate("""width => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
        .filter(element => element.checkVisibility({visibilityProperty: true}) && !element.matches('.skip'))
        .filter(element => {
            const {left, right} = element.getBoundingClientRect();
            return left < -0.5 || right > width + 0.5;
        }).map(element => element.outerHTML)""", width)
    assert outside == [], "Something sticks out."


def assert_is_well_formed(page) -> None:
    """A language, a title, one heading, and labels that lead somewhere."""
    assert page.locator("html").get_attribute("lang") == "en"
    assert re.search(r"Latchkey", page.title())
    assert page.locator("h1").count() == 1 and page.locator("main").count() == 1
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    for attribute in ["aria-describedby", "aria-labelledby", "for", "form"]:
        for value in page.evaluate(f"[...document.querySelectorAll('[{attribute}]')].map(element => element.getAttribute('{attribute}'))"):
            assert set(value.split()) <= set(ids), f"{attribute}={value}"


TARGETS = """button, a.button, a.quiet, input:not([type=hidden]), select, textarea, summary, nav a, .menu-items a, .row a, h2 a,
    .more a"""


def assert_suits_fingers_and_magnifiers(page) -> None:
    page.set_viewport_size(PHONE)
    # WCAG 2.2, 2.5.8: targets of 24 by 24 pixels at least, apart from links within a sentence.
    sizes = page.evaluate("""selector => [...document.querySelectorAll(selector)]
        .filter(element => element.checkVisibility({ visibilityProperty: true }))
        .map(element => [element.getBoundingClientRect(), element.outerHTML])
        .map(([{ width, height }, html]) => [width, height, html])""", TARGETS)
    assert sizes
    assert [html for width, height, html in sizes if 0 < min(width, height) < 24] == []
    # WCAG 2.1, 1.4.10: reflow.
    page.set_viewport_size(MAGNIFIED)
    assert_fits(page)


def assert_is_accessible(page) -> None:
    """As the page is shown now, in light colours and dark ones."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = Axe().run(page, options=RULES).response
        assert found["violations"] == [], f"{scheme}:\n{describe(found['violations'])}"
        assert_fits(page)
    assert_is_well_formed(page)
