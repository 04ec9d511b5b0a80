"""The store of blocks serves whole families, and never half a replacement."""

import gzip
import threading
from collections.abc import Callable, Iterable

import pytest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_string_to_metric_families

from exporter.block import Block
from exporter.exposition import Exposition, Key
from metrics import COUNT, SECONDS, Counter, Gauge, Histogram, HistogramState

QUEUE = Gauge("kpi_queue", "Queue.", unit=COUNT, labels=("name",), owner="nobody")
JOBS = Counter("kpi_jobs_total", 'Jobs of "all" kinds.', unit=COUNT, owner="nobody")
WAITS = Histogram("kpi_wait_seconds", "Waits.", unit=SECONDS, owner="nobody", buckets=(0.5, 1.0))
MAIL, PUSH = Key("mail", "all", "acme"), Key("push", "all", "acme")
Parser = Callable[[str], Iterable[Family]]
parse_text: Parser = text_string_to_metric_families
parse_openmetrics: Parser = openmetrics_parser.text_string_to_metric_families
EVERY_FORMAT = [(False, False), (False, True), (True, False), (True, True)]


def queue(value: float, tenant: str = "acme", expires: float | None = None) -> Block:
    return Block.build([QUEUE.reading(value, name="mail")], (("tenant", tenant),), expires)


def plain(exposition: Exposition, openmetrics: bool = False) -> str:
    return exposition.body(openmetrics, gzip=False).decode()


def test_an_empty_store_serves_an_empty_body_that_is_whole() -> None:
    assert plain(Exposition()) == ""
    assert plain(Exposition(), openmetrics=True) == "# EOF\n"


def test_families_come_once_in_the_order_of_their_names_with_the_samples_of_all_sources() -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1))
    exposition.replace(Key("jobs", "all"), Block.build([JOBS.reading(7)]))
    exposition.replace(MAIL._replace(source="emca"), queue(2, tenant="emca"))
    assert plain(exposition) == (
        '# HELP kpi_jobs_total Jobs of "all" kinds.\n# TYPE kpi_jobs_total counter\nkpi_jobs_total 7.0\n'
        "# HELP kpi_queue Queue.\n# TYPE kpi_queue gauge\n"
        'kpi_queue{name="mail",tenant="acme"} 1.0\nkpi_queue{name="mail",tenant="emca"} 2.0\n'
    )
    assert plain(exposition, openmetrics=True) == (
        '# HELP kpi_jobs Jobs of \\"all\\" kinds.\n# TYPE kpi_jobs counter\nkpi_jobs_total 7.0\n'
        "# HELP kpi_queue Queue.\n# TYPE kpi_queue gauge\n"
        'kpi_queue{name="mail",tenant="acme"} 1.0\nkpi_queue{name="mail",tenant="emca"} 2.0\n'
        "# EOF\n"
    )


@pytest.mark.parametrize("openmetrics", [False, True])
def test_the_compressed_body_holds_the_same_text(openmetrics: bool) -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1))
    exposition.set_own(b"own 1.0\n", b"own_total 1.0\n")
    assert gzip.decompress(exposition.body(openmetrics, gzip=True)).decode() == plain(exposition, openmetrics)


def test_both_formats_are_read_by_the_parsers_of_prometheus_client() -> None:
    exposition = Exposition()
    waits = WAITS.reading(HistogramState((1.0, 2.0, 3.0), 4.5))
    exposition.replace(MAIL, Block.build([JOBS.reading(7), waits, QUEUE.reading(1, name="\\\n")]))
    text = {family.name: family.type for family in parse_text(plain(exposition))}
    openmetrics = {family.name: family.type for family in parse_openmetrics(plain(exposition, openmetrics=True))}
    assert text == openmetrics == {"kpi_jobs": "counter", "kpi_queue": "gauge", "kpi_wait_seconds": "histogram"}


@pytest.mark.parametrize(("openmetrics", "compressed"), EVERY_FORMAT)
def test_a_body_is_built_once(openmetrics: bool, compressed: bool) -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1))
    assert exposition.ready(openmetrics, compressed) is None
    built = exposition.pieces(openmetrics, compressed)
    assert exposition.pieces(openmetrics, compressed)[0] is built[0]
    assert exposition.ready(openmetrics, compressed) == built


@pytest.mark.parametrize(("openmetrics", "compressed"), EVERY_FORMAT)
@pytest.mark.parametrize(
    "change",
    [
        lambda exposition: exposition.replace(MAIL, queue(2)),
        lambda exposition: exposition.remove(MAIL),
        lambda exposition: exposition.drop_expired(100.0),
    ],
)
def test_a_change_is_ready_in_the_formats_that_were_asked_for(
    change: Callable[[Exposition], object], openmetrics: bool, compressed: bool
) -> None:
    exposition = Exposition(rebuild_seconds=0)
    exposition.replace(MAIL, queue(1, expires=50.0))
    before = exposition.pieces(openmetrics, compressed)
    change(exposition)
    after = exposition.ready(openmetrics, compressed)
    assert after is not None
    assert after != before
    others = [form for form in EVERY_FORMAT if form != (openmetrics, compressed)]
    assert [exposition.ready(*form) for form in others] == [None] * 3


