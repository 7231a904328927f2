"""Refusals of PostgreSQL, and connections to it that end: each with a message of its own, in the response, the log and
/ready, and none of it signs a user out."""

import os
import shutil
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

import mounts
from postgres import Postgres, Proxy
from support import SECRET, Server, log_in, wait_until

FULL = "The database's disk is full."
LOCKED = "Another program keeps the database locked."
NO_CONNECTION = "The database accepts no more connections just now."
NO_RIGHT = "The database denies this server a right that it needs."
READ_ONLY = "The database is read-only just now."
UNCHANGED = " Nothing was changed."


@pytest.fixture
def as_app(start_server, postgres):
    """A server whose role is no superuser, and its database."""
    postgres.asks("DROP ROLE IF EXISTS app")
    postgres.asks("CREATE ROLE app LOGIN")
    database = postgres.new_database("OWNER app")
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database, role="app"), DATABASE_POOL_SIZE=2,
        DATABASE_TIMEOUT_SECONDS=2)
    yield server, database
    server.stop()
    postgres.asks(f"DROP DATABASE {database} WITH (FORCE)")
    postgres.asks("DROP ROLE app")


def says(answer, status: int, sentence: str) -> None:
    assert (answer.status_code, answer.json()["detail"]) == (status, sentence)
    assert ("Retry-After" in answer.headers) == (status == 503)


def is_not_ready(server: Server, sentence: str) -> None:
    wait_until(lambda: server.client.get("/ready").status_code == 503, "/ready to say no")
    says(server.client.get("/ready"), 503, sentence)
    assert sentence in server.log


def is_ready(server: Server) -> None:
    wait_until(lambda: server.client.get("/ready").status_code == 200, "/ready to say yes", 15)


def test_a_database_that_became_read_only_is_reported(as_app, postgres):
    server, database = as_app
    alice = server.newcomer()
    alice.adds("before")
    postgres.asks(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    postgres.ends_connections(database)
    says(alice.posts(alice.tasks, {"title": "no"}), 503, READ_ONLY + UNCHANGED)
    says(server.tries_to_sign_in(alice.email, alice.password), 503, READ_ONLY + UNCHANGED)
    assert alice.titles() == ["before"]
    is_not_ready(server, READ_ONLY)
    postgres.asks(f"ALTER DATABASE {database} RESET default_transaction_read_only")
    postgres.ends_connections(database)
    is_ready(server)
    alice.adds("afterwards")


@contextmanager
def stand_by(postgres: Postgres):
    other = Postgres.__new__(Postgres)
    other.options, other.directory = (), postgres.directory.with_name(postgres.directory.name + "-standby")
    other.directory.mkdir()
    (other.directory / "port").write_text(str(free_port()))
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_basebackup"))
    command = [
        programs[-1] if programs else "pg_basebackup", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "postgres",
        "-D", other.directory / "data", "--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream"]
    if os.geteuid() == 0:
        shutil.chown(other.directory, "postgres")
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
    subprocess.run(command, check=True, capture_output=True, timeout=60, cwd="/")
    other.start()
    yield other
    other.remove()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_a_standby_is_read_from_and_not_written_to(start_server, stopped_server, postgres, database):
    primary = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database))
    alice = primary.newcomer()
    alice.adds("on the primary")
    with stand_by(postgres) as other:
        stopped_server.settings["DATABASE_URL"] = other.address(database)
        stopped_server.launch()
        wait_until(lambda: "Latchkey is at" in stopped_server.output, "the start")
        stopped_server.port = int(stopped_server.output.split("localhost:")[1].split()[0])
        stopped_server.client = type(primary.client)(stopped_server.url)
        there = type(alice)(stopped_server, alice.email, alice.password, alice.token, alice.user)
        assert there.titles() == ["on the primary"]
        says(there.posts(there.tasks, {"title": "no"}), 503, READ_ONLY + UNCHANGED)
        is_not_ready(stopped_server, READ_ONLY)
        stopped_server.stop()
    primary.stop()


def test_a_role_that_lacks_privileges_is_reported(as_app, postgres):
    server, database = as_app
    alice = server.newcomer()
    postgres.asks("REVOKE INSERT ON tasks FROM app", database)
    says(alice.posts(alice.tasks, {"title": "no"}), 503, NO_RIGHT + UNCHANGED)
    is_not_ready(server, NO_RIGHT)
    postgres.asks("REVOKE SELECT ON tasks FROM app", database)
    # A request that only reads is not told that nothing was changed.
    says(alice.gets(alice.tasks), 503, NO_RIGHT)
    postgres.asks("GRANT SELECT, INSERT ON tasks TO app", database)
    alice.adds("afterwards")
    is_ready(server)


