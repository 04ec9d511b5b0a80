"""The commands that build, check and verify boards. Each imports what it needs, so that `kpi --help` is quick."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exporter.cli_common import COULD_NOT_START, DEFAULT_CONFIG, FAILED, USAGE, ConfigPath, configuration, fail
from provisioning.group import Group

if TYPE_CHECKING:
    from exporter.artefacts import Artefacts


def build(
    out: Annotated[
        Path | None, typer.Option(help="Folder of the built files.", show_default="provisioning", metavar="DIR")
    ] = None,
    docs: Annotated[
        Path | None,
        typer.Option(help="Folder of the handbook.", show_default="docs; with --out, none is written", metavar="DIR"),
    ] = None,
    only: Annotated[
        list[Group] | None,
        typer.Option(
            metavar="GROUP",
            help="Build dashboards, provisioning, rules, alertmanager, handbook, kubernetes or operator only; may be "
            "repeated. Without it, all but kubernetes and operator are built.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; show where the built files differ, and end with 1 then.")
    ] = False,
    namespace: Annotated[str, typer.Option(help="Namespace of what is for Kubernetes.", metavar="NAME")] = "",
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Build boards, rules, the files of Grafana, Prometheus and Alertmanager, and the handbook.

    Works without a configuration file, too. A fault that the linter finds stops the build before anything is written.
    Examples: kpi build --check; kpi build --out /etc/kpi/built; kpi build --only kubernetes --namespace monitoring
    """
    from exporter.build import run

    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?", namespace):
        fail(f"--namespace: expected small letters, digits and dashes, got {namespace!r}", USAGE)
    if docs is None and (out is None or Group.HANDBOOK in (only or ())):
        docs = Path("docs")
    if not run(_artefacts(config), out or Path("provisioning"), docs, only or (), check=check, namespace=namespace):
        raise typer.Exit(FAILED)


def lint(
    explain: Annotated[str | None, typer.Option(metavar="CODE", help="Say what a code means, and stop.")] = None,
    postgres: Annotated[
        str | None,
        typer.Option(metavar="DSN", help="Let this database describe the SQL of panels, without running it."),
    ] = None,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Check every expression of every board against the declarations. Works without a configuration file, too.

    Examples: kpi lint; kpi lint --explain K201
    """
    from exporter.lint import DatabaseError, run
    from exporter.lint import explain as print_explanation

    if explain is not None:
        if unknown := print_explanation(explain):
            fail(unknown, USAGE)
        return
    try:
        good = run(_artefacts(config), postgres)
    except DatabaseError as error:
        fail(f"could not describe the SQL of panels: {error}", USAGE if error.misspelt else COULD_NOT_START)
    if not good:
        raise typer.Exit(FAILED)


def verify(
    prometheus: Annotated[str, typer.Option(metavar="URL", help="Address of the Prometheus to ask.")],
    postgres: Annotated[
        str | None, typer.Option(metavar="DSN", help="Connection string of the database to ask; PGPASSWORD serves.")
    ] = None,
    boards: Annotated[
        list[str] | None,
        typer.Option("--board", metavar="UID", help="Look at this board only, and at no rules; may be repeated."),
    ] = None,
    no_rules: Annotated[bool, typer.Option("--no-rules", help="Look at boards only.")] = False,
    slow: Annotated[float, typer.Option(min=0, metavar="SECONDS", help="What takes longer is told.")] = 2,
    everything: Annotated[bool, typer.Option("--all", help="List what is good, too.")] = False,
    config: ConfigPath = DEFAULT_CONFIG,
) -> None:
    """Ask a live Prometheus and database what boards and rules ask: what errs, what is empty, what is slow.

    Prometheus must also have loaded the rules as they are declared, and tell an Alertmanager.
    Example: kpi verify --prometheus http://localhost:9090 --board overview
    """
    from exporter.terminal import console
    from provisioning.verify import UnknownBoard, VerifyError, run

    found = _artefacts(config)
    for problem in found.problems:
        typer.echo(problem, err=True)
    try:
        good = run(
            found.boards,
            found.scope,
            prometheus,
            postgres,
            boards or (),
            console(),
            rules=() if boards or no_rules else found.rules,
            slow=slow,
            everything=everything,
            scrape_interval=found.surroundings.scrape_interval,
            links=found.surroundings.links,
        )
    except UnknownBoard as error:
        fail(str(error), USAGE)
    except VerifyError as error:
        fail(str(error), COULD_NOT_START)
    if not good or found.problems:
        raise typer.Exit(FAILED)


def _artefacts(path: Path) -> "Artefacts":
    from collectors.discovery import DiscoveryError
    from exporter.artefacts import load as load_artefacts
    from exporter.config import ConfigError

    try:
        return load_artefacts(configuration(path, required=False))
    except (ConfigError, DiscoveryError) as error:
        fail(str(error), USAGE)
