"""The token with which analysts read the running database, in a file of its owner's own."""

from __future__ import annotations

import hmac
import secrets
import stat
import sys
from pathlib import Path

from ampherd.files import replace_file
from ocpp_core.domain.errors import AmpherdError

_RANDOM_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SqlTokenFile:
    """One token in one file; a server that runs takes a new one at once.

    Whoever may read the file may read the database. A file that others could read is given a new
    token: the old one is not known to be secret.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._token = ""

    def token(self) -> str:
        """Return the token, made now where there is none; raises AmpherdError."""
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            return self.rotate()
        if mode & _OTHERS and sys.platform != "win32":
            return self.rotate()
        return self._read() or self.rotate()

    def rotate(self) -> str:
        """Make a new token; the old one opens nothing any more."""
        token = secrets.token_urlsafe(_RANDOM_BYTES)
        try:
            replace_file(self.path, f"{token}\n".encode())
        except OSError as error:
            raise AmpherdError(
                f"the token file {self.path} cannot be written: {error.strerror}"
            ) from error
        return token

    def knows(self, given: str) -> bool:
        """Tell whether that is the token, as the file says now."""
        token = self._read()
        return bool(token) and hmac.compare_digest(given.encode(), token.encode())

    def _read(self) -> str:
        try:
            found = self.path.stat()
            mark = (found.st_mtime_ns, found.st_ino)
            if mark != self._seen:
                self._token = self.path.read_text("utf-8").strip()
                self._seen = mark
        except (OSError, UnicodeDecodeError):
            self._seen, self._token = None, ""
        return self._token
