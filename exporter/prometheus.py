"""A Prometheus of our own that scrapes an exporter and evaluates rules: for the demo and for the tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import yaml

from exporter.program import Program

JOB = "kpi_exporter"


class Prometheus(Program):
    """Prometheus in the background, on loopback. Its data and its log are in `directory`.

    `instance` is the label of that name, in place of the address `target`. `interval` is how often it scrapes, and
    evaluates. `lookback` is for how long a sample counts as the present value of a live series. `rules` are rule files,
    or patterns of such. `alertmanager` is the address, such as 127.0.0.1:9093, of the Alertmanager that it tells and
    scrapes. `POST /-/reload` reads the rules again.
    """

    def __init__(
        self,
        program: Path,
        directory: Path,
        target: str,
        port: int,
        *,
        instance: str = "",
        interval: str = "5s",
        lookback: str = "5m",
        rules: Sequence[Path] = (),
        alertmanager: str = "",
    ) -> None:
        self._config_file = directory / "prometheus.yml"
        scraped = {"targets": [target], **({"labels": {"instance": instance}} if instance else {})}
        self._config: dict[str, Any] = {
            "global": {"scrape_interval": interval, "evaluation_interval": interval},
            "scrape_configs": [{"job_name": JOB, "static_configs": [scraped]}],
            "rule_files": [str(path.absolute()) for path in rules],
        }
        if alertmanager:
            told = {"static_configs": [{"targets": [alertmanager]}]}
            self._config["alerting"] = {"alertmanagers": [told]}
            self._config["scrape_configs"].append({"job_name": "alertmanager", **told})
        super().__init__(
            [
                program,
                f"--config.file={self._config_file}",
                f"--storage.tsdb.path={self.data_dir(directory)}",
                "--storage.tsdb.retention.time=400d",
                f"--query.lookback-delta={lookback}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--web.enable-lifecycle",
            ],
            directory,
            url=f"http://127.0.0.1:{port}",
            ready="/-/ready",
        )

    @staticmethod
    def data_dir(directory: Path) -> Path:
        """Where a Prometheus in `directory` keeps its samples."""
        return directory / "data"

    def graph(self, expression: str) -> str:
        """The address of the graph of an expression over the last half hour."""
        return f"{self.url}/graph?g0.expr={quote(expression)}&g0.tab=0&g0.range_input=30m"

    def __enter__(self) -> Self:
        self._config_file.parent.mkdir(parents=True, exist_ok=True)
        self._config_file.write_text(yaml.safe_dump(self._config, sort_keys=False))
        return super().__enter__()
