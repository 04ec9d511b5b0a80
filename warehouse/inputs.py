"""The values that people give, in the table `manual_metric_values`. Which metrics there are is not known here.

A value is never overwritten: a correction is a row of its own, which supersedes the former one, so that the state of
any past moment can be told. So is a withdrawal: a row without a value.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from metrics import Input, Metric

TABLE = "manual_metric_values"
Origin = Literal["cli", "csv", "api", "ui", "survey", "import"]
_LOCK = 5_094_117_005  # one writer at a time per database; any number that nobody else uses

_NEWEST = """
    SELECT DISTINCT ON (v.metric_id, v.labels)
           v.metric_id AS metric, v.labels, v.period_start, v.period_end, v.value::float8 AS value, v.note,
           v.entered_by, v.entered_at, %(as_of)s::timestamptz::date AS today
      FROM manual_metric_values AS v
     WHERE v.metric_id = ANY (%(metrics)s)
       AND v.value IS NOT NULL
       AND v.entered_at <= %(as_of)s
       AND (v.superseded_at > %(as_of)s OR v.superseded_at IS NULL)
       AND (v.period_end < %(as_of)s::timestamptz::date OR %(running)s)
     ORDER BY v.metric_id, v.labels, v.period_end DESC, v.entered_at DESC, v.id DESC
"""
_GIVEN = """
    SELECT *
      FROM unnest(%(metric)s::text[], %(labels)s::text[]::jsonb[], %(start)s::date[], %(end)s::date[],
                  %(value)s::numeric(24,8)[], %(note)s::text[])
           WITH ORDINALITY AS g(metric_id, labels, period_start, period_end, value, note, number)
"""
# A value that is corrected names itself as its successor at first: the index of current values then lets the next
# statement insert the new one, whose number is not known before.
_COMPARE = f"""
    WITH given AS ({_GIVEN}),
    found AS (
        SELECT g.number, v.id, v.value AS former,
               CASE WHEN g.value IS NULL THEN v.value IS NULL
                    ELSE coalesce(v.value = g.value, false) AND v.period_end = g.period_end
                     AND coalesce(g.note = v.note, g.note IS NULL) END AS same
          FROM given AS g
          LEFT JOIN manual_metric_values AS v
            ON v.metric_id = g.metric_id AND v.labels = g.labels AND v.period_start = g.period_start
           AND v.superseded_by IS NULL
    ),
    superseded AS (
        UPDATE manual_metric_values AS v
           SET superseded_by = v.id, superseded_at = now()
          FROM found AS f
         WHERE v.id = f.id AND NOT f.same
    )
    SELECT f.former, f.same
      FROM found AS f
     ORDER BY f.number
"""
_INSERT = f"""
    WITH given AS ({_GIVEN}),
    written AS (
        INSERT INTO manual_metric_values
               (metric_id, labels, period_start, period_end, value, note, source, entered_by)
        SELECT g.metric_id, g.labels, g.period_start, g.period_end, g.value, g.note, %(source)s, %(entered_by)s
          FROM given AS g
         ORDER BY g.number
        RETURNING id, metric_id, labels, period_start
    )
    UPDATE manual_metric_values AS v
       SET superseded_by = w.id
      FROM written AS w
     WHERE v.metric_id = w.metric_id AND v.labels = w.labels AND v.period_start = w.period_start
       AND v.superseded_by = v.id
"""
# What is shown together is counted together: all from the day `since` on, and each period before it by itself.
_COUNT = f"""
    WITH counted AS (
        SELECT *
          FROM unnest(%(names)s::text[], %(label_names)s::text[], %(since)s::date[])
               AS c(metric_id, label_names, since)
    ),
    given AS (
        SELECT g.metric_id, least(g.period_start, c.since) AS since, g.labels, true AS is_new
          FROM ({_GIVEN}) AS g
          JOIN counted AS c USING (metric_id)
         WHERE g.value IS NOT NULL
    ),
    known AS (
        SELECT v.metric_id, least(v.period_start, c.since) AS since, v.labels, false AS is_new
          FROM manual_metric_values AS v
          JOIN counted AS c USING (metric_id)
         WHERE v.superseded_by IS NULL
           AND v.value IS NOT NULL
           AND v.period_end >= (SELECT min(g.since) FROM given AS g)
           AND v.labels ?& string_to_array(c.label_names, ',')
           AND v.labels - string_to_array(c.label_names, ',') = '{{}}'
    ),
    series AS (
        SELECT s.metric_id, s.since, s.labels, bool_and(s.is_new) AS is_new
          FROM (SELECT * FROM given UNION ALL SELECT * FROM known) AS s
         GROUP BY s.metric_id, s.since, s.labels
    )
    SELECT s.metric_id, s.since, count(*)
      FROM series AS s
     GROUP BY s.metric_id, s.since
    HAVING bool_or(s.is_new)
     ORDER BY s.metric_id, s.since
