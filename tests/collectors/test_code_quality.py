"""The queries of code quality against small tables whose answers are worked out by hand."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from collectors import SqlCollector
from metrics import code_quality as m
from metrics.catalogue import domains

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["code_quality"]) == 5
    assert all(read(metric) == {} for metric in domains()["code_quality"])


class TestCoverage:
    def test_the_newest_report_counts_and_the_project_is_weighted_by_lines(self, insert: Insert, read: Read) -> None:
        """Naive: the mean of both components would be 0.7, and that of all rows something else again."""
        insert(
            "code_metrics",
            """
            project | component | metric_type   | coverage_percentage | metric_value | timestamp
            shop    | web       | test_coverage | 10                  | 900          | 2026-10-30 12:00
            shop    | web       | test_coverage | 90                  | 3000         | 2026-11-01 12:00
            shop    | api       | test_coverage | 50                  | 1000         | 2026-10-01 12:00
            shop    | web       | test_coverage | 20                  | 9000         | 2026-10-31 12:00
            shop    | web       | test_coverage | 5                   | 9000         | 2026-11-01 12:00:01
            shop    | web       | complexity    | -                   | 7            | 2026-11-01 11:00
            shop    | gone      | test_coverage | 0                   | 9000         | 2026-08-03 12:00
        """,
        )
        assert read(m.TEST_COVERAGE) == pytest.approx({"shop web ci": 0.9, "shop api ci": 0.5, "shop all ci": 0.8})

    def test_of_two_reports_of_one_moment_the_later_row_counts(self, insert: Insert, read: Read) -> None:
        insert(
            "code_metrics",
            """
            project | component | metric_type   | coverage_percentage | metric_value | timestamp
            shop    | -         | test_coverage | 70                  | -            | 2026-11-01 11:00
            shop    | -         | test_coverage | 71                  | -            | 2026-11-01 11:00
        """,
        )
        assert read(m.TEST_COVERAGE) == {"shop all ci": 0.71}

    def test_a_component_called_all_is_the_whole_and_no_second_series(
        self, connection: psycopg.Connection[Any], insert: Insert, built_in: tuple[SqlCollector, ...]
    ) -> None:
        insert(
            "code_metrics",
            """
            project | component | metric_type   | coverage_percentage | metric_value | timestamp
            shop    | all       | test_coverage | 80                  | 1000         | 2026-11-01 11:00
            shop    | web       | test_coverage | 50                  | 1000         | 2026-11-01 11:00
        """,
        )
        (query,) = [query for each in built_in for query in each.queries if m.TEST_COVERAGE in query.metrics]
        found = [(reading.labels, reading.value) for _, reading in query.read(connection, [NOON])]
        assert sorted(found) == [(("shop", "all", "ci"), 0.8), (("shop", "web", "ci"), 0.5)]

    def test_the_report_of_the_whole_goes_before_its_components_unless_one_of_them_is_newer(
        self, insert: Insert, read: Read
    ) -> None:
        """`shop` is 10 % by its newest report, not 90 %; nobody knows how much of `mill` its component is."""
        insert(
            "code_metrics",
            """
            project | component | metric_type   | coverage_percentage | metric_value | timestamp
            bank    | -         | test_coverage | 85                  | -            | 2026-10-31 11:00
            bank    | web       | test_coverage | 20                  | 100          | 2026-10-31 11:00
            bank    | api       | test_coverage | 20                  | 100          | 2026-10-30 11:00
            shop    | -         | test_coverage | 90                  | 1000         | 2026-08-10 11:00
            shop    | web       | test_coverage | 10                  | 100          | 2026-10-31 11:00
            mill    | -         | test_coverage | 90                  | -            | 2026-08-10 11:00
            mill    | web       | test_coverage | 10                  | -            | 2026-10-31 11:00
        """,
        )
        components = {"bank web ci": 0.2, "bank api ci": 0.2, "shop web ci": 0.1, "mill web ci": 0.1}
        whole = {"bank all ci": 0.85, "shop all ci": 0.1, "mill all ci": 0.9}
        assert read(m.TEST_COVERAGE) == pytest.approx(components | whole)

    def test_components_without_lines_have_no_weight_and_impossible_ones_no_coverage(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "code_metrics",
            """
            project | component | metric_type   | coverage_percentage | metric_value | timestamp
            shop    | web       | test_coverage | 60                  | 0            | 2026-11-01 11:00
            shop    | api       | test_coverage | 80                  | -            | 2026-11-01 11:00
            bank    | web       | test_coverage | 60                  | 100          | 2026-11-01 11:00
            bank    | web       | test_coverage | 101                 | 100          | 2026-11-01 11:30
            bank    | api       | test_coverage | -                   | 100          | 2026-11-01 11:30
        """,
        )
        assert read(m.TEST_COVERAGE) == {
            "shop web ci": 0.6,
            "shop api ci": 0.8,
            "bank web ci": 0.6,
            "bank all ci": 0.6,
        }

    def test_the_last_run_of_a_suite_tells_its_coverage_whatever_its_size(self, insert: Insert, read: Read) -> None:
        """Naive: a mean over rows counts a run as often as it has tests, here (3 × 60 + 90) ÷ 4."""
        insert(
            "test_execution_metrics",
            """
            suite | test_name | coverage_percentage | execution_date
            unit  | a         | 60                  | 2026-11-01 10:00
            unit  | b         | 60                  | 2026-11-01 10:00
            unit  | c         | 60                  | 2026-11-01 10:00
            unit  | a         | 90                  | 2026-11-01 12:00
            unit  | b         | -                   | 2026-11-01 12:00
            unit  | a         | 10                  | 2026-11-01 12:00:01
            -     | a         | 40                  | 2026-10-01 12:00
            gone  | a         | 40                  | 2026-08-03 12:00
        """,
        )
        assert read(m.TEST_COVERAGE) == {"unknown unit test_run": 0.9, "unknown unknown test_run": 0.4}


class TestFindings:
    def test_each_tool_shows_its_latest_scan_also_on_a_day_without_one(self, insert: Insert, read: Read) -> None:
        """Naive: the findings of today are none on a day without a scan."""
        insert(
            "static_analysis_metrics",
            """
            repo | tool   | rule_id | severity | scan_date
            shop | ruff   | E1      | High     | 2026-10-30
            shop | ruff   | E1      | high     | 2026-10-30
            shop | ruff   | E2      | LOW      | 2026-10-30
            shop | ruff   | E2      | critical | 2026-10-29
            shop | bandit | B1      | medium   | 2026-10-20
            shop | bandit | B2      | critical | 2026-10-19
        """,
        )
        assert read(m.STATIC_ANALYSIS_ISSUES) == {"shop critical": 0, "shop high": 2, "shop medium": 1, "shop low": 1}

    def test_a_scan_that_found_nothing_shows_0_and_not_the_findings_before_it(self, insert: Insert, read: Read) -> None:
        insert(
            "static_analysis_metrics",
            """
            repo | tool | rule_id | severity | scan_date
            shop | -    | E1      | high     | 2026-10-30
            shop | -    | -       | none     | 2026-10-31
            bank | -    | X       | info     | 2026-10-31
        """,
        )
        found = read(m.STATIC_ANALYSIS_ISSUES)
        assert {labels: value for labels, value in found.items() if value} == {"bank info": 1}
        assert len(found) == 2 * 5

    def test_a_scan_counts_once_its_day_is_over_in_the_time_zone_of_the_source(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        insert(
            "static_analysis_metrics",
            """
            repo | severity | scan_date
            shop | high     | 2028-02-29
            old  | high     | 2027-12-02
            gone | high     | 2027-12-01
        """,
        )
        before, after = datetime(2028, 2, 29, 22, 59, tzinfo=UTC), datetime(2028, 2, 29, 23, tzinfo=UTC)
        connection.execute("SET timezone TO 'Europe/Berlin'")
        assert "shop high" not in read(m.STATIC_ANALYSIS_ISSUES, at=before)
        assert read(m.STATIC_ANALYSIS_ISSUES, at=after)["shop high"] == 1
        repos = {labels.split()[0] for labels in read(m.STATIC_ANALYSIS_ISSUES, at=before)}
        assert repos == {"old", "gone"}  # 90 complete days before 29 February begin on 1 December
        assert {labels.split()[0] for labels in read(m.STATIC_ANALYSIS_ISSUES, at=after)} == {"shop", "old"}


def test_the_score_is_the_newest_of_the_whole_repository(insert: Insert, read: Read) -> None:
    insert(
        "code_metrics",
        """
        project | component | metric_type           | metric_value | timestamp
        shop    | -         | static_analysis_score | 70           | 2026-10-31 12:00
        shop    | -         | static_analysis_score | 81.5         | 2026-11-01 12:00
        shop    | -         | static_analysis_score | 10           | 2026-11-01 12:00:01
        shop    | web       | static_analysis_score | 20           | 2026-11-01 12:00
        bank    | -         | static_analysis_score | 101          | 2026-11-01 12:00
        gone    | -         | static_analysis_score | 50           | 2026-08-03 12:00
        ops     | all       | static_analysis_score | 60           | 2026-11-01 12:00
    """,
    )
    assert read(m.STATIC_ANALYSIS_SCORE) == {"shop": 81.5, "ops": 60}


class TestDebt:
    def test_the_newest_values_are_added_up_not_rows_counted(self, insert: Insert, read: Read) -> None:
        """Naive: rows of one type divided by rows of the other are 3 ÷ 2 here, and 1 as whole numbers."""
        insert(
            "code_metrics",
            """
            project | component | metric_type          | metric_value | timestamp
            shop    | web       | technical_debt       | 900          | 2026-10-31 12:00
            shop    | web       | technical_debt       | 100          | 2026-11-01 12:00
            shop    | web       | total_lines          | 1000         | 2026-10-30 12:00
            shop    | api       | technical_debt       | 500          | 2026-11-01 11:00
            shop    | api       | total_lines          | 9000         | 2026-11-01 11:00
            shop    | web       | technical_debt_hours | 100          | 2026-11-01 11:00
            shop    | api       | technical_debt_hours | 24           | 2026-11-01 11:00
            shop    | api       | technical_debt_hours | 99           | 2026-11-01 12:00:01
            shop    | gone      | technical_debt_hours | 99           | 2026-08-03 12:00
        """,
        )
        assert read(m.TECHNICAL_DEBT_RATIO) == pytest.approx({"shop": 0.06})
        assert read(m.TECHNICAL_DEBT_REMEDIATION) == {"shop": 124 * 3600}

    @pytest.mark.parametrize("whole", ["-", "all"])
    def test_the_whole_goes_before_its_parts_and_is_not_added_to_them(
        self, insert: Insert, read: Read, whole: str
    ) -> None:
        insert(
            "code_metrics",
            f"""
            project | component | metric_type          | metric_value | timestamp
            shop    | {whole}   | technical_debt       | 100          | 2026-11-01 12:00
            shop    | {whole}   | total_lines          | 1000         | 2026-11-01 12:00
            shop    | {whole}   | technical_debt_hours | 10           | 2026-11-01 12:00
            shop    | web       | technical_debt       | 900          | 2026-11-01 12:00
            shop    | web       | total_lines          | 1000         | 2026-11-01 12:00
            shop    | web       | technical_debt_hours | 90           | 2026-11-01 12:00
        """,
        )
        assert read(m.TECHNICAL_DEBT_RATIO) == {"shop": 0.1}
        assert read(m.TECHNICAL_DEBT_REMEDIATION) == {"shop": 36000}

    def test_components_that_were_measured_after_the_whole_go_before_it(self, insert: Insert, read: Read) -> None:
        """A quarter of `shop` is debt; its effort was measured as a whole only. Of `bank` the whole is newer, of `mill`
        one component is newer that has no lines.
        """
        insert(
            "code_metrics",
            """
            project | component | metric_type          | metric_value | timestamp
            shop    | -         | technical_debt       | 10           | 2026-08-10
            shop    | -         | total_lines          | 1000         | 2026-11-01
            shop    | -         | technical_debt_hours | 10           | 2026-08-10
            shop    | web       | technical_debt       | 200          | 2026-10-31
            shop    | web       | total_lines          | 600          | 2026-09-01
            shop    | api       | technical_debt       | 50           | 2026-08-09
            shop    | api       | total_lines          | 400          | 2026-09-01
            bank    | -         | technical_debt_hours | 10           | 2026-10-31
            bank    | web       | technical_debt_hours | 20           | 2026-10-30
            mill    | -         | technical_debt       | 10           | 2026-08-10
            mill    | -         | total_lines          | 1000         | 2026-08-10
            mill    | -         | technical_debt_hours | 10           | 2026-08-10
            mill    | web       | technical_debt       | 200          | 2026-10-31
            mill    | web       | technical_debt_hours | 30           | 2026-10-31
            mill    | api       | technical_debt_hours | 2            | 2026-08-09
        """,
        )
        assert read(m.TECHNICAL_DEBT_RATIO) == pytest.approx({"shop": 0.25, "mill": 0.01})
        assert read(m.TECHNICAL_DEBT_REMEDIATION) == {"shop": 10 * 3600, "bank": 10 * 3600, "mill": 32 * 3600}

    def test_a_ratio_needs_both_values_of_a_component_and_stays_below_1(self, insert: Insert, read: Read) -> None:
        insert(
            "code_metrics",
            """
            project | component | metric_type    | metric_value | timestamp
            shop    | web       | technical_debt | 100          | 2026-11-01 12:00
            shop    | api       | total_lines    | 1000         | 2026-11-01 12:00
            bank    | web       | technical_debt | 10           | 2026-11-01 12:00
            bank    | web       | total_lines    | 0            | 2026-11-01 12:00
            mill    | web       | technical_debt | 300          | 2026-11-01 12:00
            mill    | web       | total_lines    | 200          | 2026-11-01 12:00
            farm    | web       | technical_debt | 0            | 2026-11-01 12:00
            farm    | web       | total_lines    | 200          | 2026-11-01 12:00
            farm    | api       | technical_debt | 100          | 2026-11-01 12:00
            farm    | app       | total_lines    | 100          | 2026-11-01 12:00
        """,
        )
        assert read(m.TECHNICAL_DEBT_RATIO) == {"mill": 1, "farm": 0}
