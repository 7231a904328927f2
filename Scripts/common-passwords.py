#!/usr/bin/env python3
"""Makes Sources/CPasswords/common-passwords.txt anew from the packages that it comes from:

    pip download --no-deps --only-binary :all: --dest LISTS django zxcvbn
    Scripts/common-passwords.py LISTS

One password a line, folded, sorted by its bytes, and only those that are long enough to be set.
"""

import ast
import gzip
import sys
import unicodedata
import zipfile
from pathlib import Path

MINIMUM_LENGTH = 8
TARGET = Path(__file__).resolve().parent.parent / "Sources/CPasswords/common-passwords.txt"


def member(packages: Path, name: str, path: str) -> bytes:
    [wheel] = packages.glob(f"{name}-*.whl")
    return zipfile.ZipFile(wheel).read(path)


def django(packages: Path) -> list[str]:
    return gzip.decompress(member(packages, "django", "django/contrib/auth/common-passwords.txt.gz")).decode().split("\n")


def zxcvbn(packages: Path) -> list[str]:
    tree = ast.parse(member(packages, "zxcvbn", "zxcvbn/frequency_lists.py"))
    [lists] = [node.value for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    values = dict(zip((key.value for key in lists.keys), lists.values))
    # "a,b,c".split(",")
    return values["passwords"].func.value.value.split(",")


def folded(text: str) -> str:
    """NFKC, then each character's lower case, as Sources/Auth/Passwords/CommonPasswords.swift has it."""
    return "".join(character.lower() for character in unicodedata.normalize("NFKC", text))


def main() -> None:
    packages = Path(sys.argv[1])
    found = {folded(text.strip("\r\n")) for text in django(packages) + zxcvbn(packages)}
    kept = sorted(text.encode() for text in found if len(text) >= MINIMUM_LENGTH)
    TARGET.write_bytes(b"".join(text + b"\n" for text in kept))
    print(f"{len(kept)} passwords")


main()
