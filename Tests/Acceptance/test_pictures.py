"""Pictures that users send as data URLs, drawn by a browser: kept as files, given out at an address of their own."""

import base64
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess

import pytest

from better_auth import Page, error
from support import PASSWORD, Client, _numbers

DRAW = """([type, side]) => {
    const canvas = document.createElement('canvas');
    canvas.width = side; canvas.height = side / 2;
    const pen = canvas.getContext('2d');
    const sky = pen.createLinearGradient(0, 0, side, side);
    sky.addColorStop(0, 'gold'); sky.addColorStop(1, 'navy');
    pen.fillStyle = sky; pen.fillRect(0, 0, side, side);
    return canvas.toDataURL(type);
}"""
EMPTY = """([width, height]) => {
    const canvas = document.createElement('canvas');
    canvas.width = width; canvas.height = height;
    return canvas.toDataURL('image/png');
}"""
NOISE = """side => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = side;
    const pen = canvas.getContext('2d'), image = pen.createImageData(side, side);
    for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 == 3 ? 255 : Math.random() * 256;
    pen.putImageData(image, 0, 0);
    return canvas.toDataURL('image/png');
}"""


@pytest.fixture
def email():
    return f"ann.{next(_numbers)}@example.com"


@pytest.fixture
def window(server, chromium):
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/login")
    yield page
    context.close()


def content(url: str) -> bytes:
    return base64.b64decode(url.split(",", 1)[1], validate=True)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg", "image/webp"])
def test_pictures_drawn_by_a_browser_come_back_unchanged(server, window, email, kind):
    url = window.evaluate(DRAW, [kind, 64])
    assert url.startswith(f"data:{kind};base64,")
    with Page(server) as page:
        user = page.signs_up(email, image=url)["user"]
        assert user["image"] == f"/pictures/{hashlib.sha256(content(url)).hexdigest()}"
        answer = page.asks("/get-session")
        assert answer.json()["user"]["image"] == user["image"]
        assert len(answer.headers["set-auth-jwt"]) < 1200 and "base64" not in str(answer.headers)
    with Client(server.url) as anybody:
        picture = anybody.get(user["image"])
        assert (picture.status_code, picture.headers["content-type"]) == (200, kind)
        assert picture.content == content(url)
        assert "immutable" in picture.headers["cache-control"] and "set-cookie" not in picture.headers
        assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert picture.headers["x-content-type-options"] == "nosniff"
        again = anybody.get(user["image"], headers={"If-None-Match": picture.headers["etag"]})
        assert again.status_code == 304
        for wrong in [user["image"][:-1], user["image"].upper(), "/pictures/", "/pictures/..%2f..%2fetc%2fpasswd"]:
            assert anybody.get(wrong).status_code == 404, wrong
    width = window.evaluate(
        "address => new Promise((done, fail) => { const i = new Image(); i.onload = () => done(i.naturalWidth);"
        " i.onerror = fail; i.src = address; })", user["image"])
    assert width == 64


def test_unsupported_pictures_are_refused_with_a_message(server, window, email):
    noise = window.evaluate(NOISE, 320)
    assert 256 * 1024 < len(content(noise)) < 384 * 1024
    wide = window.evaluate(EMPTY, [4097, 1])
    png = window.evaluate(DRAW, ["image/png", 8])
    with Page(server) as page:
        page.signs_up(email)
        for image, code in [
            (noise, "IMAGE_TOO_LARGE"), (wide, "IMAGE_TOO_LARGE"),
            (png.replace("image/png", "image/jpeg"), "INVALID_IMAGE"), (png.replace(";base64", ""), "INVALID_IMAGE"),
            ("data:image/svg+xml;base64," + base64.b64encode(b"<svg onload='alert(1)'/>").decode(), "INVALID_IMAGE"),
            ("data:text/html,<script>alert(1)</script>", "INVALID_IMAGE"), ("javascript:alert(1)", "INVALID_IMAGE"),
            ("blob:http://x/y", "INVALID_IMAGE"), ("ann.png", "INVALID_IMAGE"),
        ]:
            status, found, message = error(page.calls("/update-user", {"image": image}))
            assert (status, found) == (400, code), image[:40]
            assert message.endswith(".") and "[body" not in message
        assert page.session()["user"]["image"] is None
        for address in ["https://example.com/a.png", "http://x/y.png", ""]:
            assert page.calls("/update-user", {"image": address}).status_code == 200
            assert page.session()["user"]["image"] == address


def test_a_client_may_send_back_the_picture_address_that_it_got(server, window, email):
    with Page(server) as page:
        user = page.signs_up(email, image=window.evaluate(DRAW, ["image/png", 16]))["user"]
        body = {"name": "Anna", "image": user["image"]}
        assert page.calls("/update-user", body).status_code == 200
        assert server.client.get(user["image"]).status_code == 200
        assert page.calls("/update-user", {"image": None}).status_code == 200
        assert server.client.get(user["image"]).status_code == 404


