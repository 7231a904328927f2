"""The contents of /metrics and access to it: on a port of its own, or with a token."""

import re
import shutil
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest

from frames import make_pair, settings_for
from support import PASSWORD, PRODUCTION, SECRET, Client, wait_until

TOKEN = "metrics-q7m2xk9v4tz8b3nw6hc5rj1ydp0sfgle"
RULES = Path(__file__).resolve().parents[2] / "docs" / "alerts.yml"
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[^"}]|"(?:\\.|[^"\\])*")*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"')
REQUESTS = "http_server_request_duration_seconds"


def promtool(*arguments, input: str = "") -> subprocess.CompletedProcess:
    program = shutil.which("promtool")
    assert program, "Install Debian's package prometheus, as Scripts/install.sh test does."
    return subprocess.run([program, *map(str, arguments)], input=input, capture_output=True, text=True, timeout=60)


class Scrape:
    """The result of a scrape, read more strictly than by Prometheus."""

    def __init__(self, text: str):
        self.text = text
        self.kinds: dict[str, str] = {}
        self.values: dict[tuple, float] = {}
        assert text.endswith("\n") and "\r" not in text
        family = None
        helps = set()
        for line in text.splitlines():
            if line.startswith("# HELP "):
                family = line.split(" ")[2]
                assert family not in helps, f"{family} is described twice, or its samples are apart."
                helps.add(family)
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family and name not in self.kinds
                self.kinds[name] = kind
            else:
                match = SAMPLE.fullmatch(line)
                assert match, line
                name, labels, value = match.groups()
                parts = ("_bucket", "_sum", "_count") if self.kinds[family] == "histogram" else ("",)
                assert name in [family + part for part in parts], f"{name} is among the samples of {family}."
                key = (name, *sorted(LABEL.findall(labels or "")))
                assert key not in self.values, f"{key} is there twice."
                self.values[key] = float(value)
        self.check_histograms()

    def check_histograms(self):
        series: dict[tuple, list] = {}
        for (name, *labels), value in self.values.items():
            if name.endswith("_bucket"):
                bound = float(dict(labels)["le"])
                rest = tuple(label for label in labels if label[0] != "le")
                series.setdefault((name.removesuffix("_bucket"), rest), []).append((bound, value))
        for (name, rest), buckets in series.items():
            assert buckets == sorted(buckets) and buckets[-1][0] == float("inf"), name
            counts = [count for _, count in buckets]
            assert counts == sorted(counts)
            assert counts[-1] == self.values[(name + "_count", *rest)]

    def __call__(self, name: str, **labels) -> float:
        return self.values[(name, *sorted(labels.items()))]

    def sums(self, name: str, *labels: str) -> Counter:
        """The values of a name, by these labels."""
        sums = Counter()
        for (found, *pairs), value in self.values.items():
            if found == name:
                pairs = dict(pairs)
                sums[tuple(pairs[label] for label in labels)] += value
        return sums

    @property
    def requests(self) -> Counter:
        return self.sums(
            REQUESTS + "_count", "http_request_method", "http_route", "http_response_status_code")


def metrics_of(server) -> Client:
    """Asks the metrics' own port."""
    found = wait_until(
        lambda: re.search(r"^Metrics are at http://127\.0\.0\.1:(\d+)/metrics$", server.output, re.MULTILINE),
        "the line that tells where the metrics are")
    return Client(f"http://127.0.0.1:{found.group(1)}")


def scrape(client: Client, **options) -> Scrape:
    answer = client.get("/metrics", **options)
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)


@pytest.fixture(scope="module")
def server(start_server):
    server = start_server(
        BETTER_AUTH_SECRET=SECRET, METRICS_PORT=0, METRICS_TOKEN=TOKEN, THROTTLE="on", THROTTLE_ADDRESS="3/600",
        ANSWER_CACHE_MIB=4, **PRODUCTION)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def metrics(server):
    return metrics_of(server)


BEARER = {"Authorization": f"Bearer {TOKEN}"}


def bare(answer) -> tuple:
    """An answer without the request's id and the time."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in ("date", "content-length"):
        headers.pop(name, None)
    request = headers.pop("x-request-id")
    return answer.status_code, headers, answer.text.replace(request, "")


# Access


def test_the_port_of_their_own_serves_metrics_and_nothing_else(server, metrics):
    answer = metrics.get("/metrics")
    assert answer.status_code == 200
    # Prometheus refuses what is not exactly this.
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert metrics.head("/metrics").status_code == 200
    for path in ["/", "/health", "/ready", "/metrics/", "/api/tasks", "/login", "/METRICS"]:
        assert metrics.get(path).status_code == 404, path
    assert metrics.post("/metrics").status_code == 404


def test_without_the_token_the_public_port_has_no_such_address(server):
    unknown = bare(server.client.get("/metricz"))
    assert unknown[0] == 404
    wrong = [
        {}, {"Authorization": "Bearer " + TOKEN[:-1]}, {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {SECRET}"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN},
        {"Authorization": "Bearer "}, {"Authorization": "Bearer " + TOKEN.upper()},
        {"X-Forwarded-For": "127.0.0.1"}, {"Cookie": f"metrics_token={TOKEN}"},
    ]
    for headers in wrong:
        assert bare(server.client.get("/metrics", headers=headers)) == unknown, headers
    assert bare(server.client.get(f"/metrics?token={TOKEN}")) == unknown
    for method in ["POST", "OPTIONS", "PUT", "HEAD"]:
        here, there = (server.client.request(method, path) for path in ("/metrics", "/metricz"))
        assert bare(here) == bare(there), method
    assert server.client.post("/metrics", headers=BEARER).status_code == 404


def test_with_the_token_the_public_port_serves_them_too(server):
    answer = server.client.get("/metrics", headers=BEARER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert Scrape(answer.text)("latchkey_ready") == 1
    assert server.client.get("/metrics", headers={"Authorization": f"bearer  {TOKEN}"}).status_code == 200


def test_without_settings_there_are_no_metrics(start_server):
    server = start_server()
    assert server.client.get("/metrics").status_code == 404
    assert server.client.get("/metrics", headers=BEARER).status_code == 404
    assert "Metrics" not in server.output
    server.stop()


def test_over_https_the_redirecting_port_tells_nothing(start_server, tmp_path):
    server = start_server(**settings_for(make_pair(tmp_path), HTTP_REDIRECT_PORT=0, METRICS_TOKEN=TOKEN))
    found = scrape(server.client, headers=BEARER)
    assert found("latchkey_tls_certificate_not_after_timestamp_seconds") > 1_700_000_000
    port = wait_until(lambda: re.search(r"^HTTP on port (\d+)", server.output, re.MULTILINE), "the port").group(1)
    answer = Client(f"http://127.0.0.1:{port}").get("/metrics", headers=BEARER)
    assert answer.status_code == 308
    server.stop()


# The settings


@pytest.mark.parametrize("settings, sentence", [
    ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN must have at least 32 characters. Make one with: openssl rand"),
    ({"METRICS_TOKEN": "with a space " * 4}, "METRICS_TOKEN must consist of ASCII characters without spaces."),
    ({"METRICS_TOKEN": SECRET}, "METRICS_TOKEN must not be BETTER_AUTH_SECRET"),
    ({"METRICS_TOKEN": "a" * 40, **PRODUCTION}, "METRICS_TOKEN repeats a few characters"),
    ({"PORT": 8123, "METRICS_PORT": 8123}, "METRICS_PORT and PORT are both 8123, but need a port each."),
    ({"METRICS_PORT": 70000}, "METRICS_PORT is '70000', but must be 0–65535."),
    ({"METRICS_PORT": 0, "METRICS_HOST": "192.0.2.1"}, "192.0.2.1 is not an address of this machine."),
])
def test_a_start_that_is_refused_says_why(stopped_server, settings, sentence):
    stopped_server.settings |= settings
    said = stopped_server.is_refused()
    assert sentence in said
    if "METRICS_TOKEN" in settings:
        assert settings["METRICS_TOKEN"] not in said.replace("at least 32 characters", "")


def test_the_token_may_be_in_a_file(start_server, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    server = start_server(METRICS_TOKEN_FILE=tmp_path / "token")
    assert server.client.get("/metrics", headers=BEARER).status_code == 200
    assert server.client.get("/metrics").status_code == 404
    server.stop()


# Contents


def test_promtool_accepts_what_is_scraped(server, metrics, alice):
    alice.adds("Buy milk")
    text = metrics.get("/metrics").text
    done = promtool("check", "metrics", input=text)
    assert done.returncode == 0, done.stdout + done.stderr
    assert text.startswith(f"# HELP {REQUESTS} ")


def test_promtool_accepts_the_alert_rules(metrics):
    done = promtool("check", "rules", RULES)
    assert done.returncode == 0, done.stdout + done.stderr
    # A rule about something that is not there would never fire.
    known = set(scrape(metrics).kinds)
    known |= {"latchkey_backup_last_success_timestamp_seconds", "latchkey_tls_certificate_not_after_timestamp_seconds",
              "latchkey_mail_attempts_total"}
    named = set(re.findall(r"\b(?:latchkey|process|http_server)_[a-z_0-9]+", re.sub(r"#.*", "", RULES.read_text())))
    assert {re.sub(r"_(count|bucket|sum)$", "", name) for name in named} <= known


def test_promtool_accepts_them_over_https_with_mail_and_backups(start_server, tmp_path, mail_server):
    settings = settings_for(make_pair(tmp_path), METRICS_TOKEN=TOKEN, EMAIL_VERIFICATION="optional",
                            BACKUP_SCHEDULE="every 1h")
    server = start_server(**settings, **mail_server.settings())
    alice = server.newcomer("alice")
    mail_server.awaits(alice.email)
    wait_until(lambda: list((server.data / "backups").glob("*.db")), "the first backup")
    found = wait_until(
        lambda: (seen := scrape(server.client, headers=BEARER))("latchkey_mail_attempts_total", result="sent") and seen,
        "the e-mail to be counted")
    done = promtool("check", "metrics", input=found.text)
    assert done.returncode == 0, done.stdout + done.stderr
    assert found("latchkey_mail_attempts_total", result="sent") == 1
    assert found("latchkey_backup_scheduled") == 1 and found("latchkey_backup_failed") == 0
    assert found("latchkey_backup_last_success_timestamp_seconds") > 1_700_000_000
    assert found("latchkey_backup_last_size_bytes") > 100_000
    server.stop()


def test_requests_are_counted_by_route_and_status(server, metrics, alice):
    """Eight clients at a time, with scrapes meanwhile; then every count is exact."""
    task = alice.adds("Buy milk")
    before = scrape(metrics).requests
    asked = Counter()
    lock = threading.Lock()

    def asks():
        client = Client(server.url)
        own = {"Authorization": f"Bearer {alice.token}"}
        done = Counter()

        def ask(method, path, route, status, **options):
            answer = client.request(method, path, **options)
            assert answer.status_code == status, (method, path, answer.text)
            done[method, route, str(status)] += 1

        for number in range(25):
            ask("GET", "/health", "/health", 200)
            ask("HEAD", "/health", "/health", 200)
            ask("GET", "/api/tasks", "/api/tasks", 200, headers=own)
            ask("GET", "/api/tasks", "/api/tasks", 401)
            ask("POST", "/api/tasks", "/api/tasks", 201, headers=own, json={"title": f"Task {number}"})
            ask("POST", "/api/tasks", "/api/tasks", 422, headers=own, json={"title": ""})
            ask("GET", f"/api/tasks/{task['id']}", "/api/tasks/{task_id}", 200, headers=own)
            ask("GET", f"/api/users/{alice.id}/tasks", "/api/users/{user_id}/tasks", 200, headers=own)
            ask("GET", f"/no/such/path/{number}", "none", 404)
            ask("DELETE", "/health", "none", 405)
            ask("GET", "/app.css", "/{public_file}", 200)
            ask("GET", "/dashboard", "/dashboard", 303)
            ask("PROPFIND", f"/{number}", "none", 404) if number == 0 else None
        with lock:
            asked.update(done)

    threads = [threading.Thread(target=asks) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        scrape(metrics)
    for thread in threads:
        thread.join()
    expected = Counter({key if key[0] != "PROPFIND" else ("_OTHER", *key[1:]): n for key, n in asked.items()})
    assert sum(expected.values()) == 8 * (12 * 25 + 1)
    assert scrape(metrics).requests - before == expected


def test_a_refused_request_is_counted_by_its_reason(server, metrics):
    before = scrape(metrics)
    answer = server.client.get("/health", headers={"X-Long": "x" * 20_000})
    assert answer.status_code == 431
    answer = server.client.post("/api/auth/signin", data="x" * 20_000)
    assert answer.status_code == 413
    after = scrape(metrics)
    for reason in ["headers_too_large", "body_too_large"]:
        name = "latchkey_http_refused_total"
        assert after(name, reason=reason) - before(name, reason=reason) == 1, reason


def test_sign_ins_and_throttles_are_counted_by_outcome(server, metrics):
    carol = server.newcomer("carol")
    before = scrape(metrics)
    answer = server.tries_to_sign_in(carol.email, PASSWORD)
    assert answer.status_code == 200
    for _ in range(3):
        assert server.tries_to_sign_in(carol.email, "wrong horse battery").status_code == 401
    for _ in range(2):
        assert server.tries_to_sign_in(carol.email, "wrong horse battery").status_code == 429
    after = scrape(metrics)
    name = "latchkey_sign_ins_total"
    assert after.sums(name, "outcome") - before.sums(name, "outcome") == {("ok",): 1, ("wrong",): 3, ("throttled",): 2}
    name = "latchkey_throttled_total"
    assert after.sums(name, "act") - before.sums(name, "act") == {("sign_in",): 2}
    assert after("latchkey_password_hash_seconds_count") - before("latchkey_password_hash_seconds_count") == 4
    assert after("latchkey_sign_ups_total") >= 1


def test_the_database_and_the_process_are_measured(server, metrics, alice):
    before = scrape(metrics)
    for number in range(20):
        alice.adds(f"Task {number}")
    after = scrape(metrics)
    writes = after("latchkey_database_wait_seconds_count") - before("latchkey_database_wait_seconds_count")
    assert writes >= 20
    assert after("latchkey_database_group_size_sum") - before("latchkey_database_group_size_sum") == writes
    assert after("latchkey_database_commit_seconds_count") > before("latchkey_database_commit_seconds_count")
    assert after("latchkey_sqlite_database_bytes") == server.database.stat().st_size
    assert after("latchkey_sqlite_wal_bytes") > 0
    assert after("latchkey_database_disk_free_bytes") > 0
    assert after("latchkey_database_queue_length") == 0
    assert after("latchkey_database_failed_writes_total") == 0
    proc = Path(f"/proc/{server.process.pid}")
    assert abs(after("process_resident_memory_bytes") / 2**20 - server.memory()) < 16
    assert abs(after("process_open_fds") - len(list((proc / "fd").iterdir()))) <= 3
    assert after("process_max_fds") >= 1024
    assert after("process_cpu_seconds_total") > before("process_cpu_seconds_total") > 0
    assert abs(after("process_start_time_seconds") - proc.stat().st_ctime) < 5
    # One more reads the sizes of files while they are scraped.
    assert abs(after("latchkey_threads") - len(list((proc / "task").iterdir()))) <= 2
    assert after("latchkey_connections", protocol="http1") >= 1
    assert after("latchkey_answer_cache_bytes") > 0
    assert after.sums("latchkey_build_info", "version") == {("0.1.0",): 1}


def test_an_open_stream_of_changes_is_counted(server, metrics, alice):
    wait_until(lambda: scrape(metrics)("latchkey_event_streams") == 0, "no streams", 60)
    with alice.gets("/api/events", stream=True) as stream:
        assert stream.status_code == 200
        assert scrape(metrics)("latchkey_event_streams") == 1
    # That a client is gone is seen when something is sent to it, every 20 s.
    wait_until(lambda: scrape(metrics)("latchkey_event_streams") == 0, "the stream to be gone", 60)


def test_metrics_contain_no_user_data(server, metrics, alice):
    secret = "confidential-4711"
    alice.adds(secret)
    for path in [f"/{secret}", f"/api/{secret}/tasks", f"/reset/{secret}", f"/api/tasks?{secret}", f"/{secret}.css"]:
        server.client.get(path, headers={"User-Agent": secret, "X-Forwarded-For": "198.51.100.77", "Host": "127.0.0.1"})
        alice.gets(path)
    server.client.request("X" + "Y" * 9, f"/{secret}")
    server.tries_to_sign_in(f"{secret}@example.com", secret)
    text = scrape(metrics).text
    for private in [secret, "198.51.100.77", "127.0.0.1", alice.email, alice.id, alice.token, "example.com", TOKEN,
                    SECRET, str(server.directory), "XYYYY"]:
        assert private not in text, private
    assert scrape(metrics)("latchkey_http_requests_in_progress") == 0


def test_the_postgresql_pool_is_measured(start_server, postgres, database):
    server = start_server(DATABASE_URL=postgres.address(database), DATABASE_POOL_SIZE=3, METRICS_PORT=0)
    metrics = metrics_of(server)
    alice = server.newcomer("alice")
    before = scrape(metrics)
    for number in range(10):
        alice.adds(f"Task {number}")
    after = scrape(metrics)
    done = promtool("check", "metrics", input=after.text)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ["latchkey_database_wait_seconds_count", "latchkey_database_operation_seconds_count"]:
        assert after(name) - before(name) >= 10, name
    assert sum(after.sums("latchkey_database_connections", "state").values()) == 3
    assert after("latchkey_database_late_operations_total") == 0
    assert "latchkey_sqlite_wal_bytes" not in after.kinds
    server.stop()
