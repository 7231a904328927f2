"""Warnings and errors for the operator: published secrets, another secret than before, files that cannot be used, plain
HTTP in production, and settings that have no effect."""

import re
from pathlib import Path

import pytest

from support import SECRET, Server, as_another_user, wait_until

OTHER = "quite-another-acceptance-test-text-of-fifty-one-bytes"
WEAK = {
    "Better Auth's fallback": "better-auth-secret-12345678901234567890", "one letter": "a" * 36,
    "a short period": "abc" * 12, "the documented example": "your-secret-key-min-32-chars-change-in-production",
    "a placeholder": "please-change-me-before-you-go-live-ok", "a row": "0123456789abcdef0123456789abcdef",
}


@pytest.fixture
def production(stopped_server):
    stopped_server.settings |= {"LATCHKEY_ENV": "production", "LATCHKEY_URL": "https://tasks.example.com"}
    return stopped_server


def warnings(server: Server) -> list[str]:
    """All that was said before the first request: lines are written together, a few milliseconds after they are made."""
    if server.is_running():
        server.client.get("/health")
        wait_until(lambda: "path=/health" in server.log, "the line of a request")
    return re.findall(r"^\S+ warning (.*)$", server.log, re.MULTILINE)


# Published secrets


@pytest.mark.parametrize("secret", WEAK.values(), ids=WEAK)
@pytest.mark.parametrize("name", ["BETTER_AUTH_SECRET", "BETTER_AUTH_SECRET_FILE", "BETTER_AUTH_SECRET_PREVIOUS",
                                  "BETTER_AUTH_SECRET_PREVIOUS_FILE"])
def test_production_refuses_a_published_secret(production, tmp_path, name, secret):
    value = f"{OTHER}, {secret}" if "PREVIOUS" in name else secret
    if name.endswith("_FILE"):
        (tmp_path / "file").write_text(value + "\n")
        value = tmp_path / "file"
    production.settings.pop(name.removesuffix("_FILE"), None)
    production.settings[name] = value
    said = production.is_refused()
    assert said.startswith(f"latchkey: {name.removesuffix('_FILE')} ") and said.count("\n") == 1
    assert secret not in said and not production.data.exists()


@pytest.mark.parametrize("arguments", [
    ("user", "list"), ("keys", "list"), ("audit", "verify"),
], ids=" ".join)
def test_commands_refuse_a_published_secret_too(production, arguments):
    production.start()
    production.stop()
    done = production.command(*arguments, BETTER_AUTH_SECRET=WEAK["one letter"])
    assert done.returncode == 1 and done.stderr.startswith("latchkey: BETTER_AUTH_SECRET repeats a few characters")


def test_development_warns_of_a_published_secret_and_starts(stopped_server):
    stopped_server.settings["BETTER_AUTH_SECRET"] = WEAK["one letter"]
    stopped_server.start()
    assert any(line.startswith("BETTER_AUTH_SECRET repeats") for line in warnings(stopped_server))


# Another secret than before


@pytest.fixture
def used(stopped_server):
    """A stopped server whose database was used, keys included."""
    server = stopped_server.start()
    server.alice = server.newcomer("alice")
    assert server.client.get("/api/auth/jwks").status_code == 200
    server.stop()
    return server


def keys(server: Server) -> list[tuple]:
    return server.looks_up("SELECT id, sealed_key, expires_at FROM signing_keys ORDER BY id")


def test_another_secret_is_refused_and_changes_nothing(used):
    before, code = keys(used), used.looks_up("SELECT code FROM secret_check")
    assert before and len(code) == 1
    used.settings["BETTER_AUTH_SECRET"] = OTHER
    said = used.is_refused()
    assert said.startswith("latchkey: BETTER_AUTH_SECRET is not the secret that this database was used with")
    assert "BETTER_AUTH_SECRET_PREVIOUS" in said and "--accept-new-secret" in said and said.count("\n") == 1
    assert (keys(used), used.looks_up("SELECT code FROM secret_check")) == (before, code)
    for arguments in [("user", "list"), ("keys", "list"), ("keys", "rotate"), ("audit", "verify")]:
        done = used.command(*arguments)
        assert done.returncode == 1 and "is not the secret that this database was used with" in done.stderr, arguments
    assert keys(used) == before
    used.settings["BETTER_AUTH_SECRET"] = SECRET
    used.start()
    assert used.alice.gets("/api/auth/me").status_code == 200


