"""Mail is delivered, held or given up, depending on the replies of a test's mail server."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from mail import LOST_ANSWER, MAIL_PASSWORD, SENDER, SILENCE, STEPS, USER, Authority, MailServer
from support import SECRET, Client, Server, wait_until


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def pair(authority):
    return authority.issues()


def asks(server: Server, address: str) -> None:
    answer = server.client.post("/api/auth/request-password-reset", json={"email": address})
    assert (answer.status_code, answer.json()["status"]) == (200, True), answer.text


def listed(server: Server, address: str, *flags: str) -> dict:
    """The only mail to an address."""
    mail, = [mail for mail in server.objects("mail", "list", "--json", *flags) if mail["address"] == address]
    return mail


def awaits_reply(server: Server, address: str, words: str) -> dict:
    def replied():
        mail = listed(server, address)
        return words in (mail["reply"] or "") and mail
    return wait_until(replied, f"the reply {words!r}", 20)


def starts(server: Server, mail_server: MailServer, **settings) -> Server:
    server.settings |= mail_server.settings() | settings
    return server.start()


def restarts(server: Server) -> None:
    """What is due then is sent at once, and so is what waits."""
    server.stop()
    server.command("mail", "retry", "--all")
    server.start()


@pytest.mark.parametrize("with_password", [False, True], ids=["open", "password"])
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_mail_arrives(stopped_server, authority, pair, security, with_password):
    with MailServer(security, pair, with_password) as mail_server:
        server = starts(stopped_server, mail_server, EXTRA_CA_FILE=authority.file, LATCHKEY_URL="http://tasks.example.com")
        alice = server.newcomer()
        asks(server, alice.email)
        mail = mail_server.awaits(alice.email)
        assert mail.is_protected == (security != "none")
        assert mail.user == (USER if with_password else None)
        assert (mail.sender, mail.greeting) == (SENDER, "tasks.example.com")
        message = mail.message
        assert (message["From"], message["To"], message["Subject"]) == (
            f"Latchkey <{SENDER}>", alice.email, "Set a new password")
        assert message["Auto-Submitted"] == "auto-generated" and message.get_content_type() == "multipart/alternative"
        assert message.defects == [] and message["Date"].datetime.tzinfo is not None
        assert mail.link in mail.text("html") and mail.link.startswith("http://tasks.example.com/reset/")
        assert all(len(line) <= 998 for line in mail.data.split(b"\r\n")) and mail.data.isascii()
        wait_until(lambda: listed(server, alice.email, "--all")["state"] == "sent", "the e-mail to be settled")
        assert server.says("mail", "list").strip() == "There is no such e-mail."


def test_a_mail_server_is_tried_by_command(stopped_server, pair, authority):
    with MailServer("starttls", pair, with_password=True) as mail_server:
        stopped_server.directory.mkdir(parents=True)
        stopped_server.settings |= mail_server.settings(EXTRA_CA_FILE=authority.file)
        said = stopped_server.says("mail", "test", "someone@example.com")
        assert "> STARTTLS" in said and "< 250 2.0.0 Kept" in said and MAIL_PASSWORD not in said
        mail_server.awaits("someone@example.com")
        mail_server.users = {}
        refused = stopped_server.command("mail", "test", "someone@example.com")
        assert refused.returncode == 1 and "535" in refused.stderr
        assert MAIL_PASSWORD not in refused.stdout + refused.stderr and "PLAIN …" in refused.stdout
        for address in ["a@example.com>\r\nRCPT TO:<b@example.com", "a@example.com\nb", "a b@example.com", "a@example.com\0"]:
            if "\0" not in address:
                assert stopped_server.command("mail", "test", address).returncode != 0
        assert len(mail_server.arrived) == 1


def test_a_wrong_password_holds_all_mail(stopped_server, authority, pair):
    with MailServer("starttls", pair, with_password=True) as mail_server:
        mail_server.users = {USER: "another"}
        server = starts(stopped_server, mail_server, EXTRA_CA_FILE=authority.file)
        alice = server.newcomer()
        asks(server, alice.email)
        mail = awaits_reply(server, alice.email, "535")
        assert (mail["state"], mail["attempts"]) == ("waiting", 0)
        assert "no mail can be sent" in server.log and MAIL_PASSWORD not in server.log
        assert "MAIL" not in mail_server.names()
        mail_server.users = {USER: MAIL_PASSWORD}
        # The pause of the running server, half a minute, ends with it.
        server.says("mail", "retry", "--all")
        mail_server.awaits(alice.email)


@pytest.mark.parametrize("step", ["RCPT", "DATA", "message"])
def test_a_temporary_refusal_is_retried_and_a_permanent_one_is_not(stopped_server, step):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice, bob = server.newcomer("alice"), server.newcomer("bob")
        mail_server.script[step] = "451 4.7.1 Not just now"
        asks(server, alice.email)
        mail = awaits_reply(server, alice.email, "451 4.7.1 Not just now")
        assert (mail["state"], mail["attempts"]) == ("waiting", 1) and mail["due_at"] > mail["created_at"]

        mail_server.script[step] = "550 5.1.1 Never"
        asks(server, bob.email)
        wait_until(lambda: listed(server, bob.email)["state"] == "undeliverable", "the e-mail to be given up", 20)
        assert listed(server, bob.email)["reply"] == "550 5.1.1 Never"
        assert "undeliverable" in server.says("mail", "list") and bob.email in server.says("mail", "list")
        row, = [row for row in server.objects("audit", "--json") if row["event"].startswith("mail")]
        assert row["user_id"] == bob.id and "550 5.1.1 Never" in json.dumps(row)

        mail_server.script.clear()
        server.says("mail", "retry", "--all")
        first, second = mail_server.awaits(alice.email), mail_server.awaits(bob.email)
        for mail in (first, second):
            assert {other.id for other in mail_server.arrived if other.recipient == mail.recipient} == {mail.id}
        assert first.id != second.id and server.client.get(f"/reset/{second.token}").status_code == 200


def test_a_server_that_ends_the_connection_at_one_mail_delays_no_other(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice, bob = server.newcomer("alice"), server.newcomer("bob")
        mail_server.script["RCPT"] = "421 4.7.0 Not this one"
        asks(server, alice.email)
        mail = awaits_reply(server, alice.email, "421 4.7.0 Not this one")
        assert (mail["state"], mail["attempts"]) == ("waiting", 1) and mail["due_at"] > mail["created_at"]
        mail_server.script = {}
        asks(server, bob.email)
        mail_server.awaits(bob.email, patience=10)
        assert "no mail can be sent" not in server.log


def test_a_reply_cannot_reorder_text_on_a_terminal(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        reply = "550 5.1.1 Never \u202etxen \u9999"
        mail_server.script["RCPT"] = reply
        asks(server, alice.email)
        awaits_reply(server, alice.email, "550 5.1.1 Never")
        assert listed(server, alice.email)["reply"] == reply
        for flags in [], ["--json"]:
            said = server.says("mail", "list", *flags)
            assert "\u202e" not in said and "\u9999" in said, said


@pytest.fixture
def fast_clock():
    """The program's clock runs twenty times as fast, so that what it waits for passes soon."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library, "Install faketime: the clock is turned with it."
    return {"LD_PRELOAD": library, "FAKETIME": "+0 x20"}


