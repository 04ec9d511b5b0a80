"""All files that `kpi build` writes, as text by path. Nothing here reads or writes a file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from alert_rules import Group as RuleGroup
from collectors import Collector
from dashboards.board import Board
from dashboards.scope import Scope
from provisioning.database import Database
from provisioning.grafana import board_files, data_source_file, provider_files
from provisioning.group import Group
from provisioning.handbook import pages
from provisioning.kubernetes import config_map_files
from provisioning.operator import operator_files
from provisioning.paging import Paging
from provisioning.paging.alertmanager import alertmanager_files
from provisioning.prometheus_config import prometheus_file
from provisioning.rules import Links, case_files, rule_files
from provisioning.rules.per_source import group_per_source


@dataclass(frozen=True)
class Surroundings:
    """What the files say about the place where they are loaded. `scrape_interval` is in seconds."""

    databases: tuple[Database, ...] = ()
    scrape_interval: float = 15
    links: Links = field(default_factory=Links)
    paging: Paging = field(default_factory=Paging)
    namespace: str = ""

    @property
    def pace(self) -> float:
        """How often rules see a new sample, in seconds: by scraping or evaluating, whichever is rarer."""
        return max(self.scrape_interval, self.paging.servers.evaluation_interval)


def build(
    boards: Sequence[Board],
    rules: Sequence[RuleGroup],
    scope: Scope,
    collectors: Mapping[str, Collector],
    surroundings: Surroundings,
    groups: Collection[Group],
) -> dict[Group, dict[str, str]]:
    """The files of each group. The same input gives the same text. Raises BuildError with all that is in the way."""
    drawn = board_files(boards, scope) if {Group.DASHBOARDS, Group.KUBERNETES} & {*groups} else {}
    built: dict[Group, dict[str, str]] = {}
    if Group.DASHBOARDS in groups:
        built[Group.DASHBOARDS] = drawn
    if Group.PROVISIONING in groups:
        sources = data_source_file(surroundings.databases, surroundings.scrape_interval)
        built[Group.PROVISIONING] = provider_files(boards) | sources
    if Group.RULES in groups:
        links = surroundings.links
        config = prometheus_file(surroundings.paging.servers, surroundings.scrape_interval)
        built[Group.RULES] = config | rule_files(rules, scope, links) | case_files(rules, links)
    if Group.ALERTMANAGER in groups:
        built[Group.ALERTMANAGER] = alertmanager_files(rules, scope, surroundings.paging)
    if Group.HANDBOOK in groups:
        handbook = pages(collectors, boards, [group_per_source(group, scope) for group in rules])
        built[Group.HANDBOOK] = {path.removeprefix("docs/"): text for path, text in handbook.items()}
    if Group.KUBERNETES in groups:
        built[Group.KUBERNETES] = config_map_files(boards, drawn, surroundings.namespace)
    if Group.OPERATOR in groups:
        built[Group.OPERATOR] = operator_files(
            rules, scope, surroundings.links, surroundings.paging, surroundings.namespace
        )
    return built
