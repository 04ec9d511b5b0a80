"""Finds what is declared in modules: those of entry points, as the built-in ones, and those of a plugin folder.

A module gives every object of the wanted kind that it defines at its top. Where objects follow from the metrics, it
defines a function, which gets all metrics by domain and returns them.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Generic, TypeVar

from metrics.declaration import Metric

Domains = Mapping[str, tuple[Metric, ...]]
Found = TypeVar("Found")


@dataclass
class Discovery(Generic[Found]):
    """What was found, and what could not be loaded, a sentence each."""

    found: list[Found] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def discover(group: str, folder: Path | None, kind: type[Found], function: str, domains: Domains) -> Discovery[Found]:
    """Load every object of `kind`: from the entry points of `group`, and from the modules in `folder`.

    `function` is the name of the function that makes some from the metrics. A module that breaks is named in
    `problems`, and the others are still there.
    """
    discovery: Discovery[Found] = Discovery()
    for place, load in _candidates(group, folder):
        try:
            discovery.found += _objects_in(load(), kind, function, domains)
        except (Exception, SystemExit) as error:  # a plugin must not end the process
            discovery.problems.append(f"could not load {place}{_line(error, place)}: {type(error).__name__}: {error}")
    discovery.found = list(dict.fromkeys(discovery.found))  # one file may import the objects of another
    return discovery


def _candidates(group: str, folder: Path | None) -> Iterator[tuple[str, Callable[[], object]]]:
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        yield f"the entry point {entry.name} ({entry.value})", entry.load
    for path in sorted(folder.glob("*.py")) if folder else ():
        if not path.name.startswith((".", "_", "test_")) and path.name != "conftest.py":
            yield str(path), partial(_module, path)


def _line(error: BaseException, place: str) -> str:
    """Where in the plugin it happened: the last line of its own, as `:12`."""
    own = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == place]
    return f":{own[-1]}" if own else ""


def _module(path: Path) -> ModuleType:
    """The plugin as a module, compiled anew each time: a cache may miss a change within the same second."""
    module = ModuleType(f"kpi_{path.parent.name}_{path.stem}")
    module.__file__ = str(path)
    code = compile(path.read_bytes(), str(path), "exec")
    sys.modules[module.__name__] = module  # dataclasses and the like look their module up there
    exec(code, module.__dict__)  # noqa: S102  that is what a plugin is
    return module


def _objects_in(found: object, kind: type[Found], function: str, domains: Domains) -> list[Found]:
    if isinstance(found, kind):
        return [found]
    if not isinstance(found, ModuleType):
        raise TypeError(f"expected a {kind.__name__} or a module of them, got {type(found).__name__}")
    objects = list(dict.fromkeys(value for value in vars(found).values() if isinstance(value, kind)))
    make: Callable[[Domains], Iterable[object]] | None = getattr(found, function, None)
    for made in make(domains) if make else ():
        if not isinstance(made, kind):
            raise TypeError(f"{function}(domains) gave {made!r}, which is no {kind.__name__}")
        objects.append(made)
    if not objects:
        raise TypeError(f"it defines no {kind.__name__}, and no function {function}(domains)")
    return objects
