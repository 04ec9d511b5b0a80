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


def show(checked: Sequence[Checked], lost: Iterable[str], console: Console, *, everything: bool) -> None:
    """A table per board of what is not simply ok, or of everything; then one line that sums up."""
    for board in dict.fromkeys(each.board for each in checked):
        _board(board, [each for each in checked if each.board == board], console, everything)
    for sentence in lost:
        console.print(sentence, style="red", markup=False)
    console.print(_summary(checked), markup=False)


def _board(title: str, checked: Sequence[Checked], console: Console, everything: bool) -> None:
    good = not any(each.outcome in FAULTS for each in checked)
    slowest = max(each.seconds for each in checked)
    heading = Text.assemble((title, "bold"), f"  {len(checked)} checked, the slowest took {slowest:.2f} s")
    console.print(Text.assemble(("ok    ", "green") if good else ("fault ", "red"), heading))
    told = [each for each in checked if everything or each.outcome != "ok"]
    if not told:
        return
    table = Table("", "panel", "outcome", "time", "answers", "what was found", box=None, header_style="dim")
    for each in told:
        outcome = Text(_WORDS.get(each.outcome, each.outcome), _COLORS[each.outcome])
        took = f"{each.seconds:.2f} s" if each.seconds else ""
        table.add_row("    ", Text(each.subject), outcome, took, str(each.answers), Text(each.message))
    console.print(table)


def _summary(checked: Sequence[Checked]) -> str:
    count = Counter(each.outcome for each in checked)
    boards = len({each.board for each in checked})
    told: dict[Outcome, str] = {
        "error": "with errors",
        "empty": "empty",
        "slow": "slow",
        "skipped": "not asked",
        "expected": "empty as expected",
        "many": "crowded",
    }
    parts = [f"{count['ok']} ok", *(f"{count[name]} {words}" for name, words in told.items() if count[name])]
    return f"{boards} board{'s' * (boards != 1)}, {len(checked)} panels, variables and annotations: {', '.join(parts)}."
