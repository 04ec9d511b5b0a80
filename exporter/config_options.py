"""The options of collectors: what `collectors.NAME.options` says, checked against what each collector knows."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from collectors.contract import Collector
from collectors.option import Option
from exporter.config_checks import Finding, add, text_of
from exporter.config_file import Document, Keys
from exporter.config_models import Config
from exporter.config_shape import nearest

_FILE = "_file"


def read_options(config: Config, collectors: Mapping[str, Collector]) -> dict[str, dict[str, Any]]:
    """The values of the options of each collector that is on, by its name. Raises ConfigError with all faults."""
    document = config.origin()
    found = {
        name: dict(_values(config, collector, document))
        for name, collector in collectors.items()
        if config.settings_of(name).enabled
    }
    if document.problems:
        raise document.error()
    return found


def _values(config: Config, collector: Collector, document: Document) -> Iterator[tuple[str, Any]]:
    options = config.settings_of(collector.name).options
    place: Keys = ("collectors", collector.name, "options")
    known = {option.name for option in collector.options}
    known |= {option.name + _FILE for option in collector.options if option.secret}
    for name in options.keys() - known:
        _add(document, (*place, name), f"unknown option; {nearest(name, known)}")
    given = dict(_texts(options, place, document))
    for option in collector.options:
        text, keys = _text(option, given, place, document)
        try:
            yield option.name, None if text is None else option.parse(text)
        except ValueError as error:
            _add(document, keys, f"{error}{', in the file that it names' if keys[-1] != option.name else ''}")


def _texts(options: Mapping[str, Any], place: Keys, document: Document) -> Iterator[tuple[str, str]]:
    """The options that have a value, each as text: a number, true and false as the file writes them."""
    for name, value in options.items():
        keys = (*place, name)
        if isinstance(value, dict | list):
            kind = "a mapping" if isinstance(value, dict) else "a list"
            _add(document, keys, f"expected text, a number, true or false, got {kind}")
        elif value == "":
            _add(document, keys, "expected text that is not empty")
        elif value is not None:
            yield name, value if isinstance(value, str) else document.written(keys)


def _text(option: Option, given: Mapping[str, str], place: Keys, document: Document) -> tuple[str | None, Keys]:
    """The text of an option, and where it is set."""
    file_key = option.name + _FILE
    keys: Keys = (*place, option.name)
    if not option.secret or file_key not in given:
        return given.get(option.name, option.default), keys
    if option.name in given:
        _add(document, keys, f"expected {option.name} or {file_key}, got both")
    keys = (*place, file_key)
    text, problem = text_of(document.path.absolute().parent / Path(given[file_key]), document.written(keys))
    if problem:
        _add(document, keys, problem)
        return None, keys
    return text.strip(), keys


def _add(document: Document, keys: Keys, text: str) -> None:
    add(document, iter([Finding(text, (keys,))]))
