"""What is declared here, for everything that is built from it: boards, rules, the metrics behind them, where data lies.

`provisioning` knows nothing of configurations; this is where it gets from one what it needs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from psycopg.conninfo import conninfo_to_dict

from alert_rules import Group
from alert_rules.discovery import discover as discover_rules
from collectors import Collector
from collectors.contract import Part
from collectors.discovery import discover as discover_collectors
from collectors.query import Query
from dashboards import Board
from dashboards.discovery import discover as discover_boards
from dashboards.scope import Scope
from exporter.config import Config, Source, check_collectors
from exporter.config_alerting_checks import check_teams, without_address
from metrics import Metric
from metrics.catalogue import domains, external_metrics, inputs, recorded
from provisioning.build import Surroundings
from provisioning.database import Database
from provisioning.paging import Paging
from provisioning.rules import Links

_SECONDS_PER_DAY = 86_400
_WAITS_FOR_THE_DAY = 3600
_WITHOUT_SOURCES = ("tenant",)
"""What boards can be narrowed by when no source says which labels there are."""


@dataclass(frozen=True)
class Artefacts:
    """What the build, the linter and `kpi verify` work on.

    `collectors` are all that were found, switched off or not: a board may show what another process collects.
    `problems` says what could not be loaded, `notices` what the files cannot do; a sentence each.
    """

    scope: Scope
    boards: tuple[Board, ...]
    rules: tuple[Group, ...]
    collectors: Mapping[str, Collector]
    surroundings: Surroundings
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All that boards may show, external ones included."""
        return self.scope.metrics


def load(config: Config) -> Artefacts:
    """Find collectors, boards and rules, those of the plugin folder included. No source is connected.

    Raises ConfigError for settings that fit no collector or team, DiscoveryError for collectors that cannot live
    together.
    """
    found = discover_collectors(config.plugins)
    if not found.problems:
        reading = [name for name, collector in found.collectors.items() if collector.needs_source]
        check_collectors(config, found.collectors, reading)
    artefacts = around(found.collectors, config, found.problems)
    if not artefacts.problems:
        check_teams(config, artefacts.rules)
    return artefacts


def around(collectors: Mapping[str, Collector], config: Config, problems: Sequence[str] = ()) -> Artefacts:
    """What is declared around these collectors; `problems` says which others could not be loaded."""
    by_domain = _domains(collectors)
    boards = discover_boards(by_domain, config.plugins)
    rules = discover_rules(by_domain, config.plugins)
    return Artefacts(
        scope=Scope(
            metrics=(*_all(by_domain, rules.found), *external_metrics()),
            source_labels=_source_labels(config),
            intervals=dict(_intervals(config, collectors)),
            handbook_url=config.grafana.handbook_url,
            databases_by=_databases_by(config),
        ),
        boards=tuple(boards.found),
        rules=tuple(rules.found),
        collectors=collectors,
        surroundings=Surroundings(
            databases=tuple(_database(name, source) for name, source in config.sources.items()),
            scrape_interval=config.grafana.scrape_interval,
            links=Links(runbooks=config.alerting.runbooks_url, grafana=config.alerting.grafana_url),
            paging=_paging(config),
        ),
        problems=(*problems, *boards.problems, *rules.problems),
        notices=(*_notices(config), *without_address(config, rules.found)),
    )


def _paging(config: Config) -> Paging:
    """Who is told. An exporter without a warehouse takes no events. Without sources, the files fit docker-compose."""
    paging = config.alerting.settings()
    return replace(paging, events=None) if config.sources and config.warehouse is None else paging


def _domains(collectors: Mapping[str, Collector]) -> dict[str, tuple[Metric, ...]]:
    """The built-in domains in the order of the catalogue, then what collectors declare beside; of each domain what
    people give comes after what is collected, and recorded ones last.
    """
    by_domain = domains()
    for name, declared in [*inputs().items(), *recorded().items()]:
        by_domain[name] = (*by_domain.get(name, ()), *declared)
    known = {metric.name for declared in by_domain.values() for metric in declared}
    for name, collector in collectors.items():
        own = tuple(metric for metric in collector.metrics if metric.name not in known)
        if own:
            by_domain[name] = (*by_domain.get(name, ()), *own)
    return by_domain


def _all(by_domain: Mapping[str, Sequence[Metric]], rules: Sequence[Group]) -> Iterator[Metric]:
    """The metrics of all domains, and those that only the rules of plugins know, because they record them."""
    declared = [metric for metrics in by_domain.values() for metric in metrics]
    known = {metric.name for metric in declared}
    yield from declared
    recorded_too = (recording.of for group in rules for recording in group.recordings)
    yield from dict.fromkeys(metric for metric in recorded_too if metric.name not in known)


def _source_labels(config: Config) -> tuple[str, ...]:
    """The labels that sources add, in the order in which they are first named."""
    if not config.sources:
        return _WITHOUT_SOURCES
    return tuple(dict.fromkeys(label for source in config.sources.values() for label in source.labels))


def _databases_by(config: Config) -> str:
    """The label whose values are the names of the sources, if there is one."""
    for label in _source_labels(config) if config.sources else ():
        if all(source.labels.get(label) == name for name, source in config.sources.items()):
            return label
    return ""


def _intervals(config: Config, collectors: Mapping[str, Collector]) -> Iterator[tuple[str, float]]:
    """How often each metric changes, by name, in seconds."""
    for collector in collectors.values():
        for part in collector.parts:
            for metric in part.metrics:
                yield metric.name, max(config.interval_of(collector, part), _SECONDS_PER_DAY if _is_daily(part) else 0)


def _is_daily(part: Part) -> bool:
    """Whether the part reads each day as a whole, once it is over."""
    return isinstance(part, Query) and part.header.settle >= _WAITS_FOR_THE_DAY


def _database(name: str, source: Source) -> Database:
    """What the connection string says, but for the password. Of several hosts it is the first."""
    parts = conninfo_to_dict(source.dsn.get_secret_value()) if source.dsn else {}
    said = {key: str(value or "") for key, value in parts.items()}
    return Database(
        name=name,
        host=said.get("host", said.get("hostaddr", "")).split(",")[0],
        port=said.get("port", "").split(",")[0],
        database=said.get("dbname", ""),
        user=said.get("user", ""),
        tls_mode=said.get("sslmode", ""),
    )


def _notices(config: Config) -> Iterator[str]:
    for name, source in config.sources.items():
        keys = [key for key in ("search_path", "settings") if getattr(source, key)]
        if keys:
            yield (
                f"sources.{name}: a data source of Grafana has no {' and no '.join(keys)}; give them to the role that "
                "Grafana logs in with, by ALTER ROLE … SET"
            )
