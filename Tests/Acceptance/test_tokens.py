"""Access tokens, ours and PyJWT's: their contents, and which of them are refused."""

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime, timedelta, timezone

import jwt
import pytest

from support import SECRET
from wire import asks, sentence

WEEK = 7 * 24 * 3600
HEADER = {"alg": "HS256", "typ": "JWT"}


def encode(data) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(header, claims, secret: str = SECRET, digest="sha256") -> str:
    """A token with any header and claims whatever, signed rightly; bytes are taken as they are."""
    text = f"{encode(header)}.{encode(claims)}"
    return f"{text}.{encode(hmac.new(secret.encode(), text.encode(), digest).digest())}"


def claims_for(person, **changes) -> dict:
    now = int(time.time())
    claims = {"user_id": person.id, "email": person.email, "iat": now, "exp": now + WEEK, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def opens(person, token: str):
    """The response to the user's own task list, requested with this token."""
    return person.server.client.get(person.tasks, headers={"Authorization": f"Bearer {token}"})


def assert_refused(answer, words="Invalid token"):
    assert (answer.status_code, sentence(answer)) == (401, words)
    assert answer.headers["www-authenticate"] == "Bearer"


# Our tokens


def test_pyjwt_decodes_our_token_with_the_shared_secret(alice):
    claims = jwt.decode(alice.token, SECRET, algorithms=["HS256"])
    assert set(claims) == {"user_id", "sub", "email", "iat", "exp", "sid", "jti"}
    assert claims["user_id"] == claims["sub"] == alice.id and claims["email"] == alice.email
    assert type(claims["iat"]) is int and type(claims["exp"]) is int
    assert claims["exp"] == claims["iat"] + 604800
    assert abs(claims["iat"] - time.time()) < 60
    assert jwt.get_unverified_header(alice.token) == HEADER


def test_times_are_written_as_digits_without_a_fraction(alice):
    payload = alice.token.split(".")[1]
    text = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    claims = json.loads(text, parse_int=lambda digits: f"integer {digits}")
    assert claims["iat"].startswith("integer 1") and claims["exp"].startswith("integer 1")


def test_two_tokens_share_neither_session_nor_id(server, alice):
    one = jwt.decode(alice.token, SECRET, algorithms=["HS256"])
    two = jwt.decode(server.signs_in(alice.email).token, SECRET, algorithms=["HS256"])
    assert one["sid"] != two["sid"] and one["jti"] != two["jti"]


def test_another_secret_does_not_verify_our_token(alice):
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(alice.token, SECRET + "!", algorithms=["HS256"])


# Tokens of others with the same secret


def test_a_token_that_pyjwt_made_as_the_seed_does_is_accepted(alice):
    now = datetime.now(timezone.utc)
    payload = {"user_id": alice.id, "email": alice.email, "iat": now, "exp": now + timedelta(days=7)}
    token = jwt.encode(payload, SECRET, algorithm="HS256")
    answer = opens(alice, token)
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("changes", [
    {"sub": "{id}"}, {"user_id": None, "sub": "{id}"}, {"iat": None}, {"nbf": 0}, {"role": ["admin", {"a": None}]},
    {"iat": 1700000000.75, "exp": 4000000000.5},
], ids=str)
def test_a_foreign_token_may_be_written_in_other_ways(alice, changes):
    changes = {name: alice.id if value == "{id}" else value for name, value in changes.items()}
    assert opens(alice, jwt.encode(claims_for(alice, **changes), SECRET, algorithm="HS256")).status_code == 200


def test_a_foreign_token_opens_only_the_path_of_its_own_user(alice, bob):
    token = jwt.encode(claims_for(bob), SECRET, algorithm="HS256")
    assert opens(alice, token).status_code == 403


# Refused tokens


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "hs256", "RS256", "EdDSA"])
def test_the_header_cannot_choose_another_algorithm(alice, algorithm):
    header = {"alg": algorithm, "typ": "JWT"}
    unsigned = f"{encode(header)}.{encode(claims_for(alice))}."
    assert_refused(opens(alice, unsigned))
    assert_refused(opens(alice, unsigned[:-1]))
    assert_refused(opens(alice, sign(header, claims_for(alice))))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_longer_hmac_by_pyjwt_is_refused(alice, algorithm):
    long_enough = claims_for(alice)
    with_warning = jwt.PyJWT(options={"enforce_minimum_key_length": False})
    assert_refused(opens(alice, with_warning.encode(long_enough, SECRET * 2, algorithm=algorithm)))
    assert_refused(opens(alice, sign({"alg": algorithm, "typ": "JWT"}, long_enough, digest=algorithm.replace("HS", "sha"))))


