"""`latchkey routes`: its table of access rules matches the running server."""

import re

import pytest

# Better Auth's endpoints check their input before the session.
FIELDS = {
    "token": "x", "password": "x", "currentPassword": "x", "newPassword": "another horse battery", "name": "x",
    "newEmail": "other@example.com", "provider": "x", "otp": "1234 5678", "accountId": "x", "id": "x", "response": {}}


@pytest.fixture(scope="module")
def table(server) -> list[tuple[str, str, str, str, str]]:
    """Method, path, who, kind, and the scope that an API token needs."""
    lines = server.says("routes").splitlines()
    columns = [lines[0].index(name) for name in ("METHOD", "PATH", "WHO", "KIND", "SCOPE", "WHAT")]
    rows = [tuple(line[start:end].strip() for start, end in zip(columns, columns[1:])) for line in lines[1:]]
    assert len(rows) > 60
    return rows


def calls(server, method, path, **options):
    return server.client.request(method, re.sub(r"\{\w+\}", "a" * 36, path), allow_redirects=False, **options)


def test_every_route_admits_the_callers_in_the_table(server, table):
    for method, path, who, kind, _ in table:
        options = {} if method in ("GET", "DELETE") else {"data": {"x": "1"}} if kind == "page" else {"json": {}}
        if who != "anyone" and kind == "Better Auth":
            options = {"json": FIELDS} if method == "POST" else {"params": FIELDS}
        answer = calls(server, method, path, **options)
        if path.endswith("/{token}") and method == "POST":
            # The link is the proof, as mail programs have no cookies.
            assert (answer.status_code, who) == (404, "anyone"), (method, path)
        elif kind == "page" and method != "GET":
            # A form of no page of ours is refused, or sends its visitor to sign in.
            assert answer.status_code in (303, 403), (method, path, answer.status_code)
            assert (answer.status_code == 303) == (who in ("signed in", "admin") or path == "/logout"), (method, path)
        elif kind == "page":
            assert (answer.status_code == 303 and answer.headers["location"].startswith("/login")) \
                == (who in ("signed in", "admin")), (method, path, answer.status_code)
        else:
            assert (answer.status_code == 401) == (who != "anyone"), (method, path, answer.status_code, answer.text)


def test_owners_are_refused_at_other_users_paths(server, alice, table):
    for method, path, who, *_ in table:
        if who != "owner":
            continue
        options = {} if method in ("GET", "DELETE") else {"json": {}}
        answer = alice.asks(method, re.sub(r"\{\w+\}", "a" * 36, path), **options)
        assert answer.status_code == 403, (method, path, answer.status_code)


def test_api_tokens_need_the_scope_that_the_table_names(server, alice, table):
    scopes = ["tasks:read", "tasks:write", "account:read", "admin:read"]
    server.says("user", "make-admin", alice.id)
    assert {scope for *_, scope in table} == {"-", *scopes}
    headers = {
        scope: {"Authorization": "Bearer " + alice.posts("/api/tokens", {"name": scope, "scopes": [scope]}).json()["token"]}
        for scope in scopes}
    for method, path, who, kind, needed in table:
        if kind != "API" or who == "anyone":
            assert needed == "-", (method, path)
            continue
        options = {"stream": True} | ({} if method in ("GET", "DELETE") else {"json": {}})
        for scope in scopes:
            with calls(server, method, path.replace("{user_id}", alice.id), headers=headers[scope], **options) as answer:
                assert (answer.status_code == 403) == (scope != needed), (method, path, scope, answer.status_code)


def test_the_table_is_the_documented_api(server, table):
    documented = {
        (method.upper(), path)
        for path, operations in server.client.get("/openapi.json").json()["paths"].items()
        for method in operations if method in ("get", "post", "put", "patch", "delete")}
    listed = {(method, path) for method, path, _, kind, _ in table if kind != "page"}
    # A trailing slash is another spelling of a path, not documented by itself.
    assert {row for row in listed if not row[1].endswith("/")} == {row for row in documented if not row[1].endswith("/")}


def test_the_command_needs_neither_a_database_nor_a_secret(server, tmp_path, table):
    listed = server.says("routes", "--data", str(tmp_path / "nowhere"), DATABASE_URL=f"sqlite:{tmp_path}/none/none.db")
    assert len(listed.splitlines()) == len(table) + 1
    assert not list(tmp_path.iterdir())
