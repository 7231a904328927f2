"""bcrypt, ours and Python's, and which passwords are accepted."""

import gzip
import importlib.resources
import unicodedata
import warnings
from pathlib import Path

import bcrypt
import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from better_auth import Page
from support import PASSWORD, SECRET, Browser, Server
from wire import sentence

with warnings.catch_warnings():
    # passlib asks for a module that newer Pythons no longer have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

SEEDS_CONTEXT = CryptContext(schemes=["bcrypt"], deprecated="auto")


def stored_hash(server: Server, email: str) -> str:
    [(found,)] = server.looks_up("SELECT password_hash FROM users WHERE email = ?", email)
    return found


def signs_up(server, password, email):
    return server.client.post("/api/auth/signup", json={"email": email, "password": password})


# Our hash, verified by Python


@pytest.fixture(scope="module")
def careful_server(start_server):
    """A server that hashes as it does when nothing is configured."""
    server = start_server(BCRYPT_COST=None)
    yield server
    server.stop()


def test_the_standard_cost_is_12_and_python_verifies_our_hash(careful_server):
    alice = careful_server.newcomer()
    found = stored_hash(careful_server, alice.email)
    assert found.startswith("$2b$12$") and len(found) == 60
    assert bcrypt.checkpw(PASSWORD.encode(), found.encode())
    assert not bcrypt.checkpw(b"wrong", found.encode())
    assert SEEDS_CONTEXT.verify(PASSWORD, found)
    assert not SEEDS_CONTEXT.verify("wrong", found)
    assert not SEEDS_CONTEXT.needs_update(found)


def test_two_people_with_one_password_have_different_hashes(server):
    one, two = (server.newcomer(password="the same password") for _ in range(2))
    assert stored_hash(server, one.email) != stored_hash(server, two.email)


@pytest.mark.parametrize("password", ["пароль пароль", "密碼密碼密碼密碼", "p\u00e4ssw\u00f6rd", "\U0001f600" * 8, "\t\x01 \x7f odd one"])
def test_passwords_beyond_ascii_are_hashed_as_utf8(server, password):
    alice = server.newcomer(password=password)
    assert bcrypt.checkpw(password.encode(), stored_hash(server, alice.email).encode())
    server.signs_in(alice.email, password)


def test_no_password_is_found_in_the_database_or_the_log(stopped_server):
    server = stopped_server.start()
    alice = server.newcomer(password="unmistakable-passphrase")
    server.tries_to_sign_in(alice.email, "unmistakable-mistake")
    server.stop()
    for file in server.data.iterdir():
        content = file.read_bytes()
        assert b"unmistakable" not in content and alice.token.encode() not in content, file.name
    assert "unmistakable" not in server.log and alice.token not in server.log


# Python's hash, verified by us


def outcome_of(server: Server, hash: str) -> str:
    """Puts the hash into the database, signs in with it, and returns the hash that is stored then."""
    server.settings.setdefault("BCRYPT_COST", 10)
    server.start()
    alice = server.newcomer()
    server.stop()
    server.changes("UPDATE users SET password_hash = ? WHERE id = ?", hash, alice.id)
    server.start()
    server.signs_in(alice.email, "made in Python")
    assert server.tries_to_sign_in(alice.email, PASSWORD).status_code == 401
    server.signs_in(alice.email, "made in Python")
    return stored_hash(server, alice.email)


@pytest.mark.parametrize("kind", [b"2a", b"2b", b"2y"])
def test_a_hash_made_by_python_signs_in(stopped_server, kind):
    made = bcrypt.hashpw(b"made in Python", bcrypt.gensalt(10)).replace(b"$2b$", b"$" + kind + b"$")
    kept = outcome_of(stopped_server, made.decode())
    assert kept.startswith("$2b$10$") and bcrypt.checkpw(b"made in Python", kept.encode())
    assert (kept == made.decode()) == (kind == b"2b"), "Only another kind is recomputed."


def test_a_hash_made_as_the_seed_does_signs_in(stopped_server):
    stopped_server.settings["BCRYPT_COST"] = 12
    made = SEEDS_CONTEXT.hash("made in Python")
    assert outcome_of(stopped_server, made) == made


