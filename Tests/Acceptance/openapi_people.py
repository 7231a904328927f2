"""Facts that schemathesis cannot know: how to sign in, and which tasks exist. It loads this by SCHEMATHESIS_HOOKS."""

import itertools
import os
import re
from urllib.parse import urlsplit

import requests
import schemathesis

from support import PASSWORD

_numbers = itertools.count(1)


def newcomer(path: str) -> dict:
    """The response to a new sign-up."""
    body = {"name": "Tester", "email": f"tester-{next(_numbers)}@example.com", "password": PASSWORD}
    answer = requests.post(os.environ["LATCHKEY_URL"] + path, json=body, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


@schemathesis.auth(refresh_interval=None)
class Proof:
    """One person's for nearly everything, so that what was added can be found again. What ends a session or an
    account gets a new user each time."""

    ENDS = re.compile(r"/(signout|sign-out|revoke-.*|delete-user|change-password)$")

    def get(self, case, context):
        if not any(case.operation.definition.raw.get("security", [])):
            return None
        is_better_auth = "Better Auth" in case.operation.tags
        if not self.ENDS.search(case.operation.path):
            return os.environ["LATCHKEY_SESSION" if is_better_auth else "LATCHKEY_TOKEN"]
        if is_better_auth:
            return newcomer("/api/auth/sign-up/email")["token"]
        return newcomer("/api/auth/signup")["access_token"]

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


# Whether the tasks that are known are in the trash.
_deleted: dict[str, bool] = {}
# Requests that may change tasks that they do not name.
_SWEEPS = re.compile(r"/api/(tasks/bulk|undo|lists/[^/]+|trash(/[^/]+)?)$")


@schemathesis.check
def a_task_is_there_until_it_is_deleted(ctx, response, case):
    """Replaces use_after_free and ensure_resource_availability, which know neither that a deleted task can be
    restored nor that the same one has several paths."""
    method, path = response.request.method, urlsplit(response.request.url).path
    if method != "GET" and response.status_code < 300 and _SWEEPS.search(path):
        _deleted.clear()
    if method == "POST" and response.status_code == 201 and path.rstrip("/").endswith("/tasks"):
        # A subtask is deleted with its parent.
        if not response.json()["parent_id"]:
            _deleted[response.json()["id"]] = False
    # The answer to a key that was sent before tells of what was then.
    if "idempotency-replayed" in response.headers:
        return
    found = re.search(r"/tasks/([0-9a-f-]{36})(/restore)?$", path)
    if not found or response.status_code not in (200, 204, 404) or found.group(1) not in _deleted:
        return
    task, restores = found.groups()
    if restores and method == "POST":
        assert (response.status_code == 200) == _deleted[task], "Taken back what was not deleted, or not what was."
        _deleted[task] = False
    elif not restores and method in ("GET", "PUT", "PATCH", "DELETE"):
        assert (response.status_code == 404) == _deleted[task], "There though deleted, or gone though never deleted."
        _deleted[task] = _deleted[task] or response.status_code == 204
