"""The FastAPI backend that the seed documents describe: SQLModel, passlib's bcrypt at cost 12, PyJWT in a
BaseHTTPMiddleware, handlers that are `async def` and call the database where they stand. SQLite in the place of
PostgreSQL, in WAL mode and as durable as Latchkey.

Environment: BETTER_AUTH_SECRET, DATABASE (path of the SQLite file).
"""

import os
import uuid
from datetime import datetime, timedelta, timezone

import jwt
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from passlib.context import CryptContext
from sqlalchemy import event
from sqlmodel import Field, Session, SQLModel, create_engine, select
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse

SECRET_KEY = os.environ["BETTER_AUTH_SECRET"]
PUBLIC_PATHS = ("/health", "/ready", "/docs", "/openapi.json", "/api/auth/")

# With SQLAlchemy's own pool of 15 connections this design stands still at 64 clients: a handler waits for a connection
# on the event loop, and whoever holds one needs the event loop to give it back. So the pool is as large as it takes.
engine = create_engine(
    f"sqlite:///{os.environ['DATABASE']}",
    connect_args={"check_same_thread": False, "timeout": 30},
    pool_size=512,
)
passwords = CryptContext(schemes=["bcrypt"], deprecated="auto", bcrypt__rounds=12)


@event.listens_for(engine, "connect")
def configure(connection, _record):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


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
    created_at: datetime = Field(default_factory=now)


class Task(SQLModel, table=True):
    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    title: str = Field(max_length=200)
    description: str | None = None
    completed: bool = False
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    completed_at: datetime | None = None


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


def get_session():
    with Session(engine) as session:
        yield session


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


auth = APIRouter(prefix="/api/auth", tags=["Authentication"])
tasks = APIRouter(prefix="/api/users/{user_id}/tasks", tags=["Tasks"])


@auth.post("/signup", response_model=TokenResponse, status_code=201)
async def signup(user_data: UserCreate, session: Session = Depends(get_session)):
    if session.exec(select(User).where(User.email == user_data.email.lower())).first():
        raise HTTPException(status_code=400, detail="Email already registered")
    user = User(
        email=user_data.email.lower(),
        hashed_password=passwords.hash(user_data.password),
        username=user_data.username,
    )
    session.add(user)
    session.commit()
    session.refresh(user)
    return token_response(user)


@auth.post("/signin", response_model=TokenResponse)
async def signin(credentials: UserLogin, session: Session = Depends(get_session)):
    user = session.exec(select(User).where(User.email == credentials.email.lower())).first()
    if not user or not passwords.verify(credentials.password, user.hashed_password):
        raise HTTPException(status_code=401, detail="Invalid credentials")
    if not user.is_active:
        raise HTTPException(status_code=401, detail="Account is inactive")
    return token_response(user)


@tasks.get("/")
async def get_tasks(
    user_id: str, current_user: dict = Depends(get_current_user), session: Session = Depends(get_session)
):
    validate_user_access(current_user, user_id)
    return session.exec(select(Task).where(Task.user_id == user_id)).all()


@tasks.post("/", status_code=201)
async def create_task(
    user_id: str,
    task_data: TaskCreate,
    current_user: dict = Depends(get_current_user),
    session: Session = Depends(get_session),
):
    validate_user_access(current_user, user_id)
    task = Task(user_id=user_id, **task_data.model_dump(), completed_at=now() if task_data.completed else None)
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


app = FastAPI()
app.add_middleware(JWTAuthMiddleware)
app.include_router(auth)
app.include_router(tasks)


@app.get("/health")
async def health():
    return {"status": "ok"}
