"""A panel as data: what it asks, and how the answer is shown. `dashboards/to_grafana.py` draws it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from metrics import Metric, Unit

Kind = Literal["stat", "trend", "bars", "share", "dial", "table", "distribution", "heat", "funnel", "state", "text"]
Shape = Literal["time_series", "table", "heatmap"]


LONGEST_TITLE = 40
"""Characters that can be read above a narrow panel."""


class PanelError(ValueError):
    """A panel cannot be made from what it was given."""


@dataclass(frozen=True)
class Promql:
    """One PromQL query of a panel. `of` is the metric that it shows, which gives unit and thresholds."""

    expr: str
    legend: str = ""
    of: Metric | None = None
    unit: Unit | None = None
    """Of this query's result, where it differs from the panel's."""
    instant: bool = False
    shape: Shape = "time_series"
    before: str = ""
    """How far back the query looks, such as `7d`, when it shows the period before for comparison."""
    per_source: bool = False
    """Whether each source (a tenant, for example) has series of its own, so that the legend must tell them apart."""


def promql(
    expr: str, *, of: Metric | None = None, legend: str = "", unit: Unit | None = None, per_source: bool = False
) -> Promql:
    """A PromQL expression in your own words, for what the vocabulary cannot say.

    `per_source` says that each source (a tenant, for example) has series of its own in the result.
    """
    return Promql(expr, legend, of, unit, per_source=per_source)


@dataclass(frozen=True)
class Sql:
    """One SQL query of a panel, with Grafana's macros such as `$__timeFilter(column)`."""

    text: str
    file: Path
    shape: Literal["time_series", "table"] = "table"


def sql(file: Path) -> Sql:
    """The statement in `file`. Raises PanelError when it cannot be read."""
    try:
        return Sql(file.read_text(encoding="utf-8").rstrip(), file)
    except (OSError, UnicodeDecodeError) as error:
        raise PanelError(f"could not read {file}: {error}") from error


@dataclass(frozen=True)
class Step:
    """From `value` on (None: from the beginning) the colour is `color`."""

    value: float | None
    color: str


@dataclass(frozen=True)
class Column:
    """How a column of a table is shown. `match` is its name in the result."""

    match: str
    title: str = ""
    unit: Unit | str = ""
    decimals: int | None = None
    hidden: bool = False
    bar: bool = False
    """Shows a bar behind the value, up to 100 % for a ratio, else up to the greatest number of all columns."""
    cells: bool = False
    """Colours the cell from pale to strong by the value."""
    steps: tuple[Step, ...] = ()
    width: int | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel.

    `unit` is the Grafana unit id, `measure` the unit of the metric that it follows from, None where an author chose
    it. `width` is in twelfths of the row, None for a share of what the others leave. `to` is the uid of the board with
    the details. `ignore` gives reasons for lint codes that do not apply here; `may_be_empty` the reason why the panel
    may show nothing on a healthy system. `currencies` says that series' units follow the currency in their names.
    """

    kind: Kind
    title: str
    description: str
    targets: tuple[Promql | Sql, ...] = ()
    unit: str = ""
    measure: Unit | None = None
    metrics: tuple[Metric, ...] = ()
    decimals: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    steps: tuple[Step, ...] = ()
    columns: tuple[Column, ...] = ()
    currencies: bool = False
    drawn: Literal["line", "area", "bars"] = "line"
    stacked: bool = False
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Texts and colours in place of values: `{"1": ("up", "green")}`."""
    matrix: tuple[str, str, str] | None = None
    """Names of the columns that become the rows, the columns and the cells of a heat table: weekday, hour, value."""
    content: str = ""
    """The Markdown of a text panel."""
    sources: tuple[str, ...] = ()
    """Labels of sources, such as `tenant`, that tell the rows of a table apart; `Scope` knows them."""
    interval: str = ""
    """The least step of the queries, such as `5m`; finer ones would show holes."""
    time: str = ""
    """The range that the panel shows in place of the board's, such as `90d`."""
    width: int | None = None
    height: int | None = None
    to: str = ""
    ignore: Mapping[str, str] = field(default_factory=dict)
    may_be_empty: str = ""
