"""Tests that a machine does not allow are reported, and count neither as passed nor as failed."""

import os
import re
import subprocess
import sys
from pathlib import Path

from support import binary

HERE = Path(__file__).resolve().parent
TRIED = "test_faults.py::test_a_read_only_file_system_is_reported_at_the_start"


def without_rights(tmp_path, **environment) -> tuple[subprocess.CompletedProcess, subprocess.CompletedProcess]:
    """A test that mounts something, run by a user who may not; and how it is counted."""
    # In a namespace without a mapping of our user, nothing may be mounted, and no other namespace be made.
    may_have_one = subprocess.run(["unshare", "--user", "true"], capture_output=True, timeout=20).returncode == 0
    unprivileged = ["unshare", "--user"] if may_have_one else []
    report = tmp_path / "report.xml"
    done = subprocess.run(
        [*unprivileged, sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", TRIED], cwd=HERE, text=True,
        capture_output=True, timeout=100, env=os.environ | {"LATCHKEY_BINARY": str(binary())} | environment)
    counted = subprocess.run(
        [HERE.parents[1] / "Scripts" / "count-tests.py", report], text=True, capture_output=True, timeout=20)
    return done, counted


def test_without_the_right_to_mount_skipped_tests_are_listed(tmp_path):
    done, counted = without_rights(tmp_path, LATCHKEY_TRY_ALL="")
    assert done.returncode == 0, done.stdout
    assert re.search(r"Not tried: .*--cap-add SYS_ADMIN", done.stdout)
    assert counted.stdout == "0 0 1\n"
    assert "test_a_read_only_file_system" in counted.stderr and "--cap-add SYS_ADMIN" in counted.stderr


def test_a_skipped_mount_test_fails_where_all_tests_are_required(tmp_path):
    done, counted = without_rights(tmp_path, LATCHKEY_TRY_ALL="1")
    assert done.returncode == 1, done.stdout
    assert counted.stdout == "1 1 0\n"


def test_no_report_is_a_failure(tmp_path):
    script = HERE.parents[1] / "Scripts" / "count-tests.py"
    assert subprocess.run([script, tmp_path / "none"], text=True, capture_output=True, timeout=20).stdout == "0 1 0\n"