def test_changes_in_quick_succession_leave_the_building_to_the_next_scrape() -> None:
    exposition = Exposition(rebuild_seconds=3600)
    exposition.replace(MAIL, queue(1))
    exposition.pieces(openmetrics=False, gzip=False)
    exposition.replace(MAIL, queue(2))
    assert exposition.ready(openmetrics=False, gzip=False) is None
    assert 'kpi_queue{name="mail",tenant="acme"} 2.0' in plain(exposition)


def test_formats_are_ready_side_by_side() -> None:
    exposition = Exposition()
    bodies = {form: exposition.pieces(*form) for form in EVERY_FORMAT}
    assert {form: exposition.ready(*form) for form in EVERY_FORMAT} == bodies


def test_the_exporters_own_metrics_stay_when_a_block_changes() -> None:
    exposition = Exposition()
    exposition.set_own(b"own 1.0\n", b"own_total 1.0\n")
    exposition.replace(MAIL, queue(1))
    assert plain(exposition).endswith("1.0\nown 1.0\n")
    assert plain(exposition, openmetrics=True).endswith("1.0\nown_total 1.0\n# EOF\n")


def test_a_format_that_nobody_asked_for_in_a_long_time_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1))
    exposition.pieces(openmetrics=False, gzip=False)
    monkeypatch.setattr("exporter.exposition._ASKED_SECONDS", -1.0)
    exposition.replace(MAIL, queue(2))
    assert exposition.ready(openmetrics=False, gzip=False) is None


@pytest.mark.parametrize(("openmetrics", "compressed"), EVERY_FORMAT)
def test_the_exporters_own_metrics_change_without_a_new_body(openmetrics: bool, compressed: bool) -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1))
    before = exposition.pieces(openmetrics, compressed)
    exposition.set_own(b"own 2.0\n", b"own_total 2.0\n")
    after = exposition.ready(openmetrics, compressed)
    assert after is not None
    assert after[0] is before[0]
    body = b"".join(after)
    text = (gzip.decompress(body) if compressed else body).decode()
    assert 'kpi_queue{name="mail",tenant="acme"} 1.0\n' in text
    assert text.endswith("own_total 2.0\n# EOF\n" if openmetrics else "own 2.0\n")


def test_a_block_replaces_the_former_one_as_a_whole() -> None:
    exposition = Exposition()
    exposition.replace(MAIL, Block.build([QUEUE.reading(1, name="gone"), JOBS.reading(1)]))
    exposition.replace(MAIL, queue(2))
    assert "gone" not in plain(exposition)
    assert "kpi_jobs" not in plain(exposition)
    assert exposition.block(MAIL) == queue(2)


def test_only_blocks_whose_time_is_over_are_dropped() -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1, expires=50.0))
    exposition.replace(PUSH, queue(2, tenant="emca", expires=51.0))
    exposition.replace(Key("lasting", "all"), Block.build([JOBS.reading(1)]))
    assert exposition.drop_expired(50.0) == [MAIL]
    assert exposition.block(MAIL) is None
    assert exposition.drop_expired(50.0) == []
    assert "emca" in plain(exposition)
    assert "kpi_jobs_total 1.0" in plain(exposition)


def test_removing_what_is_not_there_is_no_error() -> None:
    Exposition().remove(MAIL)


def test_one_collector_can_be_read_by_itself() -> None:
    exposition = Exposition()
    exposition.replace(MAIL, queue(1))
    exposition.replace(PUSH, Block.build([JOBS.reading(1)]))
    exposition.set_own(b"own 1.0\n", b"own 1.0\n")
    assert exposition.collector_body("push").decode() == (
        '# HELP kpi_jobs_total Jobs of "all" kinds.\n# TYPE kpi_jobs_total counter\nkpi_jobs_total 1.0\n'
    )
    assert exposition.collector_body("nobody") == b""


def test_a_scrape_never_sees_half_a_replacement() -> None:
    exposition = Exposition()
    stop = threading.Event()

    def block(value: int) -> Block:
        return Block.build([JOBS.reading(value), *(QUEUE.reading(value, name=str(i)) for i in range(20))])

    def write() -> None:
        value = 0
        while not stop.is_set():
            value += 1
            exposition.replace(MAIL, block(value))

    exposition.replace(MAIL, block(0))
    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    try:
        seen: set[str] = set()
        while len(seen) < 20:
            lines = gzip.decompress(exposition.body(openmetrics=False, gzip=True)).decode().splitlines()
            values = {line.rsplit(" ", 1)[1] for line in lines if not line.startswith("#")}
            assert len(lines) == 25
            assert len(values) == 1
            seen |= values
    finally:
        stop.set()
        for writer in writers:
            writer.join()
