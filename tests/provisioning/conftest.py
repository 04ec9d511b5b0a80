"""Fixtures for what is built: a Prometheus that holds the history of the demo company and scrapes a live exporter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from pydantic import SecretStr

from exporter.backfill import LOOKBACK, fill
from exporter.config import Config, Source
from exporter.prometheus import Prometheus
from tests.exporter.support import BUILT_IN, Exporter, free_port, redis_server, wait_for, write_config
from tests.uncounted import uncounted
from warehouse.demo import load
from warehouse.embedded import EmbeddedPostgres
from warehouse.migrate import migrate

_LABELS = {"tenant": "acme"}
_OFTEN = {name: {"interval": "5s"} for name in BUILT_IN}  # so that there is soon something to say about runs


@dataclass(frozen=True)
class Observed:
    """The demo company as boards see it: 30 days in Prometheus, the live exporter, and the servers behind it.

    `postgres` is the DSN of the database. `now` is where the history ends and scraping begins. All tests of a
    module share it, so they only look.
    """

    prometheus: Prometheus
    exporter: Exporter
    postgres: str
    now: datetime

    def ask(self, path: str, **parameters: str | float) -> Any:
        """The data of an answer of Prometheus' HTTP API, such as `ask("query_range", query=…, start=…, …)`."""
        answer = requests.get(f"{self.prometheus.url}/api/v1/{path}", params=parameters, timeout=10).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def query(self, expression: str, **parameters: str | float) -> list[dict[str, Any]]:
        """The series of an instant query, by default of this moment."""
        found: list[dict[str, Any]] = self.ask("query", query=expression, **parameters)["result"]
        return found


@pytest.fixture(scope="module")  # other tests stop the server, and what runs here keeps a processor busy
def observed(
    postgres: EmbeddedPostgres, program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    """It takes some 10 to 20 seconds: keep the tests that use it in one `xdist_group`."""
    prometheus, promtool = program("prometheus"), program("promtool")
    folder = tmp_path_factory.mktemp("observed")
    dsn, now = postgres.dsn("demo_observed"), datetime.now(UTC).replace(microsecond=0)
    with (
        redis_server(program("redis-server"), folder) as redis_port,
        psycopg.connect(postgres.dsn(), autocommit=True) as administrator,
    ):
        administrator.execute("CREATE DATABASE demo_observed")
        try:
            migrate(dsn)
            with uncounted():
                load(dsn, seed=7, scale=0.05, until=now)
            options = {"url": f"redis://127.0.0.1:{redis_port}"}
            redis = {"redis": {**_OFTEN["redis"], "options": options, "sources": ["app"]}}
            sources = {"app": {"dsn": dsn, "labels": _LABELS}}
            path = write_config(folder, sources, built_in=True, collectors=_OFTEN | redis)
            exporter = Exporter(path)
            target = exporter.url.removeprefix("http://")
            config = Config(sources={"app": Source(dsn=SecretStr(dsn), labels=_LABELS)}, data_dir=folder / "data")
            with uncounted():
                history = fill(config, promtool, Prometheus.data_dir(folder / "prometheus"), until=now, instance=target)
            assert [one for one in history.left_out if "the present only" not in one] == []
            with (
                exporter,
                Prometheus(
                    prometheus, folder / "prometheus", target, free_port(), interval="1s", lookback=LOOKBACK
                ) as running,
            ):
                found = Observed(running, exporter.ready(), dsn, now)
                wait_for(
                    lambda: found.query('count_over_time(kpi_exporter_collector_up{part="retention"}[1m]) > 3'), 30
                )
                yield found
        finally:
            administrator.execute("DROP DATABASE demo_observed WITH (FORCE)")
