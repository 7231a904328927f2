"""A FastAPI service that verifies our tokens by our published keys, as seed 000's middleware does."""

import re
import threading
import time
from datetime import datetime, timedelta

import jwt
import pytest
import requests
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from better_auth import Page
from support import SECRET, wait_until

ALGORITHMS = ["EdDSA", "RS256"]
AUDIENCES = ["https://billing.example", "urn:reports"]
"""Other services that tokens may be made for."""
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def service(better_auth_url: str) -> FastAPI:
    """A service with tasks of its own, which knows people by our tokens alone."""
    app = FastAPI()
    key_set = jwt.PyJWKClient(f"{better_auth_url}/.well-known/jwks.json")
    tasks: dict[str, list[str]] = {}

    def caller(credentials: HTTPAuthorizationCredentials = Depends(HTTPBearer())) -> str:
        token = credentials.credentials
        try:
            key = key_set.get_signing_key_from_jwt(token)
            claims = jwt.decode(token, key.key, algorithms=ALGORITHMS, options={"verify_aud": False})
        except jwt.PyJWTError as problem:
            raise HTTPException(401, str(problem)) from None
        user_id = claims.get("sub") or claims.get("user_id")
        if not user_id:
            raise HTTPException(401, "The token names no user.")
        return user_id

    def owner(user_id: str, caller: str = Depends(caller)) -> str:
        if caller != user_id:
            raise HTTPException(403, "These are another user's tasks.")
        return user_id

    @app.get("/api/{user_id}/tasks")
    def shows(owner: str = Depends(owner)) -> list[str]:
        return tasks.get(owner, [])

    @app.post("/api/{user_id}/tasks", status_code=201)
    def adds(title: str, owner: str = Depends(owner)) -> None:
        tasks.setdefault(owner, []).append(title)

    return app


@pytest.fixture(scope="module", params=ALGORITHMS)
def latchkey(request, start_server):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, SIGNING_ALGORITHM=request.param, TOKEN_AUDIENCES=", ".join(AUDIENCES))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def fastapi_url(latchkey):
    settings = uvicorn.Config(
        service(f"http://localhost:{latchkey.port}"), host="127.0.0.1", port=0, ws="none", lifespan="off",
        log_level="error")
    running = uvicorn.Server(settings)
    thread = threading.Thread(target=running.run)
    thread.start()
    wait_until(lambda: running.started, "uvicorn")
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


class Caller:
    """A user who signed in with Better Auth's client and calls the other service."""

    def __init__(self, latchkey, fastapi_url: str):
        self.url = fastapi_url
        self.page = Page(latchkey)
        person = latchkey.newcomer()
        self.id, self.email = person.id, person.email
        self.page.signs_in(person.email)
        self.token = self.page.token()

    def asks(self, token: str | None = None, id: str | None = None) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            headers = {"Authorization": f"Bearer {token or self.token}"}
            return session.get(f"{self.url}/api/{id or self.id}/tasks", headers=headers, timeout=10)

    def adds(self, title: str) -> None:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                f"{self.url}/api/{self.id}/tasks", params={"title": title}, timeout=10,
                headers={"Authorization": f"Bearer {self.token}"})
            assert answer.status_code == 201


@pytest.fixture
def ann(latchkey, fastapi_url):
    caller = Caller(latchkey, fastapi_url)
    yield caller
    caller.page.close()


@pytest.fixture
def ben(latchkey, fastapi_url):
    caller = Caller(latchkey, fastapi_url)
    yield caller
    caller.page.close()


def keys(latchkey, path="/.well-known/jwks.json") -> list[dict]:
    return latchkey.client.get(path).json()["keys"]


# The service


def test_our_token_opens_its_owners_tasks_there(ann, ben):
    ann.adds("Water the plants")
    assert (ann.asks().status_code, ann.asks().json()) == (200, ["Water the plants"])
    assert (ben.asks().status_code, ben.asks().json()) == (200, [])


def test_another_users_tasks_are_forbidden_there(ann, ben):
    assert ann.asks(id=ben.id).status_code == 403
    assert ann.asks(id="nobody").status_code == 403


def test_a_changed_token_is_refused_there(ann, ben):
    head, claims, signature = ann.token.split(".")
    other_head, other_claims, other_signature = ben.token.split(".")
    middle = len(claims) // 2
    flipped = claims[:middle] + ("A" if claims[middle] != "A" else "B") + claims[middle + 1:]
    for token in [
        f"{head}.{other_claims}.{signature}", f"{head}.{claims}.{other_signature}", f"{head}.{flipped}.{signature}",
        f"{head}.{claims}.", ann.token[:-8], f"{head}.{claims}", "nothing",
    ]:
        assert ann.asks(token=token).status_code == 401, token


