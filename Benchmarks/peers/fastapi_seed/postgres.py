"""The same backend on PostgreSQL, as the seed documents mean it: SQLAlchemy's asynchronous engine over asyncpg.

Environment: BETTER_AUTH_SECRET, DATABASE_URL (postgresql://…).
"""

import asyncio
import os

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from shared import (
    JWTAuthMiddleware, Task, TaskCreate, TokenResponse, User, UserCreate, UserLogin, get_current_user, now, passwords,
    token_response, validate_user_access,
)  # fmt: skip
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

# As many connections as SQLAlchemy opens at most by itself, but kept: those above pool_size would be closed after use.
engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=15, max_overflow=0)


async def get_session():
    async with AsyncSession(engine) as session:
        yield session


async def create_tables():
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await engine.dispose()


auth = APIRouter(prefix="/api/auth", tags=["Authentication"])
tasks = APIRouter(prefix="/api/users/{user_id}/tasks", tags=["Tasks"])


@auth.post("/signup", response_model=TokenResponse, status_code=201)
async def signup(user_data: UserCreate, session: AsyncSession = Depends(get_session)):
    if (await session.exec(select(User).where(User.email == user_data.email.lower()))).first():
        raise HTTPException(status_code=400, detail="Email already registered")
    user = User(
        email=user_data.email.lower(),
        hashed_password=passwords.hash(user_data.password),
        username=user_data.username,
    )
    session.add(user)
    await session.commit()
    await session.refresh(user)
    return token_response(user)


@auth.post("/signin", response_model=TokenResponse)
async def signin(credentials: UserLogin, session: AsyncSession = Depends(get_session)):
    user = (await session.exec(select(User).where(User.email == credentials.email.lower()))).first()
    if not user or not passwords.verify(credentials.password, user.hashed_password):
        raise HTTPException(status_code=401, detail="Invalid credentials")
    if not user.is_active:
        raise HTTPException(status_code=401, detail="Account is inactive")
    return token_response(user)


@tasks.get("/")
async def get_tasks(
    user_id: str, current_user: dict = Depends(get_current_user), session: AsyncSession = Depends(get_session)
):
    validate_user_access(current_user, user_id)
    return (await session.exec(select(Task).where(Task.user_id == user_id))).all()


@tasks.post("/", status_code=201)
async def create_task(
    user_id: str,
    task_data: TaskCreate,
    current_user: dict = Depends(get_current_user),
    session: AsyncSession = Depends(get_session),
):
    validate_user_access(current_user, user_id)
    task = Task(user_id=user_id, **task_data.model_dump(), completed_at=now() if task_data.completed else None)
    session.add(task)
    await session.commit()
    await session.refresh(task)
    return task


app = FastAPI()
app.add_middleware(JWTAuthMiddleware)
app.include_router(auth)
app.include_router(tasks)


@app.get("/health")
async def health():
    return {"status": "ok"}


if __name__ == "__main__":
    asyncio.run(create_tables())
