"""What the board remembers of sources; its parts are tested with the runs that fill them."""

import time
from concurrent.futures import ThreadPoolExecutor

from exporter.board import Board
from exporter.exposition import Key

WORKERS = 8


class Slow(str):
    """A name that takes a while to look up, so that workers do meet between a look and a change."""

    __slots__ = ()

    def __hash__(self) -> int:
        time.sleep(0.002)
        return super().__hash__()


def test_of_many_workers_one_is_the_first_to_find_a_source_down_and_one_to_find_it_back() -> None:
    board, names = Board(), [Slow("app")] * WORKERS
    with ThreadPoolExecutor(WORKERS) as workers:
        for _ in range(5):
            assert sum(workers.map(lambda name: board.source_down(name, "gone"), names)) == 1
            assert sum(workers.map(lambda name: board.source_back(name, time.monotonic()), names)) == 1


def test_the_latest_reason_of_a_source_is_kept_until_it_is_back() -> None:
    board = Board()
    assert board.source_down("app", "lost")
    assert not board.source_down("app", "refused")
    assert board.sources_down() == {"app": "refused"}
    assert board.source_back("app", time.monotonic())
    assert not board.source_back("app", time.monotonic())
    assert board.sources_down() == {}


def test_a_run_that_was_answered_before_the_source_was_found_down_does_not_bring_it_back() -> None:
    board, answered = Board(), time.monotonic()
    board.source_down("app", "gone")
    assert not board.source_back("app", answered)
    assert board.sources_down() == {"app": "gone"}


def test_a_source_that_nobody_reads_any_more_is_forgotten_and_the_others_stay_down() -> None:
    board = Board()
    for source in ("acme", "zen"):
        board.source_down(source, "gone")
    board.expect([(Key("shop", "orders", "zen"), 60)])
    assert board.sources_down() == {"zen": "gone"}
