"""Migrating from Better Auth and FastAPI: real files, the real program, and users who sign in afterwards."""

import base64
import csv
import hashlib
import json
import secrets
import string
import struct
import subprocess
import threading
import unicodedata
import uuid
import warnings
from datetime import datetime, timezone

import bcrypt
import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from authenticator import App
from support import ASSETS, PASSWORD, Server, binary, sqlite

with warnings.catch_warnings():
    # passlib asks for a module that newer Pythons no longer have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

passlib = CryptContext(schemes=["bcrypt"], bcrypt__rounds=10)

LONG = "a password of more than seventy-two bytes, which bcrypt would have cut somewhere here"


def scrypt(password: str) -> str:
    """As Better Auth stores a password."""
    salt = secrets.token_bytes(16).hex()
    text = unicodedata.normalize("NFKC", password).encode()
    return salt + ":" + hashlib.scrypt(text, salt=salt.encode(), n=16384, r=16, p=1, dklen=64, maxmem=1 << 26).hex()


def runs(server: Server, *arguments) -> subprocess.CompletedProcess:
    """`latchkey import …` on the server's data."""
    server.directory.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [binary(), "import", *map(str, arguments)], cwd=server.directory, env=server.environment(), timeout=60,
        stdin=subprocess.DEVNULL, capture_output=True, text=True)


def imports(server: Server, *arguments) -> str:
    result = runs(server, *arguments)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    return result.stdout


def refuses(server: Server, *arguments) -> str:
    result = runs(server, *arguments)
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stderr.startswith("latchkey: ") and "Fatal" not in result.stderr
    return result.stdout + result.stderr


def makes(path, script: str, *rows: tuple) -> None:
    with sqlite(path) as connection:
        connection.executescript(script)
        for statement, values in rows:
            connection.execute(statement, values)
        connection.commit()


BETTER_AUTH = """
    create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
        "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null);
    create table "session" ("id" text not null primary key, "token" text not null unique);
    create table "account" ("id" text not null primary key, "accountId" text not null, "providerId" text not null,
        "userId" text not null references "user" ("id") on delete cascade, "accessToken" text, "password" text,
        "createdAt" date not null, "updatedAt" date not null);
"""
TIME = "2026-01-10T12:00:00.123Z"


def better_auth_user(id: str, email: str, password: str | None, name: str = "Somebody"):
    yield "insert into user values (?, ?, ?, 1, null, ?, ?)", (id, name, email, TIME, TIME)
    if password is not None:
        yield "insert into account values (?, ?, 'credential', ?, null, ?, ?, ?)", (
            secrets.token_hex(8), id, id, scrypt(password), TIME, TIME)
    else:
        yield "insert into account values (?, '77', 'github', ?, 'gho_x', null, ?, ?)", (
            secrets.token_hex(8), id, TIME, TIME)


