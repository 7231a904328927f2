"""The same routes in the fastest Python we know how to write: granian's RSGI, which hands over a request without
building an ASGI message of it; raw sqlite3, where SQLite itself writes the JSON; tokens and cookies that were verified
once are remembered; inserts that are due in the same turn of the event loop share one commit; passwords are hashed on
two threads of their own (bcrypt releases the interpreter lock); the dashboard is a compiled Jinja2 template.

Environment: BETTER_AUTH_SECRET, DATABASE (path of the SQLite file), TEMPLATE (path of the dashboard's template).
"""

import asyncio
import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import jinja2
import orjson
from tokens import new_id, owner_of, signed_in

JSON = [("content-type", "application/json")]
HTML = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")]

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, username TEXT,
    is_active INTEGER NOT NULL, created_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS tasks (
    user_id TEXT NOT NULL, id TEXT NOT NULL, title TEXT NOT NULL, description TEXT, completed INTEGER NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, completed_at TEXT, PRIMARY KEY (user_id, id)
) WITHOUT ROWID;
"""
LIST = """
SELECT json_group_array(json_object('id', id, 'user_id', user_id, 'title', title, 'description', description,
           'completed', json(iif(completed, 'true', 'false')), 'created_at', created_at, 'updated_at', updated_at,
           'completed_at', completed_at))
  FROM (SELECT * FROM tasks WHERE user_id = ? AND id < '~' ORDER BY id DESC LIMIT 50)
"""
ROWS = """
SELECT id, title, description, completed, COALESCE(completed_at, created_at)
  FROM tasks WHERE user_id = ? AND id < '~' ORDER BY id DESC LIMIT 26
