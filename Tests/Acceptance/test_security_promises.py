"""Each promise about security has a test that is there, or says why not (promises.toml)."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PROMISES = tomllib.loads((HERE / "promises.toml").read_text())
NUMBERS = {"P": 16, "T": 17, "S": 15, "Z": 6, "H": 14, "R": 17, "C": 12}


def test_every_promise_is_listed():
    edges = [row for row in PROMISES if row[0] in "EA"]
    assert all(re.fullmatch(r"[EA][1-9][0-9]?", row) for row in edges)
    assert [row for row in PROMISES if row not in edges] == [f"{letter}{number}" for letter, count in NUMBERS.items() for number in range(1, count + 1)]


def names_in(file: str) -> set[str]:
    """The names of a file's tests."""
    if file.endswith(".py"):
        tree = ast.parse((HERE / file).read_text())
        return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}
    lines = (HERE.parent / file).read_text().splitlines()
    return {line.split("`")[1] for line in lines if "func `" in line}


@pytest.mark.parametrize("row", PROMISES)
def test_each_promise_has_a_test_or_a_reason_why_not(row):
    promise = PROMISES[row]
    assert set(promise) <= {"promise", "tests", "open"} and promise["promise"]
    assert promise.get("tests") or promise["open"]
    for test in promise.get("tests", []):
        file, name = test.split("::")
        assert name in names_in(file), f"There is no test {test}."
