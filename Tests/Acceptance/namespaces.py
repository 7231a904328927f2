"""Networks of a test's own: namespaces that are joined by pairs of virtual interfaces, so that clients come from
addresses that are not this machine's."""

import ctypes
import os
import secrets
import subprocess
from contextlib import contextmanager

import pytest

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def ip(*arguments) -> None:
    subprocess.run(["ip", *map(str, arguments)], check=True, capture_output=True, text=True, timeout=10)


def enter(descriptor: int) -> None:
    """Moves this thread, and what it starts, into a namespace. Sockets stay where they were made."""
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Networks:
    """A namespace for the server, and one for each network of clients."""

    def __init__(self, count: int):
        self.prefix = f"lk{secrets.token_hex(2)}"
        self.count = count
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.descriptors = []
        self.sockets = []

    def name(self, number: int) -> str:
        return f"{self.prefix}-{number}"

    def __enter__(self) -> "Networks":
        try:
            for number in range(self.count + 1):
                ip("netns", "add", self.name(number))
                ip("-n", self.name(number), "link", "set", "lo", "up")
            for number in range(1, self.count + 1):
                ends = f"{self.prefix}s{number}", f"{self.prefix}c{number}"
                ip("link", "add", ends[0], "netns", self.name(0), "type", "veth", "peer", "name", ends[1], "netns",
                   self.name(number))
                # Each network: 10.N.0.0/16 and 2001:db8:N::/48, the server at .1 of both.
                for end, place, host in [(ends[0], 0, 1), (ends[1], number, 2)]:
                    ip("-n", self.name(place), "addr", "add", f"10.{number}.0.{host}/16", "dev", end)
                    ip("-n", self.name(place), "addr", "add", f"2001:db8:{number}::{host}/48", "dev", end, "nodad")
                    ip("-n", self.name(place), "link", "set", end, "up")
            self.descriptors = [
                os.open(f"/run/netns/{self.name(number)}", os.O_RDONLY) for number in range(self.count + 1)]
        except (OSError, subprocess.CalledProcessError) as error:
            self.__exit__()
            reason = getattr(error, "stderr", None) or error
            pytest.skip(
                f"Not tried: clients of several networks, as no network namespace can be made here ({reason}). "
                "Run the tests as root, in a container with --cap-add NET_ADMIN --cap-add SYS_ADMIN.")
        return self

    def __exit__(self, *_) -> None:
        for wire in self.sockets:
            wire.close()
        enter(self.home)
        for descriptor in [*self.descriptors, self.home]:
            os.close(descriptor)
        for number in range(self.count + 1):
            subprocess.run(["ip", "netns", "del", self.name(number)], capture_output=True, timeout=10)

    def addresses(self, number: int, *added: str) -> None:
        """Gives the clients of a network more addresses."""
        for address in added:
            ip("-n", self.name(number), "addr", "add", address, "dev", f"{self.prefix}c{number}", *(
                ["nodad"] if ":" in address else []))

    @contextmanager
    def within(self, number: int):
        """This thread among the clients of a network, or with the server (0)."""
        enter(self.descriptors[number])
        try:
            yield
        finally:
            enter(self.descriptors[0])
