"""What goes wrong in the demo company. Alerts and boards must show these, and nothing outside of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True)
class Incident:
    """`days_before` counts back from the last day of the demo; hours are in UTC."""

    name: str
    days_before: int
    from_hour: int
    hours: int
    effect: str

    def span(self, last_day: date) -> tuple[datetime, datetime]:
        """When it starts and ends, for a demo that ends on `last_day`."""
        start = datetime.combine(last_day - timedelta(days=self.days_before), time(self.from_hour), UTC)
        return start, start + timedelta(hours=self.hours)


CRASH_SPIKE = Incident("crash spike", 45, 8, 40, "A bad Android release: one start in fifteen crashes, not one in 400.")
FAILED_PAYMENTS = Incident("failed payments", 30, 12, 10, "Banks time out: nine in ten payments fail, not one in 25.")
SLOW_API = Incident("slow API evening", 12, 18, 4, "Six times the response times, and 8 % of the answers are 5xx.")

INCIDENTS = (CRASH_SPIKE, FAILED_PAYMENTS, SLOW_API)
