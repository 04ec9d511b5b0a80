"""What real scrapers ask for, and what they get."""

import pytest
from prometheus_client.exposition import choose_encoder

from exporter.negotiation import negotiate

TEXT = "text/plain; version=0.0.4; charset=utf-8"
TEXT_1 = "text/plain; version=1.0.0; charset=utf-8; escaping="
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping="
OM = "application/openmetrics-text"
OPENMETRICS_OLD = "application/openmetrics-text; version=0.0.1; charset=utf-8"

PROMETHEUS = {
    "2.5": "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "2.42": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "2.53": "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "2.53 with native histograms": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
    "encoding=delimited;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,"
    "application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    "3": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "3 with old names": "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "3 with text first": "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,"
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.3",
}


@pytest.mark.parametrize(
    ("prometheus", "content_type"),
    [
        ("2.5", OPENMETRICS_OLD),
        ("2.42", OPENMETRICS + "underscores"),
        ("2.53", OPENMETRICS + "underscores"),
        ("2.53 with native histograms", OPENMETRICS + "underscores"),
        ("3", OPENMETRICS + "allow-utf-8"),
        ("3 with old names", OPENMETRICS + "underscores"),
        ("3 with text first", TEXT_1 + "allow-utf-8"),
    ],
)
def test_prometheus_gets_the_format_it_prefers(prometheus: str, content_type: str) -> None:
    answer = negotiate(PROMETHEUS[prometheus], "gzip")
    assert answer.content_type == content_type
    assert answer.openmetrics == content_type.startswith("application/openmetrics-text")
    assert answer.gzip


@pytest.mark.parametrize("prometheus", [name for name in PROMETHEUS if name != "2.5"])
def test_prometheus_gets_the_content_type_that_prometheus_client_answers(prometheus: str) -> None:
    _, content_type = choose_encoder(PROMETHEUS[prometheus])
    assert negotiate(PROMETHEUS[prometheus], "").content_type == content_type


@pytest.mark.parametrize(
    ("case", "accept", "content_type"),
    [
        ("no header", "", TEXT),
        ("curl", "*/*", TEXT),
        ("a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", TEXT),
        ("nothing that we have", "application/json", TEXT),
        ("any text", "text/*", TEXT),
        ("any application", "application/*", OPENMETRICS + "underscores"),
        ("text without version", "text/plain", TEXT),
        ("OpenMetrics without version", "application/openmetrics-text", OPENMETRICS + "underscores"),
        ("an OpenMetrics to come", "application/openmetrics-text;version=2.0.0,*/*;q=0.1", TEXT),
        ("the better quality", "text/plain;q=0.4,application/openmetrics-text;q=0.5", OPENMETRICS + "underscores"),
        ("the better quality first", "text/plain;q=0.5,application/openmetrics-text;q=0.4", TEXT),
        ("equal quality", "application/openmetrics-text,text/plain", OPENMETRICS + "underscores"),
        ("equal quality turned round", "text/plain,application/openmetrics-text", TEXT),
        ("a refusal", "application/openmetrics-text;q=0,*/*;q=0.1", TEXT),
        ("a refusal of text", "text/plain;q=0, */*", OPENMETRICS + "underscores"),
        ("refusals of all", "*/*;q=0", TEXT),
        ("a refusal more specific than a wildcard", "application/*,application/openmetrics-text;q=0", TEXT),
        ("the closer entry counts", "*/*;q=0.9,text/plain;q=0.1", OPENMETRICS + "underscores"),
        ("the closer version counts", OM + ";q=0.9," + OM + ";version=1.0.0;q=0.1", OPENMETRICS_OLD),
        ("capital letters", "Application/OpenMetrics-Text; Version=1.0.0; Q=0.5", OPENMETRICS + "underscores"),
        ("quotes", 'application/openmetrics-text; version="1.0.0"', OPENMETRICS + "underscores"),
        ("spaces", " application/openmetrics-text ; version = 1.0.0 ; q=1.0 ", OPENMETRICS + "underscores"),
        ("escaping values", "application/openmetrics-text;version=1.0.0;escaping=values", OPENMETRICS + "values"),
        ("escaping dots", "application/openmetrics-text;version=1.0.0;escaping=dots", OPENMETRICS + "underscores"),
        (
            "escaping ours",
            'application/openmetrics-text;version=1.0.0;escaping="x\r\ny: z"',
            OPENMETRICS + "underscores",
        ),
        ("a quality that is none", "application/openmetrics-text;q=high", TEXT),
        ("a quality beyond one", "application/openmetrics-text;q=2", TEXT),
        ("a quality that is no number", "application/openmetrics-text;q=nan", TEXT),
        ("rubbish", ",;;=,q=1;q=,/,*,text/plain;;=;version", TEXT),
    ],
)
def test_a_reader_gets_the_best_format_it_accepts(case: str, accept: str, content_type: str) -> None:
    assert negotiate(accept, "").content_type == content_type, case


@pytest.mark.parametrize(
    ("accept_encoding", "gzip"),
    [
        ("", False), ("gzip", True), ("x-gzip", True), ("GZIP", True), ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("gzip, deflate, br, zstd", True), ("*", True), ("identity", False), ("br", False), ("gzip;q=0", False),
        ("gzip;q=0, *", False), ("*;q=0", False), ("gzip;q=0.5, identity;q=0.8", False), ("gzip;q=x", False),
        ("gzip;q=0.8, identity;q=0.5", True), ("gzip;q=0.001", True),
    ],
)  # fmt: skip
def test_only_who_accepts_gzip_gets_it(accept_encoding: str, gzip: bool) -> None:
    assert negotiate("", accept_encoding).gzip is gzip
