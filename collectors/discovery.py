"""Finds collectors: by the entry points `kpi_exporter.collectors`, as the built-in ones, and in a plugin folder.

In the folder, `NAME.py` holds collectors in Python, `NAME.sql` is a collector of one query that declares its metrics
in its header, and a sub-folder of `.sql` files is a collector of several.
"""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from collectors.contract import Collector
from collectors.sql import SqlCollector

GROUP = "kpi_exporter.collectors"


class DiscoveryError(Exception):
    """Two collectors cannot live together. `problems` says which, and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class Discovery:
    """The collectors found, by name, and what could not be loaded, a sentence each."""

    collectors: dict[str, Collector] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def discover(plugins: Path | None = None) -> Discovery:
    """Load every collector. One that breaks is named in `problems`, and the others are still there.

    Raises DiscoveryError when two collectors share a name or claim one metric.
    """
    found = Discovery()
    loaded: list[tuple[str, Collector]] = []
    for place, load in _candidates(plugins, found.problems):
        try:
            loaded += [(place, collector) for collector in load()]
        except Exception as error:
            found.problems.append(f"could not load {place}: {type(error).__name__}: {error}")
    conflicts = list(_conflicts(loaded))
    if conflicts:
        raise DiscoveryError(conflicts)
    found.collectors = {collector.name: collector for _, collector in loaded}
    return found


def _candidates(plugins: Path | None, problems: list[str]) -> Iterator[tuple[str, Callable[[], list[Collector]]]]:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield f"the entry point {entry.name} ({entry.value})", partial(_from_entry_point, entry)
    if plugins is None:
        return
    if not plugins.is_dir():
        problems.append(f"could not read the plugin folder {plugins}: it is not a folder")
        return
    for path in sorted(plugins.iterdir()):
        if path.name.startswith((".", "_")):
            continue
        if path.suffix == ".sql":
            yield str(path), partial(_from_file, path)
        elif path.suffix == ".py":
            yield str(path), partial(_from_module, path)
        elif path.is_dir() and any(path.glob("*.sql")):
            yield str(path), partial(_from_folder, path)


def _from_entry_point(entry: EntryPoint) -> list[Collector]:
    return _collectors_in(entry.load())


def _from_file(path: Path) -> list[Collector]:
    return [SqlCollector.from_file(path)]


def _from_folder(path: Path) -> list[Collector]:
    return [SqlCollector(path.name, path)]


def _from_module(path: Path) -> list[Collector]:
    return _collectors_in(_module(path))


def _module(path: Path) -> ModuleType:
    """The plugin as a module of its own name space, read anew each time so that a reload sees changes."""
    spec = importlib.util.spec_from_file_location(f"kpi_plugin_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _collectors_in(found: object) -> list[Collector]:
    """The collectors that an entry point or a module gives: instances as they are, classes made."""
    if isinstance(found, Collector):
        return [found]
    if isinstance(found, type) and issubclass(found, Collector):
        return [found()]
    if not isinstance(found, ModuleType):
        raise TypeError(f"expected a Collector, got {type(found).__name__}")
    instances = [value for value in vars(found).values() if isinstance(value, Collector)]
    made = {type(value) for value in instances}
    for value in vars(found).values():
        own = isinstance(value, type) and issubclass(value, Collector) and value.__module__ == found.__name__
        if own and value not in made:
            instances.append(value())
    if not instances:
        raise TypeError("it defines no Collector")
    return instances


def _conflicts(loaded: list[tuple[str, Collector]]) -> Iterator[str]:
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    for place, collector in loaded:
        if collector.name in names:
            yield f"two collectors are called {collector.name}: {names[collector.name]} and {place}; rename one"
            continue
        names[collector.name] = place
        for metric in collector.metrics:
            owner = owners.setdefault(metric.name, collector.name)
            if owner != collector.name:
                yield f"two collectors claim {metric}: {owner} and {collector.name}; one of them must give it up"
