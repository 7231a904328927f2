"""The same on PostgreSQL, in the fastest way we know over asyncpg: connections that are kept with the list's statement
prepared, and lent without a pool's bookkeeping; the list's JSON is written by the database; inserts that come while
another one is committed go together in the next, one statement and one round trip for all of them. One application
with two doors: granian's RSGI, and ASGI for uvicorn.

Environment: BETTER_AUTH_SECRET, DATABASE_URL (postgresql://…), POOL (connections of each process).
"""

import asyncio
import collections
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import asyncpg
import bcrypt
import orjson
from tokens import new_id, owner_of, signed_in

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id text COLLATE "C" PRIMARY KEY, email text NOT NULL UNIQUE, hashed_password text NOT NULL, username text,
    is_active boolean NOT NULL, created_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS tasks (
    user_id text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, title text NOT NULL, description text,
    completed boolean NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    completed_at timestamptz, PRIMARY KEY (user_id, id)
);
"""
LIST = """
SELECT coalesce(json_agg(own)::text, '[]')
  FROM (SELECT id, user_id, title, description, completed, created_at, updated_at, completed_at
          FROM tasks WHERE user_id = $1 ORDER BY id DESC LIMIT 50) AS own
"""
INSERT = """
INSERT INTO tasks (user_id, id, title, description, completed, created_at, updated_at, completed_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[],
                     $7::timestamptz[], $8::timestamptz[])
"""

hashing = ThreadPoolExecutor(2)


class Lender:
    """Connections, each with its prepared statements, for one borrower at a time."""

    def __init__(self):
        self.idle: list = []
        self.waiting: collections.deque[asyncio.Future] = collections.deque()

    async def open(self):
        for _ in range(int(os.environ["POOL"])):
            connection = await asyncpg.connect(os.environ["DATABASE_URL"])
            self.idle.append((connection, await connection.prepare(LIST), await connection.prepare(INSERT)))

    async def borrow(self):
        if self.idle:
            return self.idle.pop()
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        return await turn

    def release(self, lent):
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                return turn.set_result(lent)
        self.idle.append(lent)


lender = Lender()
inserts: list = []
is_inserting = False


async def insert_all():
    """Inserts until there is nothing left to insert, each time all that came meanwhile."""
    global inserts, is_inserting
    is_inserting = True
    lent = await lender.borrow()
    try:
        while inserts:
            batch, inserts = inserts, []
            try:
                await lent[2].fetch(*zip(*[row for row, _ in batch]))
            except Exception as error:
                for _, done in batch:
                    done.set_exception(error)
            else:
                for _, done in batch:
                    done.set_result(None)
    finally:
        lender.release(lent)
        is_inserting = False


async def list_tasks(owner: str) -> bytes:
    lent = await lender.borrow()
    try:
        return (await lent[1].fetchval(owner)).encode()
    finally:
        lender.release(lent)


async def create(owner: str, text: bytes):
    body = orjson.loads(text)
    title, description, completed = body.get("title"), body.get("description"), body.get("completed", False)
    if not isinstance(title, str) or not 1 <= len(title) <= 200 or not isinstance(description, str | None):
        return 422, b'{"detail":"Enter a title."}', None
    identifier, time = new_id(), datetime.now(timezone.utc)
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    completed_at = time if completed else None
    inserts.append(((owner, identifier, title, description, bool(completed), time, time, completed_at), done))
    if len(inserts) == 1 and not is_inserting:
        loop.create_task(insert_all())
    await done
    task = {
        "id": identifier, "user_id": owner, "title": title, "description": description, "completed": bool(completed),
        "created_at": time, "updated_at": time, "completed_at": completed_at,
    }  # fmt: skip
    return 201, orjson.dumps(task), f"/api/users/{owner}/tasks/{identifier}"


async def sign_up(text: bytes):
    body = orjson.loads(text)
    email, password = body["email"].lower(), body["password"].encode()
    hashed = await asyncio.get_running_loop().run_in_executor(
        hashing, lambda: bcrypt.hashpw(password, bcrypt.gensalt(12)).decode()
    )
    identifier, created_at = new_id(), datetime.now(timezone.utc)
    lent = await lender.borrow()
    try:
        await lent[0].execute(
            "INSERT INTO users VALUES ($1, $2, $3, $4, TRUE, $5)", identifier, email, hashed, body.get("username"),
            created_at)
    except asyncpg.UniqueViolationError:
        return 400, b'{"detail":"Email already registered"}', None
    finally:
        lender.release(lent)
    return 201, orjson.dumps(signed_in(identifier, email, body.get("username"), created_at)), None


async def sign_in(text: bytes):
    body = orjson.loads(text)
    email, password = body["email"].lower(), body["password"].encode()
    lent = await lender.borrow()
    try:
        row = await lent[0].fetchrow(
            "SELECT id, hashed_password, username, created_at FROM users WHERE email = $1 AND is_active", email)
    finally:
        lender.release(lent)
    hashed = row["hashed_password"].encode() if row else b""
    loop = asyncio.get_running_loop()
    if not row or not await loop.run_in_executor(hashing, bcrypt.checkpw, password, hashed):
        return 401, b'{"detail":"Invalid credentials"}', None
    return 200, orjson.dumps(signed_in(row["id"], email, row["username"], row["created_at"])), None


async def answer(method: str, path: str, header: str | None, read):
    """Status, body and location; `read` reads the request's body."""
    if path.startswith("/api/users/"):
        owner = owner_of(header[7:]) if header and header.startswith("Bearer ") else None
        if owner is None:
            return 401, b'{"detail":"Authentication required"}', None
        user, _, rest = path[11:].partition("/")
        if user != owner:
            return 403, b'{"detail":"Access denied: cannot access other users\' resources"}', None
        if rest == "tasks/" and method == "GET":
            return 200, await list_tasks(owner), None
        if rest == "tasks/" and method == "POST":
            return await create(owner, await read())
    elif path == "/health":
        return 200, b'{"status":"ok"}', None
    elif path == "/api/auth/signin" and method == "POST":
        return await sign_in(await read())
    elif path == "/api/auth/signup" and method == "POST":
        return await sign_up(await read())
    return 404, b'{"detail":"Not Found"}', None


class Application:
    """For granian."""

    json = [("content-type", "application/json")]

    def __rsgi_init__(self, loop):
        loop.run_until_complete(lender.open())

    async def __rsgi__(self, scope, protocol):
        status, body, location = await answer(
            scope.method, scope.path, scope.headers.get("authorization"), protocol)
        protocol.response_bytes(status, self.json if not location else [*self.json, ("location", location)], body)


async def asgi(scope, receive, send):
    """For uvicorn."""
    if scope["type"] == "lifespan":
        await receive()
        await lender.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    header = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            header = value.decode("latin-1")
            break

    async def read() -> bytes:
        parts = []
        while True:
            message = await receive()
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                return b"".join(parts)

    status, body, location = await answer(scope["method"], scope["path"], header, read)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if location:
        headers.append((b"location", location.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def create_tables():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute(SCHEMA)
    await connection.close()


app = Application()

if __name__ == "__main__":
    asyncio.run(create_tables())
