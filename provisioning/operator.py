"""Rules and routes as objects that the Prometheus operator reads: PrometheusRule and AlertmanagerConfig.

What files hold elsewhere is in one Secret, each under the name of its file. The templates are a ConfigMap, which the
object Alertmanager must name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from alert_rules import Group as RuleGroup
from dashboards.scope import Scope
from provisioning.errors import BuildError
from provisioning.grafana import NOTE
from provisioning.group import Group
from provisioning.paging.alertmanager import TEMPLATES, configuration
from provisioning.paging.settings import Paging
from provisioning.rules.links import Links
from provisioning.rules.to_prometheus import drawn, dumped

_RULE, _CONFIG = "monitoring.coreos.com/v1", "monitoring.coreos.com/v1alpha1"
_NAME = "kpi-exporter"
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"', re.DOTALL)
_LABEL = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)")
_OTHER_NAMES = {
    "client_url": "clientURL",
    "links": "pagerDutyLinkConfigs",
    "pagerduty_configs": "pagerdutyConfigs",
}
_SECRETS = {"routing_key_file": "routingKey", "credentials_file": "credentials", "password_file": "password"}


def operator_files(
    groups: Sequence[RuleGroup], scope: Scope, links: Links, paging: Paging, namespace: str = ""
) -> dict[str, str]:
    """An object in each file, by path. Raises BuildError for what the operator has no words for."""
    elsewhere = [name for name, window in paging.maintenance.items() if window.timezone != "UTC"]
    if elsewhere:
        raise BuildError(
            [
                f"the maintenance window {name!r} must be in UTC: AlertmanagerConfig has no time zones"
                for name in elsewhere
            ]
        )
    objects = [
        *(
            _object(_RULE, "PrometheusRule", _rule_name(group.name), {"groups": [drawn(group, scope, links)]})
            for group in groups
        ),
        _object(_CONFIG, "AlertmanagerConfig", _NAME, _spec(configuration(groups, scope, paging), paging)),
    ]
    templates = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{_NAME}-templates"}}
    labels = {"app.kubernetes.io/managed-by": "kpi-build", **paging.operator.labels}
    files = {}
    for content in (*objects, {**templates, "data": {"kpi.tmpl": TEMPLATES}}):
        name = content["metadata"]["name"]
        content["metadata"] |= {"labels": labels} | ({"namespace": namespace} if namespace else {})
        files[f"{Group.OPERATOR.folder}{content['kind'].lower()}-{name}.yaml"] = NOTE + dumped(content)
    return files


def _object(version: str, kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _rule_name(group: str) -> str:
    name = f"kpi-{group}"
    if not _LABEL.fullmatch(name):
        raise BuildError([f"the group {group!r} needs a shorter name: an object has at most 63 letters"])
    return name


def _spec(config: Mapping[str, Any], paging: Paging) -> dict[str, Any]:
    spec = {
        "route": _route(config["route"]),
        "inhibitRules": [
            {
                "sourceMatch": _matchers(rule["source_matchers"]),
                "targetMatch": _matchers(rule["target_matchers"]),
                **({"equal": rule["equal"]} if "equal" in rule else {}),
            }
            for rule in config["inhibit_rules"]
        ],
        "receivers": [_receiver(receiver, paging) for receiver in config["receivers"]],
    }
    if intervals := config.get("time_intervals"):
        spec["muteTimeIntervals"] = [_interval(interval) for interval in intervals]
    return spec


def _route(route: Mapping[str, Any]) -> dict[str, Any]:
    drawn_route = {_camel(key): value for key, value in route.items()}
    if "matchers" in route:
        drawn_route["matchers"] = _matchers(route["matchers"])
    if "routes" in route:
        drawn_route["routes"] = [_route(inner) for inner in route["routes"]]
    return drawn_route


def _matchers(matchers: Iterable[str]) -> list[dict[str, str]]:
    found = {matcher: _MATCHER.fullmatch(matcher) for matcher in matchers}
    if unread := [matcher for matcher, match in found.items() if match is None]:
        raise BuildError([f'could not read the matcher {matcher!r}: expected LABEL="VALUE"' for matcher in unread])
    return [{"name": match[1], "matchType": match[2], "value": match[3]} for match in found.values() if match]


def _interval(interval: Mapping[str, Any]) -> dict[str, Any]:
    times = [
        {
            **({"weekdays": each["weekdays"]} if "weekdays" in each else {}),
            **({"times": [_camel_keys(time) for time in each["times"]]} if "times" in each else {}),
        }
        for each in interval["time_intervals"]
    ]
    return {"name": interval["name"], "timeIntervals": times}


def _receiver(receiver: Mapping[str, Any], paging: Paging) -> dict[str, Any]:
    drawn_receiver = {"name": receiver["name"]}
    for kind, channels in receiver.items():
        if kind != "name":
            around = _around(kind, paging)
            drawn_receiver[_camel(kind)] = [around | dict(_channel(channel, paging)) for channel in channels]
    return drawn_receiver


def _around(kind: str, paging: Paging) -> dict[str, Any]:
    """What stands in the global section elsewhere, which these objects do not have."""
    if kind == "slack_configs":
        return {"apiURL": _secret(paging.slack.url_file, paging)}
    if kind == "pagerduty_configs":
        return {"url": paging.pagerduty.url} if paging.pagerduty.url else {}
    if kind == "email_configs":
        mail = paging.mail
        login = {"authUsername": mail.user, "authPassword": _secret(mail.password_file, paging)} if mail.user else {}
        return {"smarthost": mail.smarthost, "from": mail.sender, **login, "requireTLS": mail.require_tls}
    return {}


def _channel(channel: Mapping[str, Any], paging: Paging) -> Iterator[tuple[str, Any]]:
    for key, value in channel.items():
        if key in _SECRETS:
            yield _SECRETS[key], _secret(value, paging)
        elif key in ("headers", "details"):
            yield key, [{"key": name, "value": text} for name, text in value.items()]
        elif key == "links":
            yield _camel(key), [{"href": link["href"], "alt": link["text"]} for link in value]
        elif key == "username":
            yield key, {"name": paging.operator.secret, "key": "webhook-user"}
        else:
            yield _camel(key), dict(_channel(value, paging)) if isinstance(value, Mapping) else value


def _secret(path: str, paging: Paging) -> dict[str, str]:
    return {"name": paging.operator.secret, "key": PurePosixPath(path).name}


def _camel_keys(content: Mapping[str, Any]) -> dict[str, Any]:
    return {_camel(key): value for key, value in content.items()}


def _camel(key: str) -> str:
    if key in _OTHER_NAMES:
        return _OTHER_NAMES[key]
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)
