"""The incidents of the demo company, replayed: the right alerts fire at the right times, and nothing else does.

`python -m benchmarks replay` does the same for all of its 120 days.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.replay import MUST_FIRE, Episode, episodes, incident_of
from warehouse.demo import INCIDENTS

UNTIL = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # Prometheus keeps 400 days
_BEFORE, _AFTER = timedelta(hours=6), timedelta(hours=2)
_HEALTHY = (UNTIL - timedelta(days=7), UNTIL - timedelta(days=6))
_SOON = {
    "crash spike": timedelta(hours=14),
    "failed payments": timedelta(hours=3),
    "slow API evening": timedelta(hours=1),
}
"""How long it may take until somebody is told: as few as the events of the demo company are, they need to add up."""


@pytest.mark.no_cover  # what it runs is counted by others
@pytest.mark.timeout(600)
def test_each_incident_is_told_in_time_and_nothing_else_fires(program: Callable[[str], Path], tmp_path: Path) -> None:
    program("prometheus"), program("promtool")
    spans = [incident.span(UNTIL.date()) for incident in INCIDENTS]
    around = [(start - _BEFORE, end + _AFTER) for start, end in spans]
    found = episodes(tmp_path, UNTIL, [*around, _HEALTHY])
    assert found is not None

    assert [episode for episode in found if incident_of(episode, UNTIL) is None] == []
    for incident, (start, _) in zip(INCIDENTS, spans, strict=True):
        first = {episode.alert: episode for episode in reversed(found) if incident_of(episode, UNTIL) is incident}
        assert MUST_FIRE[incident.name] <= first.keys()
        assert min(told(first, incident.name)) - start <= _SOON[incident.name]


def told(first: dict[str, Episode], incident: str) -> list[datetime]:
    """When the alerts that must fire first did."""
    return [first[alert].start for alert in MUST_FIRE[incident]]
