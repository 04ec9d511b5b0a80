"""`kpi verify`: asks a live Prometheus and database what boards and rules ask: what errs, is empty or slow."""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from alert_rules import Group
from dashboards import Board
from dashboards.scope import Scope
from provisioning.rules.links import Links
from provisioning.rules.reading import Rules
from provisioning.verify.as_grafana import SCRAPE_INTERVAL
from provisioning.verify.check import FAULTS, SLOW, Check, Checked
from provisioning.verify.database import Database
from provisioning.verify.errors import UnknownBoard, Unreachable, VerifyError
from provisioning.verify.prometheus import PrometheusApi
from provisioning.verify.questions import Questions, questions
from provisioning.verify.report import show
from provisioning.verify.rules import RuleCheck, loaded_and_lacking
from provisioning.verify.servers import Servers

__all__ = ["FAULTS", "Checked", "UnknownBoard", "Unreachable", "VerifyError", "run", "verify"]

_THREADS = 4
_TIMEOUT = 30.0


def run(
    boards: Sequence[Board],
    scope: Scope,
    prometheus: str,
    postgres: str | None,
    boards_only: Collection[str],
    console: Console,
    *,
    rules: Sequence[Group] = (),
    slow: float = SLOW,
    everything: bool = False,
    scrape_interval: float = SCRAPE_INTERVAL,
    links: Links | None = None,
) -> bool:
    """Print what was found; True when nothing errs, is empty without reason or takes more than `slow` seconds.

    `prometheus` is a URL, `postgres` a connection string; without one, SQL panels are told as not asked. `boards_only`
    are the uids to look at, all when empty. `rules` are the groups that Prometheus should have loaded, with `links` in
    their annotations. With `everything`, what is good is listed, too. `scrape_interval` is what the data source says of
    Prometheus, in seconds. Raises UnknownBoard, and other VerifyErrors when a server cannot be reached.
    """
    asked, checked = _asked(_chosen(boards, boards_only), scope)
    total = sum(len(each.variables) + len(each.subjects) for each in asked)
    total += sum(len(group.rules) + 1 for group in rules)
    with connect(prometheus, postgres) as servers:
        servers.reach()
        moment = time.time()
        loaded, lacking = loaded_and_lacking(rules, servers) if rules else ([], [])
        ruled: list[Checked] = []
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("", total=total)
            for each in verify(asked, servers, moment, slow=slow, scrape_interval=scrape_interval):
                checked.append(each)
                progress.update(task, advance=1, description=escape(each.board))
            check = RuleCheck(servers, Rules(rules, scope.metrics), loaded, scope, moment, slow, links or Links())
            for each in verify_rules(check):
                ruled.append(each)
                progress.update(task, advance=1, description=escape(each.board))
        wrong = [*lacking, *servers.lost.values()]
        show(checked, ruled, wrong, console, everything=everything)
        return not wrong and not any(each.outcome in FAULTS for each in (*checked, *ruled))


@contextmanager
def connect(prometheus: str, postgres: str | None = None) -> Iterator[Servers]:
    """The servers at these addresses. Raises VerifyError for an address that is none; nothing is asked yet."""
    api = PrometheusApi(prometheus, timeout=_TIMEOUT, connections=_THREADS)
    with ExitStack() as opened:
        database = Database(postgres, timeout=_TIMEOUT, connections=_THREADS) if postgres else None
        if database is not None:
            opened.enter_context(closing(database))
        yield Servers(api, database)


def verify(
    asked: Sequence[Questions],
    servers: Servers,
    moment: float,
    *,
    slow: float = SLOW,
    scrape_interval: float = SCRAPE_INTERVAL,
) -> Iterator[Checked]:
    """What became of each variable, panel and annotation, board by board, as if looked at at `moment`, a Unix time."""
    check = Check(servers, moment, slow=slow, scrape_interval=scrape_interval)
    pool = ThreadPoolExecutor(_THREADS)
    try:
        choices = list(pool.map(check.variables, asked))
        panels = [
            pool.map(partial(check.subject, each, choices=values), each.subjects)
            for each, (values, _) in zip(asked, choices, strict=True)
        ]
        for (_, variables), subjects in zip(choices, panels, strict=True):
            yield from variables
            yield from subjects
    finally:
        pool.shutdown(cancel_futures=True)  # an interrupt must not wait for what has not begun


def verify_rules(check: RuleCheck) -> Iterator[Checked]:
    """What became of each rule, and of each group as a whole."""
    pool = ThreadPoolExecutor(_THREADS)
    try:
        yield from check.groups(pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _asked(boards: Iterable[Board], scope: Scope) -> tuple[list[Questions], list[Checked]]:
    """What the boards ask, and those that cannot be drawn."""
    asked, broken = [], []
    for board in boards:
        try:
            asked.append(questions(board, scope))
        except Exception as error:  # a plugin's board may hold anything
            message = f"could not be drawn: {type(error).__name__}: {error}"
            broken.append(Checked(board.title, "the board", "error", message, 0.0, 0))
    return asked, broken


def _chosen(boards: Sequence[Board], uids: Collection[str]) -> list[Board]:
    known = {board.uid: board for board in boards}
    for uid in uids:
        if uid not in known:
            raise UnknownBoard(f"there is no board {uid!r}; there are: {', '.join(known) or 'none'}")
    return [board for board in boards if not uids or board.uid in uids]
