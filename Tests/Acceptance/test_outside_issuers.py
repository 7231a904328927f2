"""Services with keys of their own, whose users come to us: whom we admit, and what a malicious issuer cannot do."""

import json
import re
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from mail import Authority, MailServer
from outside import ConnectProxy, Issuer, Key, Trap, answers, encode, issuing, number, signs_with_secret
from support import SECRET, Client, wait_until
from wire import sentence

FETCH_LIMIT = 10
"""Seconds that one fetch of a key set may take."""


@pytest.fixture(scope="module")
def issuer():
    """Another party's Better Auth, with a key of each kind; named by BETTER_AUTH_URL as in the seeds."""
    with issuing(Key("RS256"), Key("ES256"), Key("EdDSA")) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def other_issuer():
    with issuing(Key("EdDSA")) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def server(start_server, issuer, other_issuer):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, BETTER_AUTH_URL=issuer.url, TRUSTED_ISSUERS=other_issuer.url,
        JWKS_REFETCH_SECONDS=1)
    yield server
    server.stop()


@pytest.fixture
def own_issuer():
    """One that a single test may spoil."""
    with issuing() as issuer:
        yield issuer


@pytest.fixture
def serve(start_server):
    """Starts a server for a single test and stops it at its end."""
    started = []

    def start(**settings):
        started.append(start_server(BETTER_AUTH_SECRET=SECRET, **settings))
        return started[-1]

    yield start
    for server in started:
        if server.is_running():
            server.stop()


def opens(server, token: str, path: str = "/api/tasks", **options):
    return server.client.get(path, headers={"Authorization": f"Bearer {token}"}, **options)


def me(server, token: str) -> dict:
    answer = opens(server, token, "/api/auth/me")
    assert answer.status_code == 200, answer.text
    return answer.json()


def at_once(count: int, work) -> list:
    """What `count` calls that begin together give, each with its number."""
    barrier = threading.Barrier(count)

    def begins(index):
        barrier.wait(10)
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begins, range(count)))


def asks_alone(server, token: str, **options):
    with Client(server.url) as client:
        return client.get("/api/tasks", headers={"Authorization": f"Bearer {token}"}, **options)


def assert_refused(answer, words="Invalid token"):
    assert (answer.status_code, sentence(answer)) == (401, words)
    assert answer.headers["www-authenticate"] == "Bearer"


# Access


@pytest.mark.parametrize("algorithm", ["EdDSA", "RS256", "ES256"])
def test_the_first_token_makes_an_account(server, issuer, algorithm):
    key = next(key for key in issuer.keys if key.algorithm == algorithm)
    token = issuer.token(f"newcomer-{algorithm}", key)
    user = me(server, token)
    assert user["email"] == f"newcomer-{algorithm}@outside.example".lower()
    assert user["username"] == "Olga" and user["is_active"] is True
    assert me(server, issuer.token(f"newcomer-{algorithm}", key)) == user
    tasks = {"Authorization": f"Bearer {token}"}
    assert server.client.post("/api/tasks", json={"title": "Mine"}, headers=tasks).status_code == 201
    assert [task["title"] for task in opens(server, token).json()] == ["Mine"]
    assert opens(server, token, f"/api/users/{user['id']}/tasks").status_code == 200
    for other in [issuer.token("somebody-else"), server.newcomer().token]:
        assert opens(server, other).json() == []
        assert opens(server, other, f"/api/users/{user['id']}/tasks").status_code == 403


def test_the_first_token_may_come_many_times_at_once(server, issuer):
    token = issuer.token("hurried")
    found = at_once(12, lambda _: asks_alone(server, token).status_code)
    assert found == [200] * 12
    assert server.looks_up("SELECT count(*) FROM users WHERE email = 'hurried@outside.example'") == [(1,)]
    assert server.looks_up("SELECT count(*) FROM identities WHERE subject = 'hurried'") == [(1,)]


def test_the_user_may_be_named_by_sub_or_by_user_id(server, issuer):
    both = [
        issuer.token("named"), issuer.token("named", sub=None, user_id="named"), issuer.token("named", user_id="named")]
    assert len({me(server, token)["id"] for token in both}) == 1
    for claims in [{"sub": None}, {"user_id": "another"}, {"sub": ""}, {"sub": 5}, {"sub": "x" * 500}]:
        assert_refused(opens(server, issuer.token("named", **claims)))


def test_a_new_address_is_still_the_same_person(server, issuer):
    before = me(server, issuer.token("mover"))
    assert me(server, issuer.token("mover", email="moved@outside.example"))["id"] == before["id"]
    assert me(server, issuer.token("mover", email=None))["id"] == before["id"]


@pytest.mark.parametrize("email", [None, "", "nobody", 7])
def test_no_account_is_made_without_an_address(server, issuer, email):
    answer = opens(server, issuer.token("faceless", email=email))
    assert_refused(answer, "The token names no e-mail address, so no account can be made for it.")


def test_an_address_alone_does_not_identify_an_account(server, issuer):
    alice = server.newcomer()
    alice.adds("Private")
    for email in [alice.email, alice.email.upper(), f" {alice.email} "]:
        answer = opens(server, issuer.token("thief", email=email, emailVerified=True))
        assert_refused(answer, "Another account here has the e-mail address of this token.")
    assert server.looks_up("SELECT count(*) FROM users WHERE email = ?", alice.email) == [(1,)]
    assert alice.titles() == ["Private"]


def test_a_local_accounts_id_as_subject_is_another_user(server, issuer):
    alice = server.newcomer()
    alice.adds("Private")
    token = issuer.token(alice.id, email="impostor@outside.example", id=alice.id, sid=None)
    assert me(server, token)["id"] != alice.id
    assert opens(server, token).json() == []
    assert opens(server, token, alice.tasks).status_code == 403


