"""Who is told of an alert, and which alerts say nothing new while the exporter is down."""

from dataclasses import replace

import pytest

from alert_rules import Alert, Group, Recording, Severity, Team
from alert_rules.app_performance import HIGH_ERROR_RATE
from alert_rules.inhibition import EXPORTER_DOWN, EXPORTER_MISSING, about_collected, about_exported
from alert_rules.routing import all_teams, mailboxes, receivers, twin_teams, user_receivers
from alert_rules.teams import DEVELOPMENT, INCIDENTS, QA, TEAMS
from metrics import COUNT, RATIO, Gauge, Recorded, external


def alert(name: str = "Slow", expr: str = "", *, team: Team = INCIDENTS, severity: Severity = "critical") -> Alert:
    return replace(HIGH_ERROR_RATE, name=name, expr=expr or HIGH_ERROR_RATE.expr, team=team, severity=severity, mail="")


@pytest.mark.parametrize(
    ("team", "severity", "told"),
    [
        (INCIDENTS, "critical", "incidents-critical"),
        (INCIDENTS, "warning", "incidents"),
        (INCIDENTS, "info", "incidents-info"),
        (QA, "critical", "qa"),  # pages nobody
        (QA, "info", "qa-info"),
        (DEVELOPMENT, "info", "development"),  # has no mailbox that a warning would go to
        (Team("night", "#night", pages=True), "critical", "night-critical"),
    ],
)
def test_the_team_is_told_by_the_channels_of_the_severity(team: Team, severity: Severity, told: str) -> None:
    assert receivers(alert(team=team, severity=severity)) == ("events", told)


def test_the_mailbox_that_an_alert_names_is_told_beside_its_team() -> None:
    assert receivers(replace(alert(team=DEVELOPMENT, severity="warning"), mail="tech-lead")) == (
        "events",
        "mail-tech-lead",
        "development",
    )


def test_a_webhook_gets_everything_once_there_is_one() -> None:
    assert receivers(alert(), webhook=True) == ("events", "webhook", "incidents-critical")


@pytest.mark.parametrize(
    ("channels", "without_webhook", "with_webhook"),
    [
        (["email"], ["user-email"], ["user-email"]),
        (["slack", "email"], ["user-email", "user-slack"], ["user-email", "user-slack"]),
        (["webhook"], ["default"], ["user-webhook"]),
        ([], ["default"], ["default"]),
    ],
)
def test_an_alert_of_a_user_goes_to_its_channels_and_never_nowhere(
    channels: list[str], without_webhook: list[str], with_webhook: list[str]
) -> None:
    assert user_receivers(channels) == ("events", *without_webhook)
    assert user_receivers(channels, webhook=True) == ("events", *with_webhook)


def test_the_teams_and_mailboxes_of_plugins_are_known() -> None:
    night = Team("night", "#night", mail="night-watch")
    groups = [Group("plugin", (replace(alert(team=night), mail="boss"), alert("Other")))]
    assert all_teams(groups) == (*TEAMS, night)
    teams = "qa-team", "on-call", "product-manager", "finance-team", "security-team"
    assert mailboxes(groups) == (*teams, "night-watch", "boss")
    assert not list(twin_teams(groups))


def test_two_teams_of_one_name_are_told_apart() -> None:
    groups = [Group("plugin", (alert("Slow", team=Team("qa", "#other")), alert("Fine", team=QA)))]
    assert list(twin_teams(groups)) == ["Slow: there is another team 'qa'; give this one a name of its own"]


def test_alerts_rest_on_the_exporter_by_what_it_exposes_and_by_what_is_recorded_from_it() -> None:
    orders = Gauge("kpi_orders", "Orders.", unit=COUNT, owner="sales")
    runs = external.counter("kpi_exporter_runs_total", "Runs.", unit=COUNT)
    cpu = external.gauge("node_cpu_ratio", "CPU.", unit=RATIO)
    share, load = (Recorded(name, "Some.", unit=RATIO, owner="sales") for name in ("kpi_share_ratio", "kpi_load_ratio"))
    deeper = Recorded("kpi_deeper_ratio", "Some.", unit=RATIO, owner="sales")
    rules: tuple[Alert | Recording, ...] = (
        Recording(deeper, f"{share} * 2"),
        Recording(share, f"{orders} / 2"),
        Recording(load, f"avg({cpu})"),
        *(
            alert(name, f"{metric} > 1")
            for name, metric in (
                ("OnOrders", orders),
                ("OnRuns", runs),
                ("OnDeeper", deeper),
                ("OnCpu", cpu),
                ("OnLoad", load),
                (EXPORTER_DOWN, runs),
                (EXPORTER_MISSING, runs),
            )
        ),
    )
    given = [Group("all", rules)], (orders, runs, cpu, share, load, deeper)
    assert [each.name for each in about_exported(*given)] == ["OnDeeper", "OnOrders", "OnRuns"]
    assert [each.name for each in about_collected(*given)] == ["OnDeeper", "OnOrders"]