def test_the_token_in_set_auth_jwt_is_equivalent(ann):
    answer = ann.page.asks("/get-session")
    assert "set-auth-jwt" in answer.headers["access-control-expose-headers"]
    assert ann.asks(token=answer.headers["set-auth-jwt"]).status_code == 200


def test_our_own_api_takes_the_token_that_the_service_takes(latchkey, ann):
    bearer = {"Authorization": f"Bearer {ann.token}"}
    for path in ["/api/tasks", f"/api/{ann.id}/tasks", f"/api/users/{ann.id}/tasks"]:
        assert latchkey.client.get(path, headers=bearer).status_code == 200
    head, claims, signature = ann.token.split(".")
    changed = {"Authorization": f"Bearer {head}.{claims}.{signature[::-1]}"}
    assert latchkey.client.get("/api/tasks", headers=changed).status_code == 401


def test_an_access_token_signed_with_a_secret_is_refused_by_the_service(latchkey, ann):
    assert ann.asks(token=latchkey.signs_in(ann.email).token).status_code == 401


# The token


def test_the_token_has_the_claims_of_better_auths(latchkey, ann):
    key = keys(latchkey)[0]
    assert jwt.get_unverified_header(ann.token) == {"alg": latchkey.settings["SIGNING_ALGORITHM"], "kid": key["kid"]}
    claims = jwt.decode(ann.token, options={"verify_signature": False})
    names = [
        "iat", "name", "email", "emailVerified", "image", "createdAt", "updatedAt", "twoFactorEnabled", "id", "sub",
        "exp", "iss", "aud"]
    # The session's id is ours: with it, signing out ends the token here.
    assert [name for name in claims if name != "sid"] == names
    assert claims["sub"] == claims["id"] == ann.id and claims["email"] == ann.email
    assert (claims["name"], claims["emailVerified"], claims["image"]) == ("Alice", False, None)
    assert claims["iss"] == claims["aud"] == f"http://localhost:{latchkey.port}"
    assert type(claims["iat"]) is int and abs(claims["iat"] - time.time()) < 30
    assert claims["exp"] == claims["iat"] + 900
    for name in ["createdAt", "updatedAt"]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", claims[name])
        then = datetime.strptime(claims[name], "%Y-%m-%dT%H:%M:%S.%f%z")
        assert abs(datetime.now(then.tzinfo) - then) < timedelta(minutes=1)


def test_the_token_verifies_with_audience_and_issuer_too(latchkey, ann):
    origin = f"http://localhost:{latchkey.port}"
    key = jwt.PyJWKClient(f"{origin}/api/auth/jwks").get_signing_key_from_jwt(ann.token)
    assert jwt.decode(ann.token, key.key, algorithms=ALGORITHMS, audience=origin, issuer=origin)["sub"] == ann.id


# Tokens for one service


