"""What the API needs of the running system."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

from ampherd.api.frames import Row
from ampherd.runtime.backups import BackupEntry, BackupState
from ampherd.runtime.uploads import Upload, UploadAnswer
from analytics.reader import Reader
from ocpp_core.domain.charger_profile import ChargerProfile
from ocpp_core.domain.commands import Command, CommandResult
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId, SessionId
from ocpp_core.domain.live import LiveChargePoint, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.plan import CircuitLimit
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.session import DriverNeed
from ocpp_core.domain.tokens import KnownToken
from ocpp_core.domain.view import BatterySetpoint, ChargePointView, LiveView


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the system works, for load balancers and container health checks."""

    status: str
    """`ok` or `degraded`; anything but `ok` is answered with 503."""
    version: str
    schema_version: int
    """Number of the database's schema."""
    database: str
    """`ok`, or what is wrong."""
    charge_points_online: int
    failing_since: datetime | None = None
    """Since when nothing can be stored; None: it can."""
    database_bytes: int = 0
    """The database file and its log."""
    free_bytes: int = 0
    """Free on their disk."""


class ApiService(Protocol):
    """The running system, as far as the API may touch it.

    A `StoreError` raised by any of these becomes a 503: nothing was recorded.
    """

    def health(self) -> Health:
        """Return at once; called without a token."""
        ...

    def now(self) -> datetime:
        """Return the site's time."""
        ...

    def live(self) -> LiveView:
        """Return the site now."""
        ...

    def changes(self) -> AsyncIterator[None]:
        """Yield once after every change of the live view; changes in between may be joined."""
        ...

    def charge_points(self) -> tuple[ChargePointView, ...]:
        """Return every charger that is configured or connected."""
        ...

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        """Send one command; never raises for what a charger does."""
        ...

    async def register(
        self, charge_point_id: ChargePointId, status: BootStatus
    ) -> CommandResult | None:
        """Decide what a charger's boots are answered until the server restarts.

        Returns how a charger that waits took the request to boot now; None: it was not asked.
        """
        ...

    async def rotate_password(self, charge_point_id: ChargePointId) -> CommandResult:
        """Give a charger a new random password over OCPP; nobody sees it."""
        ...

    async def state_need(self, session_id: SessionId, need: DriverNeed) -> bool:
        """Record what a driver wants; False when no such session is open."""
        ...

    async def set_limit(self, limit: CircuitLimit, source: str) -> bool:
        """Put a limit in force; `source` says who and why. False when there is no such circuit."""
        ...

    async def clear_limit(self, circuit_id: CircuitId, source: str) -> bool:
        """Go back to the configured limit; False when there is no such circuit."""
        ...

    async def set_site_load(self, *, building_w: float | None, pv_w: float | None) -> None:
        """Take a reading of the site's own meter; None: not measured by this one."""
        ...

    async def report_battery(self, *, stored_wh: float, power_w: float) -> BatterySetpoint | None:
        """Take a report of the battery's controller and tell what it is to do; None: no battery."""
        ...

    def follow(self, charge_point_id: ChargePointId | None) -> AsyncGenerator[StoredMessage]:
        """Yield every message from now on, after it is stored; None: of every charger."""
        ...

    async def ask(self, question: Callable[[Reader], pd.DataFrame]) -> list[Row]:
        """Ask the read side, off the event loop; a ReaderError becomes a 422."""
        ...

    async def read[T](self, work: Callable[[Reader], T]) -> T:
        """Do some work with the read side, off the event loop, one such work at a time."""
        ...

    def id_tokens(self) -> tuple[tuple[KnownToken, str, bool], ...]:
        """Return every token with its label, and whether the configuration owns it."""
        ...

    async def put_id_token(self, token: KnownToken, label: str) -> bool:
        """Record a token; False when the configuration owns it."""
        ...

    def charger_profiles(self) -> tuple[ChargerProfile, ...]:
        """Return what is known of every model of chargers, learned here or imported."""
        ...

    def backups(self) -> tuple[BackupState, tuple[BackupEntry, ...]]:
        """Return the backup that runs or the last one, and all finished ones, oldest first."""
        ...

    def start_backup(self, *, secrets: bool) -> bool:
        """Begin a backup; False when one is running."""
        ...

    async def import_file(self, upload: Upload) -> UploadAnswer | None:
        """Import a file, or tell what would become of it; None: another is being imported.

        Raises ImportRefusedError, and ZoneNeededError where times bear no zone.
        """
        ...

    async def undo_import(self, import_id: str) -> tuple[int, int]:
        """Take an import back; gives how many sessions and values of series were deleted.

        Raises ImportRefusedError.
        """
        ...

    def counters(self) -> Mapping[str, int]:
        """Return counts since the start, by name such as `messages_answered`."""
        ...


def charge_point_views(
    live: LiveSite,
    stale: Collection[ChargePointId] = (),
    *,
    version_of: Callable[[ChargePointId], str | None] = lambda _: None,
    profile_of: Callable[[ChargePointId], SecurityProfile | None] = lambda _: None,
) -> tuple[ChargePointView, ...]:
    """Show every charger that is configured or was seen; `stale` are silent for too long.

    `version_of` tells what a charger that is connected speaks, `profile_of` what is asked of it.
    """
    configured = {point.charge_point_id for point in live.site.charge_points}
    return tuple(
        _view(
            point,
            configured=name in configured,
            stale=name in stale,
            version=version_of(name) or "",
            profile=profile_of(name) if name in configured else None,
        )
        for name, point in live.charge_points.items()
    )


def _view(
    point: LiveChargePoint,
    *,
    configured: bool,
    stale: bool,
    version: str,
    profile: SecurityProfile | None,
) -> ChargePointView:
    boot = point.boot
    return ChargePointView(
        charge_point_id=point.charge_point_id,
        configured=configured,
        online=point.online,
        stale=stale,
        registration="" if point.boot_status is None else point.boot_status.value,
        vendor=boot.vendor if boot else "",
        model=boot.model if boot else "",
        serial_number=boot.serial_number if boot else "",
        firmware_version=boot.firmware_version if boot else "",
        last_frame_at=point.last_frame_at,
        connectors=tuple(str(live.connector.ref) for live in point.connectors.values()),
        link_since=point.link_since,
        ocpp_version=version,
        security_profile=None if profile is None else int(profile),
        clock_ahead_s=point.clock.ahead_s,
    )
