"""Finding, changing and following many tasks of one account, beside another account with as many."""

import http.client
import json
import random
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .servers import PASSWORD, Latchkey

TASKS = 100_000
"""Of each of the two accounts."""
DUE = 10_000
"""That are due today or before, of the account that asks."""
CONNECTIONS, PIPELINED = 8, 50
SYLLABLES = "ba be bi bo bu da de di do du ka ke ki ko ku la le li lo lu ma me mi mo mu na ne ni no nu sa se si so su".split()


class RoomyLatchkey(Latchkey):
    """Without limits on what an account writes and keeps."""

    name = "latchkey_roomy"

    def environment(self):
        return super().environment() | {
            "ACCOUNT_QUOTA_MIB": "0", "ACCOUNT_WRITE_KIB_PER_SECOND": "0", "ANSWER_CACHE_MIB": "0"}


class Client:
    def __init__(self, server: RoomyLatchkey, name: str):
        self.server = server
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.token = None
        account = {"email": f"{name}@example.com", "password": PASSWORD}
        self.token = self.asks("POST", "/api/auth/signup", account)[1]["access_token"]

    def asks(self, method: str, path: str, body=None, headers: dict | None = None):
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        text = None if body is None else json.dumps(body)
        self.connection.request(method, path, text, sent | (headers or {}))
        answer = self.connection.getresponse()
        content = answer.read()
        self.etag = answer.headers.get("ETag")
        if answer.status not in (200, 201, 304):
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:200]!r}")
        return answer.status, json.loads(content) if content else None

    def adds(self, bodies: list[dict]):
        """Many requests on one connection before their answers are read."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as stream:
            for start in range(0, len(bodies), PIPELINED):
                sent, count = b"", 0
                for body in bodies[start : start + PIPELINED]:
                    text = json.dumps(body).encode()
                    count += 1
                    sent += (
                        f"POST /api/tasks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
                        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n").encode() + text
                stream.sendall(sent)
                answers = b""
                while answers.count(b"HTTP/1.1 ") < count or not answers.endswith(b"}"):
                    answers += stream.recv(1 << 20)
                if answers.count(b"HTTP/1.1 201") != count:
                    raise RuntimeError(answers[:300])


def fill(client: Client, words: list[str], due: int):
    chance = random.Random(7)

    def body(number: int) -> dict:
        task = {"title": " ".join(chance.choices(words, k=5)), "description": " ".join(chance.choices(words, k=8))}
        return task | ({"due": {"date": f"2026-0{1 + number % 9}-1{number % 9}"}} if number < due else {})

    bodies = [body(number) for number in range(TASKS)]
    chance.shuffle(bodies)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(client.adds, [bodies[part::CONNECTIONS] for part in range(CONNECTIONS)]))


def times(client: Client, requests) -> str:
    """The median and the 95th percentile of answers one after the other, the client's own time included."""
    taken = []
    for request in requests:
        started = time.perf_counter()
        client.asks(*request)
        taken.append(1000 * (time.perf_counter() - started))
    return f"{statistics.median(taken):.2f} ms, p95 {statistics.quantiles(taken, n=20)[-1]:.2f} ms"


def measure(directory: Path, say) -> dict[str, str]:
    server = RoomyLatchkey(directory / "finding")
    server.directory.mkdir(parents=True, exist_ok=True)
    server.start()
    try:
        chance = random.Random(3)
        words = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(5000)]
        reader, other = Client(server, "reader"), Client(server, "other")
        for client, due in ((reader, DUE), (other, 0)):
            fill(client, words, due)
        say(f"    m filled two accounts with {TASKS:,} tasks each")
        started = reader.asks("GET", "/api/changes?limit=1")[1]["next"]
        while (page := reader.asks("GET", f"/api/changes?limit=500&since={started}")[1])["more"]:
            started = page["next"]
        found = {}
        prefixes = [word[: chance.randint(3, 6)] for word in chance.sample(words, 200)]
        found[f"Search of 3 to 6 letters, first 50 of {TASKS:,} tasks"] = times(
            reader, [("GET", f"/api/tasks?q={prefix}") for prefix in prefixes])
        found[f"Search of two words, first 50 of {TASKS:,} tasks"] = times(
            reader, [("GET", f"/api/tasks?q={one}+{two}") for one, two in zip(prefixes, reversed(prefixes))])
        found[f"View of today with {DUE:,} tasks, first 50"] = times(reader, [("GET", "/api/tasks?view=today")] * 200)
        reader.asks("GET", "/api/tasks?view=today")
        unchanged = {"If-None-Match": reader.etag}
        found["The same, 304"] = times(reader, [("GET", "/api/tasks?view=today", None, unchanged)] * 200)
        ids = []
        path = "/api/tasks?limit=100"
        for page in range(5):
            ids += [task["id"] for task in reader.asks("GET", path)[1]]
            path = f"/api/tasks?limit=100&cursor={ids[-1]}"
        found["Bulk change of 500 tasks"] = times(
            reader, [("POST", "/api/tasks/bulk", {"ids": ids, "set": {"priority": each}}) for each in ["high", "low"] * 5])
        found["Changes since, 100 of 5,000"] = times(
            reader, [("GET", f"/api/changes?limit=100&since={started}")] * 100)
        return found
    finally:
        server.stop()