"""


@dataclass(frozen=True)
class GivenValue:
    """A value that somebody gives, checked already; without `value` it withdraws the one that holds."""

    metric: str
    labels: Mapping[str, str]
    period_start: date
    period_end: date
    value: Decimal | None
    note: str | None = None


@dataclass(frozen=True)
class StoredValue:
    """The newest value of a series that was known at a moment, which lay on the day `today` of the session."""

    metric: str
    labels: Mapping[str, str]
    period_start: date
    period_end: date
    value: float
    note: str | None
    entered_by: str
    entered_at: datetime
    today: date

    def fits(self, metric: Metric) -> bool:
        """Whether it has exactly the labels that the metric declares today."""
        return self.labels.keys() == set(metric.labels) and all(isinstance(text, str) for text in self.labels.values())


class Outcome(NamedTuple):
    """What came of a value: it is new, it corrects or withdraws the `former` one, or it is what was there."""

    kind: Literal["new", "corrected", "withdrawn", "unchanged"]
    former: Decimal | None


def newest(
    connection: Connection[Any], metrics: Sequence[str], as_of: datetime, *, running: bool = False
) -> list[StoredValue]:
    """Of each series the value of its newest period, as it was known at `as_of`; with `running`, also of a period that
    had not ended then. Days are those of the session's time zone.
    """
    with connection.cursor(row_factory=class_row(StoredValue)) as cursor:
        return cursor.execute(_NEWEST, {"metrics": list(metrics), "as_of": as_of, "running": running}).fetchall()


def grown(
    connection: Connection[Any], values: Sequence[GivenValue], since: Mapping[Input, date]
) -> list[tuple[str, date, int]]:
    """How many series each of these metrics would have with the values, where that is more than it has now.

    Those with a value for a period that begins on the day `since` or later count together, and are told with that day;
    of what lies before, each period counts by itself, and is told with its first day. Nobody else writes until the
    transaction ends.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    metrics = {
        "names": [metric.name for metric in since],
        "label_names": [",".join(metric.labels) for metric in since],
        "since": list(since.values()),
    }
    return connection.execute(_COUNT, {**_columns(values), **metrics}).fetchall()


def store(connection: Connection[Any], values: Sequence[GivenValue], source: Origin, entered_by: str) -> list[Outcome]:
    """Write the values in the transaction of the connection, in two statements however many they are.

    No two of them may be for one metric, with the same labels and the same first day. The outcomes are in their order.
    """
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    found = connection.execute(_COMPARE, _columns(values)).fetchall()
    outcomes = [_outcome(value, former, same) for value, (former, same) in zip(values, found, strict=True)]
    news = [value for value, outcome in zip(values, outcomes, strict=True) if outcome.kind != "unchanged"]
    if news:
        connection.execute(_INSERT, {**_columns(news), "source": source, "entered_by": entered_by})
    return outcomes


def _outcome(value: GivenValue, former: Decimal | None, same: bool) -> Outcome:
    if same:
        return Outcome("unchanged", former)
    if former is None:
        return Outcome("new", None)
    return Outcome("withdrawn" if value.value is None else "corrected", former)


def _columns(values: Sequence[GivenValue]) -> dict[str, list[Any]]:
    return {
        "metric": [value.metric for value in values],
        "labels": [json.dumps(dict(value.labels)) for value in values],
        "start": [value.period_start for value in values],
        "end": [value.period_end for value in values],
        "value": [value.value for value in values],
        "note": [value.note for value in values],
    }
