"""The FastAPI backend that the seed documents describe: SQLModel, passlib's bcrypt at cost 12, PyJWT in a
BaseHTTPMiddleware, handlers that are `async def` and call the database where they stand. On SQLite, in
WAL mode and as durable as Latchkey; postgres.py is the same on PostgreSQL.

Environment: BETTER_AUTH_SECRET, DATABASE (path of the SQLite file).
"""

import os

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from shared import (
    JWTAuthMiddleware, Task, TaskCreate, TokenResponse, User, UserCreate, UserLogin, get_current_user, now, passwords,
    token_response, validate_user_access,
)  # fmt: skip
from sqlalchemy import event
from sqlmodel import Session, SQLModel, create_engine, select

# With SQLAlchemy's own pool of 15 connections this design stands still at 64 clients: a handler waits for a connection
# on the event loop, and a handler that holds one needs the event loop to release it. So the pool is large enough for all.
engine = create_engine(
    f"sqlite:///{os.environ['DATABASE']}",
    connect_args={"check_same_thread": False, "timeout": 30},
    pool_size=512,
)


@event.listens_for(engine, "connect")
def configure(connection, _record):
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def get_session():
    with Session(engine) as session:
        yield session


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
