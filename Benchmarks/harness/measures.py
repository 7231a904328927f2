"""The measures (a) to (o). Each gives figures by row and by server."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import durability, finding, following, idle, load, process, refusals, roundtrips, telling
from .data import FilledLatchkey
from .load import Figure, Request, median
from .places import TEMPLATE_BENCH, TEMPLATES, TOOLS, VENV
from .postgres import (
    ACCOUNTS, AsyncpgGranian, AsyncpgUvicorn, CachingPostgresLatchkey, OnPostgres, PairOfLatchkeys, Postgres,
    PostgresLatchkey, PostgresSeed,
)  # fmt: skip
from .secure import FILE, SecureAnewLatchkey, SecureLatchkey, SecureNginx
from .servers import CORES, AnewLatchkey, FastAPISeed, FastPython, Latchkey, Nginx, QuietLatchkey, RefusingLatchkey, Server

CRYPT, SQLITE = "crypt_r loop", "sqlite3_step loop"


@dataclass
class Plan:
    """How long everything takes."""

    seconds: float = 4
    rounds: int = 3
    sign_in_seconds: float = 10
    latency_seconds: float = 8
    latency_rounds: int = 2
    starts: int = 7
    refusals: int = refusals.COUNT

    @classmethod
    def quick(cls):
        return cls(seconds=2, rounds=1, sign_in_seconds=5, latency_seconds=3, latency_rounds=1, starts=3, refusals=40)


@dataclass
class Row:
    """One line of the table."""

    key: str
    title: str
    cells: dict[str, Figure] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Cells that are no throughput."""
    reference: str | None = None
    compares: str = "cpu"
    """Whose figure is 1.0, and which of its values: `cpu` or `rate`."""


