"""Boards: drawn by our kit and by grafanalib alone, linted, and built by a fresh process."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median

import yaml
from grafanalib import core
from grafanalib._gen import DashboardEncoder

from benchmarks import board_plugin
from benchmarks.board_plugin import PER_BOARD, generated
from benchmarks.harness import Row, milliseconds, slower, timed
from benchmarks.ours import COMMAND
from dashboards import Promql
from dashboards.discovery import discover
from dashboards.scope import Scope
from metrics.catalogue import all_metrics, domains, external_metrics
from provisioning.grafana import board_json
from provisioning.lint import lint

_FEW, _MANY = 200, 2000
_TIMES = {_FEW: 15, _MANY: 5}
_LINTS = {_FEW: 5, _MANY: 3}
_BUILDS = 5
_CHOICES = '{tenant=~"$tenant", service=~"$service"}'


def boards(folder: Path) -> Iterator[Row]:
    """JSON beside grafanalib's for as many panels, the linter, each for ten times the panels, and `kpi build`."""
    scope = Scope((*all_metrics(), *external_metrics()))
    yield from _tenfold("to JSON", _drawing, scope, _draw)
    yield from _tenfold("linted", _linting, scope, lambda number, scope: lint(generated(number), scope))
    yield from _building(folder)


def _tenfold(
    what: str, measure: Callable[[int, Scope], Row], scope: Scope, work: Callable[[int, Scope], object]
) -> Iterator[Row]:
    """The rows for few and for many panels, and how much longer the many took, when they take turns."""
    yield from (measure(_FEW, scope), measure(_MANY, scope))
    seconds, seconds_of_many = _in_turns(partial(work, _FEW, scope), partial(work, _MANY, scope), _TIMES[_MANY])
    yield slower(f"{_MANY:,} panels {what} instead of {_FEW}", seconds_of_many, f"{_FEW} panels", seconds, 12)


def _drawing(number: int, scope: Scope) -> Row:
    ours, theirs = _in_turns(partial(_draw, number, scope), partial(_draw_with_grafanalib, number), _TIMES[number])
    return slower(f"{number:,} panels to JSON, {number / ours:,.0f} a second", ours, "grafanalib", theirs, 2)


def _linting(number: int, scope: Scope) -> Row:
    made = generated(number)
    expressions = sum(
        isinstance(query, Promql) for board in made for _, panel in board.panels() for query in panel.targets
    )
    seconds = median(timed(partial(lint, made, scope)) for _ in range(_LINTS[number]))
    speed = f"{number / seconds:,.0f} panels and {expressions / seconds:,.0f} expressions a second"
    most = number / _FEW  # a second for 200
    return Row(f"{number:,} panels linted, {speed}", milliseconds(seconds), "", seconds, most, unit="s")


def _building(folder: Path) -> Iterator[Row]:
    """`kpi build` of all built-in boards and as many made-up ones as it takes to have 200 panels."""
    built_in = sum(1 for board in discover(domains()).found for _ in board.panels())
    plugins = folder / "plugins" / "dashboards"
    plugins.mkdir(parents=True)
    (plugins / "benchmark.py").write_text(Path(board_plugin.__file__).read_text())
    config = folder / "kpi.yaml"
    config.write_text(yaml.safe_dump({"plugins": "plugins"}))
    added = max(1, _FEW - built_in)
    environment = {**os.environ, "KPI_BENCHMARK_PANELS": str(added)}
    places = [folder / f"built-{number}" for number in range(_BUILDS)]
    for what, options in (("kpi build", []), ("kpi build --check", ["--check"])):
        command: list[str | Path] = [*COMMAND, "build", *options, "--config", config]
        seconds = median(
            timed(partial(_run, [*command, "--out", place, "--docs", place / "docs"], environment)) for place in places
        )
        yield Row(f"{what}, fresh process, {built_in + added} panels", f"{seconds:.2f} s", "", seconds, 2.5, unit="s")


def _run(command: list[str | Path], environment: Mapping[str, str]) -> None:
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if ended.returncode:
        raise RuntimeError(f"could not measure {' '.join(map(str, command))}: {ended.stdout}{ended.stderr}")


def _in_turns(ours: Callable[[], object], theirs: Callable[[], object], times: int) -> tuple[float, float]:
    """Medians, in seconds, of two pieces of work that take turns: what disturbs the machine disturbs both."""
    both = [(timed(ours), timed(theirs)) for _ in range(times + 1)][1:]
    return median(one for one, _ in both), median(other for _, other in both)


def _draw(panels: int, scope: Scope) -> list[str]:
    """From declarations to the text of the files."""
    return [board_json(board, scope) for board in generated(panels)]


def _draw_with_grafanalib(panels: int) -> list[str]:
    """The same with grafanalib alone, where all that the kit derives is written out by hand."""
    return [
        json.dumps(_dashboard(number).to_json_data(), indent=2, sort_keys=True, cls=DashboardEncoder)
        for number in range(panels // PER_BOARD)
    ]


def _dashboard(number: int) -> core.Dashboard:
    kinds = (core.Stat, core.TimeSeries, core.TimeSeries, core.TimeSeries, core.Table, core.PieChartv2)
    panels = [
        kinds[position % len(kinds)](
            title=f"Panel {position}",
            description="Duration of HTTP requests.\n\nLower is better, owner platform.",
            dataSource="${datasource}",
            targets=[core.Target(expr=f"sum by (service) (rate(kpi_requests_total{_CHOICES}[5m]))", legendFormat="x")],
            gridPos=core.GridPos(h=8, w=6, x=position % 4 * 6, y=position // 4 * 8),
            thresholds=[{"color": "green", "value": None}, {"color": "red", "value": 1}],
        )
        for position in range(PER_BOARD)
    ]
    variables = [
        core.Template(name=name, query=f"label_values(kpi_requests_total, {name})", dataSource="${datasource}")
        for name in ("tenant", "currency", "service")
    ]
    return core.Dashboard(
        title=f"Board {number}",
        uid=f"board-{number}",
        panels=panels,
        templating=core.Templating(variables),
        links=[core.DashboardLink(title="Boards")],
    ).auto_panel_ids()
