"""The first lines of the log, the last one, and the error of a failed start: one sentence with the path or the
address, the reason and what to do."""

import json
import os
import re
import socket
import sqlite3
import subprocess

import pytest

from support import SECRET, Server, as_another_user, binary, sqlite, wait_until
from test_faults import OnSmallDisk

RAW = re.compile(r"Cocoa|NSPOSIX|Error\(|Optional|errno|SQLite \d|\(code|IOError|SocketAddress|0x[0-9a-f]|[Ff]atal")
NO_PERMISSION = "user 54321, which this program runs as, has no permission"


def sentence(server: Server) -> str:
    """The one line that a refused start says, which a person can act on."""
    said = server.is_refused()
    assert said.count("\n") == 1 and said.startswith("latchkey: "), said
    assert not RAW.search(said), said
    said = said.removeprefix("latchkey: ").rstrip("\n")
    assert said[0] == said[0].upper() and said.endswith(".") and len(said) > 40, said
    return said


def directory_of(server: Server) -> None:
    server.data.mkdir(parents=True, exist_ok=True)


# The user it runs as


def test_a_user_without_privileges_can_run_it(stopped_server):
    directory_of(stopped_server)
    os.chown(stopped_server.data, 54321, 54321)
    as_another_user(stopped_server)
    stopped_server.start()
    alice = stopped_server.newcomer("alice")
    assert alice.adds("Sail the Atlantic")["title"] == "Sail the Atlantic"
    stopped_server.stop()
    if os.getuid() == 0:
        assert {path.stat().st_uid for path in stopped_server.data.iterdir()} == {54321}


# The data directory


def test_a_data_directory_that_cannot_be_made_is_reported(stopped_server):
    as_another_user(stopped_server)
    assert sentence(stopped_server).startswith(f"The data directory {stopped_server.data} cannot be made: {NO_PERMISSION}.")


