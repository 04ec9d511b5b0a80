"""The SQL that is sent: a query's text, wrapped so that `as_of` and `windows` are in scope.

The other columns of the CTE `moments` are in scope as well, so their names are such as no query uses by mistake.
"""

from collections.abc import Sequence

from collectors.durations import sql_interval
from metrics import Counter, Histogram, Metric

_NUMBER, _SINCE, _UNTIL = "moment_number", "moment_since", "moment_until"


def scope(moments: str, windows: Sequence[str]) -> str:
    """The opening of every statement. `moments` is the CTE that `moments_values` gives."""
    spans = ", ".join(f"('{name}', {sql_interval(name)})" for name in windows)
    return f'WITH {moments},\nwindows("window", span) AS (VALUES {spans})\n'


def moments_values(columns: Sequence[str], number: int) -> str:
    """The CTE `moments`: `number` rows of the moment's number and one bound instant for each column."""
    width = len(columns)
    rows = []
    for row in range(number):
        bound = ", ".join(f"${row * width + column + 1}::timestamptz" for column in range(width))
        rows.append(f"({row}, {bound})")
    return f"moments({_NUMBER}, {', '.join(columns)}) AS (VALUES {', '.join(rows)})"


def describing(text: str, windows: Sequence[str]) -> tuple[str, int]:
    """The statement by which the server tells the columns of a query, and where the query's text begins in it."""
    opening = scope(moments_values(["as_of"], 1), windows) + "SELECT q.* FROM moments CROSS JOIN LATERAL (\n"
    return f"{opening}{text}\n) q", len(opening)


def snapshot(text: str, windows: Sequence[str], labels: Sequence[str], metrics: Sequence[Metric], moments: int) -> str:
    """Rows of the moment's number, the labels as text and the values as float8.

    With a histogram there is one row per label set, as `events` gives it. The last parameter is the most rows to
    return.
    """
    has_histogram = any(isinstance(metric, Histogram) for metric in metrics)
    chosen = _chosen(labels)
    source = f"FROM moments CROSS JOIN LATERAL (\n{text}\n) q"
    if has_histogram:
        statement = _aggregated(chosen, source, labels, metrics, "")
    else:
        statement = f"SELECT {', '.join([*chosen, *(f'q.{metric}::float8' for metric in metrics)])}\n{source}"
    return f"{scope(moments_values(['as_of'], moments), windows)}{statement}\nLIMIT ${moments + 1}"


def events(
    text: str,
    windows: Sequence[str],
    labels: Sequence[str],
    metrics: Sequence[Metric],
    cursor: str,
    cursor_is_date: bool,
    moments: int,
) -> str:
    """One row per moment and label set, for the events whose cursor lies past `since` and not past `until`.

    A counter gives the sum, a histogram its cumulative bucket counts and its sum; NULL and what cannot be counted is
    left out, and so is what would let a sum fall: negative values, unless a bound of the histogram is negative, too.
    The last three columns are how many values were left out: NULL, not finite, and negative.
    A cursor of type date stands for a complete day: it counts once its last instant is not past `until`.
    """
    column = f"q.{_quoted(cursor)}"
    span = f"{column} > moments.{_SINCE} AND {column} <= moments.{_UNTIL}"
    if cursor_is_date:
        span = f"{column} >= moments.{_SINCE}::date AND {column} < moments.{_UNTIL}::date"
    source = f"FROM moments CROSS JOIN LATERAL (\n{text}\n) q"
    opening = scope(moments_values(["as_of", _SINCE, _UNTIL], moments), windows)
    return f"{opening}{_aggregated(_chosen(labels), source, labels, metrics, span)}\nLIMIT ${3 * moments + 1}"


def _chosen(labels: Sequence[str]) -> list[str]:
    return [f"moments.{_NUMBER}", *(f"q.{_quoted(label)}::text" for label in labels)]


def _aggregated(
    chosen: Sequence[str], source: str, labels: Sequence[str], metrics: Sequence[Metric], where: str
) -> str:
    keys = [_NUMBER, *(f"label_{number}" for number in range(len(labels)))]
    inner = [f"{column} AS {key}" for column, key in zip(chosen, keys, strict=True)]
    outer, absent, infinite, negative = list(keys), ["0"], ["0"], ["0"]
    for number, metric in enumerate(metrics):
        value = f"q.{metric}::float8"
        is_finite = f"({value} > '-Infinity'::float8 AND {value} < 'Infinity'::float8)"
        fits = f"{is_finite} AND {value} >= 0" if _only_grows(metric) else is_finite
        inner.append(f"CASE WHEN {fits} THEN {value} END AS value_{number}")
        inner.append(f"{value} IS NULL AS absent_{number}")
        inner.append(f"NOT {is_finite} AS infinite_{number}")
        outer.extend(_totals(metric, f"value_{number}"))
        absent.append(f"count(*) FILTER (WHERE absent_{number})")
        infinite.append(f"count(*) FILTER (WHERE infinite_{number})")
        if _only_grows(metric):
            inner.append(f"{is_finite} AND {value} < 0 AS negative_{number}")
            negative.append(f"count(*) FILTER (WHERE negative_{number})")
    outer.extend(" + ".join(terms) for terms in (absent, infinite, negative))
    condition = f"\nWHERE {where}" if where else ""
    grouping = ", ".join(str(position + 1) for position in range(len(keys)))
    rows = f"(SELECT {', '.join(inner)}\n{source}{condition}) rows_in"
    return f"SELECT {', '.join(outer)}\nFROM {rows}\nGROUP BY {grouping}\nORDER BY 1"


def _only_grows(metric: Metric) -> bool:
    return isinstance(metric, Counter) or (isinstance(metric, Histogram) and metric.buckets[0] >= 0)


def _totals(metric: Metric, value: str) -> list[str]:
    if not isinstance(metric, Histogram):
        return [f"sum({value})"]
    counts = [f"count(*) FILTER (WHERE {value} <= {bound!r}::float8)" for bound in map(float, metric.buckets)]
    return [f"ARRAY[{', '.join([*counts, f'count({value})'])}]::float8[]", f"coalesce(sum({value}), 0)"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