def test_a_stronger_hash_is_kept(stopped_server):
    made = bcrypt.hashpw(b"made in Python", bcrypt.gensalt(11)).decode()
    assert outcome_of(stopped_server, made) == made


def test_a_weaker_hash_is_recomputed_at_sign_in(stopped_server):
    made = bcrypt.hashpw(b"made in Python", bcrypt.gensalt(4)).decode()
    kept = outcome_of(stopped_server, made)
    assert kept != made and kept.startswith("$2b$") and bcrypt.checkpw(b"made in Python", kept.encode())


@pytest.mark.parametrize("damaged", ["", "*0", "*1", "plain text", "$2b$10$short", "$9z$10$" + "a" * 53, None])
def test_a_damaged_hash_admits_no_one(stopped_server, damaged):
    server = stopped_server.start()
    alice = server.newcomer()
    server.stop()
    server.changes("UPDATE users SET password_hash = ? WHERE id = ?", damaged, alice.id)
    server.start()
    for attempt in [PASSWORD, "", "*0", "no such password", "plain text"]:
        answer = server.tries_to_sign_in(alice.email, attempt)
        assert (answer.status_code, sentence(answer)) == (401, "Invalid credentials")


# Accepted passwords


@pytest.mark.parametrize("password, words", [
    ("", "The password must have at least 8 characters."),
    ("1234567", "The password must have at least 8 characters."),
    ("😀" * 7, "The password must have at least 8 characters."),
    ("eight\0characters", "The password may not contain a NUL character."),
    ("a" * 73, "The password may have at most 72 bytes (72 Latin letters, fewer with accents or emoji)."),
    ("é" * 37, "The password may have at most 72 bytes (72 Latin letters, fewer with accents or emoji)."),
    ("😀" * 19, "The password may have at most 72 bytes (72 Latin letters, fewer with accents or emoji)."),
    ("密" * 25, "The password may have at most 72 bytes (72 Latin letters, fewer with accents or emoji)."),
    ("a" * 71 + "é", "The password may have at most 72 bytes (72 Latin letters, fewer with accents or emoji)."),
    *((length * "a", "The password may have at most 72 bytes (72 Latin letters, fewer with accents or emoji).")
      for length in [511, 512, 600, 10_000, 16_000]),
], ids=lambda value: repr(value)[:24])
def test_a_password_too_short_or_too_long_is_refused(server, password, words):
    answer = signs_up(server, password, "refused@example.com")
    assert answer.status_code in (400, 422)
    if "\0" in password:
        assert "NUL" in sentence(answer)
    else:
        assert (answer.status_code, sentence(answer)) == (422, words)
        assert [error["loc"] for error in answer.json()["errors"]] == [["body", "password"]]
    assert server.looks_up("SELECT 1 FROM users WHERE email = 'refused@example.com'") == []


@pytest.mark.parametrize("password", [
    "83016274", "only lower case letters", "😀" * 8, "a" * 72, "a" * 70 + "é", "密" * 24, "é" * 36, "😀" * 18, "e\u0301" * 36, "x" * 64,
], ids=lambda value: repr(value)[:24])
def test_a_password_of_8_characters_to_72_bytes_is_accepted(server, password):
    alice = server.newcomer(password=password)
    server.signs_in(alice.email, password)
    assert server.tries_to_sign_in(alice.email, password[:-1]).status_code == 401


def test_a_longer_password_never_passes_for_its_first_72_bytes(server):
    alice = server.newcomer(password="a" * 72)
    for longer in ["a" * 73, "a" * 72 + "\0", "a" * 600, "a" * 16_000]:
        assert server.tries_to_sign_in(alice.email, longer).status_code in (400, 401)


def test_characters_after_a_nul_count(server):
    alice = server.newcomer(password="83016274")
    assert server.tries_to_sign_in(alice.email, "83016274\0tail").status_code in (400, 401)


def test_spaces_and_case_belong_to_the_password(server):
    alice = server.newcomer(password="  Spaces around  ")
    server.signs_in(alice.email, "  Spaces around  ")
    for variant in ["Spaces around", "  Spaces around", "Spaces around  ", "  spaces around  "]:
        assert server.tries_to_sign_in(alice.email, variant).status_code == 401


