"""A block is what one run delivers, rendered, and what storage keeps of it."""

from collections.abc import Iterator

import pytest

from exporter.block import Block
from metrics import COUNT, Counter, Gauge, Histogram, HistogramState, Metric, Reading

QUEUE = Gauge("kpi_queue", "Queue.", unit=COUNT, labels=("name",), owner="nobody", cap=2)
JOBS = Counter("kpi_jobs_total", "Jobs.", unit=COUNT, owner="nobody")
TENANT = (("tenant", "acme"),)
READINGS = [QUEUE.reading(1, name="mail"), JOBS.reading(7), QUEUE.reading(2, name="push")]


def test_a_block_holds_the_lines_of_each_metric_with_the_labels_of_its_source() -> None:
    block = Block.build(READINGS, (("tenant", "acme"),), expires=9.0)
    texts = {str(samples.metric): samples.fragment.raw.decode() for samples in block.samples}
    assert texts == {
        "kpi_queue": 'kpi_queue{name="mail",tenant="acme"} 1.0\nkpi_queue{name="push",tenant="acme"} 2.0\n',
        "kpi_jobs_total": 'kpi_jobs_total{tenant="acme"} 7.0\n',
    }
    assert block.series == 3
    assert block.expires == 9.0


def test_what_is_left_out_adds_to_what_was_left_out_before() -> None:
    dropped = {"not_finite": 2, "null": 1}
    block = Block.build([*READINGS, QUEUE.reading(0, name="sms"), JOBS.reading(float("nan"))][2:], (), None, dropped)
    assert block.series == 2
    assert dropped == {"not_finite": 3, "null": 1}


def test_a_metric_without_any_finite_value_is_not_in_the_block() -> None:
    assert Block.build([JOBS.reading(float("nan"))]).samples == ()


def test_a_label_value_that_is_no_text_is_refused_by_the_name_of_its_metric() -> None:
    with pytest.raises(ValueError, match=r"could not publish kpi_queue: .*int"):
        Block.build([Reading(QUEUE, (7,), 1.0)])  # type: ignore[arg-type]


def test_an_error_of_the_collector_comes_through_as_it_is() -> None:
    def broken() -> Iterator[Reading]:
        yield READINGS[0]
        raise LookupError("no such queue")

    with pytest.raises(LookupError, match="no such queue"):
        Block.build(broken())


def test_a_block_comes_back_from_storage_as_it_was() -> None:
    block = Block.build(READINGS, TENANT, expires=5.0)
    assert Block.from_rows(block.to_rows(), (QUEUE, JOBS), TENANT, expires=5.0) == block


def test_a_metric_that_the_part_no_longer_declares_does_not_come_back() -> None:
    restored = Block.from_rows(Block.build(READINGS).to_rows(), [JOBS])
    assert [samples.metric for samples in restored.samples] == [JOBS]


def gauge(text: str = "Q.", labels: tuple[str, ...] = ("name",), cap: int = 2) -> Gauge:
    return Gauge("kpi_queue", text, unit=COUNT, labels=labels, owner="x", cap=cap)


def test_a_metric_whose_help_or_cap_has_changed_comes_back() -> None:
    block = Block.build(READINGS[:1], TENANT)
    changed = gauge("Who waits.", cap=7)
    assert block.fits([changed], TENANT)
    assert [samples.metric for samples in Block.from_rows(block.to_rows(), [changed], TENANT).samples] == [changed]


@pytest.mark.parametrize(
    ("metrics", "constant"),
    [
        ([gauge(labels=("queue",))], TENANT),
        ([gauge(labels=())], TENANT),
        ([Histogram("kpi_queue", "Q.", unit=COUNT, labels=("name",), owner="x", buckets=(1,))], TENANT),
        ([gauge()], (("tenant", "zen"),)),
        ([gauge()], ()),
        ([JOBS], TENANT),
    ],
)
def test_a_block_in_another_shape_does_not_fit_and_does_not_come_back(
    metrics: list[Metric], constant: tuple[tuple[str, str], ...]
) -> None:
    block = Block.build(READINGS[:1], TENANT)
    assert not block.fits(metrics, constant)
    assert Block.from_rows(block.to_rows(), metrics, constant).samples == ()


def test_a_histogram_with_other_buckets_does_not_fit() -> None:
    old, new = (
        Histogram("kpi_sizes", "S.", unit=COUNT, owner="x", buckets=buckets) for buckets in ((1.0, 2.0), (1.0, 3.0))
    )
    block = Block.build([old.reading(HistogramState((0.0, 1.0, 1.0), 2.0))])
    assert block.fits([old], ())
    assert not block.fits([new], ())


def test_a_damaged_row_is_refused() -> None:
    rows = [row._replace(crc=row.crc ^ 1) for row in Block.build(READINGS).to_rows()]
    with pytest.raises(ValueError, match="checksum"):
        Block.from_rows(rows, [JOBS])
