"""A small catalogue with metrics of every kind, and short ways to boards and their JSON."""

from typing import Any

from dashboards import Board, Panel, Promql, Row, Section, row
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from metrics import BYTES, COUNT, CURRENCY, RATIO, SECONDS, TIMESTAMP, Counter, Gauge, Histogram, Metric
from metrics.exporter import ALERTS, UP

USERS = Gauge(
    "kpi_users", "People seen.", unit=COUNT, labels=("plan", "window"), owner="product", better="higher", warning=100
)
SALES = Gauge(
    "kpi_sales_amount", "Money in.", unit=CURRENCY, labels=("currency", "category", "window"), owner="finance"
)
WINS = Gauge("kpi_wins_ratio", "Wins ÷ games.", unit=RATIO, labels=("team", "window"), owner="sport")
FAILURES = Gauge(
    "kpi_failure_ratio",
    "Failed ÷ all.",
    unit=RATIO,
    labels=("provider",),
    owner="finance",
    better="lower",
    warning=0.05,
    critical=0.1,
)
BACKUP = Gauge("kpi_backup_timestamp_seconds", "Last backup.", unit=TIMESTAMP, owner="platform")
MEMORY = Gauge("kpi_memory_bytes", "Memory.", unit=BYTES, labels=("host",), owner="platform")
QUEUE = Gauge("kpi_queue_length", "Waiting jobs.", unit=COUNT, owner="platform")
ORDERS = Counter("kpi_orders_total", "Orders.", unit=COUNT, labels=("status", "region"), owner="sales")
TAKINGS = Counter("kpi_takings_amount_total", "Takings.", unit=CURRENCY, labels=("currency", "status"), owner="sales")
TRAFFIC = Counter("kpi_traffic_bytes_total", "Traffic.", unit=BYTES, labels=("region",), owner="platform")
BUSY = Counter("kpi_busy_seconds_total", "Time at work.", unit=SECONDS, labels=("region",), owner="platform")
WAIT = Histogram(
    "kpi_wait_seconds",
    "Time in the queue.",
    unit=SECONDS,
    labels=("region", "service"),
    owner="platform",
    better="lower",
    target=0.2,
    warning=0.5,
    critical=60,
    buckets=(0.5, 60, 300, 1800),
)

METRICS: tuple[Metric, ...] = (
    *(USERS, SALES, WINS, FAILURES, BACKUP, MEMORY, QUEUE, ORDERS, TAKINGS, TRAFFIC, BUSY, WAIT),
    *(UP, ALERTS),
)
SCOPE = Scope(METRICS)


def asked(panel: Panel) -> list[str]:
    """The PromQL of the panel, query by query."""
    return [target.expr for target in panel.targets if isinstance(target, Promql)]


def legends(panel: Panel) -> list[str]:
    """The legends of the panel, query by query."""
    return [target.legend for target in panel.targets if isinstance(target, Promql)]


def board(*content: Row | Section | Panel, **fields: Any) -> Board:
    """A board of these rows, sections, or panels in a row of their own."""
    parts = [row(part) if isinstance(part, Panel) else part for part in content]
    given: dict[str, Any] = {"uid": "shop", "area": "Shop", "name": "Till", "description": "What the till says."}
    return Board(**{**given, "content": parts, **fields})


def drawn(*content: Row | Section | Panel, scope: Scope = SCOPE, **fields: Any) -> dict[str, Any]:
    """The JSON of such a board."""
    return dashboard(board(*content, **fields), scope)


def drawn_panel(panel: Panel, scope: Scope = SCOPE, **fields: Any) -> dict[str, Any]:
    """The JSON of the panel alone on a board."""
    found: dict[str, Any] = drawn(panel, scope=scope, **fields)["panels"][0]
    return found


def properties(panel: dict[str, Any], matcher: str, options: str) -> dict[str, Any]:
    """What the panel's JSON overrides for the columns or queries that the matcher picks, by the property's id."""
    return {
        each["id"]: each["value"]
        for override in panel["fieldConfig"]["overrides"]
        if override["matcher"] == {"id": matcher, "options": options}
        for each in override["properties"]
    }
