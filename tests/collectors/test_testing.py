"""The queries of test runs against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from metrics import HistogramState
from metrics import testing as m
from metrics.catalogue import domains
from metrics.defects import flaky, pass_ratio

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["testing"]) == 5
    assert all(read(metric) == {} for metric in domains()["testing"])


class TestExecutions:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Tests around the last instant that is read, 5 minutes before noon, and around the first."""
        insert(
            "test_execution_metrics",
            """
            suite | test_name | passed | pass_rate | execution_time_seconds | execution_date
            unit  | a         | true   | 0         | 60                     | 2026-11-01 11:55
            unit  | b         | true   | 0         | 60.001                 | 2026-11-01 11:00
            unit  | b         | true   | 0         | 60.001                 | 2026-11-01 11:00
            unit  | c         | false  | 0         | 901                    | 2026-11-01 11:00
            unit  | c         | false  | 0         | 901                    | 2026-11-01 11:00
            unit  | d         | -      | 0         | 0                      | 2026-11-01 11:00
            -     | e         | true   | -         | -                      | 2026-11-01 11:00
            unit  | e         | true   | -         | -1                     | 2026-11-01 11:00
            unit  | a         | true   | -         | 1                      | 2026-11-01 11:55:01
            unit  | a         | true   | -         | 1                      | 2026-10-25 11:55
        """,
        )

    def test_they_are_counted_by_result(self, read: Read) -> None:
        assert read(m.TEST_EXECUTIONS) == {
            "unit passed": 4,
            "unit failed": 2,
            "unit skipped": 1,
            "unknown passed": 1,
            "unknown failed": 0,  # there before the first one, so that its growth can be seen
            "unknown skipped": 0,
        }

    def test_durations_leave_out_skipped_tests_and_impossible_times(self, read: Read) -> None:
        assert list(m.TEST_EXECUTION_DURATION.buckets) == [60, 300, 900]
        assert read(m.TEST_EXECUTION_DURATION) == {"unit": HistogramState((1, 3, 3, 5), 60 + 2 * 60.001 + 2 * 901)}


class TestPassRatio:
    def test_each_test_weighs_the_same_whatever_its_run(self, insert: Insert, read: Read) -> None:
        """Naive: the mean of the runs' own rates, 0 and 100 percent, is a half; a skipped test is no failure."""
        insert(
            "test_execution_metrics",
            """
            suite | test_name | passed | pass_rate | execution_date
            unit  | a         | false  | 0         | 2026-10-25 12:00:01
            unit  | a         | true   | 100       | 2026-11-01 12:00
            unit  | b         | true   | 100       | 2026-11-01 11:00
            unit  | c         | true   | 100       | 2026-11-01 11:00
            unit  | d         | -      | 100       | 2026-11-01 11:00
            unit  | a         | false  | 0         | 2026-10-25 12:00
            unit  | a         | false  | 0         | 2026-11-01 12:00:01
            -     | a         | -      | -         | 2026-11-01 11:00
        """,
        )
        assert read(m.TEST_PASS_RATIO) == pytest.approx({"unit 1d": 1, "unit 7d": 3 / 4, "unit 30d": 3 / 5})


