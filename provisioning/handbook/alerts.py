"""The table of all alerts by group: how urgent each is, who is told, and what is the case."""

from collections.abc import Iterator

from alert_rules import Group
from provisioning.handbook.markdown import page, plain, table, words
from provisioning.handbook.places import Places
from provisioning.handbook.runbooks import holds
from provisioning.rules.reading import Rules

_INTRODUCTION = """\
Every alert has a page here: what it means, how bad it is, what to check, how to mend it, and who is told. `kpi build`
writes them from the alerts in `alert_rules/` and those of plugins; the exporter serves them at `/runbooks`, where the
messages lead. How to write an alert is told in [alerting.md](../alerting.md)."""


def alerts_page(rules: Rules, places: Places) -> str:
    """The Markdown of the page."""
    return page("# Runbooks", _INTRODUCTION, *alerts_pieces(rules, places))


def alerts_pieces(rules: Rules, places: Places) -> Iterator[str]:
    """A table for each group with alerts, without a heading above them."""
    for group in rules.groups:
        if any(group.alerts):
            yield f"## {plain(words(group.name))}"
            yield table(("alert", "severity", "after", "team", "what is the case"), _rows(group, places))


def _rows(group: Group, places: Places) -> Iterator[tuple[str, str, str, str, str]]:
    for alert in group.alerts:
        yield (
            places.alert(alert.name),
            alert.severity,
            holds(alert),
            plain(alert.team.name),
            plain(alert.summary),
        )
