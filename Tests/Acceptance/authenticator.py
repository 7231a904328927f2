"""An authenticator app, from RFC 4226 and RFC 6238 alone."""

import base64
import hashlib
import hmac
import time

STEP = 30
"""Seconds that a code is shown."""


class App:
    def __init__(self, key: str):
        self.key = base64.b32decode(key.replace(" ", ""))

    def code_of(self, step: int) -> str:
        mac = hmac.digest(self.key, step.to_bytes(8), hashlib.sha1)
        offset = mac[-1] & 15
        return f"{(int.from_bytes(mac[offset:offset + 4]) & 0x7FFFFFFF) % 10 ** 6:06}"

    def code(self, ahead: int = 0) -> str:
        """The code that it shows now, or some steps later."""
        return self.code_of(int(time.time()) // STEP + ahead)

    def wrong(self) -> str:
        now = int(time.time()) // STEP
        shown = {self.code_of(now + step) for step in range(-20, 21)}
        return next(code for code in (f"{number:06}" for number in range(100)) if code not in shown)
