"""The shipped files: the manual page, completions, the bill of materials, and the archive and package made of them."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

from support import ASSETS, SECRET, Server, binary

SCRIPTS = ASSETS / "Scripts"
TIME = 1_790_000_000


def package(*arguments, **settings) -> str:
    done = subprocess.run(
        [SCRIPTS / "package.sh", *map(str, arguments)], capture_output=True, text=True, timeout=110,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(TIME), "TRAITS": "--traits TLS", "COMPRESSION": "1"} | settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The root of a system that Latchkey was installed in."""
    root = tmp_path_factory.mktemp("root")
    package("install", binary(), root, "/usr/local")
    return root


def test_what_is_installed_runs_where_it_is(installed, tmp_path):
    program = installed / "usr/local/bin/latchkey"
    names = {str(path.relative_to(installed / "usr/local")) for path in installed.rglob("*") if path.is_file()}
    assert {
        "bin/latchkey", "share/man/man1/latchkey.1.gz", "share/bash-completion/completions/latchkey",
        "share/zsh/site-functions/_latchkey", "share/fish/vendor_completions.d/latchkey.fish",
        "lib/systemd/system/latchkey.service", "lib/systemd/system/latchkey.socket", "share/doc/latchkey/LICENSE",
        "share/doc/latchkey/sbom.cdx.json", "share/doc/latchkey/third-party.txt",
        "share/latchkey/Templates/pages/dashboard.html", "share/latchkey/Public/app.css",
    } <= names
    # It finds its pages from where it lies, whatever the working directory is.
    server = Server(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET, "LATCHKEY_ASSETS": None})
    server.directory.mkdir()
    done = subprocess.run(
        [program, "check", "--offline"], cwd=server.directory, env=server.environment(), capture_output=True, text=True,
        timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"templates and files: {installed}/usr/local/share/latchkey" in done.stdout


def test_its_readme_links_to_documents_that_are_installed(installed):
    documents = installed / "usr/local/share/doc/latchkey"
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (documents / "README.md").read_text())
    assert "docs/backup.md" in links
    assert [link for link in links if not (documents / link).is_file()] == []


def test_the_unit_names_the_program_where_it_is(installed):
    unit = (installed / "usr/local/lib/systemd/system/latchkey.service").read_text()
    assert "\nExecStart=/usr/local/bin/latchkey serve\n" in unit


# The manual


