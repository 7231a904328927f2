#!/usr/bin/env python3
"""Writes Sources/Latchkey/order.txt: the functions that run while the server starts, then those of the first requests.

    order.py PROGRAM

The linker places the functions of that file side by side (decision 117). It skips names that it no longer finds, and
missing functions only cost memory, so the file is regenerated now and then, not with each change.
"""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
ORDER = ROOT / "Sources/Latchkey/order.txt"


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        # Valgrind reads the names of functions, and trips over the debug information.
        program = work / "latchkey"
        subprocess.run(["strip", "--strip-debug", "-o", program, sys.argv[1]], check=True)
        names = defined(program)
        start, requests = profile(program, work)
    start &= names
    requests = (requests & names) - start
    if len(start) < 1000 or len(requests) < 100:
        sys.exit(f"Only {len(start)} functions of the start and {len(requests)} of requests were seen.")
    ORDER.write_text("".join(f"{name}\n" for group in (start, requests) for name in sorted(group)))
    print(f"{ORDER.relative_to(ROOT)}: {len(start)} functions of the start, {len(requests)} of the first requests.")


def defined(program: Path) -> set[str]:
    lines = subprocess.run(["nm", "--defined-only", program], check=True, capture_output=True, text=True).stdout
    return {line.split(maxsplit=2)[2] for line in lines.splitlines()}


def profile(program: Path, work: Path) -> tuple[set[str], set[str]]:
    """The functions that ran until servers were idle, and those that ran after that."""
    for name in ("Templates", "Public"):
        (work / name).symlink_to(ROOT / name)
    port = free_port()
    # As `make run` starts it first, and as one is started that is in use.
    with profiled(program, work, port, {}) as server:
        start = server.functions()
    settings = {
        "LATCHKEY_ENV": "production", "LATCHKEY_URL": f"http://localhost:{port}", "ALLOW_HTTP": "on",
        "BETTER_AUTH_SECRET": (work / "data/secret").read_text().strip(),
        "DATABASE_URL": f"sqlite:///{work}/data/latchkey.db",
    }
    with profiled(program, work, port, settings) as server:
        start |= server.functions()
        use(port)
        return start, server.functions()


@dataclass
class Server:
    process: subprocess.Popen
    output: Path
    dumps: int = 0

    def functions(self) -> set[str]:
        """Those that ran since the last time."""
        self.dumps += 1
        said = subprocess.run(["callgrind_control", "--dump", str(self.process.pid)], capture_output=True, text=True)
        file = Path(f"{self.output}.{self.dumps}")
        if not file.exists():
            sys.exit(f"callgrind_control wrote no profile:\n{said.stdout}{said.stderr}")
        lines = file.read_text(errors="replace").splitlines()
        found = {match[1] for line in lines if (match := re.match(r"c?fn=\(\d+\) (\S+)$", line))}
        # A function that calls itself is listed again with a number.
        return {re.sub(r"'\d+$", "", name) for name in found}


@contextmanager
def profiled(program: Path, work: Path, port: int, settings: dict[str, str]) -> Iterator[Server]:
    """A server that is idle."""
    output = Path(tempfile.mkdtemp(dir=work)) / "profile"
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={output}", program, "serve"],
        # Not in the project's directory, whose .env and data are those of another server.
        cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        # valgrind and callgrind_control find each other by TMPDIR.
        env={name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        | {"PORT": str(port)} | settings)
    try:
        wait_for(process, port)
        time.sleep(20)
        yield Server(process, output)
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("localhost", 0))
        return listener.getsockname()[1]


def wait_for(server: subprocess.Popen, port: int) -> None:
    """Until the server accepts connections. A request would not belong to the start."""
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"The server ended with status {server.returncode}.")
        try:
            socket.create_connection(("localhost", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("The server did not start within a minute.")


def use(port: int) -> None:
    """What a first user does: sign up, add tasks, look at lists and pages, with a token and in a browser."""
    connection = http.client.HTTPConnection("localhost", port, timeout=60)

    def ask(method: str, path: str, status: int, body: str | None = None, **headers: str) -> tuple[str, list[str]]:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read()
        if response.status != status:
            sys.exit(f"{method} {path}: {response.status} instead of {status}: {text[:200]!r}")
        cookies = [value.split(";")[0] for value in response.headers.get_all("Set-Cookie", [])]
        return text.decode(errors="replace"), cookies

    account = {"email": "ada@example.com", "password": "sturdy brass keyring", "username": "Ada"}
    text, _ = ask("POST", "/api/auth/signup", 201, json.dumps(account), Content_Type="application/json")
    token = {"Authorization": f"Bearer {json.loads(text)['access_token']}"}
    task = ""
    for fields in ({"title": "Pay rent", "due_date": "2030-01-01", "description": "By bank"}, {"title": "Buy milk"}):
        text, _ = ask("POST", "/api/tasks", 201, json.dumps(fields), Content_Type="application/json", **token)
        task = json.loads(text)["id"]
    ask("PATCH", f"/api/tasks/{task}", 200, '{"completed": true}', Content_Type="application/json", **token)
    ask("GET", "/api/tasks", 200, **token)
    for _ in range(10):
        # Over connections of their own, which other threads serve.
        connection.close()
        ask("GET", "/health", 200)

    page, cookies = ask("GET", "/login", 200)
    for path in sorted(set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js))"', page))):
        ask("GET", path, 200, Accept_Encoding="gzip")
    form = {"email": account["email"], "password": account["password"],
            "form_token": re.findall(r'name="form_token" value="([^"]+)"', page)[0]}
    _, cookies = ask("POST", "/login", 303, urlencode(form), Cookie="; ".join(cookies),
                     Content_Type="application/x-www-form-urlencoded", Origin=f"http://localhost:{port}")
    for path in ("/dashboard", "/account"):
        ask("GET", path, 200, Accept_Encoding="gzip", Cookie="; ".join(cookies))


if __name__ == "__main__":
    main()
