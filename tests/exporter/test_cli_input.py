"""`kpi input`: from what people write to rows, corrections, and lists of what is due, on a real PostgreSQL."""

import json
import subprocess
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from exporter.cli import app
from metrics.period import Period
from tests.exporter.support import kpi, write_config
from warehouse.embedded import EmbeddedPostgres
from warehouse.inputs import _LOCK
from warehouse.migrate import MIGRATIONS, migrate

DESKS = "kpi_desk_use_ratio"
PLUGIN = """
from math import inf
from metrics import COUNT, CURRENCY, RATIO, Input

about = {"owner": "facilities"}
DESKS = Input("kpi_desk_use_ratio", "Desks in use ÷ desks.", unit=RATIO, labels=("office",), **about)
RENT = Input("kpi_rent_amount", "Rent.", unit=CURRENCY, labels=("office", "currency"), every="quarter", **about)
VISITORS = Input("kpi_visitors", "Visitors.", unit=COUNT, every="week", **about)
RETURN = Input("kpi_return_ratio", "Gain ÷ cost.", unit=RATIO, every="year", least=-inf, most=inf, **about)
"""
Connection = psycopg.Connection[Any]
Config = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path, database: str) -> Config:
    """Writes a configuration with the metrics of a plugin; its warehouse is `database`."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "desks.py").write_text(PLUGIN)

    def config(**sources: Any) -> Path:
        return write_config(tmp_path, sources, warehouse={"dsn": database})

    return config


@pytest.fixture
def config(make: Config, database: str) -> Path:
    return make(app=database)


@pytest.fixture
def csv(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "values.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def run(*arguments: str | Path) -> Result:
    """The command in this process, which is quicker than a new one each time."""
    return CliRunner().invoke(app, ["input", *map(str, arguments)])


def give(config: Path, value: str = "0.8", period: str = "2026-10", office: str = "Berlin", *more: str) -> Result:
    return run("set", DESKS, value, "--period", period, "--label", f"office={office}", "-c", config, *more)


def rows(connection: Connection, columns: str = "value::float8, superseded_by IS NULL") -> list[tuple[Any, ...]]:
    query = sql.SQL("SELECT {} FROM manual_metric_values ORDER BY id").format(sql.SQL(columns))
    return connection.execute(query).fetchall()


def ago(every: Any, number: int) -> Period:
    """The period that ended so many periods ago; 1 is the newest that is over."""
    return Period.of(every, datetime.now(UTC).date()).shifted(-number)


def test_a_value_is_stored_with_its_period_its_labels_and_who_gave_it(config: Path, connection: Connection) -> None:
    given = kpi("input", "set", DESKS, "0.8", "--period", "2026-10", "--label", "office=Berlin", "-c", config)
    assert (given.returncode, given.stderr) == (0, "")
    assert given.stdout == f"stored: {DESKS}{{office=Berlin}} for 2026-10 is 0.8 (80 %).\n"
    columns = "metric_id, labels, period_start, period_end, value::float8, note, source"
    assert rows(connection, columns) == [
        (DESKS, {"office": "Berlin"}, date(2026, 10, 1), date(2026, 10, 31), 0.8, None, "cli")
    ]
    assert all(rows(connection, "entered_by <> ''"))


def test_a_correction_supersedes_and_the_same_value_changes_nothing(config: Path, connection: Connection) -> None:
    give(config, "0.8")
    assert "corrected: " in (told := give(config, "0.85").stdout)
    assert "is 0.85 (85 %); it was 0.8 (80 %)." in told
    assert "unchanged: " in give(config, "0.850").stdout
    assert rows(connection) == [(0.8, False), (0.85, True)]
    columns = "id, superseded_by, superseded_at = (SELECT max(entered_at) FROM manual_metric_values)"
    (first, by, at), (second, *_) = rows(connection, columns)
    assert (by, at) == (second, True)
    assert first != second


def test_a_note_alone_is_a_correction_and_a_value_without_one_keeps_it(config: Path, connection: Connection) -> None:
    give(config)
    give(config, "0.8", "2026-10", "Berlin", "--note", "by hand")
    assert "unchanged" in give(config).stdout
    assert rows(connection, "note, superseded_by IS NULL") == [(None, False), ("by hand", True)]


def test_other_labels_and_other_periods_stand_beside(config: Path, connection: Connection) -> None:
    for period, office in (("2026-10", "Berlin"), ("2026-10", "Rome"), ("2026-09", "Berlin")):
        assert "stored" in give(config, "0.5", period, office).stdout
    assert [current for _, current in rows(connection)] == [True] * 3


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        (["kpi_desk_use", "0.5", "--period", "2026-10"], ["did you mean kpi_desk_use_ratio?"]),
        (["kpi_conversion_ratio", "0.5", "--period", "2026-10"], ["is no metric that people give"]),
        ([DESKS, "0.5", "--period", "2026-10"], [f"{DESKS} has the labels: office; got: none."]),
        (
            [DESKS, "85", "--period", "2026-W44", "--label", "city=Rome", "--label", "city=Oslo", "--label", "x"],
            [
                "--label gives the label 'city' twice.", "--label takes NAME=VALUE, got 'x'.",
                f"{DESKS} has the labels: office; got: city.",
                f"{DESKS} is given for each month, such as 2026-10; 2026-W44 is a week.",
                f"The value of {DESKS} must be 0 to 1, got 85. A ratio is given as 0.85, not as 85.",
            ],
        ),
        ([DESKS, "0,85", "--period", "2026-10", "--label", "office=a"], ["write a point before the decimals"]),
        (["kpi_visitors", "1.234,5", "--period", "2026-W40"], ["nothing between the thousands"]),
        (["kpi_visitors", "1_000", "--period", "2026-W40"], ["must be a number such as 1234.5, got '1_000'"]),
        (["kpi_visitors", "1 000", "--period", "2026-W40"], ["nothing between the thousands"]),
        ([DESKS, "85%", "--period", "2026-10", "--label", "office=a"], ["write 85 % as 0.85"]),
        (["kpi_visitors", "nan", "--period", "2026-W40"], ["must be a number such as 1234.5, got 'nan'"]),
        (["kpi_visitors", "inf", "--period", "2026-W40"], ["must be a number such as 1234.5, got 'inf'"]),
        (["kpi_visitors", "1e300", "--period", "2026-W40"], ["must be below 10,000,000,000,000,000, got 1e300"]),
        (["kpi_visitors", "9999999999999999.999999999", "--period", "2026-W40"], ["must be below 10,000,000,000,"]),
        (["kpi_visitors", "9" * 5000, "--period", "2026-W40"], [f"got {'9' * 80}…."]),
        (["kpi_visitors", "9x" * 5000, "--period", "2026-W40"], [f"got '{'9x' * 40}…'."]),
        (["kpi_visitors", "1", "--period", "9" * 5000], [f"got '{'9' * 80}…'."]),
        ([DESKS, "1", "--period", "2026-10", "--label", "\x1b[2J=a"], [r"has the labels: office; got: '\x1b[2J'."]),
        (["kpi_visitors", "", "--period", "2026-W40"], ["must be a number such as 1234.5, got ''."]),
        (["kpi_visitors", "-1", "--period", "2026-W40"], ["must be 0 or more, got -1."]),
        (["kpi_visitors", "0.000000001", "--period", "2026-W40"], ["has more than 8 decimals: 0.000000001."]),
        (["kpi_developer_satisfaction_score", "11", "--period", "2026-Q3", "--label", "team=a"], ["be 0 to 10, got"]),
        (
            ["kpi_knowledge_sharing_events", "2.5", "--period", "2026-10", "--label", "team=a"],
            ["The value of kpi_knowledge_sharing_events must be a whole number, got 2.5."],
        ),
        (["kpi_visitors", "1", "--period", "2190-W40"], ["has not begun; it begins on 2190-"]),
        (["kpi_visitors", "1", "--period", "2026-W54"], ["The period: there is no week 2026-W54."]),
        ([DESKS, "1", "--period", "2026-10", "--label", "office="], ["The label office is empty."]),
        (
            ["kpi_rent_amount", "1", "--period", "2026-Q3", "--label", "office=a", "--label", "currency=euro"],
            ["The label currency is an ISO 4217 code such as EUR, got 'euro'."],
        ),
        ([DESKS, "1", "--period", "2026-10", "--label", "office=a\x1b[2J"], ["holds characters that cannot be"]),
        ([DESKS, "1", "--period", "2026-10", "--label", "office=a", "--note", "x" * 1001], ["1,001 characters"]),
    ],
)  # fmt: skip
def test_all_that_is_wrong_is_told_at_once_and_nothing_is_stored(
    config: Path, connection: Connection, arguments: list[str], faults: list[str]
) -> None:
    outcome = run("set", "-c", config, *arguments)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    first, *lines = outcome.stderr.splitlines()
    assert first == "could not store the value:"
    assert len(lines) == len(faults)
    for fault in faults:
        assert sum(fault in line for line in lines) == 1, (fault, lines)
    assert rows(connection) == []


def test_a_whole_number_may_be_written_with_decimals(config: Path, connection: Connection) -> None:
    for number, text in enumerate(("3", "3.0", "3e0")):
        period = str(ago("month", 1 + number))
        given = run("set", "kpi_knowledge_sharing_events", text, "--period", period, "--label", "team=a", "-c", config)
        assert given.exit_code == 0
    assert [value for value, _ in rows(connection)] == [3, 3, 3]


def test_a_ratio_may_be_of_any_size_where_its_declaration_says_so(config: Path, connection: Connection) -> None:
    assert run("set", "-c", config, "--period", "2025", "kpi_return_ratio", "-1.5").exit_code == 0
    assert run("set", "-c", config, "--period", "2024", "kpi_return_ratio", "14.35").exit_code == 0
    assert [value for value, _ in rows(connection)] == [-1.5, 14.35]


def test_a_period_that_runs_may_be_given_and_is_shown_when_it_has_ended(config: Path, connection: Connection) -> None:
    month = ago("month", 0)
    told = give(config, "0.5", str(month)).stdout
    assert f"The period has not ended; the value is shown after {month.end}." in told
    assert len(rows(connection)) == 1


def withdraw(config: Path, period: str, *more: str) -> Result:
    return run("withdraw", DESKS, "--period", period, "--label", "office=Berlin", "-c", config, *more)


def test_a_withdrawn_value_is_kept_and_counts_as_not_given(config: Path, connection: Connection) -> None:
    former, newest = ago("month", 2), ago("month", 1)
    for value, period in (("0.7", former), ("0.8", newest)):
        give(config, value, str(period))
    outcome = withdraw(config, str(newest), "--note", "it was of Rome")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    assert outcome.stdout == f"withdrawn: {DESKS}{{office=Berlin}} for {newest} was 0.8 (80 %).\n"
    columns = "value::float8, note, superseded_by IS NULL, superseded_at IS NULL, source, entered_by <> ''"
    assert rows(connection, columns) == [
        (0.7, None, True, True, "cli", True),
        (0.8, None, False, False, "cli", True),
        (None, "it was of Rome", True, True, "cli", True),
    ]
    (listed,) = json.loads(run("list", "--metric", DESKS, "--missing", "--format", "json", "-c", config).stdout)
    assert (listed["period"], listed["value"], listed["next_period"]) == (str(former), 0.7, str(newest))
    assert give(config, "0.8", str(newest)).stdout.startswith("stored: ")


def test_a_series_whose_only_value_is_withdrawn_was_never_given(config: Path) -> None:
    give(config)
    withdraw(config, "2026-10")
    (listed,) = json.loads(run("list", "--metric", DESKS, "--format", "json", "-c", config).stdout)
    assert (listed["state"], listed["labels"]) == ("never", None)


def test_what_was_not_given_or_is_withdrawn_already_cannot_be_withdrawn(config: Path, connection: Connection) -> None:
    give(config)
    there = "'kpi input list' shows the newest of each series."
    for period in ("2026-09", "2026-10"):
        if period == "2026-10":
            withdraw(config, period)
        outcome = withdraw(config, period)
        assert (outcome.exit_code, outcome.stdout) == (2, "")
        sentence = f"There is no value of {DESKS}{{office=Berlin}} for {period}; {there}"
        assert outcome.stderr == f"could not withdraw the value:\n  {sentence}\n"
    assert [value for value, _ in rows(connection)] == [0.8, None]


def test_all_faults_of_a_withdrawal_are_told_at_once(config: Path, connection: Connection) -> None:
    give(config)
    outcome = run("withdraw", DESKS, "--period", "2026-W44", "--label", "city=Rome", "-c", config)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert outcome.stderr.splitlines()[1:] == [
        f"  {DESKS} has the labels: office; got: city.",
        f"  {DESKS} is given for each month, such as 2026-10; 2026-W44 is a week.",
    ]
    assert rows(connection) == [(0.8, True)]


FILE = f"""\
metric,period,value,label.office,label.currency,note
{DESKS},2026-09,0.7,Berlin,,
{DESKS},2026-10,0.8,Berlin,,"counted, twice"

