#!/usr/bin/env python3
"""Finds expressions that Scripts/words.txt lists in sources, pages and documents, and fails where there is one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACES = [
    ("Sources", "*.swift"), ("Templates", "*.html"), ("Public", "*.js"), ("docs", "*.md"), (".", "*.md"),
]
EXEMPT = ["docs/decisions/", "Sources/Auth/Passwords/CommonPasswords+Words.swift"]


def expressions() -> list[tuple[re.Pattern, str]]:
    rows = []
    for line in (ROOT / "Scripts/words.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, _, instead = line.rpartition(" | ")
            rows.append((re.compile(pattern), instead))
    return rows


def main() -> int:
    words, count = expressions(), 0
    for place, pattern in PLACES:
        folder = ROOT / place
        for path in sorted(folder.glob(pattern) if place == "." else folder.rglob(pattern)):
            name = str(path.relative_to(ROOT))
            if any(name.startswith(exempt) for exempt in EXEMPT):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                for word, instead in words:
                    if found := word.search(line):
                        count += 1
                        print(f"{name}:{number}: '{found[0]}': write {instead}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