def spellings(text: str) -> set[str]:
    """The same password as other keyboards send it."""
    return {unicodedata.normalize(form, spaced)
            for form in ["NFC", "NFD"] for spaced in [text, text.replace(" ", "\u00a0"), text.replace(" ", "\u1680")]}


@pytest.mark.parametrize("password", [
    "café au lait matin", "Ångström ñandú", "한국어 비밀번호", "q\u0323\u0307 ự ở Việt", "क़लम और दवात", "\u212b \u2126 symbols",
])
def test_a_password_is_the_same_in_all_its_spellings(server, password):
    for number, chosen in enumerate(sorted(spellings(password))):
        alice = server.newcomer(f"spelling{number}", password=chosen)
        kept = unicodedata.normalize("NFC", password)
        assert bcrypt.checkpw(kept.encode(), stored_hash(server, alice.email).encode())
        for typed in spellings(password):
            server.signs_in(alice.email, typed)
        plain = "".join(c for c in unicodedata.normalize("NFD", password) if not unicodedata.combining(c))
        if unicodedata.normalize("NFC", plain) != kept:
            assert server.tries_to_sign_in(alice.email, plain).status_code == 401


def test_a_hash_of_a_spelling_that_is_no_longer_made_signs_in_and_is_renewed(stopped_server):
    decomposed = "cafe\u0301 au\u00a0lait matin"
    server = stopped_server.start()
    alice = server.newcomer()
    server.stop()
    made = bcrypt.hashpw(decomposed.encode(), bcrypt.gensalt(10)).decode()
    server.changes("UPDATE users SET password_hash = ? WHERE id = ?", made, alice.id)
    server.start()
    assert server.tries_to_sign_in(alice.email, "café au lait matin").status_code == 401
    server.signs_in(alice.email, decomposed)
    server.signs_in(alice.email, "café au lait matin")
    assert bcrypt.checkpw("café au lait matin".encode(), stored_hash(server, alice.email).encode())


def test_neither_case_nor_width_is_folded(server):
    alice = server.newcomer(password="Ｆｕｌｌ width ﬁ²")
    for other in ["Full width ﬁ²", "Ｆｕｌｌ width fi2", "ｆｕｌｌ width ﬁ²"]:
        assert server.tries_to_sign_in(alice.email, other).status_code == 401


# Common passwords


COMMON = "This password is one of the first that anybody would try. Choose another, such as a few words."
LENGTH = 8


@pytest.fixture(scope="module")
def strict(start_server):
    """A server as in production, as often as one likes."""
    server = start_server(BETTER_AUTH_SECRET=SECRET, LATCHKEY_ENV="production", ALLOW_HTTP="on", BCRYPT_COST="10")
    yield server
    server.stop()


def first_of_django() -> list[str]:
    path = importlib.resources.files("django") / "contrib/auth/common-passwords.txt.gz"
    return [line for line in gzip.decompress(path.read_bytes()).decode().splitlines() if len(line) >= LENGTH][:3000]


def first_of_zxcvbn() -> list[str]:
    return [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= LENGTH][:3000]


def taken(server, passwords: list[str]) -> list[str]:
    """The passwords that a sign-up accepts."""
    found = []
    for number, password in enumerate(passwords):
        answer = signs_up(server, password, f"common{number}.{id(passwords)}@example.org")
        if answer.status_code == 201:
            found.append(password)
        else:
            assert (answer.status_code, sentence(answer)) == (422, COMMON), password
    return found


@pytest.mark.parametrize("passwords", [first_of_django, first_of_zxcvbn])
def test_the_first_3000_passwords_of_our_lists_are_refused_in_production(strict, passwords):
    passwords = passwords()
    assert len(passwords) == 3000
    assert taken(strict, passwords) == []
    # Every tenth, as people who are told to use a capital and a wide keyboard type it.
    assert taken(strict, [password.capitalize() for password in passwords[::10]]) == []


