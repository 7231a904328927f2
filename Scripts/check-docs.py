#!/usr/bin/env python3
"""Checks that the documents speak of what is there.

Reads docs/**/*.md, README.md and CONTRIBUTING.md, and fails with a list of
  - paths in backticks below Sources/, Tests/ or Scripts/ that do not exist,
  - relative links that lead nowhere, to a heading that is not there included,
  - in docs/architecture.md, names such as `Site.respond` whose type does not declare that member, and lists of a
    target's folders that are not those below Sources/.
"""

import functools
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARCHITECTURE = ROOT / "docs" / "architecture.md"

FENCE = re.compile(r"^\s*(```|~~~)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:Sources|Tests|Scripts)/[^\s`]+")
LINK = re.compile(r"\]\(\s*<?([^\s)>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)")
EXTERNAL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
FOLDERS = re.compile(r"\* \*\*(\w+)\*\*: ([\w, ]+)")
MEMBER = re.compile(r"([A-Z]\w*)\.([a-z]\w*)(?:\(.*\))?")
FILE_ENDINGS = {"swift", "md", "py", "sh", "html", "toml", "yml", "resolved"}


def documents():
    found = sorted((ROOT / "docs").rglob("*.md"))
    return found + [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.exists()]


def prose(document):
    """The numbered lines outside fenced code blocks."""
    fence = None
    for number, line in enumerate(document.read_text(encoding="utf-8").splitlines(), start=1):
        mark = FENCE.match(line)
        if mark and fence in (None, mark[1]):
            fence = None if fence else mark[1]
        elif fence is None:
            yield number, line


def path_exists(path):
    path = re.sub(r":\d+$", "", path)
    return any(ROOT.glob(path)) if re.search(r"[*?\[]", path) else (ROOT / path).exists()


@functools.cache
def anchors(document):
    """The headings as GitHub addresses them."""
    found = set()
    for _, line in prose(document):
        if heading := re.match(r"#+ (.*)", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def link_leads_somewhere(document, target):
    path, _, anchor = target.partition("#")
    path = path.partition("?")[0]
    place = ROOT / path.lstrip("/") if path.startswith("/") else document.parent / path if path else document
    if not place.exists():
        return False
    return not anchor or place.suffix != ".md" or anchor in anchors(place)


def declares(sources, type_name, member):
    """Whether a file that declares or extends the type declares the member."""
    owner = re.compile(rf"\b(?:struct|class|enum|actor|protocol|extension)\s+(?:\w+\.)*{type_name}\b")
    wanted = re.compile(r"\binit\b" if member == "init" else rf"\b(?:func|var|let|case)\s+`?{member}\b")
    return any(owner.search(text) and wanted.search(text) for text in sources)


def folders_differ(target, folders):
    """Whether a list of a target's folders is not that of those which have Swift files; False for another list."""
    directory = ROOT / "Sources" / target
    if not directory.is_dir():
        return False
    return folders.split(", ") != sorted(path.name for path in directory.iterdir() if any(path.glob("**/*.swift")))


def problems():
    sources = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "Sources").rglob("*.swift"))]
    for document in documents():
        for number, line in prose(document):
            place = f"{document.relative_to(ROOT)}:{number}"
            for code in CODE.findall(line):
                # A path with an ellipsis is a pattern for the reader.
                if PATH.fullmatch(code) and "…" not in code and not path_exists(code):
                    yield f"{place}: there is no {code}"
                member = MEMBER.fullmatch(code)
                if document == ARCHITECTURE and member and member[2] not in FILE_ENDINGS:
                    if not declares(sources, member[1], member[2]):
                        yield f"{place}: nothing in Sources declares {code}"
            listed = FOLDERS.fullmatch(line) if document == ARCHITECTURE else None
            if listed and folders_differ(listed[1], listed[2]):
                yield f"{place}: these are not the folders of {listed[1]}"
            for match in LINK.finditer(CODE.sub("", line)):
                target = match[1] or match[2]
                if not EXTERNAL.match(target) and not link_leads_somewhere(document, target):
                    yield f"{place}: the link to {target} leads nowhere"


def main():
    found = list(problems())
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        sys.exit(f"{len(found)} problem(s) in the documents")
    print(f"{len(documents())} documents are right about paths, links and names")


if __name__ == "__main__":
    main()
