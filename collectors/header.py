"""The leading comment of a `.sql` file: first prose that says what a row is, then keys in YAML.

-- One row per queue.
-- every: 5m
-- metrics:
--   - name: kpi_open_tickets
--     help: Open support tickets.
--     unit: count
--     labels: [queue]
--     owner: support
SELECT queue, count(*) AS kpi_open_tickets …
"""

import re
from collections.abc import Iterator
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from collectors.durations import parse_duration
from collectors.sql_text import Fault
from metrics import Counter, DeclarationError, Gauge, Histogram, Metric, Unit

_KEY = re.compile(r"[a-z_]+:(\s|$)")


class DeclaredMetric(BaseModel):
    """A metric that the header declares: the fields of the Python declarations."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    type: Literal["gauge", "counter", "histogram"] = "gauge"
    help: str
    unit: str
    owner: str
    labels: list[str] = []
    better: Literal["higher", "lower", "none"] = "none"
    target: float | None = None
    warning: float | None = None
    critical: float | None = None
    cap: int = 1000
    other: list[str] = []
    buckets: list[float] = []

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, value: str) -> str:
        units = [unit.value for unit in Unit]
        if value not in units:
            raise ValueError(f"expected one of {', '.join(units)}, got {value!r}")
        return value

    def declare(self) -> Metric:
        """The declaration. Raises DeclarationError."""
        common: dict[str, Any] = self.model_dump(exclude={"name", "type", "help", "unit", "labels", "other", "buckets"})
        common |= {"unit": Unit(self.unit), "labels": tuple(self.labels), "other": tuple(self.other)}
        if self.type == "histogram":
            return Histogram(self.name, self.help, buckets=tuple(self.buckets), **common)
        if self.buckets:
            raise DeclarationError(self.name, ["Only a histogram has buckets."])
        return (Counter if self.type == "counter" else Gauge)(self.name, self.help, **common)


class Header(BaseModel):
    """What a `.sql` file says about itself. Durations are in seconds once read."""

    model_config = ConfigDict(extra="forbid")

    description: str = ""
    every: float | None = None
    timeout: float | None = None
    windows: list[str] = ["1d", "7d", "30d"]
    cursor: str = ""
    settle: float = 60.0
    backfill: float = 86400.0
    history: bool = True
    declared: list[DeclaredMetric] = Field(default=[], alias="metrics")

    @field_validator("every", "timeout", "settle", "backfill", mode="before")
    @classmethod
    def _duration(cls, value: object) -> float:
        return parse_duration(str(value))

    @field_validator("windows", mode="before")
    @classmethod
    def _windows(cls, value: object) -> list[str]:
        names = [str(name).strip() for name in (value if isinstance(value, list) else str(value).split(","))]
        for name in names:
            parse_duration(name)
        return names


def read_header(text: str) -> tuple[Header, list[Fault]]:
    """The header of a file, and everything wrong with it; a faulty header comes back as the default one."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line[2:].removeprefix(" "))
    first = next((number for number, line in enumerate(lines) if _KEY.match(line)), len(lines))
    description = " ".join(line.strip() for line in lines[:first]).strip()
    keys = lines[first:]
    try:
        content = yaml.safe_load("\n".join(keys)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        return Header(), [Fault(first + 1 + (mark.line if mark else 0), f"could not read the header: {problem}")]
    if not isinstance(content, dict):
        return Header(), [Fault(first + 1, "could not read the header: expected keys such as 'every: 15m'")]
    try:
        return Header(**{**content, "description": description}), []
    except ValidationError as error:
        return Header(), list(_faults(error, keys, first + 1))


def _faults(error: ValidationError, keys: list[str], offset: int) -> Iterator[Fault]:
    for problem in error.errors():
        place = [str(step) for step in problem["loc"]]
        line = next((number for number, text in enumerate(keys) if text.startswith(place[0] + ":")), 0)
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            known = ", ".join(sorted(field.alias or name for name, field in Header.model_fields.items()))
            message = f"no such key; the keys are {known}" if len(place) == 1 else "no such field of a declaration"
        yield Fault(offset + line, f"{'.'.join(place)}: {message}")
