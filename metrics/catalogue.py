"""All declarations, found by walking the modules of this package: a new domain is a new file and no edit here."""

import pkgutil
from functools import cache
from importlib import import_module

import metrics
from metrics.declaration import DeclarationError, Metric
from metrics.inputs import Input


def domains() -> dict[str, tuple[Metric, ...]]:
    """The collected metrics of each domain, in order of declaration, by the name of the module that declares them.

    Raises DeclarationError when two modules declare the same name.
    """
    return _of_origin("collected")


def recorded() -> dict[str, tuple[Metric, ...]]:
    """The metrics that recording rules compute, by domain as `domains`."""
    return _of_origin("recorded")


def inputs() -> dict[str, tuple[Input, ...]]:
    """The metrics whose values people give, by domain as `domains`."""
    found = {
        name: tuple(metric for metric in declared if isinstance(metric, Input))
        for name, declared in _declared().items()
    }
    return {name: metrics for name, metrics in found.items() if metrics}


def all_metrics() -> tuple[Metric, ...]:
    """The collected metrics of all domains."""
    return tuple(metric for declared in domains().values() for metric in declared)


def external_metrics() -> tuple[Metric, ...]:
    """What no collector of ours reads, but boards and rules may refer to."""
    return tuple(metric for declared in _of_origin("external").values() for metric in declared)


def _of_origin(origin: str) -> dict[str, tuple[Metric, ...]]:
    found = {
        name: tuple(metric for metric in declared if metric.origin == origin) for name, declared in _declared().items()
    }
    return {name: metrics for name, metrics in found.items() if metrics}


@cache
def _declared() -> dict[str, tuple[Metric, ...]]:
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
