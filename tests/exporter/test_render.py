"""The bytes of the renderer are those of prometheus-client."""

import math
import string
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.utils import floatToGoString

from exporter.render import Series, header, render
from metrics import BYTES, COUNT, CURRENCY, RATIO, SECONDS, Counter, Gauge, Histogram, HistogramState, Metric, Unit
from metrics.number import number

Value = TypeVar("Value", float, HistogramState)

label_names = st.lists(
    st.sampled_from(["category", "city", "currency", "kind", "lf", "window", "z"]), unique=True, max_size=4
).map(tuple)
nasty = st.text(
    alphabet=st.one_of(st.sampled_from('\\"\n\r\t%{},= é€😀\x00'), st.characters(exclude_categories=["Cs"]))
)
label_values = st.one_of(st.text(alphabet=string.ascii_lowercase, min_size=1), nasty)
numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(min_value=-(2**70), max_value=2**70).map(float),
    st.sampled_from([0.0, -0.0, 1e6, 999999.5, 1e15, 1e16, 123456789.0, 5e-324, 1.7e308, -1e6]),
)
counts = st.integers(min_value=0, max_value=2**40).map(float)
helps = nasty.filter(lambda text: bool(text.strip()))
constants = st.sampled_from([(), (("env", "prod"),), (("tenant", 'a"c\\m\ne 100%'), ("env", ""))])


go_text: Callable[[float], str] = floatToGoString


class Registered:
    """A registry's collector that yields one family."""

    def __init__(self, family: Family) -> None:
        self._family = family

    def collect(self) -> Iterator[Family]:
        yield self._family


def peer(family: Family, openmetrics: bool) -> bytes:
    registry = CollectorRegistry()
    registry.register(Registered(family))
    generate: Callable[[CollectorRegistry], bytes] = generate_openmetrics if openmetrics else generate_latest
    return generate(registry)


def ours(metric: Metric, series: Series, constant: tuple[tuple[str, str], ...], openmetrics: bool) -> bytes:
    return header(metric, openmetrics) + b"".join(render(metric, series, constant)) + b"# EOF\n" * openmetrics


@st.composite
def drawn_series(
    draw: st.DrawFn, labels: tuple[str, ...], values: st.SearchStrategy[Value]
) -> dict[tuple[str, ...], Value]:
    return draw(st.dictionaries(st.tuples(*[label_values] * len(labels)), values, max_size=5))


@pytest.mark.parametrize("openmetrics", [False, True])
@pytest.mark.parametrize(
    ("kind", "name", "unit"),
    [(Gauge, "kpi_things", COUNT), (Gauge, "kpi_wait_seconds", SECONDS), (Gauge, "kpi_hit_ratio", RATIO),
     (Counter, "kpi_things_total", COUNT), (Counter, "kpi_read_bytes_total", BYTES)],
)  # fmt: skip
@given(data=st.data(), labels=label_names, text=helps, constant=constants)
def test_gauges_and_counters_equal_those_of_prometheus_client(
    kind: type[Gauge] | type[Counter], name: str, unit: Unit, openmetrics: bool,
    data: st.DataObject, labels: tuple[str, ...], text: str, constant: tuple[tuple[str, str], ...],
) -> None:  # fmt: skip
    metric = kind(name, text, unit=unit, labels=labels, owner="nobody")
    series = data.draw(drawn_series(labels, numbers))
    names = [*labels, *(label for label, _ in constant)]
    make: Callable[..., GaugeMetricFamily | CounterMetricFamily] = (
        GaugeMetricFamily if kind is Gauge else CounterMetricFamily
    )
    family = make(metric.name, text, labels=names, unit=unit.open_metrics)
    for key, value in series.items():
        family.add_metric([*key, *(value for _, value in constant)], value)
    assert ours(metric, series, constant, openmetrics) == peer(family, openmetrics)


@pytest.mark.parametrize("openmetrics", [False, True])
@given(
    data=st.data(), labels=label_names, constant=constants,
    bounds=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5, unique=True).map(sorted).map(tuple),
)  # fmt: skip
def test_histograms_equal_those_of_prometheus_client(
    openmetrics: bool, data: st.DataObject, labels: tuple[str, ...], constant: tuple[tuple[str, str], ...],
    bounds: tuple[float, ...],
) -> None:  # fmt: skip
    metric = Histogram("kpi_wait_seconds", "Waits.", unit=SECONDS, labels=labels, owner="nobody", buckets=bounds)
    states = st.builds(HistogramState, st.tuples(*[counts] * (len(bounds) + 1)), numbers)
    series = data.draw(drawn_series(labels, states))
    names = [*labels, *(label for label, _ in constant)]
    family = HistogramMetricFamily("kpi_wait_seconds", "Waits.", labels=names, unit="seconds")
    texts = [*map(go_text, bounds), "+Inf"]
    for key, state in series.items():
        pairs = list(zip(texts, state.buckets, strict=True))
        family.add_metric([*key, *(value for _, value in constant)], pairs, state.sum)
    assert ours(metric, series, constant, openmetrics) == peer(family, openmetrics)


def test_more_series_than_fit_into_a_batch_all_come_in_their_order() -> None:
    metric = Gauge("kpi_things", "Things.", unit=COUNT, labels=("number",), owner="nobody")
    batches = list(render(metric, {(str(i),): float(i) for i in range(2500)}))
    assert len(batches) == 3
    lines = b"".join(batches).decode().splitlines()
    assert lines == [f'kpi_things{{number="{i}"}} {float(i)}' for i in range(2500)]


@given(numbers)
def test_numbers_read_back_as_they_were(value: float) -> None:
    assert float(number(value)) == value


def test_a_sum_that_overflowed_is_written_as_infinite() -> None:
    assert number(math.inf) == "+Inf"


def test_a_lone_surrogate_does_not_fail_the_run() -> None:
    metric = Gauge("kpi_revenue_amount", "Revenue.", unit=CURRENCY, labels=("currency",), owner="nobody")
    assert b"".join(render(metric, {("\udce9",): 1.0})) == b'kpi_revenue_amount{currency="?"} 1.0\n'
