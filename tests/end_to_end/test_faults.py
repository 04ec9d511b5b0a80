"""A program ends or fails at the worst moment: the page still arrives, once, and so does the end of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end import troubles
from tests.end_to_end.chain import SECONDS, Chain
from tests.exporter.support import denied, wait_for
from warehouse.embedded import EmbeddedPostgres

pytestmark = pytest.mark.timeout(240)

Chains = Callable[..., AbstractContextManager[Chain]]


def test_prometheus_restarted_while_an_alert_is_pending_remembers_how_long_it_has_waited(chains: Chains) -> None:
    with chains(haste=4) as chain:  # two minutes are thirty seconds
        chain.wait_until_scraped()
        troubles.begin(chain.database)
        wait_for(lambda: chain.states(troubles.ALERT) == ["pending"], SECONDS)
        wait_for(lambda: (datetime.now(UTC) - chain.active_since(troubles.ALERT)).total_seconds() > 20, SECONDS)
        chain.prometheus.stop()
        chain.prometheus.__enter__()
        back = datetime.now(UTC)
        wait_for(lambda: chain.states(troubles.ALERT) == ["firing"], SECONDS)
        # What it was away for is added: that time does not count as waiting, the twenty seconds before it do.
        assert chain.active_since(troubles.ALERT) < back - timedelta(seconds=2)
        chain.wait_for_messages(1)
        assert chain.told() == dict.fromkeys(chain.told(), 1)


def test_alertmanager_down_while_an_alert_fires_tells_it_afterwards_and_not_again_after_a_restart(
    chains: Chains,
) -> None:
    with chains() as chain:
        chain.wait_until_scraped()
        chain.alertmanager.stop()
        troubles.begin(chain.database)
        wait_for(lambda: chain.states(troubles.ALERT) == ["firing"], SECONDS)
        wait_for(lambda: chain.undelivered() >= 2, SECONDS)
        chain.alertmanager.__enter__()
        chain.wait_for_messages(1)
        wait_for(lambda: chain.sent() >= len(chain.told()) + 1, SECONDS)  # what it has not noted, it sends again

        chain.alertmanager.stop()
        chain.alertmanager.__enter__()
        wait_for(lambda: chain.notified(troubles.ALERT), SECONDS)
        assert_told_once(chain)


def test_receivers_that_answer_500_for_a_while_are_told_once_they_work(chains: Chains) -> None:
    with chains() as chain:
        chain.wait_until_scraped()
        broken = (chain.receivers.slack, chain.receivers.pagerduty, chain.receivers.webhook)
        for receiver in broken:
            receiver.failing = True
        troubles.begin(chain.database)
        wait_for(lambda: all(receiver.failed >= 3 for receiver in broken), SECONDS)
        assert [receiver.taken for receiver in broken] == [[], [], []]
        wait_for(lambda: chain.told()["mail"] == 1, SECONDS)  # the others do not wait for those that are broken
        for receiver in broken:
            receiver.failing = False
        assert_told_once(chain)


def test_an_exporter_killed_and_started_again_is_neither_a_second_page_nor_an_all_clear(chains: Chains) -> None:
    with chains(haste=15) as chain:  # an alert outlives a gap of 24 seconds, and ExporterDown waits for 20
        chain.wait_until_scraped()
        troubles.begin(chain.database)
        wait_for(lambda: chain.states(troubles.ALERT) == ["pending"], SECONDS)
        kill_and_restart(chain)
        chain.wait_for_messages(1)
        kill_and_restart(chain)
        assert_told_once(chain)


def test_a_database_that_is_away_while_an_alert_fires_is_no_all_clear_and_the_end_is_told_once(
    chains: Chains, postgres: EmbeddedPostgres
) -> None:
    with chains(haste=20) as chain:  # an alert outlives a gap of 18 seconds, and SourceDown waits for 15
        chain.wait_until_scraped()
        troubles.begin(chain.database)
        chain.wait_for_messages(1)
        with denied(postgres, chain.database.info.dsn, spared=chain.database.info.backend_pid):
            wait_for(lambda: chain.states("SourceDown") == ["firing"], SECONDS)
            wait_for(lambda: chain.states(troubles.ALERT) == [], SECONDS)  # no number says that the trouble goes on
        wait_for(lambda: chain.states(troubles.ALERT) == ["firing"], 2 * SECONDS)
        wait_for(lambda: not chain.notified("SourceDown"), SECONDS)
        assert chain.notified(troubles.ALERT)
        assert paged(chain) == ["trigger"]
        troubles.end(chain.database)
        wait_for(lambda: not chain.notified(troubles.ALERT), SECONDS)
        wait_for(lambda: paged(chain) == ["trigger", "resolve"], SECONDS)


def paged(chain: Chain) -> list[str]:
    """What the pager was told of the trouble."""
    taken = chain.receivers.pagerduty.taken
    return [event["event_action"] for event in taken if event["payload"]["class"] == troubles.ALERT]


def kill_and_restart(chain: Chain) -> None:
    """End the exporter without warning, and return once Prometheus has scraped the next one."""
    chain.exporter.kill()
    wait_for(lambda: chain.query('up{job="kpi_exporter"} == 0'), SECONDS)
    chain.exporter.__enter__().ready()
    chain.wait_until_scraped()


def assert_told_once(chain: Chain) -> None:
    """The page arrives, then the trouble ends, and that arrives; there is no third message."""
    chain.wait_for_messages(1)
    ended = datetime.now(UTC)
    troubles.end(chain.database)
    chain.wait_for_messages(2)
    wait_for(lambda: not chain.notified(troubles.ALERT), SECONDS)
    assert chain.told() == dict.fromkeys(chain.told(), 2)
    triggered, resolved = chain.receivers.pagerduty.taken
    assert [triggered["event_action"], resolved["event_action"]] == ["trigger", "resolve"]
    assert triggered["dedup_key"] == resolved["dedup_key"]
    [fired], [over] = (body["alerts"] for body in chain.receivers.webhook.taken)
    assert fired["startsAt"] == over["startsAt"]
    assert datetime.fromisoformat(over["endsAt"]) > ended, "it was called over while it went on"
