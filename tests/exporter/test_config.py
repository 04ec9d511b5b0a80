"""The configuration file: what it gives, and what it says about everything that is wrong with it."""

import json
import os
import re
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from exporter.config import CollectorSettings, Config, ConfigError, Source, check_collectors, json_schema, load
from exporter.config_alerting import Alerting, Events, Mail, Operator, PagerDuty, Slack, Webhook, Window
from exporter.config_models import Grafana
from exporter.config_shape import Shape
from exporter.config_warehouse import Warehouse

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "kpi.example.yaml").read_text(encoding="utf-8")
EXAMPLE_ENVIRON = {"DATABASE_URL": "postgresql://kpi@db/app"}
MODELS = (
    Config, Warehouse, Source, CollectorSettings, Grafana,
    Alerting, Mail, Slack, PagerDuty, Webhook, Events, Window, Operator,
)  # fmt: skip
DSN = "dsn: postgresql://kpi@db/app"
PASSWORD = "s3cr3t-pa55"

Write = Callable[..., Path]
Faults = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes, name: str = "kpi.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def faults(write: Write, tmp_path: Path) -> Faults:
    def faults(content: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(write(content), environ or {})
        assert str(caught.value) == "\n".join(caught.value.problems)
        return [problem.removeprefix(f"{tmp_path}/") for problem in caught.value.problems]

    return faults


def test_a_source_alone_is_a_complete_configuration(write: Write, tmp_path: Path) -> None:
    config = load(write(f"sources: {{app: {{{DSN}}}}}"), {})
    source = config.sources["app"]
    assert source.dsn is not None
    assert source.dsn.get_secret_value() == "postgresql://kpi@db/app"
    assert (source.statement_timeout, source.lock_timeout, source.connect_timeout) == (10, 1, 5)
    assert (source.pool_size, source.max_rows, source.timezone) == (2, 200_000, "UTC")
    assert (config.host, config.port) == ("127.0.0.1", 9840)
    assert (config.data_dir, config.plugins, config.stale_after_intervals) == (tmp_path / "data", None, 3)


def test_every_key_takes_a_value(write: Write, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    write("", "web.yaml")
    config = load(
        write("""
            sources:
              a: {dsn: "host=db dbname=a", labels: {tenant: a}, search_path: [a, public], settings: {app.tenant: a},
                  timezone: Europe/Berlin, statement_timeout: 1m30s, lock_timeout: 500ms, connect_timeout: 3s,
                  pool_size: 20, max_rows: 10}
              b: {dsn: "host=db dbname=b", labels: {tenant: b}}
            collectors:
              commerce: {enabled: false, sources: [b], interval: 1h, timeout: 30s, stale_after: 1d}
            plugins: own
            data_dir: /var/lib/kpi
            listen: "[::1]:0"
            web_config_file: web.yaml
            stale_after_intervals: 1.5
            log_level: debug
        """),
        {},
    )
    a = config.sources["a"]
    assert (a.labels, a.search_path, a.settings) == ({"tenant": "a"}, ["a", "public"], {"app.tenant": "a"})
    assert (a.statement_timeout, a.lock_timeout, a.connect_timeout) == (90, 0.5, 3)
    assert (a.pool_size, a.max_rows, a.timezone) == (20, 10, "Europe/Berlin")
    assert config.collectors["commerce"] == CollectorSettings(
        enabled=False, sources=["b"], interval=3600, timeout=30, stale_after=86_400
    )
    assert (config.plugins, config.data_dir) == (tmp_path / "own", Path("/var/lib/kpi"))
    assert (config.host, config.port, config.log_level) == ("::1", 0, "debug")
    assert (config.web_config_file, config.stale_after_intervals) == (tmp_path / "web.yaml", 1.5)


def test_a_collector_reads_the_sources_it_names_and_without_a_word_all(write: Write) -> None:
    config = load(
        write(f"sources: {{a: {{{DSN}, labels: {{t: a}}}}, b: {{{DSN}, labels: {{t: b}}}}}}\n"
              "collectors: {one: {sources: [b]}, all: {}}"),
        {},
    )  # fmt: skip
    assert list(config.sources_of("one")) == ["b"]
    assert list(config.sources_of("all")) == list(config.sources_of("never named")) == ["a", "b"]


def test_a_key_without_value_counts_as_not_given(write: Write) -> None:
    config = load(write(f"sources: {{app: {{{DSN}, labels: , pool_size: }}}}\nplugins:\ncollectors:\n  c:\n"), {})
    assert (config.sources["app"].pool_size, config.sources["app"].labels, config.plugins) == (2, {}, None)
    assert config.collectors == {"c": CollectorSettings()}


def test_the_environment_fills_in_variables_defaults_and_dollar_signs(write: Write) -> None:
    text = """
        sources:
          app: {dsn: "postgresql://${USER_NAME}:a$$b$c@db/${DB:-app}", pool_size: "${POOL:-4}", labels: {env: "${ENV}"}}
        listen: ${HOST:-0.0.0.0}:${PORT:-9840}
        log_level: ${LEVEL:-info}
    """
    config = load(write(text), {"USER_NAME": "kpi", "ENV": "$${x}: 'y'", "PORT": "1234", "LEVEL": ""})
    source = config.sources["app"]
    assert source.dsn is not None
    assert source.dsn.get_secret_value() == "postgresql://kpi:a$b$c@db/app"
    assert (source.pool_size, source.labels, config.listen) == (4, {"env": "$${x}: 'y'"}, "0.0.0.0:1234")
    assert config.log_level == "info"


def test_a_secret_file_gives_the_connection_string_without_its_line_end(write: Write) -> None:
    write(f"postgresql://kpi:{PASSWORD}@db/app\n", "secret")
    config = load(write("sources: {app: {dsn_file: secret}}"), {})
    dsn = config.sources["app"].dsn
    assert dsn is not None
    assert dsn.get_secret_value() == f"postgresql://kpi:{PASSWORD}@db/app"
    assert PASSWORD not in repr(config) + str(config)


def test_a_secret_file_gives_the_connection_string_of_the_warehouse(write: Write) -> None:
    write("postgresql://kpi@db/warehouse\n", "dsn")
    warehouse = load(write("warehouse: {dsn_file: dsn}"), {}).warehouse
    assert warehouse
    assert warehouse.dsn == SecretStr("postgresql://kpi@db/warehouse")


def test_sources_share_keys_by_a_yaml_merge(write: Write) -> None:
    config = load(
        write(f"sources:\n  a: &a {{{DSN}, pool_size: 3, labels: {{t: a}}}}\n  b: {{<<: *a, labels: {{t: b}}}}\n"), {}
    )
    assert (config.sources["b"].pool_size, config.sources["b"].labels) == (3, {"t": "b"})
    config = load(
        write(f"sources:\n  a: &a {{{DSN}, pool_size: 3, labels: {{t: a}}}}\n"
              "  b: &b {<<: *a, pool_size: 4, labels: {t: b}}\n"
              "  c: {<<: [*b, *a], labels: {t: c}}\n  d: {<<: [*a, *b], labels: {t: d}}"),
        {},
    )  # fmt: skip
    assert [source.pool_size for source in config.sources.values()] == [3, 4, 4, 3]


SHAPE = [
    ("listn: x", "kpi.yaml:1: listn: unknown key; did you mean listen?"),
    ("zzz: x", "kpi.yaml:1: zzz: unknown key; there are: alerting, collectors, data_dir, grafana, listen, log_level, "
               "plugins, sources, stale_after_intervals, warehouse, web_config_file"),
    ("grafana: {handbook_url: here}",
     "kpi.yaml:1: grafana.handbook_url: expected a web address without a fragment, such as "
     "https://kpi.example.com/handbook, got 'here'"),
    (f"sources:\n  app:\n    {DSN}\n    statment_timeout: 1s",
     "kpi.yaml:4: sources.app.statment_timeout: unknown key; did you mean statement_timeout?"),
    (f"sources:\n  app:\n    {DSN}\n    statement_timeout: ten",
     "kpi.yaml:4: sources.app.statement_timeout: expected a duration such as 10s, 15m or 1h30m, at most 1d, got 'ten'"),
    (f"sources: {{app: {{{DSN}, lock_timeout: 10}}}}",
     "kpi.yaml:1: sources.app.lock_timeout: expected a duration such as 10s, 15m or 1h30m, at most 1d, got 10"),
    (f"sources: {{app: {{{DSN}, lock_timeout: 0s}}}}",
     "kpi.yaml:1: sources.app.lock_timeout: expected a duration such as 10s, 15m or 1h30m, at most 1d, got '0s'"),
    ("collectors: {a: {interval: 1h, timeout: 2d}}",
     "kpi.yaml:1: collectors.a.timeout: expected a duration such as 10s, 15m or 1h30m, at most 1d, got '2d'"),
    (f"collectors: {{a: {{interval: {'9' * 400}s}}}}",
     f"kpi.yaml:1: collectors.a.interval: expected a duration such as 10s, 15m or 1h30m, at most 366d, "
     f"got '{'9' * 59}…'"),
    (f"sources: {{app: {{{DSN}, pool_size: 21}}}}", "kpi.yaml:1: sources.app.pool_size: expected at most 20, got 21"),
    (f"sources: {{app: {{{DSN}, pool_size: 0}}}}", "kpi.yaml:1: sources.app.pool_size: expected at least 1, got 0"),
    (f"sources: {{app: {{{DSN}, pool_size: yes}}}}", "kpi.yaml:1: sources.app.pool_size: expected a number, got yes"),
    (f"sources: {{app: {{{DSN}, max_rows: 1.5}}}}",
     "kpi.yaml:1: sources.app.max_rows: expected a whole number, got 1.5"),
    (f"sources: {{app: {{{DSN}, timezone: Mars/North}}}}",
     "kpi.yaml:1: sources.app.timezone: expected a time zone such as UTC or Europe/Berlin, got 'Mars/North'"),
    (f"sources: {{app: {{{DSN}, timezone: ../UTC}}}}",
     "kpi.yaml:1: sources.app.timezone: expected a time zone such as UTC or Europe/Berlin, got '../UTC'"),
    (f"sources: {{app: {{{DSN}, timezone: Europe}}}}",
     "kpi.yaml:1: sources.app.timezone: expected a time zone such as UTC or Europe/Berlin, got 'Europe'"),
    (f"sources: {{app: {{{DSN}, search_path: public}}}}",
     "kpi.yaml:1: sources.app.search_path: expected a list, got text"),
    (f"sources: {{app: {{{DSN}, search_path: [a,\n ['b']]}}}}",
     "kpi.yaml:2: sources.app.search_path[1]: expected text (put it in quotes), got a list"),
    (f"sources: {{app: {{{DSN}, labels: {{env: 1.10}}}}}}",
     "kpi.yaml:1: sources.app.labels.env: expected text (put it in quotes), got 1.10"),
    (f"sources: {{app: {{{DSN}, labels: {{env: ''}}}}}}",
     "kpi.yaml:1: sources.app.labels.env: expected text that is not empty, got ''"),
    (f"sources: {{app: {{{DSN}, labels: {{a-b: x}}}}}}",
     "kpi.yaml:1: sources.app.labels.a-b: expected text of the form ^[a-zA-Z_][a-zA-Z0-9_]*$"),
    (f"sources: {{app: {{{DSN}, settings: {{jit: off}}}}}}",
     "kpi.yaml:1: sources.app.settings.jit: expected text (put it in quotes), got something else (it is not shown)"),
    (f"sources: {{app: {{{DSN}, settings: {{Statement_Timeout: '1'}}}}}}",
     "kpi.yaml:1: sources.app.settings.Statement_Timeout: expected another setting: "
     "use the source's key statement_timeout"),
    (f"sources: {{'my app': {{{DSN}}}}}",
     "kpi.yaml:1: sources.'my app': expected text of the form ^[A-Za-z0-9][A-Za-z0-9_-]*$"),
    ("sources: [a]", "kpi.yaml:1: sources: expected keys with values, got a list"),
    ("sources:\n\n  app: postgresql://x", "kpi.yaml:3: sources.app: expected keys with values, got text"),
    ("warehouse: {dsn: host=x, dns: x}", "kpi.yaml:1: warehouse.dns: unknown key; did you mean dsn?"),
    ("collectors: {a: {enabled: maybe}}", "kpi.yaml:1: collectors.a.enabled: expected true or false, got 'maybe'"),
    ("collectors: {a: {sources: []}}",
     "kpi.yaml:1: collectors.a.sources: expected a list that is not empty, got a list"),
    ("log_level: loud",
     "kpi.yaml:1: log_level: expected 'debug', 'info', 'warning' or 'error', got 'loud'"),
    ("stale_after_intervals: .inf", "kpi.yaml:1: stale_after_intervals: expected a finite number, got .inf"),
    ("stale_after_intervals: 0.5", "kpi.yaml:1: stale_after_intervals: expected at least 1.0, got 0.5"),
    ("data_dir: ''", "kpi.yaml:1: data_dir: expected a path, got ''"),
    ("data_dir: 5", "kpi.yaml:1: data_dir: expected a path, got 5"),
    ('data_dir: "a\\0b"', "kpi.yaml:1: data_dir: expected a path, got 'a\\x00b'"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), SHAPE)
def test_a_value_of_the_wrong_shape_is_told_with_line_expectation_and_what_came(
    faults: Faults, content: str, expected: str
) -> None:
    assert faults(content) == [expected]


@pytest.mark.parametrize("address", ["9840", ":9840", "local", "local:", "::1:9840", "[::1]", "a:65536", "a b:1"])
def test_an_address_needs_host_and_port(faults: Faults, address: str) -> None:
    assert faults(f"listen: '{address}'") == [
        f"kpi.yaml:1: listen: expected an address such as 127.0.0.1:9840, 0.0.0.0:9840 or [::1]:9840, got '{address}'"
    ]


@pytest.mark.parametrize("label", ["le", "quantile", "job", "instance", "window", "currency", "kpi_x", "__x"])
def test_a_label_name_that_has_a_meaning_already_is_refused(faults: Faults, label: str) -> None:
    assert faults(f"sources:\n  app: {{{DSN}, labels: {{{label}: x}}}}") == [
        f"kpi.yaml:2: sources.app.labels.{label}: expected a label name that is free; "
        "taken are currency, instance, job, le, quantile, window and names that begin with kpi_ or __"
    ]


@pytest.mark.parametrize(
    "dsn",
    [
        "", "nonsense", "postgresql://u:{}@[h/db", "postgresql://u:%zz{}@h", "postgresql://u:p{}/w@h/db",
        "postgresql://u:1/{}@h/db", "postgresql://u:p@{}@h/db", "host=h port={} dbname=x", "host=h pass word={}",
        '"host=h\\0 password={}"',
    ],
)  # fmt: skip
def test_a_connection_string_that_libpq_would_misread_is_refused_and_not_shown(faults: Faults, dsn: str) -> None:
    quoted = dsn if dsn.startswith('"') else f"'{dsn}'"
    (told,) = faults(f"sources:\n  app:\n    dsn: {quoted.format(PASSWORD)}\n")
    assert told.startswith("kpi.yaml:3: sources.app.dsn: expected a PostgreSQL connection string ")
    assert told.endswith(", got something else (it is not shown)")


MEANING = [
    ("sources:\n  app: {pool_size: 3}", ["kpi.yaml:2: sources.app.dsn: expected dsn or dsn_file, got neither"]),
    ("sources:\n  app:", ["kpi.yaml:2: sources.app.dsn: expected dsn or dsn_file, got neither"]),
    ("warehouse: {search_path: [a]}", ["kpi.yaml:1: warehouse.dsn: expected dsn or dsn_file, got neither"]),
    (f"sources:\n  app:\n    {DSN}\n    dsn_file: x",
     ["kpi.yaml:3: sources.app.dsn: expected dsn or dsn_file, got both"]),
    (f"sources:\n  app: {{{DSN}}}\ncollectors:\n  a:\n    sources:\n      - app\n      - ap",
     ["kpi.yaml:7: collectors.a.sources[1]: unknown source 'ap'; did you mean app?"]),
    ("collectors: {a: {sources: [x]}}", ["kpi.yaml:1: collectors.a.sources[0]: unknown source 'x'; there are none"]),
    (f"sources: {{app: {{{DSN}}}}}\ncollectors: {{a: {{sources: [app, app]}}}}",
     ["kpi.yaml:2: collectors.a.sources[1]: the source 'app' is named twice"]),
    ("collectors:\n  a:\n    interval: 1h\n    stale_after: 30m",
     ["kpi.yaml:4: collectors.a.stale_after: expected a duration that is not shorter than the interval"]),
    (f"sources:\n  a: {{{DSN}, labels: {{tenant: a}}}}\n  b: {{{DSN}, labels: {{env: b}}}}\ncollectors: {{c: {{}}}}",
     ["kpi.yaml:3: sources.b.labels: expected the label keys tenant as in the source a, "
      "since the collector c reads both, got env"]),
    (f"sources:\n  a: {{{DSN}, labels: {{tenant: a}}}}\n  b:\n    {DSN}",
     ["kpi.yaml:3: sources.b.labels: expected the label keys tenant as in the source a, "
      "since every collector reads both, got none"]),
    (f"sources:\n  a: {{{DSN}, labels: {{tenant: x}}}}\n  b: {{{DSN}, labels: {{tenant: x}}}}",
     ["kpi.yaml:3: sources.b.labels: expected labels that differ from those of the source a, "
      "since every collector reads both"]),
    ("plugins: nowhere", ["kpi.yaml:1: plugins: expected a folder, but there is none at 'nowhere'"]),
    ("web_config_file: nowhere",
     ["kpi.yaml:1: web_config_file: could not read the file 'nowhere': No such file or directory"]),
    ("sources: {a: {dsn_file: nowhere}}",
     ["kpi.yaml:1: sources.a.dsn_file: could not read the file 'nowhere': No such file or directory"]),
    ("sources: {a: {dsn_file: .}}", ["kpi.yaml:1: sources.a.dsn_file: could not read the file '.': Is a directory"]),
    ("sources:\n  a:\n    dsn: ${DATABASE_URL}",
     ["kpi.yaml:3: sources.a.dsn: the environment variable DATABASE_URL is not set; "
      "set it, or write ${DATABASE_URL:-default}"]),
    ("listen: ${A}${A}", ["kpi.yaml:1: listen: the environment variable A is not set; "
                          "set it, or write ${A:-default}"]),
    ("listen: ${1}", ["kpi.yaml:1: listen: expected ${NAME} or ${NAME:-default}; "
                      "for a dollar sign before a brace write $$"]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), MEANING)
def test_what_makes_no_sense_together_is_told_at_its_line(faults: Faults, content: str, expected: list[str]) -> None:
    assert faults(content) == expected


def test_sources_that_no_collector_reads_together_may_differ_in_labels(write: Write) -> None:
    text = f"sources: {{a: {{{DSN}, labels: {{tenant: a}}}}, b: {{{DSN}}}}}\n"
    load(write(text + "collectors: {x: {sources: [a]}, y: {sources: [b]}, z: {enabled: false}}"), {})


def test_a_secret_file_that_holds_no_connection_string_is_named_and_its_content_is_not(
    faults: Faults, write: Write
) -> None:
    write(PASSWORD, "secret")
    write(b"\xff" + PASSWORD.encode(), "binary")
    assert faults("sources:\n  a: {dsn_file: secret, labels: {t: a}}\n  b: {dsn_file: binary, labels: {t: b}}\n") == [
        "kpi.yaml:2: sources.a.dsn_file: expected a PostgreSQL connection string such as postgresql://host/database, "
        "in the file 'secret'",
        "kpi.yaml:3: sources.b.dsn_file: could not read the file 'binary': it is not UTF-8 text",
    ]


YAML = [
    ("", "kpi.yaml: the file is empty; kpi.example.yaml shows what it may say"),
    ("# nothing but a comment\n", "kpi.yaml: the file is empty; kpi.example.yaml shows what it may say"),
    ("just text", "kpi.yaml:1: expected keys with values, got text"),
    ("- a\n- b", "kpi.yaml:1: expected keys with values, got a list"),
    ("\n7", "kpi.yaml:2: expected keys with values, got 7"),
    ("a: b\n\nlisten: [1", "kpi.yaml:3: could not read the YAML: while parsing a flow sequence from line 3, "
                           "expected ',' or ']', but got '<stream end>'"),
    ("listen: a\n\tb: c", "kpi.yaml:2: could not read the YAML: while scanning for the next token, "
                          "found character that cannot start any token"),
    ("listen: *x", "kpi.yaml:1: could not read the YAML: found undefined alias"),
    ("a: 1\n---\nb: 2", "kpi.yaml:2: could not read the YAML: expected a single document in the stream from line 1, "
                        "but found another document"),
    (b"a: 1\nb: \xff", "kpi.yaml:2: the file must be UTF-8 text, got the byte 0xff"),
    (b"a: 1\nb: \x07", "kpi.yaml:2: could not read the YAML: control characters are not allowed"),
    ('a: "\\uFFFFFFFF"', None),
    ('listen: "\\UFFFFFFFF"', "kpi.yaml: could not read the YAML: it holds an escape that is no character"),
    ('listen: "\\uD800"', "kpi.yaml:1: listen: the text holds half a character"),
    ("[" * 5000, "kpi.yaml: could not read the YAML: it is nested too deeply"),
    ("listen: " + "[" * 40 + "]" * 40, "kpi.yaml:1: listen" + "[0]" * 29 + ": the value is nested too deeply"),
    ("listen: a\nlisten: b:1", "kpi.yaml:2: listen: the key is given twice, in line 1 and in line 2"),
    ("sources: &a\n  x: *a", "kpi.yaml:2: sources.x: an alias must not point to what it stands in"),
    ("sources: {<<: 5}", "kpi.yaml:1: sources: expected a mapping after '<<'"),
    ("1: x", "kpi.yaml:1: expected a key that is text; put it in quotes"),
    ('"\\uD800": x', "kpi.yaml:1: expected a key that is text; put it in quotes"),
    ("[a]: x", "kpi.yaml:1: expected a key that is text; put it in quotes"),
    ("listen: !secret x",
     "kpi.yaml:1: listen: expected text, a number, true, false, a list or a mapping, got a YAML tag"),
    ("listen: !!python/object/apply:os.system [x]",
     "kpi.yaml:1: listen: expected text, a number, true, false, a list or a mapping, got a YAML tag"),
    ("stale_after_intervals: !!int x", "kpi.yaml:1: stale_after_intervals: could not read the value as int"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), YAML)
def test_what_is_no_usable_yaml_is_told_in_one_line(faults: Faults, content: str, expected: str | None) -> None:
    told = faults(content)
    assert expected is None or expected in told
    assert all("\n" not in line and line.startswith("kpi.yaml:") for line in told)


def test_aliases_that_multiply_end_at_a_limit(faults: Faults) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "the file holds more than 100000 values" in faults("\n".join(lines))[0]


def test_a_byte_order_mark_and_windows_line_ends_are_read_over(write: Write) -> None:
    assert load(write(b"\xef\xbb\xbflisten: localhost:1\r\nlog_level: debug\r\n"), {}).port == 1


def test_a_file_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"kpi\.yaml: could not read the file: No such file or directory"):
        load(tmp_path / "kpi.yaml", {})
    with pytest.raises(ConfigError, match=r"could not read the file: Is a directory"):
        load(tmp_path, {})


def test_all_faults_of_all_kinds_come_at_once_in_the_order_of_the_file(faults: Faults) -> None:
    told = faults(
        "sources:\n"
        "  a: {pool_size: x, labels: {t: a}}\n"  # no dsn, and not a number
        "  b: {dsn: '${NOPE}', labels: {t: b}}\n"
        "  c: {dsn_file: nowhere}\n"
        "  c: {dsn_file: nowhere, labels: {t: b}}\n"
        "collectors:\n"
        "  one: {interval: 1h, stale_after: 1m}\n"
        "  two: {sources: [d], interval: soon, stale_after: 1s}\n"
        "listn: x\n"
    )
    assert [re.sub(r"^kpi\.yaml:(\d+): ([^:]+).*", r"\1 \2", line) for line in told] == [
        "2 sources.a.pool_size", "2 sources.a.dsn", "3 sources.b.dsn", "5 sources.c", "5 sources.c.labels",
        "5 sources.c.dsn_file", "7 collectors.one.stale_after", "8 collectors.two.interval",
        "8 collectors.two.sources[0]", "9 listn",
    ]  # fmt: skip


def test_a_fault_is_told_once_and_not_again_by_what_rests_on_it(faults: Faults) -> None:
    assert len(faults("sources: {a: 5}\ncollectors: {x: {sources: [a]}}")) == 1
    assert len(faults(f"sources: {{a: {{{DSN}, labels: 5}}, b: {{{DSN}, labels: {{t: b}}}}}}")) == 1
    assert len(faults("sources: {a: {dsn: 5}}")) == 1


def test_a_list_with_a_wrong_item_hides_no_other_fault(faults: Faults) -> None:
    assert len(faults("collectors: {a: {sources: [x, [y]]}}\nplugins: nowhere")) == 2


def test_an_environment_variable_that_is_not_utf_8_is_named(faults: Faults) -> None:
    told = faults(f"sources: {{a: {{{DSN}, labels: {{t: '${{T}}'}}}}}}", {"T": os.fsdecode(b"\xff")})
    assert told == ["kpi.yaml:1: sources.a.labels.t: the environment variable T is not UTF-8 text"]


def test_discovery_checks_the_names_of_collectors_and_the_labels_of_those_that_are_not_listed(write: Write) -> None:
    text = f"sources:\n  a: {{{DSN}, labels: {{t: a}}}}\n  b: {{{DSN}}}\ncollectors:\n  comerce: {{sources: [a]}}\n"
    config = load(write(text), {})
    with pytest.raises(ConfigError) as caught:
        check_collectors(config, ["commerce", "tickets"], ["commerce"])
    labels, name = caught.value.problems
    assert labels.endswith(
        "kpi.yaml:3: sources.b.labels: expected the label keys t as in the source a, "
        "since the collector commerce reads both, got none"
    )
    assert name.endswith("kpi.yaml:5: collectors.comerce: unknown collector; did you mean commerce?")
    check_collectors(config, ["comerce", "tickets"], ["comerce"])
    check_collectors(config, ["comerce", "tickets"], ["comerce"])


def test_a_configuration_made_in_python_needs_no_file() -> None:
    config = Config.model_validate({"sources": {"app": Source(statement_timeout=0.2)}})
    assert config.sources["app"].statement_timeout == 0.2
    assert config.data_dir == Path("data")
    check_collectors(config, ["commerce"], ["commerce"])
    config = Config(collectors={"x": CollectorSettings()})
    with pytest.raises(ConfigError, match="unknown collector"):
        check_collectors(config, ["commerce"], [])


def test_configurations_of_the_same_content_are_equal_wherever_their_lines_are(write: Write) -> None:
    before = load(write("listen: localhost:1"), {})
    assert load(write("\n# moved\nlisten: localhost:1"), {}) == before
    assert load(write("listen: localhost:2"), {}) != before


LEAKS = [
    f"sources: {{a: {{dsn: 'postgresql://u:{PASSWORD}@h/db'}}}}\nlisten: 5",
    f"sources: {{a: {{dsn: 'postgresql://u:{PASSWORD}@h:port/db'}}}}",
    f"sources: {{a: {{dsn: 'postgresql://u:{PASSWORD}@h/db', pool_size: x}}}}",
    f"sources: {{a: {{dns: 'postgresql://u:{PASSWORD}@h/db'}}}}",
    f"sources: {{a: {{dsn: ['postgresql://u:{PASSWORD}@h/db']}}}}",
    f"sources: {{a: {{dsn_file: 'postgresql://u:{PASSWORD}@h/db'}}}}",
    f"sources: {{a: {{dsn_file: 'host=h password={PASSWORD}'}}}}",
    f"sources: {{a: {{dsn: 'host=h password = {PASSWORD} sslmode'}}}}",
    f"sources: {{a: 'postgresql://u:{PASSWORD}@h/db'}}",
    f"sources: 'postgresql://u:{PASSWORD}@h/db'",
    f"'postgresql://u:{PASSWORD}@h/db'",
    f"'postgresql://u:{PASSWORD}@h/db': x",
    f"sources: {{'postgresql://u:{PASSWORD}@h/db': x}}",
    f"listen: 'postgresql://u:{PASSWORD}@h/db'",
    f"data_dir: 'postgresql://u:{PASSWORD}@h/db'\nlisten: x",
    f"web_config_file: 'postgresql://u:{PASSWORD}@h/db'",
    f"plugins: 'postgresql://{'u' * 40}:{PASSWORD}@h/db'",
    f"plugins: 'postgresql://u x{'y' * 30}:{PASSWORD}{'z' * 20}@h'",
    f"collectors: {{a: {{sources: ['postgresql://u:{PASSWORD}@h/db']}}}}",
    f'sources: {{a: {{dsn: "postgresql://u:\\{PASSWORD}@h/db"}}}}',
    f"sources: {{a: {{dsn: *{PASSWORD}}}}}",
    f"sources: {{a: {{dsn: !{PASSWORD} x}}}}",
    f"sources: {{a: {{dsn: 'postgresql://u:{PASSWORD}@h/db'}}",
    f"sources: {{a: {{dsn: 'postgresql://u:{PASSWORD}@h/db}}",
    f"sources: {{a: {{settings: {{x: [{PASSWORD}]}}}}}}",
    "sources: {a: {dsn: '${SECRET}', pool_size: '${SECRET}', timezone: '${SECRET}', labels: {le: '${SECRET}'}}}",
    "sources: {a: {dsn_file: '${SECRET}'}}\nlisten: ${SECRET}\nplugins: ${SECRET}\nlog_level: x${SECRET}",
    "sources: {a: {dsn: '${SECRET:-x}-${NOPE}'}}",
]


@pytest.mark.parametrize("content", LEAKS)
def test_no_error_shows_a_password(write: Write, content: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(content), {"SECRET": PASSWORD})
    _assert_silent(caught.value)


VALID = f"""\
sources:
  app:
    dsn: postgresql://kpi:{PASSWORD}@db:5432/app
    labels: {{tenant: acme}}
    statement_timeout: 10s
collectors:
  commerce: {{sources: [app], interval: 5m}}
listen: 127.0.0.1:9840
"""


_SLIPS = st.text(" \n:{}[]'\"#&*!|>%@`,-?$x", max_size=2)


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, len(VALID)), removed=st.integers(0, 2), put=_SLIPS)
@example(position=VALID.index("postgres"), removed=0, put="? ")
@example(position=VALID.index("://"), removed=1, put=": ")
@example(position=VALID.index("@db"), removed=1, put="")
@example(position=VALID.index("dsn"), removed=0, put='"')
def test_no_slip_of_the_pen_makes_an_error_show_the_password(position: int, removed: int, put: str) -> None:
    start = VALID.index(PASSWORD)
    if start - removed < position < start + len(PASSWORD):
        position = start + len(PASSWORD)
    error = _error(VALID[:position] + put + VALID[position + removed :])
    if error is not None:
        _assert_silent(error)


