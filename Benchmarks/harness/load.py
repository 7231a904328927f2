"""The load generators, and their measurements."""

import json
import os
import re
import statistics
from dataclasses import dataclass, field

from . import process
from .places import BENCHMARKS, TOOLS


@dataclass
class Request:
    """A request, and the response that counts."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    expected: int = 200
    turns: list[tuple[str, str]] = field(default_factory=list)
    """Paths and Authorization headers of accounts that are asked in turn, by `wrk`."""


@dataclass
class Figure:
    """One measurement. Times in µs; None for what was not measured."""

    rate: float | None = None
    p50: float | None = None
    p99: float | None = None
    p999: float | None = None
    max: float | None = None
    cpu: float | None = None
    """The server's CPU time for each request."""
    database: float | None = None
    """The same of the database's own processes, where it has any."""
    count: int = 0
    failures: int = 0
    """Requests without the answer that was expected."""
    note: str = ""


def median(figures: list[Figure]) -> Figure:
    """Of each value by itself; failures add up."""
    result = Figure(count=sum(f.count for f in figures), failures=sum(f.failures for f in figures))
    for name in ("rate", "p50", "p99", "p999", "max", "cpu", "database"):
        values = [value for f in figures if (value := getattr(f, name)) is not None]
        setattr(result, name, statistics.median(values) if values else None)
    result.note = figures[-1].note if figures else ""
    return result


def wrk(server, request: Request, connections: int, seconds: float) -> Figure:
    """A closed loop: each connection asks again when it is answered."""
    environment = os.environ | {
        "BENCH_METHOD": request.method,
        "BENCH_BODY": request.body,
        "BENCH_HEADERS": "\n".join(f"{name}: {value}" for name, value in request.headers.items()),
        "BENCH_TURNS": "\n".join(f"{path} {authorization}" for path, authorization in request.turns),
        "BENCH_PORTS": " ".join(map(str, server.ports)) if len(server.ports) > 1 else "",
    }
    size = server.answer_size(request)
    before, database_before = server.cpu_seconds(), server.database_seconds()
    command = [
        "wrk", "-t2", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", "-s",
        BENCHMARKS / "load/wrk.lua", server.origin + request.path,
    ]  # fmt: skip
    output = process.run(command, seconds + 40, env=environment)
    cpu, database = server.cpu_seconds() - before, server.database_seconds() - database_before
    found = json.loads(next(line for line in output.splitlines() if line.startswith("JSON "))[5:])
    failures = found["refused"] + found["errors"]
    count = found["answered"]
    # wrk counts 4xx and 5xx; an answer of another kind shows in the bytes.
    if count and size and abs(found["bytes"] / count - size) > 0.05 * size + 8:
        failures = max(failures, 1)
    return Figure(
        rate=count / found["seconds"], p50=found["p50"], p99=found["p99"], max=found["max"],
        cpu=cpu * 1e6 / count if count else None, database=database * 1e6 / count if count and database else None,
        count=count, failures=failures,
    )  # fmt: skip


def h2load(server, request: Request, connections: int, seconds: float, streams: int = 8) -> Figure:
    """A closed loop over HTTP/2: each of `streams` on each connection asks again when it is answered."""
    size = len(server.ask(request)[1])
    seconds = max(1, round(seconds))
    command = ["h2load", f"-c{connections}", f"-m{streams}", f"-t{min(2, connections)}", "-D", seconds]
    for name, value in request.headers.items():
        command += ["-H", f"{name}: {value}"]
    before = server.cpu_seconds()
    output = process.run([*command, server.origin + request.path], seconds + 40)
    cpu = server.cpu_seconds() - before

    def found(pattern: str) -> int:
        if not (match := re.search(pattern, output)):
            raise RuntimeError(f"h2load says something else than expected:\n{output}")
        return int(match[1])

    count = found(r"status codes: (\d+) 2xx")
    failures = found(r"requests: \d+ total, \d+ started, (\d+) done") - count
    failures += found(r"(\d+) failed,") + found(r"(\d+) errored,")
    # Before answers are counted, those of the last moment have come in part.
    beyond = connections * streams * size
    if not 0 <= found(r"\((\d+)\) data") - count * size <= beyond or "Application protocol: h2" not in output:
        failures = max(failures, 1)
    return Figure(
        rate=count / seconds, cpu=cpu * 1e6 / count if count else None, count=count, failures=failures)


def new_connections(server, request: Request, clients: int, seconds: float) -> Figure:
    """Each request on a connection of its own, with a full handshake of TLS 1.3."""
    size = len(server.ask(request)[1])
    before = server.cpu_seconds()
    command = [TOOLS / "connections", "-p", server.port, "-c", clients, "-d", seconds, request.path]
    output = process.run(command, seconds + 40)
    cpu = server.cpu_seconds() - before
    found = json.loads(output)
    count = found["answered"]
    failures = found["refused"] + found["errors"] + found["resumed"]
    if found["bytes"] < count * size:
        failures = max(failures, 1)
    return Figure(
        rate=count / found["seconds"], p50=found["p50"], p99=found["p99"], max=found["max"],
        cpu=cpu * 1e6 / count if count else None, count=count, failures=failures,
    )  # fmt: skip


def fixedrate_command(
    server, request: Request, connections: int, seconds: float, rate: float | None = None, grace: float = 5
) -> list:
    command = [TOOLS / "fixedrate", "-p", server.port, "-c", connections, "-d", seconds, "-g", grace]
    if rate:
        command += ["-r", rate]
    command += ["-m", request.method]
    for name, value in request.headers.items():
        command += ["-H", f"{name}: {value}"]
    if request.body:
        command += ["-b", request.body]
    return [*command, request.path]


def fixedrate_figure(output: str, request: Request, cpu: float | None = None) -> Figure:
    found = json.loads(output)
    good = found["status"].get(str(request.expected), 0)
    return Figure(
        rate=good / found["seconds"] if found["seconds"] else 0, p50=found["p50"], p99=found["p99"],
        p999=found["p999"], max=found["max"], cpu=cpu * 1e6 / good if cpu and good else None, count=good,
        failures=found["errors"] + found["answered"] - good,
        note=", ".join(f"{count} × {status}" for status, count in found["status"].items()),
    )  # fmt: skip


def fixedrate(
    server, request: Request, connections: int, seconds: float, rate: float | None = None, grace: float = 5
) -> Figure:
    """With `rate`, an open loop whose latencies count from the moment that a request was due; else a closed one."""
    before = server.cpu_seconds()
    command = fixedrate_command(server, request, connections, seconds, rate, grace)
    output = process.run(command, seconds + grace + 20)
    return fixedrate_figure(output, request, server.cpu_seconds() - before)
