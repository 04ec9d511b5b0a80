"""Files of values: CSV with a line of column names. What separates the columns is told from that line.

Columns are metric, period, value and note; labels are columns such as `label.team`, or one column `labels` that holds
`team=core, region=eu`.
"""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from exporter.input_values import Written

_NEEDED = ("metric", "period", "value")
_KNOWN = (*_NEEDED, "labels", "note")
_LABEL = "label."
_LARGEST = 64 << 20  # bytes; all values are held in memory, because one transaction takes all or none


class FileError(ValueError):
    """The file cannot be read at all."""


def read(path: Path) -> list[tuple[int, Written]]:
    """Each value with the number of its line. Raises FileError with a sentence."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise FileError(f"could not read {path}: {error.strerror}") from error
    if len(content) > _LARGEST:
        raise FileError(f"could not read {path}: it has more than {_LARGEST >> 20} MiB; import it in parts")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"could not read {path}: it is not UTF-8; save it as 'CSV UTF-8'") from error
    if "\0" in text:
        raise FileError(f"could not read {path}: it holds NUL characters, as no text does; save it as 'CSV UTF-8'")
    lines = _lines(path, text)
    try:
        number, header = next(lines)
    except StopIteration:
        raise FileError(f"could not read {path}: it is empty; its first line names the columns") from None
    names = [name.strip().lower() for name in header]
    if faults := list(_header_faults(names)):
        raise FileError(f"{path}:{number}: {' '.join(faults)}")
    return [(number, _written(names, cells)) for number, cells in lines]


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that are not blank, with their numbers; a quoted cell may go over several."""
    head = next(filter(str.strip, StringIO(text)), "")
    rows = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    number = 1
    try:
        for cells in rows:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = rows.line_num + 1
    except csv.Error as error:
        raise FileError(f"{path}:{rows.line_num}: could not read the line: {error}") from error


def _header_faults(names: Sequence[str]) -> Iterator[str]:
    if names[0] == "sep=":  # for Excel
        yield "Delete this line, 'sep=': the separator is told from the line that names the columns."
        return
    for name in _NEEDED:
        if name not in names:
            yield f"There is no column {name!r}."
    for number, name in enumerate(names, 1):
        if not name:
            yield f"Column {number} has no name: name it, or delete it in the whole file."
    for name in dict.fromkeys(filter(None, names)):
        if name not in _KNOWN and not (name.startswith(_LABEL) and name != _LABEL):
            yield f"The column {name!r} is none of {', '.join(_KNOWN)} and {_LABEL}NAME."
        if names.count(name) > 1:
            yield f"There are two columns {name!r}."


def _written(names: Sequence[str], cells: Sequence[str]) -> Written:
    """A line as a value; a label whose cell is empty is not given."""
    faults = []
    if len(cells) != len(names):
        faults.append(f"The line has {len(cells)} cells, and there are {len(names)} columns.")
    row = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    labels = {name.removeprefix(_LABEL): cell for name, cell in row.items() if name.startswith(_LABEL) and cell}
    texts = [text for text in row.get("labels", "").split(",") if text.strip()]
    faults += add_labels(labels, texts, "The column 'labels'")
    metric, period, value = (row.get(name, "") for name in _NEEDED)
    return Written(metric, period, value, labels, row.get("note"), tuple(faults))


def add_labels(labels: dict[str, str], texts: Sequence[str], place: str) -> list[str]:
    """Add `name=value` texts to the labels; returns what is wrong with them."""
    faults = []
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not name:
            faults.append(f"{place} takes NAME=VALUE, got {text.strip()!r}.")
        elif name in labels:
            faults.append(f"{place} gives the label {name!r} twice.")
        else:
            labels[name] = value
    return faults