class Bench:
    def __init__(self, plan: Plan, say: Callable[[str], None]):
        self.plan = plan
        self.say = say
        self.rows: list[Row] = []
        self.values: dict[str, float] = {}
        """Single values that the report needs, by name."""
        self.temporary = tempfile.TemporaryDirectory(prefix="latchkey-bench-")
        self.directory = Path(self.temporary.name)
        self.servers: dict[type[Server], Server] = {}
        self.postgres: Postgres | None = None

    def close(self):
        process.stop_all()
        if self.postgres:
            self.postgres.remove()
        self.temporary.cleanup()

    # The servers that run side by side, idle but for the one that is asked

    def server(self, kind: type[Server]) -> Server:
        """The server of a kind, running and with its content."""
        is_nginx = issubclass(kind, Nginx)
        if kind not in self.servers:
            server = self.made(kind)
            if is_nginx:
                server.prepare()
            server.start()
            if not is_nginx:
                server.prepare()
            server.wait_for_quiet()
            self.servers[kind] = server
        elif not self.servers[kind].process:
            if is_nginx:
                self.server(kind.answers_of)
            self.servers[kind].start()
        return self.servers[kind]

    def made(self, kind: type[Server]) -> Server:
        if issubclass(kind, Nginx):
            return kind(self.directory, self.server(kind.answers_of))
        if issubclass(kind, OnPostgres):
            self.postgres = self.postgres or Postgres()
            return kind(self.directory, self.postgres)
        return kind(self.directory)

    def stop_servers(self):
        for server in self.servers.values():
            server.stop()

    def rounds(self, row: Row, work: dict[str, Callable[[], Figure]], rounds: int | None = None):
        """All, one after the other, in each round in another order; medians of what they measured."""
        figures: dict[str, list[Figure]] = {title: [] for title in work}
        titles = list(work)
        for number in range(rounds or self.plan.rounds):
            for title in titles[number % len(titles) :] + titles[: number % len(titles)]:
                figure = work[title]()
                figures[title].append(figure)
                rate = f"{figure.rate:,.0f}/s" if figure.rate else "-"
                cpu = f"{figure.cpu:,.1f} µs CPU" if figure.cpu else ""
                self.say(f"    {row.key} {title}: {rate} {cpu}" + f"  {figure.failures} FAILED" * (figure.failures > 0))
        row.cells = {title: median(list_) for title, list_ in figures.items()}
        self.rows.append(row)

    def loads(
        self, servers: Iterable[Server], request: Callable[[Server], Request | None],
        generator: Callable[..., Figure] = load.wrk, connections: int = 64,
    ) -> dict[str, Callable[[], Figure]]:  # fmt: skip
        """The work of asking each server, which is warm then, by its title."""
        asked = {server: found for server in servers if (found := request(server))}
        for server, found in asked.items():
            generator(server, found, connections, 1)  # to warm up
        return {
            server.title: lambda server=server, found=found: generator(server, found, connections, self.plan.seconds)
            for server, found in asked.items()
        }

    def throughput(
        self, row: Row, servers: Iterable[Server], request: Callable[[Server], Request | None],
        generator: Callable[..., Figure] = load.wrk, connections: int = 64,
    ):  # fmt: skip
        self.rounds(row, self.loads(servers, request, generator, connections))

    # The measures

    def a(self):
        kinds = (Latchkey, AnewLatchkey, QuietLatchkey, Nginx, FastPython, FastAPISeed)
        servers = [self.server(kind) for kind in kinds]
        row = Row("a", "(a) GET 20 own tasks, bearer token, 64 connections", reference=Nginx.title)
        programs = self.loads(servers[:3], Latchkey.list_by_api_token)
        # In the same rounds, so that the two kinds of tokens can be compared.
        with_token = {f"{title}, API token": work for title, work in programs.items()}
        self.rounds(row, self.loads(servers, Server.list) | with_token)
        by_token = Row("a token", "(a) The same with an API token")
        by_token.cells = {title: row.cells.pop(f"{title}, API token") for title in programs}
        self.rows.append(by_token)
        latchkey = self.server(Latchkey)
        command = [TOOLS / "sqlite_loop", latchkey.database, latchkey.reader["user"]["id"], self.plan.seconds, CORES]
        found = json.loads(process.run(command, self.plan.seconds + 20))
        row.cells[SQLITE] = Figure(rate=found["rate"], cpu=found["cpu"], count=found["count"])

    def b(self):
        servers = [self.server(kind) for kind in (Latchkey, QuietLatchkey, FastPython, FastAPISeed)]
        row = Row(
            "b", "(b) POST a task, durable, 64 connections", reference=FastAPISeed.title, compares="rate"
        )
        self.throughput(row, servers, Server.create)
        answered, missing = durability.kill_while_writing(self.directory)
        self.values |= {"durable answered": answered, "durable missing": missing}
        self.say(f"    b kill -9: {answered} answered, {missing} missing")

    def c(self):
        seconds = self.plan.sign_in_seconds
        servers = [self.server(kind) for kind in (Latchkey, FastPython, FastAPISeed)]
        # Sign-ins that are under way at the end are waited for and counted, so that no work is left out.
        work = {
            server.title: lambda server=server: load.fixedrate(server, server.sign_in(), 8, seconds, grace=20)
            for server in servers
        }

        def crypt() -> Figure:
            found = json.loads(process.run([TOOLS / "crypt_loop", seconds, CORES], seconds + 20))
            return Figure(rate=found["rate"], cpu=found["cpu"], count=found["count"])

        work[CRYPT] = crypt
        row = Row("c", "(c) Sign in, bcrypt cost 12, 8 connections", reference=CRYPT, compares="rate")
        self.rounds(row, work)

    def d(self):
        for storm in (0, 8, 150):
            title = "alone" if not storm else f"while {storm} connections sign in with a wrong password"
            row = Row(f"d{storm}", f"(d) GET 20 tasks at 500/s, {title}")
            work = {}
            for kind in (Latchkey, FastPython, FastAPISeed):
                server = self.server(kind)
                work[server.title] = lambda server=server, storm=storm: self.fixed_rate(server, storm)
            self.rounds(row, work, self.plan.latency_rounds)

    def fixed_rate(self, server: Server, storm: int) -> Figure:
        seconds = self.plan.latency_seconds
        if not storm:
            return load.fixedrate(server, server.list(), 64, seconds, rate=500)
        request = server.sign_in("a wrong password")
        command = load.fixedrate_command(server, request, storm, seconds + 8, grace=0.5)
        stormers = process.start(command, stdout=-1, text=True)
        try:
            time.sleep(1)
            figure = load.fixedrate(server, server.list(), 64, seconds, rate=500)
            output, _ = stormers.communicate(timeout=seconds + 30)
        finally:
            process.stop(stormers)
        figure.cpu = None  # mostly the sign-ins'
        figure.note = "sign-ins: " + (load.fixedrate_figure(output, request).note or "none answered")
        if not process.wait_for_quiet(server.process.pid, 3):
            # It finishes requests that no client waits for any more.
            server.stop()
            server.start()
        return figure

    def e(self):
        servers = [self.server(kind) for kind in (Latchkey, QuietLatchkey, Nginx, FastPython, FastAPISeed)]
        self.throughput(Row("e", "(e) /health, 64 connections", reference=Nginx.title), servers, Server.health)

    def f(self):
        servers = [self.server(kind) for kind in (Latchkey, AnewLatchkey, QuietLatchkey, Nginx, FastPython)]
        row = Row("f", "(f) Dashboard page with 20 tasks, 64 connections", reference=Nginx.title)
        self.throughput(row, servers, Server.dashboard)
        ours = servers[0]
        requests = {
            "f compressed": ("(f) The same, compressed", ours.compressed_dashboard),
            "f unchanged": ("(f) The same, unchanged (304)", ours.unchanged_dashboard),
            "f health": ("(f) /health beside it", ours.health),
        }
        everything = Row("f", "")
        self.rounds(everything, {
            title: lambda request=request: load.wrk(ours, request(), 64, self.plan.seconds)
            for title, request in requests.values()
        })  # fmt: skip
        self.rows.remove(everything)
        for key, (title, _) in requests.items():
            self.rows.append(Row(key, title, cells={ours.title: everything.cells[title]}))

    def g(self):
        self.stop_servers()
        tables = [FilledLatchkey(self.directory, total) for total in (20, 10_000, 1_000_000)]
        try:
            for table in tables:
                table.start()
                table.prepare()
                self.say(f"    g filled a table with {table.total:,} tasks")
            asked = [(table, 1) for table in tables] + [(tables[-1], 500)]
            for table, number in asked:
                load.wrk(table, table.page(number), 64, 1)
            rows = {}
            work = {}
            for table, number in asked:
                title = f"(g) Page {number} of 20 tasks, {table.total:,} in the table"
                rows[title] = Row(f"g{table.total}p{number}", title)
                work[title] = lambda table=table, number=number: load.wrk(
                    table, table.page(number), 64, self.plan.seconds
                )
            everything = Row("g", "")
            self.rounds(everything, work)
            self.rows.remove(everything)
            for title, row in rows.items():
                row.cells = {AnewLatchkey.title: everything.cells[title]}
                self.rows.append(row)
            for table in tables:
                command = [TOOLS / "sqlite_loop", table.database, table.reader["user"]["id"], 1, CORES]
                found = json.loads(process.run(command, 20))
                rows[f"(g) Page 1 of 20 tasks, {table.total:,} in the table"].cells[SQLITE] = Figure(
                    rate=found["rate"], cpu=found["cpu"], count=found["count"]
                )
        finally:
            for table in tables:
                table.stop()

    def h(self):
        self.stop_servers()
        started = Row("h start", f"(h) Start to first 200, existing database, median of {self.plan.starts}")
        memories = {
            "idle": Row("h idle", "(h) Memory when idle: resident (proportional, anonymous)"),
            "loaded": Row("h loaded", "(h) Memory after the load"),
        }
        self.rows += [started, *memories.values()]
        for kind in (Latchkey, Nginx, FastPython, FastAPISeed):
            server = self.server(kind)
            times = []
            for _ in range(self.plan.starts):
                server.stop()
                times.append(server.start())
            milliseconds = sorted(times)[len(times) // 2] * 1000
            started.texts[server.title] = f"{milliseconds:.0f} ms"
            time.sleep(3)
            found = {"idle": server.memory()}
            for request in filter(None, (server.list(), server.dashboard(), server.health())):
                load.wrk(server, request, 64, self.plan.seconds)
            if kind is not Nginx:
                load.wrk(server, server.create(), 64, self.plan.seconds)
                load.fixedrate(server, server.sign_in(), 8, 3, grace=20)
            time.sleep(2)
            found["loaded"] = server.memory()
            for name, memory in found.items():
                sizes = [size / 1024 for size in (memory.rss, memory.pss, memory.anonymous)]
                memories[name].texts[server.title] = "{:.1f} MiB ({:.1f}, {:.1f})".format(*sizes)
                if kind is Latchkey:
                    self.values[f"{name} rss"] = sizes[0]
            if kind is Latchkey:
                self.values["start"] = milliseconds
            self.say(f"    h {server.title}: {started.texts[server.title]}, {memories['idle'].texts[server.title]}")

    def i(self):
        values = self.directory / "values.json"
        values.write_text(process.run([TEMPLATE_BENCH, "values", TEMPLATES], 20))
        commands = {
            "Latchkey": [TEMPLATE_BENCH, "latchkey", TEMPLATES / "latchkey"],
            "swift-mustache": [TEMPLATE_BENCH, "mustache", TEMPLATES / "pages"],
            "Stencil": [TEMPLATE_BENCH, "stencil", TEMPLATES / "pages"],
            "Jinja2": [VENV / "bin/python", TEMPLATES / "jinja_bench.py", values],
        }
        pages = {name: durability.normalized(process.run(command, 20)) for name, command in commands.items()}
        for name, page in pages.items():
            if page != pages["Latchkey"]:
                raise RuntimeError(f"{name} makes another page than Latchkey: {durability.difference(page, pages)}")

        def render(command) -> Figure:
            found = json.loads(process.run([*command, self.plan.seconds], self.plan.seconds + 30))
            return Figure(rate=found["rate"], cpu=found["cpu"], count=found["count"])

        row = Row("i", "(i) Render a list of 25 tasks, one thread", reference="Latchkey")
        self.rounds(row, {name: lambda command=command: render(command) for name, command in commands.items()})

    def j(self):
        count = 5_000
        row = Row("j", f"(j) GET 20 tasks beside {count:,} idle connections, 64 connections")
        alone = Row("j alone", "(j) The same without them")
        size = Row("j memory", "(j) Memory for each idle connection: resident (proportional)")
        for kind in (Latchkey, Nginx, FastPython, FastAPISeed):
            server = self.server(kind)
            load.wrk(server, server.list(), 64, 1)
            alone.cells[server.title] = load.wrk(server, server.list(), 64, self.plan.seconds)
            before = server.memory()
            with idle.connections(server, count) as opened:
                time.sleep(1)
                after = server.memory()
                row.cells[server.title] = load.wrk(server, server.list(), 64, self.plan.seconds)
                lost = count - opened.still_open()
            row.cells[server.title].failures += lost
            rss, pss = (after.rss - before.rss) / count, (after.pss - before.pss) / count
            size.texts[server.title] = f"{rss:.2f} KiB ({pss:.2f})"
            self.say(f"    j {server.title}: {size.texts[server.title]} each, {lost} lost")
        self.rows += [alone, row, size]

    def k(self):
        self.stop_servers()
        row = Row("k", f"(k) Wrong password refused, by kind of account, medians of {self.plan.refusals}, random order")
        medians = refusals.measure(self.server(RefusingLatchkey), self.plan.refusals)
        row.texts[Latchkey.title] = "<br>".join(f"{kind}: {1000 * time:.1f} ms" for kind, time in medians.items())
        self.values["refusals apart"], self.values["refusals limit"] = (
            1000 * value for value in refusals.spread(medians)
        )
        self.say(f"    k {row.texts[Latchkey.title]}")
        self.rows.append(row)

    def l(self):  # noqa: E743
        self.stop_servers()
        row = Row(
            "l",
            f"(l) Known and unknown addresses, {self.plan.refusals} each, random order: median (10th–90th percentile)")
        found = telling.all_ways(self.directory, self.plan.refusals)
        row.texts[Latchkey.title] = "<br>".join(
            f"{act}: {known} and {unknown} ms" for act, (known, unknown) in found.items())
        self.values["telling of limit"] = max(telling.share_of_limit(*spreads) for spreads in found.values())
        self.say(f"    l {row.texts[Latchkey.title]}")
        self.rows.append(row)

    def m(self):
        self.stop_servers()
        found = finding.measure(self.directory, self.say)
        found |= following.measure(self.directory, self.plan.seconds, self.say)
        for title, text in found.items():
            row = Row(f"m {title}", f"(m) {title}")
            row.texts[Latchkey.title] = text
            self.say(f"    m {title}: {text}")
            self.rows.append(row)

    def n(self):
        self.stop_servers()
        latchkey, anew, nginx = (self.server(kind) for kind in (SecureLatchkey, SecureAnewLatchkey, SecureNginx))
        ways = {
            "HTTPS": (load.wrk, 64, "64 connections"),
            "HTTP/2": (load.h2load, 8, "8 connections with 8 streams"),
        }
        for way, (generator, connections, how) in ways.items():
            row = Row(f"n {way} health", f"(n) {way}: /health, {how}", reference=Nginx.title)
            self.throughput(row, [latchkey, nginx], Server.health, generator, connections)
            size = len(latchkey.ask(latchkey.file())[1])
            row = Row(f"n {way} file", f"(n) {way}: {FILE}, {size:,} bytes in gzip, {how}", reference=Nginx.title)
            self.throughput(row, [latchkey, nginx], lambda server: server.file(), generator, connections)
            row = Row(f"n {way} list", f"(n) {way}: GET 20 own tasks, {how}", reference=Nginx.title)
            self.throughput(row, [latchkey, anew, nginx], Server.list, generator, connections)
        title = "(n) New connection: full handshake of TLS 1.3, P-256, and /health, 16 clients"
        row = Row("n new", title, reference=Nginx.title)
        self.throughput(row, [latchkey, nginx], Server.health, load.new_connections, 16)

    def o(self):
        self.stop_servers()
        kinds = (
            PostgresLatchkey, AsyncpgGranian, AsyncpgUvicorn, PostgresSeed, PairOfLatchkeys, CachingPostgresLatchkey)
        *servers, pair, caching = (self.server(kind) for kind in kinds)
        requests = {
            "list": ("GET 20 own tasks, bearer token", OnPostgres.list_by_many, [caching, *servers]),
            "create": ("POST a task, durable", OnPostgres.create_by_many, servers),
        }
        for name, (what, request, asked) in requests.items():
            row = Row(
                f"o {name}", f"(o) PostgreSQL: {what}, {ACCOUNTS} accounts, 64 connections", reference=AsyncpgGranian.title)
            work = self.loads(asked, request)
            # In the same rounds, so that one process and two can be compared.
            work["pair"] = self.loads([pair], request)[pair.title]
            self.rounds(row, work)
            two = Row(f"o {name} pair", "(o) The same, two processes on one database, 32 connections to each")
            two.cells = {pair.title: row.cells.pop("pair")}
            self.rows.append(two)
        row = Row("o unchanged", f"(o) PostgreSQL: the list, unchanged (304), {ACCOUNTS} accounts, 64 connections")
        self.throughput(row, [caching], OnPostgres.unchanged_list_by_many)
        self.stop_servers()
        trips = roundtrips.measure(self.directory, self.postgres)
        row = Row("o trips", f"(o) Round trips to the database for each answer, medians of {roundtrips.COUNT}")
        row.texts[AnewLatchkey.title] = "<br>".join(f"{name}: {count:g}" for name, count in trips.items())
        self.say(f"    o round trips: {trips}")
        self.values["round trips of a create"] = trips["create"]
        self.rows.append(row)
