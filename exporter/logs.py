"""Logs: a constant event plus keys, readable on a terminal and JSON elsewhere."""

import logging
import sys

import structlog


def configure(level: str = "info") -> None:
    """Log to standard error from `level` (debug, info, warning, error) on. Local variables are never shown."""
    pretty = sys.stderr.isatty()
    last: list[structlog.typing.Processor]
    if pretty:
        last = [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    else:
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    for name in ("apscheduler", "uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
