#!/usr/bin/env python3
"""Checks the layout of Sources: which folder uses which, where types are declared, how long files are, how comments open.

    Scripts/layout.py            prints what breaks a rule, and fails where anything does
    Scripts/layout.py --map      prints each folder with the folders that it uses as well

It reads names and not meaning: a free function or a member of an extension is not followed.
"""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "Sources"
MAXIMUM_LINES = 330
MAXIMUM_STRAYS = 40
"""Types that several files use and that are declared in a file of another name."""
MAXIMUM_QUESTIONS = 0.02
"""The share of doc comments that open with a question word."""
DATA = {"DateStyleTable.swift", "NormalizationTables.swift", "CommonPasswords+Words.swift"}

NOISE = re.compile(r'//[^\n]*|"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"')
DECLARATION = re.compile(
    r"(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|public|final|indirect)\s+)*"
    r"(?:struct|class|enum|protocol|actor|typealias)\s+([A-Z]\w*)")
IMPORT = re.compile(r"(?m)^\s*(?:@\w+\s+)*import (\w+)")


class File:
    def __init__(self, path: pathlib.Path):
        text = path.read_text()
        bare = NOISE.sub(" ", text)
        self.path = path.relative_to(ROOT)
        self.target = self.path.parts[0]
        self.folder = str(self.path.parent)
        self.lines = text.count("\n")
        self.sees = set(IMPORT.findall(bare)) | {self.target}
        self.names = set(re.findall(r"\b[A-Z]\w*", bare))
        self.types = set(DECLARATION.findall(bare))
        self.openings = re.findall(r"(?m)^\s*/// ?(\w+)", self.first_lines(text))

    @staticmethod
    def first_lines(text: str) -> str:
        """The first line of each doc comment."""
        lines = text.split("\n")
        return "\n".join(
            line for before, line in zip([""] + lines, lines)
            if line.lstrip().startswith("///") and not before.lstrip().startswith("///"))


def circles(edges: dict) -> list[tuple[str, str]]:
    return sorted((a, b) for a in edges for b in edges[a] if a < b and a in edges.get(b, ()))


def main() -> int:
    files = [File(path) for path in sorted(ROOT.rglob("*.swift"))]
    homes = collections.defaultdict(set)
    for file in files:
        for name in file.types:
            homes[name].add(file)
    users = collections.defaultdict(set)
    folders, targets = collections.defaultdict(set), collections.defaultdict(set)
    for file in files:
        for name in file.names:
            seen = [home for home in homes.get(name, ()) if home.target in file.sees]
            seen = [home for home in seen if home.target == file.target] or seen
            if len(seen) != 1 or seen[0] is file:
                continue
            home = seen[0]
            users[name, home].add(file)
            if home.target != file.target:
                targets[file.target].add(home.target)
            elif home.folder != file.folder:
                folders[file.folder].add(home.folder)

    problems = [f"{a} and {b} use each other." for a, b in circles(targets) + circles(folders)]
    problems += [
        f"{file.path} has {file.lines} lines, more than {MAXIMUM_LINES}." for file in files
        if file.lines > MAXIMUM_LINES and file.path.name not in DATA]
    strays = sorted(
        f"{name} in {home.path}" for (name, home), using in users.items()
        if len(using) > 1 and home.path.stem.split("+")[0] != name)
    if len(strays) > MAXIMUM_STRAYS:
        problems.append(f"{len(strays)} types are in a file of another name: " + "; ".join(strays))
    openings = [word for file in files for word in file.openings]
    questions = sum(word in {"What", "Who", "Whether", "Where"} for word in openings)
    if questions > MAXIMUM_QUESTIONS * len(openings):
        problems.append(f"{questions} of {len(openings)} doc comments open with What, Who, Whether or Where.")

    if "--map" in sys.argv[1:]:
        for folder in sorted({file.folder for file in files}):
            print(f"{folder}: {', '.join(sorted(folders[folder])) or '–'}")
    print(f"{len(files)} files, {sum(file.lines for file in files)} lines; {len(strays)} types in a file of another name; "
          f"{questions} of {len(openings)} doc comments open with a question word")
    print("\n".join(problems), file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
