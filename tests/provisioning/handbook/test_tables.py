"""Which contract tables a query reads."""

import pytest

from collectors.discovery import discover
from collectors.query import Query
from provisioning.handbook.tables import tables_of

BUILT_IN = {
    part.name: part
    for collector in discover().collectors.values()
    for part in collector.parts
    if isinstance(part, Query)
}


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", ()),
        ("SELECT count(*) FROM payment_metrics", ("payment_metrics",)),
        ('SELECT 1 FROM "payment_metrics" AS p', ("payment_metrics",)),
        ("SELECT 1 FROM crm.payment_metrics AS p", ("payment_metrics",)),
        ("SELECT 1 FROM payment_metrics.crash_reports AS p", ("crash_reports",)),
        ("SELECT 1 FROM ONLY payment_metrics", ("payment_metrics",)),
        ("SELECT 1 FROM windows AS w, payment_metrics AS p, crash_reports", ("payment_metrics", "crash_reports")),
        ("SELECT 1 FROM windows LEFT JOIN crash_reports AS c ON true", ("crash_reports",)),
        (
            "SELECT 1 FROM offer_metrics o CROSS JOIN LATERAL (SELECT 1 FROM api_metrics) x",
            ("offer_metrics", "api_metrics"),
        ),
        ("WITH a AS (SELECT 1 FROM offer_metrics) SELECT 1 FROM a", ("offer_metrics",)),
        ("SELECT 1 WHERE EXISTS (SELECT 1 FROM offer_metrics)", ("offer_metrics",)),
        ("SELECT 1 FROM offer_metrics UNION ALL SELECT 1 FROM api_metrics", ("offer_metrics", "api_metrics")),
        ("SELECT count(*) AS crash_reports FROM api_metrics", ("api_metrics",)),
        ("SELECT api_metrics, crash_reports FROM x", ()),
        ("SELECT 1 FROM x WHERE y IN (api_metrics, crash_reports) ORDER BY 1, crash_reports", ()),
        ("SELECT 'FROM crash_reports' FROM x -- FROM api_metrics", ()),
    ],
)
def test_names_behind_from_and_join_are_tables(sql: str, tables: tuple[str, ...]) -> None:
    assert tables_of(sql) == tables


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("revenue", ("payment_metrics",)),
        ("funnel", ("story_view_metrics", "offer_metrics", "auction_participation_metrics", "payment_metrics")),
        ("features", ("user_activity_metrics", "feature_usage_metrics")),
        ("crash_rate", ("mobile_metrics", "crash_reports")),
    ],
)
def test_built_in_queries_read_these(query: str, tables: tuple[str, ...]) -> None:
    assert tables_of(BUILT_IN[query].text) == tables


def test_every_built_in_query_reads_a_contract_table() -> None:
    """Or the events of alerts, which the product keeps itself."""
    strangers = [name for name, query in BUILT_IN.items() if not tables_of(query.text)]
    assert [name for name in strangers if " alert_events " not in BUILT_IN[name].text] == []
