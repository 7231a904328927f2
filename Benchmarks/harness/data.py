"""Latchkey databases with many tasks, written by SQL while no server runs."""

import random
import sqlite3
from pathlib import Path

from .servers import AnewLatchkey

BIG_LIST = 10_020
"""Tasks of the user who is asked for: 501 pages of 20."""
OTHERS = 1_000


class FilledLatchkey(AnewLatchkey):
    """Measures how long reading takes, so caches are off.

    With `total` tasks in its table, up to BIG_LIST of them the reader's, the others spread among 1,000 users."""

    def __init__(self, directory: Path, total: int):
        self.name = f"latchkey_{total}"
        self.title = f"Latchkey, {total:,} tasks"
        self.total = total
        super().__init__(directory)

    def prepare(self):
        """Leaves the server running."""
        self.reader = self.sign_up("reader@example.com")
        self.stop()
        self.fill()
        self.start()

    def fill(self):
        database = sqlite3.connect(self.database)
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -200000")
        own = min(self.total, BIG_LIST)
        began = 1_750_000_000_000
        users = [(f"{number:08x}-0000-7000-8000-000000000000", f"user{number}@example.com") for number in range(OTHERS)]
        if self.total > own:
            database.executemany(
                """INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at)
                   VALUES (?, ?, FALSE, TRUE, ?, ?)""",
                [(identifier, email, began, began) for identifier, email in users],
            )
        owners = [self.reader["user"]["id"]] * own + [users[n % OTHERS][0] for n in range(self.total - own)]
        random.Random(7).shuffle(owners)

        def rows():
            for number, owner in enumerate(owners):
                time = began + number * 20
                digits = f"{time:012x}"
                identifier = f"{digits[:8]}-{digits[8:]}-7{number % 4096:03x}-8000-{number:012x}"
                details = "What is to be done about it" if number % 2 else None
                yield owner, identifier, f"Task number {number}", details, time, time

        with database:
            # In the order of the key, as a table that is clustered by it is filled fastest.
            database.executemany(
                """INSERT INTO tasks (user_id, id, title, description, completed, completed_at, created_at, updated_at)
                   VALUES (?, ?, ?, ?, FALSE, NULL, ?, ?)""",
                sorted(rows()),
            )
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()

    def page(self, number: int):
        """The request for page `number` of 20, by its cursor."""
        request = self.list()
        request.path += "?limit=20"
        if number > 1:
            database = sqlite3.connect(self.database)
            (cursor,) = database.execute(
                "SELECT id FROM tasks WHERE user_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
                (self.reader["user"]["id"], 20 * (number - 1) - 1),
            ).fetchone()
            database.close()
            request.path += f"&cursor={cursor}"
        return request
