"""Finds collectors: by the entry points `kpi_exporter.collectors`, as the built-in ones, and in a plugin folder.

In the folder, `NAME.py` holds collectors in Python, or metrics that people give, which the collector `inputs` reads;
`NAME.sql` is a collector of one query that declares its metrics in its header, and a sub-folder of `.sql` files is a
collector of several. Tests (`test_*.py`, `conftest.py`) may lie beside them.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from collectors.contract import Collector
from collectors.errors import QueryRefused
from collectors.inputs import Inputs
from collectors.sql import SqlCollector
from metrics import Input, Metric

GROUP = "kpi_exporter.collectors"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")  # what a configuration can name


class DiscoveryError(Exception):
    """Two collectors cannot live together. `problems` says which, and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass
class Discovery:
    """The collectors found, by name, and what could not be loaded: one text each, with a line for each fault."""

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
            loaded += [(place, _checked(collector)) for collector in load()]
        except QueryRefused as error:
            found.problems.append("\n".join(_refusals(place, error)))
        except (Exception, SystemExit) as error:  # a plugin must not end the process
            found.problems.append(f"could not load {place}: {type(error).__name__}: {error}")
    found.problems += [problem for _, collector in loaded for problem in collector.problems]
    loaded = _inputs_joined(loaded)
    conflicts = list(_conflicts(loaded))
    if conflicts:
        raise DiscoveryError(conflicts)
    found.collectors = {collector.name: collector for _, collector in loaded}
    return found


def _refusals(place: str, error: QueryRefused) -> Iterator[str]:
    """What is wrong with queries, a line each. One in the file itself says its place already."""
    for line in str(error).splitlines():
        yield line if line.startswith(place) else f"could not load {place}: {type(error).__name__}: {line}"


def _candidates(plugins: Path | None, problems: list[str]) -> Iterator[tuple[str, Callable[[], list[Collector]]]]:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield f"the entry point {entry.name} ({entry.value})", partial(_from_entry_point, entry)
    if plugins is None:
        return
    if not plugins.is_dir():
        problems.append(f"could not read the plugin folder {plugins}: it is not a folder")
        return
    for path in sorted(plugins.iterdir()):
        is_test = path.suffix == ".py" and (path.stem.startswith("test_") or path.stem == "conftest")
        if is_test or path.name.startswith((".", "_")):
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
    return [SqlCollector.from_folder(path)]


def _from_module(path: Path) -> list[Collector]:
    return _collectors_in(_module(path))


def _module(path: Path) -> ModuleType:
    """The plugin as a module, compiled anew each time: a cache may miss a change within the same second."""
    module = ModuleType(f"kpi_plugin_{path.stem}")
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec")
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up there
    exec(code, module.__dict__)  # noqa: S102  that is what a plugin is
    return module


def _collectors_in(found: object) -> list[Collector]:
    """The collectors that an entry point or a module gives: instances as they are, classes made.

    Of a module, the classes count that it defines itself. Left out are abstract ones, those that it makes instances of,
    and those without a name that others build on.
    """
    if isinstance(found, Collector):
        return [found]
    if isinstance(found, type) and issubclass(found, Collector):
        return [found()]
    if not isinstance(found, ModuleType):
        raise TypeError(f"expected a Collector, got {type(found).__name__}")
    values = list(vars(found).values())
    instances = list(dict.fromkeys(value for value in values if isinstance(value, Collector)))
    made = {type(instance) for instance in instances}
    classes = [
        value
        for value in dict.fromkeys(value for value in values if isinstance(value, type))
        if issubclass(value, Collector) and value.__module__ == found.__name__ and not inspect.isabstract(value)
    ]
    bases = {base for value in classes for base in value.__mro__[1:] if not hasattr(base, "name")}
    instances += [value() for value in classes if value not in made | bases]
    if given := [value for value in values if isinstance(value, Input)]:
        instances.append(Inputs(given))
    if not instances:
        raise TypeError("it defines no Collector and no Input")
    return instances


def _checked(collector: Collector) -> Collector:
    """The collector, if it says what the contract asks for."""
    kind = type(collector).__name__
    name, metrics, interval = (getattr(collector, key, None) for key in ("name", "metrics", "interval"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TypeError(f"{kind}.name: expected letters, digits, - and _, got {name!r}")
    if not isinstance(metrics, Sequence) or not metrics or not all(isinstance(metric, Metric) for metric in metrics):
        raise TypeError(f"{kind}.metrics: expected a tuple of metrics, got {metrics!r}")
    for metric in metrics:
        if metric.origin != "collected" and not (isinstance(metric, Input) and isinstance(collector, Inputs)):
            raise TypeError(
                f"{kind}.metrics: {metric} is declared as {metric.origin}, so this collector cannot read it"
            )
    if not isinstance(interval, int | float) or not interval > 0:
        raise TypeError(f"{kind}.interval: expected seconds above 0, got {interval!r}")
    return collector


def _inputs_joined(loaded: list[tuple[str, Collector]]) -> list[tuple[str, Collector]]:
    """The same with one collector for all metrics that people give, whoever declares them."""
    places: dict[Input, str] = {}
    for place, collector in loaded:
        for metric in collector.inputs if isinstance(collector, Inputs) else ():
            places.setdefault(metric, place)  # a module may import those of another
    homes: dict[str, str] = {}
    for metric, place in places.items():
        if metric.name in homes:
            raise DiscoveryError([f"both {homes[metric.name]} and {place} declare {metric}; one must give it up"])
        homes[metric.name] = place
    first = next((place for place, collector in loaded if isinstance(collector, Inputs)), "")
    others = [(place, collector) for place, collector in loaded if not isinstance(collector, Inputs)]
    return [*others, (first, Inputs(places))] if first else others


def _conflicts(loaded: list[tuple[str, Collector]]) -> Iterator[str]:
    names: dict[str, str] = {}
    owners: dict[str, str] = {}
    families: dict[str, str] = {}
    for place, collector in loaded:
        if collector.name in names:
            yield f"two collectors are called {collector.name}: {names[collector.name]} and {place}; rename one"
            continue
        names[collector.name] = place
        for metric in collector.metrics:
            owner = owners.setdefault(metric.name, collector.name)
            if owner != collector.name:
                yield f"two collectors claim {metric}: {owner} and {collector.name}; one of them must give it up"
            twin = families.setdefault(metric.family, metric.name)
            if twin != metric.name:
                yield f"{twin} and {metric} are one family {metric.family} to OpenMetrics; rename one"
