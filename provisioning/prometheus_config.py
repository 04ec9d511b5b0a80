"""Prometheus' own configuration: what it scrapes, which rules it evaluates, and whom it tells."""

from collections.abc import Sequence
from typing import Any

from provisioning.grafana import NOTE
from provisioning.paging.settings import Servers, duration
from provisioning.rules.to_prometheus import dumped

PATH = "prometheus/prometheus.yml"
JOB = "kpi_exporter"


def prometheus_file(servers: Servers, scrape_interval: float) -> dict[str, str]:
    """`prometheus.yml` by its path. Rules are found beside it."""
    content = {
        "global": {
            "scrape_interval": duration(scrape_interval),
            "scrape_timeout": duration(min(scrape_interval, 10)),
            "evaluation_interval": duration(servers.evaluation_interval),
        },
        "rule_files": list(servers.rule_files),
        "alerting": {"alertmanagers": [{"static_configs": _targets(servers.alertmanagers)}]},
        "scrape_configs": [
            {"job_name": job, "static_configs": _targets(addresses)}
            for job, addresses in (
                (JOB, servers.exporters),
                ("prometheus", servers.prometheus),
                ("alertmanager", servers.alertmanagers),
            )
        ],
    }
    return {PATH: NOTE + dumped(content)}


def _targets(addresses: Sequence[str]) -> list[dict[str, Any]]:
    return [{"targets": list(addresses)}]
