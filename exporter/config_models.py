"""What `kpi.yaml` may say: the shape of the configuration, with a description of every key.

Durations are text such as `10s` in the file, and seconds in Python.
"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from collectors.contract import Collector, Part
from exporter.config_alerting import Alerting
from exporter.config_file import Document
from exporter.config_shape import Shape
from exporter.config_values import (
    Count,
    Duration,
    FilePath,
    LabelName,
    ListenAddress,
    Name,
    OptionValue,
    SettingName,
    Text,
    Timeout,
    TimeZone,
    WebAddress,
    connection_string,
    lasting,
    not_a_switch,
)
from exporter.config_warehouse import Warehouse


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
    timezone: TimeZone = Field(default="UTC", description="Time zone in which days begin and end.")
    statement_timeout: Timeout = lasting("10s", "Longest run of one statement; the server cancels it then.")
    lock_timeout: Timeout = lasting("1s", "Longest wait for a locked table.")
    connect_timeout: Timeout = lasting("5s", "Longest wait for a connection; below 2s counts as 2s.")
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
    options: dict[Name, OptionValue] = Field(
        default={}, repr=False, description="What the collector itself asks for, such as the `url` of a server."
    )


class Grafana(Shape):
    """What the built boards and data sources say."""

    handbook_url: WebAddress = Field(
        default="http://localhost:9840/handbook",
        description="Where browsers reach the page `/handbook` of the exporter; the descriptions of panels link to it.",
    )
    scrape_interval: Duration = lasting("15s", "How often Prometheus scrapes the exporter; no graph asks finer.")


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
    listen: ListenAddress = Field(
        default="127.0.0.1:9840", description="Address and port to serve on; `0.0.0.0:9840` for all networks."
    )
    web_config_file: FilePath | None = Field(
        default=None,
        description="TLS and basic authentication, in the web configuration format of Prometheus exporters.",
    )
    stale_after_intervals: Annotated[float, BeforeValidator(not_a_switch)] = Field(
        default=3,
        ge=1,
        le=1000,
        description="Age at which values are no longer served, in intervals of their collector.",
    )
    grafana: Grafana = Field(default_factory=Grafana, description="What `kpi build` writes into the files of Grafana.")
    warehouse: Warehouse | None = Field(
        default=None,
        description="Database of the alerts of users, of what came of all alerts, and of the values that people give.",
    )
    alerting: Alerting = Field(
        default_factory=Alerting, description="What `kpi build` writes into the files of Prometheus and Alertmanager."
    )
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
