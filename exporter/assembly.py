"""From a configuration to what runs: sources, collectors, and the jobs that bring them together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from collectors.contract import Collector, Part
from collectors.discovery import Discovery, discover
from collectors.source import Source
from exporter.breaker import Breaker
from exporter.config import Config, ConfigError, check_collectors
from exporter.config_options import read_options
from exporter.exposition import Key
from exporter.job import Job
from metrics import Metric


@dataclass(frozen=True)
class Assembly:
    """What a configuration amounts to. `problems` says which collectors could not be loaded, and why."""

    sources: dict[str, Source]
    breakers: dict[str, Breaker]
    collectors: dict[str, Collector]
    jobs: list[Job]
    problems: list[str]

    def parts(self) -> list[tuple[Key, float]]:
        """Every part on every source, with its interval."""
        return [(job.key(part), job.interval) for job in self.jobs for part in job.parts]

    def metrics(self) -> dict[str, Metric]:
        """The metrics of all collectors that run, by name."""
        return {metric.name: metric for collector in self.collectors.values() for metric in collector.metrics}

    def close(self) -> None:
        """Close the connections of all sources."""
        for source in self.sources.values():
            source.close()


def assemble(config: Config) -> Assembly:
    """Load the collectors and join them with the sources. Nothing is connected yet.

    Raises ConfigError for settings that fit no collector, DiscoveryError for collectors that cannot live together.
    """
    found: Discovery = discover(config.plugins)
    reading = [name for name, collector in found.collectors.items() if collector.needs_source]
    if not found.problems:
        check_collectors(config, found.collectors, reading)
    options = read_options(config, found.collectors)
    sources = {name: _source(config, name) for name in config.sources}
    breakers = {name: Breaker() for name in sources}
    enabled = {name: collector for name, collector in found.collectors.items() if config.settings_of(name).enabled}
    jobs = [
        replace(job, options=options[job.collector.name])
        for collector in enabled.values()
        for job in _jobs(config, collector, sources, breakers)
    ]
    if clashes := list(_label_clashes(jobs)):
        raise ConfigError(clashes)
    return Assembly(sources, breakers, enabled, jobs, found.problems)


def _jobs(
    config: Config, collector: Collector, sources: dict[str, Source], breakers: dict[str, Breaker]
) -> Iterator[Job]:
    settings = config.settings_of(collector.name)
    read: list[str | None] = (
        [*config.sources_of(collector.name)] if collector.needs_source or settings.sources else [None]
    )

    def interval(part: Part) -> float:
        return config.interval_of(collector, part)

    parts = sorted(collector.parts, key=lambda part: (interval(part), part.name))
    for source in read:
        for seconds, group in groupby(parts, key=interval):
            yield Job(
                collector=collector,
                parts=tuple(group),
                interval=seconds,
                # A query may name a longer interval than its collector; its values must last until the next run.
                stale_after=max(settings.stale_after or config.stale_after_intervals * seconds, seconds),
                timeout=settings.timeout or collector.timeout,
                source=sources[source] if source else None,
                breaker=breakers[source] if source else None,
            )


def _label_clashes(jobs: list[Job]) -> Iterator[str]:
    """A series cannot carry a label twice: once of its source, and once of its metric."""
    for job in jobs:
        for part in job.parts:
            for metric in part.metrics:
                for label, _ in job.labels:
                    if label in metric.labels and job.source:
                        yield f"sources.{job.source.name}.labels: {metric} has the label {label} already; rename it"


def _source(config: Config, name: str) -> Source:
    given = config.sources[name]
    if given.dsn is None:
        raise ValueError(f"the source {name} has no connection string")
    return Source(
        name,
        given.dsn.get_secret_value(),
        labels=given.labels,
        search_path=given.search_path,
        settings=given.settings,
        timezone=given.timezone,
        statement_timeout=given.statement_timeout,
        lock_timeout=given.lock_timeout,
        connect_timeout=given.connect_timeout,
        pool_size=given.pool_size,
        max_rows=given.max_rows,
    )
