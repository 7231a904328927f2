"""Checks that all servers give the same responses, before any measurement."""

import json

from . import load
from .durability import normalized
from .measures import Bench
from .postgres import (
    AsyncpgGranian, AsyncpgUvicorn, CachingPostgresLatchkey, PairOfLatchkeys, PostgresLatchkey, PostgresSeed,
)  # fmt: skip
from .secure import SecureAnewLatchkey, SecureLatchkey, SecureNginx
from .servers import TASKS, AnewLatchkey, FastAPISeed, FastPython, Latchkey, Nginx, QuietLatchkey

KINDS = (
    Latchkey, AnewLatchkey, QuietLatchkey, FastPython, FastAPISeed, Nginx, SecureLatchkey, SecureAnewLatchkey,
    SecureNginx, CachingPostgresLatchkey, PostgresLatchkey, PairOfLatchkeys, AsyncpgGranian, AsyncpgUvicorn, PostgresSeed,
)  # fmt: skip
FIELDS = {"id", "user_id", "title", "description", "completed", "created_at", "updated_at", "completed_at"}


def check(bench: Bench):
    """AssertionError or RuntimeError for the first server that is wrong."""
    texts = []
    for kind in KINDS:
        server = bench.server(kind)
        answer, body = server.ask(server.list())
        tasks = json.loads(body)
        assert answer.getheader("content-type", "").startswith("application/json"), answer.getheaders()
        assert len(tasks) == TASKS, f"{server.title}: {len(tasks)} tasks"
        assert all(set(task) >= FIELDS for task in tasks), f"{server.title}: {tasks[0]}"
        texts.append(sorted((task["title"], task["description"] or "", task["completed"]) for task in tasks))
        assert texts[-1] == texts[0], f"{server.title} lists other tasks than {Latchkey.title}"
        assert json.loads(server.ask(server.health())[1])["status"] == "ok", server.title
        if page := server.dashboard():
            text = normalized(server.ask(page)[1].decode())
            assert all(f"Task number {number}<" in text for number in range(1, TASKS + 1)), server.title
        if not isinstance(server, Nginx):
            check_rules(server)
        if isinstance(server, PairOfLatchkeys):
            assert json.loads(server.second.ask(server.list())[1]) == tasks, "The second process has other tasks"
            check_rules(server.second)
        for request in filter(None, (server.list(), server.health(), server.dashboard())):
            figure = load.wrk(server, request, 8, 1)
            assert figure.count and not figure.failures, f"{server.title}: {request.path}: {figure}"
        if server.certificate:
            check_tls(server)
        bench.say(f"    {server.title} ({server.name}): right")


def check_tls(server):
    """The same over HTTP/2, and on new connections, of which none may resume a session."""
    for request in (server.list(), server.health(), server.file()):
        figure = load.h2load(server, request, 2, 1)
        assert figure.count and not figure.failures, f"{server.title}: HTTP/2 {request.path}: {figure}"
    figure = load.new_connections(server, server.health(), 2, 1)
    assert figure.count and not figure.failures, f"{server.title}: new connections: {figure}"
    if isinstance(server, Nginx):
        for request in (server.list(), server.health(), server.file()):
            (ours, body), (theirs, other_body) = (each.ask(request) for each in (server.original, server))
            ours, theirs = (
                {name.lower(): value for name, value in answer.getheaders()} for answer in (ours, theirs))
            missing = {name for name in ours if name not in theirs and name != "keep-alive"}
            assert body == other_body and not missing, f"{server.title} lacks {missing} in {request.path}"


def check_rules(server):
    created = json.loads(server.ask(server.create())[1])
    assert set(created) >= FIELDS and created["title"] == "Buy milk", f"{server.title}: {created}"
    signed_in = json.loads(server.ask(server.sign_in())[1])
    assert signed_in["token_type"] == "bearer" and signed_in["user"]["email"] == "writer@example.com", server.title
    # No server may be fast by omitting the owner of a task.
    server.ask(server.sign_in("a wrong password"))
    for headers, status in (({}, 401), ({"Authorization": "Bearer x.y.z"}, 401), (server.bearer(server.writer), 403)):
        refused = server.list()
        refused.headers, refused.expected = headers, status
        server.ask(refused)
