"""Each rule for boards: examples that break it, each with exactly its code, and neighbours that are right."""

from typing import Any

import pytest

from dashboards import Board, Panel, dial, row, section, stat, text, trend
from dashboards.scope import Scope
from dashboards.to_grafana import dashboard
from provisioning.lint.drawn import check_drawn, variable_faults
from tests.provisioning.lint.board_support import board, codes, findings
from tests.provisioning.lint.support import CATALOGUE, METRICS, USERS, WINS

EXTRA = frozenset({"tenant", "job", "instance"})

FAILING: list[tuple[str, dict[str, Any], str]] = [
    ("K401", {"uid": ""}, "got ''"),
    ("K401", {"uid": "x" * 41}, "1 to 40"),
    ("K401", {"uid": "my orders"}, "got 'my orders'"),
    ("K404", {"name": ""}, "The name must be"),
    ("K404", {"name": "Orders/EU"}, "got 'Orders/EU'"),
    ("K404", {"area": "Commerce "}, "got 'Commerce '"),
    ("K404", {"area": ""}, "The area must be"),
    ("K404", {"area": "general"}, "Grafana's own folder"),
    ("K404", {"area": "€"}, "needs a letter"),
    ("K404", {"name": "x" * 50}, "61 characters"),
    ("K405", {"description": " "}, "no description"),
    ("K406", {"questions": ()}, "no question"),
    ("K406", {"questions": (" ",)}, "no question"),
    ("K407", {"up": "overwiew"}, "'overwiew'"),
    ("K408", {"refresh": "29s"}, "at least 30s, got '29s'"),
    ("K408", {"refresh": "soon"}, "got 'soon'"),
    ("K409", {"time": "30 days"}, "got '30 days'"),
    ("K409", {"time": "0d"}, "got '0d'"),
    ("K410", {"tags": ("Money",)}, "got 'Money'"),
    ("K410", {"tags": ("kpi",)}, "'kpi' is there already"),
    ("K410", {"tags": ("commerce",)}, "'commerce' is there already"),
    ("K410", {"tags": ("money", "money")}, "'money' is there already"),
    ("K411", {"variables": ("warehouse",)}, "label 'warehouse'"),
]

RIGHT: dict[str, dict[str, Any]] = {
    "a uid of 40 characters": {"uid": "x" * 37 + "-_9"},
    "a title of 60 characters": {"name": "x" * 49},
    "an area of several words": {"area": "App performance", "tags": ("performance",)},
    "a board above itself, which is the top": {"up": "orders"},
    "no board above": {"up": ""},
    "half a minute": {"refresh": "30s"},
    "an hour": {"refresh": "1h"},
    "never refreshed": {"refresh": ""},
    "months": {"time": "3M"},
    "a tag of two words": {"tags": ("big-money", "q4")},
    "a variable that a metric carries": {"variables": ("window",)},
}


@pytest.mark.parametrize(("code", "given", "message"), FAILING)
def test_rule_speaks_of_the_board_that_breaks_it_and_no_other_rule_does(
    code: str, given: dict[str, Any], message: str
) -> None:
    (found,) = findings([board(**given)])
    assert found.code == code
    assert message in found.message


@pytest.mark.parametrize("given", RIGHT.values(), ids=RIGHT)
def test_nothing_is_said_of_a_board_that_is_right(given: dict[str, Any]) -> None:
    assert findings([board(**given)]) == []


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param({"uid": "orders", "name": "Others"}, ["K402"], id="same uid"),
        pytest.param({"uid": "ORDERS", "name": "Others"}, ["K402"], id="same uid but for capitals"),
        pytest.param({"uid": "others"}, ["K403"], id="same title"),
        pytest.param({"uid": "others", "name": "ORDERS"}, ["K403"], id="same title but for capitals"),
        pytest.param({"uid": "others", "area": "Com-merce", "name": "Others"}, [], id="another area"),
        pytest.param({"uid": "others", "area": "COMMERCE", "name": "Others"}, ["K412"], id="same folder on disk"),
        pytest.param({"uid": "others", "area": "Engagement"}, [], id="same name in another folder"),
        pytest.param({"uid": "others", "name": "Others", "up": "orders"}, [], id="below the other"),
    ],
)
def test_boards_must_not_share_their_names(other: dict[str, Any], expected: list[str]) -> None:
    assert codes(board(), board(**other)) == expected


def test_each_of_many_boards_is_compared_with_all_others() -> None:
    twins = [board(uid="a", name="A"), board(uid="b", name="B"), board(uid="c", name="C"), board(uid="A", name="D")]
    (found,) = findings(twins)
    assert str(found) == "K402 Commerce / D: Commerce / A has the uid 'a' as well."


def users(title: str) -> Panel:
    return trend(USERS, by="plan", window="1d", title=title)


