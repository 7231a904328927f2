"""What the fast Python on SQLite and the one on PostgreSQL share: ids, and tokens that are remembered once verified."""

import os
import time
import uuid

import jwt

SECRET_KEY = os.environ["BETTER_AUTH_SECRET"]
TOKENS_REMEMBERED = 10_000

claims_of: dict[str, tuple[str, float]] = {}


def new_id() -> str:
    """Version 7, so that ids grow with time."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return str(uuid.UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62))


def owner_of(token: str) -> str | None:
    """Whose token it is; None for a bad one."""
    known = claims_of.get(token)
    if known and known[1] > time.time():
        return known[0]
    try:
        claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    if len(claims_of) >= TOKENS_REMEMBERED:
        claims_of.clear()
    claims_of[token] = (claims["user_id"], claims["exp"])
    return claims["user_id"]


def signed_in(identifier: str, email: str, username: str | None, created_at) -> dict:
    """The answer to a sign-in."""
    seconds = int(time.time())
    claims = {"user_id": identifier, "email": email, "iat": seconds, "exp": seconds + 7 * 86_400}
    token = jwt.encode(claims, SECRET_KEY, algorithm="HS256")
    user = {"id": identifier, "email": email, "username": username, "is_active": True, "created_at": created_at}
    return {"access_token": token, "token_type": "bearer", "user": user}
