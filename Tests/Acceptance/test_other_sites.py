"""Front ends on other sites and hosts, and what is said where a request of another origin is refused."""

import functools
import http.server
import re
import threading

import pytest

from support import PASSWORD, SECRET, Browser, wait_until

REFUSED = re.compile(r"^\S+ warning a request of another origin was refused .*$", re.MULTILINE)


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """A page on 127.0.0.1, which is another site than localhost."""
    directory = tmp_path_factory.mktemp("front")
    (directory / "index.html").write_text("<!doctype html><title>front end</title>")
    handler = functools.partial(QuietHandler, directory=directory)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def page(launch_chromium, front):
    browser = launch_chromium()
    page = browser.new_page()
    page.goto(front)
    yield page
    browser.close()


CALL = """async ([base, path, body]) => {
    const answer = await fetch(base + '/api/auth' + path, { credentials: 'include', ...(body === null ? {} : {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) })
    return [answer.status, await answer.json()]
}"""


def signs_up_from(page, server):
    base = f"http://localhost:{server.port}"
    status, _ = page.evaluate(CALL, [base, "/sign-up/email", {
        "email": "far@example.com", "password": PASSWORD, "name": "Far"}])
    assert status == 200
    return base


def test_a_front_end_on_another_site_has_its_session(start_server, front, page):
    server = start_server(BETTER_AUTH_SECRET=SECRET, FRONTEND_URL=front, COOKIE_SAME_SITE="none")
    base = signs_up_from(page, server)
    status, session = page.evaluate(CALL, [base, "/get-session", None])
    assert status == 200 and session["user"]["email"] == "far@example.com"
    assert page.evaluate(CALL, [base, "/sign-out", {}])[0] == 200
    assert page.evaluate(CALL, [base, "/get-session", None]) == [200, None]
    assert page.context.cookies(base) == [], "What is removed has the attributes that it was set with."
    assert "which is another site" not in server.log
    server.stop()


def test_without_the_setting_the_start_warns_that_a_front_end_gets_no_cookie(start_server, front, page):
    server = start_server(BETTER_AUTH_SECRET=SECRET, FRONTEND_URL=front)
    warning = f"FRONTEND_URL names {front}, which is another site than http://localhost"
    wait_until(lambda: warning in server.log, "the warning")
    assert "COOKIE_SAME_SITE=none" in server.log
    base = signs_up_from(page, server)
    assert page.evaluate(CALL, [base, "/get-session", None]) == [200, None]
    server.stop()


def cookies_of(answer) -> list[str]:
    return [value for name, value in answer.raw.headers.items() if name.lower() == "set-cookie"]


@pytest.mark.parametrize("settings, attributes", [
    ({"COOKIE_DOMAIN": "example.com"}, "; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=Lax"),
    ({"COOKIE_SAME_SITE": "none"}, "; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"),
    ({"COOKIE_SAME_SITE": "none", "COOKIE_DOMAIN": "example.com"},
     "; Domain=example.com; Path=/; HttpOnly; Secure; SameSite=None; Partitioned"),
], ids=["domain", "sites", "both"])
def test_a_session_cookie_is_set_and_removed_with_the_same_attributes(start_server, settings, attributes):
    own = "https://api.example.com"
    server = start_server(BETTER_AUTH_SECRET=SECRET, LATCHKEY_URL=own, **settings)
    answer = server.client.post("/api/auth/sign-up/email", json={
        "email": "a@example.com", "password": PASSWORD, "name": "A"}, headers={"Origin": own})
    set, = [cookie for cookie in cookies_of(answer) if cookie.startswith("__Secure-better-auth.session_token=")]
    assert set.endswith(attributes)
    value = re.match(r"[^;]+", set).group()
    out = server.client.post("/api/auth/sign-out", json={}, headers={"Origin": own, "Cookie": value})
    assert out.status_code == 200
    assert f"__Secure-better-auth.session_token=; Max-Age=0{attributes}" in cookies_of(out)
    # The cookies of the pages' own forms stay this host's alone.
    for cookie in cookies_of(server.client.get("/login")):
        assert cookie.startswith("__Host-") and "Domain" not in cookie and cookie.endswith("Secure; SameSite=Lax")
    server.stop()


@pytest.mark.parametrize("settings, word", [
    ({"COOKIE_SAME_SITE": "none", "LATCHKEY_URL": "http://tasks.home"}, "COOKIE_SAME_SITE"),
    ({"COOKIE_DOMAIN": "example.org", "LATCHKEY_URL": "https://api.example.com"}, "COOKIE_DOMAIN"),
    ({"COOKIE_DOMAIN": "com", "LATCHKEY_URL": "https://example.com"}, "COOKIE_DOMAIN"),
])
def test_cookie_settings_that_no_browser_accepts_stop_the_start(stopped_server, settings, word):
    stopped_server.settings |= settings
    assert stopped_server.is_refused().startswith(f"latchkey: {word} ")


# Refused origins


def test_a_proxy_that_passes_another_host_is_logged_with_latchkey_url(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    browser = Browser(server.url)
    answer = browser.submits("/login", email="a@example.com", password="x", headers={"Origin": "http://tasks.home:8080"})
    assert answer.status_code == 403
    assert "ask the operator of this server: the log names the setting that allows it" in answer.text
    line = wait_until(lambda: REFUSED.search(server.log), "the line of a refused origin").group()
    assert "origin=http://tasks.home:8080" in line
    assert "LATCHKEY_URL=http://tasks.home:8080" in line and "FRONTEND_URL" in line
    # One line a minute, whatever comes.
    for number in range(20):
        refused = server.client.post("/api/auth/sign-in/email", json={"email": "a@example.com", "password": "x"},
                                     headers={"Origin": f"http://evil{number}.test"})
        assert refused.status_code == 403 and refused.json()["code"] == "INVALID_ORIGIN"
    server.stop()
    assert len(REFUSED.findall(server.log)) == 1


def test_a_page_that_may_not_call_is_logged(start_server):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    asked = {"Access-Control-Request-Method": "POST", "Sec-Fetch-Site": "same-site"}
    for own in [server.url, f"http://localhost:{server.port}"]:
        server.client.options("/api/tasks", headers=asked | {"Origin": own})
    server.client.options("/api/tasks", headers=asked | {"Origin": "http://localhost:5173"})
    line = wait_until(lambda: REFUSED.search(server.log), "the line of a refused origin").group()
    assert "origin=http://localhost:5173" in line and "add it to FRONTEND_URL" in line
    server.stop()


@pytest.mark.parametrize("headers, advice", [
    ({"Origin": "https://tasks.home", "Sec-Fetch-Site": "same-origin"}, "Browsers find this server there: set LATCHKEY_URL=https://tasks.home."),
    ({"Origin": "https://front.home", "Sec-Fetch-Site": "cross-site"}, "If it is a front end of yours, add it to FRONTEND_URL."),
    ({"Origin": "https://a\\.home"}, "No setting allows this."),
])
def test_the_advice_in_the_log_fits_the_browsers_headers(start_server, headers, advice):
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    answer = server.client.post("/api/auth/sign-in/email", json={"email": "a@example.com", "password": "x"}, headers=headers)
    assert answer.status_code == 403
    assert advice in wait_until(lambda: REFUSED.search(server.log), "the line of a refused origin").group()
    server.stop()
