"""The key `alerting`: what it gives to the build, and what it says about everything that is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.artefacts import load as load_artefacts
from exporter.config import Config, ConfigError, load
from provisioning.paging import Paging
from provisioning.paging.settings import Webhook, Window

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str) -> Path:
        path = tmp_path / "kpi.yaml"
        path.write_text(f"alerting:\n{content}")
        return path

    return write


def test_without_a_word_the_build_gets_the_addresses_under_docker_compose() -> None:
    assert Config().alerting.settings() == Paging()


def test_every_key_reaches_the_build(write: Write, tmp_path: Path) -> None:
    config = load(
        write("""
  addresses: {on-call: night@acme.org}
  mail: {smarthost: "smtp:587", sender: a@acme.org, user: u, password_file: mail, require_tls: true}
  slack: {url_file: /s/slack, channel: "#all"}
  pagerduty: {url: "http://localhost:1/v2/enqueue", key_files: {incidents: key}}
  webhook: {url: "http://localhost:2/", user: me, password_file: hook}
  events: {url: "http://localhost:3/-/alerts", token_file: token}
  maintenance:
    night: {weekdays: [sunday, monday], times: ["22:00-24:00", "00:00-04:30"], timezone: Europe/Berlin}
    move: {times: ["01:00-02:00"], critical: true}
  group_wait: 100ms
  group_interval: 1s
  repeat_interval: 2h
  critical_repeat_interval: 30m
  evaluation_interval: 1s
  alertmanagers: ["a:1", "b:1"]
  exporters: ["e:1"]
  rule_files: [x.yaml]
  operator: {labels: {release: m}, secret: s}