def test_our_session_id_in_an_outside_token_is_ignored(server, issuer):
    alice = server.newcomer()
    [(session,)] = server.looks_up("SELECT id FROM sessions WHERE user_id = ?", alice.id)
    assert me(server, issuer.token("sider", sid=session))["id"] != alice.id


def test_the_same_subject_of_another_issuer_is_another_user(server, issuer, other_issuer):
    here = me(server, issuer.token("twin"))
    there = me(server, other_issuer.token("twin", email="twin@elsewhere.example"))
    assert here["id"] != there["id"]
    answer = opens(server, other_issuer.token("twin-2", email="twin@outside.example"))
    assert_refused(answer, "Another account here has the e-mail address of this token.")


def test_an_issuer_signs_for_its_own_people_only(server, issuer, other_issuer):
    victim = me(server, issuer.token("victim"))
    for changes in [
        {"iss": issuer.url, "aud": issuer.url}, {"iss": issuer.url}, {"iss": f"{issuer.url}/"}, {"iss": None},
    ]:
        forged = other_issuer.token("victim", email="forged@elsewhere.example", **changes)
        assert_refused(opens(server, forged))
    stolen_name = other_issuer.key.signs(other_issuer.claims("victim"), kid=issuer.key.kid)
    assert_refused(opens(server, stolen_name))
    own = me(server, other_issuer.token("victim", email="forged@elsewhere.example"))
    assert own["id"] != victim["id"]


@pytest.mark.parametrize("order", ["the copier first", "the copier last"])
@pytest.mark.parametrize("kid", ["as it is", "renamed"])
def test_an_issuer_that_copies_anothers_key_takes_over_no_account(serve, order, kid):
    with issuing() as honest, issuing() as copier:
        urls = [copier.url, honest.url] if order == "the copier first" else [honest.url, copier.url]
        server = serve(TRUSTED_ISSUERS=",".join(urls), JWKS_REFETCH_SECONDS=1)
        person = me(server, honest.token("person"))
        assert opens(server, copier.token("other")).status_code == 200
        copied = Key("EdDSA", honest.key.kid if kid == "as it is" else "renamed")
        copied.private = honest.key.private
        copier.keys = [copied, copier.key]
        time.sleep(1.1)  # The minimum interval between two fetches, in real time.
        # A key that it has just published makes us look again.
        copier.keys.append(Key("EdDSA"))
        assert opens(server, copier.token("other")).status_code == 200
        assert_refused(opens(server, honest.token("person")))
        assert_refused(opens(server, copied.signs(copier.claims("person"))))
        assert_refused(opens(server, copied.signs(honest.claims("person"))))
        for token in [copier.token("person", iss=honest.url), copier.token("person", iss=None)]:
            assert_refused(opens(server, token))
        wait_until(lambda: "two trusted issuers publish it" in server.log, "the line that says so")
        # Tokens that the copier signs with its own key name its own accounts.
        assert me(server, copier.token("person", email="copy@elsewhere.example"))["id"] != person["id"]
        copier.keys = copier.keys[1:]
        time.sleep(1.1)
        copier.keys.append(Key("EdDSA"))
        assert opens(server, copier.token("other")).status_code == 200
        assert me(server, honest.token("person")) == person


def test_an_issuer_is_named_octet_for_octet(serve, own_issuer, other_issuer):
    port = own_issuer.url.rpartition(":")[2]
    for trusted in [own_issuer.url, f"{own_issuer.url},{other_issuer.url}"]:
        server = serve(TRUSTED_ISSUERS=trusted)
        assert opens(server, own_issuer.token("exact")).status_code == 200
        for text in [
            f"{own_issuer.url}/", own_issuer.url.upper(), f"http://LOCALHOST:{port}", f"https://localhost:{port}",
            f"http://127.0.0.1:{port}", "http://localhost", f"localhost:{port}", f" {own_issuer.url}", f"{own_issuer.url}#",
            "", f"{own_issuer.url}\u200b", [own_issuer.url], 7,
        ]:
            assert_refused(opens(server, own_issuer.token("exact", iss=text)))
        none = opens(server, own_issuer.token("exact", iss=None))
        assert none.status_code == (401 if "," in trusted else 200)


def test_a_discovery_document_names_the_issuer(serve, own_issuer, other_issuer):
    server = serve(TRUSTED_ISSUERS=f"{own_issuer.url},{other_issuer.url}", JWKS_REFETCH_SECONDS=1)
    person = me(server, own_issuer.token("slashed"))
    assert_refused(opens(server, own_issuer.token("slashed", iss=f"{own_issuer.url}/")))
    own_issuer.discovery = {"issuer": f"{own_issuer.url}/", "jwks_uri": f"{own_issuer.url}/.well-known/jwks.json"}
    time.sleep(1.1)  # The minimum interval between two fetches, in real time.
    assert me(server, own_issuer.token("slashed", iss=f"{own_issuer.url}/")) == person
    assert me(server, own_issuer.token("slashed")) == person
    # As it would be after a change of the setting.
    server.stop()
    server.settings["TRUSTED_ISSUERS"] = f"{own_issuer.url}/,{other_issuer.url}"
    server.start()
    assert me(server, own_issuer.token("slashed", iss=f"{own_issuer.url}/")) == person


