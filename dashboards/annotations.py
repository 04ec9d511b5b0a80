"""What happened, drawn over the panels of every board: firing alerts, deployments to production, incidents."""

from collections.abc import Iterator, Sequence

from dashboards.board import Board
from dashboards.grafana import PROMETHEUS, Json
from dashboards.scope import Scope
from metrics import Metric
from metrics.delivery import LAST_DEPLOYMENT, LAST_INCIDENT


def annotations(board: Board, scope: Scope, variables: Sequence[str]) -> Iterator[Json]:
    """The annotations of a board, within the choices of its `variables`; those of metrics that exist here."""
    yield _annotation("Firing alerts", 'ALERTS{alertstate="firing"}', "red", "{{alertname}}", "{{severity}} {{team}}")
    moments = (
        # Over weeks there are so many deployments that they would hide the lines: there, one switches them on.
        (LAST_DEPLOYMENT, "Deployments", "blue", "{{service}} deployed", board.time.endswith(("m", "h"))),
        (LAST_INCIDENT, "Incidents", "orange", "{{severity}} incident of {{service}}", True),
    )
    for metric, name, color, title, is_shown in moments:
        if metric.name in scope.labels:
            text = " ".join("{{" + label + "}}" for label in scope.source_labels)
            expr = scope.narrow(_newest(metric), variables)
            # The value is the moment itself: that of the sample would be up to a minute late, and a step coarse.
            yield _annotation(name, expr, color, title, text) | {"enable": is_shown, "useValueForTime": True}


def _annotation(name: str, expr: str, color: str, title: str, text: str) -> Json:
    return {
        "name": name,
        "datasource": PROMETHEUS,
        "enable": True,
        "hide": False,
        "iconColor": color,
        "expr": expr,
        "titleFormat": title,
        "textFormat": text,
        "step": "60s",
    }


def _newest(metric: Metric) -> str:
    """The moments in milliseconds, as Grafana counts them, without those before the chosen time."""
    return f"{metric} * 1000 > $__from"
