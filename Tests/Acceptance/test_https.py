"""HTTPS in the program itself: certificates and their renewal, HTTP/2, and the port that redirects.

The program must be built with the trait TLS, as `make test` does."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import threading
import time
import warnings
from datetime import datetime, timedelta, timezone
from pathlib import Path

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from frames import make_pair, openssl, settings_for, tls
from support import PASSWORD, SECRET, Browser, Client, Server, binary, wait_until
from wire import PATIENCE, asks, sentence


def of_yesterday(key_file: Path) -> bytes:
    """A certificate that has run out; the openssl command makes none."""
    key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(
        issuer_name=name, subject_name=name, public_key=key.public_key(), serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=3), not_valid_after=now - timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return make_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def server(start_server, pair):
    server = start_server(**settings_for(pair, HTTP_REDIRECT_PORT=0))
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def the_server_lives_on(server):
    yield
    assert server.is_running(), server.log[-3000:]
    assert server.client.get("/health").status_code == 200


def curl(server, path: str, *options) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["curl", "-sS", "-m", str(PATIENCE), "--cacert", server.settings["TLS_CERTIFICATE"], *options,
         f"https://localhost:{server.port}{path}"], capture_output=True, text=True)


# What is spoken


def test_http_2_where_the_client_can_and_http_1_where_not(server):
    for option, version in [("--http2", "2"), ("--http1.1", "1.1"), ("--no-alpn", "1.1")]:
        answer = curl(server, "/health", option, "-w", "\n%{http_version} %{http_code}")
        assert answer.stdout.splitlines() == ['{"status":"ok"}', f"{version} 200"], answer.stderr
    with tls(server, "spdy/1", "http/1.1") as wire:
        assert wire.selected_alpn_protocol() == "http/1.1"


def test_tls_1_3_alone_unless_1_2_is_asked_for(server, start_server, pair):
    with tls(server) as wire:
        assert wire.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLError):
        tls(server, version=ssl.TLSVersion.TLSv1_2)
    older = start_server(**settings_for(pair, TLS_MINIMUM_VERSION="1.2"))
    with tls(older, version=ssl.TLSVersion.TLSv1_2) as wire:
        # Forward secrecy, and no mode that has had attacks.
        assert re.match(r"ECDHE-.*(GCM|POLY1305)", wire.cipher()[0])
    older.stop()


def test_cookies_are_secure_and_the_address_is_https(server):
    alice = server.newcomer("alice")
    with Browser(server.url) as browser:
        browser.verify = str(server.settings["TLS_CERTIFICATE"])
        answer = browser.logs_in(alice)
        assert answer.headers["strict-transport-security"].startswith("max-age=")
        cookies = answer.headers["set-cookie"]
        assert "__Secure-" in cookies and "; Secure" in cookies
        assert browser.get("/dashboard").status_code == 200
        token = browser.get("/api/auth/token").json()["token"]
    assert jwt.decode(token, options={"verify_signature": False})["iss"] == f"https://localhost:{server.port}"


def test_tasks_over_http_2(server):
    alice = server.newcomer("alice")
    bearer = ["--http2", "-H", f"Authorization: Bearer {alice.token}"]
    made = curl(server, "/api/tasks", *bearer, "--json", '{"title": "over HTTP/2"}', "-w", "\n%{http_version}")
    task, version = made.stdout.splitlines()
    assert version == "2" and json.loads(task)["title"] == "over HTTP/2"
    assert [task["title"] for task in json.loads(curl(server, "/api/tasks", *bearer).stdout)] == ["over HTTP/2"]


def test_plain_http_on_the_https_port_gets_an_explanation(server):
    answer = asks(server, "GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.status == 400 and "https://" in sentence(answer)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as wire:
        wire.sendall(b"\x00\x01\x02 neither")
        # At most an alert, and then the end.
        assert len(wire.recv(1000)) < 10


def test_the_other_port_redirects_to_the_configured_address(start_server, pair, server):
    elsewhere = start_server(**settings_for(pair, HTTP_REDIRECT_PORT=0, LATCHKEY_URL="https://tasks.example.com"))
    for each, origin in [(server, f"https://localhost:{server.port}"), (elsewhere, "https://tasks.example.com")]:
        port = re.search(r"HTTP on port (\d+)", each.output).group(1)
        with Client(f"http://127.0.0.1:{port}") as client:
            for method in ["GET", "POST", "DELETE"]:
                answer = client.request(method, "/login?a=b&c", headers={"Host": "evil.example"}, data="x=y")
                assert (answer.status_code, answer.headers["location"]) == (308, f"{origin}/login?a=b&c")
            assert client.get("//evil.example/x").headers["location"] == f"{origin}//evil.example/x"
            assert client.get("/health").status_code == 200
            assert client.get("/ready").status_code == 308
            for path in ["/api/tasks", "/%61pi/tasks", "/api/auth/sign-in/email", "/api/nothing"]:
                refused = client.post(path, json={"email": "a@example.com", "password": "sent in the clear"})
                assert refused.status_code == 403 and "https://" in refused.json()["detail"], path
                assert "location" not in refused.headers, path
            assert "strict-transport-security" not in client.get("/login").headers
    elsewhere.stop()


def test_the_health_command_speaks_https(server):
    def health(port):
        environment = server.environment() | {"PORT": str(port)}
        return subprocess.run([binary(), "health"], env=environment, cwd=server.directory, timeout=20).returncode

    assert health(server.port) == 0
    assert health(1) != 0


# Certificates


def test_an_unusable_certificate_is_reported_at_the_start(stopped_server, tmp_path):
    pair, other = make_pair(tmp_path / "one"), make_pair(tmp_path / "two")
    expired, encrypted, junk = tmp_path / "expired.pem", tmp_path / "encrypted.pem", tmp_path / "junk.pem"
    expired.write_bytes(of_yesterday(pair[1]))
    openssl("pkey", "-in", pair[1], "-aes256", "-passout", "pass:secret", "-out", encrypted)
    junk.write_text("-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n")
    cases = [
        ((pair[0], other[1]), "does not belong to"), ((expired, pair[1]), "expired on"),
        ((pair[0], encrypted), "is encrypted"), ((tmp_path / "none", pair[1]), "cannot be read"),
        ((pair[0], tmp_path / "none"), "cannot be read"), ((junk, pair[1]), "no certificate"),
        ((pair[1], pair[1]), "no certificate"), ((pair[0], pair[0]), "no private key"),
        ((pair[0], None), "go together"), ((None, pair[1]), "go together"),
    ]
    for (certificate, key), words in cases:
        stopped_server.settings = settings_for((certificate, key))
        assert words in stopped_server.is_refused()
    stopped_server.settings = settings_for((None, None), HTTP_REDIRECT_PORT=0)
    assert "HTTP_REDIRECT_PORT needs TLS_CERTIFICATE" in stopped_server.is_refused()
    stopped_server.settings = settings_for(pair, LATCHKEY_URL="http://tasks.example.com")
    assert "must begin with https" in stopped_server.is_refused()


@pytest.mark.parametrize("by_signal", [False, True])
def test_a_new_certificate_is_used_while_a_client_sends_without_pause(stopped_server, tmp_path, by_signal):
    pair, new, wrong = make_pair(tmp_path / "live"), make_pair(tmp_path / "new"), make_pair(tmp_path / "wrong")
    old = pair[0].read_text()
    stopped_server.settings = settings_for(pair)
    server = stopped_server.start()

    def shown() -> str:
        return ssl.get_server_certificate(("127.0.0.1", server.port), timeout=PATIENCE)

    def replace(path: Path, by: Path):
        copy = path.with_suffix(".new")
        copy.write_bytes(by.read_bytes())
        os.replace(copy, path)

    def look_again():
        if by_signal:
            server.process.send_signal(signal.SIGHUP)

    kept, fresh, wrongs, done = [], [], [], threading.Event()

    def send(statuses, anew):
        # Either one connection throughout, or one for each request; to whom it belongs is looked at elsewhere.
        session = Client(server.url)
        session.verify = False
        try:
            while not done.is_set():
                statuses.append(session.get("/health").status_code)
                if anew:
                    session.close()
        except Exception as error:
            wrongs.append(error)
        session.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        threads = [threading.Thread(target=send, args=arguments) for arguments in [(kept, False), (fresh, True)]]
        for thread in threads:
            thread.start()
        try:
            assert shown() == old
            # A key that does not belong to it: what was there goes on.
            replace(pair[1], wrong[1])
            look_again()
            wait_until(lambda: "certificate refused" in server.log, "the line about the wrong key")
            assert shown() == old
            replace(pair[1], new[1])
            replace(pair[0], new[0])
            look_again()
            wait_until(lambda: shown() == new[0].read_text(), "the new certificate")
            count = len(kept)
            wait_until(lambda: wrongs or len(kept) > count + 5, "more answers on the old connection")
        finally:
            done.set()
            for thread in threads:
                thread.join()
    assert wrongs == []
    assert set(kept) == set(fresh) == {200}
    server.stop()
