"""A mount namespace of a test's own, for disks that are small or take no writes."""

import functools
import os
import subprocess
import tempfile

import pytest

UNTRIED = "Not tried: "
"""How a skip begins that says what this machine does not allow; Scripts/count-tests.py counts those apart."""

# Where systemd's or a container's mounts may not be changed, not even to make them private, a copy of them may be had.
_WAYS = [
    [*rights, *propagation]
    for rights in ([], ["--map-root-user"])
    for propagation in ([], ["--propagation", "unchanged"])]


@functools.cache
def _way() -> tuple[list[str] | None, str]:
    """What goes in front of a command, or nothing, and why not."""
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
    """What goes in front of a command that mounts something of its own. Where the machine allows no such thing, the test
    ends here, and says so."""
    command, said = _way()
    if command is None:
        reason = f"{UNTRIED}a disk of a test's own, as nothing may be mounted here ({said}). A container allows it with " \
            "--cap-add SYS_ADMIN --security-opt apparmor=unconfined."
        if os.environ.get("LATCHKEY_TRY_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    return list(command)
