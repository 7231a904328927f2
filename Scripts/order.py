#!/usr/bin/env python3
"""Writes Sources/Latchkey/order.txt: the functions that run while the server starts, then those of the first requests.

    order.py PROGRAM

The linker places the functions of that file beside each other (decision 117). Names that it no longer finds it skips, and
functions that are missing only cost memory, so the file is written anew now and then, not with each change.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
ORDER = ROOT / "Sources/Latchkey/order.txt"
PORT = 8395
ADDRESS = f"http://localhost:{PORT}"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": ADDRESS}


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
    """The functions that ran until the server was idle, and those that ran after that."""
    environment = {"PATH": os.environ["PATH"], "PORT": str(PORT), "DATABASE_URL": f"sqlite:///{work}/latchkey.db",
                   "LATCHKEY_URL": ADDRESS}
    output = work / "profile"
    server = subprocess.Popen(
        ["valgrind", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={output}", program, "serve"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_the_port(server)
        time.sleep(20)
        dump(server)
        use()
        dump(server)
    finally:
        server.kill()
        server.wait()
    return functions(Path(f"{output}.1")), functions(Path(f"{output}.2"))


def wait_for_the_port(server: subprocess.Popen) -> None:
    """Only connects: a request would not belong to the start."""
    for _ in range(600):
        if server.poll() is not None:
            sys.exit(f"The server ended with status {server.returncode}; is port {PORT} in use?")
        connection = http.client.HTTPConnection("localhost", PORT)
        try:
            connection.connect()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    sys.exit("The server did not start within a minute.")


def dump(server: subprocess.Popen) -> None:
    subprocess.run(["callgrind_control", "--dump", str(server.pid)], check=True, capture_output=True)


def use() -> None:
    """What a first user does: sign up, add a task, look at lists and pages, in a browser and with a token."""
    connection = http.client.HTTPConnection("localhost", PORT, timeout=60)

    def ask(method: str, path: str, status: int, body: str | None = None, **headers: str) -> tuple[bytes, list[str]]:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read()
        if response.status != status:
            sys.exit(f"{method} {path}: {response.status} instead of {status}: {text[:200]!r}")
        return text, [value.split(";")[0] for value in response.headers.get_all("Set-Cookie", [])]

    account = {"email": "ada@example.com", "password": "sturdy brass keyring", "username": "Ada"}
    text, _ = ask("POST", "/api/auth/signup", 201, json.dumps(account), Content_Type="application/json")
    token = {"Authorization": f"Bearer {json.loads(text)['access_token']}"}
    task = ""
    for fields in ({"title": "Pay rent", "due_date": "2030-01-01", "description": "By bank"}, {"title": "Buy milk"}):
        text, _ = ask("POST", "/api/tasks", 201, json.dumps(fields), Content_Type="application/json", **token)
        task = json.loads(text)["id"]
    ask("PATCH", f"/api/tasks/{task}", 200, '{"completed": true}', Content_Type="application/json", **token)
    ask("GET", "/api/tasks", 200, **token)
    ask("GET", "/health", 200)
    page, cookies = ask("GET", "/login", 200)
    for path in sorted(set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js))"', page.decode()))):
        ask("GET", path, 200, Accept_Encoding="gzip")
    form = urlencode({
        "email": account["email"], "password": account["password"],
        "form_token": re.search(r'name="form_token" value="([^"]+)"', page.decode())[1]})
    _, cookies = ask("POST", "/login", 303, form, Cookie="; ".join(cookies), **FORM)
    signed_in = {"Cookie": "; ".join(cookies)}
    ask("GET", "/dashboard", 200, Accept_Encoding="gzip", **signed_in)
    ask("GET", "/account", 200, Accept_Encoding="gzip", **signed_in)


def functions(profile: Path) -> set[str]:
    lines = profile.read_text(errors="replace").splitlines()
    found = {match[1] for line in lines if (match := re.match(r"c?fn=\(\d+\) (\S+)$", line))}
    # A function that calls itself is listed again with a number.
    return {re.sub(r"'\d+$", "", name) for name in found}


if __name__ == "__main__":
    main()
