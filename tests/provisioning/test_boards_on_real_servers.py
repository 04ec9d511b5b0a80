"""Every query of every built-in board and rule is asked of a Prometheus and a database that hold the demo company."""

import time
from collections.abc import Callable
from functools import cache

import pytest

from exporter.artefacts import load
from exporter.config import Config
from metrics.exporter import COLLECTOR_RUN_DURATION
from provisioning.rules.reading import Rules
from provisioning.verify import FAULTS, Checked, connect, verify, verify_rules
from provisioning.verify.questions import Questions, questions
from provisioning.verify.rules import RuleCheck
from tests.exporter.support import wait_for
from tests.provisioning.conftest import Observed

pytestmark = [pytest.mark.xdist_group("observed"), pytest.mark.timeout(300)]

ARTEFACTS = load(Config())
ASKED = [questions(board, ARTEFACTS.scope) for board in ARTEFACTS.boards]
SUBJECTS = [
    (asked, name)
    for asked in ASKED
    for name in (
        *(f"variable {variable.name}" for variable in asked.variables),
        *(each.name for each in asked.subjects),
    )
]
_LATER = 180
Answers = Callable[[Questions], dict[str, Checked]]


@pytest.fixture(scope="module")
def answers(observed: Observed) -> Answers:
    """What became of each variable, panel and annotation of a board, asked once, as if somebody had just opened it."""
    uids = {asked.uid: asked for asked in ASKED}

    @cache
    def ask(uid: str) -> dict[str, Checked]:
        if uid == "self":  # the exporter has no history of itself: wait until something ran again after its start
            wait_for(lambda: observed.query(f"sum(increase({COLLECTOR_RUN_DURATION.count}[1h] offset 10s)) > 0"), 60)
        # Boards draw at multiples of their step, and the exporter is only seconds old: look at it from a little later.
        soon = time.time() + _LATER
        with connect(observed.prometheus.url, observed.postgres) as servers:
            # How long it takes is for `kpi verify` to judge: here everything shares two processors.
            found = sorted(verify([uids[uid]], servers, soon, slow=60), key=lambda each: each.outcome in FAULTS)
            return {each.subject: each for each in found}

    return lambda asked: ask(asked.uid)


def test_every_board_is_there() -> None:
    assert ARTEFACTS.problems == ()
    assert len(ASKED) >= 6


@pytest.mark.parametrize(("asked", "name"), SUBJECTS, ids=[f"{asked.uid}: {name}" for asked, name in SUBJECTS])
def test_each_query_has_an_answer_unless_the_panel_says_why_not(answers: Answers, asked: Questions, name: str) -> None:
    """Panels of different sections may share a name; the worst of them is judged."""
    found = answers(asked)[name]
    assert found.outcome in ("ok", "expected"), found.message


def test_each_rule_reads_what_is_there_unless_there_is_a_reason(observed: Observed) -> None:
    """What recording rules would record is not there, so that only rules over collected metrics are held to it."""
    with connect(observed.prometheus.url) as servers:
        rules = Rules(ARTEFACTS.rules, ARTEFACTS.metrics)
        found = list(verify_rules(RuleCheck(servers, rules, (), ARTEFACTS.scope, time.time(), slow=60)))
    assert [(each.board, each.subject, each.message) for each in found if each.outcome in FAULTS] == []
    assert sum(each.outcome == "ok" for each in found) > len(ARTEFACTS.rules)
