"""Logging: our own events only, as JSON lines, on standard error.

Libraries log what they handle, and some of what they handle is what a person wrote (Rasa logs every message at debug
level). So nothing passes but events of our own rooms, which name ids, counts and kinds, never texts or addresses.

One id goes with a message all its way: the inbox's, as ``message``, from the gateway's line through those of the worker
and the assistant (bound with structlog's context variables) to the delivery receipt's.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

OURS = ("worker.", "gateway.", "assistant.", "telegram.", "sms.", "smpp.", "simulator.", "serve.", "store.", "content.")


def configure_logging() -> None:
    """Set up logging for this process, also of what ends it. Idempotent."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutTexts("%(levelname)s %(name)s"))
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)
    for name in ("rasa", "rasa_sdk", "telegram", "twilio", "httpx", "httpcore", "sqlalchemy", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    sys.excepthook = _show_without_text
    threading.excepthook = lambda failed: _show_without_text(failed.exc_type, failed.exc_value, failed.exc_traceback)
    structlog.configure(
        processors=[
            _ours_only,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _show_without_text(
    kind: type[BaseException], _error: BaseException | None, where: TracebackType | None
) -> None:
    """What ends a process: its kind and its lines of code. Its own text could hold what a person wrote."""
    sys.stderr.write("".join(traceback.format_tb(where)) + f"{kind.__name__}\n")


class _WithoutTexts(logging.Formatter):
    """Names the kind of an exception: its text could hold what a person wrote."""

    def formatException(self, ei: Any) -> str:
        """The exception's type."""
        return str(ei[0].__name__) if ei and ei[0] else ""

    def formatStack(self, stack_info: str) -> str:
        """Nothing: a stack shows values."""
        return ""


def _ours_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if not str(event.get("event", "")).startswith(OURS):
        raise structlog.DropEvent
    return event
