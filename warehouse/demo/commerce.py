"""The way from an offer to a payment. Who gets further has passed each earlier stage, so the funnel narrows."""

from collections.abc import Iterator
from datetime import timedelta
from math import exp

from warehouse.demo.dice import Dice
from warehouse.demo.engagement import Row
from warehouse.demo.incidents import FAILED_PAYMENTS
from warehouse.demo.people import Visit

NULL = r"\N"

_CATEGORIES = (("art", 4.6), ("collectibles", 4.1), ("fashion", 3.7), ("experiences", 4.3))  # name, log of median price
_PROVIDERS = ("stripe", "stripe", "paypal")
_FAILURES = ("card_declined", "insufficient_funds", "expired_card")
_AUCTIONS_PER_HOUR = 4


def rows(rng: Dice, visit: Visit, *, certain: bool = False) -> Iterator[Row]:
    """Offer, auction and payments of a visit that viewed a story; a `certain` one goes all the way."""
    person, day = visit.person, visit.day
    if not certain and rng.random() >= 0.19 * person.spending:
        return
    category, price = _CATEGORIES[int(rng.random() * len(_CATEGORIES))]
    amount = exp(rng.gauss(price, 0.5))
    offered = _after(visit, visit.second, 60 + 120 * rng.random())
    won = certain or rng.random() < 0.62
    yield (
        "offer_metrics",
        offered,
        (
            f"offer-{visit.number}",
            person.id,
            f"story-{1 + int(400 * rng.random() ** 2):04}",
            f"{amount * 0.9:.2f}",
            person.currency,
            "accepted" if won else "declined",
            day.stamp(offered),
        ),
    )
    if not won:
        return
    joined = _after(visit, offered, 20 + 60 * rng.random())
    closes_at = (int(joined // 3600) + 1 + int(rng.random() * 2)) * 3600
    closes = day.midnight + timedelta(seconds=closes_at)
    auction = f"auction-{closes:%Y%m%d%H}-{int(rng.random() * _AUCTIONS_PER_HOUR)}"
    yield "auction_participation_metrics", joined, (auction, person.id, day.stamp(joined), day.stamp(closes_at))
    if not certain and rng.random() >= 0.6:
        return
    for order in range(1 if certain or rng.random() < 0.6 else 2):
        paid = _after(visit, closes_at, 60 + 1200 * rng.random())
        yield from _payments(rng, visit, f"{visit.number}-{order}", category, amount / (1 + order), paid, certain)


def _payments(
    rng: Dice, visit: Visit, order: str, category: str, amount: float, second: float, certain: bool
) -> Iterator[Row]:
    """The attempts to pay an order: after a failure, six in ten try once more, up to three times."""
    person, day = visit.person, visit.day
    for attempt in range(4):
        banks_time_out = day.within(FAILED_PAYMENTS, second)
        failing = 0.9 if banks_time_out else 0.04
        # A few dozen payments fall into the incident: with plain dice some seeds would hardly show it.
        draw = 1.0 if certain else rng.even() if banks_time_out else rng.random()
        failure = NULL
        if draw < failing:
            status = "failed"
            failure = "bank_timeout" if banks_time_out else _FAILURES[int(rng.random() * len(_FAILURES))]
        elif draw < failing + 0.015:
            status = "pending"
        elif draw < failing + 0.04:
            status = "refunded"
        else:
            status = "completed"
        provider = _PROVIDERS[int(rng.random() * len(_PROVIDERS))]
        yield (
            "payment_metrics",
            second,
            (
                f"payment-{order}-{attempt}",
                person.id,
                f"order-{order}",
                f"{amount:.2f}",
                person.currency,
                category,
                person.source,
                status,
                failure,
                f"{min(99.0, rng.expovariate(0.12)):.2f}",
                provider,
                day.stamp(second),
            ),
        )
        if status != "failed" or rng.random() > 0.6:
            return
        second = _after(visit, second, 45 + 120 * rng.random())


def _after(visit: Visit, second: float, seconds: float) -> float:
    return visit.second if visit.live else second + seconds
