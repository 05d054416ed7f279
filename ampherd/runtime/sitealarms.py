"""Everything that needs a person now, from every part of a running site."""

from __future__ import annotations

from collections.abc import Iterator

from ampherd.provisioning.provisioner import Provisioner
from ampherd.runtime.alarms import lifting_alarms, lock_alarms, price_alarms
from ampherd.runtime.backups import Backups
from ampherd.runtime.ghosts import GhostWatch
from ampherd.runtime.journal import Alarm
from ampherd.runtime.room import disk_room, short_of_room
from ampherd.runtime.sitebattery import BatteryNow
from ampherd.security.site import SiteSecurity
from analytics.retention.keeper import Keeper
from analytics.store import Store
from ocpp_core.csms.server import CentralSystem
from ocpp_core.domain.clock import Clock, SystemClock
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.tariff import SiteTariff
from optimizer.control.controller import Controller


class SiteAlarms:
    """Asks every part what is wrong."""

    def __init__(
        self,
        *,
        live: LiveSite,
        clock: Clock,
        store: Store,
        central: CentralSystem,
        security: SiteSecurity,
        controller: Controller,
        provisioner: Provisioner,
        keeper: Keeper,
        ghosts: GhostWatch,
        backups: Backups,
        free_bytes: int,
        tariff: SiteTariff | None,
        battery: BatteryNow | None,
    ) -> None:
        """`free_bytes` is how much room on the disk is too little."""
        self._live = live
        self._clock = clock
        self._store = store
        self._central = central
        self._security = security
        self._controller = controller
        self._provisioner = provisioner
        self._keeper = keeper
        self._ghosts = ghosts
        self._backups = backups
        self._free_bytes = free_bytes
        self._tariff = tariff
        self._battery = battery

    def now(self) -> Iterator[Alarm]:
        """Yield what needs a person now, with where it comes from."""
        live = self._live
        offline = [
            f"{point.charge_point_id} lost its connection."
            for point in live.charge_points.values()
            if not point.online and point.connectors and point.last_frame_at is not None
        ]
        silent = [f"{name} is silent: it may be gone." for name in sorted(self._central.stale())]
        trouble = self.trouble()
        for kind, sentences in (
            ("database", [trouble] if trouble else []),
            ("disk", short_of_room(disk_room(self._store.path), self._free_bytes)),
            ("backup", self._backups.alarms()),
            ("offline", offline),
            ("silent", silent),
            ("lock", lock_alarms(live)),
            ("foreign-limit", lifting_alarms(live)),
            ("ghost", self._ghosts.alarms()),
            ("control", self._controller.alarms()),
            ("provisioning", self._provisioner.alarms()),
            ("connection", self._central.alarms()),
            ("security", self._security.alarms(SystemClock().now())),
            ("storage", self._keeper.alarms()),
            ("battery", self._battery.alarms(live.site.timezone) if self._battery else ()),
            ("prices", price_alarms(self._tariff, self._clock.now())),
        ):
            for words in sentences:
                yield Alarm(kind=kind, words=words)

    def trouble(self) -> str:
        """Say in words that nothing can be stored and since when; empty when it can."""
        error, since = self._store.last_error, self._store.failing_since
        if error is None:
            return ""
        zone = self._live.site.timezone
        when = "" if since is None else f" since {since.astimezone(zone):%H:%M:%S}"
        return (
            f"The database takes no messages{when}: {error}. Chargers keep theirs and send them "
            f"again. {error.hint}".strip()
        )