@pytest.mark.parametrize("header", [
    {"typ": "JWT"}, {"alg": None}, {"alg": ["HS256"]}, {"alg": "HS256", "crit": ["exp"]},
    {"alg": "HS256", "b64": False, "crit": ["b64"]}, {"alg": "HS256", "typ": "at+jwt"}, b"[]", b"", b"\xff",
    b'{"alg":"none","alg":"HS256"}', b'{"alg":"HS256","alg":"none"}',
], ids=str)
def test_a_strange_header_is_refused_though_the_signature_is_right(alice, header):
    assert_refused(opens(alice, sign(header, claims_for(alice))))


@pytest.mark.parametrize("kid", ["../../../dev/null", "' OR 1=1 --", "\0", "k" * 4096, 7, None, {}], ids=lambda kid: repr(kid)[:20])
def test_a_kid_never_breaks_anything(alice, kid):
    wrong = sign({**HEADER, "kid": kid}, claims_for(alice), secret="another secret of thirty-two bytes")
    assert_refused(opens(alice, wrong))


@pytest.mark.parametrize("header", [
    {"jwk": {"kty": "oct", "k": encode(b"another secret of thirty-two bytes")}}, {"jku": "http://127.0.0.1:9/jwks"},
    {"x5u": "http://127.0.0.1:9/cert"}, {"x5c": ["MII"]},
], ids=lambda header: next(iter(header)))
def test_a_key_in_the_header_is_not_trusted(alice, header):
    wrong = sign({**HEADER, **header}, claims_for(alice), secret="another secret of thirty-two bytes")
    assert_refused(opens(alice, wrong))


def test_every_changed_byte_breaks_the_token(alice):
    for position in range(0, len(alice.token), 7):
        letter = alice.token[position]
        other = "A" if letter != "A" else "Q"
        assert_refused(opens(alice, alice.token[:position] + other + alice.token[position + 1:]))


def test_a_signature_has_one_spelling_only(alice):
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    start, last = alice.token[:-1], alphabet.index(alice.token[-1])
    assert last % 4 == 0, "32 bytes leave two bits over, which are zero."
    for bits in (1, 2, 3):
        assert_refused(opens(alice, start + alphabet[last + bits]))
    for tail in ["=", "==", "A", ".", ".e30", "%3D", "?", "#", "!"]:
        assert_refused(opens(alice, alice.token + tail))
    signed = sign(HEADER, claims_for(alice))
    padded = signed.replace(".", "=.", 1)
    assert_refused(opens(alice, padded))


@pytest.mark.parametrize("token", [
    "", ".", "..", "...", "a.b.c", "e30.e30.", "null", "undefined", "eyJhbGciOiJIUzI1NiJ9..", "{}", "é.é.é", "x" * 8000,
], ids=lambda token: token[:12] or "empty")
def test_texts_that_are_not_tokens_are_refused(alice, token):
    answer = alice.server.client.get(alice.tasks, headers={"Authorization": f"Bearer {token}".encode()})
    assert answer.status_code == 401
    assert sentence(answer) in ["Invalid token", "Authentication required"]


def test_an_expired_token_is_told_apart_from_an_invalid_one(alice):
    now = int(time.time())
    assert_refused(opens(alice, sign(HEADER, claims_for(alice, exp=now - 1))), "Token has expired")
    eight_days_ago = claims_for(alice, iat=now - WEEK - 86400, exp=now - 86400)
    assert_refused(opens(alice, jwt.encode(eight_days_ago, SECRET, algorithm="HS256")), "Token has expired")
    assert_refused(opens(alice, sign(HEADER, claims_for(alice, exp=now - 1), secret="x" * 40)), "Invalid token")
    made_yesterday = claims_for(alice, iat=now - 86400, exp=now + 6 * 86400)
    assert opens(alice, jwt.encode(made_yesterday, SECRET, algorithm="HS256")).status_code == 200


@pytest.mark.parametrize("name, value", [
    ("exp", None), ("exp", 1e308), ("exp", -1e308), ("exp", 2**63), ("exp", -2**63 - 1), ("exp", 2**63 - 1),
    ("exp", "4000000000"), ("exp", True), ("exp", []), ("exp", {}), ("exp", "never"),
    ("iat", 1e308), ("iat", "now"), ("iat", True), ("iat", 4000000000), ("iat", 2**63),
    ("nbf", 4000000000), ("nbf", 1e308), ("nbf", "later"), ("nbf", False), ("nbf", 2**64),
])
def test_hostile_times_are_refused(alice, name, value):
    assert_refused(opens(alice, sign(HEADER, claims_for(alice, **{name: value}))))


