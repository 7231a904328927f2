"""Better Auth's JavaScript client in a page of a browser: the requests that it sends."""

import re

from support import PASSWORD, Client, Server

BROWSER = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}


class Page(Client):
    """A page of the server's own origin, with the browser's cookies."""

    def __init__(self, server: Server):
        super().__init__(f"http://localhost:{server.port}")
        self.headers.update(BROWSER | {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"})

    def request(self, method, path, **options):
        # Browsers send Origin with all but GET and HEAD.
        if method not in ("GET", "HEAD"):
            options["headers"] = {"Origin": self.url} | (options.get("headers") or {})
        return super().request(method, path, **options)

    def asks(self, path: str, **options):
        return self.get(f"/api/auth{path}", **options)

    def calls(self, path: str, body: dict | None = None, **options):
        """A call with arguments; one without still sends an empty object."""
        return self.post(f"/api/auth{path}", json=body or {}, **options)

    def signs_up(self, email: str, name: str = "Ann", password: str = PASSWORD, **fields) -> dict:
        answer = self.calls("/sign-up/email", {"name": name, "email": email, "password": password, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def signs_in(self, email: str, password: str = PASSWORD, **fields) -> dict:
        answer = self.calls("/sign-in/email", {"email": email, "password": password, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def session(self) -> dict | None:
        answer = self.asks("/get-session")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self) -> str:
        """A token for other services."""
        answer = self.asks("/token")
        assert answer.status_code == 200, answer.text
        return answer.json()["token"]

    @property
    def session_cookie(self) -> str:
        """As it is sent, percent-encoded."""
        return self.cookies["better-auth.session_token"]

    def form_token(self, path: str = "/login") -> str:
        return re.search(r'name="form_token" value="([^"]+)"', self.get(path).text).group(1)

    def logs_in_by_form(self, email: str, password: str = PASSWORD) -> None:
        fields = {"form_token": self.form_token(), "email": email, "password": password}
        answer = self.post("/login", data=fields)
        assert answer.status_code == 303, answer.text


def error(answer) -> tuple:
    """Status, code and message of an error, whose shape is checked."""
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) <= {"message", "code"}, body
    return answer.status_code, body.get("code"), body["message"]


UNAUTHORIZED = (401, "UNAUTHORIZED", "Unauthorized")
