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
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from collectors.durations import parse_duration
from collectors.sql_text import Fault
from metrics import Counter, DeclarationError, Gauge, Histogram, Metric, Unit

_FAST_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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
    adds_over: list[str] | None = None
    sparse: str = ""
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
        common: dict[str, Any] = self.model_dump(exclude={"name", "type", "help", "buckets"})
        common |= {"unit": Unit(self.unit), "labels": tuple(self.labels), "other": tuple(self.other)}
        if self.adds_over is not None:
            common["adds_over"] = tuple(self.adds_over)
        if self.type == "histogram":
            return Histogram(self.name, self.help, buckets=tuple(self.buckets), **common)
        if self.buckets:
            raise DeclarationError(self.name, ["Only a histogram has buckets."])
        return (Counter if self.type == "counter" else Gauge)(self.name, self.help, **common)


class Header(BaseModel):
    """What a `.sql` file says about itself. Durations are in seconds once read.

    `history` is False for a query that can tell the present only. `lines` are where the declared metrics stand.
    """

    model_config = ConfigDict(extra="forbid")

    every: float | None = None
    timeout: float | None = None
    windows: list[str] = ["1d", "7d", "30d"]
    cursor: str = ""
    settle: float = 60.0
    backfill: float = 86400.0
    history: bool = True
    declared: list[DeclaredMetric] = Field(default=[], alias="metrics")

    _description: str = ""
    _lines: list[int] = []

    @property
    def description(self) -> str:
        """The prose, on one line."""
        return self._description

    @field_validator("every", "timeout", "settle", "backfill", mode="before")
    @classmethod
    def _duration(cls, value: object) -> float:
        return parse_duration(str(value))

    @field_validator("windows", mode="before")
    @classmethod
    def _windows(cls, value: object) -> list[str]:
        names = [str(name).strip() for name in (value if isinstance(value, list) else str(value).split(","))]
        seconds = [parse_duration(name) for name in names]
        if not names or len(set(seconds)) < len(seconds):
            raise ValueError(f"expected different durations such as 1d, 7d, got {', '.join(names) or 'none'}")
        return names

    def declare(self, taken: Collection[str] = ()) -> tuple[tuple[Metric, ...], list[Fault]]:
        """The metrics that the header declares, and what is wrong with the rest. Names in `taken` are refused."""
        made, found = dict[str, Metric](), []
        for declared, line in zip(self.declared, self._lines, strict=True):
            try:
                metric = declared.declare()
            except DeclarationError as error:
                found.append(Fault(line, str(error)))
                continue
            if metric.name in made or metric.name in taken:
                found.append(Fault(line, f"{metric} is declared already"))
            made[metric.name] = metric
        return tuple(made.values()), found


def read_header(text: str) -> tuple[Header, list[Fault]]:
    """The header of a file, and everything wrong with it; a faulty header comes back as the default one."""
    lines = []
    for line in text.split("\n"):
        if line.strip() and not line.startswith("--"):
            break
        lines.append(line[2:].removeprefix(" "))
    first = next((number for number, line in enumerate(lines) if _KEY.match(line)), len(lines))
    keys = "\n".join(lines[first:])
    try:
        root, twice, content = _parsed(keys)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        return Header(), [Fault(first + 1 + (mark.line if mark else 0), f"could not read the header: {problem}")]
    found = [Fault(first + 1 + line, f"the key {key} stands twice") for line, key in twice]
    try:
        header = Header.model_validate(content)
    except ValidationError as error:
        return Header(), [*found, *_faults(error, root, first + 1)]
    header._description = " ".join(" ".join(lines[:first]).split())
    header._lines = [first + 1 + _line(root, ("metrics", number)) for number in range(len(header.declared))]
    return header, found


def _parsed(keys: str) -> tuple[yaml.Node | None, list[tuple[int, str]], object]:
    """The tree of the keys, those of them that stand twice, and what they say. Raises YAMLError."""
    try:
        return _parsed_by(_FAST_LOADER, keys)
    except yaml.YAMLError:
        return _parsed_by(yaml.SafeLoader, keys)  # it says better what is wrong, and where


def _parsed_by(kind: Any, keys: str) -> tuple[yaml.Node | None, list[tuple[int, str]], object]:
    loader = kind(keys)
    try:
        root = loader.get_single_node()
        twice = list(_twice(root))  # first: what is built from the tree may change it
        return root, twice, (root and loader.construct_document(root)) or {}
    finally:
        loader.dispose()


def _faults(error: ValidationError, root: yaml.Node | None, offset: int) -> Iterator[Fault]:
    for problem in error.errors():
        place = problem["loc"]
        message = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            model: type[BaseModel] = Header if len(place) == 1 else DeclaredMetric
            known = ", ".join(sorted(field.alias or name for name, field in model.model_fields.items()))
            message = f"no such key; the keys are {known}"
        elif problem["type"] == "missing":
            message = "is missing"
        elif problem["type"] != "value_error":
            message = f"{message[0].lower()}{message[1:]}, got {problem['input']!r}"
        yield Fault(offset + _line(root, place), f"{'.'.join(map(str, place))}: {message}")


def _line(node: yaml.Node | None, place: Sequence[int | str]) -> int:
    """The line, from 0, of what stands at a place, or of the innermost thing around it that is there."""
    line = node.start_mark.line if node else 0
    for step in place:
        if isinstance(node, yaml.MappingNode):
            key, node = next((pair for pair in node.value if pair[0].value == step), (None, None))
            line = key.start_mark.line if key else line
        elif isinstance(node, yaml.SequenceNode):
            node = node.value[int(step)]
            line = node.start_mark.line
    return line


def _twice(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys that stand twice in one mapping, each with its line, from 0."""
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line, key.value
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(value)
