"""Parts of the page of the list, in a browser."""

import re

from playwright.sync_api import expect


def new_task(page):
    return page.locator("#title")


def row(page, title):
    # The editor names other tasks too.
    return page.locator(".row:not(.editing)", has_text=title)


def tick(page, title):
    return row(page, title).locator("button.tick")


def titles(page):
    return page.locator(".task-title")


def completed(alice):
    return sorted(task["title"] for task in alice.gets(alice.tasks).json() if task["completed"])


def posts(page):
    """The addresses of what is sent from now on."""
    sent = []
    page.on("request", lambda request: request.method == "POST" and "/api/" not in request.url
            and sent.append(re.sub(r"^https?://[^/]+", "", request.url)))
    return sent


def chips(page):
    return page.locator("#chips > *")


def picks(page):
    return page.locator(".pick input")


def shows_a_new_page(page):
    """An empty title, whose refusal is a whole page."""
    new_task(page).press("Enter")
    expect(page.locator("#title-error")).to_have_text("Enter a title.")
