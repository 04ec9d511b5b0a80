"""A reading is a plain tuple, because there are very many of them."""

from metrics import COUNT, Gauge, HistogramState

TICKETS = Gauge("kpi_tickets", "Open tickets.", unit=COUNT, labels=("queue",), owner="support")


def test_a_reading_unpacks_into_metric_labels_and_value() -> None:
    reading = TICKETS.reading(3.0, queue="post")
    metric, labels, value = reading
    assert (metric, labels, value) == (TICKETS, ("post",), 3.0)
    assert (reading.metric, reading.labels, reading.value) == (TICKETS, ("post",), 3.0)


def test_the_last_bucket_of_a_histogram_holds_all_observations() -> None:
    assert HistogramState((0, 2, 7), 31.0).observations == 7
