"""Groups of rules as the files that Prometheus loads."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from alert_rules import Alert, Group, Recording
from alert_rules.alert import VALUE
from alert_rules.group import Rule
from dashboards.scope import Scope
from provisioning.rules.links import Links
from provisioning.rules.per_source import per_source

FOLDER = "prometheus/rules/"
_FAST_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def rule_files(groups: Sequence[Group], scope: Scope, links: Links) -> dict[str, str]:
    """A file for each group, by path."""
    return {path(group): dumped({"groups": [drawn(group, scope, links)]}) for group in groups}


def path(group: Group) -> str:
    """Where the file of the group lies below the folder of the build."""
    return f"{FOLDER}{group.name}.yaml"


def dumped(content: Mapping[str, Any]) -> str:
    """YAML in the order of the keys, with long texts in one line."""
    return str(yaml.dump(content, Dumper=_FAST_DUMPER, sort_keys=False, allow_unicode=True, width=10_000))


def drawn(group: Group, scope: Scope, links: Links) -> dict[str, Any]:
    """The group as Prometheus reads it."""
    interval = {"interval": group.interval} if group.interval else {}
    return {"name": group.name, **interval, "rules": [_rule(rule, scope, links) for rule in group.rules]}


def _rule(rule: Rule, scope: Scope, links: Links) -> dict[str, Any]:
    expr = per_source(rule.expr, scope)
    if isinstance(rule, Recording):
        labels = {"labels": dict(rule.labels)} if rule.labels else {}
        return {"record": rule.of.name, "expr": expr, **labels}
    return {
        "alert": rule.name,
        "expr": expr,
        "for": rule.for_,
        "keep_firing_for": rule.keep_firing_for,
        "labels": rule.labels,
        "annotations": annotations(rule, links),
    }


def annotations(alert: Alert, links: Links) -> dict[str, str]:
    """What the page says, as templates. The value stands there only where the description speaks of it."""
    return {
        "summary": alert.summary,
        "description": alert.text,
        **({"value": alert.value} if VALUE in alert.description else {}),
        "runbook_url": links.runbook(alert.name),
        "dashboard_url": links.board(alert.board),
    }
