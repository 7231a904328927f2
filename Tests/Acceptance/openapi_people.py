"""How schemathesis gets in. Told of this module by SCHEMATHESIS_HOOKS, it asks here for a proof for each request."""

import itertools
import os
import re

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