_KEYS = st.sampled_from(
    [*Config.model_fields, *Source.model_fields, *CollectorSettings.model_fields, *Grafana.model_fields, "app", "<<"]
)
_LEAVES = st.sampled_from(["10s", "host=x", "app", "${X}", "a:1", "", ".", "\0", "/", "UTC", "Europe"]) | st.text()
_DATA = st.recursive(
    _LEAVES | st.none() | st.booleans() | st.integers() | st.floats() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS | _LEAVES | st.integers(), inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_DATA)
def test_any_data_gives_a_configuration_or_a_config_error(data: Any) -> None:
    _error(yaml.safe_dump(data, allow_unicode=True))


_LINES = st.sampled_from(
    [*EXAMPLE.splitlines(), "<<: *a", "a: &a", "- x", "? ", "\t", "---", "%YAML 1.1", "!!set"]
) | st.text("ab:-[]{}!&*#?|>'\"%@`,.0123456789xeE+_\\ \t$<=~uU\ud7ff\u0085\u2028", max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(_LINES, max_size=12))
@example(["? - *a"])
@example(["!!int"])
@example(["listen: !!bool x"])
@example(['"\\U99999999"'])
@example(["%YAML " + "9" * 5000 + ".1", "---", "x"])
@example(["stale_after_intervals: " + "9" * 5000])
@example(["2020-13-45: 2020-13-45"])
def test_any_text_gives_a_configuration_or_a_config_error(lines: list[str]) -> None:
    _error("\n".join(lines))


