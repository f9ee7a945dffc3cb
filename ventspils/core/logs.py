"""Logs: events with fields, JSON where no person reads along, secrets never."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

_SECRET_WORDS = ("password", "community", "token", "secret", "authorization")


def _hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key in event:
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "***"
    return event


def configure_logs(level: int = logging.INFO) -> None:
    """Send events to stderr: in colour to a terminal, as JSON lines elsewhere."""
    is_person = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if is_person else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _hide_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
