"""The dates of repeats, compared with python-dateutil."""

import itertools
import os
import random
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr

RULES = int(os.environ.get("LATCHKEY_RULES", "300"))
"""Random rules; `make endure` tries 10,000."""
HORIZON = datetime(2048, 1, 1)
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(draw: random.Random, values, most: int = 3) -> str:
    return ",".join(map(str, draw.sample(list(values), draw.randint(1, most))))


def random_rule(draw: random.Random) -> str:
    """A rule that RFC 5545 allows, section 3.3.10."""
    frequency = draw.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts = [f"FREQ={frequency}"]
    if draw.random() < 0.6:
        parts.append(f"INTERVAL={draw.choice([2, 3, 4, 5, 6, 7, 10, 13, 30])}")
    if draw.random() < 0.3:
        parts.append(f"BYMONTH={some(draw, range(1, 13))}")
    if frequency != "WEEKLY" and draw.random() < 0.3:
        parts.append(f"BYMONTHDAY={some(draw, [*range(1, 32), *range(-31, 0)], 5)}")
    has_weeks = frequency == "YEARLY" and draw.random() < 0.2
    if frequency == "YEARLY" and not has_weeks and draw.random() < 0.2:
        parts.append(f"BYYEARDAY={some(draw, [*range(1, 367), *range(-366, 0)], 6)}")
    has_days = has_weeks or draw.random() < 0.5
    if has_weeks:
        # Where the weeks of two years meet, dateutil takes the length of the wrong year; isocalendar knows better, below.
        parts.append(f"BYWEEKNO={some(draw, [*range(1, 52), *range(-51, 0)])}")
    if has_days:
        days = list(DAYS)
        if frequency in ("MONTHLY", "YEARLY") and not has_weeks and draw.random() < 0.5:
            most = 5 if frequency == "MONTHLY" or any("BYMONTH=" in part for part in parts) else 53
            days = [f"{draw.choice([1, -1]) * draw.randint(1, most)}{day}" for day in DAYS]
        parts.append(f"BYDAY={some(draw, days, 4)}")
    if draw.random() < 0.1:
        parts.append(f"BYHOUR={some(draw, range(24))}")
    if any(part.startswith("BY") for part in parts) and draw.random() < 0.25:
        parts.append(f"BYSETPOS={some(draw, [1, 2, 3, -1, -2])}")
    if draw.random() < 0.3:
        parts.append(f"WKST={draw.choice(DAYS)}")
    if draw.random() < 0.3:
        until = f"UNTIL=20{draw.randint(26, HORIZON.year % 100 - 1)}0{draw.randint(1, 9)}15T120000"
        parts.append(draw.choice([f"COUNT={draw.randint(1, 8)}", until]))
    head, rest = parts[0], parts[1:]
    draw.shuffle(rest)
    return ";".join([head, *rest])


def expected(rule: str, start: datetime, count: int) -> list[str]:
    """dateutil searches up to the year 9999, so its search is given an end. Of a week it looks only at the days from
    the start on, although BYSETPOS picks from the whole week, so it is given the week's first day."""
    named = dict(part.split("=") for part in rule.split(";"))
    limit = min(count, int(named.pop("COUNT", count)))
    named.setdefault("UNTIL", f"{HORIZON:%Y%m%dT%H%M%S}")
    first = start
    if named["FREQ"] == "WEEKLY" and "BYSETPOS" in named:
        named.setdefault("BYDAY", DAYS[start.weekday()])
        first -= timedelta(days=(start.weekday() - DAYS.index(named.get("WKST", "MO"))) % 7)
    found = rrulestr(";".join(f"{name}={value}" for name, value in named.items()), dtstart=first)
    later = (time for time in found if time >= start)
    return [time.strftime("%Y-%m-%dT%H:%M") for time in itertools.islice(later, limit)]


@pytest.mark.timeout(60 + RULES)
def test_random_rules_agree_with_dateutil(alice):
    draw = random.Random(14)
    differences = []
    for _ in range(RULES):
        rule = random_rule(draw)
        start = datetime(2026, draw.randint(1, 12), draw.randint(1, 28), draw.choice([0, 9, 23]), draw.choice([0, 30]))
        body = {"rrule": rule, "start": {"datetime": start.strftime("%Y-%m-%dT%H:%M")}, "count": 10}
        answer = alice.posts("/api/tasks/preview-repeat", body)
        assert answer.status_code in (200, 422), (rule, answer.text)
        ours = [time["datetime"] for time in answer.json()["instances"]] if answer.status_code == 200 else []
        ours = [time for time in ours if time < HORIZON.isoformat()]
        theirs = expected(rule, start, 10)
        if ours != theirs:
            differences.append((rule, start.isoformat(), ours[:3], theirs[:3]))
    assert not differences, '\n'.join(map(str, differences))


@pytest.mark.timeout(60 + RULES // 50)
def test_weeks_are_those_of_iso_8601(alice):
    draw = random.Random(8601)
    days = []
    for number in range(40 * 365):
        day = date(2026, 1, 1) + timedelta(days=number)
        year, week, _ = day.isocalendar()
        days.append((day.isoformat(), day.weekday(), week, week - date(year, 12, 28).isocalendar().week - 1))
    for _ in range(RULES // 3):
        numbers = draw.sample([*range(1, 54), *range(-53, 0), 52, 53, -52, -53], 2)
        weekdays = draw.sample(range(7), draw.randint(1, 3))
        rule = f"FREQ=YEARLY;BYWEEKNO={','.join(map(str, numbers))};BYDAY={','.join(DAYS[day] for day in weekdays)}"
        expected = [
            {"date": day} for day, weekday, week, from_end in days
            if weekday in weekdays and (week in numbers or from_end in numbers)]
        body = {"rrule": rule, "start": {"date": "2026-01-01"}, "count": 40}
        answer = alice.posts("/api/tasks/preview-repeat", body)
        assert answer.status_code == 200, (rule, answer.text)
        found = [time for time in answer.json()["instances"] if time["date"] <= days[-1][0]]
        assert found == expected[:40], rule


@pytest.mark.parametrize("zone, expected", [
    ("Europe/Berlin", "2026-03-29T02:30"), ("Australia/Lord_Howe", "2026-03-29T02:30"), (None, "2026-03-29T02:30")])
def test_a_time_stays_on_the_clock_when_summer_time_begins(alice, zone, expected):
    start = {"datetime": "2026-03-28T02:30"} | ({"time_zone": zone} if zone else {})
    answer = alice.posts("/api/tasks/preview-repeat", {"rrule": "FREQ=DAILY", "start": start, "count": 2})
    assert answer.status_code == 200
    assert answer.json()["instances"][1]["datetime"] == expected
