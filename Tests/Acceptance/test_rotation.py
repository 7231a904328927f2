"""Keys and secrets are changed while users work, without any effect on them."""

import base64
import hmac
import os
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from better_auth import Page
from support import SECRET, Client, Server, binary, wait_until

NEW_SECRET = "another-acceptance-test-secret-of-fifty-five-bytes!!!!!"

@pytest.fixture
def server(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    # Tokens are issued as the address, so it must outlast a restart.
    server.settings["PORT"] = server.port
    yield server
    if server.is_running():
        server.stop()


def runs(server: Server, *arguments: str, **settings) -> subprocess.CompletedProcess:
    """`latchkey keys …`, beside the server and with its settings."""
    return subprocess.run(
        [binary(), "keys", *arguments], cwd=server.directory, env=server.environment() | settings, text=True,
        capture_output=True, timeout=20)


def rotates(server: Server, *arguments: str, **settings) -> str:
    """The id of a new key, which signs at once."""
    done = runs(server, "rotate", "--now", *arguments, **settings)
    assert done.returncode == 0, done.stderr
    return re.fullmatch(r"Key (\w{32}) signs from now on\.\n", done.stdout).group(1)


def listed(server: Server) -> list[tuple[str, str, bool]]:
    """Id, algorithm, and whether it signs."""
    done = runs(server, "list")
    assert done.returncode == 0, done.stderr
    lines = [
        re.fullmatch(r"(\w{32})  (EdDSA|RS256)  made (\S+Z)  (signs|verifies until \S+Z)", line)
        for line in done.stdout.splitlines()]
    return [(line[1], line[2], line[4] == "signs") for line in lines]


def published(server: Server) -> dict[str, dict]:
    keys = server.client.get("/.well-known/jwks.json").json()["keys"]
    found = {key["kid"]: key for key in keys}
    assert len(found) == len(keys)
    return found


def kid(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


def own_address(server: Server) -> str:
    """The issuer and the audience of tokens."""
    return f"http://localhost:{server.port}"


def opens(server: Server, token: str) -> int:
    with Client(server.url) as client:
        return client.get("/api/tasks", headers={"Authorization": f"Bearer {token}"}).status_code


def verifies(server: Server, token: str) -> dict:
    """The claims, as any other service reads them."""
    key = jwt.PyJWK(published(server)[kid(token)])
    own = own_address(server)
    return jwt.decode(token, key.key, algorithms=["EdDSA", "RS256"], audience=own, issuer=own)


class Visitor:
    """A user who has signed in by every method."""

    def __init__(self, server: Server):
        self.server = server
        person = server.newcomer()
        self.id, self.email, self.access_token = person.id, person.email, person.token
        self.page = Page(server)
        self.session_token = self.page.signs_in(person.email)["token"]
        self.signed = self.page.session_cookie

    def token(self) -> str:
        return self.page.token()

    def is_known_by_cookie(self) -> bool:
        session = self.page.session()
        return session is not None and session["user"]["id"] == self.id


@pytest.fixture
def visitor(server):
    visitor = Visitor(server)
    yield visitor
    visitor.page.close()


class Stream:
    """Requests without a pause over one connection, until told to stop."""

    def __init__(self, server: Server, visitor: Visitor, asks):
        self.count, self.failures, self.kids = 0, [], set()
        self._server, self._visitor, self._asks = server, visitor, asks
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        with Client(self._server.url) as client:
            while not self._ends.is_set():
                try:
                    self._asks(self, client, self._visitor)
                except (AssertionError, requests.RequestException, jwt.PyJWTError, KeyError) as failure:
                    self.failures.append(repr(failure))
                self.count += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ends.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


def gets(client, path: str, **headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
    return answer


def by_access_token(stream, client, visitor):
    gets(client, "/api/tasks", Authorization=f"Bearer {visitor.access_token}")


def by_cookie(stream, client, visitor):
    cookie = f"better-auth.session_token={visitor.signed}"
    assert gets(client, "/api/auth/get-session", Cookie=cookie).json()["user"]["id"] == visitor.id
    gets(client, "/api/tasks", Cookie=cookie)


def by_new_tokens(stream, client, visitor):
    bearer = {"Authorization": f"Bearer {visitor.session_token}"}
    token = gets(client, "/api/auth/token", **bearer).json()["token"]
    stream.kids.add(kid(token))
    gets(client, "/api/tasks", Authorization=f"Bearer {token}")
    # As another service does that asks for the keys each time.
    keys = {key["kid"]: key for key in gets(client, "/.well-known/jwks.json").json()["keys"]}
    claims = jwt.decode(
        token, jwt.PyJWK(keys[kid(token)]).key, algorithms=["EdDSA", "RS256"], audience=own_address(visitor.server))
    assert claims["sub"] == visitor.id


# Key pairs


def test_keys_are_rotated_while_requests_come_without_pause(server, visitor):
    tokens = [visitor.token()]
    ways = [by_access_token, by_cookie, by_new_tokens]
    streams = [Stream(server, visitor, way) for way in ways]
    with streams[0], streams[1], streams[2]:
        for arguments, algorithm in [
            ([], "EdDSA"), (["--algorithm", "RS256"], "RS256"), (["--algorithm", "EdDSA"], "EdDSA"),
        ]:
            new = rotates(server, *arguments)
            assert listed(server)[0] == (new, algorithm, True)
            token = wait_until(lambda: next((t for t in [visitor.token()] if kid(t) == new), None), "the new key signs")
            assert jwt.get_unverified_header(token)["alg"] == algorithm
            tokens.append(token)
            counts = [stream.count for stream in streams]
            wait_until(
                lambda: all(stream.count > count + 20 for stream, count in zip(streams, counts)), "more requests")
        wait_until(lambda: all(stream.count >= 200 for stream in streams), "some hundreds of requests", patience=60)
    for stream in streams:
        assert stream.failures == []
    assert streams[2].kids >= {kid(token) for token in tokens[1:]}

    assert list(published(server)) == [kid(token) for token in reversed(tokens)]
    assert [signs for _, _, signs in listed(server)] == [True, False, False, False]
    for token in tokens:
        assert opens(server, token) == 200
        assert verifies(server, token)["sub"] == visitor.id


class WarmClient(jwt.PyJWKClient):
    """PyJWT's client with its own settings: it keeps the key set for five minutes, and asks again for an unknown key
    only half a minute after it asked last."""

    fetches = 0

    def fetch_data(self):
        self.fetches += 1
        return super().fetch_data()


def publishes(server: Server, *arguments: str) -> str:
    """The id of a new key, which is to sign later."""
    done = runs(server, "rotate", *arguments)
    assert done.returncode == 0, done.stderr
    line = re.fullmatch(r"Key (\w{32}) is published now and signs from (\S+Z) on\.\n", done.stdout)
    signs_from = datetime.fromisoformat(line[2])
    assert abs((signs_from - datetime.now(signs_from.tzinfo)).total_seconds() - 900) < 60
    return line[1]


def states(server: Server) -> list[tuple[str, str]]:
    done = runs(server, "list")
    assert done.returncode == 0, done.stderr
    return [
        re.fullmatch(r"(\w{32})  \w+  made \S+Z  ([a-z ]+?)(?: \S+Z)?", line).groups()
        for line in done.stdout.splitlines()]


def test_a_new_key_is_published_before_it_signs(server, visitor):
    own = own_address(server)
    client = WarmClient(f"{own}/.well-known/jwks.json")

    def is_good(token):
        key = client.get_signing_key_from_jwt(token)
        return jwt.decode(token, key.key, algorithms=["EdDSA", "RS256"], audience=own)["sub"] == visitor.id

    first = visitor.token()
    assert is_good(first) and client.fetches == 1
    new = publishes(server, "--algorithm", "RS256")
    wait_until(lambda: list(published(server)) == [new, kid(first)], "the new key in the set")
    assert states(server) == [(new, "signs from"), (kid(first), "signs")]
    for _ in range(20):
        token = visitor.token()
        assert kid(token) == kid(first) and is_good(token)
    assert client.fetches == 1

    # A quarter of an hour later, by which every verifier has fetched the set again.
    client = WarmClient(f"{own}/.well-known/jwks.json")
    assert is_good(visitor.token()) and client.fetches == 1
    server.stop()
    server.changes("UPDATE signing_keys SET signs_from = signs_from - 900000, expires_at = expires_at - 900000")
    server.start()
    token = visitor.token()
    assert kid(token) == new and is_good(token) and is_good(first)
    assert client.fetches == 1, "Its cache was warm, and it had asked less than half a minute ago."
    assert states(server) == [(new, "signs"), (kid(first), "verifies until")]
    assert opens(server, token) == opens(server, first) == 200


def test_a_waiting_key_is_revoked_and_the_old_one_goes_on(server, visitor):
    first = visitor.token()
    new = publishes(server)
    assert runs(server, "revoke", new).returncode == 0
    assert states(server) == [(kid(first), "signs")]
    assert kid(visitor.token()) == kid(first)


def test_an_urgent_rotation_does_not_wait(server, visitor):
    first = visitor.token()
    waiting = publishes(server)
    urgent = rotates(server)
    token = wait_until(lambda: next((t for t in [visitor.token()] if kid(t) == urgent), None), "the new key signs")
    assert states(server) == [(urgent, "signs"), (waiting, "verifies until"), (kid(first), "verifies until")]
    assert opens(server, token) == opens(server, first) == 200


def test_keys_that_were_swapped_in_the_database_are_refused(server, visitor):
    tokens = [visitor.token()]
    rotates(server)
    tokens.append(wait_until(lambda: next((t for t in [visitor.token()] if kid(t) != kid(tokens[0])), None), "the new key"))
    server.stop()
    sealed = dict(server.looks_up("SELECT id, sealed_key FROM signing_keys"))
    for token, other in zip(tokens, reversed(tokens)):
        server.changes("UPDATE signing_keys SET sealed_key = ? WHERE id = ?", sealed[kid(other)], kid(token))
    server.start()
    for token, other in zip(tokens, reversed(tokens)):
        assert opens(server, token) == 401
        line = wait_until(
            lambda: next((line for line in server.log.splitlines() if f"key of {kid(other)} in its place" in line), None),
            "the line that says so")
        assert "a signing key is refused" in line and kid(token) in line
    fresh = visitor.token()
    assert kid(fresh) not in sealed and opens(server, fresh) == 200
    assert list(published(server)) == [kid(fresh)]


def test_a_key_sealed_by_the_previous_version_goes_on_signing(server, visitor):
    # AES-256-GCM under a key of the secret's, without anything that it is bound to.
    private = ed25519.Ed25519PrivateKey.generate()
    der = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key, nonce = hmac.digest(SECRET.encode(), b"latchkey sealed keys", "sha256"), os.urandom(12)
    sealed = base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, der, None)).rstrip(b"=").decode()
    token = visitor.token()
    server.stop()
    server.changes("UPDATE signing_keys SET sealed_key = ?", sealed)
    server.start()
    found = visitor.token()
    assert kid(found) == kid(token)
    own = own_address(server)
    assert jwt.decode(found, private.public_key(), algorithms=["EdDSA"], audience=own)["sub"] == visitor.id
    publishes(server)
    stored = dict(server.looks_up("SELECT id, sealed_key FROM signing_keys"))
    assert stored[kid(token)] != sealed and all(text.startswith("bound.") for text in stored.values())
    assert opens(server, found) == opens(server, visitor.token()) == 200


def test_a_service_that_caches_keys_sees_the_new_one(server, visitor):
    # PyJWT asks again for an unknown kid only so long after it asked last; half a minute, if nothing else is said.
    key_set = jwt.PyJWKClient(f"{own_address(server)}/.well-known/jwks.json", cooldown_duration=0)
    for _ in range(3):
        new = rotates(server)
        token = wait_until(lambda: next((t for t in [visitor.token()] if kid(t) == new), None), "the new key signs")
        key = key_set.get_signing_key_from_jwt(token)
        assert jwt.decode(token, key.key, algorithms=["EdDSA"], audience=own_address(server))["sub"] == visitor.id


def test_revoking_a_key_ends_its_tokens(server, visitor):
    old = visitor.token()
    new = rotates(server)
    token = wait_until(lambda: next((t for t in [visitor.token()] if kid(t) == new), None), "the new key signs")
    assert opens(server, old) == opens(server, token) == 200
    done = runs(server, "revoke", kid(old))
    assert (done.returncode, done.stdout) == (0, f"Key {kid(old)} revoked, and its tokens with it.\n")
    wait_until(lambda: opens(server, old) == 401, "the old key's end", patience=5)
    assert opens(server, token) == opens(server, visitor.access_token) == 200
    assert list(published(server)) == [new]
    assert visitor.is_known_by_cookie()


def test_revoking_the_key_that_signs_makes_a_new_one(server, visitor):
    older = visitor.token()
    revoked = rotates(server)
    token = wait_until(lambda: next((t for t in [visitor.token()] if kid(t) == revoked), None), "the new key signs")
    assert runs(server, "revoke", revoked).returncode == 0
    wait_until(lambda: opens(server, token) == 401, "the end of the key that signed", patience=5)
    fresh = visitor.token()
    assert kid(fresh) not in (revoked, kid(older))
    assert opens(server, fresh) == opens(server, older) == 200
    assert set(published(server)) == {kid(fresh), kid(older)}


def test_many_rotations_at_once_leave_one_key_that_signs(server, visitor):
    first = visitor.token()
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: rotates(server), range(5)))
    keys = listed(server)
    assert {id for id, _, _ in keys} == {*made, kid(first)}
    assert [signs for _, _, signs in keys].count(True) == 1
    assert opens(server, first) == 200