def test_a_mail_server_that_hangs_at_any_step_loses_no_mail(stopped_server, authority, pair, fast_clock):
    with MailServer("starttls", pair, with_password=True) as mail_server:
        server = starts(stopped_server, mail_server, EXTRA_CA_FILE=authority.file, **fast_clock)
        for step in STEPS:
            alice = server.newcomer(step.lower())
            # No connection is left from the last step.
            mail_server.stop()
            mail_server.start()
            mail_server.script = {step: SILENCE}
            asks(server, alice.email)
            query = "SELECT state FROM mail_outbox WHERE address = ? AND reply LIKE '%did not answer in time%'"
            assert wait_until(lambda: server.looks_up(query, alice.email), f"silence at {step}") == [("waiting",)]
            assert mail_server.to(alice.email) == []
            mail_server.script = {}
            # Event loops' timers do not fire under this clock, and one of them ends connections that are kept alive.
            server.client.close()
            server.stop()
            # The fast clock begins anew with each process.
            server.changes("UPDATE mail_outbox SET due_at = 0 WHERE state = 'waiting'")
            server.start()
            mail_server.awaits(alice.email)


@pytest.mark.parametrize("step", STEPS)
def test_a_server_stops_while_the_mail_server_hangs_and_the_next_sends_at_once(stopped_server, authority, pair, step):
    with MailServer("starttls", pair, with_password=True) as mail_server:
        server = starts(stopped_server, mail_server, EXTRA_CA_FILE=authority.file)
        alice = server.newcomer()
        mail_server.script = {step: SILENCE}
        asks(server, alice.email)
        before = {"greeting": lambda: mail_server.conversations, "handshake": lambda: "STARTTLS" in mail_server.names(),
                  "message": lambda: mail_server.arrived}
        wait_until(before.get(step, lambda: step in mail_server.names()), f"the server to hang at {step}")
        server.stop()
        mail = listed(server, alice.email)
        assert (mail["state"], mail["attempts"], "no mail can be sent" in server.log) == ("waiting", 0, False)
        mail_server.script = {}
        server.start()
        mail_server.awaits(alice.email)


