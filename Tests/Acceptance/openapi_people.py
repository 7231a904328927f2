"""How schemathesis gets in. Told of this module by SCHEMATHESIS_HOOKS, it asks here for a proof for each request."""

import itertools
import os

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
    """Tasks are all one person's, so that what was added can be found again. Whatever else needs somebody gets
    somebody new each time, as it may end the session or the account."""

    def get(self, case, context):
        if not any(case.operation.definition.raw.get("security", [])):
            return None
        if "Tasks" in case.operation.tags:
            return os.environ["LATCHKEY_TOKEN"]
        if "Better Auth" in case.operation.tags:
            return newcomer("/api/auth/sign-up/email")["token"]
        return newcomer("/api/auth/signup")["access_token"]

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = f"Bearer {data}"
