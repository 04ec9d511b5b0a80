"""What all commands of `kpi` share: the configuration file, exit codes, and how they end with a sentence."""

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from exporter.config import Config

FAILED, USAGE, COULD_NOT_START = 1, 2, 3

ConfigPath = Annotated[
    Path, typer.Option("--config", "-c", envvar="KPI_CONFIG", help="The configuration file.", show_envvar=True)
]
DEFAULT_CONFIG = Path("kpi.yaml")
_SAYS_NOTHING = "connect_timeout=10"
"""Stands for a secret where no database is asked: a connection string without host and name, or any password."""


def configuration(path: Path, *, required: bool) -> "Config":
    """What the file says. Where it is not required, it may be missing, and so may the variables that it mentions.

    Raises ConfigError.
    """
    from exporter.config import Config, load

    if required or path != DEFAULT_CONFIG:
        existing(path)
    missing = None if required else _SAYS_NOTHING
    return load(path, os.environ, missing=missing) if path.exists() else Config()


def existing(path: Path) -> None:
    """End with a sentence if there is no such file."""
    if not path.exists():
        fail(f"there is no {path}; copy kpi.example.yaml, name a file with --config, or try 'kpi demo'", USAGE)


def fail(message: str, code: int) -> NoReturn:
    """Say why on the standard error, and end."""
    typer.echo(message, err=True)
    sys.exit(code)


def user() -> str | None:
    """Who runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # nobody has a name in some containers
        return None