def test_the_example_loads_as_it_is(write: Write) -> None:
    config = load(write(EXAMPLE), EXAMPLE_ENVIRON)
    assert list(config.sources) == ["app"]


def test_the_defaults_in_the_example_are_the_defaults(write: Write) -> None:
    assert load(write(re.sub(r"(?m)^( *)#(?=\w)", r"\1", EXAMPLE)), EXAMPLE_ENVIRON) == load(
        write(EXAMPLE), EXAMPLE_ENVIRON
    )


def test_the_examples_in_the_example_load(write: Write, tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    write("", "web.yaml")
    text = re.sub(r"(?m)^( *)#\? (?!dsn_file)", r"\1", EXAMPLE)
    assert load(write(text), EXAMPLE_ENVIRON).sources["app"].labels == {"tenant": "acme", "env": "prod"}


@pytest.mark.parametrize("model", MODELS)
def test_the_example_and_the_handbook_mention_every_key(model: type[Shape]) -> None:
    handbook = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    for key, about in model.model_json_schema()["properties"].items():
        default = about.get("default")
        shown = default if isinstance(default, str) else json.dumps(default)
        cell = "" if default is None else f"`{shown}`"
        assert f"| `{key}` | {cell} | {about['description']} |\n" in handbook
        assert re.search(rf"(?m)(^ *#?|#\? |[{{,] ?){key}: ", EXAMPLE), f"kpi.example.yaml does not mention {key}"


def test_the_files_in_the_handbook_load(write: Write) -> None:
    handbook = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```yaml\n(.*?)```", handbook, re.DOTALL) if "sources:" in block]
    assert len(blocks) == 2
    for block in blocks:
        load(write(block), {**EXAMPLE_ENVIRON, "ACME_DATABASE_URL": "host=acme"})


def test_the_json_schema_takes_what_loads_and_refuses_what_does_not(write: Write) -> None:
    schema = json_schema()
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    for text in (EXAMPLE, re.sub(r"(?m)^( *)#(?=\w)", r"\1", EXAMPLE), "sources: {a: {dsn: x, pool_size: '${N:-3}'}}"):
        validator.validate(yaml.safe_load(text))
    for content, _ in SHAPE:
        if not re.search(r"timezone:|0s|2d|9999|Timeout:|''|a.0b|inf|_timeout: 1s", content):
            assert list(validator.iter_errors(yaml.safe_load(content))), content
    assert schema["$defs"]["Source"]["properties"]["statement_timeout"]["default"] == "10s"


def test_every_key_is_described() -> None:
    schema = json_schema()
    assert {*schema["$defs"]} == {model.__name__ for model in MODELS if model is not Config}
    for model in (schema, *schema["$defs"].values()):
        assert all(about["description"].endswith(".") for about in model["properties"].values())


def _error(text: str) -> ConfigError | None:
    with tempfile.TemporaryDirectory(prefix="kpi-test-") as folder:
        path = Path(folder, "kpi.yaml")
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        error = None
        try:
            load(path, {})
        except ConfigError as caught:
            error = caught
    if error is not None:
        assert error.problems
        assert all(line.isprintable() for line in error.problems)
    return error


def _assert_silent(error: ConfigError) -> None:
    shown = "".join((str(error), repr(error), *error.problems, *traceback.format_exception(error)))
    assert PASSWORD not in shown
    assert error.__context__ is None
    assert error.__cause__ is None
