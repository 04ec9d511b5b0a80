"""Panels fill the grid from left to right and from top to bottom; their ids follow from their names alone."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dashboards import Board, Panel, row, section, stat, table, trend
from dashboards.layout import Place, layout, panel_id
from tests.dashboards.support import MEMORY, QUEUE, USERS, board


def named(*widths: int | None, height: int | None = None) -> list[Panel]:
    """Panels with these widths, called `0`, `1` and so on."""
    return [replace(stat(QUEUE), title=str(number), width=width, height=height) for number, width in enumerate(widths)]


def places(found: Board) -> list[Place]:
    return [place for placed in layout(found) for _, place in placed.panels]


@pytest.mark.parametrize(
    ("widths", "columns"),
    [
        ((None,), [24]),
        ((None, None), [12, 12]),
        ((None, None, None), [8, 8, 8]),
        ((None,) * 5, [5, 5, 5, 5, 4]),
        ((None,) * 7, [4, 4, 4, 3, 3, 3, 3]),
        ((None,) * 12, [2] * 12),
        ((4, None), [8, 16]),
        ((None, 3, None, 2), [7, 6, 7, 4]),
        ((1, None, None, None), [2, 8, 7, 7]),
        ((6, 3), [12, 6]),
        ((3, 3, 3, 3), [6, 6, 6, 6]),
    ],
)
def test_free_panels_share_what_the_others_leave_and_the_first_take_the_remainder(
    widths: Sequence[int | None], columns: list[int]
) -> None:
    found = places(board(row(*named(*widths))))

    assert [place.w for place in found] == columns
    assert [place.x for place in found] == [sum(columns[:n]) for n in range(len(columns))]
    assert {place.y for place in found} == {0}


def test_a_row_is_as_high_as_its_highest_panel_and_the_next_one_lies_below() -> None:
    low, high = stat(QUEUE, height=3), trend(MEMORY, height=7)
    found = places(board(row(low, high), row(stat(USERS))))

    assert [(place.y, place.h) for place in found[:2]] == [(0, 7), (0, 7)]
    assert found[2].y == 7


def test_kinds_have_heights_of_their_own() -> None:
    first, second, third = places(board(row(stat(QUEUE)), row(trend(MEMORY)), row(table(USERS))))

    assert first.h < second.h
    assert second.y == first.h
    assert third.y == first.h + second.h


def test_a_heading_takes_a_line_above_its_rows() -> None:
    top, more = layout(board(row(*named(None, height=4)), section("More", row(*named(None, height=5)))))

    assert top.panels[0][1] == Place(0, 0, 24, 4)
    assert more.place == Place(0, 4, 24, 1)
    assert more.panels[0][1] == Place(0, 5, 24, 5)


def test_panels_of_a_folded_section_take_no_room_until_it_is_opened() -> None:
    folded, after = layout(
        board(section("Folded", row(*named(None, height=9)), folded=True), section("After", row(*named(None))))
    )

    assert (folded.place.y, folded.panels[0][1].y) == (0, 1)
    assert (after.place.y, after.panels[0][1].y) == (1, 2)


def test_no_panel_covers_another() -> None:
    found = places(
        board(
            row(*named(None, 5, None)),
            section("S", row(*named(None, None, None))),
            section("T", row(*named(2, None))),
        )
    )
    cells = [(x, y) for p in found for x in range(p.x, p.x + p.w) for y in range(p.y, p.y + p.h)]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_ids_of_panels_stay_when_others_come_and_go() -> None:
    before = board(row(stat(QUEUE)), section("S", row(stat(MEMORY))))
    after = board(row(trend(USERS, window="1d"), stat(QUEUE)), section("S", row(stat(USERS)), row(stat(MEMORY))))

    def ids(found: Board) -> dict[tuple[str, str], int]:
        return {(part.title, panel.title): panel_id(part, panel.title) for part, panel in found.panels()}

    assert ids(before).items() <= ids(after).items()
    assert len(set(ids(after).values())) == 4


def test_the_same_title_in_another_section_is_another_panel() -> None:
    assert panel_id(section("A"), "Users") != panel_id(section("B"), "Users")


def test_ids_are_positive_and_fit_32_bits() -> None:
    ids = [panel_id(section("S"), str(number)) for number in range(1000)]

    assert all(0 < number < 2**32 for number in ids)
    assert len(set(ids)) == 1000


def test_ids_are_the_same_in_every_process() -> None:
    assert panel_id(section("Payments"), "Failed payments") == 886982513