def test_the_manual_has_every_command_and_setting(installed, tmp_path):
    source = gzip.decompress((installed / "usr/local/share/man/man1/latchkey.1.gz").read_bytes()).decode()
    done = subprocess.run(["groff", "-mdoc", "-ww", "-Tutf8", "-P-c"], input=source, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    # Struck twice for bold and underlined text.
    shown = re.sub(r".\x08", "", done.stdout)
    help = subprocess.run([binary(), "--help"], capture_output=True, text=True, cwd=tmp_path).stdout
    commands = re.findall(r"^  ([a-z]+) ", help[help.index("SUBCOMMANDS:"):], re.MULTILINE)
    assert "check" in commands and all(re.search(rf"^ +{command}\b", shown, re.MULTILINE) for command in commands)
    settings = re.findall(r"^\| `(\w+)` ", (ASSETS / "docs/configuration.md").read_text(), re.MULTILINE)
    assert len(settings) > 60 and all(re.search(rf"^ +{name}\b", shown, re.MULTILINE) for name in settings)
    assert "\\-" not in shown


def test_completions_know_the_commands(installed):
    share = installed / "usr/local/share"
    for name in ["bash-completion/completions/latchkey", "zsh/site-functions/_latchkey",
                 "fish/vendor_completions.d/latchkey.fish"]:
        text = (share / name).read_text()
        assert "restore" in text and "--accept-new-secret" in text or "accept-new-secret" in text, name
    done = subprocess.run(["bash", "-n", share / "bash-completion/completions/latchkey"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# The bill of materials


def test_the_bill_of_materials_names_what_is_in_the_program(installed):
    bill = json.loads((installed / "usr/local/share/doc/latchkey/sbom.cdx.json").read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    found = {each["name"]: each for each in bill["components"]}
    assert {"swift-nio", "swift-nio-ssl", "swift-nio-http2", "swift-log", "boringssl", "llhttp", "swift-stdlib", "django",
            "zxcvbn"} <= found.keys()
    assert found["swift-nio"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    # All packages of the lock file, in its versions.
    pins = json.loads((ASSETS / "Package.resolved").read_text())["pins"]
    for pin in pins:
        assert found[pin["identity"]]["version"] == pin["state"]["version"], pin["identity"]
    # All libraries that the program is linked with.
    linked = re.findall(r"^\s+(lib\S+) => ", subprocess.run(
        ["ldd", binary()], capture_output=True, text=True, check=True).stdout, re.MULTILINE)
    shown = " ".join(each.get("description", "") for each in bill["components"])
    assert len(linked) >= 5 and {"libsqlite3.so.0", "libcrypto.so.3"} <= set(linked)
    assert "libsqlite3.so.0, of sqlite3" in shown and "libcrypto.so.3, of openssl" in shown
    references = [each["bom-ref"] for each in bill["components"]]
    assert len(references) == len(set(references)) and set(bill["dependencies"][0]["dependsOn"]) == set(references)


# The archive and the package


@pytest.mark.timeout(240)
def test_the_archive_is_the_same_each_time(tmp_path):
    for name in ["one", "two"]:
        os.umask(0o077 if name == "two" else 0o022)
        package("dist", binary(), tmp_path / name)
    os.umask(0o022)
    one, two = (next((tmp_path / name).glob("*.tar.gz")) for name in ["one", "two"])
    assert one.name == two.name and re.fullmatch(r"latchkey-\d+\.\d+\.\d+-linux-\w+\.tar\.gz", one.name)
    assert hashlib.sha256(one.read_bytes()).digest() == hashlib.sha256(two.read_bytes()).digest()
    done = subprocess.run(["sha256sum", "-c", f"{one.name}.sha256"], cwd=one.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with tarfile.open(one) as archive:
        members = archive.getmembers()
    top = one.name.removesuffix(".tar.gz")
    assert all(each.name == top or each.name.startswith(f"{top}/") for each in members)
    assert {(each.uid, each.gid, each.mtime) for each in members} == {(0, 0, TIME)}
    assert f"{top}/bin/latchkey" in [each.name for each in members]


def test_latchkeyctl_reads_the_settings_as_systemd_does(tmp_path):
    settings = {
        "DATABASE_URL": "postgresql://u:pa$word@h/db?sslmode=require&channel_binding=require",
        "MAIL_FROM": "Latchkey <tasks@example.com>", "CONTACT": "a; touch made # `touch made` $(touch made) \\",
        "QUOTED": "'", "EMPTY": "",
    }  # fmt: skip
    lines = [f'{name}="{value}"' if " " in value else f"{name}={value}" for name, value in settings.items()]
    (tmp_path / "latchkey.env").write_text("# A=b\n\n ;C=d\nnonsense\n" + "\n".join(lines))
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, script in [("id", "echo 0"), ("runuser", 'shift 3; [ "$1" = test ] && exec "$@"; exec env -0')]:
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    script = (ASSETS / "Deploy/debian/latchkeyctl").read_text()
    script = script.replace("/etc/latchkey/latchkey.env", str(tmp_path / "latchkey.env"))
    done = subprocess.run(
        ["sh", "-c", script, "latchkeyctl", "check"], cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": f"{tools}:{os.environ['PATH']}"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = dict(each.split("=", 1) for each in done.stdout.split("\0") if each)
    assert {name: found.get(name) for name in settings} == settings
    assert "A" not in found and "C" not in found and not (tmp_path / "made").exists()


@pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="Not tried: dpkg-dev is not here.")
@pytest.mark.timeout(240)
def test_the_debian_package_says_what_it_needs_and_keeps(tmp_path):
    package("deb", binary(), tmp_path, VERSION="9.9.9")
    file = next(tmp_path.glob("latchkey_9.9.9_*.deb"))

    def field(name: str) -> str:
        return subprocess.run(["dpkg-deb", "-f", file, name], capture_output=True, text=True, check=True).stdout.strip()

    assert field("Version") == "9.9.9"
    depends = {each.split()[0] for each in field("Depends").split(",")}
    assert {"libc6", "libsqlite3-0", "libssl3", "libcrypt1", "zlib1g", "tzdata", "ca-certificates"} <= depends
    subprocess.run(["dpkg-deb", "-R", file, tmp_path / "tree"], check=True)
    assert (tmp_path / "tree/DEBIAN/conffiles").read_text() == "/etc/latchkey/latchkey.env\n"
    # No secret is in a package that anyone can have.
    assert not (tmp_path / "tree/etc/latchkey/secret").exists()
    unit = (tmp_path / "tree/usr/lib/systemd/system/latchkey.service").read_text()
    assert "ExecStart=/usr/bin/latchkey serve" in unit and "DynamicUser" not in unit and "User=latchkey" in unit
    for script in [*(tmp_path / "tree/DEBIAN").glob("p*"), tmp_path / "tree/usr/sbin/latchkeyctl"]:
        done = subprocess.run(["sh", "-n", script], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), script
    done = subprocess.run(["md5sum", "-c", "--quiet", "DEBIAN/md5sums"], cwd=tmp_path / "tree", capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


# ONCE


def test_the_hooks_of_once_bring_back_what_was_there(stopped_server, tmp_path):
    server = stopped_server.start()
    alice = server.newcomer("alice")
    alice.adds("Water the plants")
    # The hooks find the program by its name, as in the image.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "latchkey").symlink_to(binary())
    environment = server.environment() | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}

    def hook(name: str) -> None:
        done = subprocess.run(
            [ASSETS / "Deploy/once/hooks" / name], cwd=tmp_path, env=environment, capture_output=True, text=True,
            timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr

    for _ in range(2):
        hook("pre-backup")
    assert len(list((server.data / "once-backup").glob("*.db"))) == 1
    alice.adds("Written after the backup")
    server.stop()
    # ONCE copies the files while they are written: this one is torn.
    server.database.write_bytes(server.database.read_bytes()[:8192])
    hook("post-restore")
    server.start()
    assert server.signs_in(alice.email).titles() == ["Water the plants"]


# Containers


def test_the_compose_file_sets_what_there_is():
    composed = yaml.safe_load((ASSETS / "Deploy/compose/compose.yaml").read_text())
    service = composed["services"]["latchkey"]
    table = (ASSETS / "docs/configuration.md").read_text()
    for name in service["environment"]:
        assert f"| `{name.removesuffix('_FILE')}` |" in table, name
    assert service["environment"]["BETTER_AUTH_SECRET_FILE"] == "/run/secrets/better_auth_secret"
    assert set(service["secrets"]) <= composed["secrets"].keys() and service["read_only"]
    named = {volume.split(":")[0] for each in composed["services"].values() for volume in each["volumes"]}
    assert named == composed["volumes"].keys()
    # The proxy's network is the one that is trusted, and the port is where the image listens.
    subnet = composed["networks"]["proxy"]["ipam"]["config"][0]["subnet"]
    assert service["environment"]["TRUSTED_PROXIES"] == subnet
    port = re.search(r"\bPORT=(\d+)", (ASSETS / "Dockerfile").read_text())[1]
    assert composed["services"]["caddy"]["command"].endswith(f"latchkey:{port}")
