"""Whether services are up, how incidents are dealt with, and whether alerts can be believed."""

from pathlib import Path

from dashboards import Board, Column, bars, promql, row, section, sql, stat, table, trend
from dashboards.queries import RANGE
from metrics import COUNT, SECONDS
from metrics.reliability import (
    ALERT_FALSE_POSITIVES,
    ALERT_NOTIFICATIONS,
    ALERTS_FIRING,
    BUSINESS_CONTINUITY,
    FAILED_PROBES,
    INCIDENT_ACKNOWLEDGE_TIME,
    INCIDENT_ESCALATIONS,
    INCIDENT_RESOLUTION_TIME,
    INCIDENTS,
    INCIDENTS_OPEN,
    INCIDENTS_UNACKNOWLEDGED,
    MEAN_TIME_BETWEEN_FAILURES,
    OLDEST_OPEN_INCIDENT,
    OPERATIONAL_RISK,
    RECENT_FAILED_PROBES,
    RECENT_UPTIME,
    RECOVERY_OBJECTIVES_MET,
    RECOVERY_TEST_AGE,
    SERVICE_UPTIME,
    SLA_COMPLIANCE,
)

_SQL = Path(__file__).parent / "sql" / "reliability"
_NO_INCIDENT = "No incident in the chosen time."
_NOT_GIVEN = "Nobody gave values yet: kpi input set."
_NO_ALERTS = "This database does not keep alerts, or none ended."


def _mean(of: str, count: str, by: str) -> str:
    return f"sum by ({by}) (increase({of}[30d])) / (sum by ({by}) (increase({count}[30d])) > 0)"


_MTTR = promql(
    _mean(str(INCIDENT_RESOLUTION_TIME.sum), str(INCIDENT_RESOLUTION_TIME.count), "severity"),
    of=INCIDENT_RESOLUTION_TIME,
    legend="{{severity}}",
)
_MTTA = promql(
    _mean(str(INCIDENT_ACKNOWLEDGE_TIME.sum), str(INCIDENT_ACKNOWLEDGE_TIME.count), "severity"),
    of=INCIDENT_ACKNOWLEDGE_TIME,
    legend="{{severity}}",
)

BOARD = Board(
    uid="reliability",
    area="Reliability",
    name="Incidents and uptime",
    description="Whether services are up and keep what was promised, how quickly incidents are taken and resolved, "
    "and whether alerts can be believed.",
    questions=(
        "Is a service down, or an incident open?",
        "How long do incidents take, and how often do they come?",
        "Are alerts worth waking up for?",
    ),
    time="30d",
    content=[
        row(
            stat(
                promql(f"min({SERVICE_UPTIME(window='30d')})", of=SERVICE_UPTIME, legend="worst service"),
                title="Uptime, worst service (30 d)",
                decimals=2,
            ),
            stat(INCIDENTS_OPEN, by=(), title="Open incidents", may_be_empty=_NO_INCIDENT, width=2),
            stat(INCIDENTS_UNACKNOWLEDGED, by=(), title="Not taken yet", may_be_empty=_NO_INCIDENT, width=2),
            stat(
                promql(f"sum by (severity) ({ALERTS_FIRING})", of=ALERTS_FIRING, legend="{{severity}}"),
                title="Alerts firing",
                may_be_empty=_NO_ALERTS,
                width=3,
            ),
        ),
        row(
            trend(RECENT_UPTIME, by="service", title="Uptime of a quarter of an hour", maximum=1),
            trend(RECENT_FAILED_PROBES, by="service", title="Failed probes of a quarter of an hour"),
        ),
        row(
            trend(SERVICE_UPTIME, by="service", window="1d", title="Uptime of a day", maximum=1),
            trend(FAILED_PROBES, by="service", window="1d", title="Failed probes of a day"),
        ),
        row(
            *(
                trend(SLA_COMPLIANCE, by="service", window="7d", where={"sla": sla}, title=f"{words} kept", maximum=1)
                for sla, words in (
                    ("availability", "Availability"),
                    ("latency", "Response time"),
                    ("error_rate", "Error rate"),
                )
            ),
        ),
        section(
            "Incidents",
            row(
                bars(INCIDENTS, by="severity", span="1d", title="Incidents by day", may_be_empty=_NO_INCIDENT),
                trend(
                    OLDEST_OPEN_INCIDENT,
                    by=("service", "severity"),
                    title="Age of the oldest open incident",
                    may_be_empty=_NO_INCIDENT,
                ),
                bars(
                    promql(
                        f"sum by (level) (increase({INCIDENT_ESCALATIONS}[1d]))",
                        of=INCIDENT_ESCALATIONS,
                        legend="level {{level}}",
                    ),
                    span="1d",
                    title="Escalations",
                    may_be_empty=_NO_INCIDENT,
                ),
            ),
            row(
                trend(
                    _MTTR,
                    title="Mean time to resolve (30 d)",
                    description="MTTR: time from the beginning until the service was well again, mean of the incidents "
                    "that were resolved in 30 days.",
                    unit=SECONDS,
                    may_be_empty=_NO_INCIDENT,
                ),
                trend(
                    _MTTA,
                    title="Mean time to acknowledge (30 d)",
                    description="MTTA: time from when it was noticed until somebody took it, mean of the incidents "
                    "that were taken in 30 days.",
                    unit=SECONDS,
                    may_be_empty=_NO_INCIDENT,
                ),
                trend(
                    MEAN_TIME_BETWEEN_FAILURES,
                    by="service",
                    window="90d",
                    title="Mean time between failures (90 d)",
                    may_be_empty=_NO_INCIDENT,
                ),
            ),
            row(
                table(
                    sql(_SQL / "incidents.sql"),
                    title="Incidents in the chosen time",
                    description="What was open in the chosen time, the newest first. No value: not that far yet.",
                    may_be_empty=_NO_INCIDENT,
                    columns=(
                        Column("Began", unit="dateTimeAsIso"),
                        Column("Incident", width=210),
                        Column("Noticed after", unit=SECONDS),
                        Column("Taken after", unit=SECONDS),
                        Column("Lasted", unit=SECONDS),
                        Column("Escalated to", unit=COUNT),
                    ),
                )
            ),
        ),
        section(
            "Alerts",
            row(
                stat(
                    ALERT_FALSE_POSITIVES,
                    by="severity",
                    window="90d",
                    title="False alarms (90 d)",
                    may_be_empty=_NO_ALERTS,
                ),
                bars(
                    promql(
                        f"sort_desc(sum by (channel, result) (increase({ALERT_NOTIFICATIONS}[{RANGE}])) > 0)",
                        of=ALERT_NOTIFICATIONS,
                        legend="{{channel}} {{result}}",
                    ),
                    title="Notifications",
                    decimals=0,
                    may_be_empty="None was sent in the chosen time, or Prometheus does not scrape Alertmanager.",
                ),
            ),
        ),
        section(
            "Risk and recovery",
            row(
                bars(OPERATIONAL_RISK, by="service", title="Operational risk"),
                stat(RECOVERY_TEST_AGE, by="system", title="Last good recovery test", may_be_empty=_NOT_GIVEN),
                stat(RECOVERY_OBJECTIVES_MET, by="system", title="Recovery objectives met", may_be_empty=_NOT_GIVEN),
                stat(BUSINESS_CONTINUITY, by="unit", title="Continuity plans reviewed", may_be_empty=_NOT_GIVEN),
            ),
        ),
    ],
)
