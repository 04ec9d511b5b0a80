"""The programs that we are measured against. A peer that is not installed has no port."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from benchmarks.harness import free_port, program

_NGINX = """
daemon off;
error_log {folder}/error.log;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    gzip_static on;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/1;
    proxy_temp_path {folder}/2;
    fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4;
    scgi_temp_path {folder}/5;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/pages;
        default_type "{content_type}";
    }}
}}
"""


def find(name: str) -> str | None:
    """Where a program is; Debian keeps servers in folders that are not on everybody's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def nginx(folder: Path, text: bytes, compressed: bytes, content_type: str = "text/plain") -> Iterator[int | None]:
    """nginx that serves the same bytes from files, the compressed ones as they are."""
    path = find("nginx")
    if path is None:
        yield None
        return
    pages = folder / "pages"
    pages.mkdir(parents=True)
    (pages / "metrics").write_bytes(text)
    (pages / "metrics.gz").write_bytes(compressed)
    for passable in (folder, *folder.parents):  # its worker is an ordinary user
        if passable.owner() == "root" and os.geteuid() == 0:
            passable.chmod(passable.stat().st_mode | 0o055)
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port, content_type=content_type))
    with program([path, "-c", config, "-e", folder / "start.log"], port, folder / "nginx.log"):
        yield port


@contextlib.contextmanager
def prometheus_client(folder: Path, series: int) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """prometheus-client's own server with as many series."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.prometheus_client_server", str(port), str(series)]
    with program(command, port, folder / "prometheus-client.log") as process:
        yield port, process


@contextlib.contextmanager
def sql_exporter(folder: Path, dsn: str, labels: list[str], value: str, query: str) -> Iterator[int | None]:
    """Debian's prometheus-sql-exporter with one query."""
    path = find("prometheus-sql-exporter")
    if path is None:
        yield None
        return
    go_dsn = dsn.replace("postgresql://", "postgres://")  # the scheme names the driver
    one = {"name": "benchmark", "help": "Made up.", "labels": labels, "values": [value], "query": query}
    job = {"name": "benchmark", "interval": "1h", "connections": [go_dsn], "queries": [one]}
    config = _written(folder / "sql-exporter.yml", {"jobs": [job]})
    port = free_port()
    command = [path, f"-config.file={config}", f"-web.listen-address=127.0.0.1:{port}"]
    with program(command, port, folder / "sql-exporter.log"):
        yield port


@contextlib.contextmanager
def query_exporter(folder: Path, dsn: str, labels: list[str], value: str, query: str) -> Iterator[int | None]:
    """query-exporter with one query."""
    path = find("query-exporter")
    if path is None:
        yield None
        return
    config = _written(
        folder / "query-exporter.yaml",
        {
            "databases": {"benchmark": {"dsn": dsn}},
            "metrics": {value: {"type": "gauge", "description": "Made up.", "labels": labels}},
            "queries": {"all": {"databases": ["benchmark"], "interval": 3600, "metrics": [value], "sql": query}},
        },
    )
    port = free_port()
    command = [path, "--host", "127.0.0.1", "--port", str(port), "--config", str(config)]
    with program(command, port, folder / "query-exporter.log"):
        yield port


def _written(path: Path, config: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(config))
    return path
