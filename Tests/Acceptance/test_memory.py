"""What a server takes of the machine's memory before it is used, and after its first user.

Most of it is the program's own code, of which only what runs should be resident (decision 117)."""

import os
import time

from support import Browser

HINT = "Is this a release build from a clean directory? Does a lot of new code run at the start? Then `make order`."


def on_two_processors():
    """Each processor brings threads, and memory for them."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])


def test_only_code_that_runs_is_in_memory(stopped_server):
    stopped_server.before = on_two_processors
    server = stopped_server.start()
    time.sleep(3)
    assert server.memory() <= 32, HINT

    alice = server.newcomer("alice")
    alice.adds("Buy milk")
    assert len(alice.titles()) == 1
    with Browser(server.url) as browser:
        browser.logs_in(alice)
        assert browser.get("/dashboard").status_code == 200
        assert browser.get("/account").status_code == 200
    assert server.memory() <= 36, HINT
