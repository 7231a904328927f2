"""Processes that are started, measured from /proc, and stopped, whatever happens."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
_running: list[subprocess.Popen] = []
_libc = ctypes.CDLL(None)


def _die_with_parent():
    """Runs in the child: should the harness be killed, the child goes too (PR_SET_PDEATHSIG)."""
    _libc.prctl(1, signal.SIGKILL)


def start(command: list, **options) -> subprocess.Popen:
    """A program in a process group of its own, so that all of it can be stopped at once.

    Not in a session of its own: where the kernel shares the machine among sessions (sched_autogroup), nice counts only
    among the processes of one, and the client would wait behind the server's least important threads.
    """
    process = subprocess.Popen(
        [str(part) for part in command], process_group=0, preexec_fn=_die_with_parent, **options
    )
    _running.append(process)
    return process


def stop(process: subprocess.Popen, patience: float = 15):
    """Ends a program that `start` started, and what it started, gently first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            pass
    # The session may have members left, also when its leader is gone.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if process in _running:
        _running.remove(process)


def stop_all():
    for process in list(_running):
        stop(process, patience=3)


def run(command: list, seconds: float, **options) -> str:
    """The output of a program that ends by itself within `seconds`; RuntimeError when it fails or does not."""
    process = start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"{command[0]} did not end within {seconds:.0f} s") from None
    finally:
        stop(process)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} failed with {process.returncode}: {errors.strip() or output.strip()}")
    return output


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third, `state`, on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def cpu_seconds(pid: int) -> float:
    """utime + stime of a process tree, and of those of its children that have ended."""
    ticks = 0
    for member in tree(pid):
        if fields := _stat(member):
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


@dataclass
class Memory:
    """Of a process tree, in KiB. Pss counts a page that is shared by n processes as 1/n."""

    rss: int = 0
    pss: int = 0
    anonymous: int = 0


def memory(pid: int) -> Memory:
    total = Memory()
    for member in tree(pid):
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            continue
        values = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        total.rss += values["Rss"]
        total.pss += values["Pss"]
        total.anonymous += values["Anonymous"]
    return total


def wait_for_quiet(pid: int, patience: float = 40) -> bool:
    """Waits until a process tree has used less than 5 % of a core for half a second; False when patience ends."""
    end = time.monotonic() + patience
    before = cpu_seconds(pid)
    while time.monotonic() < end:
        time.sleep(0.5)
        now = cpu_seconds(pid)
        if now - before < 0.025:
            return True
        before = now
    return False
