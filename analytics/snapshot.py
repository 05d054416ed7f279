"""A copy of the database file that is whole, while the store goes on writing.

Between two checkpoints DuckDB only appends to its log: the database file stays as the last
checkpoint left it, but for blocks that nothing refers to. So one checkpoint is made, further ones
are put off, and the file can be copied like any other. A checkpoint that comes all the same
changes the file's header, and the copy is known to be of no use.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.checkpoints import LONGEST_LOG
from analytics.database import Database, translated
from analytics.heldfile import chunks, handle_of, let_go
from analytics.places import DuckDbFile
from analytics.store import Store
from ocpp_core.domain.errors import StoreError

HEADER_BYTES = 3 * 4096
"""The main header and the two that checkpoints write in turn (DuckDB's storage format)."""
_PUT_OFF = "1TB"
_TRIES = 20
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenFile:
    """A database file that stays as it is."""

    path: Path
    size_bytes: int
    header: bytes

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's bytes; raises OSError."""
        yield from chunks(handle_of(self.path), self.size_bytes)

    def intact(self) -> bool:
        """Tell whether no checkpoint has come in between."""
        return header_of(self.path) == self.header


@asynccontextmanager
async def frozen_file(store: Store) -> AsyncIterator[FrozenFile]:
    """Keep a running store's file as it is within the block; messages are stored meanwhile.

    They gather in the log, which is written into the file afterwards. Raises StoreError.
    """
    frozen: FrozenFile = await store.run(lambda database, _: _freeze(database))
    try:
        yield frozen
    finally:
        with suppress(StoreError):  # of a store that was closed meanwhile
            await asyncio.shield(store.run(lambda database, _: _thaw(database)))


@contextmanager
def closed_file(path: Path) -> Iterator[FrozenFile]:
    """Write the log into a file that no server owns, and keep servers out within the block.

    Raises StoreLockedError when one owns it, StoreError when there is none or it does not open.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such database", hint="`ampherd serve` makes one")
    try:
        with duckdb.connect(path, config={"threads": 1}) as connection:
            connection.execute("CHECKPOINT")
            yield _look(path)
    except duckdb.Error as error:
        raise translated(error, path) from error
    finally:
        let_go(path)


def header_of(path: Path) -> bytes:
    """Return what a checkpoint changes."""
    return b"".join(chunks(handle_of(path), HEADER_BYTES))


def _freeze(database: Database) -> FrozenFile:
    if not isinstance(database.place, DuckDbFile):
        raise StoreError(
            f"{database.place.name} is no single file",
            hint="back up the catalogue and the data of a DuckLake with their own tools",
        )
    connection = database.usable()
    checkpoints = database.place.checkpoints
    checkpoints.hold()
    for left in reversed(range(_TRIES)):
        try:
            connection.execute("CHECKPOINT")
            connection.execute(f"SET GLOBAL wal_autocheckpoint = '{_PUT_OFF}'")
            return _look(database.path)
        except duckdb.TransactionException as error:
            if not left:  # somebody else's transaction writes
                checkpoints.release()
                raise translated(error, database.path) from error
            time.sleep(_PAUSE_S)
        except duckdb.Error as error:
            checkpoints.release()
            raise translated(error, database.path) from error
    raise AssertionError


def _thaw(database: Database) -> None:
    if isinstance(database.place, DuckDbFile):
        database.place.checkpoints.release()
    try:
        database.usable().execute(f"SET GLOBAL wal_autocheckpoint = '{LONGEST_LOG}'")
    except duckdb.Error as error:
        raise translated(error, database.path) from error


def _look(path: Path) -> FrozenFile:
    return FrozenFile(path=path, size_bytes=path.stat().st_size, header=header_of(path))
