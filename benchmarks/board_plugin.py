"""Boards that are made up for measuring: a library for the benchmarks, and a plugin for `kpi build`."""

import os
from collections.abc import Callable, Mapping
from itertools import cycle

from dashboards import Board, Panel, area, row, share, stat, table, trend
from metrics import is_not
from metrics.app_performance import HTTP_REQUEST_DURATION, HTTP_REQUESTS
from metrics.commerce import AVERAGE_ORDER_VALUE, PAYMENT_FAILURE, REVENUE
from metrics.engagement import ACTIVE_USERS

PER_BOARD = 20
_PER_ROW = 4
# Each panel looks at something else, so that no parser can remember its expressions.
_KINDS: tuple[Callable[[str], Panel], ...] = (
    lambda name: stat(REVENUE, by="currency", window="30d", where={"category": name}, title=name),
    lambda name: trend(HTTP_REQUEST_DURATION, by="service", quantiles=(0.95,), where={"route": name}, title=name),
    lambda name: area(HTTP_REQUESTS, by="service", where={"route": name}, title=name),
    lambda name: trend(PAYMENT_FAILURE, window="1d", where={"provider": name}, title=name),
    lambda name: table(AVERAGE_ORDER_VALUE, window="1d", where={"currency": name}, title=name),
    lambda name: share(ACTIVE_USERS, by="user_type", window="7d", where={"user_type": is_not(name)}, title=name),
)


def generated(panels: int) -> list[Board]:
    """Boards with that many panels together."""
    return [
        _board(number, min(PER_BOARD, panels - first)) for number, first in enumerate(range(0, panels, PER_BOARD), 1)
    ]


def boards(_: Mapping[str, object]) -> list[Board]:
    """What `kpi build` asks a plugin for."""
    return generated(int(os.environ["KPI_BENCHMARK_PANELS"]))


def _board(number: int, panels: int) -> Board:
    made = [kind(f"Panel {number}.{position}") for position, kind in zip(range(panels), cycle(_KINDS), strict=False)]
    rows = [row(*made[first : first + _PER_ROW]) for first in range(0, panels, _PER_ROW)]
    return Board(
        uid=f"benchmark-{number}",
        area="Benchmark",
        name=f"Board {number}",
        description="Made up for measuring.",
        content=rows,
        questions=("How fast is it?",),
        up="",
    )
