"""Fixtures: a running server for each module, and the people on it."""

import os
import re
import shutil
import sys
import threading
from pathlib import Path
from typing import Callable

import pytest
from playwright.sync_api import expect, sync_playwright

from postgres import Postgres
from mail import MailServer
from support import SECRET, Browser, Person, Server, binary, opens_list

FAILED_LOAD = re.compile("Failed to load resource|can’t establish a connection")
"""The message of browsers for a failed load."""

LONGEST_FILES = [
    f"test_{name}.py" for name in [
        "accessibility", "openapi", "list", "outside_issuers", "list_undo", "list_adding", "list_keys", "docs", "offline",
        "browser", "postgres", "mail", "packages", "http2", "changes", "unknown_outcomes", "passkeys", "postgres_faults",
        "admin", "account_page", "typing", "events", "mail_takeover", "faults", "firefox", "passwords", "without_mail"]]


def pytest_collection_modifyitems(items):
    """Files are given to the workers in this order; one that takes minutes would keep the others waiting at the end."""
    def rank(item) -> int:
        name = item.path.name
        return LONGEST_FILES.index(name) if name in LONGEST_FILES else len(LONGEST_FILES)

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def the_program_is_there():
    binary()


@pytest.fixture
def mail_server():
    with MailServer() as mail_server:
        yield mail_server


@pytest.fixture(scope="session")
def start_server(tmp_path_factory):
    """Starts servers, each with its own data directory, and stops what is still running at the end."""
    started = []
    # Some tests start several at a time, and the factory makes one directory after another.
    factory = threading.Lock()

    def start(**settings) -> Server:
        with factory:
            directory = tmp_path_factory.mktemp("latchkey")
        server = Server(directory, settings)
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


@pytest.fixture(scope="module")
def postgres():
    postgres = Postgres()
    yield postgres
    postgres.remove()


@pytest.fixture
def database(postgres) -> str:
    return postgres.new_database()


@pytest.fixture
def new_server(tmp_path):
    """Makes servers that were not started yet, each in a directory of its own, and ends those that a failed test leaves
    running."""
    made = []

    def make(name: str, settings: dict) -> Server:
        made.append(Server(tmp_path / name, dict(settings)))
        return made[-1]

    yield make
    for server in made:
        if server.is_running():
            server.kill()


@pytest.fixture
def stopped_server(new_server):
    """A server that was not started yet; the test may change its settings first."""
    return new_server("latchkey", {"BETTER_AUTH_SECRET": SECRET})


@pytest.fixture
def alice(server) -> Person:
    """A user who owns tasks."""
    return server.newcomer("alice")


@pytest.fixture
def bob(server) -> Person:
    """Another user."""
    return server.newcomer("bob")


@pytest.fixture
def browser(server):
    with Browser(server.url) as browser:
        yield browser


@pytest.fixture
def other(server):
    with Browser(server.url) as browser:
        yield browser


BROWSER_PATIENCE = 30_000
"""Milliseconds; on a busy machine, a browser takes its time."""


@pytest.fixture(scope="session")
def playwright():
    expect.set_options(timeout=BROWSER_PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


def program(name: str) -> str:
    """Where a browser is."""
    path = shutil.which(name)
    assert path, f"Install {name}: the pages are tried in it."
    return path


@pytest.fixture(scope="session")
def launch(playwright, tmp_path_factory) -> Callable:
    """Starts a browser of Chromium's as users without privileges do. As root, it gives its drawing processes a higher
    priority than its pages, which can then take minutes on a busy machine."""
    def launch(name: str):
        script = tmp_path_factory.mktemp("chromium") / name
        privilege = "setpriv --bounding-set=-sys_nice " if os.geteuid() == 0 else ""
        script.write_text(f'#!/bin/sh\nexec {privilege}{program(name)} "$@"\n')
        script.chmod(0o755)
        return playwright.chromium.launch(
            executable_path=script,
            # Nothing leaves this machine, not even a look-up of a name.
            args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"])

    return launch


@pytest.fixture(scope="session")
def launch_chromium(launch) -> Callable:
    """Starts Chromium without what is around its pages, which takes more time than they do."""
    return lambda: launch("chromium-headless-shell")


@pytest.fixture(scope="session")
def chromium(launch_chromium):
    browser = launch_chromium()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def whole_chromium(launch):
    """As people have it."""
    browser = launch("chromium")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def firefox(playwright, tmp_path_factory):
    """Debian's own, over WebDriver BiDi."""
    program("firefox-esr")
    script = tmp_path_factory.mktemp("firefox") / "firefox"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("firefox.py")}" "$@"\n')
    script.chmod(0o755)
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=script, firefox_user_prefs={
            # Nothing leaves this machine, not even a look-up of a name.
            "network.dns.disabled": True,
            # A mouse, which a machine without a screen may not have.
            "ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6,
        })
    yield browser
    browser.close()


@pytest.fixture
def engine(chromium):
    """The browser in which pages are opened, unless a module has another."""
    return chromium


@pytest.fixture
def open_page(server, engine):
    """Opens windows, and fails if a page reports an error."""
    contexts, complaints = [], []

    def watch(page):
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        # A refused form is reported too, as a failed load; that is not a fault of the page. Nor is a stream of changes
        # that ends with its session, which Firefox calls an error of the page.
        page.on("pageerror", lambda error: complaints.append(f"error: {error}")
                if not FAILED_LOAD.search(str(error)) else None)
        page.on("console", lambda message: complaints.append(f"console: {message.text}")
                if message.type in ("error", "warning") and not FAILED_LOAD.search(message.text) else None)

    def open(**options):
        context = engine.new_context(**{"base_url": server.url, "locale": "en-GB"} | options)
        context.set_default_timeout(BROWSER_PATIENCE)
        context.on("page", watch)
        contexts.append(context)
        return context.new_page()

    yield open
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page, alice):
    """The list of alice with three tasks, unless a module has another page."""
    return opens_list(open_page, alice, "third", "second", "first")


@pytest.fixture
def passing_page(open_page, alice):
    """The same on another person's device, where nothing is kept."""
    return opens_list(open_page, alice, "third", "second", "first", stays=False)
