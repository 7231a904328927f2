"""Every command in README and docs, run as it is written there: in a shell, in the order of its document."""

import json
import os
import pty
import re
import select
import stat
import time
from pathlib import Path

import pytest

from mail import MailServer
from support import PASSWORD, Server, binary
from test_import import (
    BETTER_AUTH, FASTAPI, INTO_TASK, INTO_USER, POCKETBASE, better_auth_user, makes, passlib, pocketbase_user)

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))]

# What cannot be run by a test: CI itself is the one, and there is no container engine where the others would run; the
# Debian package is tried in a Debian of its own (debian_package.py).
ELSEWHERE = {"make run", "make test", "make deb", "sudo apt install ./.build/dist/latchkey_*.deb",
             "sudoedit /etc/latchkey/latchkey.env", "sudo latchkeyctl check",
             "sudo systemctl enable --now latchkey.socket latchkey.service", "docker build -t latchkey .", "docker run -d --name latchkey --restart unless-stopped --read-only -p 8000:8000 -v latchkey:/data "
             "--env-file latchkey.env -e LATCHKEY_URL=https://tasks.example.com -e TRUSTED_PROXIES=172.17.0.1 latchkey"}


def commands(document: str) -> list[str]:
    """The commands of a document's blocks of shell, one for each, without comments and line breaks."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```", (ROOT / document).read_text(), re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            command = re.sub(r"\s{2,}#.*$", "", line).strip()
            if command:
                found.append(re.sub(r" {2,}", " ", command) if command.startswith("docker") else command)
    return found


ALL = [command for document in DOCUMENTS for command in commands(document)]


class Shell:
    """A terminal in the directory of a server that runs, with `latchkey` and the server's settings."""

    def __init__(self, server: Server):
        self.server = server
        tools = server.directory / "bin"
        tools.mkdir(exist_ok=True)
        (tools / "latchkey").unlink(missing_ok=True)
        (tools / "latchkey").symlink_to(binary())
        self.variables = server.environment() | {
            "PORT": str(server.port), "PATH": f"{tools}:{os.environ['PATH']}", "TERM": "dumb"}

    def runs(self, command: str) -> str:
        """What a command prints; it must end with 0. Questions are answered as a user would."""
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.server.directory)
            os.execvpe("bash", ["bash", "-c", command.replace("http://localhost:8000", self.server.url)], self.variables)
        output, deadline = "", time.monotonic() + 60
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    text = os.read(terminal, 65536).decode()
                except OSError:
                    break
                if not text:
                    break
                output += text
                if re.search(r"(password|more): $", output):
                    # What was typed before the question is not taken for the answer.
                    time.sleep(0.3)
                    os.write(terminal, (PASSWORD + "\n").encode())
                elif output.endswith("[y/N] "):
                    os.write(terminal, b"y\n")
        os.close(terminal)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0, f"{command}\n{output}"
        return output.replace("\r\n", "\n")


@pytest.fixture
def shell(stopped_server):
    return Shell(stopped_server.start())


def of(document: str, start: str = "latchkey") -> list[str]:
    found = [command for command in commands(document) if command.startswith(start)]
    assert found, document
    return found


def test_every_documented_command_is_run_by_one_of_these_tests():
    known = [
        *ELSEWHERE, *of("README.md", "TOKEN="), *of("README.md", "curl"), *of("docs/api.md", "curl"), "TOKEN=…", "ID=…", *of("docs/accounts.md"), *of("docs/admin.md"), *of("docs/backup.md"), *of("docs/deployment.md"), *of("docs/migrating.md"), *of("docs/security.md"),
        *of("docs/deployment.md", "(umask"),
    ]
    assert [command for command in ALL if command not in known] == []
    assert [command for command in ELSEWHERE if command not in ALL] == []


