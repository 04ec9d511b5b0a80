"""The fixtures that all other tests stand on."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from warehouse.contract import TABLES


def outcome(program: Callable[[str], Path], name: str) -> str:
    """What the fixture answers; a skip in here must not skip the test that asks."""
    try:
        return str(program(name))
    except (pytest.skip.Exception, pytest.fail.Exception) as raised:
        return f"{type(raised).__name__}: {raised.msg}"


def test_missing_program_skips_the_test_and_fails_it_in_ci(
    program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert outcome(program, "no-such-program") == "Skipped: no-such-program is not installed"
    monkeypatch.setenv("CI", "true")
    assert outcome(program, "no-such-program").startswith("Failed: no-such-program is not installed")


def test_program_is_found_under_its_other_name(
    program: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "prometheus-alertmanager"
    other.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert outcome(program, "alertmanager") == str(other)


def test_databases_of_two_tests_share_nothing(database: str, demo_database: str) -> None:
    for dsn, empty in ((database, True), (demo_database, False)):
        with psycopg.connect(dsn) as connected:
            for table in TABLES:
                assert (connected.execute(f"SELECT 1 FROM {table} LIMIT 1".encode()).fetchone() is None) == empty
