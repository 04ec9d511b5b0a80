"""What `kpi.yaml` may say: the shape of the configuration, with a description of every key.

Durations are text such as `10s` in the file, and seconds in Python.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, WithJsonSchema

from collectors.contract import Collector, Part
from collectors.durations import parse_duration
from exporter.config_file import Document
from exporter.config_shape import Shape

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


def _not_a_switch(value: Any) -> Any:
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
SettingName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*$"), AfterValidator(_free_setting)]
Count = Annotated[int, BeforeValidator(_not_a_switch)]
WebAddress = Annotated[str, AfterValidator(_web_address), WithJsonSchema({"type": "string", "pattern": _WEB_ADDRESS})]


def _lasting(default: str, description: str) -> Any:
    return Field(parse_duration(default), description=description, json_schema_extra={"default": default})


class Source(Shape):
    """One PostgreSQL database, which is only read."""

    dsn: Annotated[SecretStr, AfterValidator(connection_string)] | None = Field(
        default=None, description="Connection string, as a URL or as `host=… dbname=…`; give this or `dsn_file`."
    )
    dsn_file: FilePath | None = Field(default=None, description="File that holds the connection string.")
    labels: dict[LabelName, Text] = Field(
        default={}, description="Labels that every series of this source carries, such as `tenant: acme`."
    )
    search_path: list[Text] = Field(
        default=[], description="Schemas in which tables are looked up; empty leaves the choice to the database."
    )
    settings: dict[SettingName, str] = Field(
        default={}, description="Session settings, such as the one that row filters read: `app.tenant: acme`."
    )
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        default="UTC", description="Time zone in which days begin and end."
    )
    statement_timeout: Timeout = _lasting("10s", "Longest run of one statement; the server cancels it then.")
    lock_timeout: Timeout = _lasting("1s", "Longest wait for a locked table.")
    connect_timeout: Timeout = _lasting("5s", "Longest wait for a connection; below 2s counts as 2s.")
    pool_size: Count = Field(default=2, ge=1, le=20, description="Most connections that are open at once.")
    max_rows: Count = Field(
        default=200_000, ge=1, le=10_000_000, description="Most rows of one query; a query with more fails."
    )


class CollectorSettings(Shape):
    """What an operator changes about one collector."""

    enabled: bool = Field(default=True, description="Whether the collector runs.")
    sources: list[Text] | None = Field(
        default=None, min_length=1, description="Names of the sources it reads; by default all."
    )
    interval: Duration | None = Field(
        default=None,
        description="Time from start to start; a `.sql` file that says `every` keeps to its own.",
    )
    timeout: Timeout | None = Field(
        default=None,
        description="Longest run; a `.sql` file that says `timeout` keeps to its own.",
    )
    stale_after: Duration | None = Field(
        default=None, description="Age at which values are no longer served; by default `stale_after_intervals`."
    )


class Grafana(Shape):
    """What the built boards and data sources say."""

    handbook_url: WebAddress = Field(
        default="http://localhost:9840/handbook",
        description="Where browsers reach the page `/handbook` of the exporter; the descriptions of panels link to it.",
    )
    scrape_interval: Duration = _lasting("15s", "How often Prometheus scrapes the exporter; no graph asks finer.")


class Config(Shape):
    """The configuration of `kpi serve`."""

    sources: dict[Name, Source] = Field(default={}, description="Databases to read, by a name of your choice.")
    collectors: dict[Name, CollectorSettings] = Field(
        default={},
        description="Changes to collectors, by name; a collector that is not listed runs with its own settings.",
    )
    plugins: FilePath | None = Field(default=None, description="Folder with collectors and `.sql` files of your own.")
    data_dir: FilePath = Field(
        default=Path("data"),
        validate_default=True,
        description="Folder for cursors and the last good values; is created.",
    )
    listen: Annotated[str, AfterValidator(_address)] = Field(
        default="127.0.0.1:9840", description="Address and port to serve on; `0.0.0.0:9840` for all networks."
    )
    web_config_file: FilePath | None = Field(
        default=None,
        description="TLS and basic authentication, in the web configuration format of Prometheus exporters.",
    )
    stale_after_intervals: Annotated[float, BeforeValidator(_not_a_switch)] = Field(
        default=3,
        ge=1,
        le=1000,
        description="Age at which values are no longer served, in intervals of their collector.",
    )
    grafana: Grafana = Field(default_factory=Grafana, description="What `kpi build` writes into the files of Grafana.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe event to log."
    )

    _origin: Document | None = None

    def with_origin(self, document: Document) -> Self:
        """This configuration, which remembers the lines of its file, for findings that come later."""
        copy = self.model_copy()
        copy._origin = replace(document, data=None)
        return copy

    def origin(self) -> Document:
        """The lines of the file, without problems so far. Without a file, a document that has no lines."""
        return replace(self._origin or Document(Path("configuration")), problems=[], broken=set())

    @property
    def host(self) -> str:
        """The host to listen on, without the brackets of an IPv6 address."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on; 0 takes a free one."""
        return int(self.listen.rpartition(":")[2])

    def settings_of(self, collector: str) -> CollectorSettings:
        """What is said about the collector, or what holds without a word about it."""
        return self.collectors.get(collector, CollectorSettings())

    def interval_of(self, collector: Collector, part: Part) -> float:
        """Seconds between two runs of a part: its own, else those of the collector, else its default."""
        own = None if part is collector else part.interval
        return own or self.settings_of(collector.name).interval or collector.interval

    def sources_of(self, collector: str) -> dict[str, Source]:
        """The sources that the collector reads, by name; without a word about it, all."""
        names = self.settings_of(collector).sources
        return self.sources if names is None else {name: self.sources[name] for name in names if name in self.sources}
