"""What the exporter says about itself, through the OpenTelemetry SDK and its Prometheus reader."""

import platform
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider, ObservableGauge
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client import Metric as Family
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from exporter.status import PartStatus
from metrics import Metric
from metrics.exporter import (
    ALERT_EVENTS_RECEIVED,
    ALERT_EVENTS_REFUSED,
    ALERT_EVENTS_STORED,
    ALERT_EVENTS_WAITING,
    BUILD_INFO,
    COLLECTOR_INTERVAL,
    COLLECTOR_LAST_SUCCESS,
    COLLECTOR_READINGS,
    COLLECTOR_READINGS_DROPPED,
    COLLECTOR_RUN_DURATION,
    COLLECTOR_RUNS,
    COLLECTOR_UP,
    COLLECTORS_LEFT_OUT,
    CONFIG_LAST_RELOAD_SUCCESS,
    CONFIG_LAST_RELOAD_SUCCESSFUL,
    SOURCE_UP,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_EOF = b"# EOF\n"
_MOST_LABEL_SETS = 1_000_000  # the default of 2,000 would blind the metrics of many tenants


class _Collected(CollectorRegistry):
    """Families that are collected already, so that both formats show the same."""

    def __init__(self, families: Sequence[Family]) -> None:
        super().__init__()
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


class SelfMetrics:
    """Instruments for runs, sources and the configuration.

    `parts` gives the state of all parts when asked, and `labels_of` the labels of a source by its name. What is said
    about a source or a part carries them, as the series of the source do.
    """

    def __init__(
        self,
        version: str,
        parts: Callable[[], Sequence[PartStatus]],
        labels_of: "Callable[[str], Mapping[str, str]]" = lambda _: {},
    ) -> None:
        self._parts = parts
        self._labels_of = labels_of
        self._registry = CollectorRegistry()
        self._reload_good = True
        self._loaded = time.time()
        self._sources_up: Callable[[], Mapping[str, bool]] = dict
        self._left_out: Callable[[], int] = int
        self._events: Callable[[], Mapping[Metric, int]] = dict
        reader = PrometheusMetricReader(
            registry=self._registry,
            scope_info_enabled=False,
            disable_target_info=True,
            cardinality_limits=dict.fromkeys((Counter, Histogram, ObservableGauge), _MOST_LABEL_SETS),
        )
        aggregation = ExplicitBucketHistogramAggregation(boundaries=COLLECTOR_RUN_DURATION.buckets)
        buckets = View(instrument_type=Histogram, aggregation=aggregation)
        provider = MeterProvider([reader], resource=Resource.get_empty(), views=[buckets], shutdown_on_exit=False)
        meter = provider.get_meter("kpi_exporter")
        self._provider = provider
        self._runs = meter.create_counter(COLLECTOR_RUNS.family, description=COLLECTOR_RUNS.help)
        self._dropped = meter.create_counter(
            COLLECTOR_READINGS_DROPPED.family, description=COLLECTOR_READINGS_DROPPED.help
        )
        self._duration = meter.create_histogram(COLLECTOR_RUN_DURATION.name, description=COLLECTOR_RUN_DURATION.help)
        for metric, observe in (
            (COLLECTOR_UP, self._up),
            (COLLECTOR_LAST_SUCCESS, self._last_success),
            (COLLECTOR_INTERVAL, self._intervals),
            (COLLECTOR_READINGS, self._readings),
            (SOURCE_UP, self._sources),
            (CONFIG_LAST_RELOAD_SUCCESSFUL, self._good),
            (CONFIG_LAST_RELOAD_SUCCESS, self._when),
            (COLLECTORS_LEFT_OUT, self._not_loaded),
            (BUILD_INFO, self._build(version)),
        ):
            meter.create_observable_gauge(metric.name, [observe], description=metric.help)
        for counter in (ALERT_EVENTS_RECEIVED, ALERT_EVENTS_STORED, ALERT_EVENTS_REFUSED):
            meter.create_observable_counter(counter.family, [self._counted(counter)], description=counter.help)
        waiting = ALERT_EVENTS_WAITING
        meter.create_observable_gauge(waiting.name, [self._counted(waiting)], description=waiting.help)
        ProcessCollector(registry=self._registry)

    def ran(self, collector: str, part: str, source: str, outcome: str) -> None:
        """Count a run, or one that did not begin."""
        self._runs.add(1, {**self._labels(collector, part, source), "outcome": outcome})

    def took(self, collector: str, part: str, source: str, seconds: float) -> None:
        """Note how long a run took that has ended."""
        self._duration.record(seconds, self._labels(collector, part, source))

    def dropped(self, collector: str, part: str, source: str, reason: str, number: int) -> None:
        """Count values that gave no sample."""
        self._dropped.add(number, {**self._labels(collector, part, source), "reason": reason})

    def reloaded(self, good: bool) -> None:
        """Note the outcome of a reload."""
        self._reload_good = good
        if good:
            self._loaded = time.time()

    def watch(self, up: "Callable[[], Mapping[str, bool]]", left_out: Callable[[], int]) -> None:
        """Report each source as up or down, as `up` says, and the number of what could not be loaded."""
        self._left_out = left_out
        self._sources_up = up

    def watch_events(self, counts: "Callable[[], Mapping[Metric, int]]") -> None:
        """Report on alert events what `counts` says."""
        self._events = counts

    def render(self) -> tuple[bytes, bytes]:
        """The text format, and OpenMetrics without its `# EOF`."""
        collected = _Collected(list(self._registry.collect()))
        return generate_latest(collected), generate_openmetrics(collected).removesuffix(_EOF)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Stop measuring."""
        self._provider.shutdown()

    def _labels(self, collector: str, part: str, source: str) -> dict[str, str]:
        return {**self._labels_of(source), "collector": collector, "part": part, "source": source}

    def _observations(self, value: Callable[[PartStatus], float | None]) -> Iterable[Observation]:
        for part in self._parts():
            number = value(part)
            if number is not None:
                yield Observation(number, self._labels(part.collector, part.part, part.source))

    def _up(self, _: CallbackOptions) -> Iterable[Observation]:
        return self._observations(lambda part: None if part.state in ("waiting", "off") else float(part.state == "up"))

    def _last_success(self, _: CallbackOptions) -> Iterable[Observation]:
        return self._observations(lambda part: part.last_success.timestamp() if part.last_success else None)

    def _intervals(self, _: CallbackOptions) -> Iterable[Observation]:
        return self._observations(lambda part: part.interval)

    def _readings(self, _: CallbackOptions) -> Iterable[Observation]:
        return self._observations(lambda part: part.series)

    def _sources(self, _: CallbackOptions) -> Iterable[Observation]:
        ups = self._sources_up().items()
        return [Observation(float(up), {**self._labels_of(source), "source": source}) for source, up in ups]

    def _not_loaded(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._left_out())]

    def _counted(self, metric: Metric) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: [Observation(number) for counted, number in self._events().items() if counted is metric]

    def _good(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(float(self._reload_good))]

    def _when(self, _: CallbackOptions) -> Iterable[Observation]:
        return [Observation(self._loaded)]

    @staticmethod
    def _build(version: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        labels = {"version": version, "python": platform.python_version()}
        return lambda _: [Observation(1, labels)]