def test_keys_may_lie_where_only_the_discovery_document_says(serve, own_issuer):
    def behaves(handler):
        documents = {
            "/.well-known/openid-configuration": {
                "issuer": "https://login.example/realms/tasks", "jwks_uri": f"{own_issuer.url}/protocol/certs"},
            "/protocol/certs": own_issuer.document,
        }
        found = documents.get(handler.path)
        answers(handler, 200 if found else 404, json.dumps(found).encode())

    own_issuer.behaves = behaves
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    token = own_issuer.token("discovered", iss="https://login.example/realms/tasks")
    assert opens(server, token).status_code == 200


# Records of issuers


def record(server, *issuers: dict) -> None:
    """Writes TRUSTED_ISSUERS_FILE for a server that is not started yet."""
    server.directory.mkdir(parents=True, exist_ok=True)
    path = server.directory / "issuers.json"
    path.write_text(json.dumps(issuers))
    server.settings["TRUSTED_ISSUERS_FILE"] = path


def by_pyjwt(issuer: Issuer, subject: str, **changes) -> str:
    """A token that another implementation makes."""
    return jwt.encode(issuer.claims(subject, **changes), issuer.key.private, "EdDSA", {"kid": issuer.key.kid})


def test_a_record_sets_issuer_audience_keys_and_namespace(stopped_server, own_issuer, other_issuer):
    own_issuer.behaves = lambda handler: answers(
        handler, 200 if handler.path == "/keys" else 404, json.dumps(own_issuer.document).encode())
    record(
        stopped_server,
        {
            "issuer": "https://login.example/", "audience": "tasks", "jwks_uri": f"{own_issuer.url}/keys",
            "namespace": "staff",
        },
        {"issuer": other_issuer.url})
    server = stopped_server.start()
    right = {"iss": "https://login.example/", "aud": "tasks"}
    user = me(server, by_pyjwt(own_issuer, "recorded", **right))
    assert server.looks_up("SELECT issuer, user_id FROM identities") == [("staff", user["id"])]
    for wrong in [
        {"iss": "https://login.example"}, {"iss": own_issuer.url}, {"iss": None}, {"aud": None}, {"aud": "Tasks"},
        {"aud": ["other"]},
    ]:
        assert_refused(opens(server, by_pyjwt(own_issuer, "recorded", **right | wrong)))
    assert me(server, by_pyjwt(own_issuer, "recorded", **right | {"aud": ["other", "tasks"]})) == user
    # The other one has no audience of its own, and that is said.
    assert opens(server, by_pyjwt(other_issuer, "anyone", aud="anything")).status_code == 200
    warned = [line for line in server.log.splitlines() if "whatever service they are for" in line]
    assert len(warned) == 1 and other_issuer.url in warned[0] and "JWT_AUDIENCE" in warned[0]


def test_accounts_move_with_their_issuer(stopped_server, own_issuer):
    server = stopped_server
    server.settings["TRUSTED_ISSUERS"] = f"{own_issuer.url}/.well-known/jwks.json"
    server.start()
    user = me(server, own_issuer.token("mover"))
    server.stop()
    del server.settings["TRUSTED_ISSUERS"]
    jwks = f"{own_issuer.url}/.well-known/jwks.json"
    for changes in [{}, {"namespace": "staff"}, {"namespace": "staff/"}]:
        record(server, {"issuer": own_issuer.url, "jwks_uri": jwks, **({"namespace": own_issuer.url} | changes)})
        server.start()
        assert me(server, own_issuer.token("mover")) == user
        server.stop()
    assert server.looks_up("SELECT issuer FROM identities") == [("staff",)]
    # Two accounts that would become one keep it from starting, and both are named.
    server.changes(
        "INSERT INTO users (id, email, email_verified, is_active, created_at, updated_at) "
        "VALUES ('x', 'other@example.com', 0, 1, 0, 0)")
    server.changes("INSERT INTO identities VALUES (?, 'mover', 'x', 0)", own_issuer.url)
    said = server.is_refused()
    for name in ["staff", own_issuer.url, "mover", "other@example.com", user["email"]]:
        assert name in said
    assert server.looks_up("SELECT count(*) FROM identities") == [(2,)]


@pytest.mark.parametrize("setting", ["BETTER_AUTH_URL", "TRUSTED_ISSUERS"])
def test_in_production_keys_are_not_fetched_over_http_from_elsewhere(stopped_server, setting):
    stopped_server.settings |= {
        "LATCHKEY_ENV": "production", "LATCHKEY_URL": "https://tasks.example", setting: "http://auth.internal:3000"}
    said = stopped_server.is_refused()
    assert "http://auth.internal:3000" in said and "ALLOW_HTTP_ISSUERS" in said
    stopped_server.settings["ALLOW_HTTP_ISSUERS"] = "on"
    stopped_server.start()


def test_users_of_outside_issuers_have_no_password_here(server, issuer):
    user = me(server, issuer.token("wordless"))
    for password in ["", "password", "correct horse battery"]:
        assert server.tries_to_sign_in(user["email"], password).status_code in (401, 422)
    answer = server.client.post("/api/auth/sign-in/email", json={"email": user["email"], "password": "x" * 10})
    assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")


def test_an_outside_token_does_not_admit_a_deactivated_user(serve, own_issuer):
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    user = me(server, own_issuer.token("banned"))
    server.stop()
    server.changes("UPDATE users SET is_active = 0 WHERE id = ?", user["id"])
    server.start()
    assert_refused(opens(server, own_issuer.token("banned")), "Account is inactive")


def test_an_outside_token_begins_no_session(server, issuer):
    bearer = {"Authorization": f"Bearer {issuer.token('sessionless')}"}
    answer = server.client.get("/api/auth/get-session", headers=bearer)
    assert (answer.status_code, answer.json()) == (200, None)
    assert server.client.get("/api/auth/token", headers=bearer).status_code == 401


# Which tokens don't count