@pytest.mark.parametrize("number", ["null", "NaN", "Infinity", "1e400", "9" * 400, "-", "0x7fffffff", "4_000_000_000"])
def test_hostile_numbers_are_refused(alice, number):
    claims = json.dumps(claims_for(alice, exp="@")).replace('"@"', number)
    assert_refused(opens(alice, sign(HEADER, claims.encode())))


@pytest.mark.parametrize("value", [7, True, [], {}, "", " ", "nobody", "01890000-0000-7000-8000-000000000000", "x" * 3000], ids=lambda value: repr(value)[:20])
def test_a_token_of_an_unknown_user_is_refused(alice, value):
    assert_refused(opens(alice, sign(HEADER, claims_for(alice, user_id=value))))


def test_the_subject_must_be_exactly_the_user(alice, bob):
    for claims in [
        claims_for(alice, user_id=None), claims_for(alice, user_id=alice.id + " "),
        claims_for(alice, user_id=alice.id + "\0"), claims_for(alice, user_id=alice.id.replace("-", "")),
        claims_for(alice, sub=bob.id), claims_for(alice, user_id=[alice.id]),
    ]:
        assert_refused(opens(alice, sign(HEADER, claims)))
    # RFC 9562, section 4: the case of a UUID does not count.
    for claims in [claims_for(alice, user_id=alice.id.upper()), claims_for(alice, user_id=alice.id.upper(), sub=alice.id.upper())]:
        assert opens(alice, sign(HEADER, claims)).status_code == 200


@pytest.mark.parametrize("claims", [b"", b"[]", b"null", b'"text"', b"{", b"\xff\xfe", b"{}{}"])
def test_claims_that_are_not_an_object_are_refused(alice, claims):
    assert_refused(opens(alice, sign(HEADER, claims)))


def test_a_claim_that_stands_twice_is_refused(alice):
    claims = json.dumps(claims_for(alice))[:-1] + ', "exp": 4000000000}'
    assert_refused(opens(alice, sign(HEADER, claims.encode())))


def test_a_session_id_must_be_that_of_a_living_session_of_the_same_user(server, alice, bob):
    sid = jwt.decode(alice.token, SECRET, algorithms=["HS256"])["sid"]
    assert opens(alice, sign(HEADER, claims_for(alice, sid=sid))).status_code == 200
    for person, id in [(alice, "01890000-0000-7000-8000-000000000000"), (bob, sid), (alice, 5), (alice, "")]:
        assert_refused(opens(person, sign(HEADER, claims_for(person, sid=id))))


def test_the_token_of_a_session_that_signed_out_is_refused(server, alice):
    elsewhere = server.signs_in(alice.email)
    assert elsewhere.posts("/api/auth/signout").status_code == 204
    assert_refused(opens(alice, elsewhere.token))
    assert opens(alice, alice.token).status_code == 200


def test_the_scheme_may_be_in_any_case(alice):
    for scheme in ["bearer", "BEARER", "bEaReR"]:
        answer = alice.server.client.get(alice.tasks, headers={"Authorization": f"{scheme} {alice.token}"})
        assert answer.status_code == 200


@pytest.mark.parametrize("value", ["Basic YWxpY2U6cGFzcw==", "Bearer", "Token abc", "Bearerabc", ""])
def test_another_scheme_is_not_accepted(alice, value):
    answer = alice.server.client.get(alice.tasks, headers={"Authorization": value})
    assert answer.status_code == 401
    assert sentence(answer) in ["Authentication required", "Invalid token"]


@pytest.mark.parametrize("fields", ["mine, other", "other, mine", "mine, mine"])
def test_two_authorization_headers_are_refused(server, alice, bob, fields):
    tokens = {"mine": alice.token, "other": bob.token}
    lines = "".join(f"Authorization: Bearer {tokens[name]}\r\n" for name in fields.split(", "))
    answer = asks(server, f"GET {alice.tasks} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
    assert answer.status in (400, 401) and sentence(answer)


@pytest.mark.parametrize("name", ["access_token", "token", "jwt", "authorization"])
def test_a_token_in_the_address_is_ignored(alice, name):
    answer = alice.server.client.get(alice.tasks, params={name: alice.token})
    assert_refused(answer, "Authentication required")


def test_a_signature_is_made_with_the_secret_as_text(alice):
    head, payload, signature = alice.token.split(".")
    mac = hmac.new(SECRET.encode(), f"{head}.{payload}".encode(), hashlib.sha256)
    assert encode(mac.digest()) == signature
