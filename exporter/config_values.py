"""The values that `kpi.yaml` holds: durations, paths, addresses, names. What is wrong says what was expected.

Durations are text such as `10s` in the file, and seconds in Python.
"""

import re
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, WithJsonSchema

from collectors.durations import parse_duration

_DAY = 86_400.0
_NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$"
_LABEL = "^[a-zA-Z_][a-zA-Z0-9_]*$"
_WEB_ADDRESS = r"^https?://[^\s/#]+[^\s#]*$"
_TAKEN_LABELS = ("currency", "instance", "job", "le", "quantile", "window")
_OWN_SETTINGS = {
    "application_name": "the exporter sets it to the collector's name",
    "default_transaction_read_only": "transactions are always read only",
    "lock_timeout": "use the source's key lock_timeout",
    "search_path": "use the source's key search_path",
    "statement_timeout": "use the source's key statement_timeout",
    "timezone": "use the source's key timezone",
    "transaction_read_only": "transactions are always read only",
}


def _seconds(most: float) -> BeforeValidator:
    def parse(value: Any, info: ValidationInfo) -> float:
        # Python code gives seconds. In a file a bare number is refused: PostgreSQL would take it for milliseconds.
        if isinstance(value, float | int) and info.context is None:
            return float(value)
        try:
            seconds = parse_duration(value)
        except (TypeError, ValueError):
            seconds = 0
        if not 0 < seconds <= most:
            raise ValueError(f"expected a duration such as 10s, 15m or 1h30m, at most {most / _DAY:g}d")
        return seconds

    return BeforeValidator(parse)


def not_a_switch(value: Any) -> Any:
    """Refuses true and false, which Python takes for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


def beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """A relative path of a file counts from the folder of that file."""
    if "\0" in str(path):
        raise ValueError("expected a path")
    return Path(info.context["folder"], path) if info.context else path


def _not_empty(value: Any) -> Any:
    if value == "":
        raise ValueError("expected a path")
    return value


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = False
    else:
        known = True
    if not known:
        raise ValueError("expected a time zone such as UTC or Europe/Berlin")
    return name


def connection_string(dsn: SecretStr) -> SecretStr:
    """`dsn`, if libpq can read it. The ValueError for anything else does not tell the text.

    A password with unescaped `@`, `/` or `:` ends up in other parts, which the server's errors would print.
    """
    try:
        parts = conninfo_to_dict(dsn.get_secret_value())
    except (ProgrammingError, ValueError):
        parts = {}
    if not parts or "\0" in dsn.get_secret_value():
        raise ValueError("expected a PostgreSQL connection string such as postgresql://host/database")
    ports = str(parts.get("port", "")).split(",")
    in_order = all(re.fullmatch(r"\d{0,5}", port, re.ASCII) for port in ports)
    if not in_order or "@" in f"{parts.get('host', '')}{parts.get('dbname', '')}":
        raise ValueError(
            "expected a PostgreSQL connection string whose special characters are escaped, such as %40 for an at sign"
        )
    return dsn


def _free_label(name: str) -> str:
    if name in _TAKEN_LABELS or name.startswith(("kpi_", "__")):
        taken = f"{', '.join(_TAKEN_LABELS)} and names that begin with kpi_ or __"
        raise ValueError(f"expected a label name that is free; taken are {taken}")
    return name


def _free_setting(name: str) -> str:
    if name.lower() in _OWN_SETTINGS:
        raise ValueError(f"expected another setting: {_OWN_SETTINGS[name.lower()]}")
    return name


def _address(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+(%\w+)?\]|[A-Za-z0-9._-]+):(\d{1,5})", value, re.ASCII)
    if not match or int(match[3]) > 65_535:
        raise ValueError("expected an address such as 127.0.0.1:9840, 0.0.0.0:9840 or [::1]:9840")
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(_WEB_ADDRESS, value):
        raise ValueError("expected a web address without a fragment, such as https://kpi.example.com/handbook")
    if "@" in value.partition("//")[2].partition("/")[0]:
        raise ValueError("expected a web address without a user name: everybody who sees a board would read it")
    return value


DURATION = r"^([0-9]+(ms|s|m|h|d|w))+$"
_DURATION_SCHEMA = WithJsonSchema({"type": "string", "pattern": DURATION})
Timeout = Annotated[float, _seconds(most=_DAY), _DURATION_SCHEMA]
Duration = Annotated[float, _seconds(most=366 * _DAY), _DURATION_SCHEMA]
FilePath = Annotated[Path, BeforeValidator(_not_empty), AfterValidator(beside_the_file)]
Name = Annotated[str, Field(pattern=_NAME)]
Text = Annotated[str, Field(min_length=1)]
LabelName = Annotated[str, Field(pattern=_LABEL), AfterValidator(_free_label)]
# Which options there are, and what they may say, is known once the collectors are: all of it is told together then.
OptionValue = Annotated[Any, WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1})]
SettingName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$"), AfterValidator(_free_setting)]
Count = Annotated[int, BeforeValidator(not_a_switch)]
TimeZone = Annotated[str, AfterValidator(_known_timezone)]
ListenAddress = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_web_address), WithJsonSchema({"type": "string", "pattern": _WEB_ADDRESS})]


def lasting(default: str, description: str) -> Any:
    """A field of a duration, whose default is written as in the file."""
    return Field(parse_duration(default), description=description, json_schema_extra={"default": default})
