"""The circuit breaker of a source."""

from exporter.breaker import Breaker


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def failing(clock: Clock, times: int) -> tuple[Breaker, list[float]]:
    """A breaker after failures in a row, and the pause after each."""
    breaker, pauses = Breaker(clock), []
    for _ in range(times):
        breaker.failed()
        pauses.append(breaker.pause_left)
        clock.now += breaker.pause_left
    return breaker, pauses


def test_each_failure_in_a_row_doubles_the_pause_up_to_a_minute() -> None:
    _, pauses = failing(Clock(), 9)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_nobody_may_try_before_the_pause_is_over_and_one_caller_after_it() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += 0.999
    assert not breaker.allows()
    clock.now += 0.002
    assert [breaker.allows() for _ in range(3)] == [True, False, False]


def test_while_one_caller_tries_the_others_ask_again_after_a_second_however_long_the_pause() -> None:
    clock = Clock()
    breaker, _ = failing(clock, 6)
    assert breaker.allows()
    assert breaker.pause_left == 1
    breaker.failed()
    assert breaker.pause_left == 60


def test_a_caller_that_never_comes_back_leaves_the_next_try_to_another_after_the_pause() -> None:
    clock = Clock()
    breaker, _ = failing(clock, 3)
    assert breaker.allows()
    clock.now += 3.9
    assert not breaker.allows()
    clock.now += 0.2
    assert breaker.allows()


def test_success_closes_it_and_the_next_failure_begins_with_a_short_pause() -> None:
    clock = Clock()
    breaker, _ = failing(clock, 5)
    assert breaker.is_open
    breaker.succeeded()
    assert (breaker.is_open, breaker.allows()) == (False, True)
    breaker.failed()
    assert breaker.pause_left == 1
