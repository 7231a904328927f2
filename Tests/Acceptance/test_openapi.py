"""The document at /openapi.json: valid, and true for every request that schemathesis generates."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from support import SECRET

HERE = Path(__file__).parent
TIMES = int(os.environ.get("LATCHKEY_EXAMPLES", "1"))
"""How many times as many random examples there are as schemathesis.toml has. `make fuzz` has many."""
PATIENCE = 360 + 200 * (TIMES - 1)


@pytest.fixture(scope="module")
def document(server) -> dict:
    answer = server.client.get("/openapi.json")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/json"
    return answer.json()


def resolved(document: dict, node: dict) -> dict:
    while "$ref" in node:
        found = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operations(document: dict):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def contents(document: dict):
    """Every body of a request or an answer that there is, with its name."""
    for method, path, operation in operations(document):
        bodies = [("request", operation["requestBody"])] if "requestBody" in operation else []
        bodies += operation["responses"].items()
        for name, body in bodies:
            for kind, content in resolved(document, body).get("content", {}).items():
                yield f"{method} {path} {name} {kind}", content


def test_it_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_example_keeps_its_own_schema(document):
    def absolute(node):
        if isinstance(node, dict):
            return {key: "urn:api" + value if key == "$ref" else absolute(value) for key, value in node.items()}
        return [absolute(item) for item in node] if isinstance(node, list) else node

    registry = Registry().with_resource("urn:api", Resource(absolute(document), DRAFT202012))
    tried = 0
    for name, content in contents(document):
        validator = Draft202012Validator(
            absolute(content["schema"]), registry=registry, format_checker=FormatChecker())
        examples = [example["value"] for example in content.get("examples", {}).values()]
        for example in examples + ([content["example"]] if "example" in content else []):
            tried += 1
            assert [error.message for error in validator.iter_errors(example)] == [], name
    assert tried > 100


def test_names_are_unique_and_links_lead_somewhere(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    links = [
        link for _, _, operation in operations(document) for answer in operation["responses"].values()
        for link in resolved(document, answer).get("links", {}).values()]
    assert links and {link["operationId"] for link in links} <= set(ids)
    for _, path, operation in operations(document):
        named = {item["name"] for item in operation.get("parameters", []) if item["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path)), path
        assert operation["summary"] and operation["tags"] and operation["responses"]


def test_a_client_that_has_the_document_gets_304(server):
    first = server.client.get("/openapi.json")
    again = server.client.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.timeout(PATIENCE + 20)
def test_no_request_gets_an_undocumented_response(start_server):
    """schemathesis: examples, borders, random values and chains of calls, good and bad, with all of its checks."""
    server = start_server(BETTER_AUTH_SECRET=SECRET)
    owner = server.newcomer("owner")
    session = server.client.post("/api/auth/sign-in/email", json={"email": owner.email, "password": owner.password})
    settings = re.sub(
        r"(?<=max-examples = )\d+", lambda count: str(int(count[0]) * TIMES), (HERE / "schemathesis.toml").read_text())
    file = server.directory / "schemathesis.toml"
    file.write_text(settings)
    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "--config-file", file, "run",
            server.url + "/openapi.json", "--phases", "examples,coverage,fuzzing,stateful", "--no-color",
        ],
        cwd=server.directory, capture_output=True, text=True, timeout=PATIENCE,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "openapi_people",
            "LATCHKEY_URL": server.url, "LATCHKEY_TOKEN": owner.token, "LATCHKEY_USER_ID": owner.id,
            "LATCHKEY_SESSION": session.json()["token"]})
    assert run.returncode == 0, run.stdout + run.stderr
    tested = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", run.stdout)
    assert tested and len(set(tested.groups())) == 1, run.stdout
    assert re.findall(r"^\S+ (?:error|critical) .*|.* status=5.*", server.log, re.MULTILINE) == []
    server.stop()