def test_few_passwords_of_another_list_are_accepted_in_production(strict):
    lines = Path("/usr/share/john/password.lst").read_text(errors="replace").splitlines()
    passwords = [line for line in lines if len(line) >= LENGTH and not line.startswith("#!comment")]
    assert len(passwords) > 600
    found = taken(strict, passwords)
    assert len(found) <= 0.12 * len(passwords), found


def test_a_common_password_is_refused_on_every_route_that_sets_one(strict):
    server, common = strict, "rush2112"
    alice = server.newcomer()
    page = Page(server)
    refused = page.calls("/sign-up/email", {"email": "b@example.com", "name": "B", "password": common})
    assert (refused.status_code, refused.json()) == (400, {"message": COMMON, "code": "PASSWORD_TOO_COMMON"})
    page.signs_in(alice.email)
    changed = page.calls("/change-password", {"currentPassword": PASSWORD, "newPassword": common})
    assert (changed.status_code, changed.json()["code"]) == (400, "PASSWORD_TOO_COMMON")
    with Browser(server.url) as browser:
        answer = browser.submits("/signup", on="/signup", email="c@example.com", password=common)
        assert answer.status_code == 422 and COMMON in answer.text
        link = server.says("user", "reset-link", alice.email).splitlines()[0]
        path = "/reset/" + link.rsplit("/", 1)[1]
        answer = browser.submits("/reset", on=path, token=path.rsplit("/", 1)[1], password=common)
        assert answer.status_code == 422 and COMMON in answer.text
    for command in [("create", "d@example.com"), ("set-password", alice.email)]:
        done = server.command("user", *command, "--stdin", input=common + "\n")
        assert done.returncode == 1 and COMMON in done.stderr
    server.signs_in(alice.email)


# Accepted addresses


@pytest.mark.parametrize("email", [
    "", " ", "plain", "@example.com", "a@", "a@b", "a@b@example.com", "a b@example.com", "a@exa mple.com",
    "a\r\nBcc: x@example.com", "a\u200b@example.com", "a@example.com\u200b", "a@example.com\u00a0", "\ufeffa@example.com", "\u212aate@example.com", "a@ex\u00e4mple.com",
    "a..b@example.com", ".a@example.com", "a.@example.com", "a@-example.com", "a@example..com", "a@example.c",
    "x" * 65 + "@example.com", "a@" + "x" * 250 + ".com", "x" * 16_000 + "@example.com", "a\x1b@example.com",
], ids=lambda value: repr(value)[:24])
def test_an_invalid_address_is_refused(server, email):
    answer = signs_up(server, PASSWORD, email)
    assert (answer.status_code, sentence(answer)) == (
        422, "Enter an e-mail address, such as name@example.com.")


def test_an_address_is_one_account_however_it_is_typed(server):
    alice = server.newcomer()
    for spelling in [alice.email.upper(), f"  {alice.email}\t", alice.email.title()]:
        assert server.signs_in(spelling).id == alice.id
        answer = signs_up(server, PASSWORD, spelling)
        assert (answer.status_code, sentence(answer)) == (400, "Email already registered")


def test_all_errors_are_reported_at_once(server):
    answer = server.client.post("/api/auth/signup", json={"email": "no", "password": "short", "username": "x" * 101})
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [
        ["body", "email"], ["body", "password"], ["body", "username"]]


def test_a_sign_up_cannot_grant_itself_more_rights(server):
    more = {"id": "x", "is_active": False, "is_admin": True, "role": "admin", "hashed_password": "x", "created_at": "x"}
    answer = server.client.post(
        "/api/auth/signup", json={"email": "more@example.com", "password": PASSWORD, **more})
    assert answer.status_code == 201
    user = answer.json()["user"]
    assert user["id"] != "x" and user["is_active"] is True and user["created_at"] != "x"


def test_of_ten_sign_ups_at_once_with_one_address_one_succeeds(server):
    from concurrent.futures import ThreadPoolExecutor

    from support import Client

    def attempt(_):
        with Client(server.url) as client:
            return client.post(
                "/api/auth/signup", json={"email": "race@example.com", "password": PASSWORD}, timeout=30).status_code

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(attempt, range(10))) == [201] + [400] * 9
