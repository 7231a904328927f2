"""Signing in with glewlwyd, a provider that shares no code with any other one here."""

import pytest

import glewlwyd_provider
from glewlwyd_provider import CLIENT, CLIENT_SECRET, EMAIL
from support import Browser, Server
from test_providers import departs, free_port, returns, settings


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    return free_port(), free_port()


@pytest.fixture(scope="module")
def provider(ports, tmp_path_factory):
    redirect_uri = f"http://127.0.0.1:{ports[0]}/api/auth/callback/club"
    with glewlwyd_provider.running(ports[1], redirect_uri, tmp_path_factory.mktemp("glewlwyd")) as provider:
        yield provider


@pytest.fixture
def server(start_server, ports, provider) -> Server:
    """With no account yet."""
    server = start_server(**settings(ports[0], "club", provider.issuer, CLIENT, CLIENT_SECRET))
    yield server
    server.stop()


def test_its_user_gets_an_account_and_comes_back_to_it(server, provider):
    for _ in range(2):
        with Browser(server.url) as browser:
            answer = returns(browser, provider.logs_in(departs(browser)))
            assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard"), server.log
            assert browser.get("/dashboard").status_code == 200
    assert server.looks_up("SELECT email, username, email_verified FROM users") == [(EMAIL, "Ann B", 1)]


def test_a_code_is_good_for_its_own_visit_only(server, provider):
    with Browser(server.url) as browser, Browser(server.url) as other:
        first, second = departs(browser), departs(other)
        code = provider.logs_in(first).split("code=")[1].split("&")[0]
        back = provider.logs_in(second)
        swapped = back.replace(back.split("code=")[1].split("&")[0], code)
        answer = returns(other, swapped)
        assert answer.headers["location"] == "/login?refused=not-trusted&provider=club"
    assert server.looks_up("SELECT COUNT(*) FROM users") == [(0,)]
