"""Clients that others' generators make of /openapi.json: they import, and they work."""

import importlib
import os
import pkgutil
import subprocess
import sys

import pytest

from support import PASSWORD


def generates(directory, *arguments) -> None:
    environment = {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}", "HOME": str(directory)}
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=directory, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.fixture
def document(server, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_bytes(server.client.get("/openapi.json").content)
    return path


@pytest.fixture
def importable(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("latchkey_client", "latchkey_models"):
            del sys.modules[name]


def test_openapi_python_client_makes_one_that_works(server, tmp_path, document, importable):
    generates(tmp_path, "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none",
              "--output-path", "latchkey_client")
    package = importlib.import_module("latchkey_client")
    modules = [found.name for found in pkgutil.walk_packages(package.__path__, "latchkey_client.")]
    assert len(modules) > 80
    for name in modules:
        importlib.import_module(name)

    models = importlib.import_module("latchkey_client.models")

    def calls(name, **parts):
        module = importlib.import_module("latchkey_client.api." + name)
        return module.sync(**parts)

    email = "generated@example.com"
    with package.Client(base_url=server.url) as visitor:
        made = calls("accounts.sign_up", client=visitor, body=models.SignUp(email=email, password=PASSWORD, username="G"))
        assert made.user.email == email
        signed_in = calls("accounts.sign_in", client=visitor, body=models.SignIn(email=email, password=PASSWORD))
        # Better Auth's sign-in had a body that this generator could not import.
        body = models.BetterAuthSignIn(email=email, password=PASSWORD)
        assert calls("better_auth.better_auth_sign_in", client=visitor, body=body).user.email == email
    with package.AuthenticatedClient(base_url=server.url, token=signed_in.access_token) as client:
        assert calls("accounts.me", client=client).email == email
        task = calls("tasks.create_task", client=client, body=models.TaskDraft(title="Generated"))
        assert task.title == "Generated" and task.completed is False
        assert [found.id for found in calls("tasks.list_tasks", client=client, completed=False, limit=10)] == [task.id]
        assert calls("tasks.list_tasks", client=client, completed=True) == []
        done = calls("tasks.change_task", client=client, task_id=task.id, body=models.TaskChanges(completed=True))
        assert done.completed is True and done.completed_at is not None
        assert calls("tasks.read_task", client=client, task_id=task.id).id == task.id


def test_datamodel_code_generator_makes_models_that_take_our_answers(server, alice, tmp_path, document, importable):
    generates(tmp_path, "datamodel_code_generator", "--input", "openapi.json", "--input-file-type", "openapi",
              "--output", "latchkey_models.py", "--output-model-type", "pydantic_v2.BaseModel", "--disable-timestamp")
    models = importlib.import_module("latchkey_models")
    task = alice.adds("Modelled", description="with everything")
    read = models.Task.model_validate(task)
    assert str(read.id) == task["id"] and read.title == "Modelled" and read.completed_at is None
    assert models.User.model_validate(alice.gets("/api/auth/me").json()).username == "Alice"
    draft = models.TaskDraft(title="From a model").model_dump(mode="json", exclude_none=True)
    assert alice.posts(alice.tasks, draft).status_code == 201
    assert models.Problem.model_validate(alice.gets("/api/tasks/nothing").json()).status == 404
