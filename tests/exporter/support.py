"""What the tests of the running process share: queries of one file, an exporter as a process, and what it serves."""

import datetime
import ipaddress
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
import redis
import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from prometheus_client.parser import text_string_to_metric_families
from psycopg import sql

from tests import uncounted
from warehouse.embedded import EmbeddedPostgres

KPI = Path(sys.executable).with_name("kpi")
BUILT_IN = tuple(sorted(entry.name for entry in entry_points(group="kpi_exporter.collectors")))
ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
PYTHON = """
from collectors import Collector
from metrics import COUNT, Gauge

TICKETS = Gauge("kpi_tickets", "Tickets.", unit=COUNT, labels=("queue",), owner="tests")
released = None


class Tickets(Collector):
    name = "tickets"
    metrics = (TICKETS,)
    interval = 0.2
    timeout = 0.3

    def collect(self, run):
"""


def wait_for(find: Callable[[], T], seconds: float = 30.0) -> T:
    """What `find` gives as soon as it is true; fails the test after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"not true within {seconds:g} s: {found!r}"
        time.sleep(0.02)
    return found


def samples(text: str | bytes) -> dict[str, float]:
    """The samples of an exposition by series, written as `name{label=value,…}`, labels in order."""
    if isinstance(text, bytes):
        text = text.decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            series = f"{sample.name}{{{labels}}}" if labels else sample.name
            assert series not in found, f"{series} comes twice"
            found[series] = sample.value
    return found


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server(program: Path, folder: Path, password: str = "") -> Iterator[int]:
    """The port of a Redis of its own, which forgets what no longer fits into 64 MB."""

    def answers() -> bool:
        try:
            with redis.Redis(port=port, password=password or None) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    port = free_port()
    command = [
        str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder),
        "--requirepass", password, "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(answers)
        yield port
    finally:
        process.terminate()
        process.wait()


def certificate(folder: Path, stem: str, name: str) -> None:
    """Write `STEM.crt`, a certificate for 127.0.0.1 that has signed itself, and `STEM.key`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / f"{stem}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{stem}.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def write_query(
    folder: Path,
    name: str,
    sql: str,
    *,
    labels: Sequence[str] = (),
    every: str = "200ms",
    metric: str = "",
    also: Sequence[Mapping[str, Any]] = (),
    **more: Any,
) -> Path:
    """A plugin of one query that measures `kpi_NAME`, or `metric`; `more` is the rest of its declaration.

    `also` are the declarations of more metrics.
    """
    header: dict[str, Any] = {key: more.pop(key) for key in ("timeout", "cursor", "settle", "backfill") if key in more}
    declared = {
        "name": metric or f"kpi_{name}",
        "help": f"About {name}.",
        "unit": "count",
        "owner": "tests",
        "labels": [*labels],
        **more,
    }
    content: dict[str, Any] = {"every": every, **header, "metrics": [declared, *also]}
    keys = yaml.safe_dump(content, sort_keys=False, width=1000)
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.sql"
    path.write_text("-- One row per series.\n" + "".join(f"-- {line}\n" for line in keys.splitlines()) + sql + "\n")
    return path


def write_python(folder: Path, *lines: str, needs_source: bool = False) -> None:
    """A plugin in Python whose `collect` has these lines."""
    text = PYTHON.replace("    timeout", f"    needs_source = {needs_source}\n    timeout")
    (folder / "tickets.py").write_text(text + "".join(f"        {line}\n" for line in lines))


def write_config(folder: Path, sources: Mapping[str, Any], *, built_in: bool = False, **keys: Any) -> Path:
    """A `kpi.yaml` in `folder`, with plugins in `plugins` if that folder is there, on a free port.

    A source is its DSN or a mapping of its keys. The built-in collectors are off unless `built_in`.
    """
    config: dict[str, Any] = {
        "sources": {name: {"dsn": given} if isinstance(given, str) else given for name, given in sources.items()},
        "collectors": {} if built_in else {name: {"enabled": False} for name in BUILT_IN},
        "data_dir": "data",
        "listen": f"127.0.0.1:{free_port()}",
    }
    if (folder / "plugins").is_dir():
        config["plugins"] = "plugins"
    config["collectors"] |= keys.pop("collectors", {})
    path = folder / "kpi.yaml"
    path.write_text(yaml.safe_dump(config | keys, sort_keys=False))
    return path


@contextmanager
def denied(postgres: EmbeddedPostgres, dsn: str, spared: int = 0) -> Iterator[None]:
    """The database ends its sessions and refuses new ones; the session with the process id `spared` stays."""
    name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    allow = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
    with psycopg.connect(postgres.dsn(), autocommit=True) as administrator:
        administrator.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        administrator.execute(end, [name, spared])
        try:
            yield
        finally:
            administrator.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def kpi(
    *arguments: str | Path, folder: Path | None = None, counted: bool = True, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    inherited = uncounted.environ(counted=counted)
    return subprocess.run(
        [KPI, *arguments], cwd=folder, env=inherited | environ, capture_output=True, text=True, timeout=120
    )


class Exporter:
    """`kpi serve` as a process. Its log is read as it comes. Its lines are `counted` for the coverage where they are
    what a test is about.
    """

    def __init__(
        self, config: Path, *command: str | Path, scheme: str = "http", counted: bool = False, **environ: str
    ) -> None:
        self.config = config
        self.url = f"{scheme}://{yaml.safe_load(config.read_text())['listen']}"
        self._command = [*(command or (KPI, "serve")), "--config", config]
        self._environ = uncounted.environ(counted=counted) | environ
        self._log = config.with_name("log")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=self.config.parent, env=self._environ, stdout=log, stderr=log
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        """End it without warning, as a machine out of memory would."""
        self.signal(signal.SIGKILL)
        self.ended()

    def ended(self, seconds: float = 60) -> int:
        """The exit code, once there is one."""
        assert self.process
        return self.process.wait(seconds)

    def log(self) -> list[dict[str, Any]]:
        """What was logged, and as `{"text": …}` any line that is not JSON."""
        lines = self._log.read_text().splitlines()
        return [json.loads(line) if line.startswith("{") else {"text": line} for line in lines]

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=10, **options)

    def answers(self, path: str = "/-/ready") -> bool:
        """Whether a path answers with 200 now; a process that has ended fails the test."""
        assert self.process
        assert self.process.poll() is None, self._log.read_text()
        try:
            return self.get(path).status_code == 200
        except requests.ConnectionError:
            return False

    def ready(self, seconds: float = 60) -> Self:
        wait_for(self.answers, seconds)
        return self

    def samples(self) -> dict[str, float]:
        return samples(self.get("/metrics").text)
