"""`kpi lint`: what the linter finds, board by board and group by group, and what its codes mean."""

from collections.abc import Sequence

import psycopg
from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from collectors.source import describe_error
from dashboards import Board
from exporter.artefacts import Artefacts
from exporter.config_values import connection_string
from exporter.terminal import console
from provisioning.lint import CODES, Code, Finding, lint
from provisioning.lint.catalogue import did_you_mean
from provisioning.lint.sql import describe_panels

_STYLES = {"fault": "red", "notice": "yellow"}


class DatabaseError(Exception):
    """The database cannot be asked; `misspelt` when its connection string is none."""

    def __init__(self, message: str, *, misspelt: bool = False) -> None:
        super().__init__(message)
        self.misspelt = misspelt


def run(artefacts: Artefacts, postgres: str | None = None) -> bool:
    """Print the findings. True when there is no fault, and nothing that could not be loaded.

    `postgres` is the connection string of a database that describes the SQL of panels. Raises DatabaseError.
    """
    out = console()
    findings = [*lint_all(artefacts), *(_described(artefacts.boards, postgres) if postgres else ())]
    print_findings(findings, out)
    for problem in artefacts.problems:
        out.print(Text(problem, "red"))
    faults = sum(is_fault(finding) for finding in findings)
    out.print(f"{_counted(artefacts)}: {_number(faults, 'fault')}, {_number(len(findings) - faults, 'notice')}.")
    return not faults and not artefacts.problems


def lint_all(artefacts: Artefacts) -> list[Finding]:
    """What is wrong with the boards and rules, without asking a server."""
    pace = artefacts.surroundings.pace
    return lint(artefacts.boards, artefacts.scope, artefacts.rules, scrape_interval=pace)


def print_findings(findings: Sequence[Finding], out: Console) -> None:
    """The findings, each below the board, group of rules or metric that it is about."""
    by_place: dict[str, list[Finding]] = {}
    for finding in findings:
        by_place.setdefault(finding.place.partition(" › ")[0], []).append(finding)
    for place, found in by_place.items():
        out.print(Text(place, "bold"))
        for finding in found:
            severity = CODES[finding.code].severity
            inside = finding.place.removeprefix(place).removeprefix(" › ")
            line = Text.assemble("  ", (f"{severity:<6} {finding.code}", _STYLES[severity]), "  ")
            out.print(line.append(f"{inside}: {finding.message}" if inside else finding.message))


def is_fault(finding: Finding) -> bool:
    """Whether the finding stops a build."""
    return CODES[finding.code].severity == "fault"


def explain(number: str) -> str | None:
    """Print what a code means. Without such a code, the sentence that says so, with one that is near."""
    code = CODES.get(number.upper())
    if code is None:
        return f"there is no code {number}{did_you_mean(number.upper(), CODES)}"
    _print_code(code, console())
    return None


def _described(boards: Sequence[Board], dsn: str) -> list[Finding]:
    try:
        return describe_panels(boards, connection_string(SecretStr(dsn)).get_secret_value())
    except ValueError as error:
        raise DatabaseError(str(error), misspelt=True) from None
    except psycopg.Error as error:
        raise DatabaseError(describe_error(error)) from None


def _print_code(code: Code, out: Console) -> None:
    out.print(Text.assemble((f"{code.number} {code.title}", "bold"), f" ({code.severity})"))
    for heading, text in (("", code.explanation), ("Example", code.example), ("Remedy", code.remedy)):
        out.print(Text(f"\n{heading}: {text}" if heading else f"\n{text}"))


def _counted(artefacts: Artefacts) -> str:
    panels = sum(1 for board in artefacts.boards for _ in board.panels())
    rules = sum(len(group.rules) for group in artefacts.rules)
    alerts = [alert for group in artefacts.rules for alert in group.alerts]
    counts = {
        "board": len(artefacts.boards),
        "panel": panels,
        "rule": rules,
        "alert": len(alerts),
        "case": sum(len(alert.cases) for alert in alerts),
    }
    return ", ".join(_number(count, noun) for noun, count in counts.items())


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
