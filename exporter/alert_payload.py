"""What Alertmanager posts to a webhook, read into deliveries. Nothing in it is taken on trust."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from warehouse.alert_events import Delivery

_MOST_ALERTS = 10_000


class PayloadError(ValueError):
    """A body that Alertmanager would not send."""


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd")  # PostgreSQL has no text with a zero byte


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("the year lies outside of 1 to 9999 in UTC") from None


Text = Annotated[str, AfterValidator(_storable)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class _Alert(BaseModel):
    status: Literal["firing", "resolved"]
    labels: dict[Text, Text]
    annotations: dict[Text, Text] = {}
    startsAt: Moment
    endsAt: Moment | None = None
    fingerprint: Annotated[Text, Field(min_length=1, max_length=128)]


class _Payload(BaseModel):
    version: Literal["4"]
    alerts: Annotated[list[Any], Field(min_length=1, max_length=_MOST_ALERTS)]
    truncatedAlerts: int = 0


_STORED: TypeAdapter[Delivery] = TypeAdapter(Delivery)


def read(body: bytes, received: datetime) -> tuple[list[Delivery], list[str]]:
    """The deliveries, one for each alert, and what is wrong with those that cannot be read.

    Raises PayloadError when nothing can be read.
    """
    try:
        payload = _Payload.model_validate_json(body)
    except ValidationError as error:
        raise PayloadError(_told(error)) from None
    deliveries, faults = [], []
    for number, alert in enumerate(payload.alerts):
        try:
            deliveries.append(_delivery(_Alert.model_validate(alert), received))
        except ValidationError as error:
            faults.append(f"alerts.{number}.{_told(error)}")
    if not deliveries:
        raise PayloadError(faults[0])
    if payload.truncatedAlerts:
        faults.append(f"Alertmanager left out {payload.truncatedAlerts} alerts; raise max_alerts of its webhook")
    return deliveries, faults


def dump(delivery: Delivery) -> str:
    """The delivery as text that `load` reads."""
    return _STORED.dump_json(delivery).decode()


def load(text: str) -> Delivery:
    """The delivery that `dump` wrote. Raises ValueError for anything else."""
    return _STORED.validate_json(text)


def _delivery(alert: _Alert, received: datetime) -> Delivery:
    resolved = None
    if alert.status == "resolved":
        resolved = max(alert.startsAt, min(alert.endsAt or received, received))
    value = alert.annotations.get("value")
    return Delivery(
        fingerprint=alert.fingerprint,
        alertname=alert.labels.get("alertname", ""),
        severity=alert.labels.get("severity", ""),
        labels=alert.labels,
        started=alert.startsAt,
        resolved=resolved,
        received=received,
        alert=_uuid(alert.labels.get("alert_id", "")),
        value=_number(alert.annotations.get("raw_value", value or "")),
        text=value,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _told(error: ValidationError) -> str:
    """The first fault, without the text that came: it may be megabytes."""
    return next(_each(error))


def _each(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        yield ": ".join(filter(None, (".".join(str(key)[:40] for key in fault["loc"]), fault["msg"])))
