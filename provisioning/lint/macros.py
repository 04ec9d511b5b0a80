"""What Grafana replaces in SQL before it sends it: variables, then the macros of its PostgreSQL data source."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

BUILT_IN = frozenset({"__interval", "__interval_ms", "__from", "__to"})
"""The variables that Grafana itself gives to SQL."""

_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_VARIABLE = re.compile(
    r"(?<!\$)\$(?P<plain>[A-Za-z_]\w*)(?!\w*\()"
    r"|\$\{(?P<braced>[A-Za-z_]\w*)(?:\.[^:}]+)?(?::(?P<format>[^}]+))?\}"
    r"|\[\[(?P<old>[A-Za-z_]\w*)(?::(?P<old_format>\w+))?\]\]"
)
_STEP = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwMy])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "M": 2_592_000, "y": 31_536_000}
_POINTS = 1000

_Range = tuple[datetime, datetime]
_Macro = Callable[[Sequence[str], _Range], str]


class MacroError(ValueError):
    """Grafana could not fill in the text. `line` is where it stands, `message` says what."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.message = message
        self.line = line


def variables_in(text: str) -> Iterator[tuple[str, str, int]]:
    """Grafana's variables in a text: the name, the format, such as `regex` in `${currency:regex}`, and where it is."""
    for found in _VARIABLE.finditer(text):
        yield _name(found), found["format"] or found["old_format"] or "", found.start()


def fill_macros(text: str, start: datetime, end: datetime, variables: Mapping[str, str]) -> str:
    """The statement as Grafana sends it for the time from `start` to `end`, both with a time zone.

    `variables` gives the values of variables by name; each is put in as it stands, whatever format the text asks for,
    so that it must be ready for its place: a pattern for `${currency:regex}`. It may also give `__interval` and the
    like, which follow from the time otherwise. Raises MacroError for what Grafana does not know.
    """
    step = max(60, round((end - start).total_seconds() / _POINTS))
    values = {
        "__interval": f"{step}s",
        "__interval_ms": f"{step * 1000}",
        "__from": f"{start.timestamp() * 1000:.0f}",
        "__to": f"{end.timestamp() * 1000:.0f}",
        **variables,
    }

    def variable(found: re.Match[str]) -> str:
        name = _name(found)
        if name in _MACROS:
            raise MacroError(f"the macro ${name} needs parentheses", _line(found))
        if name not in values:
            raise MacroError(f"nothing gives the variable ${name} a value", _line(found))
        return values[name]

    def macro(found: re.Match[str]) -> str:
        name, given = found.groups()
        if name not in _MACROS:
            raise MacroError(f"Grafana's PostgreSQL data source has no macro ${name}", _line(found))
        if "(" in given:
            raise MacroError(
                f"the arguments of ${name} must not hold parentheses: the first ')' ends them", _line(found)
            )
        arguments = [argument.strip() for argument in given.split(",")] if given.strip() else []
        least, most = _ARGUMENTS.get(name, (1, 1))
        if not least <= len(arguments) <= most:
            expected = str(least) if least == most else f"{least} or {most}"
            raise MacroError(f"${name} takes {expected} arguments, got {len(arguments)}", _line(found))
        try:
            return _MACROS[name](arguments, (start, end))
        except ValueError as error:
            raise MacroError(f"${name}: {error}", _line(found)) from error

    return _MACRO.sub(macro, _VARIABLE.sub(variable, text))


def _name(found: re.Match[str]) -> str:
    return str(found["plain"] or found["braced"] or found["old"])


def _line(found: re.Match[str]) -> int:
    return found.string.count("\n", 0, found.start()) + 1


def _instant(moment: datetime) -> str:
    return f"'{moment.astimezone(UTC).isoformat().replace('+00:00', 'Z')}'"


def _seconds(step: str) -> str:
    match = _STEP.fullmatch(step.strip("'"))
    if match is None:
        raise ValueError(f"expected a step such as '1h', got {step}")
    return f"{float(match[1]) * _SECONDS[match[2]]:g}"


def _between(column: str, low: object, high: object) -> str:
    return f"{column} >= {low} AND {column} <= {high}"


def _group(arguments: Sequence[str], of: str) -> str:
    step = _seconds(arguments[1])
    return f"floor({of}/{step})*{step}"


def _time_group(arguments: Sequence[str], _: _Range) -> str:
    return _group(arguments, f"extract(epoch from {arguments[0]})")


def _epoch_group(arguments: Sequence[str], _: _Range) -> str:
    return _group(arguments, f"({arguments[0]})")


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


_MACROS: dict[str, _Macro] = {
    "__time": lambda given, _: f'{given[0]} AS "time"',
    "__timeEpoch": lambda given, _: f'extract(epoch from {given[0]}) as "time"',
    "__timeFilter": lambda given, range_: f"{given[0]} BETWEEN {_instant(range_[0])} AND {_instant(range_[1])}",
    "__timeFrom": lambda _, range_: _instant(range_[0]),
    "__timeTo": lambda _, range_: _instant(range_[1]),
    "__timeGroup": _time_group,
    "__timeGroupAlias": lambda given, range_: f'{_time_group(given, range_)} AS "time"',
    "__unixEpochFilter": lambda given, range_: _between(given[0], *(int(moment.timestamp()) for moment in range_)),
    "__unixEpochFrom": lambda _, range_: f"{range_[0].timestamp():.0f}",
    "__unixEpochTo": lambda _, range_: f"{range_[1].timestamp():.0f}",
    "__unixEpochNanoFilter": lambda given, range_: _between(given[0], *map(_nanoseconds, range_)),
    "__unixEpochNanoFrom": lambda _, range_: f"{_nanoseconds(range_[0])}",
    "__unixEpochNanoTo": lambda _, range_: f"{_nanoseconds(range_[1])}",
    "__unixEpochGroup": _epoch_group,
    "__unixEpochGroupAlias": lambda given, range_: f'{_epoch_group(given, range_)} AS "time"',
}
_ARGUMENTS = {
    **{name: (0, 0) for name in _MACROS if name.endswith(("From", "To"))},
    **{name: (2, 3) for name in _MACROS if "Group" in name},
}

MACROS = frozenset(_MACROS)
"""The names of all macros."""
