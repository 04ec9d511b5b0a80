"""How Grafana fills in a query before it sends it: the step, the windows that follow from it, and people's choices."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

POINTS = 1000
"""How many points a wide panel asks for."""
SCRAPE_INTERVAL = 15.0
"""What Grafana assumes of a Prometheus data source that does not say how often it scrapes, in seconds."""
ALL = ".*"

_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "M": 2_592_000.0,
    "y": 31_536_000.0,
}
_DURATION = re.compile(r"(\d+)(ms|[smhdwMy])")
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::\w+)?\}")
_ROUNDED = (
    (1.5, 1), (3.5, 2), (7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30), (90, 60), (210, 120), (450, 300),
    (750, 600), (1050, 900), (1500, 1200), (2700, 1800), (5400, 3600), (9000, 7200), (16_200, 10_800),
    (32_400, 21_600), (86_400, 43_200), (604_800, 86_400), (1_814_400, 604_800), (3_628_800, 2_592_000),
)  # fmt: skip
"""Below the first number of seconds, Grafana takes the second for the step; beyond the last, a year."""


def seconds(duration: str) -> float:
    """`30d` in seconds. Raises ValueError for what is no duration."""
    match = _DURATION.fullmatch(duration.lstrip(">"))
    if match is None:
        raise ValueError(f"expected a duration such as 30d, got {duration!r}")
    return int(match[1]) * _SECONDS[match[2]]


@dataclass(frozen=True)
class Range:
    """The time that a panel shows and the step of its queries, in seconds; `start` and `end` are Unix times."""

    start: float
    end: float
    step: float
    scrape_interval: float = SCRAPE_INTERVAL

    @property
    def variables(self) -> dict[str, str]:
        """Grafana's own variables."""
        length = self.end - self.start
        rate = max(self.step + self.scrape_interval, 4 * self.scrape_interval)
        return {
            "__range": f"{length:.0f}s",
            "__range_s": f"{length:.0f}",
            "__range_ms": f"{length * 1000:.0f}",
            "__interval": f"{self.step:.0f}s",
            "__interval_ms": f"{self.step * 1000:.0f}",
            "__rate_interval": f"{rate:.0f}s",
            "__rate_interval_ms": f"{rate * 1000:.0f}",
            "__from": f"{self.start * 1000:.0f}",
            "__to": f"{self.end * 1000:.0f}",
        }

    @property
    def aligned(self) -> tuple[float, float]:
        """Start and end on multiples of the step, as Grafana sends them for a course over time."""
        return self.start // self.step * self.step, self.end // self.step * self.step


def range_of(length: float, interval: float, end: float, scrape_interval: float = SCRAPE_INTERVAL) -> Range:
    """The time of `length` before `end`, at steps of at least `interval`; 0 leaves that to Grafana. All in seconds."""
    return Range(end - length, end, max(rounded(length / POINTS), interval or scrape_interval), scrape_interval)


def rounded(step: float) -> float:
    """The step that Grafana takes for one of so many seconds; never less than a second."""
    return next((taken for below, taken in _ROUNDED if step < below), _SECONDS["y"])


def fill(text: str, values: Mapping[str, str]) -> str:
    """The query with `$name`, `${name}` and `${name:format}` replaced. Names without a value stay as they are."""
    return _VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), text)


def used(text: str, names: Sequence[str]) -> list[str]:
    """Which of the names the query mentions."""
    found = {match[1] or match[2] for match in _VARIABLE.finditer(text)}
    return [name for name in names if name in found]


def promql_choice(value: str) -> str:
    """A chosen value as Grafana writes it between the quotes of a regular expression in PromQL."""
    return re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\\\\\\\"))


def sql_choice(value: str) -> str:
    """A chosen value as Grafana writes it for `${name:regex}`."""
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value)
