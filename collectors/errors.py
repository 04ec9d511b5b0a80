"""What can go wrong while collecting.

CollectError
├── SourceDown          the database cannot be reached
├── QueryRefused        a .sql file breaks the rules; names file and line
├── Off                 the part has nothing to read: it is off, not broken
│   └── TableMissing    a contract table is absent
├── PresentOnly         the past was asked of what can tell the present only
├── QueryTimeout        the server cancelled the query, or a lock was not to be had
├── TooManyRows         the result is longer than the source allows
└── QueryFailed         any other answer of the server
"""


class CollectError(Exception):
    """A part of a collector yielded nothing. `reason` is the value of the `outcome` label of the run."""

    reason = "error"


class SourceDown(CollectError):
    """The database cannot be reached or refuses the login."""

    reason = "source_down"


class QueryRefused(CollectError):
    """A query breaks a rule that can be told without running it."""

    reason = "refused"


class Off(CollectError):
    """The part has nothing to read here, such as a server that nobody has named. The message begins with `off: `."""

    reason = "off"


class PresentOnly(CollectError):
    """The past was asked of what can tell the present only."""

    reason = "refused"


class TableMissing(Off):
    """A contract table is not there, so the part is off until it appears."""

    def __init__(self, message: str, table: str) -> None:
        super().__init__(message)
        self.table = table


class QueryTimeout(CollectError):
    """The query ran out of its time, and the server has stopped it."""

    reason = "timeout"


class TooManyRows(CollectError):
    """The query returned more rows than the source allows."""

    reason = "too_many_rows"


class QueryFailed(CollectError):
    """The server answered with an error."""

    reason = "error"