@pytest.mark.parametrize("document", ["README.md", "docs/api.md"])
def test_the_first_requests(shell, document):
    for command in [command for command in commands(document) if command.startswith("TOKEN=$(")]:
        shell.variables["TOKEN"] = shell.runs(command + '\necho "$TOKEN"').strip()
    for command in of(document, "curl"):
        answer = json.loads(shell.runs(command.replace("curl ", "curl -sS ", 1)))
        if "/signup" in command:
            shell.variables["TOKEN"] = answer["access_token"]
        elif "/tokens" in command:
            assert answer["scopes"] == ["tasks:read"]
        elif "-X POST" in command:
            assert answer["title"] == "Buy milk"
            shell.variables["ID"] = answer["id"]
        elif "-X PATCH" in command:
            assert answer["completed"] is True
        else:
            assert answer == []


def test_the_accounts(shell):
    shell.server.newcomer("alice")
    # Another admin than the one who is deleted.
    shell.runs("latchkey user create ada@example.com --admin")
    with MailServer() as mail_server:
        shell.variables |= mail_server.settings()
        for command in of("docs/accounts.md"):
            shell.runs(command)
        mail_server.awaits("bob@example.com")
    assert "bob@example.com" not in shell.runs("latchkey user list")


def signs_up(shell, email: str):
    answer = shell.server.client.post("/api/auth/signup", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201


def test_the_admins(shell):
    signs_up(shell, "ada@example.com")
    for command in of("docs/admin.md"):
        shell.runs(command)
    admins = shell.runs("latchkey user list --admins")
    assert "ada@example.com" in admins and "grace@example.com" in admins


def test_the_trail(shell):
    signs_up(shell, "alice@example.com")
    for command in of("docs/security.md"):
        output = shell.runs(command)
        if " list --user " in command:
            assert "user_created" in output
    assert "user_created" in (shell.server.directory / "trail.jsonl").read_text()


def test_moving_from_other_systems(shell):
    directory = shell.server.directory
    makes(directory / "auth.db", BETTER_AUTH, *better_auth_user("u1", "first@example.com", None))
    makes(
        directory / "app.db", FASTAPI, (INTO_USER, ("1", "second@example.com", passlib.hash(PASSWORD), None, True)),
        (INTO_TASK, (1, "1", "Moved", None, False)))
    makes(directory / "data.db", POCKETBASE, *pocketbase_user("p1", "third@example.com", PASSWORD))
    (directory / "their-secrets").write_text("a secret of that installation\n")
    for command in of("docs/migrating.md"):
        assert "1 user" in shell.runs(command)
    assert shell.server.signs_in("second@example.com").titles() == ["Moved"]


def test_moving_to_postgresql(shell, postgres, database):
    shell.server.newcomer()
    shell.server.stop()
    for command in of("docs/deployment.md"):
        source = command.replace("sqlite:data/latchkey.db", f"sqlite:{shell.server.database}")
        assert "Copied" in shell.runs(
            source.replace("postgresql://user:password@host/database", f"'{postgres.address(database)}'"))


def test_backing_up_and_restoring(shell, new_server, postgres, database):
    server, name = shell.server, r"latchkey-\d+T\d+Z\.db"
    alice = server.newcomer()
    backup = None
    for command in of("docs/backup.md"):
        command = command.replace("/tmp/trial", f"{server.directory}/trial")
        command = command.replace("postgresql://user:password@host/database", f"'{postgres.address(database)}'")
        if command.startswith("latchkey serve"):
            trial = new_server("trial", server.settings | {"LATCHKEY_DATA": server.directory / "trial"}).start()
            assert trial.signs_in(alice.email).titles() == []
            trial.stop()
            continue
        if re.fullmatch(f"latchkey restore {name}", command):
            server.stop()
        output = shell.runs(re.sub(name, backup, command) if backup else command)
        backup = backup or re.search(name, output)[0]
    assert (server.directory / "copy.db.gz").read_bytes().startswith(b"\x1f\x8b")
    server.settings["DATABASE_URL"] = postgres.address(database)
    server.start()
    assert server.signs_in(alice.email).titles() == []


def test_the_secret_of_a_container(shell):
    for command in of("docs/deployment.md", "(umask"):
        shell.runs(command)
        file = shell.server.directory / "latchkey.env"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert re.fullmatch(r"BETTER_AUTH_SECRET=[A-Za-z0-9+/]{43}=\n", file.read_text())
