"""Durations as Prometheus writes them: `90s`, `15m`, `1h30m`, `7d`."""

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_DURATION = re.compile(r"(?:[0-9]{1,15}(?:ms|[smhdw]))+")
_STEP = re.compile(r"([0-9]+)(ms|[smhdw])")
_MOST_DAYS = 36_500
_WORDS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_duration(text: str) -> float:
    """The seconds in a duration such as `15m`. Raises ValueError for anything else, zero, and more than 36500 days."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"expected a duration such as 10s, 15m or 1h30m, got {text!r}")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in _STEP.findall(text))
    if seconds <= 0:
        raise ValueError(f"expected a duration above zero, got {text!r}")
    if seconds > _MOST_DAYS * _SECONDS["d"]:
        raise ValueError(f"expected a duration of at most {_MOST_DAYS}d, got {text!r}")
    return seconds


def sql_interval(text: str) -> str:
    """The same duration as a PostgreSQL interval literal; days stay days, so that they follow the calendar."""
    parse_duration(text)
    words = " ".join(f"{number} {_WORDS[unit]}" for number, unit in _STEP.findall(text))
    return f"interval '{words}'"