def test_two_titles_with_one_checksum_share_their_id() -> None:
    (found,) = findings([board(users("plumless"), users("buckeroo"))])  # a known pair of equal CRC-32
    assert found.code == "K304"
    assert found.place == "Commerce / Orders › buckeroo"
    assert found.message.startswith("The panel 'buckeroo' has the id of the panel 'plumless': ")
    assert codes(board(users("plumless"), section("Detail", row(users("buckeroo"))))) == []


def test_forty_open_panels_are_enough_and_folded_ones_do_not_count() -> None:
    full = [users(f"Users {number}") for number in range(39)]
    assert codes(board(*full)) == []
    assert codes(board(*full, section("More", row(users("One"))))) == ["K415"]
    assert codes(board(*full, section("More", row(users("One")), folded=True))) == []


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        pytest.param([row(users("Users"))], ["K416"], id="a line"),
        pytest.param([row(text("Words.", title="About"))], ["K416"], id="words alone"),
        pytest.param([], ["K416"], id="nothing"),
        pytest.param([row(users("Users"), stat(WINS, window="1d"))], [], id="a number beside a line"),
        pytest.param([row(dial(WINS, window="1d", maximum=1))], [], id="a dial"),
        pytest.param([row(text("Words.", title="About")), row(stat(WINS, window="1d"))], [], id="words, then a number"),
        pytest.param([section("Now", row(stat(WINS, window="1d")))], [], id="a number in a section"),
    ],
)
def test_board_opens_with_the_numbers_that_matter(first: list[Any], expected: list[str]) -> None:
    made = Board(
        "orders", "Commerce", "Orders", "What is ordered.", content=first, questions=("How many orders?",), up=""
    )
    assert codes(made) == expected


def test_board_that_cannot_be_drawn_is_named_and_the_others_are_linted() -> None:
    broken = trend(USERS, window="1d", steps=("red",))  # type: ignore[arg-type]
    found = findings([board(broken), board(uid="others", name="Others", time="often")])
    assert [(one.code, one.place) for one in found] == [("K417", "Commerce / Orders"), ("K409", "Commerce / Others")]


@pytest.mark.parametrize(
    ("query", "expected", "message"),
    [
        ("label_values(kpi_users, plan)", [], ""),
        ('label_values(kpi_orders_total{tenant=~"$tenant"}, status)', [], ""),
        ("label_values(kpi_wait_seconds_bucket, le)", [], ""),
        ("label_values(up, job)", [], ""),
        ("label_values(plan)", ["K413"], "Expected label_values(selector, label), got 'label_values(plan)'."),
        ("query_result(kpi_users)", ["K413"], "Expected label_values"),
        ("label_values(kpi_users{, plan)", ["K413"], "could not parse"),
        ("label_values(kpi_user, plan)", ["K102"], "did you mean kpi_users?"),
        ('label_values(kpi_users{plann="free"}, plan)', ["K203"], "did you mean plan?"),
        ("label_values(kpi_users, country)", ["K414"], "kpi_users has no label 'country'"),
        ("label_values(up, tenant)", ["K414"], "up has no label 'tenant'"),
        ('label_values(kpi_users{plan=~"$plan"}, window)', ["K321"], "$plan, which does not stand above it"),
    ],
)
def test_query_of_a_variable_lists_a_label_of_a_series(query: str, expected: list[str], message: str) -> None:
    found = list(variable_faults(query, ["datasource", "tenant"], CATALOGUE, EXTRA))
    assert [code for code, _ in found] == expected
    assert message in " ".join(said for _, said in found)


def test_variables_and_annotations_are_checked_as_they_are_drawn() -> None:
    drawn = {
        "templating": {
            "list": [
                {"type": "datasource", "name": "datasource", "query": "prometheus"},
                {"type": "query", "name": "plan", "query": "label_values(kpi_user, plan)"},
                {"type": "query", "name": "window", "query": 'label_values(kpi_users{plan=~"$plan"}, window)'},
            ]
        },
        "annotations": {
            "list": [
                {"name": "Alerts", "expr": "ALERTS", "titleFormat": "{{alertname}}", "textFormat": "{{colour}}"},
                {"name": "Built in"},
            ]
        },
    }
    found = list(check_drawn(drawn, "Commerce / Orders", CATALOGUE, EXTRA))
    assert [(one.code, one.place) for one in found] == [
        ("K102", "Commerce / Orders › variable plan"),
        ("K205", "Commerce / Orders › annotation Alerts"),
    ]


def test_annotations_of_every_board_need_the_metric_of_the_alerts() -> None:
    scope = Scope(tuple(metric for metric in METRICS if metric.name != "ALERTS"))
    assert [str(one) for one in findings([board()], scope)] == [
        "K102 Commerce / Orders › annotation Firing alerts: No metric exposes ALERTS."
    ]


def test_source_labels_of_the_scope_become_variables_that_are_right() -> None:
    scope = Scope(METRICS, source_labels=("shop", "tenant"))
    assert [variable["name"] for variable in dashboard(board(), scope)["templating"]["list"]] == [
        "datasource",
        "shop",
        "tenant",
        "team",
    ]
    assert findings([board()], scope) == []
