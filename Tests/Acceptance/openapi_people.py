"""What schemathesis cannot know: how to get in, and which tasks there are. It finds this by SCHEMATHESIS_HOOKS."""

import itertools
import os
import re
from urllib.parse import urlsplit

import requests
import schemathesis

from support import PASSWORD

_numbers = itertools.count(1)


def newcomer(path: str) -> dict:
    """The answer to somebody who signs up."""
    body = {"name": "Tester", "email": f"tester-{next(_numbers)}@example.com", "password": PASSWORD}
    answer = requests.post(os.environ["LATCHKEY_URL"] + path, json=body, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


@schemathesis.auth(refresh_interval=None)
class Proof:
    """One person's for nearly everything, so that what was added can be found again. What ends a session or an
    account gets somebody new each time."""

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


_there, _deleted = set(), set()


@schemathesis.check
def a_task_is_there_until_it_is_deleted(ctx, response, case):
    """In the place of use_after_free and ensure_resource_availability, which know neither that a deleted task can be
    taken back nor that the same one has several paths."""
    method, path = response.request.method, urlsplit(response.request.url).path
    if method == "POST" and response.status_code == 201 and path.rstrip("/").endswith("/tasks"):
        _there.add(response.json()["id"])
    found = re.search(r"/tasks/([0-9a-f-]{36})(/restore)?$", path)
    if not found or response.status_code not in (200, 204, 404):
        return
    task, restores = found.groups()
    if restores and method == "POST":
        assert (response.status_code == 200) == (task in _deleted), "Taken back what was not deleted, or not what was."
        if response.status_code == 200:
            _deleted.remove(task)
            _there.add(task)
    elif not restores and method in ("GET", "PUT", "PATCH", "DELETE"):
        assert (response.status_code != 404) == (task in _there), "There though deleted, or gone though never deleted."
        if response.status_code == 204:
            _there.remove(task)
            _deleted.add(task)
