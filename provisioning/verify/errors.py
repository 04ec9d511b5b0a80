"""What can go wrong while boards are verified.

VerifyError             verification cannot go on, or not begin
├── Unreachable         a server does not answer, or turns us away
└── UnknownBoard        somebody named a board that does not exist
Refused                 a server answered, and refused one query
Skipped                 a query is not asked, because there is no server for it
"""


class VerifyError(Exception):
    """Boards cannot be verified at all. The message is a full sentence and holds no secret."""


class Unreachable(VerifyError):
    """A server does not answer, or turns us away."""


class UnknownBoard(VerifyError):
    """No board has this name."""


class Refused(Exception):
    """A server refused one query; the message is its own."""


class Skipped(Exception):
    """A query is not asked: there is no server for it, or it was lost on the way."""
