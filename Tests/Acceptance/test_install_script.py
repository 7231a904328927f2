"""Scripts/install.sh: what it takes for missing, and what it says."""

import os
import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "Scripts/install.sh"


@pytest.mark.parametrize("present, is_missing", [
    ("false", True), ("true", False), ("false || false", True), ("false || true", False), ("true || false", False)])
def test_a_package_is_missing_if_its_test_fails_as_a_whole(tmp_path, present, is_missing):
    scripts = tmp_path / "Scripts"
    scripts.mkdir()
    text = SCRIPT.read_text()
    row = f'needs_run=("a-package|{present}|what it is for")'
    text, count = re.subn(r"^needs_run=\(.*?^\)", row, text, flags=re.MULTILINE | re.DOTALL)
    assert count == 1
    (scripts / "install.sh").write_text(text)
    tools = tmp_path / "bin"
    tools.mkdir()
    # A system without apt-get, on which nothing is installed.
    for name in ["bash", "dirname", "cat"]:
        (tools / name).symlink_to(subprocess.check_output(["which", name], text=True).strip())
    (tools / "swift").write_text("#!/bin/bash\n")
    (tools / "swift").chmod(0o755)

    answer = subprocess.run(
        ["bash", scripts / "install.sh", "run"], env={"PATH": str(tools), "HOME": os.environ["HOME"]},
        capture_output=True, text=True, timeout=30)

    assert answer.returncode == (1 if is_missing else 0), answer.stderr
    assert answer.stdout == ("Missing: a-package (what it is for)\n" if is_missing else "")