def test_a_page_that_the_server_had_no_time_for_tries_again_by_itself(as_app, postgres, open_page):
    server, database = as_app
    alice = server.newcomer()
    page = open_page(base_url=server.url)
    log_in(page, alice)
    postgres.asks("REVOKE SELECT ON tasks FROM app", database)
    assert page.goto("/dashboard?view=all").status == 503
    expect(page.get_by_role("heading", name="Just a moment, please")).to_be_visible()
    expect(page.locator("#retry")).to_have_text("This page tries again by itself, in 2 seconds.")
    expect(page.locator("#status")).to_have_text("This page tries again by itself, in 2 seconds.")
    page.evaluate("window.stays = true")
    expect(page.locator("#retry")).to_have_text("This page tries again by itself, in 4 seconds.")
    assert page.evaluate("stays")
    postgres.asks("GRANT SELECT ON tasks TO app", database)
    expect(page.get_by_role("heading", name="All tasks")).to_be_visible()

    postgres.asks("REVOKE SELECT ON tasks FROM app", database)
    plain = open_page(base_url=server.url, java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto("/dashboard?view=all")
    expect(plain.locator("#retry")).to_be_hidden()
    postgres.asks("GRANT SELECT ON tasks TO app", database)
    plain.get_by_role("link", name="Try again").click()
    expect(plain.get_by_role("heading", name="All tasks")).to_be_visible()


def test_too_many_connections_are_reported(as_app, postgres):
    server, database = as_app
    alice = server.newcomer()
    postgres.asks("ALTER ROLE app CONNECTION LIMIT 0")
    postgres.ends_connections(database)
    says(alice.gets(alice.tasks), 503, NO_CONNECTION)
    says(alice.posts(alice.tasks, {"title": "no"}), 503, NO_CONNECTION + UNCHANGED)
    is_not_ready(server, NO_CONNECTION)
    postgres.asks("ALTER ROLE app CONNECTION LIMIT -1")
    is_ready(server)
    alice.adds("afterwards")


def test_a_lock_held_by_another_program_is_reported(as_app, postgres):
    server, database = as_app
    alice = server.newcomer()
    command = ["psql", "--no-psqlrc", "-qtA", postgres.address(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        other.stdin.write("BEGIN; LOCK TABLE tasks IN SHARE MODE; SELECT 'locked';\n")
        other.stdin.flush()
        assert other.stdout.readline() == "locked\n"
        says(alice.posts(alice.tasks, {"title": "no"}), 503, LOCKED + UNCHANGED)
        assert alice.titles() == []
        other.stdin.close()
    alice.adds("afterwards")


def test_a_violated_foreign_key_signs_no_one_out(start_server, postgres, database):
    server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database))
    alice = server.newcomer()
    # A foreign key that was added to our tables by hand.
    postgres.asks("CREATE TABLE allowed (title TEXT PRIMARY KEY)", database)
    postgres.asks("ALTER TABLE tasks ADD FOREIGN KEY (title) REFERENCES allowed (title)", database)
    assert alice.posts(alice.tasks, {"title": "no"}).status_code == 500
    assert alice.titles() == []
    server.stop()


class OnSmallDisk(Postgres):
    """With a tablespace on a disk of 16 MB, which only this server sees."""

    def __init__(self):
        # Before anything is made that would have to be cleared away.
        mounts.alone()
        self.small = Path("/nowhere")
        super().__init__()

    def _runs(self, action: str, *arguments: str) -> str:
        if action != "start":
            return super()._runs(action, *arguments)
        self.small = self.directory / "small"
        self.small.mkdir()
        owner = "postgres" if os.geteuid() == 0 else str(os.geteuid())
        # The helper keeps the namespace, and its files in reach, for as long as it runs.
        self.helper = subprocess.Popen(
            [*mounts.alone(), "sh", "-c",
             f"mount -t tmpfs -o size=16m,mode=777 tmpfs {self.small} && mkdir -m 700 {self.small}/space "
             f"&& chown {owner} {self.small}/space && echo mounted && exec sleep 600"],
            stdout=subprocess.PIPE, text=True)
        assert self.helper.stdout.readline() == "mounted\n"
        inside = ["nsenter", f"--target={self.helper.pid}", "--mount", "--preserve-credentials"]
        if os.geteuid() != 0:
            inside.append("--user")
        script = Path(__file__).resolve().parents[2] / "Scripts" / "postgres.sh"
        done = subprocess.run([*inside, script, "start", self.directory], text=True, stdout=subprocess.PIPE, timeout=60)
        assert done.returncode == 0
        return done.stdout.strip()

    def remove(self) -> None:
        super().remove()
        self.helper.kill()
        self.helper.communicate(timeout=10)

    @property
    def disk(self) -> Path:
        return Path(f"/proc/{self.helper.pid}/root{self.small}")


def test_a_full_disk_is_reported(start_server):
    postgres = OnSmallDisk()
    try:
        postgres.asks(f"CREATE TABLESPACE small LOCATION '{postgres.small}/space'")
        database = postgres.new_database("TABLESPACE small")
        server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database))
        alice = server.newcomer()
        filler = postgres.disk / "filler"
        with open(filler, "wb") as file:
            free = os.statvfs(postgres.disk)
            file.write(b"x" * (free.f_bavail * free.f_frsize - 200_000))
        made = 0
        for number in range(1000):
            answer = alice.posts(alice.tasks, {"title": f"{number}", "description": os.urandom(4000).hex()})
            if answer.status_code != 201:
                break
            made += 1
        says(answer, 507, FULL + UNCHANGED)
        assert len(alice.titles()) == made
        is_not_ready(server, FULL)
        filler.unlink()
        is_ready(server)
        alice.adds("afterwards")
        server.stop()
    finally:
        postgres.remove()


