"""A mount namespace for a test, for disks that are small or read-only."""

import functools
import os
import subprocess
import tempfile

import pytest

UNTRIED = "Not tried: "
"""The beginning of a skip for lack of rights on this machine; Scripts/count-tests.py counts those apart."""

# Where systemd's or a container's mounts may not be changed, not even to make them private, a copy of them may be had.
_WAYS = [
    [*rights, *propagation]
    for rights in ([], ["--map-root-user"])
    for propagation in ([], ["--propagation", "unchanged"])]


@functools.cache
def _way() -> tuple[list[str] | None, str]:
    """The prefix for a command, or nothing and the reason."""
    said = ""
    for way in _WAYS:
        command = ["unshare", "--mount", *way]
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run(
                [*command, "sh", "-c", f"mount -t tmpfs tmpfs {directory} && mount -o remount,ro,bind {directory}"],
                text=True, capture_output=True, timeout=20)
        if done.returncode == 0:
            return command, ""
        said = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit status {done.returncode}"
    return None, said


def alone() -> list[str]:
    """The prefix for a command that mounts something. Where the machine does not allow that, the test
    ends here, and says so."""
    command, said = _way()
    if command is None:
        reason = f"{UNTRIED}a disk of a test's own, as nothing may be mounted here ({said}). A container allows it with " \
            "--cap-add SYS_ADMIN --security-opt apparmor=unconfined."
        if os.environ.get("LATCHKEY_TRY_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    return list(command)
