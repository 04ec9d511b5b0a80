"""What people give: what is overdue, what came when, and all such metrics, on the boards of their domains or not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboards.board import Board, Row, row
from dashboards.catalogue import domain_section
from dashboards.panel import Column, promql, sql
from dashboards.panels import stat, table
from metrics import Input, Metric
from metrics.inputs import MANUAL_VALUES_STALE

_SQL = Path(__file__).parent / "sql" / "inputs"
_NONE_GIVEN = "Nobody has given a value."


def boards(domains: Mapping[str, tuple[Metric, ...]]) -> Iterator[Board]:
    """The board of the metrics that people give, a section for each domain that has some."""
    given = {domain: [metric for metric in metrics if isinstance(metric, Input)] for domain, metrics in domains.items()}
    yield Board(
        uid="inputs",
        area="Company",
        name="Manual inputs",
        description="Values that people give with `kpi input`, because no system knows them: what is overdue, what "
        "came when, and what they are. A value is shown until that of a newer period replaces it.",
        questions=("Which value is overdue?", "What was given, and when?", "What does it say?"),
        time="30d",
        content=[
            _overdue(),
            _by_metric(),
            _given(),
            *(domain_section(domain, metrics, folded=False) for domain, metrics in given.items() if metrics),
        ],
    )


def _overdue() -> Row:
    return row(
        stat(
            promql(f"sum({MANUAL_VALUES_STALE})", of=MANUAL_VALUES_STALE, legend="series"),
            title="Overdue values",
            description="Series without a value for the newest period that is due.",
            may_be_empty=_NONE_GIVEN,
        ),
        stat(
            promql(
                f"count(max by (metric) ({MANUAL_VALUES_STALE}) > 0) or 0 * count({MANUAL_VALUES_STALE})",
                of=MANUAL_VALUES_STALE,
                legend="metrics",
            ),
            title="Metrics with overdue values",
            description="Metrics of which at least one series lacks its newest value that is due.",
            may_be_empty=_NONE_GIVEN,
        ),
        stat(
            promql(f"count(count by (metric) ({MANUAL_VALUES_STALE}))", of=MANUAL_VALUES_STALE, legend="metrics"),
            title="Metrics in use",
            description="Metrics of which somebody has ever given a value.",
            steps=(),
            may_be_empty=_NONE_GIVEN,
        ),
    )


def _by_metric() -> Row:
    return row(
        table(
            MANUAL_VALUES_STALE,
            by="metric",
            title="Overdue values by metric",
            height=7,
            may_be_empty=_NONE_GIVEN,
        ),
    )


def _given() -> Row:
    return row(
        table(
            sql(_SQL / "given.sql"),
            title="What was given",
            description="Values that were given in the chosen time, and which of them were corrected since.",
            may_be_empty="Nobody gave a value in the chosen time.",
            columns=(
                Column("Given", unit="dateTimeAsIso", width=170),
                Column("Metric", width=310),
                Column("Labels", width=330),
                Column("From", width=110),
                Column("To", width=110),
            ),
        ),
    )
