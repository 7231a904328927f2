"""The table, and the list of what must be shown."""

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path

from .load import Figure
from .measures import CRYPT, SQLITE, Bench, Row
from .places import REPOSITORY
from .postgres import AsyncpgGranian, AsyncpgUvicorn
from .servers import AnewLatchkey, FastAPISeed, FastPython, Latchkey, Nginx, QuietLatchkey

COLUMNS = [
    Latchkey.title, AnewLatchkey.title, QuietLatchkey.title, Nginx.title, FastPython.title, AsyncpgGranian.title,
    AsyncpgUvicorn.title, FastAPISeed.title, CRYPT, SQLITE, "swift-mustache", "Stencil", "Jinja2",
]  # fmt: skip


BUSY = 0.5
"""A load average before the run from which on rates and latencies are not to be trusted."""


def machine() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 1024 / 1024
    cpu = found[1] if found else platform.machine()
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True
    ).stdout.strip()
    return (
        f"{datetime.date.today().isoformat()}, Latchkey {version or 'without a commit'}, {os.cpu_count()} cores, "
        f"{cpu}, "
        f"{memory:.0f} GiB, {system[1] if system else 'Linux'}, kernel {platform.release()}. "
        f"Load before the run: {(load := os.getloadavg()[0]):.2f}."
        + " **The machine was busy with something else: trust CPU times, not rates and latencies.**" * (load > BUSY)
    )


def duration(microseconds: float) -> str:
    if microseconds < 1000:
        return f"{microseconds:.0f} µs"
    if microseconds < 100_000:
        return f"{microseconds / 1000:.1f} ms"
    if microseconds < 1_000_000:
        return f"{microseconds / 1000:.0f} ms"
    return f"{microseconds / 1_000_000:.1f} s"


def cell(row: Row, title: str) -> str:
    if text := row.texts.get(title):
        return text
    figure = row.cells.get(title)
    if not figure:
        return "–"
    parts = []
    if figure.rate is not None and not row.key.startswith("d"):
        parts.append(f"{figure.rate:,.1f}/s" if figure.rate < 100 else f"{figure.rate:,.0f}/s")
    for name, value in (("p50", figure.p50), ("p99", figure.p99), ("p99.9", figure.p999)):
        if value is not None and not (name == "p99.9" and not row.key.startswith("d")):
            parts.append(f"{name} {duration(value)}")
    if row.key.startswith("d") and figure.max is not None:
        parts.append(f"max {duration(figure.max)}")
    if figure.cpu is not None:
        parts.append(f"**{figure.cpu:,.1f} µs**" if figure.cpu < 10_000 else f"**{figure.cpu / 1000:,.1f} ms**")
    if figure.database is not None:
        parts.append(f"and {figure.database:,.1f} µs of the database")
    if ratio := ratio_to_reference(row, figure):
        parts.append(f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.0f} ×")
    if row.key.startswith("d") and row.key != "d0" and figure.note:
        parts.append(figure.note)
    if figure.failures:
        parts.append(f"FAILED: {figure.failures} answers were not as expected")
    return "<br>".join(parts)


def ratio_to_reference(row: Row, figure: Figure) -> float | None:
    reference = row.cells.get(row.reference or "")
    if not reference:
        return None
    ours, theirs = getattr(figure, row.compares), getattr(reference, row.compares)
    return ours / theirs if ours and theirs else None


def table(bench: Bench) -> list[str]:
    used = [title for title in COLUMNS if any(title in row.cells or title in row.texts for row in bench.rows)]
    lines = ["| | " + " | ".join(used) + " |", "|---" * (len(used) + 1) + "|"]
    for row in bench.rows:
        lines.append(f"| {row.title} | " + " | ".join(cell(row, title) for title in used) + " |")
    return lines


