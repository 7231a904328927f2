#!/usr/bin/env python3
"""Draws the table of the last run as an SVG: `make bench` does, or

draw.py [RESULTS.md [DRAWING.svg]]    results/latest.md, docs/images/benchmarks.svg

One group of bars for each row with processor times; each group has a scale of its own, from zero.
"""

import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "latest.md"
DRAWING = HERE.parent / "docs" / "images" / "benchmarks.svg"

WIDTH = 800
NAMES = 250
"""The width of the column of names."""
FIGURES = 90
"""The width that is left for a figure behind the longest bar."""
BAR, GAP, HEAD = 14, 6, 34

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1c2024 }
.title { font-weight: 600 }
.note, .name { fill: #5b6470 }
.bar { fill: #9aa4b0 }
.ours { fill: #3b5bdb }
@media (prefers-color-scheme: dark) {
  text { fill: #edeef0 }
  .note, .name { fill: #a6b0bb }
  .bar { fill: #5f6b78 }
  .ours { fill: #8da4ff }
}
"""


@dataclass
class Bar:
    name: str
    microseconds: float
    figure: str
    has_failed: bool


@dataclass
class Group:
    title: str
    bars: list[Bar]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def bar(name: str, cell: str) -> Bar | None:
    """The processor time of an answer, which stands between stars."""
    found = re.search(r"\*\*([\d,.]+) (µs|ms)\*\*", cell)
    if not found:
        return None
    value = float(found[1].replace(",", "")) * (1000 if found[2] == "ms" else 1)
    return Bar(name, value, f"{found[1]} {found[2]}", "FAILED" in cell)


def read(text: str) -> tuple[str, list[Group]]:
    """The machine, and the rows of the first table that have processor times to compare."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("| | ")), None)
    if start is None:
        raise SystemExit("There is no table in the results.")
    about = next((line for line in lines[:start] if line and not line.startswith("#")), "")
    # What follows does not fit, and a warning there is about rates, which are not drawn.
    machine = about.split(", kernel")[0]
    titles = cells(lines[start])[1:]
    groups = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        title, *row = cells(line)
        bars = [found for name, cell in zip(titles, row) if (found := bar(name, cell))]
        if len(bars) > 1:
            groups.append(Group(title, bars))
    if not groups:
        raise SystemExit("There are no processor times in the results.")
    return machine, groups


def svg(machine: str, groups: list[Group]) -> str:
    parts = []
    y = 28
    parts.append(f'<text class="title" x="0" y="{y}">Processor time of the server for each answer</text>')
    y += 20
    parts.append(f'<text class="note" x="0" y="{y}">Shorter is better; each group has a scale of its own.</text>')
    y += 18
    parts.append(f'<text class="note" x="0" y="{y}">{escape(machine)}</text>')
    for group in groups:
        y += HEAD
        parts.append(f'<text class="title" x="0" y="{y}">{escape(group.title)}</text>')
        y += GAP
        longest = max(bar.microseconds for bar in group.bars)
        for bar in group.bars:
            y += GAP
            width = max(1.0, bar.microseconds / longest * (WIDTH - NAMES - FIGURES))
            kind = "bar ours" if bar.name.startswith("Latchkey") else "bar"
            line = y + BAR - 3
            failed = " (failed)" if bar.has_failed else ""
            parts.append(f'<text class="name" x="0" y="{line}">{escape(bar.name)}</text>')
            parts.append(f'<rect class="{kind}" x="{NAMES}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>')
            parts.append(f'<text x="{NAMES + width + 6:.1f}" y="{line}">{bar.figure}{failed}</text>')
            y += BAR
    said = "; ".join(
        f"{group.title}: " + ", ".join(f"{bar.name} {bar.figure}" for bar in group.bars) for group in groups)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16}" width="{WIDTH}" height="{y + 16}" '
        f'role="img" aria-labelledby="t d">\n<title id="t">Processor time of the server for each answer</title>\n'
        f'<desc id="d">{escape(said)}</desc>\n<style>{STYLE}</style>\n' + "\n".join(parts) + "\n</svg>\n")


def draw(results: Path = RESULTS, drawing: Path = DRAWING) -> None:
    drawing.write_text(svg(*read(results.read_text())))


def main() -> int:
    paths = [Path(text) for text in sys.argv[1:]]
    if len(paths) > 2:
        print(__doc__, file=sys.stderr)
        return 2
    draw(*paths)
    return 0


if __name__ == "__main__":
    sys.exit(main())