def asks_for(caller: Caller, *audiences: str) -> requests.Response:
    return caller.page.asks("/token", params=[("audience", audience) for audience in audiences])


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_token_for_another_service_is_for_that_service_alone(latchkey, ann, audience):
    origin = f"http://localhost:{latchkey.port}"
    token = asks_for(ann, audience).json()["token"]
    key = jwt.PyJWKClient(f"{origin}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key.key, algorithms=ALGORITHMS, audience=audience, issuer=origin)
    assert (claims["aud"], claims["sub"], claims["exp"] - claims["iat"]) == (audience, ann.id, 900)
    for wrong in {origin, *AUDIENCES} - {audience}:
        with pytest.raises(jwt.InvalidAudienceError):
            jwt.decode(token, key.key, algorithms=ALGORITHMS, audience=wrong)
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(ann.token, key.key, algorithms=ALGORITHMS, audience=audience)
    # That service can't use it to act for Ann here.
    bearer = {"Authorization": f"Bearer {token}"}
    for path in ["/api/tasks", f"/api/{ann.id}/tasks", f"/api/users/{ann.id}/tasks", "/api/auth/me"]:
        answer = latchkey.client.get(path, headers=bearer)
        assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid token")
    assert latchkey.client.post("/api/tasks", json={"title": "Not hers"}, headers=bearer).status_code == 401
    assert latchkey.client.get("/api/auth/get-session", headers=bearer).json() is None
    assert latchkey.client.get("/api/auth/token", headers=bearer).status_code == 401


def test_a_token_without_an_audience_is_for_this_server(latchkey, ann):
    origin = f"http://localhost:{latchkey.port}"
    for token in [
        ann.token, asks_for(ann, origin).json()["token"], ann.page.asks("/get-session").headers["set-auth-jwt"],
        ann.page.asks("/get-session", params={"audience": AUDIENCES[0]}).headers["set-auth-jwt"],
    ]:
        assert jwt.decode(token, options={"verify_signature": False})["aud"] == origin
        assert latchkey.client.get("/api/tasks", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_an_audience_that_is_not_named_is_refused(latchkey, ann):
    origin = f"http://localhost:{latchkey.port}"
    for audiences in [
        [""], ["https://other.example"], [AUDIENCES[0] + "/"], [AUDIENCES[0].upper()], [",".join(AUDIENCES)],
        [origin + "/"],
        ["*"], ["urn:report"], [f" {AUDIENCES[0]}"], AUDIENCES, [AUDIENCES[0]] * 2, ["null"],
        ["https://b\u0131lling.example"],
    ]:
        answer = asks_for(ann, *audiences)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json"), audiences
        assert set(answer.json()) == {"message", "code"} and answer.json()["code"] == "INVALID_AUDIENCE"
    with Page(latchkey) as visitor:
        assert visitor.asks("/token", params={"audience": AUDIENCES[0]}).status_code == 401


def test_a_token_of_the_shared_secret_for_another_service_is_refused_too(latchkey, ann):
    # As PyJWT does, which refuses an aud that is not expected.
    origin = f"http://localhost:{latchkey.port}"
    claims = {"sub": ann.id, "exp": int(time.time()) + 60}
    for audience, status in [
        (None, 200), (origin, 200), ([AUDIENCES[0], origin], 200), (AUDIENCES[0], 401), (AUDIENCES, 401),
        (origin + "/", 401),
        (7, 401),
    ]:
        token = jwt.encode(claims | ({"aud": audience} if audience else {}), SECRET, "HS256")
        for _ in range(2):
            found = latchkey.client.get("/api/tasks", headers={"Authorization": f"Bearer {token}"})
            assert found.status_code == status, audience


def test_the_token_needs_a_session(latchkey):
    with Page(latchkey) as visitor:
        answer = visitor.asks("/token")
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


# The keys


def test_the_keys_are_published_with_their_public_halves_alone(latchkey):
    published = keys(latchkey)
    assert published == keys(latchkey, "/api/auth/jwks") and len(published) == 1
    for key in published:
        assert not PRIVATE & set(key)
        if latchkey.settings["SIGNING_ALGORITHM"] == "EdDSA":
            assert list(key) == ["alg", "crv", "x", "kty", "kid"]
            assert (key["alg"], key["crv"], key["kty"], len(key["x"])) == ("EdDSA", "Ed25519", "OKP", 43)
        else:
            assert set(key) == {"alg", "e", "n", "kty", "kid"}
            assert (key["alg"], key["kty"], key["e"], len(key["n"])) == ("RS256", "RSA", "AQAB", 512)
        assert re.fullmatch(r"[A-Za-z0-9]{32}", key["kid"])
    assert len({key["kid"] for key in published}) == len(published)


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/api/auth/jwks"])
def test_the_keys_may_be_cached_and_asked_for_again_cheaply(latchkey, path):
    first = latchkey.client.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, "application/json")
    assert re.fullmatch(r"public, max-age=\d+", first.headers["cache-control"])
    etag = first.headers["etag"]
    assert re.fullmatch(r'"[^"]+"', etag)
    for known in [etag, "*", f'"other", {etag}']:
        again = latchkey.client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag), known
        assert again.headers["cache-control"] == first.headers["cache-control"]
    changed = latchkey.client.get(path, headers={"If-None-Match": '"other"'})
    assert (changed.status_code, changed.content) == (200, first.content)


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/api/auth/jwks"])
def test_a_tag_that_a_proxy_has_weakened_still_matches(latchkey, path):
    # RFC 9110, section 13.1.2: If-None-Match compares weakly. A proxy that compresses weakens the tag.
    etag = latchkey.client.get(path).headers["etag"]
    again = latchkey.client.get(path, headers={"If-None-Match": f"W/{etag}"})
    assert (again.status_code, again.content) == (304, b"")


def test_the_private_halves_lie_encrypted_on_disk(latchkey):
    for algorithm, sealed in latchkey.looks_up("SELECT algorithm, sealed_key FROM signing_keys"):
        assert algorithm == latchkey.settings["SIGNING_ALGORITHM"]
        # A key in the clear, as DER or as PEM, would begin thus.
        assert not sealed.startswith(("MC4CAQ", "MIIE", "-----", "{"))
