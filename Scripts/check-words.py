#!/usr/bin/env python3
"""Finds expressions that Scripts/words.txt lists in sources, tests, pages and documents, and fails where there is one.

In tests, texts in quotes are data, such as addresses and passwords, and are left out; comments, docstrings and names of
tests are checked."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLACES = [
    ("Sources", "*.swift"), ("Templates", "*.html"), ("Public", "*.js"), ("docs", "*.md"), (".", "*.md"),
    ("Tests", "*.swift"), ("Tests", "*.py"), ("Tests", "*.md"), ("Tests", "*.toml"),
    ("Benchmarks", "*.py"), ("Benchmarks", "*.swift"), ("Benchmarks", "*.c"), ("Benchmarks", "*.md"),
    ("Scripts", "*.py"), ("Scripts", "*.sh"), (".", "Makefile"), (".", "Package.swift"),
]
EXEMPT = ["docs/decisions/", "Sources/Auth/Passwords/CommonPasswords+Words.swift"]

# A text in quotes on one line, Swift's #"…"# included; not the three quotes of a docstring.
QUOTED = re.compile(r'#".*?"#|(?<!")"(?!")(?:[^"\\]|\\.)+"(?!")')


def expressions() -> list[tuple[re.Pattern, str]]:
    rows = []
    for line in (ROOT / "Scripts/words.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            pattern, _, instead = line.rpartition(" | ")
            rows.append((re.compile(pattern), instead))
    return rows


def prose(line: str, name: str) -> str:
    """The line without data; the name of a Python test as words."""
    if name.startswith("Tests/") and name.endswith((".swift", ".py")):
        line = QUOTED.sub('""', line)
    return line.replace("_", " ") if line.startswith("def test_") else line


def main() -> int:
    words, count = expressions(), 0
    for place, pattern in PLACES:
        folder = ROOT / place
        for path in sorted(folder.glob(pattern) if place == "." else folder.rglob(pattern)):
            name = str(path.relative_to(ROOT))
            if any(name.startswith(exempt) for exempt in EXEMPT):
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                text = prose(line, name)
                for word, instead in words:
                    if found := word.search(text):
                        count += 1
                        print(f"{name}:{number}: '{found[0]}': write {instead}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
