"""Checks that acknowledged tasks are there: after kill -9, and on a rendered page."""

import difflib
import html
import http.client
import json
import re
import sqlite3
import threading
import time
from pathlib import Path

from .servers import Latchkey


class KilledLatchkey(Latchkey):
    name = "latchkey_killed"


def kill_while_writing(directory: Path, seconds: float = 2, writers: int = 16) -> tuple[int, int]:
    """How many tasks were answered with 201 until `kill -9`, and how many of them the database lacks."""
    server = KilledLatchkey(directory)
    server.start()
    server.writer = server.sign_up("writer@example.com")
    request = server.create()
    answered: list[list[str]] = [[] for _ in range(writers)]

    def write(mine: list[str]):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        try:
            while True:
                connection.request(request.method, request.path, request.body, request.headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 201:
                    return
                mine.append(json.loads(body)["id"])
        except (OSError, http.client.HTTPException):
            pass  # the server is gone, as it should be
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(mine,), daemon=True) for mine in answered]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    server.process.kill()
    for thread in threads:
        thread.join(20)
    server.stop()
    database = sqlite3.connect(server.database)
    kept = {identifier for (identifier,) in database.execute("SELECT id FROM tasks")}
    database.close()
    all_answered = [identifier for mine in answered for identifier in mine]
    if not all_answered:
        raise RuntimeError("No task was answered before the server was killed.")
    return len(all_answered), sum(identifier not in kept for identifier in all_answered)


def normalized(page: str) -> str:
    """A page without the permitted differences of renderers: the escapes of characters, and white space around tags."""
    page = re.sub(r"\s+", " ", html.unescape(page))
    return re.sub(r" ?(<|>) ?", r"\1", page).strip()


def difference(page: str, pages: dict[str, str]) -> str:
    """The first places where a page is not Latchkey's."""
    ours, theirs = (text.replace(">", ">\n").splitlines() for text in (pages["Latchkey"], page))
    return "\n".join(list(difflib.unified_diff(ours, theirs, "Latchkey", "other", n=0, lineterm=""))[:12])