"""

database = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, timeout=30, cached_statements=64)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.executescript(SCHEMA)
hashing = ThreadPoolExecutor(2)
template = jinja2.Environment(autoescape=True).from_string(Path(os.environ["TEMPLATE"]).read_text())
inserts: list = []


def stamp() -> str:
    seconds, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{milliseconds:03}Z"


def answer(protocol, status: int, value):
    protocol.response_bytes(status, JSON, orjson.dumps(value))


def sign_in_answer(protocol, status, identifier, email, username, created_at):
    answer(protocol, status, signed_in(identifier, email, username, created_at))


async def sign_up(protocol):
    body = orjson.loads(await protocol())
    email, password = body["email"].lower(), body["password"].encode()
    hashed = await asyncio.get_running_loop().run_in_executor(
        hashing, lambda: bcrypt.hashpw(password, bcrypt.gensalt(12)).decode()
    )
    identifier, created_at = new_id(), stamp()
    try:
        database.execute(
            "INSERT INTO users VALUES (?, ?, ?, ?, 1, ?)",
            (identifier, email, hashed, body.get("username"), created_at),
        )
    except sqlite3.IntegrityError:
        return answer(protocol, 400, {"detail": "Email already registered"})
    sign_in_answer(protocol, 201, identifier, email, body.get("username"), created_at)


async def sign_in(protocol):
    body = orjson.loads(await protocol())
    email, password = body["email"].lower(), body["password"].encode()
    row = database.execute(
        "SELECT id, hashed_password, username, created_at FROM users WHERE email = ? AND is_active", (email,)
    ).fetchone()
    hashed = row[1].encode() if row else b""
    loop = asyncio.get_running_loop()
    if not row or not await loop.run_in_executor(hashing, bcrypt.checkpw, password, hashed):
        return answer(protocol, 401, {"detail": "Invalid credentials"})
    sign_in_answer(protocol, 200, row[0], email, row[2], row[3])


def commit_inserts():
    """All inserts that came since, in one commit; their requests are answered once it is on disk."""
    global inserts
    batch, inserts = inserts, []
    try:
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [row for row, _ in batch])
        database.execute("COMMIT")
    except sqlite3.Error as error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        for _, done in batch:
            done.set_exception(error)
        return
    for _, done in batch:
        done.set_result(None)


async def create(protocol, owner: str, path: str):
    body = orjson.loads(await protocol())
    title, description, completed = body.get("title"), body.get("description"), body.get("completed", False)
    if not isinstance(title, str) or not 1 <= len(title) <= 200 or not isinstance(description, str | None):
        return answer(protocol, 422, {"detail": "Enter a title."})
    identifier, time_ = new_id(), stamp()
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    completed_at = time_ if completed else None
    inserts.append(((owner, identifier, title, description, bool(completed), time_, time_, completed_at), done))
    if len(inserts) == 1:
        loop.call_soon(commit_inserts)
    await done
    task = {
        "id": identifier, "user_id": owner, "title": title, "description": description, "completed": bool(completed),
        "created_at": time_, "updated_at": time_, "completed_at": completed_at,
    }  # fmt: skip
    protocol.response_bytes(201, [*JSON, ("location", path + identifier)], orjson.dumps(task))


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def row_for_page(row) -> dict:
    identifier, title, description, completed, when = row
    date = f"{int(when[8:10])} {MONTHS[int(when[5:7]) - 1]} {when[:4]}"
    return {
        "id": identifier, "title": title, "description": description, "is_completed": completed,
        "when": ("Done " if completed else "Added ") + date, "when_machine": when,
        "edit_url": f"/dashboard?edit={identifier}",
    }  # fmt: skip


def dashboard(protocol, owner: str, token: str):
    rows = database.execute(ROWS, (owner,)).fetchall()
    page = {
        "title": "Tasks", "stylesheet": "/static/app.css", "script": "/static/app.js", "icon": "/static/icon.svg",
        "user_name": "Bench", "form_token": token[-43:],
    }  # fmt: skip
    filters = [
        {"label": "All", "url": "/dashboard", "is_current": True},
        {"label": "Open", "url": "/dashboard?show=open", "is_current": False},
        {"label": "Done", "url": "/dashboard?show=done", "is_current": False},
    ]
    text = template.render(
        page=page, notice=None, draft={"title": {}, "description": {}}, filters=filters,
        tasks=[row_for_page(row) for row in rows[:25]], here="/dashboard", newest_url=None,
        older_url=f"/dashboard?before={rows[24][0]}" if len(rows) > 25 else None,
        empty_heading="Nothing to do yet", empty_advice="Write your first task into the field above and press Add.",
    )  # fmt: skip
    protocol.response_str(200, HTML, text)


class Application:
    async def __rsgi__(self, scope, protocol):
        path, method = scope.path, scope.method
        if path.startswith("/api/users/"):
            header = scope.headers.get("authorization")
            owner = owner_of(header[7:]) if header and header.startswith("Bearer ") else None
            if owner is None:
                return answer(protocol, 401, {"detail": "Authentication required"})
            user, _, rest = path[11:].partition("/")
            if user != owner:
                return answer(protocol, 403, {"detail": "Access denied: cannot access other users' resources"})
            if rest == "tasks/" and method == "GET":
                return protocol.response_str(200, JSON, database.execute(LIST, (owner,)).fetchone()[0])
            if rest == "tasks/" and method == "POST":
                return await create(protocol, owner, path)
        elif path == "/health":
            return protocol.response_bytes(200, JSON, b'{"status":"ok"}')
        elif path == "/dashboard":
            cookie = scope.headers.get("cookie") or ""
            token = cookie.removeprefix("session=")
            owner = owner_of(token)
            if owner is None:
                return protocol.response_empty(303, [("location", "/login")])
            return dashboard(protocol, owner, token)
        elif path == "/api/auth/signin" and method == "POST":
            return await sign_in(protocol)
        elif path == "/api/auth/signup" and method == "POST":
            return await sign_up(protocol)
        answer(protocol, 404, {"detail": "Not Found"})


app = Application()
