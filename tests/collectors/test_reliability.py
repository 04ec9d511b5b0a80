"""The queries of reliability against small tables whose answers are worked out by hand."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from collectors import Run, SqlCollector
from collectors.errors import PresentOnly
from metrics import HistogramState
from metrics import reliability as m
from metrics.catalogue import domains
from metrics.error_budget import compliance
from metrics.time_between_failures import mean_time_between_failures

Insert = Callable[[str, str], None]
Read = Callable[..., dict[str, Any]]

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = 86_400.0


def test_empty_tables_give_no_readings_but_that_no_alert_fires(read: Read) -> None:
    assert read(m.ALERTS_FIRING) == {"critical": 0, "warning": 0, "info": 0}
    rest = [metric for metric in domains()["reliability"] if metric is not m.ALERTS_FIRING]
    assert all(read(metric) == {} for metric in rest)


class TestUptime:
    def test_it_is_the_share_of_answered_probes_and_a_bound_of_the_window_is_the_start_of_the_next(
        self, insert: Insert, read: Read
    ) -> None:
        insert(
            "uptime_probes",
            """
            service | probed_at               | success
            shop    | 2026-11-01 12:00        | true
            shop    | 2026-11-01 11:45:00.001 | false
            shop    | 2026-11-01 11:45        | true
            shop    | 2026-10-31 12:00        | false
            shop    | 2026-11-01 12:00:00.001 | false
            shop    | 2026-10-02 12:00        | false
            auth    | 2026-10-25 12:00:01     | true
        """,
        )
        assert read(m.SERVICE_UPTIME) == pytest.approx(
            {
                "shop 1d": 2 / 3,
                "shop 7d": 2 / 4,
                "shop 30d": 2 / 4,
                "auth 7d": 1,
                "auth 30d": 1,
            }
        )
        failed = {"shop 1d": 1, "shop 7d": 2, "shop 30d": 2, "auth 7d": 0, "auth 30d": 0}
        assert read(m.FAILED_PROBES) == failed
        assert read(m.RECENT_UPTIME) == {"shop": 0.5}
        assert read(m.RECENT_FAILED_PROBES) == {"shop": 1}

    def test_days_of_different_length_weigh_as_many_probes_as_they_have(self, insert: Insert, read: Read) -> None:
        insert(
            "uptime_probes",
            """
            service | probed_at        | success
            shop    | 2026-11-01 11:00 | false
            shop    | 2026-10-30 11:00 | true
            shop    | 2026-10-30 11:05 | true
            shop    | 2026-10-30 11:10 | true
        """,
        )
        assert read(m.SERVICE_UPTIME)["shop 7d"] == 0.75  # the mean of the two days is 0.5

    def test_it_agrees_with_the_formula_on_random_rows(self, connection: psycopg.Connection[Any], read: Read) -> None:
        chance = random.Random(3)
        rows = [(NOON - timedelta(minutes=n), chance.random() < 0.9) for n in range(1000)]
        connection.cursor().executemany(
            "INSERT INTO uptime_probes (service, probed_at, success) VALUES ('shop', %s, %s)", rows
        )
        expected = compliance(sum(success for _, success in rows), len(rows))
        assert read(m.SERVICE_UPTIME)["shop 1d"] == pytest.approx(expected)


class TestSla:
    @pytest.fixture(autouse=True)
    def targets(self, insert: Insert) -> None:
        insert(
            "slo_targets",
            """
            slo_id | service | sli          | objective | threshold_seconds | agreed_at
            a      | shop    | availability | 0.999     | -                 | 2026-01-01
            b      | shop    | latency      | 0.5       | 0.2               | 2026-01-01
            c      | shop    | error_rate   | 0.75      | -                 | 2026-01-01
            d      | auth    | availability | 0.5       | -                 | 2026-11-01 12:00:01
            e      | auth    | latency      | 0.5       | -                 | 2026-01-01
        """,
        )

    def test_slots_of_five_minutes_count_and_not_probes(self, insert: Insert, read: Read) -> None:
        """Slots end at noon, 11:55 and 11:50; in the first a probe failed, the third has none."""
        insert(
            "uptime_probes",
            """
            service | probed_at               | success
            shop    | 2026-11-01 12:00        | true
            shop    | 2026-11-01 11:59        | true
            shop    | 2026-11-01 11:58        | true
            shop    | 2026-11-01 11:55:00.001 | false
            shop    | 2026-11-01 11:55        | true
            shop    | 2026-11-01 11:42        | true
            shop    | 2026-10-31 12:00:00.001 | true
            shop    | 2026-10-31 12:00        | false
            auth    | 2026-11-01 12:00        | true
        """,
        )
        assert read(m.SLA_COMPLIANCE) == pytest.approx(
            {"shop availability 1d": 3 / 4, "shop availability 7d": 3 / 5, "shop availability 30d": 3 / 5}
        )

    def test_requests_are_fast_enough_at_the_threshold_and_fail_from_500_on(self, insert: Insert, read: Read) -> None:
        insert(
            "api_metrics",
            """
            time                    | service | response_time_ms | status_code
            2026-11-01 12:00        | shop    | 200              | 200
            2026-11-01 11:55:00.001 | shop    | 200.001          | 499
            2026-11-01 11:55        | shop    | 9000             | 500
            2026-11-01 11:54        | shop    | 100              | -
            2026-11-01 11:54        | shop    | 9000             | 404
            2026-11-01 11:54        | shop    | 9000             | 200
            2026-10-28 11:54        | shop    | 9000             | 500
            2026-11-01 11:54        | auth    | 10               | 500
            2026-11-01 11:54        | news    | 10               | 500
        """,
        )
        assert read(m.SLA_COMPLIANCE) == pytest.approx(
            {
                "shop latency 1d": 1 / 2,  # 1 of 2, and 1 of 4: at least 0.5 is met
                "shop latency 7d": 1 / 3,
                "shop latency 30d": 1 / 3,
                "shop error_rate 1d": 1,  # 2 of 2, and 3 of 4
                "shop error_rate 7d": 2 / 3,
                "shop error_rate 30d": 2 / 3,
            }
        )

    def test_with_two_targets_of_a_kind_a_slot_has_to_meet_both(self, insert: Insert, read: Read) -> None:
        insert(
            "slo_targets",
            "slo_id | service | sli | objective | agreed_at\nf | shop | availability | 0.3 | 2026-01-01",
        )
        insert(
            "uptime_probes",
            """
            service | probed_at        | success
            shop    | 2026-11-01 12:00 | true
            shop    | 2026-11-01 11:59 | false
            shop    | 2026-11-01 11:54 | true
        """,
        )
        assert read(m.SLA_COMPLIANCE)["shop availability 1d"] == 0.5

    def test_each_target_for_latency_has_a_threshold_of_its_own(self, insert: Insert, read: Read) -> None:
        """Half have to take 0.2 s at most and three of four 0.4 s: the first slot does, the second does not."""
        insert(
            "slo_targets",
            """
            slo_id | service | sli        | objective | threshold_seconds | agreed_at
            f      | shop    | latency    | 0.75      | 0.4               | 2026-01-01
            g      | news    | error_rate | 0.5       | -                 | 2026-01-01
        """,
        )
        insert(
            "api_metrics",
            """
            time             | service | response_time_ms | status_code
            2026-11-01 12:00 | shop    | 200              | 200
            2026-11-01 12:00 | shop    | 200              | 500
            2026-11-01 12:00 | shop    | 400              | 500
            2026-11-01 12:00 | shop    | 401              | 200
            2026-11-01 11:54 | shop    | 200              | 200
            2026-11-01 11:54 | shop    | 401              | 200
            2026-11-01 11:54 | news    | 401              | 200
            2026-11-01 11:54 | news    | 401              | 500
        """,
        )
        compliance_of_a_day = {key: value for key, value in read(m.SLA_COMPLIANCE).items() if key.endswith("1d")}
        assert compliance_of_a_day == {"shop latency 1d": 0.5, "shop error_rate 1d": 0.5, "news error_rate 1d": 1}

    def test_days_of_25_hours_belong_to_the_window(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        connection.execute("SET timezone TO 'Europe/Berlin'")
        insert("uptime_probes", "service | probed_at | success\nshop | 2026-10-02 11:30Z | true")
        assert read(m.SERVICE_UPTIME) == {"shop 30d": 1}
        assert read(m.SLA_COMPLIANCE) == {"shop availability 30d": 1}


class TestIncidents:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        """Counters read up to half an hour before noon, and 30 days back."""
        insert(
            "incidents",
            """
            service | severity | started_at       | detected_at      | acknowledged_at  | resolved_at
            shop    | Critical | 2026-11-01 09:00 | 2026-11-01 09:10 | 2026-11-01 09:12 | -
            shop    | critical | 2026-11-01 08:00 | 2026-11-01 08:01 | 2026-11-01 08:06 | 2026-11-01 08:20
            shop    | critical | 2026-10-31 08:00 | -                | 2026-10-31 08:05 | 2026-10-31 09:00:00.001
            shop    | critical | 2026-11-01 08:50 | 2026-11-01 12:01 | -                | -
            auth    | low      | 2026-07-01 08:00 | 2026-07-01 08:00 | -                | -
            auth    | medium   | 2026-06-01 08:00 | 2026-06-01 08:00 | -                | 2026-07-01 08:00
            auth    | high     | 2026-11-01 10:00 | 2026-11-01 10:00 | -                | 2026-11-01 12:00
            auth    | high     | 2026-11-01 11:00 | 2026-11-01 12:00 | -                | 2026-11-01 12:00:00.001
            news    | low      | 2026-11-01 11:20 | 2026-11-01 11:30 | 2026-11-01 11:30 | 2026-11-01 11:30
            docs    | low      | 2026-11-01 11:20 | 2026-11-01 11:31 | 2026-11-01 11:31 | 2026-11-01 11:31
            -       | low      | 2026-11-01 10:00 | 2026-11-01 10:02 | 2026-11-01 10:01 | 2026-11-01 09:00
        """,
        )
        insert(
            "incidents",
            """
            service | severity | kind     | started_at       | detected_at      | acknowledged_at  | resolved_at
            shop    | critical | security | 2026-11-01 09:00 | 2026-11-01 09:10 | 2026-11-01 09:12 | 2026-11-01 09:20
            shop    | critical | security | 2026-11-01 09:00 | 2026-11-01 09:10 | -                | -
        """,
        )

    def test_incidents_count_when_they_are_noticed_whatever_case_the_severity_has(self, read: Read) -> None:
        assert read(m.INCIDENTS) == {"shop critical": 3, "auth high": 1, "news low": 1, "unknown low": 1}

    def test_what_a_tracker_hands_over_within_half_an_hour_is_not_lost(self, read: Read) -> None:
        """The one of docs was noticed at 11:31: at noon there is a minute left to write it down."""
        noticed = {"shop critical": 3, "auth high": 1, "news low": 1, "docs low": 1, "unknown low": 1}
        assert read(m.INCIDENTS, at=datetime(2026, 11, 1, 12, 1, tzinfo=UTC)) == noticed
        later = datetime(2026, 11, 1, 12, 31, tzinfo=UTC)
        assert read(m.INCIDENTS, at=later) == {**noticed, "shop critical": 4, "auth high": 2}

    def test_open_is_what_was_noticed_and_not_resolved_yet(self, read: Read) -> None:
        ended = {"news low": 0, "docs low": 0, "unknown low": 0}
        assert read(m.INCIDENTS_OPEN) == {"shop critical": 1, "auth low": 1, "auth high": 1, **ended}
        assert read(m.INCIDENTS_UNACKNOWLEDGED) == {"shop critical": 0, "auth low": 1, "auth high": 1, **ended}
        assert read(m.OLDEST_OPEN_INCIDENT) == {
            "shop critical": 3 * 3600,
            "auth low": 123 * DAY + 4 * 3600,
            "auth high": 3600,
            **ended,
        }

    def test_a_past_moment_is_seen_as_it_was_then(self, read: Read) -> None:
        then = datetime(2026, 11, 1, 8, 3, tzinfo=UTC)
        assert read(m.INCIDENTS_OPEN, at=then) == {"shop critical": 1, "auth low": 1}
        assert read(m.INCIDENTS_UNACKNOWLEDGED, at=then) == {"shop critical": 1, "auth low": 1}
        assert read(m.OLDEST_OPEN_INCIDENT, at=then) == {"shop critical": 180, "auth low": 123 * DAY + 180}

    def test_time_to_resolve_counts_from_the_beginning(self, read: Read) -> None:
        assert read(m.INCIDENT_RESOLUTION_TIME) == {
            "shop critical": HistogramState((0, 0, 1, 1, 2, 2, 2, 2, 2, 2), 1200 + 3600.001),
            "news low": HistogramState((0, 1, 1, 1, 1, 1, 1, 1, 1, 1), 600),
            "unknown low": HistogramState((0,) * 10, 0),  # it ended before it began
        }

    def test_time_to_acknowledge_counts_from_when_it_was_noticed(self, read: Read) -> None:
        """One that has no moment for that was noticed at once: its 5 minutes count from its beginning."""
        assert read(m.INCIDENT_ACKNOWLEDGE_TIME) == {
            "shop critical": HistogramState((0, 1, 3, 3, 3, 3, 3, 3, 3), 120 + 300 + 300),
            "news low": HistogramState((1,) * 9, 0),
        }


def test_escalations_count_at_the_level_that_was_reached(insert: Insert, read: Read) -> None:
    insert(
        "incidents",
        """
        service | severity | kind        | started_at       | escalation_level | escalated_at
        shop    | high     | reliability | 2026-11-01 09:00 | 2                | 2026-11-01 09:30
        shop    | high     | reliability | 2026-11-01 09:00 | 2                | 2026-11-01 11:30
        shop    | high     | reliability | 2026-11-01 09:00 | 1                | 2026-11-01 09:30
        shop    | high     | reliability | 2026-11-01 09:00 | 1                | 2026-11-01 11:30:00.001
        shop    | high     | reliability | 2026-11-01 09:00 | 0                | 2026-11-01 09:30
        shop    | high     | reliability | 2026-11-01 09:00 | 0                | -
        shop    | high     | security    | 2026-11-01 09:00 | 1                | 2026-11-01 09:30
        -       | high     | reliability | 2026-11-01 09:00 | 1                | 2026-11-01 09:30
    """,
    )
    assert read(m.INCIDENT_ESCALATIONS) == {"shop 2": 2, "shop 1": 1, "unknown 1": 1}


class TestTimeBetweenFailures:
    def test_failures_that_overlap_are_down_once_and_low_ones_are_none(self, insert: Insert, read: Read) -> None:
        insert(
            "incidents",
            """
            service | severity | started_at              | resolved_at
            shop    | critical | 2026-10-31 12:00        | 2026-10-31 14:00
            shop    | High     | 2026-10-31 13:00        | 2026-10-31 15:00
            shop    | high     | 2026-11-01 11:00        | -
            shop    | medium   | 2026-10-20 11:00        | 2026-10-21 11:00
            auth    | high     | 2026-10-02 12:00        | 2026-10-02 13:00
            auth    | high     | 2026-10-01 12:00        | 2026-10-02 12:00
            news    | low      | 2026-10-31 12:00        | 2026-10-31 14:00
            -       | critical | 2026-11-01 12:00        | -
            docs    | critical | 2026-11-01 12:00:00.001 | -
        """,
        )
        assert read(m.MEAN_TIME_BETWEEN_FAILURES) == pytest.approx(
            {
                "shop 30d": (30 * DAY - 4 * 3600) / 3,
                "shop 90d": (90 * DAY - 4 * 3600) / 3,
                "auth 90d": (90 * DAY - 25 * 3600) / 2,
                "unknown 30d": 30 * DAY,
                "unknown 90d": 90 * DAY,
            }
        )

    def test_what_is_down_all_the_time_was_never_up_also_over_a_day_of_25_hours(
        self, connection: psycopg.Connection[Any], insert: Insert, read: Read
    ) -> None:
        connection.execute("SET timezone TO 'Europe/Berlin'")
        insert(
            "incidents",
            """
            service | severity | started_at
            news    | critical | 2026-09-01 12:00
            news    | high     | 2026-10-20 12:00
        """,
        )
        assert read(m.MEAN_TIME_BETWEEN_FAILURES)["news 30d"] == 0

    def test_what_is_not_noticed_yet_and_what_is_of_security_is_no_failure(self, insert: Insert, read: Read) -> None:
        insert(
            "incidents",
            """
            service | severity | kind        | started_at       | detected_at      | resolved_at
            shop    | high     | security    | 2026-10-31 12:00 | 2026-10-31 12:00 | 2026-10-31 14:00
            auth    | high     | reliability | 2026-10-31 12:00 | 2026-11-01 12:01 | 2026-11-01 13:00
            news    | high     | reliability | 2026-10-31 12:00 | 2026-11-01 12:00 | 2026-11-01 13:00
        """,
        )
        assert read(m.MEAN_TIME_BETWEEN_FAILURES) == {"news 30d": 29 * DAY, "news 90d": 89 * DAY}

    def test_it_agrees_with_the_formula_on_random_rows(self, connection: psycopg.Connection[Any], read: Read) -> None:
        chance = random.Random(11)
        for number in range(40):
            began = -chance.randrange(40 * 24) * 3600.0
            ended = chance.choice([None, began + chance.randrange(-1, 90) * 3600.0])
            connection.execute(
                "INSERT INTO incidents (incident_id, service, severity, started_at, resolved_at)"
                " VALUES (%s, %s, 'high', %s, %s)",
                [
                    str(number),
                    f"s{number % 5}",
                    *(None if s is None else NOON + timedelta(seconds=s) for s in (began, ended)),
                ],
            )
        found = {
            service: connection.execute(
                "SELECT extract(epoch FROM started_at - %s)::float8, extract(epoch FROM resolved_at - %s)::float8"
                "  FROM incidents WHERE service = %s",
                [NOON, NOON, service],
            ).fetchall()
            for service in ("s0", "s1", "s2", "s3", "s4")
        }
        expected = {f"{service} 30d": mean_time_between_failures(rows, 30 * DAY) for service, rows in found.items()}
        assert {
            key: value for key, value in read(m.MEAN_TIME_BETWEEN_FAILURES).items() if "30d" in key
        } == pytest.approx(expected)


def test_the_age_of_a_recovery_test_is_that_of_the_last_good_one_as_it_was_known(insert: Insert, read: Read) -> None:
    columns = (
        "metric_id | labels | period_start | period_end | value | source | entered_by | entered_at | superseded_at"
    )
    met, other = "kpi_disaster_recovery_rto_met_ratio", "kpi_business_continuity_readiness_ratio"
    insert(
        "manual_metric_values",
        f"""{columns}
        {met}   | {{"system": "db"}}   | 2026-07-01 | 2026-09-30 | 0.5 | cli | ann | 2026-10-05       | -
        {met}   | {{"system": "db"}}   | 2026-04-01 | 2026-06-30 | 1   | cli | ann | 2026-07-05       | -
        {met}   | {{"system": "db"}}   | 2026-10-01 | 2026-12-31 | 0   | cli | ann | 2026-10-25       | -
        {met}   | {{"system": "mail"}} | 2026-10-01 | 2026-12-31 | 1   | cli | ann | 2026-10-30 12:00 | -
        {met}   | {{"system": "git"}}  | 2026-10-01 | 2026-12-31 | 1   | cli | ann | 2026-11-01 12:00 | -
        {met}   | {{"system": "dns"}}  | 2026-10-01 | 2026-10-31 | 1   | cli | ann | 2026-11-01 12:01 | -
        {other} | {{"unit": "ops"}}    | 2026-07-01 | 2026-09-30 | 1   | cli | ann | 2026-10-05       | -
    """,
    )
    # What was met for ntp was taken back at noon, and for web just after.
    insert(
        "manual_metric_values",
        f"""id | superseded_by | {columns}
        58 | -  | {met} | {{"system": "ntp"}} | 2026-09-01 | 2026-09-30 | 0 | cli | ann | 2026-11-01 12:00 | -
        59 | -  | {met} | {{"system": "web"}} | 2026-09-01 | 2026-09-30 | 0 | cli | ann | 2026-11-01 12:01 | -
        56 | 58 | {met} | {{"system": "ntp"}} | 2026-09-01 | 2026-09-30 | 1 | cli | ann | 2026-10-05 | 2026-11-01 12:00
        57 | 59 | {met} | {{"system": "web"}} | 2026-09-01 | 2026-09-30 | 1 | cli | ann | 2026-10-05 | 2026-11-01 12:01
    """,
    )
    assert read(m.RECOVERY_TEST_AGE) == {"db": 31.5 * DAY, "mail": 2 * DAY, "web": 31.5 * DAY, "git": 0}


class TestAlerts:
    @pytest.fixture(autouse=True)
    def rows(self, insert: Insert) -> None:
        insert(
            "alert_events",
            """
            fingerprint | alertname | severity | labels | state    | started_at
            a           | Slow      | warning  | {}     | firing   | 2026-11-01 12:00
            h           | Later     | critical | {}     | firing   | 2026-11-01 12:01
        """,
        )
        rows = """
        fingerprint | alertname | severity | labels | state    | started_at | resolved_at         | is_false_positive
        b           | Slow      | Warning  | {}     | resolved | 2026-11-01 | 2026-11-01 12:00:01 | true
        c           | Down      | warning  | {}     | resolved | 2026-11-01 | 2026-11-01 12:00    | true
        d           | Down      | warning  | {}     | resolved | 2026-10-20 | 2026-10-20 12:00    | false
        e           | Down      | warning  | {}     | resolved | 2026-10-20 | 2026-10-20 12:00    | -
        f           | Down      | warning  | {}     | resolved | 2026-10-02 | 2026-10-02 12:00    | true
        g           | Own       |          | {}     | resolved | 2026-10-20 | 2026-10-20 12:00    | true
        """
        insert("alert_events", rows)

    def test_what_fires_is_decided_by_moments(self, read: Read) -> None:
        assert read(m.ALERTS_FIRING) == {"critical": 0, "warning": 2, "info": 0}

    def test_false_alarms_are_a_share_of_all_that_ended(self, read: Read) -> None:
        assert read(m.ALERT_FALSE_POSITIVES) == pytest.approx(
            {"warning 30d": 1 / 3, "warning 90d": 2 / 4, "unknown 30d": 1, "unknown 90d": 1}
        )

    def test_what_was_judged_later_is_not_told_of_the_past(
        self, connection: psycopg.Connection[Any], built_in: tuple[SqlCollector, ...]
    ) -> None:
        queries = [query for each in built_in for query in each.queries if m.ALERT_FALSE_POSITIVES in query.metrics]
        with pytest.raises(PresentOnly, match="it can tell the present only, not 2026-11-01 12:00 UTC"):
            list(queries[0].collect(Run(as_of=NOON, connection=connection, live=False)))


def test_a_service_is_at_risk_for_one_reason_or_another(insert: Insert, read: Read) -> None:
    insert(
        "slo_targets",
        """
        service | sli          | objective | agreed_at
        burns   | availability | 0.75      | 2026-01-01
        holds   | availability | 0.5       | 2026-01-01
        holds   | latency      | 0.999     | 2026-01-01
        leaks   | latency      | 0.999     | 2026-01-01
        mended  | latency      | 0.999     | 2026-01-01
        unborn  | latency      | 0.999     | 2026-11-01 12:01
    """,
    )
    insert(
        "uptime_probes",
        """
        service | probed_at        | success
        burns   | 2026-11-01 12:00 | true
        burns   | 2026-11-01 11:00 | false
        burns   | 2026-10-31 12:00 | true
        holds   | 2026-11-01 12:00 | true
        holds   | 2026-11-01 11:00 | false
        down    | 2026-11-01 11:00 | true
        holds   | 2026-11-01 12:01 | false
        mended  | 2026-11-01 12:01 | false
        gone    | 2026-10-31 12:00 | true
        later   | 2026-11-01 12:01 | true
    """,
    )
    insert(
        "incidents",
        """
        service | severity | started_at       | resolved_at
        down    | CRITICAL | 2026-11-01 11:00 | -
        mended  | critical | 2026-11-01 11:00 | 2026-11-01 12:00
        holds   | high     | 2026-11-01 11:00 | -
    """,
    )
    insert(
        "vulnerabilities",
        """
        asset  | severity | status   | discovered_at    | fixed_at            | accepted_at
        leaks  | Critical | fixed    | 2026-10-01       | 2026-11-01 12:00:01 | -
        mended | critical | open     | 2026-10-01       | -                   | 2026-10-02
        holds  | high     | open     | 2026-10-01       | -                   | -
        mended | critical | fixed    | 2026-10-01       | 2026-11-01 12:00    | -
        mended | critical | accepted | 2026-10-01       | -                   | 2026-11-01 12:00
        mended | critical | open     | 2026-11-01 12:01 | -                   | -
    """,
    )
    assert read(m.OPERATIONAL_RISK) == {"burns": 100, "holds": 0, "leaks": 100, "mended": 0, "down": 100}