class MustShow:
    def __init__(self, bench: Bench):
        self.rows = {row.key: row for row in bench.rows}
        self.values = bench.values
        self.lines = ["| What must be shown | Target | Figure | |", "|---|---|---|---|"]

    def figure(self, key: str, title: str = Latchkey.title) -> Figure:
        """An empty one for what was not measured."""
        return self.rows[key].cells.get(title, Figure()) if key in self.rows else Figure()

    def add(self, what: str, target: str, value: float | None, limit: float, at_most: bool, unit: str = " ×"):
        if value is None:
            return
        met = value <= limit if at_most else value >= limit
        shown = f"{value:.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
        self.lines.append(f"| {what} | {target} | {shown}{unit} | {'met' if met else '**missed**'} |")

    @staticmethod
    def ratio(left: float | None, right: float | None) -> float | None:
        return left / right if left is not None and right else None

    def all(self) -> list[str]:
        a, b, c, e, f = (self.figure(key) for key in "abcef")
        of, add, figure = self.ratio, self.add, self.figure
        anew, page_anew = (figure(key, AnewLatchkey.title) for key in "af")
        for name, ours in (("1 (a)", a), ("(a) recomputed:", anew)):
            nginx, seed, python = (figure("a", kind.title) for kind in (Nginx, FastAPISeed, FastPython))
            add(f"{name} CPU, of nginx's", "≤ 5.5 ×", of(ours.cpu, nginx.cpu), 5.5, True)
            add(f"{name} CPU of the FastAPI seed's", "≥ 60 ×", of(seed.cpu, ours.cpu), 60, False)
            add(f"{name} CPU of the fast Python's", "≥ 2.5 ×", of(python.cpu, ours.cpu), 2.5, False)
        add("(a) with an API token: CPU, of an access token's", "≤ 1.1 ×", of(figure("a token").cpu, a.cpu), 1.1, True)
        seed = figure("b", FastAPISeed.title)
        add("2 (b) rate, of the FastAPI seed's", "≥ 40 ×", of(b.rate, seed.rate), 40, False)
        if (answered := self.values.get("durable answered")) is not None:
            what = f"2 (b) of {answered:,} answered tasks, missing after `kill -9`"
            add(what, "0", self.values["durable missing"], 0, True, "")
        add("3 (c) rate, of the bare crypt_r loop's", "≥ 0.95 ×", of(c.rate, figure("c", CRYPT).rate), 0.95, False)
        alone, storm = figure("d0"), figure("d150")
        if alone.p99 is not None and storm.p99 is not None:
            limit = max(2 * alone.p99, 5000) / 1000
            add("4 (d) p99 while 150 sign in", f"≤ {limit:.1f} ms", storm.p99 / 1000, limit, True, " ms")
            failures = sum(figure(key).failures for key in ("d0", "d8", "d150"))
            add("4 (d) GETs that fail", "0", failures, 0, True, "")
        add("5 (e) CPU, of nginx's", "≤ 3 ×", of(e.cpu, figure("e", Nginx.title).cpu), 3, True)
        add("6 (f) CPU, of (a)'s", "≤ 2 ×", of(f.cpu, a.cpu), 2, True)
        add("(f) recomputed: CPU, of (a)'s recomputed", "≤ 2.8 ×", of(page_anew.cpu, anew.cpu), 2.8, True)
        unchanged, health = figure("f unchanged"), figure("f health")
        add("(f) unchanged (304): CPU, of /health's", "≤ 1.35 ×", of(unchanged.cpu, health.cpu), 1.35, True)
        small, first, last = (figure(key, AnewLatchkey.title) for key in ("g20p1", "g1000000p1", "g1000000p500"))
        add("7 (g) CPU with 1,000,000 tasks, of 20's", "≤ 1.15 ×", of(first.cpu, small.cpu), 1.15, True)
        add("7 (g) CPU of page 500, of page 1's", "≤ 1.15 ×", of(last.cpu, first.cpu), 1.15, True)
        add("8 (h) start to first 200", "≤ 60 ms", self.values.get("start"), 60, True, " ms")
        add("8 (h) resident, idle", "≤ 20 MiB", self.values.get("idle rss"), 20, True, " MiB")
        add("8 (h) resident, after the load", "≤ 40 MiB", self.values.get("loaded rss"), 40, True, " MiB")
        for other in ("swift-mustache", "Stencil", "Jinja2"):
            add(f"9 (i) CPU of {other}'s", "≥ 5 ×", of(figure("i", other).cpu, figure("i").cpu), 5, False)
        if (apart := self.values.get("refusals apart")) is not None:
            limit = self.values["refusals limit"]
            add("10 (k) medians apart", f"≤ {limit:.0f} ms", apart, limit, True, " ms")
        add("11 (l) apart, of 2 ms or 5 %", "≤ 1 ×", self.values.get("telling of limit"), 1, True)
        for way, limit in (("HTTPS", 1.5), ("HTTP/2", 2.5)):
            for key, what in (("health", "/health"), ("file", "a file of 5 KB")):
                ours, nginx = (figure(f"n {way} {key}", kind.title) for kind in (Latchkey, Nginx))
                add(f"12 (n) {way}, {what}: CPU, of nginx's", f"≤ {limit} ×", of(ours.cpu, nginx.cpu), limit, True)
        ours, nginx = figure("n new"), figure("n new", Nginx.title)
        add("12 (n) new connection: CPU, of nginx's", "≤ 2 ×", of(ours.cpu, nginx.cpu), 2, True)
        # The list is one that has not changed since it was last asked for, as when the goal was set.
        for key, limit, own in (("list", 60, Latchkey), ("create", 80, AnewLatchkey)):
            ours = figure(f"o {key}", own.title)
            one, two = (figure(name, AnewLatchkey.title) for name in (f"o {key}", f"o {key} pair"))
            add(f"13 (o) {key}: CPU beside the database's", f"≤ {limit} µs", ours.cpu, limit, True, " µs")
            others = [figure(f"o {key}", kind.title).cpu for kind in (AsyncpgGranian, AsyncpgUvicorn)]
            best = min((cpu for cpu in others if cpu), default=None)
            add(f"13 (o) {key}: CPU, of the best asyncpg one's", "≤ 0.35 ×", of(ours.cpu, best), 0.35, True)
            add(f"13 (o) {key}: CPU of two processes, of one's", "≤ 1.1 ×", of(two.cpu, one.cpu), 1.1, True)
        unchanged, whole = figure("o unchanged"), figure("o list", AnewLatchkey.title)
        if unchanged.cpu and whole.cpu:
            costs = [(found.cpu or 0) + (found.database or 0) for found in (unchanged, whole)]
            add("(o) unchanged (304): CPU with the database's, of a list's", "≤ 0.6 ×", of(*costs), 0.6, True)
        add("13 (o) create: round trips", "1", self.values.get("round trips of a create"), 1, True, "")
        return self.lines


def markdown(bench: Bench, name: str, about: str) -> str:
    failures = sum(figure.failures for row in bench.rows for figure in row.cells.values())
    parts = [
        "# The last run",
        f"{about} {name}, medians of interleaved rounds.",
        "Each cell: answers a second, latency, **server CPU time for each answer**, and the ratio to the row's "
        "reference (CPU time of nginx in (a), (e), (f), (n), of Latchkey in (i) and of asyncpg under granian in (o); "
        "rate of the FastAPI seed in (b), of the crypt_r loop in (c)).",
        "\n".join(table(bench)),
        "\n".join(MustShow(bench).all()),
    ]
    if failures:
        parts.insert(2, f"**{failures} answers were not as expected: the rows that say FAILED don't count.**")
    return "\n\n".join(parts) + "\n"
