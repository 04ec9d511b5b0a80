"""Boards as ConfigMaps for the sidecar of Grafana's Helm chart."""

import json
import re

import pytest
import yaml

from dashboards import Board, row, stat, text
from dashboards.scope import Scope
from metrics import COUNT, Gauge
from provisioning.errors import BuildError
from provisioning.grafana import board_files
from provisioning.kubernetes import config_map_files, config_map_name

ORDERS = Gauge("kpi_open_orders", "Open orders.", unit=COUNT, owner="sales")
SCOPE = Scope((ORDERS,))


def board(uid: str = "orders", title: str = "Orders", content: str = "…") -> Board:
    note = text(content, title="Note")
    return Board(uid=uid, area="Shop & Co", name=title, description="Orders.", content=[row(stat(ORDERS), note)])


def config_maps(*boards: Board, namespace: str = "") -> dict[str, str]:
    return config_map_files(boards, board_files(boards, SCOPE), namespace)


def test_a_config_map_holds_one_board_for_the_sidecar_to_find() -> None:
    ((path, content),) = config_maps(board()).items()
    assert path == "kubernetes/kpi-orders.yaml"
    found = yaml.safe_load(content)
    drawn = board_files([board()], SCOPE)["grafana/dashboards/shop-co/orders.json"]
    assert json.loads(found["data"].pop("orders.json")) == json.loads(drawn)
    assert found == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "kpi-orders",
            "labels": {"app.kubernetes.io/managed-by": "kpi-build", "grafana_dashboard": "1"},
            "annotations": {"grafana_folder": "Shop & Co"},
        },
        "data": {},
    }


def test_the_namespace_is_written_where_one_is_given() -> None:
    (content,) = config_maps(board(), namespace="monitoring").values()
    assert yaml.safe_load(content)["metadata"]["namespace"] == "monitoring"


def test_signs_that_yaml_takes_for_the_end_of_a_line_survive() -> None:
    odd = "one\u2028two\x85three\ufeff\x7f"
    (content,) = config_maps(board(content=odd)).values()
    board_json = yaml.safe_load(yaml.safe_load(content)["data"]["orders.json"])
    assert board_json["panels"][1]["options"]["content"] == odd


@pytest.mark.parametrize("uid", ["orders", "Orders", "_orders_", "-", "a--b", "x" * 40])
def test_names_are_dns_labels(uid: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", config_map_name(uid))


def test_different_boards_have_different_names() -> None:
    uids = ["a-b", "a_b", "A-b", "a--b", "-a-b"]
    assert len({config_map_name(uid) for uid in uids}) == len(uids)


def test_a_board_that_no_config_map_can_hold_is_refused() -> None:
    config_maps(board(content="x" * 1_000_000))
    with pytest.raises(BuildError, match=r"the board 'Shop & Co / Orders' has [\d,]+ bytes, .* less than 1,048,576"):
        config_maps(board(content="x" * 1_048_576))
