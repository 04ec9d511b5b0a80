"""All declarations, found by walking the modules of this package: a new domain is a new file and no edit here."""

import pkgutil
from functools import cache
from importlib import import_module

import metrics
from metrics.declaration import DeclarationError, Metric


@cache
def domains() -> dict[str, tuple[Metric, ...]]:
    """The metrics of each domain, in order of declaration, by the name of the module that declares them.

    Raises DeclarationError when two modules declare the same name.
    """
    found: dict[str, tuple[Metric, ...]] = {}
    home: dict[str, str] = {}
    for module in pkgutil.iter_modules(metrics.__path__):
        values = vars(import_module(f"metrics.{module.name}")).values()
        declared = tuple(value for value in values if isinstance(value, Metric))
        for metric in declared:
            if metric.name in home:
                raise DeclarationError(metric.name, [f"Both {home[metric.name]} and {module.name} declare it."])
            home[metric.name] = module.name
        if declared:
            found[module.name] = declared
    return found


def all_metrics() -> tuple[Metric, ...]:
    """The metrics of all domains."""
    return tuple(metric for declared in domains().values() for metric in declared)
