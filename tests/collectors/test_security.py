"""The queries of security against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from metrics import HistogramState
from metrics import security as m
from metrics.catalogue import domains, inputs
from metrics.security_score import security_score

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = 86400
PATCHES = """
    asset | severity | status   | discovered_at    | patch_due_at        | fixed_at         | accepted_at
    web   | High     | fixed    | 2026-10-01       | 2026-11-01 12:00    | 2026-11-01 12:00 | -
    web   | high     | fixed    | 2026-10-01       | 2026-10-20          | 2026-10-20 00:01 | -
    web   | high     | fixed    | 2026-07-01       | 2026-08-03 12:00:01 | 2026-08-01       | -
    web   | high     | fixed    | 2026-07-01       | 2026-08-03 12:00    | 2026-08-01       | -
    web   | high     | open     | 2026-01-01       | 2026-02-01          | -                | -
    web   | high     | fixed    | 2026-01-01       | 2026-02-01          | 2026-11-01 12:00 | -
    web   | high     | accepted | 2026-01-01       | 2026-02-01          | -                | 2026-11-01 12:00
    web   | high     | accepted | 2026-10-01       | 2026-10-20          | -                | 2026-10-20
    web   | high     | accepted | 2026-10-01       | 2026-10-20          | -                | 2026-10-21
    web   | high     | fixed    | 2026-10-01       | 2026-11-01 12:00:01 | 2026-10-02       | -
    web   | high     | fixed    | 2026-10-01       | -                   | 2026-10-02       | -
    web   | high     | open     | 2026-11-01 13:00 | 2026-10-01          | -                | -
    db    | low      | open     | 2026-10-01       | 2026-10-20          | -                | -
    db    | medium   | open     | 2026-10-01       | 2026-12-01          | -                | -
"""
REVIEWS = """
    system_name | due_at              | completed_at
    payroll     | 2026-11-01 12:00    | 2026-11-01 12:00
    payroll     | 2026-10-01          | 2026-10-02
    payroll     | 2026-10-15          | 2026-11-01 12:01
    payroll     | 2025-11-01 12:00    | 2025-10-01
    payroll     | 2025-06-01          | -
    payroll     | 2025-06-01          | 2026-11-01 12:00
    payroll     | 2026-11-01 12:00:01 | -
    github      | 2025-11-01 12:00:01 | 2025-11-01
    cloud       | 2026-12-01          | 2026-10-01
"""
TRAININGS = """
    course   | category | person_ref | due_at              | completed_at
    phishing | security | p1         | 2026-11-01 12:00    | 2026-11-01 12:00
    phishing | security | p2         | 2026-10-01          | 2026-10-20
    phishing | security | p3         | 2026-10-01          | 2026-11-01 12:01
    phishing | security | p4         | 2025-11-01 12:00    | -
    phishing | security | p5         | 2026-11-01 12:00:01 | 2026-10-01
    phishing | security | p6         | -                   | 2026-10-01
    writing  | skills   | p1         | 2026-10-01          | 2026-10-01
    secrets  | security | p1         | 2025-11-01 12:00:01 | -
