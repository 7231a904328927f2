"""The size of pages on the wire, as a browser fetches them: compressed, and in how many requests."""

import pytest
from playwright.sync_api import expect

from support import PRODUCTION, SECRET, log_in

KB = 1024


class Wire:
    """Counts the bytes that Chromium receives, headers and all."""

    def __init__(self, page):
        self.names, self.sizes = {}, {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: self.names.update({event["requestId"]: event["request"]["url"]}))
        session.on("Network.loadingFinished", self.count)

    def count(self, event):
        if self.names[event["requestId"]].startswith("http"):
            self.sizes[event["requestId"]] = event["encodedDataLength"]

    def clear(self):
        self.sizes.clear()

    def total(self, *ends):
        """The bytes of the URLs that end like this, or of everything but streams."""
        return sum(size for request, size in self.sizes.items()
                   if not ends or self.names[request].split("?")[0].endswith(ends))

    def requests(self):
        return [self.names[request] for request, size in self.sizes.items() if size]

    def __repr__(self):
        return "\n".join(f"{size:6} {self.names[request].split('/')[-1]}" for request, size in self.sizes.items())


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET, **PRODUCTION)
    yield server
    server.stop()


@pytest.fixture
def page(open_page, server, alice):
    days = ["2026-01-01", "2031-05-05", None]
    for number in range(25):
        due = {"date": days[number % 3]} if days[number % 3] else None
        alice.asks("POST", alice.tasks, json={
            "title": f"Task {number} of a list", "due": due, "tags": ["home"] if number % 5 == 0 else []})
    page = open_page()
    log_in(page, alice)
    return page


def test_a_dashboard_of_25_tasks_is_small(page, open_page):
    cookies = page.context.cookies()
    cold = open_page()
    cold.context.add_cookies(cookies)
    wire = Wire(cold)
    cold.goto("/dashboard")
    expect(cold.locator(".row")).to_have_count(25)
    cold.wait_for_timeout(500)
    assert wire.total("/dashboard", ".css") <= 10 * KB, wire
    assert wire.total() <= 24 * KB, wire
    assert len(wire.requests()) <= 12, wire

    wire.clear()
    cold.goto("/dashboard")
    cold.wait_for_timeout(500)
    assert wire.total() <= 5 * KB, wire

    wire.clear()
    cold.get_by_role("button", name="Complete: Task 3 of a list", exact=True).click()
    expect(cold.locator("#notice")).to_contain_text("completed.")
    cold.wait_for_timeout(300)
    assert [url for url in wire.requests() if not url.endswith("/complete")] == [], wire
    assert wire.total() <= 1.5 * KB, wire


def test_nothing_moves_while_a_page_loads_or_a_task_is_ticked(page):
    """Cumulative layout shift, clicks included, with a processor slowed four times."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.add_init_script("""
        window.shifts = 0;
        new PerformanceObserver(list => {
            for (const entry of list.getEntries()) window.shifts += entry.value;
        }).observe({ type: 'layout-shift', buffered: true });
    """)
    page.goto("/dashboard")
    expect(page.locator(".row")).to_have_count(25)
    page.get_by_role("button", name="Complete: Task 24 of a list", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("completed.")
    page.wait_for_timeout(300)
    shifts = page.evaluate("window.shifts")
    assert shifts <= 0.02
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    print(f"first paint after {paint:.0f} ms with a processor slowed four times, layout shift {shifts:.3f}")
