"""Malformed bodies and forms: each is clearly refused, none crashes the server."""

import json

import pytest

from support import PASSWORD, TASK_FIELDS, Client
from wire import sentence

MEBIBYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def the_server_lives_on(server):
    yield
    assert server.is_running(), server.log[-3000:]
    with Client(server.url) as client:
        assert client.get("/health").status_code == 200


def posts(person, path, body, kind="application/json", **headers):
    data = body if isinstance(body, bytes) else body.encode()
    return person.asks("POST", path, data=data, headers={"Content-Type": kind, **headers})


@pytest.fixture(params=["/api/auth/signup", "/api/auth/signin", "/api/tasks"])
def path(request):
    return request.param


MALFORMED = {
    "nothing": b"", "white space": b" \n\t", "half an object": b'{"title": "x"', "half a string": b'{"title": "x',
    "half a name": b'{"tit', "a comma too many": b'{"title": "x",}', "two commas": b'{"title": "x",,"a":1}',
    "no comma": b'{"title": "x" "a": 1}', "no colon": b'{"title" "x"}', "single quotes": b"{'title': 'x'}",
    "no quotes": b'{title: "x"}', "a comment": b'{"title": "x"} // hello', "two objects": b'{"title":"x"}{"title":"y"}',
    "text behind": b'{"title": "x"} tail', "NUL behind": b'{"title": "x"}\0', "a bare word": b"title",
    "Python's None": b'{"title": None}', "NaN": b'{"title": "x", "n": NaN}', "Infinity": b'{"title": "x", "n": -Infinity}',
    "a number too large": b'{"title": "x", "n": 1e400}', "a number too small": b'{"title": "x", "n": -1e400}',
    "400 digits": b'{"title": "x", "n": ' + b"9" * 400 + b"}", "a leading zero": b'{"title": "x", "n": 01}',
    "a leading plus": b'{"title": "x", "n": +1}', "a leading dot": b'{"title": "x", "n": .5}',
    "a trailing dot": b'{"title": "x", "n": 1.}', "hexadecimal": b'{"title": "x", "n": 0x10}',
    "an escaped NUL": b'{"title": "a\\u0000b"}', "a NUL": b'{"title": "a\0b"}', "a NUL in a name": b'{"ti\\u0000tle": 1}',
    "a tab in a string": b'{"title": "a\tb"}', "a line break in a string": b'{"title": "a\nb"}',
    "an unknown escape": b'{"title": "\\x41"}', "half an escape": b'{"title": "\\u00"}', "a sign in an escape": b'{"title": "\\u+041"}',
    "a high surrogate alone": b'{"title": "\\ud83d"}', "a low surrogate alone": b'{"title": "\\ude00"}',
    "surrogates the wrong way": b'{"title": "\\ude00\\ud83d"}', "a surrogate and a letter": b'{"title": "\\ud83dx"}',
    "a surrogate in bytes": b'{"title": "\xed\xa0\xbd"}', "invalid UTF-8": b'{"title": "\xff\xfe"}',
    "overlong UTF-8": b'{"title": "\xc0\xaf"}', "half a UTF-8 character": b'{"title": "\xc3"}', "Latin-1": b'{"title": "caf\xe9"}',
    "beyond Unicode": b'{"title": "\xf4\x90\x80\x80"}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "UTF-32": '{"title": "x"}'.encode("utf-32"), "a name twice": b'{"title": "x", "title": "y"}',
    "a name twice, spelt in two ways": b'{"title": "x", "\\u0074itle": "y"}',
    "1,000 arrays": b'{"title": "x", "n": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "1,000 objects": b'{"a":' * 1000 + b"1" + b"}" * 1000, "100,000 open brackets": b"[" * 100_000,
    "100,000 open braces": b'{"a":' * 100_000,
    "an array": b'[{"title": "x"}]', "a string": b'"title"', "a number": b"1", "null": b"null", "true": b"true",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_body_that_is_not_a_json_object_is_refused_everywhere(alice, path, what):
    answer = posts(alice, path, MALFORMED[what])
    if path.startswith("/api/auth/") and len(MALFORMED[what]) > 16 * 1024:
        # Sign-in routes read smaller bodies only.
        assert answer.status_code == 413 and sentence(answer)
        return
    assert answer.status_code == 400
    assert "JSON" in sentence(answer)


@pytest.mark.parametrize("value", [5, 1.5, None, [], {}, True, ["x"], {"x": 1}], ids=json.dumps)
def test_a_field_of_the_wrong_type_is_named(alice, value):
    for path, whole, name in [
        ("/api/auth/signup", {"email": "wrong@example.com", "password": PASSWORD}, "email"),
        ("/api/auth/signup", {"email": "wrong@example.com", "password": PASSWORD}, "password"),
        ("/api/auth/signin", {"email": alice.email, "password": PASSWORD}, "email"),
        ("/api/auth/signin", {"email": alice.email, "password": PASSWORD}, "password"),
        ("/api/tasks", {"title": "x"}, "title"),
    ]:
        answer = posts(alice, path, json.dumps({**whole, name: value}))
        assert answer.status_code == 422
        assert sentence(answer).startswith(f"Field '{name}' must be a string, not ")
        [error] = answer.json()["errors"]
        assert (error["loc"], error["type"]) == (["body", name], "wrong_type")


@pytest.mark.parametrize("name, value", [
    ("description", 5), ("description", []), ("description", False), ("completed", "true"), ("completed", 1),
    ("completed", None), ("completed", "maybe"), ("completed", []),
])
def test_an_optional_field_of_the_wrong_type_is_named_too(alice, name, value):
    task = alice.adds("Untouched")
    one = f"{alice.tasks}/{task['id']}"
    for method, path in [("POST", alice.tasks), ("PUT", one), ("PATCH", one)]:
        answer = alice.asks(method, path, json={"title": "Touched", name: value})
        assert answer.status_code == 422 and f"'{name}'" in sentence(answer)
    assert alice.gets(alice.tasks).json() == [task]


@pytest.mark.parametrize("value", [5, [], {}, True])
def test_a_username_is_text_or_nothing(server, value):
    answer = server.client.post(
        "/api/auth/signup", json={"email": "name@example.com", "password": PASSWORD, "username": value})
    assert answer.status_code == 422 and "'username'" in sentence(answer)


@pytest.mark.parametrize("username", ["x" * 101, "bell\x07", "line\nbreak", "esc\x1b[31m"])
def test_a_username_is_short_and_printable(server, username):
    answer = server.client.post(
        "/api/auth/signup", json={"email": "name@example.com", "password": PASSWORD, "username": username})
    assert answer.status_code == 422 and "username" in sentence(answer)


@pytest.mark.parametrize("path, missing", [
    ("/api/auth/signup", ["email", "password"]), ("/api/auth/signin", ["email", "password"]), ("/api/tasks", ["title"]),
])
def test_missing_fields_are_all_named(alice, path, missing):
    answer = posts(alice, path, "{}")
    assert answer.status_code == 422
    assert sentence(answer) == " ".join(f"Field '{name}' is required." for name in missing)
    assert [error["loc"][1] for error in answer.json()["errors"]] == missing


def test_unknown_fields_are_ignored_whatever_their_value(alice):
    deep = json.loads("[" * 60 + "]" * 60)
    task = alice.adds("x", importance=None, n=-1e308, deep=deep, text="\U0010ffff" * 1000, **{"": 0, "é": {}})
    assert set(task) == TASK_FIELDS


def test_ten_thousand_names_in_an_object_are_read_quickly(alice):
    body = {f"name {number}": number for number in range(10_000)}
    assert posts(alice, "/api/tasks", json.dumps({**body, "title": "many"})).status_code == 201


@pytest.mark.parametrize("kind", [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp",
    "text/json", "application/xml", "json", "",
])
def test_a_body_that_does_not_call_itself_json_is_refused(alice, path, kind):
    answer = posts(alice, path, '{"title": "x", "email": "a@example.com", "password": "password123"}', kind)
    assert answer.status_code == 415
    assert sentence(answer) == "Send the body as JSON, with Content-Type: application/json."


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"])
def test_json_may_be_spelt_in_a_few_ways(alice, kind):
    assert posts(alice, "/api/tasks", '{"title": "x"}', kind).status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP, gzip"])
def test_an_encoded_body_is_refused_unread(alice, path, encoding):
    answer = posts(alice, path, b"\x1f\x8b" + b"\0" * 100, **{"Content-Encoding": encoding})
    assert answer.status_code == 415
    assert sentence(answer) == "Send the body as it is, without Content-Encoding."


def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(alice):
    title = '{"title": "x"}'
    assert posts(alice, "/api/tasks", title.ljust(MEBIBYTE)).status_code == 201

    answer = posts(alice, "/api/tasks", title.ljust(MEBIBYTE + 1))
    assert (answer.status_code, sentence(answer)) == (413, "The request's body is too large.")


# Forms


@pytest.fixture
def form_token(server):
    """What a visitor's form holds, and the client whose cookie it belongs to."""
    with Client(server.url) as client:
        page = client.get("/login").text
        yield client, page.split('name="form_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("body", [
    "%zz", "email=%", "email=%f", "email=%ff", "email=%00", "%00=x", "email=%c0%af", "email=%ed%a0%bd",
    "&".join(f"a{number}=1" for number in range(1001)), "email=" + "%" * 1000,
], ids=lambda body: body[:16])
def test_a_malformed_form_is_refused(form_token, body):
    client, token = form_token
    answer = client.post(
        "/login", data=f"form_token={token}&{body}", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/html; charset=utf-8" and "<h1>That did not work</h1>" in answer.text


@pytest.mark.parametrize("body", [
    "", "&&&", "=", "email", "email[a][b][c]=x", "email=a&email=b&password=", "a" + "[]" * 5000 + "=1", "a=" + "b" * 15_000,
], ids=lambda body: body[:16])
def test_a_malformed_login_form_is_a_failed_login(form_token, body):
    client, token = form_token
    answer = client.post(
        "/login", data=f"form_token={token}&{body}", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 401
    assert "The e-mail address or the password is wrong." in answer.text


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_a_form_of_another_kind_is_refused(form_token, kind):
    client, token = form_token
    answer = client.post("/login", data=f"form_token={token}&email=a&password=b", headers={"Content-Type": kind})
    assert answer.status_code == 415 and "<h1>" in answer.text


@pytest.mark.parametrize("query", [
    "edit=nonsense&show=nonsense&before=nonsense&notice=nonsense&task=nonsense", "before=%E2%98%83", "show=done&show=open", "edit=" + "x" * 3000, "&&=&=",
    "view=nonsense&list=nonsense&tag=nonsense&sort=nonsense&cursor=nonsense&undo=nonsense", "cursor=%E2%98%83", "view=done&view=open",
    "cursor=" + "x" * 3000, "view=today&cursor=MQ", "sort=-due,-due", "q=%22", "q=" + "%F0%9F%A6%8A" * 400,
    "q=*)%20OR%20(", "tag=%23", "tag=" + "x" * 3000, "list=00000000-0000-0000-0000-000000000000", "view=", "q=", "list=&tag=&cursor=",
    "notice=completed", "notice=completed&task=00000000-0000-0000-0000-000000000000&undo=00000000-0000-0000-0000-000000000000",
    "view=done&list=nonsense&tag=x&q=y&sort=priority",
])
def test_a_mistyped_dashboard_address_still_shows_a_list(server, alice, query):
    with Client(server.url) as client:
        page = client.get("/login").text
        token = page.split('name="form_token" value="')[1].split('"')[0]
        client.post("/login", data={"form_token": token, "email": alice.email, "password": PASSWORD})
        answer = client.get(f"/dashboard?{query}")
        assert answer.status_code == 200 and "New task" in answer.text
