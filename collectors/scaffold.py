"""Writes the first version of a collector, with its test: both work as they are, on any PostgreSQL."""

import re
from importlib.metadata import entry_points
from pathlib import Path
from string import Template
from typing import Literal

from collectors.discovery import GROUP
from metrics import COUNT, DeclarationError, Gauge

_TEMPLATES = Path(__file__).with_name("templates")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SUFFIXES = {"sql": ".sql", "python": ".py"}


class ScaffoldError(Exception):
    """The collector could not be written, and nothing was."""


class FolderError(ScaffoldError):
    """The name is good, and the folder cannot be written into."""


def write(name: str, folder: Path, kind: Literal["sql", "python"]) -> list[Path]:
    """Write a collector and its test into the plugin folder, which is made where it is missing.

    Nothing is overwritten. Raises ScaffoldError when the name cannot be one, or is taken, and FolderError when a file
    cannot be written; then none is left behind.
    """
    _check_name(name)
    words = name.replace("_", " ")
    filling = {
        "name": name,
        "words": words,
        "Words": words.capitalize(),
        "constant": f"{name.upper()}_NOW",
        "class_name": words.title().replace(" ", "") + "Collector",
    }
    files = {
        folder / file: Template((_TEMPLATES / f"{template}.{kind}.txt").read_text(encoding="utf-8")).substitute(filling)
        for file, template in ((f"{name}{_SUFFIXES[kind]}", "collector"), (f"test_{name}.py", "test"))
    }
    made: list[Path] = []
    try:
        _check_free(name, folder)
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise FolderError(f"could not write the collector {name}: {error.filename}: {error.strerror}") from error
    return made


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.startswith("test_") or name == "conftest":
        raise ScaffoldError(
            f"could not write the collector {name!r}: its name must be snake_case, such as open_tickets, and not that "
            "of a test"
        )
    try:
        Gauge(f"kpi_{name}_new", "Is the name free for a metric?", unit=COUNT, owner="nobody")
    except DeclarationError as error:
        raise ScaffoldError(f"could not write the collector {name}: {error}") from error
    if name in {entry.name for entry in entry_points(group=GROUP)}:
        raise ScaffoldError(f"could not write the collector {name}: an installed collector has that name")


def _check_free(name: str, folder: Path) -> None:
    for taken in (f"{name}.sql", f"{name}.py", name, f"test_{name}.py"):
        if (folder / taken).exists():
            raise ScaffoldError(f"could not write the collector {name}: {folder / taken} is there already")
