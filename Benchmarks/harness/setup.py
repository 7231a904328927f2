"""Everything that is needed and not there yet."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .places import BENCHMARKS, BUILD, LATCHKEY, REPOSITORY, TEMPLATE_BENCH, TEMPLATES, TOOLS, VENV

PROGRAMS = {
    "fixedrate": ("load/fixedrate.c", []),
    "connections": ("load/connections.c", ["-lssl", "-lcrypto", "-lpthread"]),
    "crypt_loop": ("peers/crypt_loop/main.c", ["-lcrypt", "-lpthread"]),
    "sqlite_loop": ("peers/sqlite_loop/main.c", ["-lsqlite3", "-lpthread"]),
}


def _runs(command: list) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def _call(command: list, **options):
    subprocess.run([str(part) for part in command], check=True, **options)


def install(with_templates: bool):
    _call([REPOSITORY / "Scripts/install.sh", "bench"])
    TOOLS.mkdir(parents=True, exist_ok=True)
    _unpack_nginx()
    _compile()
    _make_venv()
    if with_templates:
        _build_templates()
    if not os.access(LATCHKEY, os.X_OK):
        raise SystemExit(f"{LATCHKEY} is missing. `make bench` builds it.")


def _unpack_nginx():
    """Debian's nginx, unpacked and not installed: the package would start a server on all addresses."""
    if shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or (TOOLS / "nginx/usr/sbin/nginx").exists():
        return
    print("Missing: nginx (the ceiling)")
    if not shutil.which("apt-get"):
        raise SystemExit("Please install nginx.")
    if not _runs(["apt-get", "download", "--print-uris", "nginx"]):
        _call([*([] if os.geteuid() == 0 else ["sudo"]), "apt-get", "update", "-qq"])
    download = TOOLS / "download"
    download.mkdir(exist_ok=True)
    # As root, apt hands over to a user of its own, who may not write here.
    _call(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "nginx"], cwd=download)
    _call(["dpkg", "-x", next(download.glob("nginx_*.deb")), TOOLS / "nginx"])
    shutil.rmtree(download)


def _compile():
    for name, (source, libraries) in PROGRAMS.items():
        program, source = TOOLS / name, BENCHMARKS / source
        newest = max(path.stat().st_mtime for path in [source, *BENCHMARKS.glob("peers/*.h")])
        if not program.exists() or program.stat().st_mtime < newest:
            _call(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, source, *libraries])


def _make_venv():
    wanted, installed = BENCHMARKS / "requirements.txt", VENV / "installed.txt"
    if installed.exists() and installed.read_text() == wanted.read_text():
        return
    print(f"Installing the peers' Python packages into {VENV.relative_to(REPOSITORY)}")
    shutil.rmtree(VENV, ignore_errors=True)
    BUILD.mkdir(exist_ok=True)
    _call([sys.executable, "-m", "venv", VENV])
    _call([VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted])
    shutil.copy(wanted, installed)


def _build_templates():
    sources = [path for folder in ("Sources/Templating", "Benchmarks/templates")
               for path in (REPOSITORY / folder).rglob("*.swift") if ".build" not in path.parts]  # fmt: skip
    if TEMPLATE_BENCH.exists() and all(TEMPLATE_BENCH.stat().st_mtime > path.stat().st_mtime for path in sources):
        return
    print("Building the template renderers")
    _call(["swift", "build", "-c", "release", "--package-path", TEMPLATES, "--scratch-path", TEMPLATES / ".build"])
