"""How long Prometheus takes to scrape 100,000 series: ours, and the same bytes from nginx."""

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from urllib.parse import quote

import yaml

from benchmarks.data import SERIES
from benchmarks.harness import COMPRESSED, Client, Row, free_port, program, slower
from benchmarks.ours import publishing
from benchmarks.peers import find, nginx

_WHAT = "scrape_duration_seconds, 100,000 series"
_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_SCRAPES = 15


def prometheus(folder: Path) -> Iterator[Row]:
    """The medians of scrapes that one Prometheus makes of both in turns."""
    path = find("prometheus")
    with publishing(folder / "ours", SERIES) as (port, _):
        accept, _ = COMPRESSED
        text, compressed = [Client(port, wants=(accept, encoding)).body() for encoding in ("identity", "gzip")]
        with nginx(folder / "nginx", text, compressed, _OPENMETRICS) as nginx_port:
            if path is None or nginx_port is None:
                missing = "nginx" if path else "Prometheus"
                yield slower(_WHAT, Client(port, wants=COMPRESSED).get(), missing, None, 1.1)
                return
            durations = _durations(path, folder / "prometheus", {"ours": port, "nginx": nginx_port})
    yield slower(_WHAT, durations["ours"], "nginx", durations["nginx"], 1.1)


def _durations(path: str, folder: Path, targets: dict[str, int]) -> dict[str, float]:
    """Median duration of a scrape, in seconds, by the name of the target."""
    folder.mkdir()
    port = free_port()
    config = folder / "prometheus.yml"
    scrapes = [
        {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]} for name, target in targets.items()
    ]
    config.write_text(yaml.safe_dump({"global": {"scrape_interval": "2s"}, "scrape_configs": scrapes}))
    command = [path, f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}"]
    with program([*command, f"--web.listen-address=127.0.0.1:{port}"], port, folder / "prometheus.log"):
        time.sleep(2 * (_SCRAPES + 2))
        return {name: _median_duration(port, name) for name in targets}


def _median_duration(port: int, job: str) -> float:
    expression = quote(f'scrape_duration_seconds{{job="{job}"}}[1h]')
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={expression}", timeout=10) as answer:
        result = json.load(answer)["data"]["result"]
    values = [float(value) for _, value in result[0]["values"]]
    return median(values[1:])  # the first scrape creates the series
