"""Who may use the API: bearer tokens, kept as hashes in a file beside the database."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from ampherd.files import replace_file
from ocpp_core.domain.clock import Clock, SystemClock
from ocpp_core.domain.errors import AmpherdError

_PREFIX = "amp_"
_RANDOM_BYTES = 32


class Role(StrEnum):
    """What a token allows; each role includes those before it."""

    VIEWER = "viewer"
    """Read."""
    OPERATOR = "operator"
    """Command chargers, set limits, state needs."""
    ADMIN = "admin"
    """Everything."""

    def includes(self, other: Role) -> bool:
        """Tell whether this role may do what `other` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The holder of a valid token."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """What is kept of a token; the token itself is not."""

    name: str
    role: Role
    sha256: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    tokens: tuple[TokenEntry, ...] = ()


class TokenStore:
    """The tokens of one server, in a file or (without a path) in memory.

    The file is read again when it changes, so that a token made or revoked at the command line
    counts at once in a server that runs. Tokens have 256 random bits: a plain hash of one cannot
    be turned back, and guessing needs no slowing down.
    """

    def __init__(self, path: Path | None = None, *, clock: Clock | None = None) -> None:
        self._path = path
        self._clock = clock or SystemClock()
        self._entries: tuple[TokenEntry, ...] = ()
        self._seen: tuple[int, int, int] | None = None

    def create(self, name: str, role: Role) -> str:
        """Make a token and return it: the only time that it can be seen.

        Raises AmpherdError when the name is taken or the file cannot be written.
        """
        entries = self.entries()
        if not name.strip():
            raise AmpherdError("a token needs a name", hint="It says who acted, e.g. 'grafana'.")
        if any(entry.name == name for entry in entries):
            raise AmpherdError(
                f"there is a token called {name!r} already",
                hint=f"Take another name, or: ampherd token revoke {name}",
            )
        token = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
        entry = TokenEntry(name=name, role=role, sha256=_hash(token), created_at=self._clock.now())
        self._save((*entries, entry))
        return token

    def revoke(self, name: str) -> bool:
        """Remove a token; False when there is none of that name."""
        entries = self.entries()
        kept = tuple(entry for entry in entries if entry.name != name)
        if len(kept) == len(entries):
            return False
        self._save(kept)
        return True

    def entries(self) -> tuple[TokenEntry, ...]:
        """Return what is kept of every token, oldest first."""
        if self._path is not None:
            self._refresh(self._path)
        return self._entries

    def verify(self, token: str) -> Principal | None:
        """Return who holds a token, or None; takes as long for a wrong one as for a right one."""
        given = _hash(token)
        found: Principal | None = None
        for entry in self.entries():
            if hmac.compare_digest(entry.sha256, given):
                found = Principal(name=entry.name, role=entry.role)
        return found

    def _refresh(self, path: Path) -> None:
        try:
            stat = path.stat()
        except FileNotFoundError:
            self._entries, self._seen = (), None
            return
        # A replaced file has another inode, so two changes within one tick are seen as well.
        mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if mark == self._seen:
            return
        try:
            self._entries = msgspec.json.decode(path.read_bytes(), type=_File).tokens
        except (OSError, msgspec.MsgspecError) as error:
            raise AmpherdError(
                f"the token file {path} cannot be read: {error}",
                hint="Remove it and make the tokens again: ampherd token create",
            ) from error
        self._seen = mark

    def _save(self, entries: tuple[TokenEntry, ...]) -> None:
        if self._path is not None:
            content = msgspec.json.format(msgspec.json.encode(_File(tokens=entries)), indent=2)
            try:
                replace_file(self._path, content)
            except OSError as error:
                raise AmpherdError(
                    f"the token file {self._path} cannot be written: {error.strerror}"
                ) from error
        self._entries = entries


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