def test_a_lost_generated_secret_is_not_silently_replaced(stopped_server):
    del stopped_server.settings["BETTER_AUTH_SECRET"]
    stopped_server.start()
    stopped_server.stop()
    (stopped_server.data / "secret").unlink()
    assert "is not the secret that this database was used with" in stopped_server.is_refused()


def test_the_previous_secret_may_be_set_beside_the_new_one(used):
    used.settings |= {"BETTER_AUTH_SECRET": OTHER, "BETTER_AUTH_SECRET_PREVIOUS": SECRET}
    # A command goes along with it, and leaves the change to the server.
    assert used.says("keys", "list")
    used.settings |= {"BETTER_AUTH_SECRET": SECRET, "BETTER_AUTH_SECRET_PREVIOUS": None}
    used.start()
    used.stop()
    used.settings |= {"BETTER_AUTH_SECRET": OTHER, "BETTER_AUTH_SECRET_PREVIOUS": SECRET}
    used.start()
    assert used.alice.gets("/api/auth/me").status_code == 200
    used.stop()
    # From here on the new one is the database's, alone.
    used.settings["BETTER_AUTH_SECRET_PREVIOUS"] = None
    used.start()
    used.stop()
    used.settings["BETTER_AUTH_SECRET"] = SECRET
    assert "is not the secret" in used.is_refused()


def test_a_lost_secret_is_replaced_on_request(used):
    before = keys(used)
    used.settings["BETTER_AUTH_SECRET"] = OTHER
    used.arguments = ("serve", "--accept-new-secret")
    used.start()
    assert used.alice.gets("/api/auth/me").status_code == 401
    assert any("used with a new secret" in line for line in warnings(used))
    assert used.client.get("/api/auth/jwks").status_code == 200
    wait_until(lambda: re.search(r" notice signing key made key=", used.log), "the new key in the log")
    used.stop()
    assert set(keys(used)) != set(before)
    used.arguments = ()
    used.start()
    assert used.signs_in(used.alice.email)


def test_a_database_from_before_the_check_is_judged_by_its_keys(used):
    used.changes("DELETE FROM secret_check")
    used.settings["BETTER_AUTH_SECRET"] = OTHER
    assert "is not the secret" in used.is_refused()
    # Without keys, by the end of its audit trail.
    used.changes("DELETE FROM signing_keys")
    assert "is not the secret" in used.is_refused()
    used.settings["BETTER_AUTH_SECRET"] = SECRET
    used.start()
    assert len(used.looks_up("SELECT code FROM secret_check")) == 1


def test_a_second_process_with_another_secret_is_refused_beside_the_first(server, new_server):
    second = new_server("second", {
        "BETTER_AUTH_SECRET": OTHER, "DATABASE_URL": f"sqlite:{server.database}"})
    assert "is not the secret that this database was used with" in second.is_refused()
    assert server.client.get("/ready").status_code == 200


def test_a_process_whose_secret_was_replaced_is_not_ready(stopped_server, new_server):
    first = stopped_server.start()
    second = new_server("second", {
        "BETTER_AUTH_SECRET": OTHER, "BETTER_AUTH_SECRET_PREVIOUS": SECRET, "DATABASE_URL": f"sqlite:{first.database}"})
    second.start()
    wait_until(lambda: first.client.get("/ready").status_code == 503, "/ready to say no")
    assert "another secret" in first.client.get("/ready").text


# .env


def with_env_file(server: Server, content: bytes) -> Path:
    server.directory.mkdir(parents=True, exist_ok=True)
    path = server.directory / ".env"
    path.write_bytes(content)
    return path


def test_a_byte_order_mark_is_not_part_of_a_name(stopped_server):
    stopped_server.settings.pop("BETTER_AUTH_SECRET")
    with_env_file(stopped_server, b"\xef\xbb\xbfLATCHKEY_ENV=production\r\n")
    assert "BETTER_AUTH_SECRET not set" in stopped_server.is_refused()


