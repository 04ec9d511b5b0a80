"""What `kpi metrics NAME` prints, and what it says of a name that nothing has."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from dashboards.discovery import discover
from exporter.assembly import Assembly, assemble
from exporter.config import CollectorSettings, Config, Source
from exporter.listing import print_metric, unknown_metric
from tests.exporter.support import write_query

BOARD = """\
from dashboards import Board, row, stat
from metrics.commerce import CONVERSION

BOARD = Board("mine", "Mine", "First", "Ours.", [row(stat(CONVERSION, window="1d"))])
"""


@pytest.fixture(scope="module")
def assembly() -> Assembly:
    return assemble(Config())


def facts(printed: str) -> dict[str, str]:
    _, _, *lines, _ = printed.splitlines()
    return dict(re.split(r"  +", line.strip(), maxsplit=1) for line in lines)


def test_what_people_give_says_so_and_how_and_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "desks.py").write_text(
        "from metrics import RATIO, Input\n"
        'DESKS = Input("kpi_desk_use_ratio", "Desks.", unit=RATIO, owner="us", labels=("office",), every="week")\n'
    )
    config = Config(plugins=tmp_path)
    assert print_metric(assemble(config), "kpi_desk_use_ratio", config)
    told = facts(capsys.readouterr().out)
    assert told["given by"] == "people, because no system knows it"
    assert told["to give it"] == "kpi input set kpi_desk_use_ratio VALUE --period 2026-W44 --label office=…"
    assert told["due"] == "10 days after the end of each week"
    assert told["range"] == "at least 0 %, at most 100 %"
    assert (told["collector"], told["tables"]) == ("inputs", "manual_metric_values")
    assert told["boards"] == "Company / Catalogue, Company / Manual inputs"


def test_an_entry_tells_what_the_handbook_tells(assembly: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_metric(assembly, "kpi_revenue_amount", Config())
    printed = capsys.readouterr().out
    name, text, *_, example = printed.splitlines()
    assert name == "kpi_revenue_amount"
    assert text.startswith("Sum of completed payments in the window up to now, per currency and product category.")
    assert example == 'example: kpi_revenue_amount{window="30d"}'
    told = facts(printed)
    boards = told.pop("boards")
    assert "Commerce / Conversion funnel" in boards
    told.pop("recorded as", None)
    told.pop("alerts", None)
    assert told == {
        "type": "gauge",
        "unit": "currency",
        "labels": "currency, category, window",
        "windows": "1d, 7d, 30d",
        "owner": "finance",
        "better": "higher",
        "series limit": "1,000 for each source; the largest stay",
        "collector": "commerce",
        "file": "collectors/commerce/revenue.sql",
        "tables": "payment_metrics",
        "runs": "every 60 s",
        "history": "yes, for any moment of the past",
    }


def test_the_exporters_own_metrics_are_shown_too(assembly: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_metric(assembly, "kpi_exporter_source_up", Config())
    assert facts(capsys.readouterr().out)["collector"] == "none, the exporter itself tells it"


def test_a_recorded_metric_is_shown_with_its_rule(assembly: Assembly, capsys: pytest.CaptureFixture[str]) -> None:
    assert print_metric(assembly, "kpi_http_error_ratio", Config())
    printed = capsys.readouterr().out
    assert "\nrule: (sum by (tenant, service) (rate(kpi_http_requests_total{" in printed
    told = facts(printed.replace("\nrule: ", " "))
    assert told["recorded from"] == "kpi_http_requests_total"
    assert "HighErrorRate" in told["alerts"]


def test_alerts_that_watch_a_metric_through_a_recorded_one_are_told(
    assembly: Assembly, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_metric(assembly, "kpi_http_requests_total", Config())
    told = facts(capsys.readouterr().out)
    assert "kpi_http_error_ratio" in told["recorded as"]
    assert "HighErrorRate" in told["alerts"]


def test_the_interval_is_the_one_that_the_configuration_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Config(
        sources={"app": Source(dsn=SecretStr("postgresql://localhost/nowhere"))},
        collectors={"commerce": CollectorSettings(interval=900)},
    )
    assert print_metric(assemble(config), "kpi_revenue_amount", config)
    assert facts(capsys.readouterr().out)["runs"] == "every 15 min"


def test_plugins_are_shown_with_their_boards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugins = tmp_path / "plugins"
    write_query(
        plugins, "orders", "SELECT 1 AS kpi_orders", help="Orders in [bold]shops[/bold] [/x].", owner="[red]shop"
    )
    (plugins / "dashboards").mkdir()
    (plugins / "dashboards" / "mine.py").write_text(BOARD)
    config = Config(plugins=plugins)
    assembly = assemble(config)
    assert print_metric(assembly, "kpi_orders", config)
    printed = capsys.readouterr().out
    assert "Orders in [bold]shops[/bold] [/x]." in printed
    assert facts(printed)["owner"] == "[red]shop"
    assert facts(printed)["file"] == "…/plugins/orders.sql"
    assert print_metric(assembly, "kpi_conversion_ratio", config)
    assert "Mine / First" in facts(capsys.readouterr().out)["boards"]


def test_the_boards_that_come_along_are_found() -> None:
    assert discover({}).problems == []


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("kpi_revenu_amount", "did you mean kpi_revenue_amount?"),
        ("revenue", "did you mean kpi_revenue_amount or kpi_revenue_weekly_change_ratio?"),
        ("Kpi_Revenue_Amount", "did you mean kpi_revenue_amount?"),
        ("kpi_session_duration_seconds_bucket", "did you mean kpi_session_duration_seconds?"),
        (
            "conversion",
            "did you mean kpi_offer_conversion_ratio or kpi_payment_conversion_ratio or kpi_conversion_ratio?",
        ),
        ("kpi_nothing", "'kpi metrics' lists what there is"),
    ],
)
def test_a_wrong_name_gets_near_ones(
    assembly: Assembly, capsys: pytest.CaptureFixture[str], name: str, advice: str
) -> None:
    assert not print_metric(assembly, name, Config())
    assert capsys.readouterr().out == ""
    assert unknown_metric(assembly, name, Config()) == f"no collector declares {name}; {advice}"
