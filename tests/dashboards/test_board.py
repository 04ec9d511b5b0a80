"""A board is sections of rows of panels, in the order of reading, and refuses what no layout can show."""

import pytest

from dashboards import Board, BoardError, row, section, stat, trend
from dashboards.board import Section
from tests.dashboards.support import MEMORY, QUEUE, USERS, board

ONE, TWO = stat(QUEUE), stat(MEMORY)


def test_rows_before_the_first_section_stand_without_a_heading() -> None:
    found = board(row(ONE), row(TWO), section("More", row(stat(USERS))))

    assert [(part.title, len(part.rows)) for part in found.sections] == [("", 2), ("More", 1)]


def test_a_board_may_begin_with_a_section() -> None:
    assert [part.title for part in board(section("A", row(ONE)), section("B", row(TWO))).sections] == ["A", "B"]


def test_panels_come_in_the_order_of_reading_with_their_section() -> None:
    found = board(row(ONE, TWO), section("More", row(stat(USERS)), folded=True))

    assert [(part.title, panel.title) for part, panel in found.panels()] == [
        ("", "Queue length"),
        ("", "Memory"),
        ("More", "Users"),
    ]


def test_the_title_is_area_and_name() -> None:
    assert board(ONE).title == "Shop / Till"


def test_sections_are_open_unless_they_are_folded() -> None:
    assert not section("A", row(ONE)).folded
    assert section("A", row(ONE), folded=True) == Section("A", (row(ONE),), folded=True)


def test_a_row_after_a_section_is_refused() -> None:
    with pytest.raises(BoardError, match="Shop / Till: a row after a section belongs into a section of its own"):
        board(section("A", row(ONE)), row(TWO))


def test_a_row_without_panels_is_refused() -> None:
    with pytest.raises(BoardError, match="a row needs at least one panel"):
        row()


@pytest.mark.parametrize("widths", [(7, 6), (12, None), (6, 6, None)])
def test_a_row_that_is_too_narrow_for_its_panels_is_refused(widths: tuple[int | None, ...]) -> None:
    panels = [stat(QUEUE, width=width) if width else stat(QUEUE) for width in widths]

    with pytest.raises(BoardError) as refused:
        row(*panels)

    titles = ", ".join("'Queue length'" for _ in widths)
    assert str(refused.value) == f"the panels {titles} need 13 twelfths of one row; begin another row"


def test_thirteen_panels_are_too_many_for_a_row() -> None:
    with pytest.raises(BoardError, match="need 13 twelfths of one row"):
        row(*[ONE] * 13)


def test_a_board_needs_no_more_than_its_names_and_its_content() -> None:
    found = Board(uid="u", area="A", name="N", description="D.", content=[row(ONE)])

    assert (found.refresh, found.up) == ("30s", "overview")
    assert found.time


@pytest.mark.parametrize("width", [0, -3, 13])
def test_a_width_is_one_to_twelve_twelfths(width: int) -> None:
    with pytest.raises(BoardError, match=f"Queue length: a panel is 1 to 12 twelfths wide, got {width}"):
        row(stat(QUEUE, width=width))


def test_two_panels_of_one_title_are_refused_because_links_name_a_panel_by_it() -> None:
    with pytest.raises(BoardError, match="Shop / Till: two panels are called 'Queue length'; give one a title"):
        board(ONE, trend(QUEUE))
    with pytest.raises(BoardError, match="Shop / Till: two panels in 'More' are called 'Queue length'"):
        board(section("More", row(ONE), row(trend(QUEUE))))

    assert board(ONE, section("More", row(trend(QUEUE)))).title == "Shop / Till"


def test_two_sections_of_one_title_are_refused() -> None:
    with pytest.raises(BoardError, match="Shop / Till: two sections are called 'More'; rename one"):
        board(section("More", row(ONE)), section("More", row(TWO)))
