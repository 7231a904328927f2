"""Each kind of link that is mailed or handed out: scanners look at it, its owner uses it once, and no trace of it is left."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

import pytest

from accessibility import assert_is_accessible
from better_auth import Page
from support import PASSWORD, Browser, Server, wait_until
from test_mail_reset import everything_kept

ADDRESS, OTHER, NEW = "ann@example.com", "anna@example.org", "another horse battery"


@pytest.fixture
def server(stopped_server, mail_server) -> Server:
    stopped_server.settings |= mail_server.settings(LOG_LEVEL="trace", SIGN_UP="invited", EMAIL_VERIFICATION="optional")
    stopped_server.start()
    stopped_server.says("user", "create", ADDRESS, "--stdin", input=PASSWORD)
    return stopped_server


@dataclass
class Link:
    url: str
    button: str
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}".rstrip("?")

    @property
    def secret(self) -> str:
        return urlsplit(self.url).path.rsplit("/", 1)[1]


def mailed(mail_server, address: str, words: str):
    """The e-mail with these words: a sign-in from a new device is told of, too."""
    def has_come():
        return next((mail for mail in mail_server.to(address) if words in mail.message["Subject"] + mail.text()), None)

    return wait_until(has_come, f"an e-mail with {words!r}")


def reset(server: Server, mail_server) -> Link:
    with Browser(server.url) as browser:
        assert browser.submits("/forgot", on="/forgot", email=ADDRESS).status_code == 303
    return Link(mail_server.awaits(ADDRESS).link, "Set the password", {"New password": NEW})


def reset_by_operator(server: Server, mail_server) -> Link:
    made, = re.findall(r"http://\S+", server.says("user", "reset-link", ADDRESS))
    return Link(made, "Set the password", {"New password": NEW})


def verification(server: Server, mail_server) -> Link:
    with Page(server) as page:
        assert page.calls("/send-verification-email", {"email": ADDRESS}).status_code == 200
    return Link(mail_server.awaits(ADDRESS).link, "Confirm")


def change(server: Server, mail_server) -> Link:
    person = server.signs_in(ADDRESS)
    assert person.posts("/api/auth/change-email", {"newEmail": OTHER}).status_code == 200
    return Link(mail_server.awaits(OTHER).link, "Use this address")


def recovery(server: Server, mail_server) -> Link:
    with Browser(server.url) as browser:
        token = urlsplit(change(server, mail_server).url).path.rsplit("/", 1)[1]
        assert browser.submits("/change-email", on="/login", token=token).status_code == 200
    fields = {"Password before the change": PASSWORD, "New password": NEW}
    return Link(mailed(mail_server, ADDRESS, "Your e-mail address was changed").link, "Recover the account", fields)


def deletion(server: Server, mail_server) -> Link:
    with Page(server) as page:
        page.signs_in(ADDRESS)
        server.stop()
        server.changes("UPDATE sessions SET proved_at = proved_at - ?", 601_000)
        server.start()
        page.url = f"http://localhost:{server.port}"
        assert page.calls("/delete-user", {}).status_code == 200
    return Link(mailed(mail_server, ADDRESS, "/delete-account/").link, "Delete in 30 days")


def unsubscription(server: Server, mail_server) -> Link:
    server.says("user", "verify", ADDRESS)
    due = (datetime.now(timezone.utc) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    server.signs_in(ADDRESS).adds(
        "Water the ferns", due={"datetime": due, "time_zone": "UTC"}, reminders=[{"before": "PT1H"}])
    server.stop()
    server.changes("UPDATE reminders SET due_at = ?", int(time.time() * 1000))
    server.start()
    lines = mailed(mail_server, ADDRESS, "Water the ferns").text().splitlines()
    return Link(next(line for line in lines if "/unsubscribe/" in line), "Stop all reminders")


def invitation(server: Server, mail_server) -> Link:
    link = server.says("invite").splitlines()[0]
    return Link(link, "Sign up", {"E-mail": OTHER, "Password": PASSWORD})


KINDS: list[Callable[..., Link]] = [
    reset, reset_by_operator, verification, change, recovery, deletion, unsubscription, invitation]


def state(server: Server) -> list:
    return [server.looks_up(f"SELECT * FROM {table} ORDER BY 1, 2")
            for table in ("users", "identities", "account_links", "invitations", "sessions", "mail_outbox")]


def settled(server: Server) -> list:
    """The state once mail that waits is sent."""
    wait_until(lambda: server.looks_up("SELECT 1 FROM mail_outbox WHERE state = 'waiting'") == [], "mail to be sent")
    return state(server)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_link_outlives_scanners_and_works_once(server, open_page, mail_server, kind):
    link = kind(server, mail_server)
    before = settled(server)
    for _ in range(20):
        for method in ("GET", "HEAD"):
            seen = server.client.request(method, link.path)
            assert seen.status_code == 200
            assert seen.headers["referrer-policy"] in ("strict-origin", "no-referrer")
            assert "no-store" in seen.headers["cache-control"]
    scanner = open_page()
    for _ in range(3):
        assert scanner.goto(link.path).status == 200
        scanner.wait_for_load_state("networkidle")
    assert settled(server) == before

    page, referrers = open_page(), []
    page.context.on("request", lambda request: referrers.append(request.headers.get("referer", "")))
    page.goto(link.path)
    assert_is_accessible(page)
    for label, text in link.fields.items():
        page.get_by_label(label).fill(text)
    sent = page.locator("main form").evaluate(
        "form => [form.getAttribute('action'), Object.fromEntries(new FormData(form))]")
    with page.expect_navigation():
        page.get_by_role("button", name=link.button).click()
    after = settled(server)
    assert after != before

    seen = server.client.get(link.path)
    assert seen.status_code in (200, 404) and f">{link.button}</button>" not in seen.text
    action, fields = sent
    fields.pop("form_token", None)
    with Browser(server.url) as browser:
        again = browser.submits(action, on="/login", **fields)
        assert again.status_code in (200, 403, 404, 422)
    wrong = server.client.get(link.path.replace(link.secret, link.secret + "x"))
    assert wrong.status_code in (200, 404)
    for answer in (seen, again, wrong):
        assert link.secret not in answer.text
    assert settled(server) == after

    assert server.says("backup")
    server.stop()
    assert link.secret.encode() not in everything_kept(server)
    assert [referrer for referrer in referrers if link.secret in referrer] == []
