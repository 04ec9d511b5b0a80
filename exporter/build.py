"""`kpi build`: lints what is declared, and makes the built files what it says, or shows where they differ."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from exporter.artefacts import Artefacts
from exporter.lint import is_fault, lint_all, print_findings
from exporter.terminal import console
from provisioning.build import build
from provisioning.errors import BuildError
from provisioning.files import LIST, Change, Tree, changes, diff, write
from provisioning.group import Group

_STYLES = {"+": "green", "-": "red", "@": "cyan", "…": "bright_black"}


def run(
    artefacts: Artefacts,
    out: Path,
    docs: Path | None,
    only: Collection[Group] = (),
    *,
    check: bool = False,
    namespace: str = "",
) -> bool:
    """Write below `out`, and the handbook into `docs` if that is given; with `check`, write nothing and compare.

    False when something could not be loaded, the linter found a fault, a foreign file is in the way, or, with `check`,
    a file differs. Nothing is written then.
    """
    screen, errors = console(), console(stderr=True)
    if not _is_sound(artefacts, errors):
        return False
    try:
        trees = list(_trees(artefacts, out, docs, only or _usual(docs), namespace))
        found = [change for tree in trees for change in changes(tree)]  # all of them, before the first is written
    except BuildError as error:
        return _stopped(error.problems, errors, "Nothing was written.")
    if check:
        return _is_fresh(found, screen)
    try:
        for tree in trees:
            write(tree)
    except BuildError as error:
        return _stopped(error.problems, errors, "Not all was written; build again.")
    _print_written(found, sum(len(tree.files) for tree in trees), screen)
    return True


def _is_sound(artefacts: Artefacts, errors: Console) -> bool:
    findings = lint_all(artefacts)
    print_findings(findings, errors)
    for notice in artefacts.notices:
        errors.print(Text(notice, "yellow"))
    if any(map(is_fault, findings)):
        return _stopped(artefacts.problems, errors, "Nothing was written. 'kpi lint --explain CODE' says more.")
    return not artefacts.problems or _stopped(artefacts.problems, errors, "Nothing was written.")


def _stopped(problems: Sequence[str], errors: Console, outcome: str) -> bool:
    for problem in problems:
        errors.print(Text(problem, "red"))
    errors.print(outcome)
    return False


def _usual(docs: Path | None) -> list[Group]:
    return [Group.DASHBOARDS, Group.PROVISIONING, Group.RULES, Group.ALERTMANAGER, *([Group.HANDBOOK] if docs else [])]


def _trees(
    artefacts: Artefacts, out: Path, docs: Path | None, groups: Collection[Group], namespace: str
) -> Iterator[Tree]:
    surroundings = replace(artefacts.surroundings, namespace=namespace)
    built = build(artefacts.boards, artefacts.rules, artefacts.scope, artefacts.collectors, surroundings, groups)
    if docs is not None and Group.HANDBOOK in built:
        yield Tree(docs, built.pop(Group.HANDBOOK))
    if built:
        files = {path: text for texts in built.values() for path, text in texts.items()}
        yield Tree(out, files, tuple(group.folder for group in built))


def _is_fresh(found: Sequence[Change], screen: Console) -> bool:
    for change in found:
        for line in diff(change):
            screen.print(Text(line, _STYLES.get(line[0], "") if line else ""))
    if found:
        screen.print(f"{len(found)} of the built files differ from what is declared; run 'kpi build'.")
    else:
        screen.print("The built files are what is declared.")
    return not found


def _print_written(found: Sequence[Change], all_files: int, screen: Console) -> None:
    verbs = {"add": "added", "change": "changed", "remove": "removed"}
    found = [change for change in found if change.path.name != LIST]
    for change in found:
        screen.print(Text(f"{verbs[change.verb]:<8}{change.path}"))
    fresh = all_files - sum(change.verb != "remove" for change in found)
    screen.print(f"{fresh} of {all_files} files were up to date.")