def test_the_algorithm_of_a_new_key_is_the_configured_one(server, visitor):
    visitor.token()
    assert listed(server)[0][0] != rotates(server, SIGNING_ALGORITHM="RS256")
    assert listed(server)[0][1] == "RS256"
    for arguments in [["--algorithm", "HS256"], ["--algorithm", "none"], ["--algorithm", ""]]:
        done = runs(server, "rotate", *arguments)
        assert done.returncode != 0 and "EdDSA or RS256" in done.stderr
    assert len(listed(server)) == 2


def test_an_unknown_key_is_not_revoked(server, visitor):
    visitor.token()
    before = listed(server)
    for id in ["unknown", "", "' OR 1=1 --", before[0][0].swapcase(), before[0][0][:-1]]:
        done = runs(server, "revoke", id)
        assert done.returncode != 0 and "There is no key" in done.stderr
    assert listed(server) == before


def test_no_key_is_made_before_one_is_needed(server):
    assert runs(server, "list").stdout == "There is no key yet; the first is made when it is needed.\n"
    assert len(published(server)) == 1 == len(listed(server))


def test_the_commands_need_a_database(stopped_server):
    stopped_server.directory.mkdir()
    for arguments in [["list"], ["rotate"], ["revoke", "x"]]:
        done = runs(stopped_server, *arguments)
        assert done.returncode != 0 and "There is no database" in done.stderr
    assert not stopped_server.database.exists()


