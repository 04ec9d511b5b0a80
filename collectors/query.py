"""One `.sql` file: what it measures, whether it may run, and the readings that it gives."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from psycopg import Connection, RawCursor

from collectors import statement
from collectors.contract import Run
from collectors.describe import Column, describe
from collectors.errors import QueryRefused, TooManyRows
from collectors.events import Totals, spans
from collectors.header import read_header
from collectors.sql_text import Fault, faults, tokens, without_final_semicolon
from metrics import Counter, Histogram, HistogramState, Metric, Reading

_BATCH = 1000
_VALUE = re.compile(r"kpi_\w+")
_TABLE_FOLLOWS = {"from", "join"}
_REASONS = ("null", "not_finite", "negative")


class Query:
    """A query and its metrics. Everything that its text alone can tell is checked when it is made.

    Raises QueryRefused with every fault, each as `file:line: what is wrong`.
    """

    def __init__(self, path: Path, declared: Iterable[Metric] = ()) -> None:
        self.path = path
        self.name = path.stem
        try:
            written = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error  # the path is told once
            raise QueryRefused(f"{path}: could not read the file: {reason}") from error
        self.header, found = read_header(written)
        self.text = without_final_semicolon(written)
        known = {metric.name: metric for metric in declared}
        self.declared, declaration_faults = self.header.declare(known)
        found += declaration_faults
        self.metrics, value_faults = self._measured(known | {metric.name: metric for metric in self.declared})
        self.timeout = self.header.timeout
        self._columns: dict[str, list[Column]] = {}
        # A faulty header declares nothing, and then each of its metrics would be told to be unknown.
        self._refuse([*found, *faults(self.text), *([] if found else value_faults)])

    @property
    def interval(self) -> float | None:
        """Seconds between runs, None where the file leaves it to its collector."""
        return self.header.every

    def _measured(self, known: dict[str, Metric]) -> tuple[tuple[Metric, ...], list[Fault]]:
        found, measured = [], dict[str, Metric]()
        words = tokens(self.text)
        for before, token, after in zip([None, *words], words, [*words[1:], None], strict=False):
            name = token.text.strip('"')
            if token.kind not in ("word", "quoted") or not _VALUE.fullmatch(name):
                continue
            if (before and before.text in _TABLE_FOLLOWS) or (after and after.text in (".", "(")):
                continue
            if name in known:
                measured[name] = known[name]
            else:
                close = get_close_matches(name, known, 1)
                meant = f"; did you mean {close[0]}?" if close else "; declare it, or name the column differently"
                found.append(Fault(token.line, f"{name} is no metric of this collector{meant}"))
        if not measured and not found:
            found.append(Fault(1, "no column is named like a metric of this collector"))
        found.extend(self._kind_faults(measured.values()))
        return tuple(measured.values()), found

    def _kind_faults(self, measured: Iterable[Metric]) -> Iterator[Fault]:
        histograms = [metric for metric in measured if isinstance(metric, Histogram)]
        for metric in measured:
            grows = isinstance(metric, Counter | Histogram)
            if self.header.cursor and not grows:
                rule = "a query with a cursor feeds counters and histograms only"
                yield Fault(self._line(metric.name), f"{metric} is a gauge, and {rule}")
            elif histograms and not self.header.cursor and not isinstance(metric, Histogram):
                rule = "a query without cursor that feeds a histogram feeds nothing else"
                yield Fault(self._line(metric.name), f"{metric} is a {metric.kind}, and {rule}")

    def _line(self, word: str, *, in_header: bool = False) -> int:
        """The line where a word first stands; below the header, or in it, if it stands there."""
        lines = self.text.split("\n")
        places = [number for number, line in enumerate(lines, 1) if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line)]
        wanted = [number for number in places if lines[number - 1].startswith("--") == in_header]
        return (wanted or places or [1])[0]

    def _refuse(self, found: Sequence[Fault]) -> None:
        if found:
            raise QueryRefused("\n".join(f"{self.path}:{line}: {message}" for line, message in sorted(set(found))))

    def preflight(self, connection: Connection[Any], source: str = "") -> list[Column]:
        """Check the query's columns against its metrics, as the server describes them, without running it."""
        columns = describe(connection, self.text, self.header.windows, str(self.path))
        self._refuse(list(self._column_faults(columns)))
        self._columns[source] = columns
        return columns

    def check(self, run: Run) -> bool:
        """Whether it fits the tables. Raises what `preflight` raises."""
        self.preflight(run.database(str(self.path)), run.source)
        return True

    def _column_faults(self, columns: Sequence[Column]) -> Iterator[Fault]:
        names = [column.name for column in columns]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Fault(self._line(name), f"two columns are called {name}")
        values = {metric.name for metric in self.metrics}
        labels = {name for name in names if name not in values and name != self.header.cursor}
        for column in columns:
            if column.name in values and not column.is_numeric:
                yield Fault(self._line(column.name), f"{column.name} is not a number{column.hint}")
        for metric in self.metrics:
            if metric.name not in names:
                yield Fault(self._line(metric.name), f"{metric} is mentioned, but no column of the result is called so")
                continue
            for label in sorted(labels - set(metric.labels)):
                yield Fault(self._line(label), f"the column {label} is neither a metric nor a label of {metric}")
            for label in sorted(set(metric.labels) - labels):
                yield Fault(self._line(metric.name), f"the label {label} of {metric} is no column of the result")
        if cursor := self.header.cursor:
            line = self._line("cursor", in_header=True)
            found = next((column for column in columns if column.name == cursor), None)
            if found is None:
                yield Fault(line, f"the cursor {cursor} is no column of the result")
            elif not (found.is_date or found.is_instant):
                yield Fault(line, f"the cursor {cursor} must be a timestamptz or a date{found.hint}")

    def collect(self, run: Run) -> Iterator[Reading]:
        """The readings at `run.as_of`; a query with a cursor adds what is new to the totals in `run.state`.

        Raises PresentOnly for a moment in the past when the header says that the query has no history.
        """
        connection = run.database(str(self.path))
        if not self.header.history:
            run.demand_present(f"{self.path} (history: false)")
        if not self.header.cursor:
            for _, reading in self._rows(connection, [(run.as_of,)], run):
                yield reading
            return
        if not run.live:
            for _, reading in self.read(connection, [run.as_of], run):
                yield reading
            return
        totals = Totals.restore(self.metrics, run.state)
        until = run.as_of - timedelta(seconds=self.header.settle)
        since = totals.until or until - timedelta(seconds=self.header.backfill)
        until = max(since, until)
        for _, reading in self._rows(connection, [(run.as_of, since, until)], run):
            totals.add(reading, run.drop)
        run.state = totals.state(until)
        yield from totals.readings()

    def read(
        self, connection: Connection[Any], moments: Sequence[datetime], run: Run | None = None
    ) -> Iterator[tuple[datetime, Reading]]:
        """Readings of one or many moments (rising), in one statement, without touching any state.

        Counters fed by events count from the first moment, less the header's settle lag and backfill. A series that
        comes later is 0 at the moment before.
        """
        run = run or Run(as_of=moments[-1], connection=connection, live=False)
        if not self.header.cursor:
            for number, reading in self._rows(connection, [(moment,) for moment in moments], run):
                yield moments[number], reading
            return
        totals = Totals(self.metrics)
        settle, backfill = timedelta(seconds=self.header.settle), timedelta(seconds=self.header.backfill)
        rows = groupby(self._rows(connection, spans(moments, settle, backfill), run), key=itemgetter(0))
        news = {number: [reading for _, reading in group] for number, group in rows}
        for number, moment in enumerate(moments):
            for reading in news.get(number, ()):
                totals.add(reading, run.drop)
            for reading in totals.begun():
                if number:
                    yield moments[number - 1], reading
            for reading in totals.readings():
                yield moment, reading

    def _rows(
        self, connection: Connection[Any], bound: Sequence[tuple[datetime, ...]], run: Run
    ) -> Iterator[tuple[int, Reading]]:
        """Runs the query once for all moments: pairs of the moment's number and a reading."""
        columns = self._columns.get(run.source) or self.preflight(connection, run.source)
        values = {metric.name for metric in self.metrics}
        cursor = next((column for column in columns if column.name == self.header.cursor), None)
        labels = [column.name for column in columns if column.name not in values and column is not cursor]
        sql = self._sql(labels, cursor, len(bound))
        parameters: list[object] = [instant for moment in bound for instant in moment]
        rows = RawCursor(connection)
        try:
            rows.execute(sql.encode(), [*parameters, run.max_rows + 1], binary=True)
        except Exception:
            self._columns.pop(run.source, None)
            raise
        if rows.rowcount > run.max_rows:
            raise TooManyRows(
                f"{self.path}: more than {run.max_rows:,} rows; aggregate in the query, or raise max_rows"
            )
        aggregated = cursor is not None or isinstance(self.metrics[0], Histogram)
        return (self._totals if aggregated else self._readings)(rows, labels, run)

    def _sql(self, labels: Sequence[str], cursor: Column | None, moments: int) -> str:
        windows = self.header.windows
        if cursor is None:
            return statement.snapshot(self.text, windows, labels, self.metrics, moments)
        return statement.events(self.text, windows, labels, self.metrics, cursor.name, cursor.is_date, moments)

    def _readings(self, rows: RawCursor[Any], labels: Sequence[str], run: Run) -> Iterator[tuple[int, Reading]]:
        """From rows as `statement.snapshot` gives them. This loop is most of the work of a collector."""
        first = len(labels) + 1
        places = [(first + place, metric, _order(metric, labels)) for place, metric in enumerate(self.metrics)]
        for row in _fetched(rows):
            given = row[1:first]
            if None in given:
                given = _texts(given)
            for place, metric, order in places:
                value = row[place]
                if value is None:
                    run.drop("null")
                else:
                    yield row[0], Reading(metric, order(given), value)

    def _totals(self, rows: RawCursor[Any], labels: Sequence[str], run: Run) -> Iterator[tuple[int, Reading]]:
        """From rows as `statement.events` gives them."""
        orders = [_order(metric, labels) for metric in self.metrics]
        for row in _fetched(rows):
            number, given, values = row[0], _texts(row[1 : len(labels) + 1]), iter(row[len(labels) + 1 :])
            for metric, order in zip(self.metrics, orders, strict=True):
                value = next(values)
                if isinstance(metric, Histogram):
                    value = HistogramState(tuple(value), next(values))
                if value is not None:
                    yield number, Reading(metric, order(given), value)
            for reason, dropped in zip(_REASONS, values, strict=True):
                if dropped:
                    run.drop(reason, dropped)


def _fetched(rows: RawCursor[Any]) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_BATCH):
        yield from batch


def _texts(labels: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(label or "" for label in labels)


def _order(metric: Metric, labels: Sequence[str]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Brings label values from the order of the columns into the order of the declaration."""
    places = [labels.index(label) for label in metric.labels]
    if places == list(range(len(places))):
        return tuple
    return itemgetter(*places)
