"""What a configuration means for boards: metrics, intervals, labels of sources, data sources."""

from pathlib import Path

import pytest

from exporter.artefacts import Artefacts, load
from exporter.config import Config, ConfigError
from exporter.config import load as load_config
from metrics.catalogue import domains, external_metrics, inputs, recorded
from provisioning.database import Database
from tests.exporter.support import write_config, write_python, write_query

NOWHERE = "postgresql://kpi:hunter2secret@db.example.com:6432/app?sslmode=require"


def artefacts(folder: Path, *sources: str, **keys: object) -> Artefacts:
    given = {f"s{number}": source for number, source in enumerate(sources)}
    return load(load_config(write_config(folder, given, built_in=True, **keys), {}))


def test_without_a_configuration_it_is_what_the_project_declares() -> None:
    found = load(Config())
    origins = (domains(), recorded(), inputs())
    declared = {metric for of_origin in origins for domain in of_origin.values() for metric in domain}
    assert {*found.metrics} == {*declared, *external_metrics()}
    assert len(found.metrics) == len({metric.name for metric in found.metrics})
    assert found.scope.source_labels == ("tenant",)
    assert found.surroundings.databases == ()
    assert found.boards
    assert found.rules
    assert (found.problems, found.notices) == ((), ())


def test_the_exporter_is_told_of_alerts_where_it_has_a_warehouse_for_them(tmp_path: Path) -> None:
    assert load(Config()).surroundings.paging.events is not None  # as docker-compose runs it
    assert artefacts(tmp_path, NOWHERE).surroundings.paging.events is None
    assert artefacts(tmp_path, NOWHERE, warehouse={"dsn": NOWHERE}).surroundings.paging.events is not None


def test_plugins_add_collectors_metrics_and_boards(tmp_path: Path) -> None:
    write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders", every="15m")
    boards = tmp_path / "plugins" / "dashboards"
    boards.mkdir()
    (boards / "orders.py").write_text(
        "from dashboards import Board, row, stat\n"
        "def boards(domains):\n"
        "    (orders,) = domains['orders']\n"
        "    yield Board(uid='orders', area='Shop', name='New', description='New.', content=[row(stat(orders))])\n"
    )
    found = artefacts(tmp_path)
    assert "orders" in [board.uid for board in found.boards]
    assert "orders" in found.collectors
    assert found.scope.intervals["kpi_orders"] == 900
    assert len(found.metrics) == len({metric.name for metric in found.metrics})


def test_the_label_that_names_the_sources_names_their_databases(tmp_path: Path) -> None:
    def named_by(**labels: dict[str, str]) -> str:
        sources = {name: {"dsn": NOWHERE, "labels": given} for name, given in labels.items()}
        return load(load_config(write_config(tmp_path, sources, built_in=True), {})).scope.databases_by

    live = {"env": "live"}
    assert named_by(acme={**live, "tenant": "acme"}, globex={**live, "tenant": "globex"}) == "tenant"
    assert named_by(acme={"tenant": "acme"}, app={"tenant": "globex"}) == ""
    assert named_by(app={}) == ""
    assert load(Config()).scope.databases_by == ""  # the data source that every build has is called PostgreSQL


def test_what_cannot_be_loaded_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "dashboards").mkdir(parents=True)
    (tmp_path / "plugins" / "broken.py").write_text("raise RuntimeError('no')")
    (tmp_path / "plugins" / "dashboards" / "broken.py").write_text("raise RuntimeError('neither')")
    found = artefacts(tmp_path)
    assert [problem.rpartition(": ")[2] for problem in found.problems] == ["no", "neither"]
    assert found.boards
    assert found.rules


def test_intervals_follow_query_then_configuration_then_collector(tmp_path: Path) -> None:
    write_query(tmp_path / "plugins", "orders", "SELECT 1 AS kpi_orders", every="15m")
    write_python(tmp_path / "plugins", "return []")  # every 0.2 s
    assert artefacts(tmp_path).scope.intervals["kpi_tickets"] == 0.2
    intervals = artefacts(tmp_path, collectors={"tickets": {"interval": "7m"}}).scope.intervals
    assert intervals["kpi_tickets"] == 420
    assert intervals["kpi_orders"] == 900


def test_people_can_choose_by_the_labels_of_all_sources(tmp_path: Path) -> None:
    one = {"dsn": NOWHERE, "labels": {"env": "prod", "tenant": "acme"}}
    two = {"dsn": NOWHERE, "labels": {"env": "test", "tenant": "acme"}}
    config = load_config(write_config(tmp_path, {"one": one, "two": two}, built_in=True), {})
    assert load(config).scope.source_labels == ("env", "tenant")
    assert artefacts(tmp_path, NOWHERE).scope.source_labels == ()


def test_a_collector_that_is_off_here_is_still_known(tmp_path: Path) -> None:
    found = artefacts(tmp_path, collectors={"commerce": {"enabled": False}})
    assert "commerce" in found.collectors
    assert "kpi_revenue_amount" in {metric.name for metric in found.metrics}


@pytest.mark.parametrize(
    ("dsn", "database"),
    [
        (NOWHERE, Database("s0", "db.example.com", "6432", "app", "kpi", "require")),
        ("host=a,b port=1,2 dbname=app", Database("s0", "a", "1", "app")),
        ("hostaddr=::1 user=kpi", Database("s0", "::1", user="kpi")),
        ("dbname=app", Database("s0", database="app")),
    ],
)
def test_a_data_source_knows_what_the_connection_string_says_but_for_the_password(
    dsn: str, database: Database, tmp_path: Path
) -> None:
    found = artefacts(tmp_path, dsn)
    assert found.surroundings.databases == (database,)
    assert "hunter2secret" not in repr(found.surroundings)


def test_what_a_data_source_cannot_do_is_told(tmp_path: Path) -> None:
    source = {"dsn": NOWHERE, "search_path": ["acme"], "settings": {"app.tenant": "acme"}}
    config = load_config(write_config(tmp_path, {"acme": source}), {})
    assert load(config).notices == (
        "sources.acme: a data source of Grafana has no search_path and no settings; give them to the role that Grafana "
        "logs in with, by ALTER ROLE … SET",
    )


def test_the_configuration_names_the_handbook_and_the_scrape_interval(tmp_path: Path) -> None:
    grafana = {"handbook_url": "https://kpi.example.com/handbook", "scrape_interval": "1m"}
    found = artefacts(tmp_path, grafana=grafana)
    assert found.scope.handbook_url == "https://kpi.example.com/handbook"
    assert found.surroundings.scrape_interval == 60


def test_settings_for_an_unknown_collector_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown collector; did you mean commerce"):
        artefacts(tmp_path, collectors={"comerce": {"enabled": False}})
