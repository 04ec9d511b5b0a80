"""`kpi serve` as a process: its answers over HTTP, its signals and its end."""

import gzip
import os
import pty
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import bcrypt
import psycopg
import pytest
import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from exporter.config import Config
from exporter.server import ListenError, _uvicorn_config, listen
from exporter.service import ReloadError, Service
from tests.exporter.support import KPI, Exporter, free_port, samples, wait_for, write_config, write_python, write_query

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"


@pytest.fixture(scope="module")
def exporter(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """A ready exporter with one query, for tests that only ask."""
    folder = tmp_path_factory.mktemp("server")
    write_query(folder / "plugins", "orders", "SELECT 'books' AS shop, 5 AS kpi_orders", labels=["shop"], every="1h")
    with Exporter(write_config(folder, {"app": postgres.dsn()}), counted=True) as running:
        yield running.ready()


class TestAnswers:
    def test_metrics_come_as_text_with_the_exporters_own(self, exporter: Exporter) -> None:
        answer = exporter.get("/metrics", headers={"Accept-Encoding": "identity"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, TEXT)
        assert "Content-Encoding" not in answer.headers
        assert samples(answer.text)["kpi_orders{shop=books}"] == 5
        assert samples(answer.text)["process_resident_memory_bytes"] > 0
        up = "kpi_exporter_collector_up{collector=orders,part=orders,source=app}"
        wait_for(lambda: exporter.samples().get(up) == 1)

    def test_metrics_come_compressed_to_who_takes_that(self, exporter: Exporter) -> None:
        answer = exporter.get("/metrics", headers={"Accept-Encoding": "gzip"}, stream=True)
        assert answer.headers["Content-Encoding"] == "gzip"
        raw = answer.raw.read(decode_content=False)
        assert len(raw) == int(answer.headers["Content-Length"])
        assert samples(gzip.decompress(raw))["kpi_orders{shop=books}"] == 5

    def test_metrics_come_as_openmetrics_with_one_end_mark(self, exporter: Exporter) -> None:
        accept = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        answer = exporter.get("/metrics", headers={"Accept": accept})
        assert answer.headers["Content-Type"] == OPENMETRICS
        assert answer.text.endswith("\n# EOF\n")
        assert answer.text.count("# EOF") == 1
        families = {family.name for family in read_openmetrics(answer.text)}  # type: ignore[no-untyped-call]
        assert {"kpi_orders", "kpi_exporter_build_info"} <= families

    def test_head_has_the_headers_of_get_and_no_body(self, exporter: Exporter) -> None:
        answer = requests.head(exporter.url + "/metrics", headers={"Accept-Encoding": "identity"}, timeout=5)
        assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (200, TEXT, b"")
        assert int(answer.headers["Content-Length"]) > 1000

    def test_health_readiness_and_the_page(self, exporter: Exporter) -> None:
        assert exporter.get("/-/healthy").text == "The exporter is healthy.\n"
        assert exporter.get("/-/ready").text == "The exporter is ready.\n"
        page = exporter.get("/")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "orders" in page.text
        assert str(exporter.config) in page.text
        assert "server" not in page.headers

    def test_the_values_of_one_collector_are_a_page_of_their_own(self, exporter: Exporter) -> None:
        answer = exporter.get("/collectors/orders")
        assert samples(answer.text) == {"kpi_orders{shop=books}": 5}
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        unknown = exporter.get("/collectors/ordres")
        assert (unknown.status_code, unknown.text) == (404, "there is no collector called ordres")

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nothing", 404),
            ("GET", "/metrics/", 404),
            ("GET", "/collectors/", 404),
            ("GET", "/collectors/a/b", 404),
            ("GET", "/collectors/..%2f..%2fetc", 404),
            ("POST", "/", 405),
            ("POST", "/metrics", 405),
            ("GET", "/-/reload", 405),
        ],
    )
    def test_what_is_not_there_or_not_allowed_is_refused(
        self, exporter: Exporter, method: str, path: str, status: int
    ) -> None:
        assert requests.request(method, exporter.url + path, timeout=5).status_code == status

    def test_many_scrapes_at_once_are_all_answered(self, exporter: Exporter) -> None:
        found: list[int] = []
        threads = [threading.Thread(target=lambda: found.append(len(exporter.samples()) > 10)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * 20


class TestLife:
    def test_it_is_ready_once_each_collector_ran_and_says_for_which_it_waits(
        self, tmp_path: Path, empty_database: str, app: psycopg.Connection[Any]
    ) -> None:
        app.execute("CREATE TABLE orders (n int)")
        write_query(tmp_path / "plugins", "orders", "SELECT count(*) AS kpi_orders FROM orders", every="1h")
        config = write_config(tmp_path, {"app": {"dsn": empty_database, "lock_timeout": "10s"}})
        with psycopg.connect(empty_database) as holder:
            holder.execute("LOCK TABLE orders")
            with Exporter(config, counted=True) as exporter:
                wait_for(lambda: exporter.answers("/-/healthy"))
                answer = exporter.get("/-/ready")
                assert answer.status_code == 503
                assert answer.text == "The exporter is waiting for the first run of: orders\n"
                assert "kpi_exporter_build_info" in exporter.get("/metrics").text
                holder.rollback()
                exporter.ready(5)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_in_order(self, tmp_path: Path, postgres: Any, number: signal.Signals) -> None:
        write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders")
        with Exporter(write_config(tmp_path, {"app": postgres.dsn()}), counted=True) as exporter:
            exporter.ready()
            with requests.Session() as session:  # an idle connection must not hold it up
                session.get(exporter.url + "/metrics", timeout=5)
                started = time.monotonic()
                exporter.signal(number)
                assert exporter.ended() == 0
            assert time.monotonic() - started < 2
        assert [event["event"] for event in exporter.log()] == ["serving", "stopped"]

    def test_sigterm_ends_it_within_five_seconds_though_a_collector_hangs_and_a_query_sleeps(
        self, tmp_path: Path, empty_database: str, app: psycopg.Connection[Any]
    ) -> None:
        plugins = tmp_path / "plugins"
        plugins.mkdir()
        write_python(plugins, "import time", "open('hangs', 'w').close()", "time.sleep(60)", "yield")
        write_query(plugins, "sleeps", "SELECT length(pg_sleep(60)::text) AS kpi_sleeps", timeout="2m")
        busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
        with Exporter(write_config(tmp_path, {"app": empty_database}), counted=True) as exporter:
            wait_for(lambda: app.execute(busy + " AND state = 'active'").fetchone() == (1,))
            wait_for((tmp_path / "hangs").exists)
            started = time.monotonic()
            exporter.signal(signal.SIGTERM)
            assert exporter.ended() == 0
            assert time.monotonic() - started < 5
        wait_for(lambda: app.execute(busy).fetchone() == (0,))
        assert exporter.log()[-1]["event"] == "stopped"

    def test_sigterm_ends_it_within_five_seconds_though_no_server_answers_any_more(
        self, tmp_path: Path, postgres: Any
    ) -> None:
        for number in range(3):
            name = f"sleeps_{number}"
            write_query(tmp_path / "plugins", name, f"SELECT length(pg_sleep(60)::text) AS kpi_{name}", timeout="2m")
        with frozen_proxy(Path(postgres.directory) / ".s.PGSQL.5432") as (port, freeze):
            sources = {
                name: {"dsn": f"postgresql://postgres@127.0.0.1:{port}/postgres", "labels": {"tenant": name}}
                for name in ("one", "two", "three")
            }
            with Exporter(write_config(tmp_path, sources), counted=True) as exporter:
                wait_for(lambda: running(postgres) == 6)
                freeze.set()
                started = time.monotonic()
                exporter.signal(signal.SIGTERM)
                assert exporter.ended() == 0
                assert time.monotonic() - started < 5

    def test_a_taken_port_is_told_before_anything_starts(self, tmp_path: Path, postgres: Any) -> None:
        config = write_config(tmp_path, {"app": postgres.dsn()})
        listen = yaml.safe_load(config.read_text())["listen"]
        with closing(socket.create_server(("127.0.0.1", int(listen.rpartition(":")[2])))):
            with Exporter(config, counted=True) as exporter:
                assert exporter.ended() == 3
            assert exporter.log() == [{"text": f"could not listen on {listen}: Address already in use"}]
        assert not (tmp_path / "data").exists()

    def test_two_that_start_at_the_same_moment_do_not_share_a_port(self) -> None:
        config = Config(listen=f"127.0.0.1:{free_port()}")
        with closing(listen(config)), pytest.raises(ListenError, match="Address already in use"):
            listen(config)

    @pytest.mark.parametrize("host", ["nowhere.invalid", "a..b"])
    def test_an_address_that_does_not_exist_is_told(self, tmp_path: Path, host: str) -> None:
        with Exporter(write_config(tmp_path, {}, listen=f"{host}:1234"), counted=True) as exporter:
            assert exporter.ended() == 3
        (line,) = exporter.log()
        assert line["text"].startswith(f"could not listen on {host}:1234: ")

    def test_it_listens_on_ipv6(self, tmp_path: Path) -> None:
        with closing(socket.socket(socket.AF_INET6)) as probe:
            try:
                probe.bind(("::1", 0))
            except OSError:
                pytest.skip("this machine has no IPv6")
            port = probe.getsockname()[1]
        with Exporter(write_config(tmp_path, {}, listen=f"[::1]:{port}"), counted=True) as exporter:
            wait_for(exporter.answers)
            assert exporter.log()[0]["url"] == f"http://[::1]:{port}"

    def test_a_second_exporter_on_the_same_directory_is_refused(self, tmp_path: Path) -> None:
        with Exporter(write_config(tmp_path, {}), counted=True) as exporter:
            exporter.ready()
            with Exporter(write_config(tmp_path, {}), counted=True) as second:
                assert second.ended() == 3
            directory = f"the directory {tmp_path}/data is in use by another process ({exporter.pid})"
            assert exporter.log()[-1]["text"] == f"{directory}; give each its own"
            assert exporter.process
            assert exporter.process.poll() is None

    def test_a_terminal_gets_lines_to_read_and_anything_else_gets_json(self, tmp_path: Path) -> None:
        ours, theirs = pty.openpty()
        with Exporter(write_config(tmp_path, {}), "sh", "-c", 'exec "$@" 2>"$0"', os.ttyname(theirs), KPI, "serve"):
            shown = wait_for(lambda: os.read(ours, 10_000).decode())
        assert "serving" in shown
        assert '"event"' not in shown
        for end in (ours, theirs):
            os.close(end)


class TestReload:
    @pytest.fixture
    def changing(self, tmp_path: Path, postgres: Any) -> Iterator[Exporter]:
        write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders", every="1h")
        with Exporter(write_config(tmp_path, {"app": postgres.dsn()}), counted=True) as exporter:
            yield exporter.ready()

    def reload(self, exporter: Exporter) -> requests.Response:
        return requests.post(exporter.url + "/-/reload", timeout=10)

    def test_post_takes_a_new_plugin(self, changing: Exporter, tmp_path: Path) -> None:
        write_query(tmp_path / "plugins", "stock", "SELECT 2 AS kpi_stock", every="1h")
        answer = self.reload(changing)
        assert (answer.status_code, answer.text) == (200, "The configuration was reloaded.\n")
        wait_for(lambda: changing.samples().get("kpi_stock") == 2)

    def test_post_refuses_a_bad_file_and_page_and_metric_tell_it_until_a_good_one_comes(
        self, changing: Exporter
    ) -> None:
        good = changing.config.read_text()
        changing.config.write_text(good + "sauces: {}\n")
        answer = self.reload(changing)
        assert answer.status_code == 500
        reason = "sauces: unknown key; did you mean sources?"
        assert answer.text.startswith("could not reload the configuration; the old one still runs:\n")
        assert reason in answer.text
        assert reason in changing.get("/").text
        wait_for(lambda: changing.samples()["kpi_exporter_config_last_reload_successful"] == 0)
        assert changing.samples()["kpi_orders"] == 1
        changing.config.write_text(good)
        assert self.reload(changing).status_code == 200
        assert reason not in changing.get("/").text
        wait_for(lambda: changing.samples()["kpi_exporter_config_last_reload_successful"] == 1)

    def test_post_and_page_name_what_is_left_out_until_it_is_mended(self, changing: Exporter, tmp_path: Path) -> None:
        broken = tmp_path / "plugins" / "broken.py"
        broken.write_text("import no_such_module\n")
        reason = f"could not load {broken}: ModuleNotFoundError: No module named "
        answer = self.reload(changing)
        assert answer.status_code == 200
        assert answer.text.startswith(f"The configuration was reloaded, but left out:\n{reason}")
        assert reason in changing.get("/").text
        wait_for(lambda: changing.samples()["kpi_exporter_collectors_left_out"] == 1)
        broken.unlink()
        assert self.reload(changing).text == "The configuration was reloaded.\n"
        assert "left out" not in changing.get("/").text

    def test_a_page_of_another_site_cannot_reload(self, changing: Exporter) -> None:
        address = changing.url + "/-/reload"
        assert requests.post(address, headers={"Origin": "http://evil.example"}, timeout=5).status_code == 403
        assert requests.post(address, headers={"Origin": changing.url}, timeout=5).status_code == 200

    def test_sighup_reloads_too(self, changing: Exporter, tmp_path: Path) -> None:
        good = changing.config.read_text()
        changing.config.write_text("nonsense")
        changing.signal(signal.SIGHUP)
        wait_for(lambda: [event for event in changing.log() if "could not reload" in event["event"]])
        changing.config.write_text(good)
        write_query(tmp_path / "plugins", "stock", "SELECT 2 AS kpi_stock", every="1h")
        changing.signal(signal.SIGHUP)
        wait_for(lambda: changing.samples().get("kpi_stock") == 2)
        assert changing.log()[-1]["event"] == "reloaded the configuration"


class TestWebConfig:
    def test_tls_and_passwords_guard_every_path(self, tmp_path: Path, postgres: Any) -> None:
        write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders", every="1h")
        write_certificate(tmp_path)
        hashed = bcrypt.hashpw(b"open sesame", bcrypt.gensalt(4)).decode()
        web = {
            "tls_server_config": {"cert_file": "cert.pem", "key_file": "key.pem"},
            "basic_auth_users": {"prometheus": hashed},
            "http_server_config": {"headers": {"X-Frame-Options": "deny"}},
        }
        (tmp_path / "web.yaml").write_text(yaml.safe_dump(web))
        config = write_config(tmp_path, {"app": postgres.dsn()}, web_config_file="web.yaml")
        with Exporter(config, scheme="https", counted=True) as exporter:
            trusted: dict[str, Any] = {"verify": str(tmp_path / "cert.pem")}
            allowed = trusted | {"auth": ("prometheus", "open sesame")}
            wait_for(lambda: self.status(exporter, "/-/ready", **allowed) == 200)
            answer = exporter.get("/metrics", **allowed)
            assert samples(answer.text)["kpi_orders"] == 1
            assert answer.headers["X-Frame-Options"] == "deny"
            assert exporter.log()[0]["url"] == exporter.url
            for path in ("/metrics", "/", "/-/ready", "/-/healthy", "/nothing"):
                assert self.status(exporter, path, **trusted) == 401
                assert self.status(exporter, path, **trusted, auth=("prometheus", "wrong")) == 401
            with pytest.raises(requests.exceptions.SSLError):
                exporter.get("/metrics")
            with pytest.raises(requests.ConnectionError):
                requests.get(exporter.url.replace("https", "http"), timeout=5)

    @pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
    def test_users_and_certificates_are_renewed_by_a_reload_but_tls_stays_as_it_was(self, tmp_path: Path) -> None:
        def write(user: str, **more: Any) -> None:
            users = {user: bcrypt.hashpw(b"sesame", bcrypt.gensalt(4)).decode()}
            (tmp_path / "web.yaml").write_text(yaml.safe_dump({"basic_auth_users": users, **more}))

        def certificate(exporter: Exporter) -> str:
            return ssl.get_server_certificate(("127.0.0.1", int(exporter.url.rpartition(":")[2])))

        tls = {"tls_server_config": {"cert_file": "cert.pem", "key_file": "key.pem"}}
        write_certificate(tmp_path)
        write("old", **tls)
        config = write_config(tmp_path, {}, web_config_file="web.yaml")
        orderly = "import atexit, exporter.cli; atexit.register(print, 'in order'); exporter.cli.main()"
        with Exporter(config, sys.executable, "-c", orderly, "serve", scheme="https") as exporter:

            def answers(user: str) -> dict[str, Any]:  # the certificate at hand changes, so it is read each time
                return {"auth": (user, "sesame"), "verify": str(tmp_path / "cert.pem")}

            wait_for(lambda: self.status(exporter, "/-/ready", **answers("old")) == 200)
            first = certificate(exporter)
            write("new", **tls)
            assert requests.post(exporter.url + "/-/reload", timeout=5, **answers("old")).status_code == 200
            write_certificate(tmp_path)
            assert requests.post(exporter.url + "/-/reload", timeout=5, verify=False, auth=("new", "sesame")).ok
            assert self.status(exporter, "/metrics", **answers("old")) == 401
            assert self.status(exporter, "/metrics", **answers("new")) == 200
            assert certificate(exporter) != first
            write("old")  # without TLS
            answer = requests.post(exporter.url + "/-/reload", timeout=5, **answers("new"))
            assert answer.status_code == 500
            assert "TLS cannot be switched on or off while the exporter runs; restart it" in answer.text
            assert self.status(exporter, "/metrics", **answers("new")) == 200
            exporter.signal(signal.SIGTERM)
            assert exporter.ended() == 0
        # A thread that checks passwords does not hold it up until it is torn down.
        assert {"text": "in order"} in exporter.log()

    def test_what_a_running_server_cannot_take_over_is_refused_by_a_reload(
        self, tmp_path: Path, configure: Callable[..., Config]
    ) -> None:
        def write(headers: dict[str, str] | None = None, **tls: Any) -> None:
            files = {"cert_file": "cert.pem", "key_file": "key.pem"}
            content = {"tls_server_config": files | tls, "http_server_config": {"headers": headers or {}}}
            path.write_text(yaml.safe_dump(content))

        def refusal() -> str:
            with pytest.raises(ReloadError) as raised:
                service.reload()
            return str(raised.value)

        path = tmp_path / "web.yaml"
        verified: dict[str, Any] = {"client_ca_file": "ca.pem", "client_auth_type": "VerifyClientCertIfGiven"}
        write_certificate(tmp_path)
        (tmp_path / "ca.pem").write_bytes((tmp_path / "cert.pem").read_bytes())
        write(**verified)
        config = configure({}, web_config_file=path)
        service = Service(lambda: config, "kpi.yaml")
        try:
            guard = _uvicorn_config(service)[1]
            changes: list[tuple[str, dict[str, Any]]] = [
                ("client_auth_type", {**verified, "client_auth_type": "RequireAndVerifyClientCert"}),
                ("min_version", {**verified, "min_version": "TLS13"}),
                ("max_version", {**verified, "max_version": "TLS12"}),
                ("cipher_suites", {**verified, "cipher_suites": ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]}),
                ("prefer_server_cipher_suites", {**verified, "prefer_server_cipher_suites": False}),
                ("client_ca_file", {}),
            ]
            for key, tls in changes:
                write(**tls)
                assert f"tls_server_config.{key} cannot change while the exporter runs; restart it" in refusal()
            write({"X-Frame-Options": "deny"}, **verified)
            assert "http_server_config.headers cannot change while the exporter runs; restart it" in refusal()
            write(**verified)
            write_certificate(tmp_path)
            service.reload()
            (tmp_path / "ca.pem").write_bytes((tmp_path / "cert.pem").read_bytes())
            assert "tls_server_config.client_ca_file cannot change" in refusal()
            guard.close()
        finally:
            service.stop()

    def status(self, exporter: Exporter, path: str, **options: Any) -> int:
        try:
            return exporter.get(path, **options).status_code
        except requests.ConnectionError:
            return 0

    def test_a_bad_web_config_is_told_with_its_line(self, tmp_path: Path) -> None:
        (tmp_path / "web.yaml").write_text("tls_server_config:\n  cert_file: gone.pem\n  key_file: gone.pem\n")
        with Exporter(write_config(tmp_path, {}, web_config_file="web.yaml"), counted=True) as exporter:
            assert exporter.ended() == 2
        assert "web.yaml:2: tls_server_config.cert_file: could not read the file" in exporter.log()[0]["text"]


def running(postgres: Any) -> int:
    """How many of the long queries run."""
    with psycopg.connect(postgres.dsn()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def frozen_proxy(target: Path) -> Iterator[tuple[int, threading.Event]]:
    """A port that leads to a Unix socket until it is frozen; then it swallows everything and answers nothing."""
    freeze, opened = threading.Event(), list[socket.socket]()

    def copy(source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            if not freeze.is_set():
                sink.sendall(data)

    def accept(listener: socket.socket) -> None:
        while True:
            client, server = listener.accept()[0], socket.socket(socket.AF_UNIX)
            opened.extend((client, server))
            if not freeze.is_set():
                server.connect(str(target))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=quiet, args=(copy, *pair), daemon=True).start()

    def quiet(work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except OSError:
            return

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=quiet, args=(accept, listener), daemon=True).start()
        try:
            yield listener.getsockname()[1], freeze
        finally:
            for connection in opened:
                connection.close()


def write_certificate(folder: Path) -> None:
    """A certificate for 127.0.0.1 that signs itself, as `cert.pem`, and its key as `key.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
