"""What a configuration must mean: small functions that yield what is wrong in a configuration of the right shape.

Each finding names the keys that it rests on. Where one of them is already known to be wrong, the finding is left out.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from pydantic import SecretStr

from exporter.config_file import Document, Keys, reason
from exporter.config_models import Config, Source
from exporter.config_shape import nearest
from exporter.config_values import connection_string
from exporter.config_warehouse import Warehouse


class Finding(NamedTuple):
    """A problem, told at the first of the keys that it rests on."""

    text: str
    keys: tuple[Keys, ...]


Check = Callable[[Config, Document], Iterator[Finding]]
Database = Source | Warehouse
DatabaseT = TypeVar("DatabaseT", Source, Warehouse)


def check(config: Config, document: Document) -> None:
    """Add what is wrong in `config` to the problems of the document that it came from."""
    for rule in _CHECKS:
        add(document, rule(config, document))


def add(document: Document, findings: Iterator[Finding]) -> None:
    """Add the findings that rest on nothing broken."""
    for text, keys in findings:
        if not any(_overlap(key, broken) for key in keys for broken in document.broken):
            document.add(keys[0], text)


def with_secrets(config: Config, document: Document) -> Config:
    """The configuration with what the `dsn_file` of each source and of the warehouse holds as its `dsn`."""
    sources = {name: _with_dsn(source, ("sources", name), document) for name, source in config.sources.items()}
    warehouse = config.warehouse and _with_dsn(config.warehouse, ("warehouse",), document)
    return config.model_copy(update={"sources": sources, "warehouse": warehouse})


def labels_differ(config: Config, collector: str) -> Iterator[Finding]:
    """Series of one metric must have the same label keys, and series of two sources must be told apart."""
    sources = config.sources_of(collector)
    both = f", since {f'the collector {collector}' if collector else 'every collector'} reads both"
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for name, source in sources.items():
        first = next(iter(sources))
        here, there = (", ".join(sorted(sources[other].labels)) or "none" for other in (name, first))
        twin = seen.setdefault(tuple(sorted(source.labels.items())), name)
        if here != there:
            text = f"expected the label keys {there} as in the source {first}{both}, got {here}"
            yield Finding(text, (_labels(name), _labels(first), ("collectors", collector, "sources")))
        elif twin != name:
            text = f"expected labels that differ from those of the source {twin}{both}"
            yield Finding(text, (_labels(name), _labels(twin), ("collectors", collector, "sources")))


def unknown_collectors(config: Config, known: Collection[str]) -> Iterator[Finding]:
    """Settings must be for a collector that exists."""
    for name in config.collectors:
        if name not in known:
            yield Finding(f"unknown collector; {nearest(name, known)}", (("collectors", name),))


def _one_dsn(config: Config, _: Document) -> Iterator[Finding]:
    databases: dict[Keys, Database] = {("sources", name): source for name, source in config.sources.items()}
    if config.warehouse is not None:
        databases["warehouse",] = config.warehouse
    for place, database in databases.items():
        keys: tuple[Keys, ...] = (*place, "dsn"), (*place, "dsn_file")
        if database.dsn is None and database.dsn_file is None:
            yield Finding("expected dsn or dsn_file, got neither", keys)
        if database.dsn is not None and database.dsn_file is not None:
            yield Finding("expected dsn or dsn_file, got both", keys)


def _known_sources(config: Config, document: Document) -> Iterator[Finding]:
    for name, settings in config.collectors.items():
        for index, source in enumerate(settings.sources or ()):
            keys = ("collectors", name, "sources", index), ("sources", source)
            if source not in config.sources:
                yield Finding(f"unknown source {document.written(keys[0])}; {nearest(source, config.sources)}", keys)
            elif settings.sources and source in settings.sources[:index]:
                yield Finding(f"the source {document.written(keys[0])} is named twice", keys)


def _stale_after(config: Config, _: Document) -> Iterator[Finding]:
    for name, settings in config.collectors.items():
        if settings.interval and settings.stale_after and settings.stale_after < settings.interval:
            keys: tuple[Keys, ...] = ("collectors", name, "stale_after"), ("collectors", name, "interval")
            yield Finding("expected a duration that is not shorter than the interval", keys)


def _labels_differ(config: Config, _: Document) -> Iterator[Finding]:
    if not config.collectors:
        yield from labels_differ(config, "")
    for name, settings in config.collectors.items():
        if settings.enabled:
            yield from labels_differ(config, name)


def _places(config: Config, document: Document) -> Iterator[Finding]:
    if config.plugins is not None and not config.plugins.is_dir():
        keys: Keys = ("plugins",)
        yield Finding(f"expected a folder, but there is none at {document.written(keys)}", (keys,))
    if config.web_config_file is not None:
        keys = ("web_config_file",)
        _, problem = text_of(config.web_config_file, document.written(keys))
        if problem:
            yield Finding(problem, (keys,))


_CHECKS: tuple[Check, ...] = (_one_dsn, _known_sources, _stale_after, _labels_differ, _places)


def _with_dsn(database: DatabaseT, place: Keys, document: Document) -> DatabaseT:
    if database.dsn is not None or database.dsn_file is None:
        return database
    keys = (*place, "dsn_file")
    dsn, problem = _secret(database.dsn_file, document.written(keys))
    add(document, iter([Finding(problem, (keys,))] if problem else []))
    return database.model_copy(update={"dsn": dsn})


def _secret(path: Path, written: str) -> tuple[SecretStr | None, str]:
    text, problem = text_of(path, written)
    if problem:
        return None, problem
    try:
        return connection_string(SecretStr(text.strip())), ""
    except ValueError as error:
        return None, f"{error}, in the file {written}"


def text_of(path: Path, written: str) -> tuple[str, str]:
    """What a file holds, and why it cannot be read, one of them empty."""
    try:
        return path.read_text(encoding="utf-8"), ""
    except (OSError, ValueError) as error:
        return "", f"could not read the file {written}: {reason(error)}"


def _labels(source: str) -> Keys:
    return ("sources", source, "labels")


def _overlap(one: Keys, other: Keys) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