def test_a_data_directory_that_cannot_be_written_is_reported(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    as_another_user(stopped_server)
    stopped_server.data.chmod(0o755)
    for path in stopped_server.data.iterdir():
        os.chown(path, 54321, 54321)
    assert sentence(stopped_server).startswith(f"The data directory {stopped_server.data} cannot be written: {NO_PERMISSION}.")


@pytest.mark.parametrize("below", ["", "/deeper/still"])
def test_a_data_directory_that_is_a_file_is_reported(stopped_server, below):
    directory_of(stopped_server)
    file = stopped_server.data / "file"
    file.write_text("x")
    stopped_server.settings["LATCHKEY_DATA"] = f"{file}{below}"
    said = sentence(stopped_server)
    assert said.startswith(f"The data directory {file}{below} cannot be ") and "LATCHKEY_DATA" in said and " file " in said


# The secret


def test_a_secret_that_cannot_be_read_is_reported(stopped_server):
    del stopped_server.settings["BETTER_AUTH_SECRET"]
    stopped_server.start()
    stopped_server.stop()
    as_another_user(stopped_server)
    for path in [stopped_server.data, *stopped_server.data.iterdir()]:
        os.chown(path, 54321, 54321)
    os.chown(stopped_server.data / "secret", 0, 0)
    said = sentence(stopped_server)
    assert said.startswith(f"The secret cannot be read at {stopped_server.data}/secret: {NO_PERMISSION}.")


def test_a_secret_that_is_a_directory_is_reported(stopped_server):
    del stopped_server.settings["BETTER_AUTH_SECRET"]
    (stopped_server.data / "secret").mkdir(parents=True)
    assert f"The secret cannot be read at {stopped_server.data}/secret: it is a directory." in sentence(stopped_server)


@pytest.mark.parametrize("kind, reason", [("missing", "there is no such file or directory"), ("directory", "it is a directory")])
def test_a_secret_file_that_cannot_be_read_is_reported(stopped_server, tmp_path, kind, reason):
    del stopped_server.settings["BETTER_AUTH_SECRET"]
    path = tmp_path / "named"
    if kind == "directory":
        path.mkdir()
    stopped_server.settings["BETTER_AUTH_SECRET_FILE"] = path
    assert sentence(stopped_server) == f"BETTER_AUTH_SECRET_FILE: {path} cannot be read: {reason}."


# The database


def test_a_database_that_cannot_be_written_is_reported(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    as_another_user(stopped_server)
    os.chown(stopped_server.data, 54321, 54321)
    stopped_server.database.chmod(0o644)
    said = sentence(stopped_server)
    assert said.startswith(f"The database {stopped_server.database} cannot be opened: {NO_PERMISSION}.")


def test_a_database_in_a_read_only_directory_is_reported(stopped_server):
    own = stopped_server.directory / "own"
    own.mkdir(parents=True)
    stopped_server.settings["DATABASE_URL"] = f"sqlite:{own}/own.db"
    stopped_server.start()
    stopped_server.stop()
    as_another_user(stopped_server)
    for path in [stopped_server.data, *own.iterdir()]:
        os.chown(path, 54321, 54321)
    said = sentence(stopped_server)
    assert said.startswith(f"The database {own}/own.db cannot be written by user 54321") and f"directory {own}" in said


def test_a_database_that_is_a_directory_is_reported(stopped_server):
    stopped_server.database.mkdir(parents=True)
    assert f"The database {stopped_server.database} cannot be opened: it is a directory." in sentence(stopped_server)


@pytest.mark.parametrize("content", [b"This is no database.\n" * 100, b"SQLite format 3\0" + b"\xff" * 4080], ids=["text", "damaged"])
def test_a_file_that_is_no_database_is_reported(stopped_server, content):
    directory_of(stopped_server)
    stopped_server.database.write_bytes(content)
    said = sentence(stopped_server)
    assert str(stopped_server.database) in said and "left as it is" in said


def test_a_database_with_a_damaged_page_is_reported(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    content = bytearray(stopped_server.database.read_bytes())
    for page in range(4096 * 3, len(content), 4096):
        content[page:page + 64] = b"\xa5" * 64
    stopped_server.database.write_bytes(content)
    said = sentence(stopped_server)
    assert str(stopped_server.database) in said and "damaged" in said and "backup" in said


def test_a_database_of_a_newer_version_is_reported(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    stopped_server.changes("INSERT INTO schema_migrations (version, name, applied_at) VALUES (9999, 'future', 0)")
    said = sentence(stopped_server)
    assert said.startswith(f"{stopped_server.database}: ") and "newer Latchkey" in said


def test_a_database_that_another_program_has_locked_is_reported(stopped_server):
    stopped_server.start()
    stopped_server.stop()
    with sqlite(stopped_server.database) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        said = sentence(stopped_server)
    assert said == f"The database {stopped_server.database} is locked by another program. End that, and start again."


class OnFullDisk(OnSmallDisk):
    mount = 'mount -t tmpfs -o size=16k,mode=700 tmpfs "$LATCHKEY_DATA" && exec "$@"'


def test_a_full_disk_is_reported(tmp_path):
    server = OnFullDisk(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET})
    said = sentence(server)
    assert str(server.database) in said and "full" in said


# Assets and addresses


def test_assets_that_cannot_be_read_are_reported(stopped_server, tmp_path):
    stopped_server.settings["LATCHKEY_ASSETS"] = tmp_path / "nowhere"
    assert str(tmp_path / "nowhere") in sentence(stopped_server)
    for name in ["Templates", "Public"]:
        (tmp_path / "assets" / name).mkdir(parents=True)
        (tmp_path / "assets" / name).chmod(0)
    stopped_server.settings["LATCHKEY_ASSETS"] = tmp_path / "assets"
    directory_of(stopped_server)
    os.chown(stopped_server.data, 54321, 54321)
    as_another_user(stopped_server)
    assert sentence(stopped_server).startswith(f"The directory {tmp_path}/assets/Templates cannot be read")


def test_a_port_in_use_is_reported(stopped_server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stopped_server.settings["PORT"] = port
        assert sentence(stopped_server).startswith(f"Port {port} of 127.0.0.1 is already in use by another program.")
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stopped_server.settings["PORT"] = port
        assert sentence(stopped_server).startswith(f"Port {port} of ::1 is already in use by another program.")


@pytest.mark.parametrize("host, words", [
    ("192.0.2.1", "192.0.2.1 is not an address of this machine."), ("2001:db8::1", "2001:db8::1 is not an address of this machine."),
    ("300.1.2.3", "No address is known by the name '300.1.2.3'."), ("no name", "No address is known by the name 'no name'."),
])
def test_an_address_of_another_machine_is_reported(stopped_server, host, words):
    stopped_server.settings["HOST"] = host
    assert words.lower() in sentence(stopped_server).lower()


@pytest.mark.parametrize("name", ["TLS_CERTIFICATE", "TLS_PRIVATE_KEY"])
@pytest.mark.parametrize("kind, reason", [("missing", "there is no such file or directory"), ("directory", "it is a directory")])
def test_tls_files_that_cannot_be_read_are_reported(stopped_server, tmp_path, name, kind, reason):
    made = tmp_path / "pair"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
         "-keyout", f"{made}.key", "-out", f"{made}.pem"], check=True, capture_output=True)
    path = tmp_path / "named"
    if kind == "directory":
        path.mkdir()
    stopped_server.settings |= {"TLS_CERTIFICATE": f"{made}.pem", "TLS_PRIVATE_KEY": f"{made}.key"} | {name: path}
    said = sentence(stopped_server)
    assert f"{path} cannot be read: {reason}." in said and name in said


def test_a_failure_is_a_json_line_where_the_log_is_json(stopped_server):
    stopped_server.database.mkdir(parents=True)
    stopped_server.settings["LOG_FORMAT"] = "json"
    line, = map(json.loads, stopped_server.is_refused().splitlines())
    assert line["level"] == "critical" and "it is a directory" in line["msg"]


# The log


def test_the_log_begins_with_the_start_and_ends_with_the_stop(stopped_server):
    del stopped_server.settings["BETTER_AUTH_SECRET"]
    server = stopped_server.start()
    version = subprocess.run([binary(), "--version"], capture_output=True, text=True).stdout.strip()
    first = server.log.splitlines()[0]
    assert re.match(r"\S+ notice started ", first)
    for word in [f"version={version}", "environment=development", "host=localhost", f"port={server.port}", f"data={server.data}",
                 f"database={server.database}", 'made="data directory, secret, database"']:
        assert word in first, first
    server.stop()
    assert re.search(r"\S+ notice stopped\n\Z", server.log)
    server.start()
    assert "made=" not in server.log.splitlines()[0]


def test_numbers_are_numbers_in_json(stopped_server):
    stopped_server.settings |= {"LOG_FORMAT": "json", "HOST": "127.0.0.1"}
    server = stopped_server.start()
    server.stop()
    lines = [json.loads(line) for line in server.log.splitlines()]
    assert lines[0]["msg"] == "started" and lines[0]["port"] == server.port and lines[0]["host"] == "127.0.0.1"
    assert lines[-1]["msg"] == "stopped"
    requests = [line for line in lines if line["msg"] == "request"]
    assert requests and all(type(line[name]) is int for line in requests for name in ["status", "bytes", "us"])


# Addresses


@pytest.mark.parametrize("host, families", [
    (None, ["127.0.0.1", "::1"]), ("localhost", ["127.0.0.1", "::1"]), ("::", ["127.0.0.1", "::1"]), ("[::]", ["127.0.0.1", "::1"]),
    ("127.0.0.1", ["127.0.0.1"]), ("::1", ["::1"]), ("[::1]", ["::1"]), ("0.0.0.0", ["127.0.0.1"]),
])
def test_localhost_is_served_over_ipv4_and_ipv6(stopped_server, host, families):
    stopped_server.settings["HOST"] = host
    stopped_server.launch()
    port = int(wait_until(lambda: re.search(r"http://[^ ]+:(\d+) ", stopped_server.output), "the address").group(1))
    answered = []
    for address in ["127.0.0.1", "::1"]:
        try:
            with socket.create_connection((address, port), timeout=5) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
                answered.append(address)
        except ConnectionRefusedError:
            pass
    assert answered == families
    # The command asks where the server listens.
    health = stopped_server.command("health", PORT=str(port))
    assert (health.returncode, health.stdout.endswith(" is ready.\n")) == (0, True), health.stdout
    stopped_server.stop()


def test_health_reports_what_it_found(stopped_server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        stopped_server.directory.mkdir(parents=True)
        done = stopped_server.command("health", PORT=str(port))
    assert done.returncode == 1
    assert done.stdout.startswith(f"Nothing answers at http://127.0.0.1:{port}: ") and "HOST and PORT" in done.stdout
    assert not RAW.search(done.stdout)

    server = stopped_server.start()
    assert server.says("health") == f"http://127.0.0.1:{server.port} is ready.\n"
    with sqlite3.connect(server.database) as connection:
        newest = connection.execute("SELECT MAX(version) FROM schema_migrations").fetchone()
        connection.execute("UPDATE schema_migrations SET version = 0 WHERE version = ?", newest)
        connection.commit()
        wait_until(lambda: server.client.get("/ready").status_code == 503, "/ready to say no")
        done = server.command("health")
        connection.execute("UPDATE schema_migrations SET version = ? WHERE version = 0", newest)
        connection.commit()
    assert done.returncode == 1
    assert done.stdout == (
        f"http://127.0.0.1:{server.port} is not ready: The database has an older schema than this program. (503)\n")
