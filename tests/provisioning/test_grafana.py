"""The files that Grafana loads: boards, providers and data sources."""

import json
import re
from dataclasses import replace

import pytest
import yaml

from dashboards import Board, row, stat, text
from dashboards.board import area_slug
from dashboards.scope import Scope
from metrics import COUNT, Gauge
from provisioning.database import Database
from provisioning.errors import BuildError
from provisioning.grafana import board_files, data_source_file, provider_files

ORDERS = Gauge("kpi_open_orders", "Open orders.", unit=COUNT, owner="sales")
SCOPE = Scope((ORDERS,))


def board(uid: str = "orders", area: str = "Shop & Co", name: str = "Orders") -> Board:
    return Board(uid=uid, area=area, name=name, description="Orders.", content=[row(stat(ORDERS))])


def as_grafana_reads(text: str, environ: dict[str, str]) -> str:
    """Like os.ExpandEnv of Go, which Grafana applies to what lies between two `$$`."""
    filled = [re.sub(r"\$\{?(\w+)\}?", lambda name: environ.get(name[1], ""), part) for part in text.split("$$")]
    return "$".join(filled)


class TestBoardFiles:
    def test_a_board_lies_in_the_folder_of_its_area_under_its_uid(self) -> None:
        ((path, content),) = board_files([board()], SCOPE).items()
        assert path == "grafana/dashboards/shop-co/orders.json"
        assert json.loads(content)["uid"] == "orders"

    def test_the_text_is_sorted_readable_and_always_the_same(self) -> None:
        (content,) = board_files([board(name="Bestellungen für heute")], SCOPE).values()
        assert content == json.dumps(json.loads(content), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        assert "für" in content
        assert [content] == [*board_files([board(name="Bestellungen für heute")], SCOPE).values()]

    @pytest.mark.parametrize("uid", ["", "../escape", "a/b", "x" * 41, "with space", "ümlaut"])
    def test_a_uid_that_is_no_file_name_is_refused(self, uid: str) -> None:
        with pytest.raises(BuildError, match="expected a uid of at most 40 letters"):
            board_files([board(uid)], SCOPE)

    def test_uids_that_differ_in_case_only_are_refused(self) -> None:
        with pytest.raises(BuildError, match="the boards 'Shop & Co / Orders' and 'Sales / X' have the uid ORDERS"):
            board_files([board(), board("ORDERS", area="Sales", name="X")], SCOPE)

    def test_all_that_is_in_the_way_is_told_at_once(self) -> None:
        panel = replace(text("…", title="Note"), kind="nothing that can be drawn")  # type: ignore[arg-type]
        broken = Board(uid="broken", area="Shop", name="Broken", description="…", content=[row(panel)])
        with pytest.raises(BuildError) as refused:
            board_files([board("a/b"), broken], SCOPE)
        assert len(refused.value.problems) == 2
        assert refused.value.problems[1].startswith("could not draw the board 'Shop / Broken': ")


class TestProviders:
    def test_each_area_is_a_folder_with_a_provider_of_its_own(self) -> None:
        files = provider_files([board(), board("b", "Sales"), board("c", "Sales", "Others")])
        assert [*files] == [
            "grafana/provisioning/dashboards/sales.yaml",
            "grafana/provisioning/dashboards/shop-co.yaml",
        ]
        (provider,) = yaml.safe_load(files["grafana/provisioning/dashboards/shop-co.yaml"])["providers"]
        assert provider == {
            "name": "kpi-shop-co",
            "type": "file",
            "folder": "Shop & Co",
            "folderUid": "kpi-shop-co",
            "allowUiUpdates": False,
            "disableDeletion": False,
            "updateIntervalSeconds": 30,
            "options": {"path": "$KPI_DASHBOARDS/shop-co"},
        }

    def test_a_dollar_in_an_area_reaches_grafana_as_it_is(self) -> None:
        (content,) = provider_files([board(area="US$sales")]).values()
        (provider,) = yaml.safe_load(content)["providers"]
        assert as_grafana_reads(provider["folder"], {}) == "US$sales"

    def test_areas_that_would_share_a_folder_are_refused(self) -> None:
        with pytest.raises(BuildError, match="the areas 'Shop & Co' and 'shop-co' would share the folder shop-co"):
            provider_files([board(), board("b", "shop-co")])

    def test_slugs_are_plain(self) -> None:
        assert [area_slug(area) for area in ("App performance", " R&D ", "…")] == ["app-performance", "r-d", ""]


def data_sources(*databases: Database, scrape_interval: float = 15) -> list[dict[str, object]]:
    (content,) = data_source_file(databases, scrape_interval).values()
    found: list[dict[str, object]] = yaml.safe_load(content)["datasources"]
    return found


class TestDataSources:
    def test_without_databases_everything_comes_from_the_environment(self) -> None:
        prometheus, postgres = data_sources()
        assert prometheus == {
            "name": "Prometheus",
            "uid": "prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": "$KPI_PROMETHEUS_URL",
            "isDefault": True,
            "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
        }
        assert postgres == {
            "name": "PostgreSQL",
            "uid": "postgres",
            "type": "postgres",
            "access": "proxy",
            "url": "$KPI_POSTGRES_URL",
            "user": "$KPI_POSTGRES_USER",
            "database": "$KPI_POSTGRES_DATABASE",
            "jsonData": {"database": "$KPI_POSTGRES_DATABASE", "sslmode": "$KPI_POSTGRES_SSLMODE"},
            "secureJsonData": {"password": "$KPI_POSTGRES_PASSWORD"},
        }

    def test_what_is_known_of_a_database_is_written_and_the_rest_has_its_own_variables(self) -> None:
        known = Database("acme-eu", "db.example.com", "6432", "pri$e", "", "prefer")
        _, postgres = data_sources(known)
        assert (postgres["name"], postgres["uid"]) == ("PostgreSQL acme-eu", "postgres-acme-eu")
        assert postgres["url"] == "db.example.com:6432"
        assert as_grafana_reads(str(postgres["database"]), {}) == "pri$e"
        assert postgres["user"] == "$KPI_POSTGRES_ACME_EU_USER"
        assert postgres["jsonData"] == {"database": "pri$$e", "sslmode": "$KPI_POSTGRES_ACME_EU_SSLMODE"}
        assert postgres["secureJsonData"] == {"password": "$KPI_POSTGRES_ACME_EU_PASSWORD"}

    @pytest.mark.parametrize(
        ("host", "port", "url"),
        [("db", "", "db:5432"), ("/run/postgresql", "5433", "/run/postgresql"), ("::1", "5433", "[::1]:5433")],
    )
    def test_hosts_are_written_as_grafana_reads_them(self, host: str, port: str, url: str) -> None:
        _, postgres = data_sources(Database("a", host, port))
        assert postgres["url"] == url

    @pytest.mark.parametrize(("seconds", "written"), [(60, "60s"), (0.5, "500ms"), (1.5, "1500ms")])
    def test_the_scrape_interval_is_a_duration_of_grafana(self, seconds: float, written: str) -> None:
        prometheus, _ = data_sources(scrape_interval=seconds)
        assert prometheus["jsonData"] == {"httpMethod": "POST", "timeInterval": written}

    def test_sources_that_would_share_a_variable_or_a_uid_are_refused(self) -> None:
        twins = [Database("acme-eu"), Database("acme_eu"), Database("x" * 32 + "1"), Database("x" * 32 + "2")]
        with pytest.raises(BuildError) as refused:
            data_source_file(twins, 15)
        assert refused.value.problems == [
            "the sources acme-eu and acme_eu would share the variable KPI_POSTGRES_ACME_EU_PASSWORD in Grafana; "
            "rename one",
            f"the sources {twins[2].name} and {twins[3].name} would share the uid postgres-{'x' * 31} in Grafana; "
            "rename one",
        ]
