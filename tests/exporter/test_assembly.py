"""How settings and collectors become jobs."""

from pathlib import Path
from typing import Any

import pytest

from exporter.assembly import assemble
from exporter.config import Config, ConfigError, Source
from exporter.job import Job

PLUGIN = """
from collectors import Collector
from metrics import COUNT, Gauge

class Tickets(Collector):
    name = "tickets"
    metrics = (Gauge("kpi_tickets", "Tickets.", unit=COUNT, owner="support"),)
    interval = 300
    timeout = 7

    def collect(self, run):
        return []
"""


def jobs(folder: Path, **settings: Any) -> list[Job]:
    (folder / "tickets.py").write_text(PLUGIN, encoding="utf-8")
    source = Source.model_validate({"dsn": "host=nowhere"})
    content = {"sources": {"app": source}, "plugins": folder, "collectors": settings}
    return assemble(Config.model_validate(content)).jobs


def test_a_python_collector_keeps_its_own_interval_and_timeout_unless_told(tmp_path: Path) -> None:
    (job,) = [job for job in jobs(tmp_path) if job.collector.name == "tickets"]

    assert (job.interval, job.part_timeout(job.parts[0]), job.stale_after) == (300, 7, 900)


def test_the_configuration_sets_the_interval_and_timeout_of_a_python_collector(tmp_path: Path) -> None:
    found = jobs(tmp_path, tickets={"interval": 30, "timeout": 3})
    (job,) = [job for job in found if job.collector.name == "tickets"]

    assert (job.interval, job.part_timeout(job.parts[0]), job.stale_after) == (30, 3, 90)


def test_a_label_of_a_source_that_a_metric_has_already_is_refused(tmp_path: Path) -> None:
    source = Source.model_validate({"dsn": "host=nowhere", "labels": {"category": "books"}})
    expected = r"^sources.app.labels: kpi_revenue_amount has the label category already; rename it$"
    with pytest.raises(ConfigError, match=expected):
        assemble(Config.model_validate({"sources": {"app": source}}))


def test_a_query_that_names_its_interval_and_timeout_keeps_to_them(tmp_path: Path) -> None:
    found = jobs(tmp_path, commerce={"interval": 30, "timeout": 3})
    by_part = {part.name: (job.interval, job.part_timeout(part)) for job in found for part in job.parts}

    assert [by_part["offers"], by_part["funnel"]] == [(30, 3), (300, 30)]
