"""What is done with values that people give: checked against the declarations, written, and read again.

inputs = ManualInputs(config, metrics)
given = inputs.checked([(0, Written("kpi_desk_use_ratio", "2026-10", "0.8", {"office": "Berlin"}))])
inputs.store(given, "cli", "ann")
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from collectors.discovery import discover
from collectors.inputs import Inputs
from exporter.config import Config
from exporter.config_models import Source
from exporter.config_warehouse import Warehouse
from exporter.input_values import Checker, Written
from exporter.warehouse_access import opened
from metrics import Input
from metrics.inputs import oldest_shown
from metrics.period import Period
from warehouse import inputs
from warehouse.inputs import GivenValue, Origin, Outcome, StoredValue

_SHOWN_FAULTS = 50
_STATEMENT_TIMEOUT = "60s"
_LOCK_TIMEOUT = "30s"  # one import waits for another
Place = Callable[[int], str]


class InputError(Exception):
    """Something is wrong with what was given, or with the configuration. `faults` are sentences."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def given_metrics(config: Config) -> dict[str, Input]:
    """The metrics that people give, those of plugins included, by name. Raises DiscoveryError."""
    found = discover(config.plugins).collectors.values()
    return {metric.name: metric for collector in found if isinstance(collector, Inputs) for metric in collector.inputs}


class ManualInputs:
    """The values of one source. Raises InputError where the configuration leaves open which one, or where to write.

    They are read and written over the `warehouse` of the configuration, with the search path, the time zone and the
    settings of the source, so that the collector finds them there.
    """

    def __init__(self, config: Config, metrics: Mapping[str, Input], source: str | None = None) -> None:
        chosen = _source(config, source)
        if config.warehouse is None:
            raise InputError(["The configuration names no database to write to: set warehouse.dsn."])
        self.metrics = metrics
        self._warehouse = _seen_from(config.warehouse, chosen)
        self._zone = ZoneInfo(chosen.timezone) if chosen else UTC
        self._session = {
            **(chosen.settings if chosen else {}),
            "timezone": chosen.timezone if chosen else "UTC",
            "statement_timeout": _STATEMENT_TIMEOUT,
            "lock_timeout": _LOCK_TIMEOUT,
        }

    @property
    def today(self) -> date:
        """The day in the time zone of the source."""
        return datetime.now(self._zone).date()

    def unknown(self, name: str) -> str:
        """The sentence for a name that no metric has which people give."""
        return Checker(self.metrics, self.today).unknown(name)

    def checked(self, lines: Iterable[tuple[int, Written]], place: str = "") -> list[GivenValue]:
        """The values that were written in these lines. Raises InputError with all faults of all lines.

        `place` is the name of the file, which then stands before each fault with the number of the line.
        """
        checker = Checker(self.metrics, self.today)
        values: list[GivenValue] = []
        faults: list[str] = []
        seen: dict[tuple[object, ...], int] = {}
        for number, written in lines:
            before = f"{place}:{number}: " if place else ""
            found = checker.check(written)
            if isinstance(found, GivenValue):
                values.append(found)
            else:
                faults += [before + fault for fault in found]
            key = checker.series_and_period(written)
            if key and (first := seen.setdefault(key, number)) != number:
                faults.append(f"{before}Line {first} gives the value of the same series and period.")
        if faults:
            hidden = len(faults) - _SHOWN_FAULTS
            more = [f"… and {hidden:,} more."] if hidden > 0 else []
            raise InputError([*faults[:_SHOWN_FAULTS], *more])
        return values

    def store(self, values: Sequence[GivenValue], origin: Origin, entered_by: str) -> list[Outcome]:
        """Write all values in one transaction; the outcomes are in their order.

        Raises InputError where a metric would have more series than it may, and WarehouseError.
        """
        since = {
            metric: oldest_shown(metric, self.today).start
            for metric in map(self.metrics.__getitem__, dict.fromkeys(value.metric for value in values))
        }
        with opened(self._warehouse, "input", self._session) as connection:
            found = inputs.grown(connection, values, since)
            if faults := list(_too_many_series(self.metrics, since, found)):
                raise InputError(faults)
            return inputs.store(connection, values, origin, entered_by)

    def newest(self) -> list[StoredValue]:
        """Of each series the value of its newest period, ended or not. Raises WarehouseError."""
        with opened(self._warehouse, "input", self._session) as connection:
            found = inputs.newest(connection, list(self.metrics), datetime.now(UTC), running=True)
        return [value for value in found if value.fits(self.metrics[value.metric])]


def _too_many_series(
    metrics: Mapping[str, Input], since: Mapping[Input, date], found: Iterable[tuple[str, date, int]]
) -> Iterator[str]:
    for name, start, number in found:
        metric = metrics[name]
        if number > metric.cap:
            period = f" for {Period.of(metric.every, start)}" if start < since[metric] else ""
            yield f"{metric} would have {number:,} series{period}; its limit is {metric.cap:,} for each source."


def _source(config: Config, name: str | None) -> Source | None:
    names = ", ".join(config.sources)
    if name is None:
        if len(config.sources) > 1:
            raise InputError([f"There are several sources; name one with --source: {names}."])
        return next(iter(config.sources.values()), None)
    if name not in config.sources:
        raise InputError([f"There is no source called {name!r}; there are: {names or 'none'}."])
    return config.sources[name]


def _seen_from(warehouse: Warehouse, source: Source | None) -> Warehouse:
    """The warehouse with the schemas in which the source looks up tables."""
    if source is None or not source.search_path:
        return warehouse
    return warehouse.model_copy(update={"search_path": source.search_path})