def test_the_operator_releases_held_mail_of_a_running_server(stopped_server):
    def mail() -> dict:
        answer = server.client.get("/ready?verbose")
        # A mail server that is down is no reason to ask another server for pages.
        assert (answer.status_code, answer.json()["status"], answer.json()["database"]) == (200, "ready", {"status": "ok"})
        assert answer.json()["disk"]["free_bytes"] > answer.json()["disk"]["reserve_bytes"]
        return answer.json()["mail"]

    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        assert mail() == {"status": "ok", "waiting": 0, "undeliverable": 0, "expired": 0}
        mail_server.stop()
        asks(server, alice.email)
        wait_until(lambda: "no mail can be sent" in server.log, "the e-mail to be held")
        shown = mail()
        assert (shown["status"], shown["waiting"]) == ("held", 1) and "connect" in shown["problem"]
        assert shown["since"] < datetime.now(timezone.utc).isoformat()
        assert server.client.get("/ready").json() == {"status": "ready"}
        mail_server.start()
        assert "within seconds" in server.says("mail", "retry", "--all")
        mail_server.awaits(alice.email, patience=10)
        wait_until(lambda: "mail is sent again" in server.log and mail()["status"] == "ok", "the end of the hold")


def test_a_mail_server_that_works_again_when_it_is_tried_gets_the_held_mail(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        mail_server.script = {"MAIL": "550 5.7.1 Not from you"}
        asks(server, alice.email)
        wait_until(lambda: "no mail can be sent" in server.log, "the e-mail to be held")
        refused = server.command("mail", "test", "someone@example.com")
        assert refused.returncode == 1 and "5.7.1" in refused.stderr and "held" not in refused.stdout
        mail_server.script = {}
        assert server.says("mail", "test", "someone@example.com").endswith("Mail that was held is sent within seconds.\n")
        mail_server.awaits(alice.email, patience=10)
        wait_until(lambda: listed(server, alice.email, "--all")["state"] == "sent", "the e-mail to be settled")
        assert "held" not in server.says("mail", "test", "someone@example.com")


def test_mail_that_came_too_late_is_given_up_and_listed(stopped_server):
    stopped_server.settings["METRICS_PORT"] = 0
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        mail_server.stop()
        asks(server, alice.email)
        wait_until(lambda: "no mail can be sent" in server.log, "the e-mail to be held")
        server.stop()
        server.changes("UPDATE mail_outbox SET created_at = created_at - ?, expires_at = expires_at - ?", 3_600_000, 3_600_000)
        mail_server.start()
        server.start()
        wait_until(lambda: listed(server, alice.email)["state"] == "expired", "the e-mail to be given up")
        row, = [row for row in server.objects("audit", "--json") if row["event"].startswith("mail")]
        assert row["user_id"] == alice.id and "expired" in json.dumps(row)
        assert mail_server.arrived == []
        assert "There is no such e-mail" in server.says("mail", "retry", "--all")
        shown = server.client.get("/ready?verbose").json()["mail"]
        assert (shown["waiting"], shown["undeliverable"], shown["expired"]) == (0, 0, 1)
        port = re.search(r"^Metrics are at http://127\.0\.0\.1:(\d+)/metrics$", server.output, re.MULTILINE).group(1)

        def is_counted() -> bool:
            return 'latchkey_mails{state="expired"} 1' in Client(f"http://127.0.0.1:{port}").get("/metrics").text

        wait_until(is_counted, "the next count", 20)


@pytest.mark.parametrize("end", ["closed", "421"])
def test_a_connection_that_was_closed_in_between_holds_no_mail_up(stopped_server, end):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice, bob = server.newcomer("alice"), server.newcomer("bob")
        asks(server, alice.email)
        mail_server.awaits(alice.email)
        if end == "closed":
            mail_server.stop()
            mail_server.start()
        else:
            mail_server.ends_conversations("421 4.4.2 Idle for too long")
        asks(server, bob.email)
        mail_server.awaits(bob.email)
        assert "no mail can be sent" not in server.log


def without_tls(mail_server, authority):
    mail_server.tls = None


def expired(mail_server, authority):
    mail_server.presents(authority.issues(days=-1))


def of_another_host(mail_server, authority):
    mail_server.presents(authority.issues("mail.example.net", "192.0.2.1"))


def of_another_authority(mail_server, authority):
    mail_server.presents(Authority(authority.directory / "other").issues())


def refusing_tls(mail_server, authority):
    mail_server.script["STARTTLS"] = "454 4.7.0 No TLS today"


def injecting(mail_server, authority):
    mail_server.script["STARTTLS"] = "220 2.0.0 Go ahead\r\n250-mail.example.org\r\n250 AUTH PLAIN"


@pytest.mark.parametrize(
    "fault", [without_tls, expired, of_another_host, of_another_authority, refusing_tls, injecting])
def test_nothing_is_sent_where_tls_cannot_be_trusted(stopped_server, authority, pair, fault):
    with MailServer("starttls", pair, with_password=True) as mail_server:
        fault(mail_server, authority)
        server = starts(stopped_server, mail_server, EXTRA_CA_FILE=authority.file)
        alice = server.newcomer()
        asks(server, alice.email)
        wait_until(lambda: "no mail can be sent" in server.log, "the e-mail to be held", 20)
        assert listed(server, alice.email)["state"] == "waiting"
        assert set(mail_server.names()) <= {"EHLO", "STARTTLS", "QUIT"} and mail_server.arrived == []
        mail_server.script = {}
        mail_server.presents(pair)
        mail_server.stop()
        mail_server.start()
        restarts(server)
        assert mail_server.awaits(alice.email).is_protected
        assert all(is_protected for name, _, is_protected in mail_server.commands if name in ("AUTH", "MAIL", "RCPT", "DATA"))


def test_a_reply_of_a_thousand_lines_loses_no_mail(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice, bob = server.newcomer("alice"), server.newcomer("bob")
        mail_server.script["RCPT"] = "\r\n".join([*["550-Never"] * 1000, "550 5.1.1 Never"])
        asks(server, bob.email)
        wait_until(lambda: listed(server, bob.email)["state"] == "undeliverable", "the refusal", 20)
        mail_server.stop()
        mail_server.script = {}
        mail_server.extensions = [f"X-NUMBER-{number}" for number in range(1000)]
        mail_server.start()
        asks(server, alice.email)
        wait_until(lambda: mail_server.arrived or "no mail can be sent" in server.log, "an end of the reply", 20)
        assert listed(server, alice.email, "--all")["state"] in ("waiting", "sent")
        mail_server.extensions = []
        restarts(server)
        mail_server.awaits(alice.email)


def test_a_mail_server_that_hangs_delays_no_request_and_two_hundred_mails_wait_for_it(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        server.stop()
        people = [f"person{number}@example.com" for number in range(200)]
        names = [row[1] for row in server.looks_up("PRAGMA table_info(users)")]
        values = ", ".join({"id": "?", "email": "?"}.get(name, name) for name in names)
        for number, address in enumerate(people):
            identity = f"{alice.id[:-6]}{number:06x}"
            server.changes(
                f"INSERT INTO users ({', '.join(names)}) SELECT {values} FROM users WHERE email = ?",
                *[{"id": identity, "email": address}[name] for name in names if name in ("id", "email")], alice.email)
        server.start()
        mail_server.script["MAIL"] = SILENCE
        asks(server, people[0])
        wait_until(lambda: "MAIL" in mail_server.names(), "the mail server to be asked")

        def works(address: str) -> int:
            with Client(server.url) as client:
                client.post("/api/auth/request-password-reset", json={"email": address}).raise_for_status()
                return client.get("/login").status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(works, people[1:])) == {200}
        assert mail_server.arrived == [] and mail_server.names().count("MAIL") == 1
        server.kill()
        mail_server.script = {}
        # As if the time had passed for which the e-mail was reserved.
        server.changes("UPDATE mail_outbox SET leased_until = 0")
        server.start()
        wait_until(lambda: len(mail_server.kept) >= 200, "all e-mails", 60)
        assert sorted(mail.recipient for mail in mail_server.kept) == sorted(people)
        assert len({mail.token for mail in mail_server.kept}) == 200


def test_a_mail_whose_reply_was_lost_with_the_process_is_sent_twice_with_the_same_link(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        mail_server.script["message"] = LOST_ANSWER
        asks(server, alice.email)
        mail_server.awaits(alice.email)
        server.kill()
        mail_server.script = {}
        server.changes("UPDATE mail_outbox SET leased_until = 0")
        server.start()
        mail_server.awaits(alice.email, 2)
        first, second = mail_server.to(alice.email)
        assert (first.id, first.link.split("/reset/")[1]) == (second.id, second.link.split("/reset/")[1])
        assert server.client.get(f"/reset/{first.token}").status_code == 200
        restarts(server)
        assert len(mail_server.kept) == 2


def test_a_process_that_is_killed_between_commit_and_sending_loses_no_mail(stopped_server):
    with MailServer() as mail_server:
        server = starts(stopped_server, mail_server)
        alice = server.newcomer()
        mail_server.script["greeting"] = SILENCE
        asks(server, alice.email)
        wait_until(lambda: mail_server.conversations, "the connection")
        server.kill()
        mail_server.script = {}
        server.changes("UPDATE mail_outbox SET leased_until = 0")
        server.start()
        mail_server.awaits(alice.email)


def test_two_processes_on_one_database_send_each_mail_once(start_server, postgres, database):
    with MailServer() as mail_server:
        settings = mail_server.settings(
            DATABASE_URL=postgres.address(database), BETTER_AUTH_SECRET=SECRET, LATCHKEY_URL="http://localhost:8000")
        one, other = start_server(**settings), start_server(**settings)
        people = [one.newcomer(f"person{number}") for number in range(20)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda pair: asks(other if pair[0] % 2 else one, pair[1].email), enumerate(people)))
        wait_until(lambda: len(mail_server.kept) >= 20, "all e-mails", 30)
        assert len({mail.recipient for mail in mail_server.kept}) == len(mail_server.kept) == 20

        # One dies after the mail server has taken an e-mail, and before it knows.
        alice = one.newcomer()
        mail_server.script["message"] = LOST_ANSWER
        asks(one, alice.email)
        first = mail_server.awaits(alice.email)
        mail_server.script = {}
        killed = one if postgres.asks(
            "SELECT count(*) FROM mail_outbox WHERE sender IS NOT NULL", database) == ["1"] else None
        assert killed
        for server in (one, other):
            server.kill()
        postgres.asks("UPDATE mail_outbox SET leased_until = 0", database)
        other.start()
        second = mail_server.awaits(alice.email, 2)
        assert (first.id, first.link) == (second.id, second.link)
        assert other.client.get(f"/reset/{first.token}").status_code == 200


def test_debians_mail_server_accepts_the_mail(stopped_server, tmp_path_factory, authority, pair):
    program = Path("/usr/sbin/exim4")
    assert program.exists(), "Install exim4-daemon-light: mail is sent to it."
    if os.geteuid() != 0:
        pytest.skip("Exim delivers as another user, which only root can allow.")
    directory = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    user = "nobody"
    subprocess.run(["chown", user, directory], check=True)
    with MailServer() as free:
        port = free.port
    for source, name in zip(pair, ("cert.pem", "key.pem")):
        (directory / name).write_bytes(source.read_bytes())
        (directory / name).chmod(0o644)
    configuration = directory / "exim.conf"
    configuration.write_text(f"""
exim_user = {user}
exim_group = nogroup
spool_directory = {directory}/spool
log_file_path = {directory}/%slog
pid_file_path = {directory}/pid
primary_hostname = mail.example.org
daemon_smtp_ports = {port}
local_interfaces = 127.0.0.1
tls_certificate = {directory}/cert.pem
tls_privatekey = {directory}/key.pem
tls_advertise_hosts = *
auth_advertise_hosts = ${{if def:tls_in_cipher {{*}}{{}}}}
acl_smtp_rcpt = to
begin acl
to:
  deny local_parts = never
  require authenticated = *
  accept
begin routers
all:
  driver = accept
  transport = kept
begin transports
kept:
  driver = appendfile
  directory = {directory}/mail
  maildir_format
  create_directory
  user = {user}
  group = nogroup
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{USER}}}}}{{eq{{$auth3}}{{{MAIL_PASSWORD}}}}}}}}}
  server_set_id = $auth2
""")
    configuration.chmod(0o644)
    process = subprocess.Popen([program, "-bdf", "-C", configuration, "-q1m"], stdin=subprocess.DEVNULL)
    try:
        free.security, free.with_password = "starttls", True
        server = starts(stopped_server, free, EXTRA_CA_FILE=authority.file)
        alice = server.newcomer()
        asks(server, alice.email)
        path = wait_until(lambda: next((directory / "mail" / "new").glob("*"), None), "the e-mail in Exim's folder", 40)
        message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
        assert (message["Subject"], message["To"]) == ("Set a new password", alice.email) and message.defects == []
        text = message.get_body(("plain",)).get_content()
        link = next(line for line in text.splitlines() if line.startswith("http"))
        assert server.client.get(link.removeprefix(server.url.replace("127.0.0.1", "localhost"))).status_code == 200
        assert "esmtpsa" in str(message["Received"])
    finally:
        process.terminate()
        process.wait(10)
        subprocess.run(["rm", "-rf", directory], check=True)
