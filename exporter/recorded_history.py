"""History of recorded metrics: what recording rules would have found, asked of a Prometheus that holds the rest."""

import math
import shutil
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import requests

from alert_rules import Group, Recording
from dashboards.scope import Scope
from dashboards.words import TOKEN
from exporter.backfill import Progress, load_blocks
from exporter.program import ProgramError
from exporter.prometheus import Prometheus
from metrics import Metric
from metrics.selector import quote
from provisioning.rules.per_source import per_source

_MOST_STEPS = 10_000  # Prometheus answers with 11,000 points at most
_TIMEOUT = 120.0


class Span(NamedTuple):
    """A time to record, both ends included, with a value every `step` seconds."""

    start: datetime
    end: datetime
    step: float


def write_recorded(
    groups: Sequence[Group],
    scope: Scope,
    prometheus: Prometheus,
    promtool: Path,
    data_dir: Path,
    spans: Sequence[Span],
    progress: Progress | None = None,
) -> int:
    """Add the samples of all recording rules to `data_dir`, the data of `prometheus`, which must not run yet.

    Rules over other recorded metrics come after them, so Prometheus is started once for each such level. `spans` must
    not overlap. `progress` is called with the rules done and their number. Returns the number of samples. Raises
    ProgramError.
    """
    samples, done = 0, 0
    rules = [rule for group in groups for rule in group.recordings]
    folder = data_dir.with_name("recorded")
    for level in _levels(rules):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        text = folder / "recorded.txt"
        with prometheus, text.open("w", encoding="utf-8") as file:
            for metric, same in _by_metric(level).items():
                file.write(f"# TYPE {metric} gauge\n")
                for rule in same:
                    lines = list(_lines(rule, scope, prometheus.url, spans))
                    file.writelines(lines)
                    samples, done = samples + len(lines), done + 1
                    if progress:
                        progress(done, len(rules))
            file.write("# EOF\n")
        load_blocks(promtool, text, folder / "data")
        for block in (folder / "data").iterdir():
            block.rename(data_dir / block.name)
    shutil.rmtree(folder, ignore_errors=True)
    return samples


def _levels(rules: Sequence[Recording]) -> Iterator[list[Recording]]:
    """The rules, first those that need no recorded metric, then those that need only metrics of levels before."""
    waiting = list(rules)
    while waiting:
        unknown = {rule.of.name for rule in waiting}
        level = [rule for rule in waiting if not unknown.intersection(TOKEN.findall(rule.expr))]
        if not level:
            raise ProgramError(f"could not record {', '.join(sorted(unknown))}: they need each other")
        yield level
        waiting = [rule for rule in waiting if rule not in level]


def _by_metric(rules: Sequence[Recording]) -> dict[Metric, list[Recording]]:
    found: dict[Metric, list[Recording]] = {}
    for rule in rules:
        found.setdefault(rule.of, []).append(rule)
    return found


def _lines(rule: Recording, scope: Scope, url: str, spans: Sequence[Span]) -> Iterator[str]:
    expr = per_source(rule.expr, scope)
    for start, end, step in spans:
        first = start.timestamp()
        while first <= end.timestamp():
            last = min(end.timestamp(), first + step * _MOST_STEPS)
            for series in _ask(url, expr, first, last, step):
                yield from _samples(rule, series)
            first = last + step


def _ask(url: str, expr: str, start: float, end: float, step: float) -> list[dict[str, object]]:
    parameters: dict[str, str | float] = {"query": expr, "start": start, "end": end, "step": step}
    try:
        answer = requests.post(f"{url}/api/v1/query_range", data=parameters, timeout=_TIMEOUT).json()
    except (requests.RequestException, ValueError) as error:
        raise ProgramError(f"could not record {expr}: {error}") from error
    if answer.get("status") != "success":
        raise ProgramError(f"could not record {expr}: {answer.get('error', answer)}")
    result: list[dict[str, object]] = answer["data"]["result"]
    return result


def _samples(rule: Recording, series: dict[str, object]) -> Iterator[str]:
    metric, values = series["metric"], series["values"]
    if not isinstance(metric, dict) or not isinstance(values, list):
        raise ProgramError(f"could not record {rule.of}: Prometheus answered {series}")
    labels = {name: value for name, value in metric.items() if name != "__name__"} | dict(rule.labels)
    inside = ",".join(f"{name}={quote(value)}" for name, value in sorted(labels.items()))
    name = f"{rule.of}{{{inside}}}"
    for moment, value in values:
        if math.isfinite(float(value)):
            yield f"{name} {value} {moment}\n"