def test_a_first_key_is_made_once_however_many_ask(server):
    people = [Visitor(server) for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        tokens = list(pool.map(
            lambda index: requests.get(
                f"{server.url}/api/auth/token", timeout=10,
                headers={"Authorization": f"Bearer {people[index % 3].session_token}"}).json()["token"], range(12)))
    assert len({kid(token) for token in tokens}) == 1
    assert list(published(server)) == [kid(tokens[0])]
    for person in people:
        person.page.close()


# The secret


def restarts(server: Server, **settings) -> None:
    server.stop()
    server.settings |= settings
    server.start()


def test_a_secret_is_rotated_and_sessions_go_on(server, visitor):
    token = visitor.token()
    restarts(server, BETTER_AUTH_SECRET=NEW_SECRET, BETTER_AUTH_SECRET_PREVIOUS=SECRET)
    assert opens(server, visitor.access_token) == 200
    assert opens(server, visitor.session_token) == opens(server, visitor.signed) == 200
    assert visitor.is_known_by_cookie()
    assert opens(server, token) == 200
    assert kid(visitor.token()) == kid(token), "The old key still signs, as it can be opened."
    assert verifies(server, token)["sub"] == visitor.id

    new = server.signs_in(visitor.email).token
    assert jwt.decode(new, NEW_SECRET, algorithms=["HS256"])["sub"] == visitor.id
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(new, SECRET, algorithms=["HS256"])
    assert opens(server, new) == 200


def test_several_previous_secrets_are_accepted(server, visitor):
    middle = "m" * 40
    restarts(server, BETTER_AUTH_SECRET=middle, BETTER_AUTH_SECRET_PREVIOUS=SECRET)
    later = server.signs_in(visitor.email).token
    restarts(server, BETTER_AUTH_SECRET=NEW_SECRET, BETTER_AUTH_SECRET_PREVIOUS=f"{middle}, {SECRET}")
    assert opens(server, visitor.access_token) == opens(server, later) == 200
    assert visitor.is_known_by_cookie()
    restarts(server, BETTER_AUTH_SECRET_PREVIOUS=middle)
    assert (opens(server, visitor.access_token), opens(server, later)) == (401, 200)


def test_a_new_key_outlives_the_old_secret(server, visitor):
    token = visitor.token()
    restarts(server, BETTER_AUTH_SECRET=NEW_SECRET, BETTER_AUTH_SECRET_PREVIOUS=SECRET)
    visitor.is_known_by_cookie()
    new = rotates(server)
    restarts(server, BETTER_AUTH_SECRET_PREVIOUS=None)
    assert opens(server, token) == 401
    assert list(published(server)) == [new]


def test_without_the_old_secret_its_sessions_and_tokens_end(server, visitor):
    token = visitor.token()
    server.arguments = ("serve", "--accept-new-secret")
    restarts(server, BETTER_AUTH_SECRET=NEW_SECRET)
    assert opens(server, visitor.access_token) == 401
    assert opens(server, visitor.signed) == 401
    assert opens(server, token) == 401
    assert visitor.page.session() is None

    # People sign in again, with the passwords that they had, and a key that can be opened is made.
    visitor.page.signs_in(visitor.email)
    fresh = visitor.token()
    assert kid(fresh) != kid(token)
    assert list(published(server)) == [kid(fresh)]
    assert opens(server, fresh) == 200
    assert verifies(server, fresh)["sub"] == visitor.id
    # And it stays the same.
    assert kid(visitor.token()) == kid(fresh)
    restarts(server)
    assert kid(visitor.token()) == kid(fresh)


def test_a_secret_is_rotated_under_a_client_that_tries_again(server, visitor):
    """A restart breaks connections; a client that retries gets the same responses as before."""
    answers = []
    ends = threading.Event()

    def asks():
        while not ends.is_set():
            with Client(server.url) as client:
                try:
                    answers.append(gets(client, "/api/tasks", Authorization=f"Bearer {visitor.access_token}"))
                except requests.ConnectionError:
                    time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        stream = pool.submit(asks)
        try:
            wait_until(lambda: len(answers) > 50, "requests before")
            restarts(server, BETTER_AUTH_SECRET=NEW_SECRET, BETTER_AUTH_SECRET_PREVIOUS=SECRET)
            count = len(answers)
            wait_until(lambda: len(answers) > count + 50, "requests after")
        finally:
            ends.set()
        stream.result(10)


@pytest.mark.parametrize("previous", ["short", f"{SECRET},short", f"short,{SECRET}"])
def test_a_short_previous_secret_is_refused_without_being_shown(stopped_server, previous):
    stopped_server.settings["BETTER_AUTH_SECRET_PREVIOUS"] = previous
    said = stopped_server.is_refused()
    assert "BETTER_AUTH_SECRET_PREVIOUS" in said and "short" not in said and SECRET not in said
