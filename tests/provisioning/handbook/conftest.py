"""Fixtures of the handbook: the collectors and boards that come with the project, and a folder of plugins."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors import Collector
from collectors.discovery import discover

QUERY = """\
-- One row per queue.
-- every: 5m
-- windows: 12h, 2d
-- metrics:
--   - name: kpi_open_tickets
--     help: Open tickets | by <b>queue</b>, as `paid` for.
--     unit: count
--     labels: [queue, window]
--     owner: support
--     better: lower
--     warning: 50
SELECT 'post' AS queue, w."window", count(*) AS kpi_open_tickets
  FROM payment_metrics AS p
 CROSS JOIN windows AS w
 GROUP BY 1, 2
"""
MODULE = """\
from collectors import Collector
from metrics import COUNT, Gauge

AGENTS = Gauge("kpi_agents", "Agents on duty.", unit=COUNT, labels=("site",), owner="support")


class Agents(Collector):
    name = "agents"
    metrics = (AGENTS,)
    interval = 7200

    def collect(self, run):
        yield AGENTS.reading(3, site="north")
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    """A plugin folder with a query that declares its metric in its header, and a collector in Python."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "tickets.sql").write_text(QUERY)
    (folder / "agents.py").write_text(MODULE)
    return folder


@pytest.fixture
def collectors(plugins: Path) -> Mapping[str, Collector]:
    """The built-in collectors and the plugins."""
    found = discover(plugins)
    assert found.problems == []
    return found.collectors
