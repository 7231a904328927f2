"""The page at /docs: its contents, its examples in four languages, and trials with the reader's own session."""

import html
import json
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from support import log_in

PHONE = {"width": 360, "height": 740}


# Examples


def examples(server, language: str) -> list[str]:
    answer = server.client.get("/docs")
    assert answer.status_code == 200
    found = re.findall(rf'data-language="{language}"><pre class="example"><code>(.*?)</code>', answer.text, re.DOTALL)
    assert len(found) > 60
    return [html.unescape(example) for example in found]


def variables(server) -> dict[str, str]:
    """Those of the examples: a newcomer's, who has one thing of each kind."""
    alice = server.newcomer("alice")
    found = {"TOKEN": alice.token, "USER_ID": alice.id, "TASK_ID": alice.adds("Water the plants")["id"]}
    for name in ["list", "tag", "view", "token"]:
        answer = alice.posts(f"/api/{name}s", {"name": "Garden", "query": "view=today", "scopes": ["tasks:read"]})
        assert answer.status_code == 201
        found[f"{name.upper()}_ID"] = answer.json()["id"]
    # Only admins have any.
    found["INVITATION_ID"] = found["TASK_ID"]
    server.client.cookies.clear()
    session = server.client.post("/api/auth/sign-in/email", json={"email": alice.email, "password": alice.password})
    assert session.status_code == 200
    server.client.cookies.clear()
    return found | {"SESSION_TOKEN": session.json()["token"]}


def assigned(variables: dict, keyword: str = "") -> str:
    return "".join(f"{keyword}{name} = {json.dumps(value)}\n" for name, value in variables.items())


def expected_statuses(server) -> list[set[str]]:
    """For each example, the statuses that the document has."""
    document = server.client.get("/openapi.json").json()
    found = []
    for example in examples(server, "curl"):
        method = (re.findall(r"-X ([A-Z]+)", example) or ["GET"])[0]
        path = re.sub(r"\$(\w+)", lambda name: f"{{{name[1].lower()}}}", re.search(r'"http://[^/]+([^"?]*)', example)[1])
        path = path.replace("/reset-password/x", "/reset-password/{token}")
        found.append(set(document["paths"][path][method.lower()]["responses"]))
    return found


def by_curl(examples: list[tuple[str, dict]]) -> list[str]:
    statuses = []
    for example, variables in examples:
        is_endless = "/api/events" in example
        done = subprocess.run(
            ["bash", "-euc", f"{example} -s -o /dev/null -w '%{{http_code}}' --max-time {2 if is_endless else 30}"],
            capture_output=True, text=True, env={"PATH": os.environ["PATH"]} | variables)
        # 28 is the end of curl's own patience with a stream of events.
        assert done.returncode == (28 if is_endless else 0), (example, done.stderr)
        statuses.append(done.stdout)
    return statuses


