"""Finds rules: by the entry points `kpi_exporter.alert_rules`, as the built-in ones, and in the plugin folder.

There, `alert_rules/NAME.py` holds groups. A module gives every `Group` that it defines; where rules follow from the
metrics, it defines `groups(domains)`, which gets all metrics by domain and returns groups.
"""

from pathlib import Path

from alert_rules.group import Group
from metrics import plugins
from metrics.plugins import Discovery, Domains

GROUP = "kpi_exporter.alert_rules"


def discover(domains: Domains, folder: Path | None = None) -> Discovery[Group]:
    """Load every group, in the order of their names; `folder` is that of plugins."""
    discovery = plugins.discover(GROUP, folder / "alert_rules" if folder else None, Group, "groups", domains)
    discovery.found.sort(key=lambda group: group.name)
    return discovery