TWO_FACTOR = BETTER_AUTH.replace('"updatedAt" date not null);', '"updatedAt" date not null, "twoFactorEnabled" integer);', 1) + """
    create table "twoFactor" ("id" text not null primary key, "secret" text not null, "backupCodes" text not null,
        "userId" text not null references "user" ("id") on delete cascade, "verified" integer,
        "failedVerificationCount" integer, "lockedUntil" date);
"""


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    x = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))

    def turn(a, b, c, d):
        for p, q, r, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xFFFFFFFF
            mixed = x[r] ^ x[p]
            x[r] = (mixed << bits | mixed >> 32 - bits) & 0xFFFFFFFF

    for _ in range(10):
        for i in range(4):
            turn(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            turn(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *x[:4], *x[12:])


def sealed(text: str, secret: str) -> str:
    """As Better Auth encrypts with its secret: XChaCha20-Poly1305, after draft-irtf-cfrg-xchacha."""
    nonce = secrets.token_bytes(24)
    key = hchacha20(hashlib.sha256(secret.encode()).digest(), nonce[:16])
    return (nonce + ChaCha20Poly1305(key).encrypt(bytes(4) + nonce[16:], text.encode(), None)).hex()


class TwoFactorUser:
    """A user of Better Auth with its two-factor plugin: an app, and backup codes."""

    def __init__(self, id: str, email: str, secret: str):
        letters = string.ascii_letters + string.digits
        self.id, self.email, self.secret = id, email, secret
        self.key = "".join(secrets.choice(letters + "-_") for _ in range(32))
        texts = ["".join(secrets.choice(letters) for _ in range(10)) for _ in range(10)]
        self.codes = [f"{text[:5]}-{text[5:]}" for text in texts]
        self.app = App(base64.b32encode(self.key.encode()).decode())

    def rows(self, envelope: str = ""):
        for statement, values in better_auth_user(self.id, self.email, PASSWORD):
            yield (statement.replace("?)", "?, 1)") if "into user" in statement else statement), values
        yield "insert into twoFactor values (?, ?, ?, ?, 1, 0, null)", (
            f"t-{self.id}", envelope + sealed(self.key, self.secret),
            envelope + sealed(json.dumps(self.codes), self.secret), self.id)

    def gives(self, server: Server, code: str):
        asked = server.tries_to_sign_in(self.email, PASSWORD)
        assert (asked.status_code, asked.json()["detail"]) == (403, "Second factor required")
        return server.client.post("/api/auth/second-factor", json={"challenge": asked.json()["challenge"], "code": code})


FASTAPI = """
    CREATE TABLE user (id VARCHAR NOT NULL PRIMARY KEY, email VARCHAR NOT NULL, hashed_password VARCHAR NOT NULL,
        username VARCHAR, is_active BOOLEAN NOT NULL, created_at DATETIME NOT NULL);
    CREATE UNIQUE INDEX ix_user_email ON user (email);
    CREATE TABLE task (id INTEGER NOT NULL PRIMARY KEY, user_id VARCHAR NOT NULL REFERENCES user (id),
        title VARCHAR(200) NOT NULL, description VARCHAR, completed BOOLEAN NOT NULL, created_at DATETIME NOT NULL,
        updated_at DATETIME NOT NULL);
"""
INTO_USER = "INSERT INTO user VALUES (?, ?, ?, ?, ?, '2026-01-10 12:00:00.123456')"
INTO_TASK = "INSERT INTO task VALUES (?, ?, ?, ?, ?, '2026-01-11 12:00:00', '2026-01-11 12:00:00')"


# By the schema that PocketBase documents since 0.23: its migrations and field types.
POCKETBASE = """
    CREATE TABLE `_collections` (`id` TEXT PRIMARY KEY NOT NULL, `system` BOOLEAN DEFAULT FALSE NOT NULL,
        `type` TEXT DEFAULT "base" NOT NULL, `name` TEXT UNIQUE NOT NULL, `fields` JSON DEFAULT "[]" NOT NULL,
        `indexes` JSON DEFAULT "[]" NOT NULL, `options` JSON DEFAULT "{}" NOT NULL);
    CREATE TABLE `users` (`avatar` TEXT DEFAULT '' NOT NULL, `created` TEXT DEFAULT '' NOT NULL,
        `email` TEXT DEFAULT '' NOT NULL, `emailVisibility` BOOLEAN DEFAULT FALSE NOT NULL,
        `id` TEXT PRIMARY KEY NOT NULL, `name` TEXT DEFAULT '' NOT NULL, `password` TEXT DEFAULT '' NOT NULL,
        `tokenKey` TEXT DEFAULT '' NOT NULL, `updated` TEXT DEFAULT '' NOT NULL,
        `verified` BOOLEAN DEFAULT FALSE NOT NULL);
    INSERT INTO `_collections` (id, system, type, name) VALUES ('pbc_3142635823', TRUE, 'auth', '_superusers');
    INSERT INTO `_collections` (id, type, name) VALUES ('_pb_users_auth_', 'auth', 'users');
"""


def pocketbase_user(id: str, email: str, password: str, name: str = ""):
    # Go's bcrypt writes this prefix and has 10 as its usual cost.
    hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt(10, b"2a")).decode()
    yield ("INSERT INTO users (id, email, name, verified, password, tokenKey, created, updated) "
           "VALUES (?, ?, ?, TRUE, ?, ?, '2026-01-10 12:00:00.123Z', '2026-01-10 12:00:00.123Z')"), (
        id, email, name, hash, secrets.token_hex(25))


def stored_hash(server: Server, email: str) -> str:
    [(found,)] = server.looks_up("SELECT password_hash FROM users WHERE email = ?", email)
    return found


def contents(directory) -> dict:
    # SQLite's -shm holds no data, but locks and an index of processes that have the file open.
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file() and path.suffix != ".db-shm"}