def by_python(examples: list[tuple[str, dict]]) -> list[str]:
    # Of a stream, the first line is enough. Redirects are followed, and what led to them is kept.
    runner = """if True:
        import json, sys
        statuses = []
        for example, names in json.load(sys.stdin):
            exec(compile(example.replace("print(line.decode())", "break"), example, "exec"), names)
            response = (names["response"].history or [names["response"]])[0]
            statuses.append(str(response.status_code))
        print("\\n", json.dumps(statuses))
    """
    done = subprocess.run(
        [sys.executable, "-c", runner], input=json.dumps(examples), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def assert_described(server, examples: list[str], statuses: list[str]) -> None:
    for example, status, expected in zip(examples, statuses, expected_statuses(server), strict=True):
        assert status in expected, (example, status)
    # The others take a token of an e-mail, an address that is free, or something in the trash.
    assert sum(status < "400" for status in statuses) > 50, list(zip(examples, statuses))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("run", [by_curl, by_python])
def test_the_examples_can_be_copied(server, run):
    """Each is run as it stands there, and gets an answer that the document knows."""
    found = examples(server, run.__name__.removeprefix("by_"))
    # Some delete what others ask for, so each has an account of its own.
    assert_described(server, found, run([(example, variables(server)) for example in found]))


def test_the_examples_in_javascript_run_in_a_browser(server, open_page):
    # The page's own policy would refuse code that comes as text.
    page = open_page(bypass_csp=True)
    page.goto("/health")
    found = [example.replace("//localhost", "//127.0.0.1") for example in examples(server, "javascript")]
    statuses = page.evaluate("""async examples => {
        const statuses = [];
        const { fetch } = globalThis;
        let status;
        // Neither redirects nor streams without an end are followed here.
        globalThis.fetch = async (url, options) => {
            const answer = await fetch(url, { ...options, redirect: 'manual', signal: AbortSignal.timeout(2000) });
            status = answer.type === 'opaqueredirect' ? 302 : answer.status;
            return answer;
        };
        const Code = (async () => {}).constructor;
        for (const example of examples) {
            status = 0;
            try {
                await new Code(example)();
            } catch (error) {
                if (error.name !== 'TimeoutError' && status !== 302) throw new Error(`${example}: ${error}`);
            }
            statuses.push(String(status));
        }
        return statuses;
    }""", [assigned(variables(server), "const ") + example for example in found])
    assert_described(server, found, statuses)


@pytest.mark.timeout(200)
def test_the_examples_in_swift_compile_and_run(server, tmp_path):
    found = examples(server, "swift")
    # Foundation has no bytes(for:) on Linux.
    streams = [example for example in found if "bytes(for:" in example]
    assert len(streams) == 1
    functions, called = [], []
    for number, example in enumerate(found):
        assert example.startswith("import Foundation\n\n")
        if example in streams:
            continue
        body = example.removeprefix("import Foundation\n\n")
        functions.append(f"func example{number}() async throws {{\n{body}\n}}\n")
        if re.search(r'/api/tasks"', body):
            called.append(f"try await example{number}()\n")
    assert len(called) == 2
    imports = "import Foundation\n#if canImport(FoundationNetworking)\nimport FoundationNetworking\n#endif\n"
    (tmp_path / "main.swift").write_text(imports + assigned(variables(server), "let ") + "".join(functions + called))
    done = subprocess.run(["swiftc", "-Onone", "-o", "examples", "main.swift"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(["./examples"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert sorted(line[:3] for line in done.stdout.splitlines()) == ["200", "201"]


# Reading


def shown(page) -> list[str]:
    return page.locator(".example:visible").all_text_contents()


def test_one_language_is_shown_at_a_time_and_remembered(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/docs")
    assert all(text.startswith("curl ") for text in shown(page)) and len(shown(page)) > 60
    page.get_by_label("Python").check()
    assert all(text.startswith("import requests") for text in shown(page)) and len(shown(page)) > 60

    page = open_page()
    page.goto("/docs")
    page.get_by_label("Swift").check()
    page.reload()
    expect(page.get_by_label("Swift")).to_be_checked()
    assert all(text.startswith("import Foundation") for text in shown(page))


def test_the_contents_are_filtered(open_page):
    page = open_page()
    page.goto("/docs")
    contents = page.get_by_role("navigation", name="Contents")
    entries = contents.get_by_role("listitem")
    all_of_them = entries.count()
    assert all_of_them > 60
    contents.get_by_label("Filter the contents").fill("Trash delete")
    expect(entries).to_have_count(3)
    assert all("trash" in text.lower() and "delete" in text.lower() for text in entries.all_text_contents())
    expect(contents.get_by_role("heading", level=3)).to_have_text(["Tasks"])
    expect(page.locator("#status")).to_have_text("3 entries")
    contents.get_by_label("Filter the contents").press("Enter")
    assert page.url.endswith("/docs#listtrash")
    contents.get_by_label("Filter the contents").fill("no such words")
    expect(entries).to_have_count(0)
    expect(contents.get_by_text("No matches.")).to_be_visible()
    contents.get_by_label("Filter the contents").fill("")
    expect(entries).to_have_count(all_of_them)


def test_without_a_script_nothing_is_offered_that_needs_it(open_page, alice):
    page = open_page(java_script_enabled=False)
    page.goto("/docs")
    expect(page.get_by_label("Filter the contents")).to_be_hidden()
    expect(page.locator("main").locator("a[href^='/login']")).to_be_hidden()
    log_in(page, alice)
    page.goto("/docs")
    expect(page.get_by_text("Try it")).to_be_hidden()


def test_prose_and_examples_stand_side_by_side(open_page):
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto("/docs")
    prose, example = [page.locator(f"[data-operation=createTask] > {part}").bounding_box() for part in ("div:first-child", ".examples")]
    assert prose["y"] == example["y"] and prose["x"] + prose["width"] < example["x"]
    page.set_viewport_size(PHONE)
    prose, example = [page.locator(f"[data-operation=createTask] > {part}").bounding_box() for part in ("div:first-child", ".examples")]
    assert prose["x"] == example["x"] and prose["y"] + prose["height"] <= example["y"]


def test_visitors_are_led_to_sign_in_and_back(open_page, alice):
    page = open_page()
    page.goto("/docs")
    expect(page.locator(".trial")).to_have_count(0)
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill(alice.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/docs")
    expect(page.get_by_text("with your own session")).to_be_visible()


# Trials


@pytest.fixture
def page(open_page, alice):
    page = open_page()
    log_in(page, alice)
    page.goto("/docs")
    return page


def opens(page, name: str):
    """The form of the operation with this name, `PATCH /api/tasks/{task_id}`."""
    page.get_by_label(f"Try it: {name}", exact=True).click()
    form = page.get_by_role("form", name=name, exact=True)
    expect(form.get_by_role("button", name="Send")).to_be_visible()
    return form


def sends(form, status: str):
    form.get_by_role("button", name="Send", exact=True).click()
    expect(form.locator(".state")).to_contain_text(status)
    return form.locator(".result")


def body_of(form):
    return json.loads(form.get_by_role("group", name="Response body").text_content())


def test_reading(page, alice):
    alice.adds("Water the plants")
    alice.adds("Feed the cat")
    form = opens(page, "GET /api/tasks")
    expect(form.get_by_label("view")).to_be_focused()
    form.get_by_label("limit").fill("1")
    result = sends(form, "200 OK")
    assert [task["title"] for task in body_of(form)] == ["Feed the cat"]
    assert re.search(r"200 OK after [\d.]+ ms, round trip", result.text_content())
    headers = result.get_by_role("term").all_text_contents()
    assert headers == ["Content-Type", "Link", "ETag", "X-Request-Id"], headers


def test_writing_and_going_on_with_the_ids_of_the_answer(page, alice):
    form = opens(page, "POST /api/tasks")
    text = json.loads(form.get_by_label("Body, as JSON").input_value())
    assert text["title"]
    form.get_by_label("Body, as JSON").fill('{"title": "<b>Grüße</b> & more", "tags": ["x"]}')
    result = sends(form, "201 Created")
    made = body_of(form)
    assert made["title"] == "<b>Grüße</b> & more" and result.locator("b").count() == 0
    expect(result).to_contain_text(f"/api/tasks/{made['id']}")
    assert alice.titles() == ["<b>Grüße</b> & more"]

    form = opens(page, "PATCH /api/tasks/{task_id}")
    expect(form.get_by_label("task_id")).to_have_value(made["id"])
    form.get_by_label("Body, as JSON").fill('{"completed": true}')
    sends(form, "200 OK")
    assert body_of(form)["completed"] is True

    form = opens(page, "DELETE /api/tasks/{task_id}")
    expect(sends(form, "204 No Content")).to_contain_text("Without a body.")
    assert alice.titles() == []


def test_refusals_are_shown_as_they_come(page, alice):
    form = opens(page, "POST /api/tasks")
    form.get_by_label("Body, as JSON").fill('{"title": ""}')
    sends(form, "422 Unprocessable")
    assert body_of(form)["errors"][0]["loc"] == ["body", "title"]
    form.get_by_label("Body, as JSON").fill('{"title":')
    sends(form, "400 Bad Request")
    assert "The JSON is not valid" in body_of(form)["detail"]

    form = opens(page, "GET /api/tasks/{task_id}")
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_label("task_id")).to_be_focused()
    expect(form.locator(".state")).to_have_count(0)
    form.get_by_label("task_id").fill("0199d5a4-2d3e-7a51-b0c4-7d8e9f0a1b2c/../x?y")
    sends(form, "404 Not Found")
    assert body_of(form)["detail"] == "Task not found"
    assert alice.titles() == []


def test_dots_do_not_lead_to_another_address(page, alice):
    """`DELETE /api/trash/.` would be `DELETE /api/trash/`, which empties it."""
    task = alice.adds("Keep me")
    assert alice.asks("DELETE", f"/api/tasks/{task['id']}").status_code == 204
    form = opens(page, "DELETE /api/trash/{task_id}")
    for dots in [".", ".."]:
        form.get_by_label("task_id").fill(dots)
        form.get_by_role("button", name="Send").click()
        assert form.get_by_label("task_id").evaluate("field => field.validity.patternMismatch")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(alice.gets("/api/trash").json()) == 1


def test_irreversible_requests_are_confirmed_before(page, alice, server):
    other = server.signs_in(alice.email)
    form = opens(page, "POST /api/auth/revoke-other-sessions")
    form.get_by_role("button", name="Send").click()
    dialog = page.get_by_role("dialog", name="Send POST /api/auth/revoke-other-sessions?")
    expect(dialog).to_contain_text("All your other devices are signed out.")
    expect(dialog.get_by_role("button", name="Not now")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    form.get_by_role("button", name="Send").click()
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_have_count(0)
    assert other.gets("/api/auth/me").status_code == 200

    form.get_by_role("button", name="Send").click()
    dialog.get_by_role("button", name="Send it").click()
    expect(form.locator(".state")).to_contain_text("200 OK")
    assert other.gets("/api/auth/me").status_code == 401


def test_everything_that_ends_or_deletes_something_for_good_is_asked_before(page):
    asked = page.locator("[data-warning] h3").all_text_contents()
    assert set(asked) == {
        "POST /api/auth/signout", "DELETE /api/trash", "DELETE /api/trash/{task_id}", "POST /api/auth/sign-up/email",
        "POST /api/auth/sign-in/email", "POST /api/auth/sign-out", "POST /api/auth/change-password",
        "POST /api/auth/change-email", "POST /api/auth/email-otp/change-email", "POST /api/auth/delete-user", "POST /api/auth/revoke-session",
        "POST /api/auth/revoke-sessions", "POST /api/auth/revoke-other-sessions", "POST /api/auth/two-factor/disable",
        "POST /api/auth/two-factor/generate-backup-codes", "POST /api/auth/passkey/verify-authentication",
        "POST /api/auth/passkey/delete-passkey", "POST /api/auth/unlink-account",
        "POST /api/auth/recovery-codes", "DELETE /api/auth/recovery-codes",
        "DELETE /api/admin/users/{user_id}"}


def test_an_ended_session_is_begun_again_and_the_request_sent(page, alice):
    form = opens(page, "POST /api/tasks")
    form.get_by_label("Body, as JSON").fill('{"title": "Kept"}')
    assert alice.posts("/api/auth/revoke-other-sessions", {}, headers={"Origin": alice.server.url}).status_code == 200
    sends(form, "401 Unauthorized")
    expect(form.get_by_role("alert")).to_contain_text("Your session has ended.")
    form.get_by_role("button", name="Sign in and send it again").click()
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog.get_by_label("E-mail")).to_be_focused()
    dialog.get_by_label("E-mail").fill(alice.email)
    dialog.get_by_label("Password").fill(alice.password)
    dialog.get_by_role("button", name="Sign in").click()
    expect(form.locator(".state")).to_contain_text("201 Created")
    assert body_of(form)["title"] == "Kept"


def test_a_wrong_password_is_no_ended_session(page):
    form = opens(page, "POST /api/auth/verify-password")
    form.get_by_label("Body, as JSON").fill('{"password": "not mine"}')
    sends(form, "400 Bad Request")
    expect(form.get_by_role("alert")).to_have_count(0)


def test_a_stream_shows_as_it_comes_and_stops_when_told(page, alice):
    form = opens(page, "GET /api/events")
    form.get_by_label("start").fill("on")
    sends(form, "200 OK")
    expect(form.get_by_role("group", name="Response body")).to_contain_text("event: start")
    alice.adds("Seen at once")
    expect(form.get_by_role("group", name="Response body")).to_contain_text("Seen at once")
    form.get_by_role("button", name="Stop").click()
    expect(form.get_by_text("Stopped.")).to_be_visible()
    expect(form.get_by_role("button", name="Send")).to_be_focused()


def test_every_trial_opens(page):
    """Whatever the parameters and the body of an operation are, there is a form for it that the browser takes."""
    trials = page.locator(".trial > summary")
    count = trials.count()
    assert count == page.locator(".operation").count() > 60
    # In one go: on a page of this length, the pointer would take a while to each of them.
    assert trials.evaluate_all("all => all.every(summary => summary.checkVisibility({visibilityProperty: true}))")
    trials.evaluate_all("all => all.forEach(summary => summary.click())")
    expect(page.locator(".trial form")).to_have_count(count)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))


def test_without_a_connection_it_says_so(page, open_page):
    form = opens(page, "GET /api/auth/me")
    page.context.set_offline(True)
    form.get_by_role("button", name="Send").click()
    expect(form.get_by_role("alert")).to_contain_text("Check the connection")
    page.context.set_offline(False)
    sends(form, "200 OK")
    expect(form.get_by_role("alert")).to_have_count(0)


def test_a_trial_on_another_site_is_refused(server, browser, alice):
    """The cookie alone does nothing: what changes something must come from a page of this server."""
    browser.logs_in(alice)
    for origin, status in [("https://evil.example", 403), (server.url, 201)]:
        answer = browser.post("/api/tasks", json={"title": "Sent by a page"}, headers={"Origin": origin})
        assert answer.status_code == status
    assert alice.titles() == ["Sent by a page"]
