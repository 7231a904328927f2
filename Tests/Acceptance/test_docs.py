"""The page at /docs: its contents, and its examples in four languages."""

import html
import json
import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

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
    for name in ["list", "tag", "view"]:
        answer = alice.posts(f"/api/{name}s", {"name": "Garden", "query": "view=today"})
        assert answer.status_code == 201
        found[f"{name.upper()}_ID"] = answer.json()["id"]
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


def by_curl(example: str, variables: dict) -> str:
    is_endless = "/api/events" in example
    done = subprocess.run(
        ["bash", "-euc", f"{example} -s -o /dev/null -w '%{{http_code}}' --max-time {2 if is_endless else 30}"],
        capture_output=True, text=True, env={"PATH": os.environ["PATH"]} | variables)
    # 28 is the end of curl's own patience with a stream of events.
    assert done.returncode == (28 if is_endless else 0), (example, done.stderr)
    return done.stdout


def by_python(example: str, variables: dict) -> str:
    # Of a stream, the first line is enough. Redirects are followed, and what led to them is kept.
    code = assigned(variables) + example.replace("print(line.decode())", "break")
    done = subprocess.run(
        [sys.executable, "-c", code + "\nprint('\\n', (answer.history or [answer])[0].status_code)"],
        capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, (example, done.stderr)
    return done.stdout.split()[-1]


def assert_described(server, examples: list[str], statuses: list[str]) -> None:
    for example, status, expected in zip(examples, statuses, expected_statuses(server), strict=True):
        assert status in expected, (example, status)
    # The others take a token of a mail, an address that is free, or something in the trash.
    assert sum(status < "400" for status in statuses) > 50, list(zip(examples, statuses))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("run", [by_curl, by_python])
def test_the_examples_can_be_copied(server, run):
    """Each is run as it stands there, and gets an answer that the document knows."""
    found = examples(server, run.__name__.removeprefix("by_"))
    assert_described(server, found, [run(example, variables(server)) for example in found])


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
    expect(contents.get_by_text("Nothing has these words.")).to_be_visible()
    contents.get_by_label("Filter the contents").fill("")
    expect(entries).to_have_count(all_of_them)


def test_without_a_script_nothing_is_offered_that_needs_it(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/docs")
    expect(page.get_by_label("Filter the contents")).to_be_hidden()


def test_prose_and_examples_stand_side_by_side(open_page):
    page = open_page(viewport={"width": 1440, "height": 900})
    page.goto("/docs")
    prose, example = [page.locator(f".operation:has(#createtask) > {part}").bounding_box() for part in ("div:first-child", ".examples")]
    assert prose["y"] == example["y"] and prose["x"] + prose["width"] < example["x"]
    page.set_viewport_size(PHONE)
    prose, example = [page.locator(f".operation:has(#createtask) > {part}").bounding_box() for part in ("div:first-child", ".examples")]
    assert prose["x"] == example["x"] and prose["y"] + prose["height"] <= example["y"]
