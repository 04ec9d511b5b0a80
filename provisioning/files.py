"""Writes built files: only those that differ, each whole or not at all, and removes those that are no longer built.

A list in the folder names what was built there, so that a file of somebody else is neither overwritten nor removed.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from provisioning.errors import BuildError

LIST = ".kpi-build"
_HEAD = "# What 'kpi build' wrote here. It removes a file that it no longer builds; keep this list beside the files.\n"


@dataclass(frozen=True)
class Tree:
    """The files to be in the folder `root`, by their paths in it.

    Files that were built at paths beginning with one of `parts`, and are not among `files`, are to go. Those that were
    built elsewhere in the folder are left alone.
    """

    root: Path
    files: Mapping[str, str]
    parts: tuple[str, ...] = ("",)


@dataclass(frozen=True)
class Change:
    """A file that differs: its text on the disk and the built one, None where there is none."""

    path: Path
    before: str | None
    after: str | None

    @property
    def verb(self) -> str:
        """`add`, `change` or `remove`."""
        if self.before is None:
            return "add"
        return "remove" if self.after is None else "change"


def changes(tree: Tree) -> list[Change]:
    """What a build would do, in the order of the paths. Raises BuildError where a foreign file is in the way."""
    try:
        listed = _listed(tree.root)
        gone = {name for name in listed - tree.files.keys() if name.startswith(tree.parts)}
        wanted = {**dict.fromkeys(gone), **tree.files}
        found = [Change(tree.root / name, _read(tree.root / name), text) for name, text in sorted(wanted.items())]
        listing = Change(tree.root / LIST, _read(tree.root / LIST), _list((listed - gone) | tree.files.keys()))
    except OSError as error:
        raise BuildError([f"could not read {error.filename}: {error.strerror}"]) from error
    found = [change for change in found if change.before != change.after]
    ours = {tree.root / name for name in listed}
    foreign = [change.path for change in found if change.before is not None and change.path not in ours]
    if foreign:
        advice = "was not written by 'kpi build': move it away, or build into another folder"
        raise BuildError([f"{path} {advice}" for path in foreign])
    return found if listing.before == listing.after else [*found, listing]


def write(tree: Tree) -> list[Change]:
    """Make the folder what the tree says, and tell what was done. Raises BuildError before anything is written."""
    found = changes(tree)
    try:
        # First the list, so that a build that is interrupted leaves nothing that the next one takes for foreign.
        listing = _list(_listed(tree.root) | tree.files.keys())
        if found and _read(tree.root / LIST) != listing:
            replace(tree.root / LIST, listing)
        for change in found:
            if change.after is not None:
                replace(change.path, change.after)
            else:
                _remove(change.path, tree.root)
    except OSError as error:
        raise BuildError([f"could not write {error.filename}: {error.strerror}"]) from error
    return found


def replace(path: Path, text: str) -> None:
    """Make the file hold this text, whole or not at all; its folder is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def diff(change: Change, most: int = 40) -> list[str]:
    """The change as the lines of a unified diff, cut after `most` lines with a word about the rest."""
    lines = list(_diff(change))
    return lines if len(lines) <= most else [*lines[:most], f"… and {len(lines) - most} more lines"]


def _diff(change: Change) -> Iterator[str]:
    before, after = (text.splitlines() if text is not None else [] for text in (change.before, change.after))
    old, new = ("/dev/null" if text is None else str(change.path) for text in (change.before, change.after))
    yield from difflib.unified_diff(before, after, old, new, lineterm="")


def _listed(root: Path) -> set[str]:
    text = _read(root / LIST) or ""
    names = {line for line in text.splitlines() if line and not line.startswith("#")}
    # The list may come from anywhere; a path that leads out of the folder is none of ours.
    return {name for name in names if not name.startswith("/") and ".." not in PurePosixPath(name).parts}


def _list(names: set[str]) -> str:
    return _HEAD + "".join(f"{name}\n" for name in sorted(names))


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None


def _remove(path: Path, root: Path) -> None:
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == root or any(folder.iterdir()):
            return
        folder.rmdir()