"""


def test_empty_tables_give_no_readings(read: Read) -> None:
    assert len(domains()["security"]) == 18
    assert len(inputs()["security"]) == 2
    assert all(read(metric) == {} for metric in domains()["security"])


class TestVulnerabilities:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "vulnerabilities",
            """
            asset | source  | severity | status | discovered_at    | fixed_at         | patch_due_at
            web   | scan    | High     | fixed  | 2026-10-01       | 2026-11-01 12:01 | 2026-11-01 12:00
            web   | scan    | HIGH     | open   | 2026-10-02       | -                | 2026-11-01 12:01
            web   | scan    | high     | open   | 2026-11-01 12:00 | -                | -
            web   | scan    | high     | open   | 2026-11-01 13:00 | -                | -
            db    | scan    | low      | fixed  | 2026-10-01       | 2026-11-01 11:30 | 2026-10-15
            web   | pentest | critical | open   | 2025-01-01       | -                | 2025-02-01
            web   | pentest | medium   | fixed  | 2026-10-30       | 2026-10-31       | 2026-12-01
            web   | pentest | medium   | fixed  | 2026-10-31       | 2026-10-30       | 2026-12-01
        """,
        )
        insert(
            "vulnerabilities",
            """
            asset | source  | severity | status   | discovered_at | accepted_at      | patch_due_at
            db    | scan    | low      | accepted | 2026-06-01    | 2026-11-01 12:00 | 2026-10-15
            db    | bounty  | low      | accepted | 2026-10-01    | 2026-11-01 12:01 | 2026-10-15
        """,
        )

    def test_open_is_what_was_found_and_neither_fixed_nor_accepted_yet(self, read: Read) -> None:
        assert read(m.VULNERABILITIES_OPEN) == {
            "scan high": 3,
            "scan low": 0,
            "bounty low": 1,
            "pentest critical": 1,
            "pentest medium": 0,
        }

    def test_overdue_are_those_that_are_open_when_the_patch_is_due(self, read: Read) -> None:
        assert read(m.VULNERABILITIES_OVERDUE) == {
            "scan high": 1,
            "scan low": 0,
            "bounty low": 1,
            "pentest critical": 1,
            "pentest medium": 0,
        }

    def test_findings_of_penetration_tests_are_told_apart(self, read: Read) -> None:
        assert read(m.PENETRATION_TEST_FINDINGS) == {"critical": 1, "medium": 0}

    def test_findings_of_penetration_tests_are_those_of_the_moment(self, insert: Insert, read: Read) -> None:
        insert(
            "vulnerabilities",
            """
            asset | source  | severity | status   | discovered_at    | fixed_at         | accepted_at
            web   | pentest | Low      | fixed    | 2026-10-01       | 2026-11-01 12:01 | -
            web   | pentest | low      | fixed    | 2026-10-01       | 2026-11-01 12:00 | -
            web   | pentest | low      | accepted | 2026-10-01       | -                | 2026-11-01 12:01
            web   | pentest | low      | accepted | 2026-10-01       | -                | 2026-11-01 12:00
            web   | pentest | low      | open     | 2026-11-01 12:00 | -                | -
            web   | pentest | low      | open     | 2026-11-01 12:01 | -                | -
        """,
        )
        assert read(m.PENETRATION_TEST_FINDINGS)["low"] == 3

    def test_the_past_does_not_know_what_was_fixed_later(self, read: Read) -> None:
        assert read(m.VULNERABILITIES_OPEN, datetime(2026, 10, 10, tzinfo=UTC)) == {
            "scan high": 2,
            "scan low": 2,
            "bounty low": 1,
            "pentest critical": 1,
        }

    def test_discoveries_are_counted_up_to_half_an_hour_ago(self, read: Read) -> None:
        assert read(m.VULNERABILITIES_FOUND) == {
            "scan high": 2,
            "scan low": 1,
            "bounty low": 1,
            "pentest medium": 2,
        }

    def test_fix_times_end_with_the_fix_and_are_never_negative(self, read: Read) -> None:
        assert [bound / DAY for bound in m.VULNERABILITY_FIX_TIME.buckets] == [1, 3, 7, 14, 30, 60, 90, 180]
        assert read(m.VULNERABILITY_FIX_TIME) == {
            "low": HistogramState((0, 0, 0, 0, 0, 1, 1, 1, 1), 31 * DAY + 11.5 * 3600),
            "medium": HistogramState((1, 1, 1, 1, 1, 1, 1, 1, 1), DAY),
        }


def test_patches_count_when_they_are_due_and_those_that_are_long_missing_too(insert: Insert, read: Read) -> None:
    insert(
        "vulnerabilities",
        PATCHES,
    )
    assert read(m.PATCH_COMPLIANCE) == pytest.approx({"high": 2 / 5, "low": 0})


def test_an_incident_of_security_counts_when_it_is_detected(insert: Insert, read: Read) -> None:
    insert(
        "incidents",
        """
        kind        | severity | started_at       | detected_at
        security    | Low      | 2026-03-01       | 2026-11-01 11:30
        security    | low      | 2026-10-01       | 2026-10-01 00:10
        security    | medium   | 2026-11-01 11:00 | -
        security    | high     | 2026-11-01 11:00 | 2026-11-01 11:30:01
        reliability | low      | 2026-11-01 11:00 | 2026-11-01 11:01
    """,
    )
    assert read(m.SECURITY_INCIDENTS) == {"low": 2, "medium": 1}  # the medium one was detected at once


def test_what_was_accepted_before_it_was_fixed_tells_no_fix_time(insert: Insert, read: Read) -> None:
    insert(
        "vulnerabilities",
        """
        asset | severity | status | discovered_at | fixed_at   | accepted_at
        web   | low      | fixed  | 2026-01-01    | 2026-10-01 | 2026-01-02
        web   | low      | fixed  | 2026-09-29    | 2026-10-01 | 2026-10-02
    """,
    )
    assert read(m.VULNERABILITY_FIX_TIME)["low"].sum == 2 * DAY


class TestAccessReviews:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "access_reviews",
            REVIEWS,
        )

    def test_those_due_in_a_year_count_and_those_that_are_long_missing_too(self, read: Read) -> None:
        assert read(m.ACCESS_REVIEWS_COMPLETED) == pytest.approx({"payroll": 1 / 4, "github": 1})

    def test_overdue_are_those_that_nobody_has_completed_yet(self, read: Read) -> None:
        assert read(m.ACCESS_REVIEWS_OVERDUE) == {"payroll": 2, "github": 0}


def test_training_counts_once_it_is_due_and_late_completion_is_completion(insert: Insert, read: Read) -> None:
    insert(
        "training_assignments",
        TRAININGS,
    )
    assert read(m.SECURITY_TRAINING_COMPLETED) == pytest.approx({"phishing": 2 / 3, "secrets": 0})


class TestCompliance:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "compliance_controls",
            """
            framework | control_id | status         | last_assessed_at
            ISO 27001 | A.5        | failing        | 2026-01-01
            ISO 27001 | A.5        | passing        | 2026-11-01 12:00
            ISO 27001 | A.6        | passing        | 2026-01-01
            ISO 27001 | A.6        | failing        | 2026-10-01
            ISO 27001 | A.6        | passing        | 2026-11-01 12:01
            ISO 27001 | A.7        | passing        | 2024-01-01
            ISO 27001 | A.8        | failing        | 2026-01-01
            ISO 27001 | A.8        | not_applicable | 2026-02-01
            SOC 2     | A.5        | failing        | 2026-02-01
            GDPR      | 32         | not_applicable | 2026-02-01
        """,
        )

    def test_a_control_counts_once_by_its_newest_assessment(self, read: Read) -> None:
        assert read(m.COMPLIANCE_SCORE) == pytest.approx({"ISO 27001": 2 / 3, "SOC 2": 0})

    def test_violations_are_controls_that_fail_now(self, read: Read) -> None:
        assert read(m.COMPLIANCE_VIOLATIONS) == {"ISO 27001": 1, "SOC 2": 1, "GDPR": 0}


class TestScore:
    def test_it_is_the_mean_of_the_parts_that_have_data(self, insert: Insert, read: Read) -> None:
        insert(
            "ci_builds",
            """
            repo | branch | stage         | status    | started_at | finished_at
            web  | main   | security_scan | success   | 2026-10-01 | 2026-11-01 12:00
            web  | main   | security_scan | success   | 2026-10-01 | 2026-10-02 12:00:01
            web  | main   | security_scan | success   | 2026-10-01 | 2026-10-20
            web  | main   | security_scan | failure   | 2026-10-01 | 2026-10-20
            web  | main   | security_scan | failure   | 2026-10-01 | 2026-10-02 12:00
            web  | main   | security_scan | failure   | 2026-10-01 | 2026-11-01 12:00:01
            web  | main   | security_scan | cancelled | 2026-10-01 | 2026-10-20
            web  | main   | build         | failure   | 2026-10-01 | 2026-10-20
        """,
        )
        assert read(m.SECURITY_SCORE) == {"company": 75}
        insert(
            "access_reviews",
            """
            system_name | due_at     | completed_at
            payroll     | 2026-10-01 | 2026-10-02
            github      | 2026-10-01 | 2026-10-01
        """,
        )
        assert read(m.SECURITY_SCORE) == {"company": 62.5}  # (75 + 50) ÷ 2

    def test_its_parts_are_what_they_are_by_themselves(self, insert: Insert, read: Read) -> None:
        insert("vulnerabilities", PATCHES)
        insert("access_reviews", REVIEWS)
        insert("training_assignments", TRAININGS)
        assert read(m.SECURITY_SCORE) == pytest.approx({"company": 100 * (2 / 6 + 2 / 5 + 2 / 4) / 3})

    def test_it_agrees_with_the_formula_on_random_rows(self, connection: psycopg.Connection[Any], read: Read) -> None:
        chance = random.Random(7)

        def moments() -> tuple[datetime, datetime | None]:
            due = NOON - timedelta(days=chance.randrange(1, 25))
            return due, chance.choice([None, due - timedelta(days=1), due + timedelta(hours=12)])

        patches, trainings, reviews = ([moments() for _ in range(40)] for _ in range(3))
        scans = [chance.choice(["success", "success", "failure"]) for _ in range(40)]
        cursor = connection.cursor()
        cursor.executemany(
            """INSERT INTO vulnerabilities (vulnerability_id, asset, severity, status, discovered_at, patch_due_at,
               fixed_at) VALUES (gen_random_uuid(), 'web', 'low', 'open', '2026-01-01', %s, %s)""",
            patches,
        )
        cursor.executemany(
            """INSERT INTO training_assignments (assignment_id, course, person_ref, due_at, completed_at)
               VALUES (gen_random_uuid(), 'phishing', 'p1', %s, %s)""",
            trainings,
        )
        cursor.executemany(
            """INSERT INTO access_reviews (review_id, system_name, due_at, completed_at)
               VALUES (gen_random_uuid(), 'web', %s, %s)""",
            reviews,
        )
        cursor.executemany(
            """INSERT INTO ci_builds (build_id, repo, branch, stage, status, started_at, finished_at)
               VALUES (gen_random_uuid(), 'web', 'main', 'security_scan', %s, '2026-10-20', '2026-10-20')""",
            [(status,) for status in scans],
        )
        expected = security_score(
            sum(done is not None and done <= due for due, done in patches) / 40,
            scans.count("success") / 40,
            sum(done is not None for _, done in trainings) / 40,
            sum(done is not None and done <= due for due, done in reviews) / 40,
        )
        assert read(m.SECURITY_SCORE) == pytest.approx({"company": expected})


class TestFraud:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "payment_metrics",
            """
            user_id | payment_amount | status    | fraud_score | payment_date
            u1      | 10             | completed | 69.99       | 2026-11-01 12:00
            u1      | 10             | failed    | 70          | 2026-11-01 11:00
            u1      | 10             | pending   | 85          | 2026-11-01 11:00
            u1      | 10             | refunded  | 95          | 2026-10-31 12:00:01
            u1      | 10             | completed | -           | 2026-11-01 11:00
            u1      | 10             | completed | 99          | 2026-10-31 12:00
            u1      | 10             | completed | 99          | 2026-11-01 12:00:01
        """,
        )

    def test_a_payment_counts_for_each_threshold_that_it_reaches(self, read: Read) -> None:
        assert read(m.PAYMENT_FRAUD_FLAGGED) == {"review": 0.75, "risk": 0.5, "block": 0.25}
        assert read(m.PAYMENTS_FRAUD_FLAGGED) == {"review": 3, "risk": 2, "block": 1}

    def test_without_a_scored_payment_there_is_no_ratio(self, read: Read) -> None:
        assert read(m.PAYMENT_FRAUD_FLAGGED, NOON - timedelta(days=30)) == {}


def test_accounts_with_a_second_factor_are_a_share_of_those_in_use(insert: Insert, read: Read) -> None:
    insert(
        "users",
        """
        user_type | created_at          | deactivated_at      | mfa_enabled_at
        creator   | 2026-11-01 12:00    | -                   | 2026-11-01 12:00
        creator   | 2026-10-01          | 2026-11-01 12:00:01 | -
        creator   | 2026-10-01          | -                   | 2026-11-01 12:00:01
        creator   | 2026-10-01          | 2026-11-01 12:00    | 2026-10-02
        creator   | 2026-11-01 12:00:01 | -                   | 2026-11-01 12:00:01
        viewer    | 2026-10-01          | -                   | -
        staff     | 2026-10-01          | 2026-10-02          | -
    """,
    )
    assert read(m.MFA_ENABLED) == pytest.approx({"creator": 1 / 3, "viewer": 0})


class TestRecurringChecks:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "recurring_checks",
            """
            kind   | target  | finished_at         | success
            backup | shop    | 2026-10-30          | true
            backup | shop    | 2026-11-01 12:00    | true
            backup | shop    | 2026-11-01 12:00:01 | false
            backup | ledger  | 2026-10-29          | false
            backup | ledger  | 2026-10-30          | true
            backup | ledger  | 2026-10-31          | false
            backup | ledger  | 2026-11-01          | false
            scan   | shop    | 2026-08-03 12:00:01 | false
            scan   | shop    | 2026-08-03 12:00    | true
            scan   | retired | 2026-08-03 12:00    | true
            scan   | mail    | 2026-08-01          | true
            scan   | mail    | 2026-08-02          | false
            scan   | mail    | 2026-10-30          | false
            scan   | mail    | 2026-11-01 12:00:01 | true
            scan   | never   | 2026-10-30          | false
        """,
        )

    def test_the_last_success_is_told_and_not_the_last_try(self, read: Read) -> None:
        assert read(m.RECURRING_CHECK_SUCCESS) == {
            "backup shop": NOON.timestamp(),
            "backup ledger": datetime(2026, 10, 30, tzinfo=UTC).timestamp(),
            # The last try has to be of 90 days, the last success has not: it is what an alert waits for.
            "scan shop": datetime(2026, 8, 3, 12, tzinfo=UTC).timestamp(),
            "scan mail": datetime(2026, 8, 1, tzinfo=UTC).timestamp(),
        }

    def test_failures_since_then_are_counted_also_where_nothing_ever_succeeded(self, read: Read) -> None:
        assert read(m.RECURRING_CHECK_FAILURES) == {
            "backup shop": 0,
            "backup ledger": 2,
            "scan shop": 1,
            "scan mail": 1,
            "scan never": 1,
        }
