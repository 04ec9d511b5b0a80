"""Values that people give (`kpi input`): of each series the newest one that was known at the moment.

    DESKS = Input("kpi_desk_use_ratio", "Desks in use ÷ desks.", unit=RATIO, labels=("office",), owner="facilities")

in `metrics/DOMAIN.py`, or in a module of the plugin folder, is all that such a metric needs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import psycopg

from collectors.contract import Collector, Run
from collectors.errors import TableMissing
from metrics import Input, Reading
from metrics.catalogue import inputs
from metrics.inputs import MANUAL_VALUES_STALE, is_shown, stale
from warehouse.inputs import TABLE, StoredValue, newest


class Inputs(Collector):
    """Reads all metrics that people give. A value whose labels are not those of the declaration is left out."""

    name = "inputs"
    needs_source = True

    def __init__(self, given: Iterable[Input]) -> None:
        self.inputs = tuple(given)
        self.metrics = (*self.inputs, MANUAL_VALUES_STALE)

    def check(self, run: Run) -> bool:
        """Whether the table is there, and may be read."""
        self._newest(run, ())
        return True

    def collect(self, run: Run) -> Iterator[Reading]:
        found = defaultdict[str, list[StoredValue]](list)
        for value in self._newest(run, self.inputs):
            found[value.metric].append(value)
        for metric in self.inputs:
            yield from _readings(metric, [value for value in found[metric.name] if value.fits(metric)])

    def _newest(self, run: Run, metrics: Iterable[Input]) -> list[StoredValue]:
        try:
            return newest(run.database(self.name), [metric.name for metric in metrics], run.as_of)
        except psycopg.errors.UndefinedTable as error:
            raise TableMissing(
                f"off: the contract table {TABLE} is missing; 'kpi migrate' creates it", TABLE
            ) from error


def _readings(metric: Input, values: list[StoredValue]) -> Iterator[Reading]:
    for value in values:
        if is_shown(metric, value.period_end, value.today):
            yield metric.reading(value.value, **value.labels)
    if values:
        missing = stale(metric, [value.period_end for value in values], values[0].today)
        yield MANUAL_VALUES_STALE.reading(missing, metric=metric.name)


COLLECTOR = Inputs(metric for declared in inputs().values() for metric in declared)
