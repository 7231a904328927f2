"""How dates are written in the languages of accounts: as Chromium's own library of languages writes them."""

import html
import re
from datetime import date, timedelta

import pytest

from support import Browser

TABLE = "Sources/Calendar/Languages/DateStyleTable.swift"
ROW = re.compile(r'class="task-title"[^>]*>([^<]*)</a>.*?<span class="due[^"]*" title="Due ([^"]*)">(.*?)</span>\s*<', re.DOTALL)


def tags() -> list[str]:
    return re.findall(r"^        ([a-zA-Z]{2,3}(?:-[A-Za-z]+)?)\|", open(TABLE).read(), re.MULTILINE)


@pytest.fixture(scope="module")
def dates(start_server):
    """An account with a task in each month, at a time of the day, and some soon."""
    server = start_server()
    person = server.newcomer()
    days = [date(date.today().year + 2, month, 3 + month) for month in range(1, 13)]
    days += [date.today() + timedelta(days=days) for days in (-1, 0, 1, 3)]
    for number, day in enumerate(days):
        person.adds(day.isoformat(), due={"datetime": f"{day}T{number * 2 % 24:02}:05"})
    browser = Browser(server.url)
    browser.logs_in(person)
    yield browser
    server.stop()


def plain(text: str) -> str:
    """Without the kinds of spaces, and marks of direction, in which editions of the data differ."""
    return re.sub(r"[\s\u202f\xa0\u200e\u200f]+", " ", html.unescape(re.sub("<[^>]*>", "", text))).strip()


def test_dates_are_as_chromium_writes_them(dates, open_page):
    page = open_page()
    known = tags()
    assert len(known) > 70
    differences = []
    for tag in known:
        assert dates.submits("/account/region", on="/account", time_zone="UTC", week_start="monday", language=tag).status_code == 303
        rows = ROW.findall(dates.get("/dashboard?view=all").text)
        assert len(rows) == 16, tag
        # British English is what nothing else is said of; its months are those of the browser's data.
        wanted = page.evaluate(
            """([tag, days]) => {
                const base = { timeZone: 'UTC', calendar: 'gregory', numberingSystem: 'latn' };
                const format = options => new Intl.DateTimeFormat(tag, { ...base, ...options });
                const full = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
                const year = format({ day: 'numeric', month: 'short', year: 'numeric' });
                return days.map(day => [full, year].map(format => format.format(new Date(day + 'T00:00Z'))));
            }""", ["en-GB" if tag == "en" else tag, [row[0] for row in rows]])
        for (day, full, short), (long, medium) in zip(rows, wanted):
            if not plain(full).startswith(plain(long)):
                differences.append((tag, day, plain(full), plain(long)))
            if int(day[:4]) > date.today().year and not plain(short).replace("Due ", "", 1).startswith(plain(medium)):
                differences.append((tag, day, plain(short), plain(medium)))
    assert differences == []
