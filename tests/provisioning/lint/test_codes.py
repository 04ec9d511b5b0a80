import re
from pathlib import Path

import pytest

from metrics.catalogue import all_metrics, external_metrics
from provisioning.lint import CODES, Catalogue, check
from provisioning.lint.query import RULES

TESTS = Path(__file__).parents[1]


def test_every_code_is_raised_by_an_example_in_the_tests() -> None:
    texts = "\n".join(file.read_text(encoding="utf-8") for file in TESTS.rglob("test_*.py"))
    assert set(CODES) <= set(re.findall(r'"(K\d{3})"', texts))


def test_every_rule_for_expressions_raises_a_declared_code_and_has_a_code_of_its_own() -> None:
    raised = [code for code, _ in RULES]
    assert set(raised) <= set(CODES)
    assert len(raised) == len(set(raised))


@pytest.mark.parametrize("number", CODES)
def test_code_is_explained_in_sentences(number: str) -> None:
    code = CODES[number]
    assert re.fullmatch(r"K[1-6]\d\d", code.number)
    assert code.number == number
    assert not code.title.endswith(".")
    assert code.example
    assert code.explanation.endswith(".")
    assert not code.explanation[0].islower()
    assert not code.remedy[0].islower()


@pytest.mark.parametrize("number", [number for number in CODES if number in {code for code, _ in RULES} | {"K201"}])
def test_example_in_the_explanation_raises_its_code_and_no_other(number: str) -> None:
    catalogue = Catalogue([*all_metrics(), *external_metrics()])
    expr, _, legend = CODES[number].example.partition(" with the legend ")
    assert [finding.code for finding in check(expr, catalogue, "here", legend=legend)] == [number]