@pytest.mark.parametrize("name, make", {
    "PS256": lambda issuer: issuer.keys[0].signs(issuer.claims("forger"), "PS256"),
    "PS256 called RS256": lambda issuer: forged(issuer.keys[0], issuer.claims("forger"), "PS256", alg="RS256"),
    "RS512": lambda issuer: issuer.keys[0].signs(issuer.claims("forger"), "RS512"),
    "RS384": lambda issuer: issuer.keys[0].signs(issuer.claims("forger"), "RS384"),
    "RS512 called RS256": lambda issuer: forged(issuer.keys[0], issuer.claims("forger"), "RS512", alg="RS256"),
    "another's kid": lambda issuer: issuer.keys[0].signs(issuer.claims("forger"), kid=issuer.keys[2].kid),
    "an unknown kid": lambda issuer: issuer.key.signs(issuer.claims("forger"), kid="unknown"),
    "no kid": lambda issuer: issuer.key.signs(issuer.claims("forger"), kid=None),
    "an empty kid": lambda issuer: issuer.key.signs(issuer.claims("forger"), kid=""),
    "a kid that is no text": lambda issuer: issuer.key.signs(issuer.claims("forger"), kid=7),
    "a kid that is a path": lambda issuer: issuer.key.signs(issuer.claims("forger"), kid="../../../../dev/null"),
    "a kid that is SQL": lambda issuer: issuer.key.signs(issuer.claims("forger"), kid="' OR 1=1 --"),
    "another party's key": lambda issuer: Key("EdDSA", issuer.key.kid).signs(issuer.claims("forger")),
    "EdDSA called ES256": lambda issuer: forged(issuer.key, issuer.claims("forger"), "EdDSA", alg="ES256"),
    "alg in other letters": lambda issuer: forged(issuer.key, issuer.claims("forger"), "EdDSA", alg="eddsa"),
    "Ed25519 as the name": lambda issuer: forged(issuer.key, issuer.claims("forger"), "EdDSA", alg="Ed25519-x"),
    "none": lambda issuer: unsigned(issuer, "none"),
    "None": lambda issuer: unsigned(issuer, "None"),
    "none with a signature": lambda issuer: forged(issuer.key, issuer.claims("forger"), "EdDSA", alg="none"),
    "a critical extension": lambda issuer: issuer.key.signs(issuer.claims("forger"), crit=["b64"], b64=True),
    "an encrypted token's shape": lambda issuer: issuer.token("forger") + ".AAAA.AAAA",
    "expired": lambda issuer: issuer.token("forger", exp=int(time.time()) - 1),
    "no end": lambda issuer: issuer.token("forger", exp=None),
    "not yet": lambda issuer: issuer.token("forger", nbf=int(time.time()) + 3600),
    "made tomorrow": lambda issuer: issuer.token("forger", iat=int(time.time()) + 86400),
}.items(), ids=lambda value: value if isinstance(value, str) else "")
def test_an_invalid_outside_token_is_refused(server, issuer, name, make):
    me(server, issuer.token("forger"))
    assert_refused(opens(server, make(issuer)), "Token has expired" if name == "expired" else "Invalid token")


def forged(key: Key, claims: dict, signed_by: str, **header) -> str:
    """A token whose header names another algorithm than it was signed by."""
    text = f"{encode({'kid': key.kid, **header})}.{encode(claims)}"
    return f"{text}.{encode(key.signature(text.encode(), signed_by))}"


def unsigned(issuer: Issuer, algorithm: str) -> str:
    return f"{encode({'alg': algorithm, 'kid': issuer.key.kid})}.{encode(issuer.claims('forger'))}."


