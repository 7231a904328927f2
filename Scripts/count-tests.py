#!/usr/bin/env python3
"""Reads pytest's XML: prints how many tests ran, how many of them did not pass, and how many could not be tried here.
What could not be tried is named on standard error."""

import sys
import xml.etree.ElementTree as tree

try:
    suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
except (OSError, tree.ParseError):
    print(0, 1, 0)
    sys.exit()
untried = 0
for case in suite.iter("testcase"):
    skipped = case.find("skipped")
    if skipped is not None and skipped.get("message", "").startswith("Not tried: "):
        untried += 1
        print(f"{case.get('name')}: {skipped.get('message')}", file=sys.stderr)
count = {name: int(suite.get(name)) for name in ["tests", "failures", "errors", "skipped"]}
# What was skipped for another reason did not pass.
print(count["tests"] - untried, count["failures"] + count["errors"] + count["skipped"] - untried, untried)
