"""What the seed's backend is on either database: its models, its middleware and its tokens.

Environment: BETTER_AUTH_SECRET.
"""

import os
import uuid
from datetime import datetime, timedelta, timezone

import jwt
from fastapi import HTTPException, Request
from passlib.context import CryptContext
from sqlmodel import DateTime, Field, SQLModel
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

SECRET_KEY = os.environ["BETTER_AUTH_SECRET"]
PUBLIC_PATHS = ("/health", "/ready", "/docs", "/openapi.json", "/api/auth/")

passwords = CryptContext(schemes=["bcrypt"], deprecated="auto", bcrypt__rounds=12)

Moment = DateTime(timezone=True)
"""PostgreSQL refuses a time with a zone for a column without one; SQLite keeps none."""


def now() -> datetime:
    return datetime.now(timezone.utc)


def new_id() -> str:
    return str(uuid.uuid4())


class User(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True, index=True)
    hashed_password: str
    username: str | None = None
    is_active: bool = True
    created_at: datetime = Field(default_factory=now, sa_type=Moment)


class Task(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    title: str = Field(max_length=200)
    description: str | None = None
    completed: bool = False
    created_at: datetime = Field(default_factory=now, sa_type=Moment)
    updated_at: datetime = Field(default_factory=now, sa_type=Moment)
    completed_at: datetime | None = Field(default=None, sa_type=Moment)


class UserCreate(SQLModel):
    email: str
    password: str = Field(min_length=8)
    username: str | None = None


class UserLogin(SQLModel):
    email: str
    password: str


class UserResponse(SQLModel):
    id: str
    email: str
    username: str | None
    is_active: bool
    created_at: datetime


class TokenResponse(SQLModel):
    access_token: str
    token_type: str
    user: UserResponse


class TaskCreate(SQLModel):
    title: str = Field(min_length=1, max_length=200)
    description: str | None = None
    completed: bool = False


class JWTAuthMiddleware(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next):
        path = request.url.path
        if any(path.startswith(public) for public in PUBLIC_PATHS):
            return await call_next(request)
        if path.startswith("/api/"):
            header = request.headers.get("Authorization")
            if not header or not header.startswith("Bearer "):
                return JSONResponse({"detail": "Authentication required"}, status_code=401)
            try:
                request.state.user = jwt.decode(header.removeprefix("Bearer "), SECRET_KEY, algorithms=["HS256"])
            except jwt.ExpiredSignatureError:
                return JSONResponse({"detail": "Token has expired"}, status_code=401)
            except jwt.InvalidTokenError:
                return JSONResponse({"detail": "Invalid token"}, status_code=401)
        return await call_next(request)


def get_current_user(request: Request) -> dict:
    if not hasattr(request.state, "user"):
        raise HTTPException(status_code=401, detail="Authentication required")
    return request.state.user


def validate_user_access(current_user: dict, user_id: str):
    if current_user["user_id"] != user_id:
        raise HTTPException(status_code=403, detail="Access denied: cannot access other users' resources")


def token_response(user: User) -> TokenResponse:
    payload = {"user_id": user.id, "email": user.email, "iat": now(), "exp": now() + timedelta(days=7)}
    token = jwt.encode(payload, SECRET_KEY, algorithm="HS256")
    return TokenResponse(access_token=token, token_type="bearer", user=UserResponse.model_validate(user.model_dump()))