class TestFailingTests:
    def test_only_tests_that_fail_more_than_once_in_ten_executions_are_shown(self, insert: Insert, read: Read) -> None:
        """Naive: HAVING with the name of a column of the result is an error, and 1 ÷ 9 of whole numbers is 0."""
        passes = "\n".join(f"unit | {name} | true | 2026-10-31 12:00" for name in ["tenth"] * 9 + ["ninth"] * 8)
        insert(
            "test_execution_metrics",
            f"""
            suite | test_name | passed | execution_date
            {passes}
            unit  | tenth     | false  | 2026-11-01 12:00
            unit  | ninth     | false  | 2026-11-01 12:00
            unit  | ninth     | -      | 2026-11-01 12:00
            unit  | skipped   | -      | 2026-11-01 12:00
            -     | broken    | false  | 2026-10-25 12:00:01
            -     | past      | false  | 2026-10-25 12:00
            -     | future    | false  | 2026-11-01 12:00:01
        """,
        )
        assert read(m.TEST_FAILURE_RATIO) == pytest.approx({"unit ninth 7d": 1 / 9, "unknown broken 7d": 1})

    def test_parameters_are_cut_off_because_they_may_be_any_text(self, insert: Insert, read: Read) -> None:
        insert(
            "test_execution_metrics",
            f"""
            suite | test_name                  | passed | execution_date
            unit  | test_login[ann@mail.test]  | false  | 2026-11-01 11:00
            unit  | test_login[bob[1]]         | true   | 2026-11-01 11:00
            unit  | [slow] checkout            | false  | 2026-11-01 11:00
            unit  | {"x" * 200} | false  | 2026-11-01 11:00
        """,
        )
        assert read(m.TEST_FAILURE_RATIO) == {
            "unit test_login 7d": 0.5,
            "unit [slow] checkout 7d": 1,
            f"unit {'x' * 120} 7d": 1,
        }

    def test_the_20_worst_are_shown_and_of_equal_ones_those_that_failed_more(self, insert: Insert, read: Read) -> None:
        header = "suite | test_name | passed | execution_date"
        once = [f"unit | once{number:02} | false | 2026-11-01 11:00" for number in range(15)]
        twice = [f"unit | twice{number:02} | false | 2026-11-01 11:00" for number in range(15)] * 2
        insert("test_execution_metrics", "\n".join([header, *once, *twice]))
        shown = [labels.split()[1] for labels in read(m.TEST_FAILURE_RATIO)]
        assert sorted(shown) == [f"once{number:02}" for number in range(5)] + [
            f"twice{number:02}" for number in range(15)
        ]


class TestFlaky:
    def test_both_results_on_one_commit_make_a_test_flaky(self, insert: Insert, read: Read) -> None:
        """Naive: a test that fails often is broken, and one that was mended by a commit has both results, too."""
        insert(
            "test_execution_metrics",
            """
            suite | test_name | commit_sha | passed | execution_date
            unit  | flaky     | c1         | true   | 2026-11-01 12:00
            unit  | flaky     | c1         | false  | 2026-10-31 12:00:01
            unit  | flaky     | c2         | true   | 2026-11-01 11:00
            unit  | flaky     | c2         | false  | 2026-11-01 11:00
            unit  | slower    | c1         | true   | 2026-11-01 12:00
            unit  | slower    | c1         | false  | 2026-10-31 12:00
            unit  | mended    | c1         | false  | 2026-11-01 10:00
            unit  | mended    | c2         | true   | 2026-11-01 11:00
            unit  | broken    | c1         | false  | 2026-11-01 10:00
            unit  | broken    | c1         | false  | 2026-11-01 11:00
            unit  | skipped   | c1         | false  | 2026-11-01 10:00
            unit  | skipped   | c1         | -      | 2026-11-01 11:00
            unit  | nowhere   | -          | false  | 2026-11-01 10:00
            unit  | nowhere   | -          | true   | 2026-11-01 11:00
            unit  | cases[a]  | c1         | false  | 2026-11-01 10:00
            unit  | cases[b]  | c1         | true   | 2026-11-01 10:00
            unit  | later     | c1         | false  | 2026-11-01 12:00
            unit  | later     | c1         | true   | 2026-11-01 12:00:01
            other | broken    | c1         | true   | 2026-10-20 11:00
            gone  | flaky     | c1         | true   | 2026-10-02 12:00
        """,
        )
        assert read(m.FLAKY_TESTS) == {
            "unit 1d": 1,
            "unit 7d": 2,
            "unit 30d": 2,
            "other 1d": 0,
            "other 7d": 0,
            "other 30d": 0,
        }


def test_pass_ratio_and_flaky_tests_agree_with_the_formulas_on_random_rows(
    connection: psycopg.Connection[Any], read: Read
) -> None:
    chance = random.Random(7)
    rows = [
        (
            chance.choice("abcdefghij"),
            chance.choice(["c1", "c2", "c3", "c4", "c5", "c6", None]),
            chance.choice([True, True, True, True, False, None]),
            NOON - timedelta(minutes=chance.randrange(7 * 24 * 60)),
        )
        for _ in range(150)
    ]
    connection.cursor().executemany(
        "INSERT INTO test_execution_metrics (suite, test_name, commit_sha, passed, execution_date)"
        " VALUES ('unit', %s, %s, %s, %s)",
        rows,
    )
    found = flaky(row[:3] for row in rows)
    assert 0 < len(found) < 10
    assert read(m.FLAKY_TESTS)["unit 7d"] == len(found)
    assert read(m.TEST_PASS_RATIO)["unit 7d"] == pytest.approx(pass_ratio(passed for _, _, passed, _ in rows))
