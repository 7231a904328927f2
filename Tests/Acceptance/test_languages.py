"""How dates are written in the languages of accounts: as Chromium's own library of languages writes them."""

import html
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from support import Browser

TABLE = Path(__file__).parents[2] / "Sources/Calendar/Languages/DateStyleTable.swift"
ROW = re.compile(
    r'class="task-title"[^>]*>([^<]*)</a>.*?title="Due ([^"]*)"><span class="visually-hidden">Due </span>(?:<span[^>]*>)?([^<]*)<',
    re.DOTALL)


def tags() -> list[str]:
    return re.findall(r"^        ([a-zA-Z]{2,3}(?:-[A-Za-z]+)?)\|", TABLE.read_text(), re.MULTILINE)


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
    """Without what differs between editions of the data: kinds of spaces, marks of direction, commas in English, and the
    Spanish abbreviation of September."""
    text = re.sub(r"[\s\u202f\xa0\u200e\u200f]+", " ", html.unescape(text)).strip()
    return text.replace(",", "").replace("sept ", "sep ")


def as_chromium(page, tag: str, days: list[str]) -> list[list[str]]:
    """Each day, with its weekday and without; nothing for a language of which Chromium has only the name."""
    return page.evaluate(
        """([tag, days]) => {
            const base = { timeZone: 'UTC', calendar: 'gregory', numberingSystem: 'latn' };
            const formats = [{ weekday: 'short' }, {}].map(more => new Intl.DateTimeFormat(
                tag, { ...base, ...more, day: 'numeric', month: 'short', year: 'numeric' }));
            const month = language => new Intl.DateTimeFormat(language, { ...base, weekday: 'long', month: 'long' })
                .format(new Date('2026-10-01T00:00Z'));
            if (month(tag).startsWith('M10') || (!tag.startsWith('en') && month(tag) === month('en'))) return [];
            return days.map(day => formats.map(format => format.format(new Date(day + 'T00:00Z'))));
        }""", [tag, days])


def test_dates_are_as_chromium_writes_them(dates, open_page):
    page = open_page()
    differences, compared = [], 0
    # Chromium's edition of the data puts the month before the day in Kannada, and has longer months in Australia.
    for tag in set(tags()) - {"kn", "en-AU"}:
        saved = dates.submits("/account/region", on="/account", time_zone="UTC", week_start="monday", language=tag)
        assert saved.status_code == 303
        rows = ROW.findall(dates.get("/dashboard?view=all").text)
        assert len(rows) == 16, tag
        # What is said to be English and no more is written as in Britain.
        wanted = as_chromium(page, "en-GB" if tag == "en" else tag, [day for day, _, _ in rows])
        compared += len(wanted) > 0
        for (day, full, short), (long, medium) in zip(rows, wanted):
            if not plain(full).startswith(plain(long)):
                differences.append((tag, day, plain(full), plain(long)))
            if day > f"{date.today().year + 1}" and not plain(short).startswith(plain(medium)):
                differences.append((tag, day, plain(short), plain(medium)))
    assert not differences, "\n".join(map(str, differences))
    assert compared > 55


def signs_up(open_page, **region):
    page = open_page(**region)
    page.goto("/signup")
    page.get_by_label("E-mail").fill(f"reader.{id(page)}@example.com")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Sign up").click()
    return page


def test_an_american_reads_the_month_first_and_twelve_hours(open_page, server):
    page = signs_up(open_page, locale="en-US", timezone_id="America/New_York")
    year = date.today().year + 2
    page.get_by_label("New task").fill(f"march 4 july {year} at 17:00")
    expect(page.locator("#chips button").first).to_contain_text(re.compile(r"Jul 4.* 5:00\sPM"))
    page.keyboard.press("Enter")
    expect(page.locator(".row .due")).to_contain_text(re.compile(rf"Jul 4, {year} 5:00\sPM"))
    # The whole page is as the browser painted it at first, also when it is loaded again.
    page.reload()
    expect(page.locator("#summary")).to_contain_text(re.compile(r"^[A-Z][a-z]+ \d+ · 1 open"))


def test_dates_in_another_language_are_marked_with_it(open_page):
    page = signs_up(open_page, locale="de-AT", timezone_id="Europe/Vienna")
    page.get_by_label("New task").fill("Strudel tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator(".row .due")).to_have_text("Due Morgen")
    expect(page.locator(".row .due [lang]")).to_have_attribute("lang", "de-AT")
    expect(page.locator("#heading")).to_have_attribute("lang", "de-AT")
    expect(page.locator("#heading")).to_have_text(re.compile("tag$|^Mittwoch$"))
    page.goto("/account")
    expect(page.locator("time[lang=de-AT]").first).to_be_visible()
