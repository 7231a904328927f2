"""Fixtures: a running server for each module, and the people on it."""

import pytest

from support import SECRET, Person, Server, binary


@pytest.fixture(scope="session", autouse=True)
def the_program_is_there():
    binary()


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """Starts servers, each with its own data directory, and stops what is still running at the end."""
    started = []

    def start(**settings) -> Server:
        server = Server(tmp_path_factory.mktemp("latchkey"), settings)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        if server.is_running():
            server.stop()


@pytest.fixture(scope="module")
def server(start_server):
    """A server whose secret the tests know."""
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    yield server
    server.stop()


@pytest.fixture
def stopped_server(tmp_path):
    """A server that was not started yet; the test may change its settings first."""
    server = Server(tmp_path / "latchkey", {"BETTER_AUTH_SECRET": SECRET})
    yield server
    if server.is_running():
        server.kill()


@pytest.fixture
def alice(server) -> Person:
    """Owns things."""
    return server.newcomer("alice")


@pytest.fixture
def bob(server) -> Person:
    """The outsider."""
    return server.newcomer("bob")
