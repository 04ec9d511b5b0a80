"""PromQL selectors, built from declarations: `REVENUE(window="30d", currency=is_not("USD"))`."""

from dataclasses import dataclass
from typing import NamedTuple


class Matcher(NamedTuple):
    """A label matcher other than plain equality."""

    operator: str
    value: str


def is_not(value: str) -> Matcher:
    """The label differs from `value` (`!=`)."""
    return Matcher("!=", value)


def matches(pattern: str) -> Matcher:
    """The whole label matches the RE2 expression `pattern` (`=~`)."""
    return Matcher("=~", pattern)


def matches_not(pattern: str) -> Matcher:
    """The whole label does not match the RE2 expression `pattern` (`!~`)."""
    return Matcher("!~", pattern)


def quote(value: str) -> str:
    """`value` as a PromQL string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class Series:
    """One name that a metric exposes, such as `kpi_session_duration_seconds_bucket`.

    `str(series)` is the name; calling it with matchers gives a selector.
    """

    name: str
    labels: tuple[str, ...]

    def __call__(self, /, **matchers: str | Matcher) -> str:
        """The selector for these matchers. Raises ValueError for a label that the series does not carry."""
        for label in matchers:
            if label not in self.labels:
                known = ", ".join(self.labels) or "none"
                raise ValueError(f"{self.name} has no label {label!r}; its labels are: {known}.")
        if not matchers:
            return self.name
        inside = ", ".join(_matcher(label, matcher) for label, matcher in matchers.items())
        return f"{self.name}{{{inside}}}"

    def __str__(self) -> str:
        return self.name


def _matcher(label: str, matcher: str | Matcher) -> str:
    if isinstance(matcher, Matcher):
        return f"{label}{matcher.operator}{quote(matcher.value)}"
    return f"{label}={quote(matcher)}"
