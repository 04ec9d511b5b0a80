"""Prints what verifying found."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from provisioning.verify.check import FAULTS, Checked, Outcome

_COLORS: dict[Outcome, str] = {
    "error": "red",
    "empty": "red",
    "slow": "yellow",
    "skipped": "yellow",
    "many": "yellow",
    "expected": "dim",
    "ok": "green",
}
_WORDS: dict[Outcome, str] = {"many": "crowded", "expected": "ok"}


def show(
    boards: Sequence[Checked],
    groups: Sequence[Checked],
    sentences: Iterable[str],
    console: Console,
    *,
    everything: bool,
) -> None:
    """A table per board and per group of rules of what is not simply ok, or of everything; then a line that sums up.

    `sentences` say what is wrong as a whole.
    """
    for checked, column in ((boards, "panel"), (groups, "rule")):
        for holder in dict.fromkeys(each.board for each in checked):
            _holder(holder, [each for each in checked if each.board == holder], column, console, everything)
    for sentence in sentences:
        console.print(sentence, style="red", markup=False)
    if boards or not groups:
        console.print(_summary(boards, "board", "panels, variables and annotations"), markup=False)
    if groups:
        console.print(_summary(groups, "group", "rules"), markup=False)


def _holder(title: str, checked: Sequence[Checked], column: str, console: Console, everything: bool) -> None:
    good = not any(each.outcome in FAULTS for each in checked)
    slowest = max(each.seconds for each in checked)
    heading = Text.assemble((title, "bold"), f"  {len(checked)} checked, the slowest took {slowest:.2f} s")
    console.print(Text.assemble(("ok    ", "green") if good else ("fault ", "red"), heading))
    told = [each for each in checked if everything or each.outcome != "ok"]
    if not told:
        return
    table = Table("", column, "outcome", "time", "answers", "what was found", box=None, header_style="dim")
    for each in told:
        outcome = Text(_WORDS.get(each.outcome, each.outcome), _COLORS[each.outcome])
        took = f"{each.seconds:.2f} s" if each.seconds else ""
        table.add_row("    ", Text(each.subject), outcome, took, str(each.answers), Text(each.message))
    console.print(table)


def _summary(checked: Sequence[Checked], holder: str, subjects: str) -> str:
    count = Counter(each.outcome for each in checked)
    holders = len({each.board for each in checked})
    told: dict[Outcome, str] = {
        "error": "with errors",
        "empty": "empty",
        "slow": "slow",
        "skipped": "not asked",
        "expected": "empty as expected",
        "many": "crowded",
    }
    parts = [f"{count['ok']} ok", *(f"{count[name]} {words}" for name, words in told.items() if count[name])]
    return f"{holders} {holder}{'s' * (holders != 1)}, {len(checked)} {subjects}: {', '.join(parts)}."
