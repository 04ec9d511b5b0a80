"""The servers behind boards and rules, and which of them were lost on the way."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from provisioning.verify import as_grafana
from provisioning.verify.answer import Answer
from provisioning.verify.as_grafana import Range
from provisioning.verify.database import Database, filled
from provisioning.verify.errors import Refused, Skipped, Unreachable
from provisioning.verify.prometheus import PrometheusApi
from provisioning.verify.questions import Query, Variable

Found = TypeVar("Found")


class Servers:
    """Prometheus and, where one was named, the database. May be asked from several threads.

    `lost` says how those ended that stopped answering on the way. They are not asked again.
    """

    def __init__(self, prometheus: PrometheusApi, database: Database | None) -> None:
        self.lost: dict[PrometheusApi | Database, str] = {}
        self._prometheus = prometheus
        self._database = database

    def reach(self) -> None:
        """Raises Unreachable when one of them does not answer."""
        self._prometheus.reach()
        if self._database is not None:
            self._database.reach()

    def ask(self, query: Query, span: Range, values: Mapping[str, str]) -> Answer:
        """The answer to a query with the variables set to `values`. Raises Refused, or Skipped."""
        began = time.perf_counter()
        if query.language == "sql":
            if self._database is None:
                raise Skipped("not asked, because no database was named")
            statement = filled(query.text, span, values)
            answer = self._from(self._database, partial(self._database.ask, statement, course=query.course))
        else:
            expression = as_grafana.fill(query.text, {**values, **span.variables})
            if query.instant:
                send = partial(self._prometheus.at, expression, span.end)
            else:
                send = partial(self._prometheus.over, expression, *span.aligned, span.step)
            answer = self._from(self._prometheus, send)
        return replace(answer, seconds=time.perf_counter() - began)

    def values(self, variable: Variable, span: Range, values: Mapping[str, str]) -> list[str]:
        """What one can choose. Raises Refused, or Skipped."""
        selector = as_grafana.fill(variable.selector, {**values, **span.variables})
        send = partial(self._prometheus.values, variable.label, selector, span.start, span.end)
        return self._from(self._prometheus, send)

    def rules(self) -> Mapping[str, Any]:
        """The rules that Prometheus evaluates. Raises Refused, or Skipped."""
        return self._from(self._prometheus, self._prometheus.rules)

    def alertmanagers(self) -> list[str]:
        """The Alertmanagers that Prometheus tells. Raises Refused, or Skipped."""
        return self._from(self._prometheus, self._prometheus.alertmanagers)

    def _from(self, server: PrometheusApi | Database, send: Callable[[], Found]) -> Found:
        if server in self.lost:
            raise Skipped("not asked, because its server was lost")
        try:
            return send()
        except Unreachable as error:
            try:
                server.reach()
            except Unreachable:
                self.lost[server] = str(error)
                raise Skipped("not answered, because its server was lost") from error
            # It is there, so that only this query broke the connection.
            raise Refused(str(error)) from error
