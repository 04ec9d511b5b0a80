"""The catalogue finds every domain by itself, and what it finds keeps the rules of the catalogue."""

import re
from types import ModuleType

import pytest

from metrics import COUNT, RATIO, SCORE, DeclarationError, Gauge, Metric, catalogue, growth
from metrics.catalogue import all_metrics, domains, external_metrics
from metrics.exporter import ALERTS, COLLECTOR_UP


@pytest.fixture
def spare_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of the package without metrics of its own; what a test puts there is gone afterwards."""
    monkeypatch.setattr(catalogue, "_declared", catalogue._declared.__wrapped__)
    return growth


def test_each_domain_of_the_package_is_found() -> None:
    assert {"app_performance", "commerce", "engagement", "freshness"} <= set(domains())
    assert domains()["commerce"][0].name == "kpi_funnel_stage_users"


def test_what_no_collector_reads_is_no_domain() -> None:
    assert "exporter" not in domains()
    assert {COLLECTOR_UP, ALERTS} <= set(external_metrics())
    assert not set(external_metrics()) & set(all_metrics())


def test_a_module_that_declares_a_metric_becomes_a_domain(
    spare_module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    metric = Gauge("kpi_spare_parts", "Spare parts in stock.", unit=COUNT, owner="platform")
    monkeypatch.setattr(spare_module, "SPARE_PARTS", metric, raising=False)
    assert catalogue.domains()["growth"] == (metric,)


def test_one_name_declared_by_two_modules_is_refused(spare_module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    twin = Gauge("kpi_conversion_ratio", "A second declaration.", unit=RATIO, owner="platform")
    monkeypatch.setattr(spare_module, "TWIN", twin, raising=False)
    with pytest.raises(DeclarationError, match="could not declare kpi_conversion_ratio: Both commerce and growth"):
        catalogue.domains()


@pytest.mark.parametrize("metric", all_metrics(), ids=str)
def test_each_help_is_a_sentence_that_a_reader_can_take_in(metric: Metric) -> None:
    assert metric.help.endswith(".")
    assert metric.help[0].isupper()
    assert 15 <= len(metric.help) <= 250


@pytest.mark.parametrize("metric", [metric for metric in all_metrics() if metric.unit in (RATIO, SCORE)], ids=str)
def test_levels_of_ratios_and_scores_are_not_percent(metric: Metric) -> None:
    limit = 1 if metric.unit is RATIO else 100
    assert all(level is None or level <= limit for level in (metric.target, metric.warning, metric.critical))


MEANS = [
    metric
    for metric in all_metrics()
    if re.search(r"_per_(?!second|day)|average|_mean_", metric.name) and metric.kind == "gauge"
]


@pytest.mark.parametrize("metric", MEANS, ids=str)
def test_means_and_rates_per_something_are_not_added_up(metric: Metric) -> None:
    assert metric.addable == set()
