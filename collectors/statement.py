"""The SQL that is sent: a query's text, wrapped so that `as_of` and `windows` are in scope."""

from collections.abc import Sequence

from collectors.durations import sql_interval
from metrics import Counter, Histogram, Metric


def scope(moments: str, windows: Sequence[str]) -> str:
    """The opening of every statement. `moments` is a VALUES list that begins with (n, as_of)."""
    spans = ", ".join(f"('{name}', {sql_interval(name)})" for name in windows)
    return f'WITH {moments},\nwindows("window", span) AS (VALUES {spans})\n'


def moments_values(columns: Sequence[str], number: int) -> str:
    """The CTE `moments` with `number` rows of n and one bound instant for each column."""
    width = len(columns)
    rows = []
    for row in range(number):
        bound = ", ".join(f"${row * width + column + 1}::timestamptz" for column in range(width))
        rows.append(f"({row}, {bound})")
    return f"moments(n, {', '.join(columns)}) AS (VALUES {', '.join(rows)})"


def describing(text: str, windows: Sequence[str]) -> tuple[str, int]:
    """The statement by which the server tells the columns of a query, and where the query's text begins in it."""
    opening = scope(moments_values(["as_of"], 1), windows) + "SELECT q.* FROM moments CROSS JOIN LATERAL (\n"
    return f"{opening}{text}\n) q", len(opening)


def snapshot(text: str, windows: Sequence[str], labels: Sequence[str], metrics: Sequence[Metric], moments: int) -> str:
    """Rows of n, the labels as text and the values as float8; a histogram gives its bucket counts and its sum.

    The last parameter is the most rows to return.
    """
    has_histogram = any(isinstance(metric, Histogram) for metric in metrics)
    chosen = ["moments.n", *(f"q.{_quoted(label)}::text" for label in labels)]
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
    """The same rows, for events whose cursor lies past `since` and not past `until`.

    A cursor of type date stands for a complete day: it counts once its last instant is not past `until`.
    """
    column = f"q.{_quoted(cursor)}"
    span = f"{column} > moments.since AND {column} <= moments.until"
    if cursor_is_date:
        span = f"{column} >= moments.since::date AND {column} < moments.until::date"
    chosen = ["moments.n", *(f"q.{_quoted(label)}::text" for label in labels)]
    source = f"FROM moments CROSS JOIN LATERAL (\n{text}\n) q"
    opening = scope(moments_values(["as_of", "since", "until"], moments), windows)
    return f"{opening}{_aggregated(chosen, source, labels, metrics, span)}\nLIMIT ${3 * moments + 1}"


def _aggregated(
    chosen: Sequence[str], source: str, labels: Sequence[str], metrics: Sequence[Metric], where: str
) -> str:
    """One row per label set: sums, bucket counts, and last the number of values that cannot be counted."""
    keys = ["n", *(f"label_{number}" for number in range(len(labels)))]
    inner = [f"{column} AS {key}" for column, key in zip(chosen, keys, strict=True)]
    outer, dropped = list(keys), []
    for number, metric in enumerate(metrics):
        low = "0::float8" if isinstance(metric, Counter) else "'-Infinity'::float8"
        fits = f"q.{metric}::float8 {'>=' if isinstance(metric, Counter) else '>'} {low} "
        fits += f"AND q.{metric}::float8 < 'Infinity'::float8"
        inner.append(f"CASE WHEN {fits} THEN q.{metric}::float8 END AS value_{number}")
        inner.append(f"q.{metric} IS NOT NULL AND NOT ({fits}) AS refused_{number}")
        outer.extend(_totals(metric, f"value_{number}"))
        dropped.append(f"count(*) FILTER (WHERE refused_{number})")
    outer.append(f"({' + '.join(dropped)})::float8")
    condition = f"\nWHERE {where}" if where else ""
    grouping = ", ".join(str(position + 1) for position in range(len(keys)))
    rows = f"(SELECT {', '.join(inner)}\n{source}{condition}) rows_in"
    return f"SELECT {', '.join(outer)}\nFROM {rows}\nGROUP BY {grouping}\nORDER BY 1"


def _totals(metric: Metric, value: str) -> list[str]:
    if not isinstance(metric, Histogram):
        return [f"sum({value})"]
    counts = [f"count(*) FILTER (WHERE {value} <= {bound!r}::float8)" for bound in map(float, metric.buckets)]
    return [f"ARRAY[{', '.join([*counts, f'count({value})'])}]::float8[]", f"coalesce(sum({value}), 0)"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
