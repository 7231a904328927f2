"""The Debian package in a fresh Debian 12: installed, started, updated, removed, installed again, and purged.

`make try-deb` runs it, as root. systemd does not run in a directory, so the unit's own command is run by hand, with the
unit's environment and as its user; what systemd adds to that is not tried here."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from support import ASSETS, PASSWORD, Client, binary, wait_until

BASE = ASSETS / ".build" / "debian-12"
"""Made once, and copied for each run."""
MIRROR = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
CAUGHT = {"DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def run(*command, **options) -> str:
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


class Debian:
    """A root directory with Debian 12 in it."""

    def __init__(self, root: Path):
        self.root = root
        if not (BASE / "complete").exists():
            shutil.rmtree(BASE, ignore_errors=True)
            run("debootstrap", "--variant=minbase", "bookworm", BASE, MIRROR)
            (BASE / "complete").touch()
        run("cp", "-a", BASE, root)
        # apt reaches its mirror as this machine does.
        for path in ["etc/resolv.conf", "etc/apt/apt.conf.d", "etc/apt/sources.list.d"]:
            if Path("/", path).is_dir():
                run("cp", "-aT", Path("/", path), root / path)
            elif Path("/", path).exists():
                shutil.copy(Path("/", path), root / path)
        run("mount", "--bind", "/proc", root / "proc")
        run("mount", "--bind", "/dev", root / "dev")
        self.run("apt-get", "update", "-qq")

    def close(self) -> None:
        for name in ["dev", "proc"]:
            run("umount", "-l", self.root / name)
        run("rm", "-rf", "--one-file-system", self.root)

    def run(self, *command) -> str:
        return run("chroot", self.root, *command, env=CAUGHT)

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def installs(self, package: Path) -> str:
        shutil.copy(package, self.root / "tmp")
        return self.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", f"/tmp/{package.name}")


class Unit:
    """The command of the unit, run as systemd would."""

    def __init__(self, debian: Debian, port: int):
        self.debian, self.port = debian, port
        text = debian.path("/usr/lib/systemd/system/latchkey.service").read_text()
        self.command = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)[1].split()
        self.environment = {"PORT": str(port), "CREDENTIALS_DIRECTORY": "/run/credentials"}
        for line in re.findall(r"^Environment=(.+)$", text, re.MULTILINE):
            self.environment |= dict(pair.split("=", 1) for pair in line.split())
        specifiers = {"%S": "/var/lib", "%d": "/run/credentials"}
        for name, value in self.environment.items():
            for specifier, meaning in specifiers.items():
                value = value.replace(specifier, meaning)
            self.environment[name] = value
        for line in debian.path("/etc/latchkey/latchkey.env").read_text().splitlines():
            if "=" in line and not line.startswith("#"):
                name, value = line.split("=", 1)
                self.environment[name] = value.strip('"')
        # LoadCredential=secret:/etc/latchkey/secret
        credentials = debian.path("/run/credentials")
        credentials.mkdir(exist_ok=True)
        shutil.copy(debian.path("/etc/latchkey/secret"), credentials / "secret")
        debian.run("chown", "-R", "latchkey:", "/run/credentials")

    def __enter__(self) -> Client:
        self.log = open(self.debian.root / "tmp" / "log", "w+")
        self.process = subprocess.Popen(
            ["chroot", self.debian.root, "setpriv", "--reuid=latchkey", "--regid=latchkey", "--clear-groups",
             "--no-new-privs", "--bounding-set=-all", *self.command],
            env=CAUGHT | self.environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        client = Client(f"http://127.0.0.1:{self.port}")

        def is_up():
            assert self.process.poll() is None, (self.debian.root / "tmp" / "log").read_text()
            try:
                return client.get("/up").status_code == 200
            except OSError:
                return False

        wait_until(is_up, "/up")
        return client

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.log.close()
        assert self.process.wait(20) == 0


@pytest.fixture
def debian(tmp_path):
    debian = Debian(tmp_path / "debian")
    yield debian
    debian.close()


@pytest.fixture
def packages(tmp_path) -> list[Path]:
    """Two versions, of the same program."""
    for version in ["0.1.0", "0.1.1"]:
        run(ASSETS / "Scripts/package.sh", "deb", binary(), tmp_path / "packages",
            env=os.environ | {"VERSION": version, "TRAITS": "--traits TLS"})
    return sorted((tmp_path / "packages").glob("*.deb"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.mark.timeout(900)
def test_from_the_installation_to_the_end(debian, packages):
    first, second = packages
    said = debian.installs(first)
    assert "Set LATCHKEY_URL in /etc/latchkey/latchkey.env" in said
    assert debian.run("/usr/bin/latchkey", "--version").strip() == "0.1.0"
    status = debian.path("/etc/latchkey/secret").stat()
    assert status.st_mode & 0o777 == 0o640 and status.st_uid == 0 and status.st_gid != 0
    assert debian.path("/var/lib/latchkey").stat().st_mode & 0o777 == 0o700
    assert debian.path("/usr/share/man/man1/latchkey.1.gz").exists()
    secret = debian.path("/etc/latchkey/secret").read_text()

    # Without its address it does not start, and says so; nothing is left behind.
    done = subprocess.run(
        ["chroot", debian.root, "latchkeyctl", "check"], env=CAUGHT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "LATCHKEY_URL not set" in done.stdout, done.stdout + done.stderr
    with open(debian.path("/etc/latchkey/latchkey.env"), "a") as settings:
        settings.write("LATCHKEY_URL=https://tasks.example.com\nSIGN_UP=invited\n")

    # An operator makes an account before there is a server.
    port = free_port()
    with Unit(debian, port) as client:
        assert client.get("/login").status_code == 200
        done = subprocess.run(
            ["chroot", debian.root, "latchkeyctl", "user", "create", "--stdin", "alice@example.com"], env=CAUGHT, text=True,
            input=PASSWORD + "\n", capture_output=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        signed_in = client.post("/api/auth/signin", json={"email": "alice@example.com", "password": PASSWORD})
        assert signed_in.status_code == 200, signed_in.text
        token = {"Authorization": f"Bearer {signed_in.json()['access_token']}"}
        assert client.post("/api/tasks", json={"title": "Water the plants"}, headers=token).status_code == 201
    files = {path.name: path.stat().st_uid for path in debian.path("/var/lib/latchkey").iterdir()}
    assert set(files.values()) == {debian.path("/var/lib/latchkey").stat().st_uid} and "latchkey.db" in files

    def assert_kept(client: Client) -> None:
        # The very token from before: secret, sessions and settings are the same.
        answer = client.get("/api/tasks", headers=token)
        assert answer.status_code == 200, answer.text
        assert [task["title"] for task in answer.json()] == ["Water the plants"]

    # An update asks nothing and keeps data, secret and settings.
    debian.installs(second)
    assert "SIGN_UP=invited" in debian.path("/etc/latchkey/latchkey.env").read_text()
    assert debian.path("/etc/latchkey/secret").read_text() == secret
    assert "0.1.1" in debian.run("dpkg-query", "-W", "latchkey")
    with Unit(debian, port) as client:
        assert_kept(client)

    debian.run("apt-get", "remove", "-y", "-qq", "latchkey")
    assert not debian.path("/usr/bin/latchkey").exists()
    assert debian.path("/var/lib/latchkey/latchkey.db").exists() and debian.path("/etc/latchkey/secret").exists()
    debian.installs(second)
    with Unit(debian, port) as client:
        assert_kept(client)

    debian.run("apt-get", "purge", "-y", "-qq", "latchkey")
    for name in ["/var/lib/latchkey", "/etc/latchkey", "/usr/share/latchkey", "/usr/lib/systemd/system/latchkey.service"]:
        assert not debian.path(name).exists(), name