def test_pictures_of_earlier_versions_move_when_the_server_starts(stopped_server, chromium):
    server = stopped_server.start()
    context = chromium.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/login")
    url = page.evaluate(DRAW, ["image/webp", 16])
    context.close()
    assert len(url) <= 2048
    alice, bob = server.newcomer("alice"), server.newcomer("bob")
    server.stop()
    server.changes("UPDATE users SET image = ? WHERE id = ?", url, alice.id)
    server.changes("UPDATE users SET image = 'data:,x' WHERE id = ?", bob.id)
    server.start()
    [(image,)] = server.looks_up("SELECT image FROM users WHERE id = ?", alice.id)
    assert server.client.get(image).content == content(url)
    assert server.looks_up("SELECT image FROM users WHERE id = ?", bob.id) == [(None,)]
    assert "pictures moved" in server.log
    server.stop()
    server.start()
    assert "pictures moved" not in server.log


def test_pictures_are_imported_from_better_auth(stopped_server, window, tmp_path):
    url = window.evaluate(DRAW, ["image/jpeg", 400])
    assert len(url) > 2048
    with sqlite3.connect(tmp_path / "auth.db") as database:
        database.executescript("""
            CREATE TABLE user (id text, name text, email text, emailVerified integer, image text, createdAt date,
                updatedAt date);
            CREATE TABLE account (id text, accountId text, providerId text, userId text, password text);""")
        for number, image in enumerate([url, "data:image/gif;base64,R0lGODlhAQABAAAAADs=", "https://example.com/a.png"]):
            database.execute(
                "INSERT INTO user VALUES (?, 'Ann', ?, 0, ?, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')",
                (f"u{number}", f"ann{number}@example.com", image))
    database.close()
    server = stopped_server.start()
    said = server.says("import", "better-auth", tmp_path / "auth.db")
    assert "are not PNG, JPEG or WebP up to 256 KiB (1)" in said
    images = [image for (image,) in server.looks_up("SELECT image FROM users ORDER BY id")]
    assert images[1:] == [None, "https://example.com/a.png"]
    assert server.client.get(images[0]).content == content(url)


NODE = """
const base = process.argv[1] + '/api/auth', json = {'content-type': 'application/json'};
const body = {email: process.argv[2], password: process.argv[3]};
const signIn = await fetch(base + '/sign-in/email', {method: 'POST', headers: json, body: JSON.stringify(body)});
const seed = await fetch(base + '/signin', {method: 'POST', headers: json, body: JSON.stringify(body)});
const token = (await seed.json()).access_token;
const bearer = {authorization: 'Bearer ' + token};
const session = await fetch(base + '/get-session', {headers: bearer});
const update = await fetch(base + '/update-user',
    {method: 'POST', headers: {...json, ...bearer}, body: JSON.stringify({name: 'Node'})});
console.log(JSON.stringify({signIn: signIn.status, seed: seed.status, session: await session.json(),
    update: update.status, headers: [...session.headers, ...update.headers]}));
"""


def test_node_signs_in_and_uses_its_access_token(server):
    """With Node's own fetch where there is one; else with what it sends."""
    alice = server.newcomer()
    if node := shutil.which("node"):
        done = subprocess.run(
            [node, "--input-type=module", "-e", NODE, server.url, alice.email, PASSWORD], capture_output=True,
            text=True, timeout=30)
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
    else:
        sent = {"Sec-Fetch-Mode": "cors", "Accept-Language": "*", "User-Agent": "node"}
        body = {"email": alice.email, "password": PASSWORD}
        with Client(server.url) as client:
            client.headers.update(sent)
            sign_in = client.post("/api/auth/sign-in/email", json=body)
            client.cookies.clear()
            bearer = {"Authorization": f"Bearer {alice.token}"}
            session = client.get("/api/auth/get-session", headers=bearer)
            update = client.post("/api/auth/update-user", json={"name": "Node"}, headers=bearer)
            said = {
                "signIn": sign_in.status_code, "seed": 200, "session": session.json(), "update": update.status_code,
                "headers": [*session.headers.items(), *update.headers.items()]}
    assert (said["signIn"], said["seed"], said["update"]) == (200, 200, 200)
    assert said["session"]["user"]["email"] == alice.email
    assert re.fullmatch(r"[0-9a-f-]{36}", said["session"]["session"]["token"]), "A handle, and no token."
    names = {name.lower() for name, _ in said["headers"]}
    assert not names & {"set-cookie", "set-auth-token"}
