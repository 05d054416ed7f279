"""Which chargers may register, and what is not sent to others (1.6 section 4.2; 2.0.1 B02, B03)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ocpp_core.domain.commands import Command, RemoteStart, RemoteStop, TriggerMessage
from ocpp_core.domain.events import BootStatus
from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.live import LiveSite


class Registrations:
    """What boots of a charger are answered by decision of a person, until the server stops."""

    def __init__(self) -> None:
        self._decided: dict[ChargePointId, BootStatus] = {}
        self._cut_off: set[ChargePointId] = set()

    @property
    def decided(self) -> Mapping[ChargePointId, BootStatus]:
        """Return every decision, as it is now and will be."""
        return self._decided

    @property
    def cut_off(self) -> Collection[ChargePointId]:
        """Return the rejected chargers that may say nothing before they boot."""
        return self._cut_off

    def decide(self, charge_point_id: ChargePointId, status: BootStatus) -> None:
        """Decide what boots of a charger are answered."""
        self._decided[charge_point_id] = status
        if status is not BootStatus.REJECTED:
            self._cut_off.discard(charge_point_id)

    def cut(self, charge_point_id: ChargePointId) -> None:
        """Take note that the link of a rejected charger was ended."""
        self._cut_off.add(charge_point_id)

    def objection(self, live: LiveSite, charge_point_id: ChargePointId, command: Command) -> str:
        """Say why a charger must not be sent a command; empty when it may."""
        point = live.charge_points.get(charge_point_id)
        status = None if point is None else point.boot_status
        if charge_point_id in self._cut_off:
            status = BootStatus.REJECTED
        if status is BootStatus.REJECTED and not isinstance(command, TriggerMessage):
            return "its boot was rejected: it is sent nothing before it boots again"
        if status is BootStatus.PENDING and isinstance(command, RemoteStart | RemoteStop):
            return "its boot is pending: no transaction is started or stopped from here"
        return ""
