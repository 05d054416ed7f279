"""The store: the one owner of the database file. Answer after commit, one writer thread."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from analytics.applying import write_boots, write_sessions
from analytics.configuration import write_site, write_site_tariff, write_tariffs
from analytics.connection import StoreConnection
from analytics.database import Database, translated
from analytics.live_sql import LiveSql, nobody
from analytics.market import fill_prices, load_market
from analytics.memory import last_seq, load_live, load_state
from analytics.projection import Projection
from analytics.reader import Reader
from analytics.record_rows import add_record
from analytics.records import DriverNeedRecord, Record
from analytics.rows import Rows
from analytics.settlement import Settlement
from analytics.settling import NO_GROUPS, book_of, settlement_of
from analytics.statements import StatementLimits
from analytics.store_url import place_of
from analytics.writer import CommitPolicy, GroupWriter, Job, Outcomes
from ocpp_core.domain.clock import Clock
from ocpp_core.domain.errors import (
    ConfigurationError,
    ReaderError,
    StoreError,
    StoreFullError,
)
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.site import Site
from ocpp_core.domain.tariff import DriverTariff, SiteTariff, TariffBook

_NO_ROOM = 1_000_000
_TRIES_AGAIN_S = 1.0
"""With less room than that, B, a commit is tried this often, s; all others fail at once."""


class Store:
    """Keeps messages and facts durable, and the tables that follow from them.

    Implements `ocpp_core.domain.ports.Ledger`. All methods but `open` belong to one event loop.
    """

    def __init__(
        self,
        database: Database,
        site: Site,
        settlement: Settlement,
        policy: CommitPolicy,
        now: Callable[[], datetime],
        site_tariff: SiteTariff | None = None,
    ) -> None:
        self.path = database.path
        self._database = database
        self.site = site
        self.now = now
        """The store's clock."""
        self._settlement = settlement
        self._site_tariff = site_tariff
        self._state = load_state(database.connection)
        self._seq = last_seq(database.connection) + 1
        self._counts: dict[str, int] = dict.fromkeys(
            ("messages_stored", "messages_repeated", "messages_doubtful", "messages_unread",
             "records_stored", "commits", "commits_failed"),
            0,
        )  # fmt: skip
        self.last_error: StoreError | None = None
        """Why the last commit failed; None after one that did not."""
        self.failing_since: datetime | None = None
        """Since when no commit has succeeded; of no meaning without `last_error`."""
        self._live_sql: LiveSql | None = None
        self._failed_at = 0.0
        self._stale = False
        """A commit failed: the projection's memory may be ahead of the tables."""
        self._writer = GroupWriter(self._commit, policy, f"store {database.path.name}")

    @classmethod
    def open(
        cls,
        url: str | Path,
        *,
        site: Site,
        driver_tariff: DriverTariff | TariffBook,
        site_tariff: SiteTariff | None = None,
        groups: Mapping[str, str] = NO_GROUPS,
        clock: Clock,
        policy: CommitPolicy = CommitPolicy(),  # noqa: B008 -- frozen
        memory_limit: str = "1GB",
        temp_limit: str = "2GB",
        threads: int = 1,
    ) -> Self:
        """Open or create the database of a site and write its configuration into it.

        `url` is the path of a DuckDB file, or a DuckLake (`analytics.lake`).
        Raises StoreLockedError, StoreReadOnlyError, StoreFullError or StoreError (a migration
        failed, a later version made the file), and ConfigurationError when the file belongs to
        another site or bills refer to other prices of this tariff version.

        `groups` gives the group token of tokens that are in no table, by the folded token.

        `memory_limit`, `temp_limit` (disk for what does not fit into it) and `threads` hold for
        everybody who reads through this process as well; more threads make small commits dearer
        (docs/decisions/0008).
        """
        database = Database(
            place_of(url),
            clock.now,
            memory_limit=memory_limit,
            temp_limit=temp_limit,
            threads=threads,
        )
        try:
            now = clock.now()
            with database.transaction():
                write_site(database, site)
                tariffs = write_tariffs(database, book_of(driver_tariff), now)
                if site_tariff is not None:
                    write_site_tariff(database, site, site_tariff, now)
            by_market = load_market(database.connection, site_tariff)
            settlement = settlement_of(
                database, driver_tariff, tariffs, site_tariff, zone=site.timezone, groups=groups
            )
            if by_market:
                fill_prices(database, settlement.prices)
            return cls(database, site, settlement, policy, clock.now, site_tariff)
        except BaseException:
            database.place.leave()
            database.connection.close()
            raise

    # Writing ------------------------------------------------------------------------------------

    def append(self, message: StoredMessage) -> asyncio.Future[None]:
        """Queue a message; the future is done when it is committed.

        It fails with a StoreError when nothing of it was written, or at once when too many
        messages wait for the disk. Never blocks.
        """
        return self._writer.submit(message)

    def record(self, *records: Record) -> asyncio.Future[None]:
        """Queue facts that are no messages; all of them are in one commit."""
        return self._writer.submit(records)

    def refresh_open_sessions(self, now: datetime) -> asyncio.Future[int]:
        """Work out energy, grid and bill of running sessions, provisionally; gives their number.

        Reservations that ran out unused are billed as well.

        They are connected until `now`; their energy is that of the last reading.
        """
        return self._writer.submit(Job(lambda: self._refresh(now)))

    def run(self, work: Callable[[Database, Settlement], Any]) -> asyncio.Future[Any]:
        """Run work of an importer on the writer thread; it makes its own transactions.

        Messages wait meanwhile: keep each call well under a second.
        """
        return self._writer.submit(Job(lambda: work(self._database, self._settlement)))

    def take_prices(self) -> asyncio.Future[int]:
        """Go by the imported day-ahead prices, where the site's tariff does.

        Gives how many quarters of an hour had waited for a price and have one now.
        """

        def take(database: Database, settlement: Settlement) -> int:
            if not load_market(database.connection, self._site_tariff):
                return 0
            settlement.prices.forget()
            return fill_prices(database, settlement.prices)

        return self.run(take)

    async def close(self) -> None:
        """Commit what waits, stop serving, write the log into the file and let go of it."""
        await self._writer.close()
        if self._live_sql is not None:
            self._live_sql.stop()
            self._live_sql = None
        self._database.close()

    async def __aenter__(self) -> Self:
        """Return the store, which closes at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    # Reading ------------------------------------------------------------------------------------

    def load_live(self, live: LiveSite) -> None:
        """Put what is stored back into the live state of a site that was just started."""
        with self._database.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            load_live(cursor, live)

    def reader(self, *, timeout_s: float | None = None) -> Reader:
        """Return a reader of this process; close it before the store.

        `timeout_s`: from now on; what takes longer is interrupted with a ReaderTimeoutError.
        """
        return Reader(StoreConnection(self._database.connection, timeout_s=timeout_s))

    def serve_sql(
        self,
        port: int,
        token: str,
        *,
        host: str = "127.0.0.1",
        analysts: Callable[[str], bool] = nobody,
        limits: StatementLimits | None = None,
    ) -> str:
        """Let other processes read over quack, and return the URL to open.

        `token` is that of the dashboards; `analysts` tells which other tokens may read.

        From then on no statement of this process reaches files but the database's own, and no
        setting can be changed.
        """
        self._live_sql = LiveSql.start(
            self._database.connection, host, port, token, analysts=analysts, limits=limits
        )
        self._database.before_reopen = self._live_sql.detach
        self._database.after_reopen = self._serve_again
        return self._live_sql.url

    @property
    def counters(self) -> dict[str, int]:
        """What was stored, repeated, doubted, refused."""
        return {
            **self._counts,
            "messages_waiting": self._writer.waiting,
            "messages_refused": self._writer.refused,
            **({} if self._live_sql is None else self._live_sql.counters),
        }

    # On the writer thread -------------------------------------------------------------------------

    def _commit(self, batch: Sequence[StoredMessage | tuple[Record, ...]]) -> Outcomes:
        if self._still_full():
            return [self.last_error] * len(batch)
        try:
            self._commit_relieved(batch)
        except StoreError as error:
            self._failed(error)
            if not isinstance(error.__cause__, duckdb.ConstraintException):
                return [error] * len(batch)
        except (pa.ArrowException, ArithmeticError, ValueError, TypeError) as error:
            failure = StoreError(f"cannot be stored: {error}", hint="please report this")
            failure.__cause__ = error
            self._failed(failure)
        else:
            return [None] * len(batch)
        if len(batch) == 1:
            return [self.last_error]
        # One item that no column can hold must not take the others with it.
        half = len(batch) // 2
        return [*self._commit(batch[:half]), *self._commit(batch[half:])]

    def _failed(self, error: StoreError) -> None:
        self._counts["commits_failed"] += 1
        if self.last_error is None:
            self.failing_since = self.now()
        self.last_error = error
        self._failed_at = time.monotonic()
        self._stale = True

    def _still_full(self) -> bool:
        """Tell whether a try would be in vain: it opens the database again and reads a lot."""
        if not isinstance(self.last_error, StoreFullError):
            return False
        if time.monotonic() - self._failed_at > _TRIES_AGAIN_S:
            return False
        try:
            return shutil.disk_usage(self.path.parent).free < _NO_ROOM
        except OSError:
            return False

    def _recall(self) -> None:
        """Read the projection's memory again after a commit that failed."""
        if not self._stale:
            return
        try:
            connection = self._database.usable()
            self._state = load_state(connection)
            # A commit may be durable and fail all the same, when the log is written into the file.
            self._seq = max(self._seq, last_seq(connection) + 1)
        except duckdb.Error as error:
            raise translated(error, self.path) from error
        self._stale = False
        self._serve_again()  # where that failed when the file was opened again

    def _serve_again(self) -> None:
        """Serve live SQL from the file that was opened again; commits go first."""
        if self._live_sql is not None and not self._live_sql.attached:
            with suppress(duckdb.Error, ConfigurationError, ReaderError):
                self._live_sql.attach(self._database.connection)

    def _commit_relieved(self, batch: Sequence[StoredMessage | tuple[Record, ...]]) -> None:
        """Commit; where readers took all the memory, interrupt analysts and commit then."""
        try:
            self._commit_whole(batch)
        except StoreError as error:
            short = isinstance(error.__cause__, duckdb.OutOfMemoryException)
            if not short or self._live_sql is None or not self._live_sql.relieve():
                raise
            self._stale = True
            self._commit_whole(batch)

    def _commit_whole(self, batch: Sequence[StoredMessage | tuple[Record, ...]]) -> None:
        self._recall()
        projection = Projection(self.site.site_id, self._state, self._seq)
        facts = Rows()
        needs: list[DriverNeedRecord] = []
        records = unread = 0
        for item in batch:
            if isinstance(item, StoredMessage):
                unread += self._project(projection, item)
            else:
                records += len(item)
                for record in item:
                    add_record(facts, self.site.site_id, record)
                    if isinstance(record, DriverNeedRecord):
                        needs.append(record)
        with self._database.transaction():
            self._database.insert(projection.rows)
            self._database.insert(facts)
            self._database.open_sessions(projection.opened)
            write_boots(self._database, self.site, projection.booted)
            self._state_needs(projection, needs)
            for row in projection.changed.values():
                self._settlement.choose_tariff(row)
            self._settlement.settle(projection.unsettled.values())
            write_sessions(self._database, {**projection.changed, **projection.unsettled}.values())
        self._seq = projection.next_seq
        self.last_error = None
        counts = self._counts
        counts["commits"] += 1
        counts["records_stored"] += records
        counts["messages_stored"] += len(projection.rows.new.get("ocpp_message", ()))
        counts["messages_repeated"] += projection.repeated
        counts["messages_doubtful"] += projection.doubtful
        counts["messages_unread"] += unread

    @staticmethod
    def _project(projection: Projection, message: StoredMessage) -> int:
        try:
            projection.add(message)
        except Exception as error:  # noqa: BLE001 -- a message that we misread is kept raw all the same
            projection.add_raw(
                message, [*message.findings, f"not interpreted: {type(error).__name__}: {error}"]
            )
            return 1
        return 0

    def _state_needs(self, projection: Projection, needs: list[DriverNeedRecord]) -> None:
        for record in needs:
            row = self._state.by_id(record.session_id)
            if row is not None:
                row.asked_wh = record.need.energy_wh
                row.departure = record.need.departure
                row.need_stated = record.need.stated
                projection.changed[row.session_id] = row

    def _refresh(self, now: datetime) -> int:
        self._recall()
        rows = self._state.running()
        try:
            with self._database.transaction():
                self._settlement.settle(rows, now)
                write_sessions(self._database, rows)
                self._settlement.reservations.settle(self._database, self.site.site_id, now)
        except StoreError as error:
            self._failed(error)
            raise
        return len(rows)
