"""Logs: one line for each event, as text for people or as JSON for machines, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_SECRET = re.compile(
    r"password|secret|authorization|credential|api_?key|(?<!id_)token$", re.IGNORECASE
)
_ID_TOKEN = re.compile(r"id_?token$", re.IGNORECASE)
_SECRET_TEXT = re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{6,}|\bamp_[\w-]{8,}", re.IGNORECASE)
_MASK = "***"
_QUIET = ("asyncio", "httpcore", "httpx", "websockets", "apscheduler", "uvicorn.access")


class LogFormat(StrEnum):
    """How log lines are written."""

    AUTO = "auto"
    """Text at a terminal, JSON lines elsewhere."""
    CONSOLE = "console"
    JSON = "json"


def configure(
    *, form: LogFormat = LogFormat.AUTO, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send everything that is logged, also by libraries, to one stream (standard error)."""
    out = stream or sys.stderr
    terminal = out.isatty()
    as_json = form is LogFormat.JSON or (form is LogFormat.AUTO and not terminal)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Plain text: tracebacks that show local variables would show secrets.
        structlog.processors.format_exc_info,
        mask_secrets,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=terminal, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def mask_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Hide values whose key says that they are secret, and tokens inside of texts."""
    del logger, method
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: str, value: Any) -> Any:
    if _SECRET.search(key):
        return _MASK
    if _ID_TOKEN.search(key) and isinstance(value, str):
        return value if len(value) <= 4 else f"{_MASK}{value[-4:]}"
    if isinstance(value, str):
        return _SECRET_TEXT.sub(lambda found: f"{found[1] or ''}{_MASK}", value)
    if isinstance(value, Mapping):
        return {name: _masked(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_masked(key, inner) for inner in value]
    return value
