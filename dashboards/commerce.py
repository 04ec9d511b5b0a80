"""From a story view to a payment, and what payments bring in."""

from pathlib import Path

from dashboards import Board, Column, area, bars, funnel, row, section, share, sql, stat, table, trend
from metrics import COUNT
from metrics.commerce import (
    AUCTION_PARTICIPANTS,
    AUCTIONS_COMPLETED,
    AVERAGE_ORDER_VALUE,
    CONVERSION,
    FUNNEL_STAGE_USERS,
    OFFER_CONVERSION,
    OFFERS_SUBMITTED,
    PAYMENT_CONVERSION,
    PAYMENT_FAILURE,
    PAYMENTS,
    PAYMENTS_AMOUNT,
    PAYMENTS_DEVIATION,
    PAYMENTS_FAILED,
    PAYMENTS_RECENT,
    PAYMENTS_USUAL,
    REVENUE,
    REVENUE_WEEKLY_CHANGE,
)

_SQL = Path(__file__).parent / "sql" / "commerce"
_STAGES = ("Story Views", "Offers Submitted", "Auctions Participated", "Payments Completed")
_NOT_RECORDED = "A Prometheus that does not load the rules records none."
_NOT_KNOWN = "It takes four weeks to know what is usual, and a Prometheus that loads the rules."

BOARD = Board(
    uid="conversion-funnel",
    area="Commerce",
    name="Conversion funnel",
    description="How many of those who view a story make an offer, join an auction and pay, and what that brings in.",
    questions=("Where do people drop out?", "What do we earn, in which currency?", "Do payments go through?"),
    time="30d",
    content=[
        row(
            stat(REVENUE, by="currency", window="30d", width=4),
            stat(AVERAGE_ORDER_VALUE, by="currency", window="30d", width=3),
            stat(CONVERSION, window="7d", before="7d", width=3),
            stat(PAYMENT_FAILURE, by="provider", window="1d", width=2),
        ),
        row(
            funnel(
                FUNNEL_STAGE_USERS,
                by="stage",
                stages=_STAGES,
                window="7d",
                where={"mode": "closed"},
                title="Funnel (7 d)",
            ),
            trend(OFFER_CONVERSION, PAYMENT_CONVERSION, window="1d", title="Conversion between stages (1 d)"),
        ),
        row(area(REVENUE, by="currency", window="1d"), trend(AVERAGE_ORDER_VALUE, by="currency", window="1d")),
        section(
            "Payments",
            row(
                bars(PAYMENTS, by="status", span="1d"),
                share(PAYMENTS, by="provider", title="Payments by provider"),
                trend(PAYMENT_FAILURE, by="provider", window="1d"),
            ),
            row(
                trend(PAYMENTS_AMOUNT, by="currency", where={"status": "failed"}, title="Failed amounts per day"),
                table(REVENUE, by=("category", "currency"), window="30d", title="Revenue by category (30 d)"),
            ),
            row(
                table(
                    sql(_SQL / "failed_payments.sql"),
                    title="Failed payments",
                    description="Payments that failed in the chosen time, by provider and the reason that it gave.",
                    may_be_empty="No payment failed in the chosen time.",
                    columns=(
                        Column("Payments", unit=COUNT, bar=True),
                        Column("Last", unit="dateTimeFromNow"),
                    ),
                ),
            ),
        ),
        section(
            "Offers and auctions",
            row(
                trend(OFFERS_SUBMITTED, window="1d", before="7d"),
                trend(AUCTION_PARTICIPANTS, AUCTIONS_COMPLETED, window="1d", title="Auctions (1 d)"),
            ),
        ),
        section(
            "What alerts watch",
            row(
                trend(PAYMENT_FAILURE, by="provider", window="2h", may_be_empty="No payment ended within two hours."),
                trend(PAYMENTS_FAILED, by="provider", window="2h", may_be_empty="No payment ended within two hours."),
            ),
            row(
                trend(
                    PAYMENTS_RECENT,
                    PAYMENTS_USUAL,
                    title="Completed payments in 6 hours, and usual",
                    may_be_empty=_NOT_RECORDED,
                ),
                trend(PAYMENTS_DEVIATION, may_be_empty=_NOT_KNOWN),
                trend(REVENUE_WEEKLY_CHANGE, by="currency", may_be_empty=_NOT_KNOWN),
            ),
        ),
    ],
)
