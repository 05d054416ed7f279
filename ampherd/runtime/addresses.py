"""By which commands on the same machine find the server that runs on a database."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from ampherd.files import replace_file

log = structlog.get_logger(__name__)


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A server that runs, or ran until it was killed."""

    pid: int
    api_url: str
    sql_url: str = ""


def write_addresses(path: Path, *, api_url: str, sql_url: str) -> Callable[[], None]:
    """Note where this process answers; what is returned removes the note again."""
    content = msgspec.json.encode(Running(pid=os.getpid(), api_url=api_url, sql_url=sql_url))
    try:
        replace_file(path, content)
    except OSError as error:  # commands then ask for the address in the configuration
        log.warning("address not noted", path=str(path), reason=error.strerror)
    return lambda: path.unlink(missing_ok=True)


def running_server(path: Path) -> Running | None:
    """Return the server that noted its address; None when there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Running)
    except (OSError, msgspec.MsgspecError):
        return None