kpi_rent_amount,2026-Q3,1234.50,Berlin,EUR,
kpi_visitors,2026-W40,12,,,
"""


@pytest.mark.parametrize(
    "text",
    [
        FILE,
        "\ufeff" + FILE,
        FILE.replace("\n", "\r\n"),
        FILE.replace(",", ";").replace("counted;", "counted,"),
        FILE.replace(",", "\t").replace("counted\t", "counted,"),
    ],
    ids=["plain", "with a mark", "of Windows", "semicolons", "tabs"],
)
def test_a_file_is_imported_whole_and_again_changes_nothing(
    config: Path, connection: Connection, csv: Callable[[str], Path], text: str
) -> None:
    file = csv(text)
    first = run("import", file, "-c", config)
    assert (first.exit_code, first.stdout) == (0, f"{file}: 4 new values, 0 corrected, 0 unchanged.\n")
    again = run("import", file, "-c", config)
    assert again.stdout == f"{file}: all 4 values are there already; nothing is changed.\n"
    assert rows(connection, "value::float8, note, labels, source") == [
        (0.7, None, {"office": "Berlin"}, "csv"),
        (0.8, "counted, twice", {"office": "Berlin"}, "csv"),
        (1234.5, None, {"office": "Berlin", "currency": "EUR"}, "csv"),
        (12, None, {}, "csv"),
    ]


def test_a_file_may_begin_with_blank_lines(config: Path, connection: Connection, csv: Callable[[str], Path]) -> None:
    assert (
        run("import", csv("\r\n \r\n" + "metric;period;value\r\nkpi_visitors;2026-W40;12\r\n"), "-c", config).exit_code
        == 0
    )
    assert rows(connection, "value::float8") == [(12,)]


def test_a_file_that_would_not_fit_in_memory_is_refused(config: Path) -> None:
    outcome = run("import", "/dev/zero", "-c", config)
    assert (outcome.exit_code, outcome.stderr) == (
        2, "could not read /dev/zero: it has more than 64 MiB; import it in parts\n"
    )  # fmt: skip


def test_nothing_below_zero_is_zero(config: Path) -> None:
    assert run("set", "kpi_visitors", "--period", "2026-W40", "-c", config, "--", "-0").stdout == (
        "stored: kpi_visitors for 2026-W40 is 0.\n"
    )


def test_who_writes_while_another_does_is_told_to_try_again(
    config: Path, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.inputs._LOCK_TIMEOUT", "100ms")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        outcome = give(config)
    assert (outcome.exit_code, outcome.stderr) == (
        3, "could not use the warehouse: somebody else is writing to it; try again\n"
    )  # fmt: skip
    assert give(config).exit_code == 0


def test_a_database_that_ends_in_the_middle_of_a_file_has_none_of_it(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    connection.execute("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$"
                       " BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$")  # fmt: skip
    connection.execute("CREATE TRIGGER die BEFORE INSERT ON manual_metric_values FOR EACH ROW EXECUTE FUNCTION die()")
    outcome = run("import", csv(FILE), "-c", config)
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert "terminating connection" in outcome.stderr
    assert rows(connection) == []
    connection.execute("DROP TRIGGER die ON manual_metric_values")
    assert run("import", csv(FILE), "-c", config).exit_code == 0


def test_one_column_may_hold_all_labels(config: Path, connection: Connection, csv: Callable[[str], Path]) -> None:
    file = csv('value,period,metric,labels\n9,2026-Q3,kpi_rent_amount,"currency=EUR, office=Berlin"\n')
    assert run("import", file, "-c", config).exit_code == 0
    assert rows(connection, "labels") == [({"office": "Berlin", "currency": "EUR"},)]


def test_a_file_with_a_new_a_corrected_and_an_old_value_says_so(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    run("import", csv(FILE), "-c", config)
    file = csv(FILE.replace("0.8", "0.9") + "kpi_visitors,2026-W41,13,,,\n")
    assert run("import", file, "-c", config).stdout == f"{file}: 1 new value, 1 corrected, 3 unchanged.\n"
    assert rows(connection)[1:] == [(0.8, False), (1234.5, True), (12, True), (0.9, True), (13, True)]


def test_all_faults_of_a_file_are_told_with_their_lines_and_nothing_is_written(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    file = csv(
        "metric,period,value,label.office,note\n"
        f"{DESKS},2026-10,0.8,Berlin,good\n"
        'kpi_visitors,2026-W40,12,,"over\ntwo lines"\n'
        f'{DESKS},2026-10,"0,8",Rome,\n'
        f"{DESKS},October,7,Rome,\n"
        f"{DESKS},2026-10,0.9,Berlin,\n"
        "kpi_visitor,2026-W40,12,,\n"
        "kpi_visitors,2026-W40\n"
    )
    outcome = run("import", file, "-c", config)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    first, *faults = outcome.stderr.splitlines()
    assert first == f"could not import {file}; nothing is written:"
    said = [fault.strip().removeprefix(f"{file}:") for fault in faults]
    assert [line.partition(":")[0] for line in said] == ["3", "5", "6", "6", "7", "8", "9", "9"]
    assert said[0] == "3: The note holds characters that cannot be printed: 'over\\ntwo lines'."
    assert "write a point before the decimals" in said[1]
    assert said[4] == "7: Line 2 gives the value of the same series and period."
    assert "did you mean kpi_visitors?" in said[5]
    assert said[6] == "9: The line has 2 cells, and there are 5 columns."
    assert rows(connection) == []


def test_a_second_line_for_one_series_and_period_is_told_whatever_else_is_wrong_with_either(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    file = csv(
        "metric,period,value,label.office,note\n"
        f"{DESKS},2026-10,7,Berlin,\n"
        f"{DESKS},2026-10,0.8,Berlin,\n"
        f"{DESKS},2026-10,many,Berlin,\n"
        f"{DESKS},2026-09,many,Berlin,\n"
        f"{DESKS},2026-10,0.8,,\n"
        f"{DESKS},2026-10,0.8,,\n"
    )
    outcome = run("import", file, "-c", config)
    assert outcome.exit_code == 2
    said = [fault.strip().removeprefix(f"{file}:") for fault in outcome.stderr.splitlines()[1:]]
    twice = "Line 2 gives the value of the same series and period."
    assert [line.partition(":")[0] for line in said] == ["2", "3", "4", "4", "5", "6", "7"]
    assert [line for line in said if "Line" in line] == [f"3: {twice}", f"4: {twice}"]
    assert rows(connection) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "it is empty; its first line names the columns"),
        (b"\n\n", "it is empty"),
        ("metric,period,value\nkpi_b\u00fcro,2026,1".encode("latin-1"), "it is not UTF-8; save it as 'CSV UTF-8'"),
        ("metric,period".encode("utf-16"), "it is not UTF-8"),
        (b"a\0b", "it holds NUL characters"),
        (b"metric,value,valeu\n", ":1: There is no column 'period'. The column 'valeu' is none of metric, period, "),
        (b"metric,period,value,note,note\n", "There are two columns 'note'."),
        (
            b"metric,period,value,\nkpi_visitors,2026-W40,12,\n",
            ":1: Column 4 has no name: name it, or delete it in the whole file.\n",
        ),
        (b"metric;period;value;;\n", "Column 5 has no name: name it, or delete it in the whole file.\n"),
        (
            b"sep=;\nmetric;period;value\n",
            ":1: Delete this line, 'sep=': the separator is told from the line that names the columns.\n",
        ),
        (b'metric,period,value\nkpi_visitors,2026,"1\n', ":2: could not read the line: unexpected end of data"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_one_sentence(
    config: Path, csv: Callable[[bytes], Path], text: bytes, sentence: str
) -> None:
    outcome = run("import", csv(text), "-c", config)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert sentence in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_told(config: Path, tmp_path: Path) -> None:
    outcome = run("import", tmp_path / "none.csv", "-c", config)
    assert outcome.stderr == f"could not read {tmp_path / 'none.csv'}: No such file or directory\n"


def test_a_file_without_values_is_told(config: Path, csv: Callable[[str], Path]) -> None:
    assert "holds no values." in run("import", csv("metric,period,value\n"), "-c", config).stdout


def test_a_file_of_one_value_is_not_spoken_of_as_many(config: Path, csv: Callable[[str], Path]) -> None:
    file = csv("metric,period,value\nkpi_visitors,2026-W40,12\n")
    assert run("import", file, "-c", config).stdout == f"{file}: 1 new value, 0 corrected, 0 unchanged.\n"
    assert run("import", file, "-c", config).stdout == f"{file}: its value is there already; nothing is changed.\n"


def test_ten_thousand_lines_are_written_once_or_refused_in_few_words(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    months = [ago("month", number) for number in range(1, 11)]
    lines = (f"{DESKS},{month},0.{number},office {number}\n" for month in months for number in range(1000))
    file = csv("metric,period,value,label.office\n" + "".join(lines))
    for told in ("10,000 new values", "all 10,000 values are there already"):
        assert told in run("import", file, "-c", config).stdout
    assert len(rows(connection)) == 10_000
    wrong = csv("metric,period,value\n" + "kpi_visitors,2026-W40,x\n" * 10_000)
    told = run("import", wrong, "-c", config).stderr
    assert len(told.splitlines()) == 52
    assert told.endswith("… and 19,949 more.\n")  # each value is wrong, and each but the first is one too many


def offices(numbers: Iterable[int], period: Period, value: str = "0.5") -> str:
    lines = (f"{DESKS},{period},{value},office {number}\n" for number in numbers)
    return "metric,period,value,label.office\n" + "".join(lines)


def insert(connection: Connection, labels: Iterable[dict[str, str]], period: Period) -> None:
    """Values of the desks that no command would take."""
    connection.execute(
        "INSERT INTO manual_metric_values (metric_id, labels, period_start, period_end, value, source, entered_by)"
        " SELECT %s, l, %s, %s, 0.5, 'csv', 'ann' FROM unnest(%s::jsonb[]) AS l",
        (DESKS, period.start, period.end, [json.dumps(one) for one in labels]),
    )


def test_a_file_with_more_series_than_the_metric_may_have_is_refused_whole(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    file = csv(offices(range(1001), ago("month", 1)) + "kpi_visitors,2026-W40,12,\n")
    outcome = run("import", file, "-c", config)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert outcome.stderr == (
        f"could not import {file}; nothing is written:\n"
        f"  {DESKS} would have 1,001 series; its limit is 1,000 for each source.\n"
    )
    assert rows(connection) == []


def test_series_of_all_periods_that_are_shown_count_together(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    for numbers, month in ((range(600), 1), (range(600, 1000), 2), (range(2000, 2500), 6)):
        assert run("import", csv(offices(numbers, ago("month", month))), "-c", config).exit_code == 0
    one_more = give(config, "0.5", str(ago("month", 1)), "office 1000")
    assert (one_more.exit_code, one_more.stdout) == (2, "")
    assert f"  {DESKS} would have 1,001 series; its limit is 1,000 for each source.\n" in one_more.stderr
    assert len(rows(connection)) == 1500
    assert give(config, "0.6", str(ago("month", 1)), "office 999").stdout.startswith("stored: ")
    withdrawn = run("withdraw", DESKS, "--period", str(ago("month", 1)), "--label", "office=office 1", "-c", config)
    assert withdrawn.exit_code == 0
    assert give(config, "0.5", str(ago("month", 1)), "office 1000").exit_code == 0


def test_each_older_period_has_the_limit_for_itself(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    for numbers, month in ((range(1000), 1), (range(1000, 2000), 8), (range(2000, 3000), 9)):
        assert run("import", csv(offices(numbers, ago("month", month))), "-c", config).exit_code == 0
    told = give(config, "0.5", str(ago("month", 8)), "Rome").stderr
    assert f"{DESKS} would have 1,001 series for {ago('month', 8)}; its limit is 1,000 for each source." in told


def test_what_is_past_the_limit_already_may_be_corrected_and_withdrawn(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    month = ago("month", 1)
    insert(connection, [{"office": f"office {number}"} for number in range(1201)], month)
    assert "1,201 corrected" in run("import", csv(offices(range(1201), month, "0.6")), "-c", config).stdout
    withdrawn = run("withdraw", DESKS, "--period", str(month), "--label", "office=office 1", "-c", config)
    assert withdrawn.exit_code == 0
    assert "would have 1,201 series" in give(config, "0.5", str(month), "Rome").stderr


def test_series_with_labels_that_the_metric_has_no_more_do_not_count(
    config: Path, connection: Connection, csv: Callable[[str], Path]
) -> None:
    month = ago("month", 1)
    insert(connection, [{"office": "a", "floor": str(number)} for number in range(1000)], month)
    assert run("import", csv(offices(range(1000), month)), "-c", config).exit_code == 0


def test_the_list_tells_what_is_there_and_what_is_due(config: Path) -> None:
    due = ago("month", 2)
    for office, period in (("Berlin", ago("month", 1)), ("Oslo", due.shifted(-1)), ("Rome", ago("month", 8))):
        assert give(config, "0.5", str(period), office).exit_code == 0
    told = json.loads(run("list", "--format", "json", "-c", config).stdout)
    states = {(row["metric"], (row["labels"] or {}).get("office")): row for row in told}
    assert states[DESKS, "Berlin"]["state"] == "given"
    assert states[DESKS, "Berlin"]["due"] == str(ago("month", 0).end + timedelta(days=10))
    assert states[DESKS, "Oslo"]["state"] == "overdue"
    assert states[DESKS, "Rome"]["state"] == "ended"
    assert states["kpi_visitors", None]["state"] == "never"
    table = run("list", "-c", config, "--metric", DESKS).stdout
    assert f"{DESKS}{{office=Oslo}}" in table
    assert "OVERDUE: " in table
    assert "0.5 (50 %)" in table
    assert "kpi_visitors" not in table
    missing = run("list", "-c", config, "--missing").stdout
    for word, is_there in (
        ("Berlin", False),
        ("Oslo", True),
        ("Rome", False),
        ("kpi_rent_amount{office, currency}", True),
    ):
        assert (word in missing) is is_there


def test_the_list_says_when_nothing_is_missing(config: Path) -> None:
    give(config, "0.5", str(ago("month", 1)))
    assert run("list", "-c", config, "--missing", "--metric", DESKS).stdout == "Nothing is missing.\n"


def test_the_list_of_an_unknown_metric_suggests_others(config: Path) -> None:
    outcome = run("list", "--metric", "kpi_visitor", "-c", config)
    assert (outcome.exit_code, "did you mean kpi_visitors?" in outcome.stderr) == (2, True)


def test_with_several_sources_one_must_be_named_and_its_schema_is_written(
    make: Config, database: str, connection: Connection
) -> None:
    for tenant in ("acme", "globex"):
        migrate(database, tenant)
    tenants = {name: {"dsn": database, "search_path": [name]} for name in ("acme", "globex")}
    config = make(**tenants)
    assert "There are several sources; name one with --source: acme, globex." in give(config).stderr
    told = give(config, "0.8", "2026-10", "Berlin", "--source", "umbrella").stderr
    assert "There is no source called 'umbrella'; there are: acme, globex." in told
    assert give(config, "0.8", "2026-10", "Berlin", "--source", "globex").exit_code == 0
    for schema, number in (("acme", 0), ("globex", 1), ("public", 0)):
        count = sql.SQL("SELECT count(*) FROM {}.manual_metric_values").format(sql.Identifier(schema))
        assert connection.execute(count).fetchone() == (number,)


def test_settings_of_the_source_hold_while_it_is_written(make: Config, database: str, connection: Connection) -> None:
    connection.execute("ALTER TABLE manual_metric_values ALTER note SET DEFAULT current_setting('app.tenant', true)")
    connection.execute("CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$"
                       " BEGIN NEW.note := current_setting('app.tenant'); RETURN NEW; END $$")  # fmt: skip
    connection.execute("CREATE TRIGGER tell BEFORE INSERT ON manual_metric_values FOR EACH ROW EXECUTE FUNCTION tell()")
    give(make(app={"dsn": database, "settings": {"app.tenant": "acme"}}))
    assert rows(connection, "note") == [("acme",)]


@pytest.mark.parametrize(
    ("keys", "sentence", "code"),
    [
        ({}, "The configuration names no database to write to: set warehouse.dsn.", 2),
        ({"warehouse": {"dsn": "postgresql://127.0.0.1:1/none"}}, "could not use the warehouse: connection", 3),
    ],
)
def test_without_a_database_one_sentence_says_so(
    tmp_path: Path, make: Config, keys: dict[str, Any], sentence: str, code: int
) -> None:
    outcome = give(write_config(tmp_path, {}, **keys))
    assert outcome.exit_code == code
    assert sentence in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_without_the_table_the_sentence_names_the_remedy(tmp_path: Path, make: Config, empty_database: str) -> None:
    outcome = give(write_config(tmp_path, {}, warehouse={"dsn": empty_database}))
    assert outcome.exit_code == 3
    assert "run 'kpi migrate' on it" in outcome.stderr


@pytest.fixture
def writer(postgres: EmbeddedPostgres, database: str) -> Iterator[str]:
    """A role that the script makes, and the connection string with which it logs in."""
    role = f"writer_{uuid.uuid4().hex[:8]}"
    script = MIGRATIONS.parent / "roles" / "inputs_writer.sql"
    command: list[str | Path] = [postgres.programs / "psql", "-X", "-q", database, "-v", f"role={role}", "-f", script]
    for _ in range(2):
        subprocess.run(command, check=True, capture_output=True, text=True)
    yield role
    with psycopg.connect(database, autocommit=True) as connected:
        connected.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_the_role_may_give_correct_withdraw_and_list_and_nothing_else(
    tmp_path: Path, make: Config, database: str, writer: str, connection: Connection
) -> None:
    dsn = psycopg.conninfo.make_conninfo(database, user=writer)
    config = write_config(tmp_path, {}, warehouse={"dsn": dsn})
    assert [give(config, value).exit_code for value in ("0.8", "0.9")] == [0, 0]
    assert "0.9 (90 %)" in run("list", "-c", config).stdout
    assert rows(connection) == [(0.8, False), (0.9, True)]
    assert withdraw(config, "2026-10").exit_code == 0
    with psycopg.connect(dsn, autocommit=True) as connected:
        for statement in (
            "DELETE FROM manual_metric_values", "UPDATE manual_metric_values SET value = 1",
            "SELECT * FROM payment_metrics",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connected.execute(statement.encode())


def test_without_rights_the_sentence_names_the_scripts(
    tmp_path: Path, make: Config, database: str, writer: str, connection: Connection
) -> None:
    connection.execute(sql.SQL("REVOKE ALL ON manual_metric_values FROM {}").format(sql.Identifier(writer)))
    dsn = psycopg.conninfo.make_conninfo(database, user=writer)
    outcome = give(write_config(tmp_path, {}, warehouse={"dsn": dsn}))
    assert outcome.exit_code == 3
    assert "permission denied for table manual_metric_values; the scripts in warehouse/roles/" in outcome.stderr


def test_help_teaches() -> None:
    for words, part in ((["--help"], "list --missing"), (["set", "--help"], "--label team=checkout"),
                        (["withdraw", "--help"], "counts as not given"),
                        (["import", "--help"], "label.NAME"), (["list", "--help"], "overdue")):  # fmt: skip
        assert part in " ".join(run(*words).stdout.split())