def test_pocketbase_users_sign_in(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "data.db"
    odd = "pässword ²-µ"
    makes(
        file, POCKETBASE, *pocketbase_user("5f1abc2def3gh4i", "Alice@Example.com", PASSWORD, "Alice"),
        *pocketbase_user("6f1abc2def3gh4i", "bob@example.com", odd))
    before = contents(tmp_path)

    assert "Would be imported: 2 users (2 with a password, 0 without)" in imports(server, "pocketbase", file, "--dry-run")
    said = imports(server, "pocketbase", file, "--collection", "users")

    assert "Imported: 2 users (2 with a password, 0 without), 0 tasks; skipped: 0 users, 0 tasks.\n" in said
    assert contents(tmp_path) == before
    server.settings["SIGN_UP"] = "closed"  # Sign-up concerns no import.
    server.start()
    alice = server.signs_in("alice@example.com")
    assert alice.id == "5f1abc2def3gh4i" and alice.user["username"] == "Alice"
    server.signs_in("bob@example.com", odd)
    assert server.tries_to_sign_in("bob@example.com", PASSWORD).status_code == 401
    assert "already here" in refuses(server, "pocketbase", file)


def test_better_auth_users_sign_in_and_get_our_bcrypt(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "auth.db"
    odd = "ﬁnal ²-µ pässword"
    makes(
        file, BETTER_AUTH, *better_auth_user("Xy7", "Alice@Example.com", PASSWORD, "Alice"),
        *better_auth_user("b", "bob@example.com", None), *better_auth_user("c", "carol@example.com", LONG),
        *better_auth_user("d", "dave@example.com", odd))
    before = contents(tmp_path)

    said = imports(server, "better-auth", file)

    assert "Imported: 4 users (3 with a password, 1 without), 0 tasks; skipped: 0 users, 0 tasks.\n" in said
    assert "'github'" in said
    assert contents(tmp_path)["auth.db"] == before["auth.db"] and "auth.db-wal" not in contents(tmp_path)

    server.start()
    alice = server.signs_in("alice@example.com")
    assert alice.user == {
        "id": "Xy7", "email": "alice@example.com", "username": "Alice", "is_active": True, "created_at": TIME}
    assert bcrypt.checkpw(PASSWORD.encode(), stored_hash(server, "alice@example.com").encode())
    server.signs_in("alice@example.com")
    assert server.tries_to_sign_in("alice@example.com", PASSWORD + "x").status_code == 401
    assert alice.adds("Arrived")["user_id"] == "Xy7"

    for _ in range(2):
        server.signs_in("carol@example.com", LONG)
    assert ":" in stored_hash(server, "carol@example.com")
    assert server.tries_to_sign_in("carol@example.com", LONG[:72]).status_code == 401
    server.signs_in("dave@example.com", unicodedata.normalize("NFD", odd))
    assert server.tries_to_sign_in("bob@example.com", "").status_code in (401, 422)


def test_better_auth_users_bring_their_second_factor(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "auth.db"
    server.settings["BETTER_AUTH_SECRET"] = secrets.token_urlsafe(32)
    others = tmp_path / "secrets"
    others.write_text("an older secret of that installation\n2:one that is numbered there\n")
    users = [
        TwoFactorUser("a", "alice@example.com", server.settings["BETTER_AUTH_SECRET"]),
        TwoFactorUser("b", "bob@example.com", "an older secret of that installation"),
        TwoFactorUser("c", "carol@example.com", "one that is numbered there"),
    ]
    makes(
        file, TWO_FACTOR, *users[0].rows(), *users[1].rows(), *users[2].rows("$ba$2$"),
        *[(text.replace("?)", "?, 0)") if "into user" in text else text, values)
          for text, values in better_auth_user("d", "dave@example.com", PASSWORD)])

    said = refuses(server, "better-auth", file)
    assert said.count("none of the secrets that are known here opens the second factor") == 2
    assert not server.data.exists()
    said = imports(server, "better-auth", file, "--secret-file", others)
    assert "Imported: 4 users (4 with a password, 0 without, 3 with a second factor), 0 tasks;" in said
    assert not any(user.key in said or user.codes[0] in said for user in users)

    server.start()
    assert server.signs_in("dave@example.com").id == "d"
    for user in users:
        code = user.app.code(1)
        assert user.gives(server, code).status_code == 200
        again = user.gives(server, code)
        assert (again.status_code, again.json()["detail"]) == (401, "Invalid code")
        assert user.gives(server, user.codes[0]).status_code == 200
        assert user.gives(server, user.codes[0]).status_code == 401
        assert user.gives(server, user.codes[9].replace("-", " ")).status_code == 200
    server.stop()
    for path in server.directory.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for user in users:
            assert user.key.encode() not in content and user.codes[5].encode() not in content, path


def test_a_second_factor_that_cannot_be_opened_is_never_lost_unnoticed(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "auth.db"
    user = TwoFactorUser("a", "alice@example.com", "a secret that was lost")
    makes(file, TWO_FACTOR, *user.rows())
    said = refuses(server, "better-auth", file)
    assert "table user, row 1 (id 'a'): none of the secrets" in said and "--drop-second-factors" in said
    assert "Imported: 0 users" in imports(server, "better-auth", file, "--skip-bad")
    said = imports(server, "better-auth", file, "--drop-second-factors")
    assert "Note: not taken over: second factors (1). Here the password of these users is enough." in said
    assert server.start().signs_in("alice@example.com").id == "a"


def test_a_database_in_write_ahead_mode_is_left_as_it_is(stopped_server, tmp_path):
    file = tmp_path / "a file %41?x=#1.db"
    makes(file, "PRAGMA journal_mode = WAL;" + BETTER_AUTH, *better_auth_user("a", "a@example.com", PASSWORD))
    before = contents(tmp_path)
    imports(stopped_server, "better-auth", file, "--dry-run")
    assert contents(tmp_path) == before

    # While its own server has it open, what is only in the -wal file counts as well.
    with sqlite(file) as theirs:
        for statement in better_auth_user("b", "b@example.com", PASSWORD):
            theirs.execute(*statement)
        theirs.commit()
        assert "2 users" in imports(stopped_server, "better-auth", file)


def test_fastapi_users_and_tasks_are_imported(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "app.db"
    makes(
        file, FASTAPI,
        (INTO_USER, ("550e8400-e29b-41d4-a716-446655440000", "alice@example.com", passlib.hash(PASSWORD), "Al", True)),
        (INTO_USER, ("2", "bob@example.com", bcrypt.hashpw(b"bob's password", bcrypt.gensalt(10)).decode(), None, False)),
        (INTO_TASK, (1, "550e8400-e29b-41d4-a716-446655440000", "First", "with words", True)),
        (INTO_TASK, (2, "550e8400-e29b-41d4-a716-446655440000", "Second", None, False)),
        (INTO_TASK, (3, "2", "Bob's", None, False)))

    assert "Imported: 2 users (2 with a password, 0 without), 3 tasks; skipped: 0 users, 0 tasks.\n" == imports(
        server, "fastapi", file)

    server.start()
    alice = server.signs_in("alice@example.com")
    assert alice.user["id"] == "550e8400-e29b-41d4-a716-446655440000"
    assert alice.user["created_at"] == "2026-01-10T12:00:00.123Z"
    second, first = alice.gets(alice.tasks).json()
    assert (first["title"], first["description"], first["completed"]) == ("First", "with words", True)
    assert (second["title"], second["description"], second["completed"]) == ("Second", None, False)
    assert uuid.UUID(first["id"]).version == 7 and first["created_at"] == "2026-01-11T12:00:00.000Z"
    answer = alice.asks("PATCH", f"{alice.tasks}/{second['id']}", json={"completed": True})
    assert answer.status_code == 200
    answer = server.tries_to_sign_in("bob@example.com", "bob's password")
    assert (answer.status_code, answer.json()["detail"]) == (401, "Account is inactive")


def test_sqlalchemys_uuids_keep_the_form_that_its_clients_saw(stopped_server, tmp_path):
    server, file, (user, task) = stopped_server, tmp_path / "app.db", (uuid.uuid4(), uuid.uuid4())
    makes(
        file, "CREATE TABLE users (id CHAR(32), email VARCHAR, hashed_password VARCHAR);"
        "CREATE TABLE tasks (id CHAR(32), user_id CHAR(32), title VARCHAR, is_completed BOOLEAN);",
        ("INSERT INTO users VALUES (?, 'a@example.com', ?)", (user.hex, passlib.hash(PASSWORD))),
        ("INSERT INTO tasks VALUES (?, ?, 'Kept', 1)", (task.hex, user.hex)))
    imports(server, "fastapi", file)
    alice = server.start().signs_in("a@example.com")
    assert alice.id == str(user)
    assert [found["id"] for found in alice.gets(alice.tasks).json()] == [str(task)]


def test_csv_files_are_imported(stopped_server, tmp_path):
    server, directory = stopped_server, tmp_path / "export"
    directory.mkdir()
    with open(directory / "users.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "email", "hashed_password", "username", "is_active", "created_at"])
        rows.writerow(["1", "a@example.com", passlib.hash(PASSWORD), 'A "quoted", name', True, datetime.now(timezone.utc)])
    with open(directory / "tasks.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "user_id", "title", "description", "completed"])
        rows.writerow([1, "1", "Über alles", "two\nlines, and \"quotes\"", False])
    imports(server, "fastapi", directory)
    alice = server.start().signs_in("a@example.com")
    assert alice.user["username"] == 'A "quoted", name'
    [task] = alice.gets(alice.tasks).json()
    assert (task["title"], task["description"]) == ("Über alles", "two\nlines, and \"quotes\"")


@pytest.mark.parametrize("title", ["\u200b\u3164", "\u2800", "\u0301", "\u202e\ufe0f"], ids=ascii)
def test_a_task_whose_title_cannot_be_seen_is_named(stopped_server, tmp_path, title):
    (tmp_path / "users.csv").write_text(f"id,email,hashed_password\n1,a@example.com,{passlib.hash(PASSWORD)}\n")
    (tmp_path / "tasks.csv").write_text(f"id,user_id,title\n1,1,{title}\n")
    assert "tasks.csv" in refuses(stopped_server, "fastapi", tmp_path)
    said = imports(stopped_server, "fastapi", tmp_path, "--skip-bad")
    assert "Enter a title." in said and "0 tasks; skipped" in said


def test_better_auths_csv_files_are_imported(stopped_server, tmp_path):
    (tmp_path / "user.csv").write_text(f"id,name,email,emailVerified,createdAt\nq,Q,q@example.com,t,{TIME}\n")
    (tmp_path / "account.csv").write_text(f"id,userId,providerId,password\n1,q,credential,{scrypt(PASSWORD)}\n")
    imports(stopped_server, "better-auth", tmp_path)
    assert stopped_server.start().signs_in("q@example.com").id == "q"


def test_bad_rows_are_named_and_stop_everything_or_are_left_out(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "app.db"
    good = passlib.hash(PASSWORD)
    makes(
        file, FASTAPI.replace("CREATE UNIQUE INDEX ix_user_email ON user (email);", ""),
        (INTO_USER, ("1", "good@example.com", good, None, True)),
        (INTO_USER, ("2", "no address\x1b[31m", good, None, True)),
        (INTO_USER, ("3", "GOOD@example.com", good, None, True)),
        (INTO_USER, ("4", "argon@example.com", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", None, True)),
        (INTO_TASK, (1, "1", "Good", None, False)), (INTO_TASK, (2, "1", "x" * 201, None, False)),
        (INTO_TASK, (3, "2", "Of nobody", None, False)), (INTO_TASK, (4, "9", "Of nobody", None, False)))

    for extra in [["--dry-run"], []]:
        said = refuses(server, "fastapi", file, *extra)
        assert "table user, row 2 (id '2'): 'no address?[31m' is not an e-mail address" in said
        assert "table user, row 3 (id '3'): has the same e-mail address as table user, row 1." in said
        assert "table user, row 4 (id '4'): the password hash is neither bcrypt" in said
        assert "table task, row 2 (id '2'): The title may have at most 200 characters." in said
        assert "table task, row 3 (id '3'): its user is not taken." in said
        assert "table task, row 4 (id '4'): there is no user with the id '9'." in said
        assert "6 rows cannot be taken" in said and "--skip-bad" in said and "\x1b" not in said
        assert good not in said and "argon2id" not in said, "Hashes must not be shown."
    assert not server.data.exists()

    said = imports(server, "fastapi", file, "--skip-bad")
    assert "Imported: 2 users (1 with a password, 1 without), 1 task; skipped: 2 users, 3 tasks.\n" in said
    assert server.looks_up("SELECT title FROM tasks") == [("Good",)]
    server.start().signs_in("good@example.com")


def test_a_dry_run_changes_nothing(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "auth.db"
    makes(file, BETTER_AUTH, *better_auth_user("a", "a@example.com", PASSWORD))
    said = imports(server, "better-auth", file, "--dry-run")
    assert "Would be imported: 1 user (1 with a password, 0 without)" in said and "Nothing was changed." in said
    assert not server.data.exists()

    server.start()
    server.stop()
    before = contents(server.data)
    imports(server, "better-auth", file, "--dry-run")
    assert contents(server.data) == before


def test_a_second_run_finds_all_users_imported(stopped_server, tmp_path):
    server, file = stopped_server, tmp_path / "app.db"
    makes(
        file, FASTAPI, (INTO_USER, ("1", "a@example.com", passlib.hash(PASSWORD), None, True)),
        (INTO_TASK, (1, "1", "Once", None, False)))
    imports(server, "fastapi", file)
    before = server.looks_up("SELECT * FROM users, tasks")
    said = refuses(server, "fastapi", file)
    assert said.count("is already here.") == 2
    assert "Imported: 0 users" in imports(server, "fastapi", file, "--skip-bad")
    assert server.looks_up("SELECT * FROM users, tasks") == before


def test_an_import_works_beside_a_running_server(server, tmp_path):
    file, count = tmp_path / "app.db", 2000
    hash = passlib.hash(PASSWORD)
    makes(
        file, FASTAPI, *[(INTO_USER, (f"u{n}", f"u{n}@moving.example", hash, None, True)) for n in range(count)],
        *[(INTO_TASK, (n, f"u{n}", f"Task {n}", None, False)) for n in range(count)])
    alice, stop, added = server.newcomer(), threading.Event(), []

    def adds_tasks():
        while not stop.is_set():
            added.append(alice.adds(f"Meanwhile {len(added)}")["id"])

    worker = threading.Thread(target=adds_tasks)
    worker.start()
    try:
        imports(server, "fastapi", file)
    finally:
        stop.set()
        worker.join()
    assert added and server.looks_up("SELECT COUNT(*) FROM tasks WHERE user_id = ?", alice.id) == [(len(added),)]
    mover = server.signs_in("u7@moving.example")
    assert mover.titles() == ["Task 7"]


@pytest.mark.parametrize("name, content", [
    ("missing.db", None), ("empty.db", b""), ("text.db", b"hello there, this is text"),
    ("torn.db", b"SQLite format 3\0" + b"x" * 4096), ("open.csv", b'id,email\n1,"a\n'), ("latin.csv", b"id,email\n1,\xe9\n"),
    ("uneven.csv", b"id,email\n1\n"), ("other.csv", b"a,b\n1,2\n"), ("nothing.csv", b""),
])
@pytest.mark.parametrize("system", ["better-auth", "fastapi"])
def test_a_malformed_file_is_refused_with_a_sentence(stopped_server, tmp_path, system, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    said = refuses(stopped_server, system, tmp_path / name)
    assert name in said
    assert not stopped_server.data.exists()


def test_our_own_database_and_devices_are_refused(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    assert "a database of Latchkey itself" in refuses(stopped_server, "fastapi", stopped_server.database)
    assert "neither a file nor a directory" in refuses(stopped_server, "fastapi", "/dev/zero")
    assert "holds none of the tables" in refuses(stopped_server, "fastapi", ASSETS)


def test_a_data_directory_that_cannot_be_made_is_reported(stopped_server, tmp_path):
    (tmp_path / "users.csv").write_text("id,email\n1,a@example.com\n")
    said = refuses(stopped_server, "fastapi", tmp_path, "--data", "/proc/nowhere/data")
    assert "The data directory /proc/nowhere/data cannot be made." in said


def test_a_foreign_data_file_is_never_written_to(stopped_server, tmp_path):
    other, file = tmp_path / "other.db", tmp_path / "auth.db"
    makes(other, "CREATE TABLE invoices (id)")
    makes(file, BETTER_AUTH, *better_auth_user("a", "a@example.com", PASSWORD))
    before = other.read_bytes()
    for extra in [[], ["--dry-run"]]:
        said = refuses(stopped_server, "better-auth", file, "--database-url", f"sqlite://{other}", *extra)
        assert str(other) in said or "tables of another program" in said
    assert "invoices" in str(before)
