"""Readings to sample lines: the one part of the exposition that is ours, because speed is what it is for.

The bytes equal those of prometheus-client. Sample lines are the same in the text format and in OpenMetrics, so they
are rendered once; only the header of a metric differs.

Lines come in batches of about a thousand, worked off by column, and no call holds the interpreter for more than about
a millisecond, so that scrapes are answered while others render.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, cast

from metrics import Histogram, HistogramState, Metric
from metrics.number import number

Series = Mapping[tuple[str, ...], float | HistogramState]
"""Values by the values of their labels, in the order in which the metric declares its labels."""

_LINES_PER_BATCH = 1000


class _Line(NamedTuple):
    """One line of a series: the suffix of its name, its own labels, and which column of values it shows."""

    suffix: str
    labels: tuple[tuple[str, str], ...]
    column: int


def header(metric: Metric, openmetrics: bool) -> bytes:
    """The HELP and TYPE lines of a metric, and in OpenMetrics the UNIT line where the format knows the unit."""
    text = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    if not openmetrics:
        return f"# HELP {metric.name} {text}\n# TYPE {metric.name} {metric.kind}\n".encode()
    text = text.replace('"', '\\"')
    unit = f"# UNIT {metric.family} {metric.unit.open_metrics}\n" if metric.unit.open_metrics else ""
    return f"# HELP {metric.family} {text}\n# TYPE {metric.family} {metric.kind}\n{unit}".encode()


def render(metric: Metric, series: Series, constant: Sequence[tuple[str, str]] = ()) -> Iterator[bytes]:
    """The sample lines of one metric, batch by batch. `constant` are labels that every series carries."""
    lines = _lines(metric)
    labels = sorted([*metric.labels, *(name for name, _ in constant)])
    template = "".join(_template(metric, line, labels, dict(constant)) for line in lines)
    order = [metric.labels.index(label) for label in labels if label in metric.labels]
    size = max(1, _LINES_PER_BATCH // len(lines))
    all_keys, all_values = iter(series), iter(series.values())
    while keys := list(islice(all_keys, size)):
        values = list(islice(all_values, size))
        label_columns = [_escape_column([key[index] for key in keys]) for index in order]
        value_columns = _value_columns(metric, values)
        numbers = [[repr(v) if v < 1e6 else number(v) for v in column] for column in value_columns]
        columns = [column for line in lines for column in (*label_columns, numbers[line.column])]
        text = "".join(map(template.__mod__, zip(*columns, strict=True)))
        yield text.encode("utf-8", "replace")  # a lone surrogate becomes "?" instead of failing the whole run


def _lines(metric: Metric) -> list[_Line]:
    """The lines of one series. Those of a histogram are its buckets, the count and the sum."""
    if not isinstance(metric, Histogram):
        return [_Line("", (), 0)]
    bounds = [*map(number, map(float, metric.buckets)), "+Inf"]
    buckets = [_Line("_bucket", (("le", bound),), column) for column, bound in enumerate(bounds)]
    if metric.buckets[0] < 0:
        return buckets  # with negative observations the sum is no counter, and the formats leave both out
    return [*buckets, _Line("_count", (), len(bounds) - 1), _Line("_sum", (), len(bounds))]


def _template(metric: Metric, line: _Line, labels: Sequence[str], constant: dict[str, str]) -> str:
    """A line as a `%` template that takes the escaped label values in the order of `labels`, then the number."""
    fixed = {**constant, **dict(line.labels)}
    pairs = []
    for label in sorted([*labels, *(name for name, _ in line.labels)]):
        value = _escape(fixed[label]).replace("%", "%%") if label in fixed else "%s"
        pairs.append(f'{label}="{value}"')
    inside = "{" + ",".join(pairs) + "}" if pairs else ""
    return f"{metric.name}{line.suffix}{inside} %s\n"


def _value_columns(metric: Metric, values: Sequence[float | HistogramState]) -> list[Sequence[float]]:
    """The values; of histograms the counts bucket by bucket, then the sums."""
    if not isinstance(metric, Histogram):
        return [cast(Sequence[float], values)]
    states = cast(Sequence[HistogramState], values)
    buckets = range(len(metric.buckets) + 1)
    return [*([state.buckets[index] for state in states] for index in buckets), [state.sum for state in states]]


def _escape_column(values: Sequence[str]) -> Sequence[str]:
    joined = "".join(values)
    if "\\" in joined or '"' in joined or "\n" in joined:
        return [_escape(value) for value in values]
    return values


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