def test_a_public_key_is_not_accepted_as_a_secret(server, issuer):
    for key in issuer.keys:
        public = key.private.public_key()
        forms = [json.dumps(key.jwk()).encode()]
        for encoding, format in [
            (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        ]:
            forms.append(public.public_bytes(encoding, format))
        if key.algorithm == "EdDSA":
            forms.append(public.public_bytes_raw())
        for secret in forms + [form.strip() for form in forms] + [b""]:
            assert_refused(opens(server, signs_with_secret(secret, issuer.claims("forger"), kid=key.kid)))


@pytest.mark.parametrize("algorithm, changes", [
    ("RS256", {"use": "enc"}), ("EdDSA", {"use": "enc"}), ("EdDSA", {"key_ops": ["sign"]}), ("EdDSA", {"kid": 7}),
    ("RS256", {"alg": "PS256"}), ("RS256", {"alg": "RS512"}), ("RS256", {"alg": "RSA-OAEP"}),
    ("EdDSA", {"alg": "ES256"}), ("EdDSA", {"crv": "X25519"}), ("EdDSA", {"crv": "Ed448"}),
    ("EdDSA", {"x": "AAAA"}), ("RS256", {"e": "AQ"}), ("RS256", {"n": number(2**2047)}), ("ES256", {"x": number(5, 32)}),
    ("ES256", {"crv": "P-384"}), ("ES256", {"kty": "RSA"}), ("RS256", {"kty": None}),
], ids=lambda value: str(value)[:24])
def test_a_key_for_another_use_verifies_nothing(serve, own_issuer, algorithm, changes):
    good, bad = own_issuer.key, Key(algorithm)
    own_issuer.behaves = lambda handler: answers(
        handler, 200, json.dumps({"keys": [bad.jwk(**changes), good.jwk()]}).encode())
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    assert_refused(opens(server, own_issuer.token("forger", bad)))
    # One bad key spoils nothing for the others.
    assert opens(server, own_issuer.token("honest", good)).status_code == 200


def test_a_short_rsa_key_verifies_nothing(serve, own_issuer):
    short, good = Key("RS256", bits=1024), Key("RS256")
    own_issuer.keys = [short, good]
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    assert_refused(opens(server, own_issuer.token("short", short)))
    assert opens(server, own_issuer.token("long", good)).status_code == 200


def test_two_keys_of_one_name_verify_nothing(serve, own_issuer):
    own_issuer.keys = [Key("EdDSA", "twice"), Key("EdDSA", "twice")]
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    for key in own_issuer.keys:
        assert_refused(opens(server, own_issuer.token("twice", key)))


def test_secrets_are_not_taken_from_a_key_set(serve, own_issuer):
    secret = b"s" * 64
    own_issuer.behaves = lambda handler: answers(
        handler, 200, json.dumps({"keys": [{"kty": "oct", "k": encode(secret), "alg": "HS256", "kid": "s"}]}).encode())
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    assert_refused(opens(server, signs_with_secret(secret, own_issuer.claims("shared"), kid="s")))


def test_a_token_without_kid_is_for_the_only_key(server, other_issuer):
    assert opens(server, other_issuer.key.signs(other_issuer.claims("plain"), kid=None)).status_code == 200


@pytest.mark.parametrize("header", ["jku", "x5u", "jwk", "iss"])
def test_an_address_in_a_token_is_never_looked_at(server, issuer, header):
    forger = Key("EdDSA")
    with Trap() as trap:
        value = forger.jwk() if header == "jwk" else f"{trap.url}/jwks.json"
        for kid in [forger.kid, issuer.key.kid, None]:
            claims = issuer.claims("forger", iss=trap.url)
            assert_refused(opens(server, forger.signs(claims, kid=kid, **{header: value})))
        # Nor in a good one.
        opens(server, issuer.key.signs(issuer.claims("good", iss=trap.url), **{header: value}))
        assert trap.connections() == 0


def test_issuer_and_audience_are_checked_where_they_are_configured(serve, own_issuer):
    server = serve(
        BETTER_AUTH_URL=own_issuer.url, JWT_ISSUER="https://login.example.com", JWT_AUDIENCE="tasks")
    right = {"iss": "https://login.example.com", "aud": "tasks"}
    for claims in [right, right | {"aud": ["other", "tasks"]}]:
        assert opens(server, own_issuer.token("checked", **claims)).status_code == 200
    for claims in [
        {}, {"iss": own_issuer.url}, {"iss": None}, {"iss": "https://login.example.com/"}, {"iss": 7}, {"aud": None},
        {"aud": "Tasks"}, {"aud": []}, {"aud": ["other"]}, {"aud": "tasks tasks"}, {"aud": {"tasks": 1}},
        {"iss": ["https://login.example.com"]},
    ]:
        wrong = right | claims if claims else {}
        assert_refused(opens(server, own_issuer.token("checked", **wrong)))
    # Our own tokens have our own names in them.
    alice = server.newcomer()
    page = server.client.post("/api/auth/sign-in/email", json={"email": alice.email, "password": alice.password})
    own = opens(server, page.json()["token"], "/api/auth/token").json()["token"]
    assert opens(server, own).status_code == opens(server, alice.token).status_code == 200


# Fetching keys


@pytest.mark.parametrize("setting", ["BETTER_AUTH_URL", "TRUSTED_ISSUERS"])
def test_an_issuer_is_asked_once_for_its_keys(serve, own_issuer, setting):
    server = serve(**{setting: own_issuer.url})
    assert own_issuer.fetches == 0
    found = at_once(16, lambda index: asks_alone(server, own_issuer.token(f"first-{index}")).status_code)
    assert found == [200] * 16
    assert [path for path, _ in own_issuer.requests] == ["/.well-known/jwks.json"]


def test_an_issuer_is_asked_by_its_name_and_port(serve, own_issuer):
    # RFC 9110, section 7.2: Host has the port too, unless it is the scheme's own.
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    opens(server, own_issuer.token("anybody"))
    assert own_issuer.requests[0][1]["Host"] == own_issuer.url.removeprefix("http://")


def test_a_key_set_may_lie_where_better_auth_has_it(serve, own_issuer):
    def behaves(handler):
        if handler.path == "/api/auth/jwks":
            answers(handler, 200, json.dumps(own_issuer.document).encode())
        else:
            answers(handler, 404, b"")

    own_issuer.behaves = behaves
    for address in [own_issuer.url, f"{own_issuer.url}/", f"{own_issuer.url}/api/auth/jwks"]:
        server = serve(TRUSTED_ISSUERS=address)
        assert opens(server, own_issuer.token("there")).status_code == 200, address


def test_a_new_key_is_seen_when_its_first_token_comes(serve, own_issuer):
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    before = me(server, own_issuer.token("rotated"))
    for algorithm in ["RS256", "EdDSA"]:
        old, fetches = own_issuer.key, own_issuer.fetches
        time.sleep(1.1)  # The minimum interval between two fetches, in real time.
        own_issuer.rotates(algorithm)
        assert me(server, own_issuer.token("rotated")) == before
        assert own_issuer.fetches == fetches + 1
        # Keys that it no longer publishes are revoked.
        assert_refused(opens(server, own_issuer.token("rotated", old)))


@pytest.mark.parametrize("known", [True, False], ids=["with known keys", "with none"])
def test_a_flood_of_unknown_keys_causes_no_flood_of_fetches(serve, own_issuer, known):
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    if known:
        assert opens(server, own_issuer.token("before")).status_code == 200
    storm = [Key("EdDSA").signs(own_issuer.claims("stormy")) for _ in range(100)]
    found = at_once(20, lambda index: [asks_alone(server, token).status_code for token in storm[index::20]])
    assert sum(found, []) == [401] * 100
    assert own_issuer.fetches <= 2
    assert opens(server, own_issuer.token("after")).status_code == 200


def test_a_flood_does_not_exceed_the_shortest_interval(serve, own_issuer):
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    begin = time.monotonic()
    for _ in range(100):
        assert_refused(opens(server, Key("EdDSA").signs(own_issuer.claims("stormy"))))
    assert own_issuer.fetches <= 5 and own_issuer.fetches <= 2 + (time.monotonic() - begin)


def reasons(server) -> list[str]:
    """The log lines about keys that could not be fetched."""
    return re.findall(r".*keys of a trusted issuer could not be fetched.*", server.log)


def test_why_keys_were_not_fetched_is_logged_once_a_minute(serve, own_issuer, other_issuer):
    own_issuer.behaves = refuses
    server = serve(TRUSTED_ISSUERS=f"{own_issuer.url},{other_issuer.url}", JWKS_REFETCH_SECONDS=1)
    for _ in range(2):
        assert_refused(opens(server, own_issuer.token("anybody")))
        time.sleep(1.1)  # The minimum interval between two fetches, in real time.
    assert opens(server, other_issuer.token("somebody")).status_code == 200
    (line,) = wait_until(lambda: reasons(server), "the reason in the log")
    assert own_issuer.url in line and "500" in line and other_issuer.url not in line


@pytest.mark.parametrize("head", [
    b"HTTP/1.0 200 OK\r\nContent-Length: -5", b"HTTP/1.0 200 OK\r\nContent-Length: -9223372036854775808",
    b"HTTP/1.0 200 OK\r\nContent-Length: +20",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nContent-Length: 500", b"HTTP/1.0 200 OK\r\nContent-Length: 20, 20",
    b"HTTP/1.0 200 OK\r\nContent-Length: \xd9\xa1", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"HTTP/1.1 -00 OK",
    b"HTTP/1.0 200 OK\r\nContent-Length: 20\nX: y", b"\r\n",
], ids=lambda head: repr(head[-40:]))
def test_a_malformed_key_set_is_logged_and_ignored(serve, own_issuer, head):
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    own_issuer.behaves = lambda handler: handler.sends(head + b"\r\n\r\n" + json.dumps(own_issuer.document).encode())
    assert_refused(opens(server, own_issuer.token("patient")))
    assert server.is_running() and len(wait_until(lambda: reasons(server), "the reason in the log")) == 1
    own_issuer.behaves = None
    time.sleep(1.1)  # The minimum interval between two fetches, in real time.
    assert opens(server, own_issuer.token("patient")).status_code == 200


def test_a_first_token_does_not_wait_for_another_issuer(serve, own_issuer, other_issuer):
    own_issuer.behaves = hangs
    server = serve(BETTER_AUTH_URL=own_issuer.url, TRUSTED_ISSUERS=other_issuer.url)
    begin = time.monotonic()
    assert opens(server, other_issuer.token("first")).status_code == 200
    assert_refused(opens(server, Key("EdDSA").signs(other_issuer.claims("first"))))
    assert time.monotonic() - begin < FETCH_LIMIT / 2


# Issuers that fail


def refuses(handler):
    answers(handler, 500, b'{"error": "out of order"}')


def hangs(handler):
    handler.waits()


def hangs_within_the_body(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.sends(b'{"keys": [')
    handler.waits()


def drips(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while handler.waits(0.2):
        handler.sends(b" ")


def drips_headers(handler):
    handler.sends(b"HTTP/1.1 200 OK\r\n")
    while handler.waits(0.2):
        handler.sends(b"X-Drip: 1\r\n")


def is_huge(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(30 << 20))
    handler.end_headers()
    for _ in range(30):
        handler.sends(b" " * (1 << 20))


def is_huge_without_saying_so(handler):
    handler.sends(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"keys": [')
    for _ in range(30):
        handler.sends(b" " * (1 << 20))


def has_huge_headers(handler):
    handler.sends(b"HTTP/1.1 200 OK\r\n")
    for _ in range(30):
        handler.sends(b"X-Padding: " + b"x" * (1 << 20) + b"\r\n")


def sends_garbage(handler):
    handler.sends(bytes(range(256)) * 40)


def hangs_up(handler):
    handler.connection.close()


FAILURES = [refuses, hangs_up, sends_garbage, is_huge, is_huge_without_saying_so, has_huge_headers]
BAD_SETS = [
    b"", b"null", b"[]", b"{}", b'{"keys": null}', b'{"keys": {}}', b'{"keys": [null, 7, "x", []]}', b'{"keys": []}',
    b"<html>", b"\xff\xfe", b"[" * 100_000, b'{"keys": [{"kty": "OKP", "kid": "a"}]', b'{"keys":[]}' * 2,
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_known_keys_go_on_working_when_the_issuer_fails(serve, own_issuer, failure):
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    alice = server.newcomer()
    user = me(server, own_issuer.token("loyal"))
    memory = peak_memory(server)
    own_issuer.behaves = failure
    for _ in range(2):
        time.sleep(1.1)  # The minimum interval between two fetches, in real time.
        before = own_issuer.fetches
        assert_refused(opens(server, Key("EdDSA").signs(own_issuer.claims("unknown"))))
        assert own_issuer.fetches > before
        assert me(server, own_issuer.token("loyal")) == user
        assert alice.gets("/api/tasks").status_code == 200
    assert own_issuer.bytes_sent < 30 << 20, "More was read than a key set can have."
    assert peak_memory(server) - memory < 24_000, "KiB"
    own_issuer.behaves = None
    time.sleep(1.1)
    own_issuer.rotates()
    assert me(server, own_issuer.token("loyal")) == user


def peak_memory(server) -> int:
    """In KiB."""
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmHWM")).split()[1])


def test_known_keys_go_on_working_when_the_issuer_is_down(serve, own_issuer):
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    user = me(server, own_issuer.token("loyal"))
    own_issuer.goes_down()
    for _ in range(2):
        time.sleep(1.1)  # The minimum interval between two fetches, in real time.
        assert_refused(opens(server, Key("EdDSA").signs(own_issuer.claims("unknown")), timeout=2 * FETCH_LIMIT + 3))
        assert me(server, own_issuer.token("loyal")) == user
    own_issuer.comes_back()
    own_issuer.rotates()
    time.sleep(1.1)
    assert me(server, own_issuer.token("loyal")) == user


def test_a_refused_connection_is_known_at_once(serve, own_issuer):
    own_issuer.goes_down()
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    begin = time.monotonic()
    assert_refused(opens(server, own_issuer.token("hasty"), timeout=2 * FETCH_LIMIT + 3))
    assert time.monotonic() - begin < 2


def test_the_server_starts_without_the_issuer(serve, own_issuer):
    own_issuer.goes_down()
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    assert_refused(opens(server, own_issuer.token("early"), timeout=2 * FETCH_LIMIT + 3))
    own_issuer.comes_back()
    time.sleep(1.1)  # The minimum interval between two fetches, in real time.
    assert opens(server, own_issuer.token("early")).status_code == 200


@pytest.mark.parametrize("failure, path, addresses", [
    # A service's own address stands for two places where its keys may lie.
    (hangs, "", 2), (hangs_within_the_body, "/jwks.json", 1), (drips, "/jwks.json", 1), (drips_headers, "/jwks.json", 1),
], ids=lambda value: getattr(value, "__name__", ""))
def test_a_slow_issuer_delays_only_its_own_new_keys(serve, own_issuer, failure, path, addresses):
    known = own_issuer.key

    def behaves(handler):
        answers(handler, 200, json.dumps(own_issuer.document).encode())

    own_issuer.behaves = behaves
    server = serve(TRUSTED_ISSUERS=own_issuer.url + path, JWKS_REFETCH_SECONDS=1)
    alice = server.newcomer()
    user = me(server, own_issuer.token("loyal", known))
    fetches = own_issuer.fetches
    own_issuer.behaves = failure
    time.sleep(1.1)  # The minimum interval between two fetches, in real time.
    limit = FETCH_LIMIT * addresses + 3
    begin = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        unknown = [
            pool.submit(asks_alone, server, Key("EdDSA").signs(own_issuer.claims("new")), timeout=limit + 10)
            for _ in range(8)]
        while time.monotonic() < begin + 3:
            for ask in [
                lambda: alice.gets("/api/tasks"), lambda: server.client.get("/health"),
                lambda: opens(server, own_issuer.token("loyal", known)), lambda: server.client.get("/login"),
            ]:
                asked = time.monotonic()
                assert ask().status_code == 200
                assert time.monotonic() - asked < 1
        assert me(server, own_issuer.token("loyal", known)) == user
        for answer in unknown:
            assert_refused(answer.result())
    assert time.monotonic() - begin < limit
    assert own_issuer.fetches - fetches <= addresses + 2
    # And afterwards all is well again.
    own_issuer.behaves = behaves
    own_issuer.rotates()
    time.sleep(1.1)
    assert me(server, own_issuer.token("loyal")) == user


def test_an_issuer_that_hangs_does_not_hold_up_another(serve, own_issuer, other_issuer):
    own_issuer.behaves = hangs
    server = serve(BETTER_AUTH_URL=own_issuer.url, TRUSTED_ISSUERS=other_issuer.url, JWKS_REFETCH_SECONDS=1)
    opens(server, other_issuer.token("patient"), timeout=60)
    for _ in range(3):
        time.sleep(1.1)  # The minimum interval between two fetches, in real time.
        begin = time.monotonic()
        assert opens(server, other_issuer.token("patient"), timeout=60).status_code == 200
        assert time.monotonic() - begin < 2, "The other issuer's key was known."


def test_the_server_stops_in_time_while_an_issuer_hangs(serve, own_issuer):
    own_issuer.behaves = hangs
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    with ThreadPoolExecutor(1) as pool:
        # Whether this is still answered is up to the server.
        waiting = pool.submit(asks_alone, server, own_issuer.token("patient"), timeout=40)
        wait_until(lambda: own_issuer.fetches, "the fetch that hangs")
        server.stop()
        waiting.exception()


@pytest.mark.parametrize("pause", [0.01, 0.3, 2], ids=lambda pause: f"{pause} s")
def test_a_body_may_come_after_its_head(serve, own_issuer, pause):
    def behaves(handler):
        body = json.dumps(own_issuer.document).encode()
        handler.sends(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
        handler.waits(pause)
        handler.sends(body)

    own_issuer.behaves = behaves
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    assert opens(server, own_issuer.token("late")).status_code == 200


def test_a_body_may_come_in_pieces(serve, own_issuer):
    def behaves(handler):
        body = json.dumps(own_issuer.document).encode()
        handler.sends(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body[:20])
        for start in range(20, len(body), 40):
            handler.waits(0.05)
            handler.sends(body[start:start + 40])

    own_issuer.behaves = behaves
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    assert opens(server, own_issuer.token("piecemeal")).status_code == 200


def test_a_large_key_set_is_read_whole(serve, own_issuer):
    own_issuer.keys = [Key("EdDSA") for _ in range(500)]
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    assert opens(server, own_issuer.token("late")).status_code == 200


@pytest.mark.parametrize("body", BAD_SETS, ids=lambda body: repr(body[:30]))
def test_an_invalid_key_set_changes_nothing(serve, own_issuer, body):
    server = serve(BETTER_AUTH_URL=own_issuer.url, JWKS_REFETCH_SECONDS=1)
    user = me(server, own_issuer.token("loyal"))
    own_issuer.behaves = lambda handler: answers(handler, 200, body)
    time.sleep(1.1)  # The minimum interval between two fetches, in real time.
    assert_refused(opens(server, Key("EdDSA").signs(own_issuer.claims("unknown"))))
    # An empty set is valid, and revokes its keys.
    if json_keys(body) is None:
        assert me(server, own_issuer.token("loyal")) == user
    else:
        assert_refused(opens(server, own_issuer.token("loyal")))


def json_keys(body: bytes):
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    keys = document.get("keys") if isinstance(document, dict) else None
    return keys if isinstance(keys, list) else None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(serve, own_issuer, status):
    with Trap() as trap:
        own_issuer.behaves = lambda handler: answers(
            handler, status, json.dumps(own_issuer.document).encode(), Location=f"{trap.url}/jwks.json")
        server = serve(BETTER_AUTH_URL=own_issuer.url)
        assert_refused(opens(server, own_issuer.token("redirected")))
        assert trap.connections() == 0


@pytest.mark.parametrize("status", [201, 204, 304, 400, 404, 503])
def test_only_a_200_holds_keys(serve, own_issuer, status):
    own_issuer.behaves = lambda handler: answers(handler, status, json.dumps(own_issuer.document).encode())
    server = serve(BETTER_AUTH_URL=own_issuer.url)
    assert_refused(opens(server, own_issuer.token("unpublished")))


# Over HTTPS, and through a proxy

@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def https_issuer(authority):
    """One whose certificate only the test's own authority has signed."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*authority.issues())
    with issuing(tls=tls) as issuer:
        yield issuer


def test_keys_come_over_https_if_an_extra_authority_is_trusted(serve, https_issuer, authority):
    server = serve(TRUSTED_ISSUERS=https_issuer.url, EXTRA_CA_FILE=authority.file)
    assert me(server, https_issuer.token("alice"))["email"] == "alice@outside.example"
    assert https_issuer.fetches > 0


def test_an_unknown_authority_is_not_trusted_and_the_log_says_so(serve, https_issuer):
    server = serve(TRUSTED_ISSUERS=https_issuer.url)
    assert_refused(opens(server, https_issuer.token("alice")))
    assert https_issuer.fetches == 0
    wait_until(lambda: "certificate" in server.log, "the line about the certificate")


def test_keys_come_through_the_proxy_as_ciphertext(serve, https_issuer, authority):
    with ConnectProxy() as proxy:
        server = serve(
            TRUSTED_ISSUERS=https_issuer.url, EXTRA_CA_FILE=authority.file, HTTPS_PROXY=proxy.url,
            NO_PROXY="elsewhere.example")
        assert me(server, https_issuer.token("alice"))["email"] == "alice@outside.example"
        place = https_issuer.url.removeprefix("https://")
        assert set(proxy.asked) == {f"CONNECT {place} HTTP/1.1"}
        assert https_issuer.fetches > 0
        # The certificate is looked at there, too.
        blind = serve(TRUSTED_ISSUERS=https_issuer.url, HTTPS_PROXY=proxy.url)
        fetches, asked = https_issuer.fetches, len(proxy.asked)
        assert_refused(opens(blind, https_issuer.token("alice")))
        assert https_issuer.fetches == fetches and len(proxy.asked) > asked


@pytest.mark.parametrize("exceptions", ["localhost", "elsewhere.example, localhost", "*"])
def test_hosts_that_are_excepted_are_connected_to_directly(serve, https_issuer, authority, exceptions):
    with ConnectProxy() as proxy:
        server = serve(
            TRUSTED_ISSUERS=https_issuer.url, EXTRA_CA_FILE=authority.file, HTTPS_PROXY=proxy.url,
            NO_PROXY=exceptions)
        assert me(server, https_issuer.token("alice"))["email"] == "alice@outside.example"
        assert proxy.asked == []


def test_a_proxy_that_refuses_is_not_bypassed(serve, https_issuer, authority):
    with ConnectProxy(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as proxy:
        server = serve(TRUSTED_ISSUERS=https_issuer.url, EXTRA_CA_FILE=authority.file, HTTPS_PROXY=proxy.url)
        assert_refused(opens(server, https_issuer.token("alice")))
        assert proxy.asked and https_issuer.fetches == 0
        wait_until(lambda: "403" in server.log, "the line about the proxy")


def test_without_libcurl_a_server_starts_only_if_it_needs_none(stopped_server, tmp_path):
    server = stopped_server
    # The first file that is found counts, and this one is no library.
    (tmp_path / "libcurl.so.4").write_bytes(b"")
    server.settings |= {"LD_LIBRARY_PATH": tmp_path}
    standard = dict(server.settings)
    with Trap() as trap, MailServer() as mail_server:
        for name, settings in {
            f"The trusted issuer {trap.url}": {"TRUSTED_ISSUERS": trap.url},
            f"The mail server 127.0.0.1:{mail_server.port}": mail_server.settings(),
            "The sign-in provider club": {
                "OIDC_CLUB_ISSUER": trap.url, "OIDC_CLUB_CLIENT_ID": "x", "OIDC_CLUB_CLIENT_SECRET": "y"},
        }.items():
            server.settings = standard | settings
            said = server.is_refused()
            assert f"{name} needs libcurl: libcurl.so.4 cannot be loaded (Debian's package libcurl4)" in said, said
        assert trap.connections() == 0
    server.settings = standard
    server.start()
    assert server.newcomer().titles() == []