"""),
        {},
    )
    paging = config.alerting.settings()
    assert (paging.address("on-call"), paging.address("qa-team")) == ("night@acme.org", "qa-team@company.example")
    mail = paging.mail
    assert (mail.smarthost, mail.sender, mail.user, mail.require_tls) == ("smtp:587", "a@acme.org", "u", True)
    assert mail.password_file == str(tmp_path / "mail")
    assert (paging.slack.url_file, paging.slack.channel) == ("/s/slack", "#all")
    assert paging.pagerduty.url == "http://localhost:1/v2/enqueue"
    assert paging.pagerduty.key_file("incidents") == str(tmp_path / "key")
    assert paging.pagerduty.key_file("devops") == "/run/secrets/pagerduty-devops"
    assert paging.webhook == Webhook("http://localhost:2/", user="me", password_file=str(tmp_path / "hook"))
    assert paging.events == Webhook("http://localhost:3/-/alerts", token_file=str(tmp_path / "token"))
    times = (("22:00", "24:00"), ("00:00", "04:30"))
    assert paging.maintenance == {
        "night": Window(("sunday", "monday"), times, "Europe/Berlin"),
        "move": Window((), (("01:00", "02:00"),), critical=True),
    }
    timing = paging.timing
    assert (timing.group_wait, timing.group_interval) == (0.1, 1)
    assert (timing.repeat_interval, timing.critical_repeat_interval) == (7200, 1800)
    servers = paging.servers
    assert (servers.alertmanagers, servers.exporters, servers.rule_files) == (("a:1", "b:1"), ("e:1",), ("x.yaml",))
    assert servers.evaluation_interval == 1
    assert (paging.operator.labels, paging.operator.secret) == ({"release": "m"}, "s")


FAULTS = [
    ("  addresses: {on-call: nobody}",
     "2: alerting.addresses.on-call: expected text of the form ^[^@\\s,<>]+@[^@\\s,<>]+$, got 'nobody'"),
    ("  mail:\n    user: me",
     "2: alerting.mail: expected user and password_file, or none of them, got one"),
    ("  mail: {password: secret}", "2: alerting.mail.password: unknown key; did you mean password_file?"),
    ("  pagerduty: {key: secret}",
     "2: alerting.pagerduty.key: unknown key; there are: key_files, url"),
    ("  webhook: {token_file: t}", "2: alerting.webhook.url: expected another value, got nothing"),
    ("  webhook: {url: 'http://x/', token_file: t, user: u, password_file: p}",
     "2: alerting.webhook: expected token_file, or user and password_file, or none of them"),
    ("  webhook: {url: 'http://x/', user: u}",
     "2: alerting.webhook: expected token_file, or user and password_file, or none of them"),
    ("  maintenance:\n    night: {times: ['22:00-04:00']}",
     "3: alerting.maintenance.night.times[0]: expected times such as 02:00-04:30; write a window over midnight as "
     "22:00-24:00 and 00:00-04:00, got '22:00-04:00'"),
    ("  maintenance:\n    night: {times: ['2:00-4:00']}",
     "3: alerting.maintenance.night.times[0]: expected times such as 02:00-04:30; write a window over midnight as "
     "22:00-24:00 and 00:00-04:00, got '2:00-4:00'"),
    ("  maintenance:\n    night: {weekdays: [sun]}",
     "3: alerting.maintenance.night.weekdays[0]: expected 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', "
     "'saturday' or 'sunday', got 'sun'"),
    ("  maintenance:\n    night: {times: ['01:00-02:00'], timezone: Mars/North}",
     "3: alerting.maintenance.night.timezone: expected a time zone such as UTC or Europe/Berlin, got 'Mars/North'"),
    ("  maintenance:\n    night: {timezone: UTC}",
     "3: alerting.maintenance.night: expected weekdays or times; without them nothing would be told any more"),
    ("  maintenance:\n    night: {weekdays: [sunday]}\n    night: {weekdays: [monday]}",
     "4: alerting.maintenance.night: the key is given twice, in line 3 and in line 4"),
    ("  group_interval: 2h",
     "2: alerting.group_interval: expected a duration that is not longer than critical_repeat_interval"),
    ("  group_wait: 30", "2: alerting.group_wait: expected a duration such as 10s, 15m or 1h30m, at most 366d, got 30"),
    ("  alertmanagers: []", "2: alerting.alertmanagers: expected a list that is not empty, got a list"),
    ("  operator: {secret: My_Secret}",
     "2: alerting.operator.secret: expected text of the form ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$, got 'My_Secret'"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), FAULTS)
def test_what_cannot_be_meant_is_told_with_its_line(content: str, expected: str, write: Write, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(content), {})
    assert [problem.removeprefix(f"{tmp_path}/kpi.yaml:") for problem in caught.value.problems] == [expected]


def test_all_faults_come_at_once(write: Write) -> None:
    path = write(
        "  addresses: {on-call: x}\n  maintenance: {a: {timezone: X}, b: {times: [y]}}\n  slack: {chanel: z}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    lines = [problem.removeprefix(f"{path}:").split(": ")[:2] for problem in caught.value.problems]
    assert lines == [
        ["2", "alerting.addresses.on-call"],
        ["3", "alerting.maintenance.a.timezone"],
        ["3", "alerting.maintenance.b.times[0]"],
        ["4", "alerting.slack.chanel"],
    ]


def test_a_mailbox_and_a_team_that_no_rule_names_are_told_with_their_lines(write: Write) -> None:
    path = write("  addresses:\n    oncall: a@acme.org\n  pagerduty:\n    key_files: {qa: k}\n")
    config = load(path, {})
    with pytest.raises(ConfigError) as caught:
        load_artefacts(config)
    assert caught.value.problems == [
        f"{path}:3: alerting.addresses.oncall: unknown mailbox; did you mean on-call?",
        f"{path}:5: alerting.pagerduty.key_files.qa: unknown team that pages; there are: devops, finance, incidents, "
        "security",
    ]


def test_once_there_are_addresses_a_mailbox_without_one_is_noticed(write: Write) -> None:
    notices = load_artefacts(load(write("  addresses: {on-call: a@acme.org}"), {})).notices
    assert "alerting.addresses: there is none for qa-team; its mails go to qa-team@company.example" in notices
    assert not any("on-call" in notice for notice in notices)
    assert load_artefacts(Config()).notices == ()
