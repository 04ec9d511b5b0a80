"""The four keys against cases worked out by hand, their bands, and their properties."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.dora import (
    CHANGE_FAILURE_BANDS,
    DEPLOYMENTS_PER_DAY_BANDS,
    LEAD_TIME_BANDS,
    TIME_TO_RESTORE_BANDS,
    Band,
    Bands,
    Deployment,
    change_failure_ratio,
    deployment_frequency,
    lead_times,
    restore_times,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = 7 * DAY

MOMENTS = st.integers(0, 20 * 24).map(lambda hours: NOON - hours * HOUR)
DEPLOYMENTS = st.lists(
    st.builds(
        Deployment,
        st.uuids().map(str),
        st.sampled_from(("shop", "auth")),
        st.sampled_from(("production", "production", "staging")),
        st.none() | st.sampled_from("abcd"),
        st.none() | MOMENTS,
        MOMENTS,
        st.sampled_from(("success", "success", "failure", "rolled_back")),
        st.none() | MOMENTS,
        st.none() | st.sampled_from(("INC-1", "INC-2")),
        st.none() | MOMENTS,
    )
)


def deployed(number: str, finished: datetime = NOON, result: Any = "success", **values: Any) -> Deployment:
    usual = {"service": "shop", "environment": "production", "commit": number, "oldest_commit": None}
    return Deployment(number, finished=finished, result=result, **(usual | values))


def test_seven_deployments_of_a_week_are_one_a_day() -> None:
    assert deployment_frequency([deployed(str(day), NOON - day * DAY) for day in range(7)], NOON, WEEK) == 1


def test_the_window_holds_its_end_and_not_its_beginning() -> None:
    edges = [deployed("end"), deployed("beginning", NOON - WEEK), deployed("later", NOON + HOUR)]
    assert deployment_frequency(edges, NOON, WEEK) == 1 / 7
    assert change_failure_ratio(edges, NOON, WEEK) == 0


def test_what_never_reached_users_counts_in_failures_and_not_in_frequency() -> None:
    tried = [deployed("1"), deployed("2", result="failure"), deployed("3", result="rolled_back")]
    assert deployment_frequency(tried, NOON, DAY) == 2
    assert change_failure_ratio(tried, NOON, DAY) == 1 / 3


def test_staging_never_counts() -> None:
    staged = [deployed("1", environment="staging", incident="INC-1", oldest_commit=NOON - HOUR)]
    assert deployment_frequency(staged, NOON, DAY) == 0
    assert lead_times(staged) == []
    assert change_failure_ratio(staged, NOON, DAY) is None
    assert restore_times({"INC-1": (NOON, NOON + HOUR)}, staged) == []


def test_a_commit_that_is_deployed_again_is_no_new_change() -> None:
    commit: dict[str, Any] = {"commit": "c", "oldest_commit": NOON - 9 * HOUR}
    again = [
        deployed("failed", NOON - 8 * HOUR, "failure", **commit),
        deployed("first", NOON - 6 * HOUR, **commit),
        deployed("again", NOON, **commit),
        deployed("elsewhere", NOON, **commit | {"service": "auth"}),
        deployed("other", NOON, oldest_commit=NOON - HOUR),
    ]
    assert lead_times(again) == [3 * 3600, 9 * 3600, 3600]


def test_a_deployment_before_its_commit_has_no_lead_time() -> None:
    assert lead_times([deployed("1", oldest_commit=NOON + HOUR), deployed("2", oldest_commit=NOON)]) == [0]


def test_a_deployment_fails_when_it_is_rolled_back_or_its_incident_is_noticed() -> None:
    later = [
        deployed("1", NOON - HOUR, "rolled_back", rolled_back=NOON + HOUR),
        deployed("2", NOON - HOUR, incident="INC-1", incident_known=NOON),
        deployed("3", NOON - HOUR, "rolled_back"),
        deployed("4", NOON - HOUR, incident="INC-2"),
    ]
    assert change_failure_ratio(later, NOON - timedelta(seconds=1), DAY) == 0.5
    assert change_failure_ratio(later, NOON, DAY) == 0.75
    assert change_failure_ratio(later, NOON + HOUR, DAY) == 1


def test_an_incident_counts_once_however_many_deployments_caused_it() -> None:
    caused = [deployed("1", incident="INC-1"), deployed("2", incident="INC-1"), deployed("3", incident="INC-2")]
    incidents = {
        "INC-1": (NOON, NOON + HOUR),
        "INC-2": (NOON, None),
        "INC-3": (NOON, NOON + HOUR),
        "INC-4": (NOON, NOON - HOUR),
    }
    assert restore_times(incidents, caused) == [3600]


@pytest.mark.parametrize(
    ("bands", "value", "band"),
    [
        (DEPLOYMENTS_PER_DAY_BANDS, 3.2, Band.ELITE),
        (DEPLOYMENTS_PER_DAY_BANDS, 1, Band.ELITE),
        (DEPLOYMENTS_PER_DAY_BANDS, 0.99, Band.HIGH),
        (DEPLOYMENTS_PER_DAY_BANDS, 1 / 7, Band.HIGH),
        (DEPLOYMENTS_PER_DAY_BANDS, 1 / 30, Band.MEDIUM),
        (DEPLOYMENTS_PER_DAY_BANDS, 0, Band.LOW),
        (LEAD_TIME_BANDS, 16.2 * 3600, Band.ELITE),
        (LEAD_TIME_BANDS, 86_400, Band.HIGH),
        (LEAD_TIME_BANDS, 7 * 86_400, Band.MEDIUM),
        (LEAD_TIME_BANDS, 30 * 86_400, Band.LOW),
        (CHANGE_FAILURE_BANDS, 0.05, Band.ELITE),
        (CHANGE_FAILURE_BANDS, 0.0501, Band.HIGH),
        (CHANGE_FAILURE_BANDS, 0.15, Band.MEDIUM),
        (CHANGE_FAILURE_BANDS, 0.151, Band.LOW),
        (TIME_TO_RESTORE_BANDS, 720, Band.ELITE),
        (TIME_TO_RESTORE_BANDS, 3600, Band.HIGH),
        (TIME_TO_RESTORE_BANDS, 86_400, Band.MEDIUM),
        (TIME_TO_RESTORE_BANDS, 7 * 86_400, Band.LOW),
    ],
)
def test_bands_begin_and_end_where_the_report_says(bands: Bands, value: float, band: Band) -> None:
    assert bands.of(value) is band


@given(DEPLOYMENTS)
def test_the_ratio_lies_between_0_and_1_and_nothing_is_negative(deployments: list[Deployment]) -> None:
    ratio = change_failure_ratio(deployments, NOON, WEEK)
    assert ratio is None or 0 <= ratio <= 1
    assert deployment_frequency(deployments, NOON, WEEK) >= 0
    assert all(seconds >= 0 for seconds in lead_times(deployments))


@given(DEPLOYMENTS)
def test_deploying_everything_once_more_changes_no_lead_time(deployments: list[Deployment]) -> None:
    known = [each for each in deployments if each.commit is not None]
    again = [
        Deployment("z" + each.number, each.service, each.environment, each.commit, NOON, NOON, each.result)
        for each in known
    ]
    assert sorted(lead_times([*known, *again])) == sorted(lead_times(known))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_worse_value_is_never_in_a_better_band(one: float, other: float) -> None:
    order = list(Band)
    low, high = sorted((one, other))
    assert order.index(CHANGE_FAILURE_BANDS.of(low)) <= order.index(CHANGE_FAILURE_BANDS.of(high))
    assert order.index(DEPLOYMENTS_PER_DAY_BANDS.of(high)) <= order.index(DEPLOYMENTS_PER_DAY_BANDS.of(low))