@pytest.mark.parametrize("content", [
    "LATCHKEY_ENV=production".encode("utf-16"), b"LATCHKEY_ENV=production\n#\xe9t\xe9\n", b"\0A=1\n",
], ids=["UTF-16", "Latin-1", "NUL"])
def test_an_env_file_in_another_encoding_stops_the_start(stopped_server, content):
    with_env_file(stopped_server, content)
    assert stopped_server.is_refused() == "latchkey: .env cannot be read as text: it is not UTF-8. Save it in that encoding.\n"


def test_a_malformed_env_file_stops_the_start(stopped_server):
    stopped_server.directory.mkdir(parents=True)
    path = stopped_server.directory / ".env"
    path.mkdir()
    assert stopped_server.is_refused() == (
        "latchkey: .env is there but cannot be read: it is a directory. Make it readable, or take it away.\n")
    path.rmdir()
    path.symlink_to("nowhere")
    assert ".env is there but cannot be read: there is no such file" in stopped_server.is_refused()
    path.unlink()
    with_env_file(stopped_server, b"LOG_LEVEL=info\n").chmod(0)
    as_another_user(stopped_server)
    assert ".env is there but cannot be read: user 54321, which this program runs as, has no permission" in stopped_server.is_refused()


# What browsers get


@pytest.mark.parametrize("url, words", [
    (None, "LATCHKEY_URL not set."), ("http://tasks.example.com", "LATCHKEY_URL: browsers find this server at http://tasks.example.com"),
    ("http://localhost:8000", "LATCHKEY_URL: "),
])
def test_production_without_https_is_refused_unless_it_is_allowed(production, url, words):
    production.settings["LATCHKEY_URL"] = url
    said = production.is_refused()
    assert words in said and "ALLOW_HTTP=on" in said and said.count("\n") == 1
    production.settings["ALLOW_HTTP"] = "on"
    production.start()
    assert any("unprotected" in line for line in warnings(production)) == (url is not None)


def test_production_over_https_has_secure_cookies(production):
    production.start()
    answer = production.client.post("/api/auth/sign-up/email", json={
        "email": "a@example.com", "password": "correct horse staple", "name": "A"})
    cookies = [value for name, value in answer.raw.headers.items() if name.lower() == "set-cookie"]
    assert cookies and all("; Secure" in cookie for cookie in cookies)
    assert not warnings(production)


def test_development_mode_on_the_whole_network_causes_a_warning(stopped_server):
    stopped_server.settings["HOST"] = "0.0.0.0"
    stopped_server.start()
    assert any("HOST is '0.0.0.0'" in line and "LATCHKEY_ENV=production" in line for line in warnings(stopped_server))
    stopped_server.stop()
    stopped_server.settings["HOST"] = "127.0.0.1"
    stopped_server.start()
    assert not warnings(stopped_server)


# Names


def test_a_mistyped_setting_is_reported_and_no_other_variable(stopped_server):
    stopped_server.settings |= {
        "LATCHKEY_PORT": "9000", "LATCHKEY_COLOUR": "red", "BETTER_AUTH_TRUSTED_ORIGIN": "x", "HOSTNAME": "h", "HOME": "/"}
    with_env_file(stopped_server, b"FRONTEND_URLS=http://localhost:3000\n")
    stopped_server.start()
    assert warnings(stopped_server) == [
        "BETTER_AUTH_TRUSTED_ORIGIN is not a setting; did you mean BETTER_AUTH_TRUSTED_ORIGINS?",
        "FRONTEND_URLS is not a setting; did you mean FRONTEND_URL?",
        "LATCHKEY_COLOUR is not a setting of this version, and has no effect.",
        "LATCHKEY_PORT is not a setting; did you mean PORT?",
    ]


# The database's address as SQLAlchemy writes it


def test_a_database_url_of_fastapi_means_the_file_it_means_there(stopped_server):
    stopped_server.settings["DATABASE_URL"] = "sqlite:///./app.db"
    stopped_server.start()
    assert (stopped_server.directory / "app.db").exists() and not Path("/app.db").exists()
    stopped_server.stop()
    stopped_server.settings["DATABASE_URL"] = "sqlite:///app.db"
    said = stopped_server.is_refused()
    assert "sqlite:./app.db" in said and "sqlite:////app.db" in said
    stopped_server.settings["DATABASE_URL"] = f"sqlite:///{stopped_server.directory}/own.db"
    stopped_server.start()
    assert (stopped_server.directory / "own.db").exists()
