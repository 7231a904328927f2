"""Two builds of Latchkey against each other: whether a change has made it slower."""

from pathlib import Path

from .measures import Bench, Row
from .report import duration
from .servers import AnewLatchkey, Latchkey, Server

ROUNDS = 9
LIMIT = 1.10
"""How many times as much processor time an answer may take as before."""


def older(kind: type[Latchkey], checkout: Path) -> type[Latchkey]:
    """The same server, run from another checkout that holds a release build."""

    class Older(kind):
        name = f"{kind.name}_before"
        title = f"{kind.title} (before)"

        def command(self):
            return [checkout / ".build/release/latchkey", "serve"]

        def environment(self):
            return super().environment() | {"LATCHKEY_ASSETS": str(checkout)}

    return Older


def compare(bench: Bench, checkout: Path) -> tuple[str, bool]:
    """A table of medians over interleaved rounds, and whether all ratios are within the limit."""
    program = checkout / ".build/release/latchkey"
    if not program.exists():
        raise SystemExit(f"{program} is missing: build the version before there, with `make build`.")
    measures = [
        ("(a) GET 20 own tasks", Latchkey, Server.list),
        ("(a) The same, not from the cache", AnewLatchkey, Server.list),
        ("(b) POST a task, durable", Latchkey, Server.create),
        ("(e) /health", Latchkey, Server.health),
        ("(f) Dashboard page", Latchkey, Server.dashboard),
        ("(f) The same, not from the cache", AnewLatchkey, Server.dashboard),
    ]
    kinds = {kind: older(kind, checkout) for kind in (Latchkey, AnewLatchkey)}
    lines = ["| | before | after | ratio of CPU time | |", "|---|---|---|---|---|"]
    is_within = True
    bench.plan.rounds = ROUNDS
    for title, kind, request in measures:
        row = Row(title[1], title)
        bench.throughput(row, [bench.server(kinds[kind]), bench.server(kind)], request)
        before, after = row.cells[kinds[kind].title], row.cells[kind.title]
        ratio = after.cpu / before.cpu
        is_within = is_within and ratio <= LIMIT and not after.failures
        lines.append(
            f"| {title} | {duration(before.cpu)} | {duration(after.cpu)} | {ratio:.2f} × | "
            + ("FAILED: unexpected answers |" if after.failures else "met |" if ratio <= LIMIT else "**missed** |")
        )
    return "\n".join(lines), is_within