# Authentication

def test_a_wrong_password_is_reported_at_once(stopped_server):
    postgres = Postgres()
    try:
        postgres.asks("CREATE ROLE locked LOGIN PASSWORD 'right'")
        rules = postgres.directory / "data" / "pg_hba.conf"
        rules.write_text("host all locked 127.0.0.1/32 scram-sha-256\n" + rules.read_text())
        postgres.asks("SELECT pg_reload_conf()")
        address = postgres.address("postgres", role="locked:wrong")
        stopped_server.settings["DATABASE_URL"] = address
        begun = time.monotonic()
        said = stopped_server.is_refused()
        assert "password authentication failed" in said and "wrong" not in said
        stopped_server.settings["DATABASE_URL"] = postgres.address("nothing")
        assert 'database "nothing" does not exist' in stopped_server.is_refused()
        assert time.monotonic() - begun < 8, "Nothing that time mends was waited for."
    finally:
        postgres.remove()


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A server with a certificate for db.example.test, the root that vouches for it, and another root."""
    directory = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30, cwd=directory)

    for name in ["root", "other"]:
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.crt", "-days", "2", "-subj", f"/CN={name}")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out",
            "server.csr", "-subj", "/CN=db.example.test")
    (directory / "names").write_text("subjectAltName = DNS:db.example.test\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "server.crt")
    postgres = Postgres()
    postgres.stop()
    for name in ["server.key", "server.crt"]:
        copy = Path(shutil.copy(directory / name, postgres.directory / "data" / name))
        copy.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(copy, "postgres", "postgres")
    postgres.options = ("-c", "ssl=on")
    postgres.start()
    yield postgres, directory
    postgres.remove()


def at(postgres: Postgres, host: str, database: str, more: str = "") -> str:
    """As if it were on another machine: the name counts, and the connection goes here."""
    return f"postgresql://postgres@{host}:{postgres.port}/{database}?hostaddr=127.0.0.1{more}"


@pytest.mark.parametrize("more", ["", "&ssl=true", "&sslmode=verify-full", "&sslrootcert=system"])
def test_a_server_elsewhere_is_verified_by_the_systems_roots(start_server, certified, more):
    postgres, certificates = certified
    database = postgres.new_database()
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, DATABASE_URL=at(postgres, "db.example.test", database, more),
        SSL_CERT_FILE=certificates / "root.crt", HOME=None)
    server.newcomer()
    protected = postgres.asks(
        f"SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = '{database}'")
    assert protected == ["t"]
    server.stop()


@pytest.mark.parametrize("host, root", [("db.example.test", "other.crt"), ("db.elsewhere.test", "root.crt")])
def test_an_untrusted_certificate_is_refused_with_the_setting_to_write(stopped_server, new_server, certified, host, root):
    postgres, certificates = certified
    database = postgres.new_database()
    stopped_server.settings |= {
        "DATABASE_URL": at(postgres, host, database), "SSL_CERT_FILE": certificates / root, "HOME": None}
    said = stopped_server.is_refused()
    assert "sslrootcert=/path/to/root.crt" in said and "sslmode=require" in said
    assert postgres.asks(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", database) == ["0"]
    # What it says works.
    for more in ["&sslmode=require", f"&sslmode=verify-ca&sslrootcert={certificates}/root.crt"]:
        new_server(more[9:15], {
            "BETTER_AUTH_SECRET": SECRET, "DATABASE_URL": at(postgres, host, database, more)}).start().stop()


def test_a_server_without_tls_is_refused_with_the_setting_to_write(stopped_server, postgres, database):
    stopped_server.settings["DATABASE_URL"] = at(postgres, "db.example.test", database)
    said = stopped_server.is_refused()
    assert "does not speak TLS" in said and "sslmode=disable" in said
    stopped_server.settings["DATABASE_URL"] = at(postgres, "db.example.test", database, "&sslmode=disable")
    stopped_server.start().stop()


def test_a_container_on_the_same_network_is_reached_with_a_warning(stopped_server, postgres, database):
    stopped_server.settings["DATABASE_URL"] = at(postgres, "db", database)
    stopped_server.start()
    assert "names no sslmode" in stopped_server.log
    stopped_server.stop()


# Connections that end while idle

def statuses(person, count: int, at_once: int = 1) -> list[int]:
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda _: person.gets(person.tasks, timeout=30).status_code, range(count)))


def test_connections_that_the_server_ended_cost_no_request(start_server, postgres, database):
    server = start_server(BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database), DATABASE_POOL_SIZE=8)
    alice = server.newcomer()
    assert set(statuses(alice, 200, at_once=16)) == {200}
    postgres.ends_connections(database)
    assert statuses(alice, 20) == [200] * 20
    postgres.stop("fast")
    postgres.start()
    # While it was away it may have been found out, and is then tried again after two seconds at most. Until a second
    # has passed, /ready may repeat its answer from before.
    time.sleep(1)
    is_ready(server)
    assert statuses(alice, 20) == [200] * 20
    server.stop()


def test_an_attempt_to_connect_that_fails_late_delays_no_request(start_server, postgres, database):
    with Proxy(postgres) as proxy:
        server = start_server(
            BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database, proxy.port), DATABASE_POOL_SIZE=8)
        alice = server.newcomer()
        assert set(statuses(alice, 200, at_once=16)) == {200}
        known = len(proxy.connections)
        proxy.holds_next = True
        postgres.ends_connections(database)
        # The connection that listens is the first to come back. It hangs, and a request finds PostgreSQL there.
        wait_until(lambda: len(proxy.connections) > known, "the next connection", 10)
        assert statuses(alice, 1) == [200]
        proxy.connections[known].ends()
        time.sleep(0.03)
        assert statuses(alice, 40, at_once=8) == [200] * 40
        server.stop()


@pytest.mark.parametrize("idle", [0, 2.5])
def test_connections_that_died_silently_cost_one_request_at_most(start_server, postgres, database, idle):
    with Proxy(postgres) as proxy:
        server = start_server(
            BETTER_AUTH_SECRET=SECRET, DATABASE_URL=postgres.address(database, proxy.port), DATABASE_POOL_SIZE=8)
        alice = server.newcomer()
        assert set(statuses(alice, 200, at_once=16)) == {200}
        # The time is what makes a connection one that is asked before it is used.
        time.sleep(idle)
        assert proxy.swallows() > 4
        begun = time.monotonic()
        answered = statuses(alice, 1)
        if not idle:
            # A connection that was being made then fails at about the same time; until the next attempt, a tenth of a
            # second later, there is none to be had.
            wait_until(lambda: statuses(alice, 1) == [200], "a connection", 1)
        answered += statuses(alice, 19)
        took = time.monotonic() - begun
        if idle:
            assert answered == [200] * 20 and took < 1 + 3
        else:
            assert answered.count(200) >= 19 and took < 5 + 3, answered
        print(f"idle for {idle} s: {answered.count(200)} of 20 answered, in {took:.1f} s")
        server.stop()
