"""The reservations of a simulated charger, the same in every OCPP version.

Sources: OCPP 1.6 sections 3.8, 5.1 and 5.13; OCPP 2.0.1 chapter H.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.commands import ReserveNow
from ocpp_core.domain.events import ConnectorStatus
from ocpp_core.domain.ids import ConnectorId, IdToken


class ReserveOutcome(StrEnum):
    """How a request ends (OCPP 1.6 section 7.34 ReservationStatus)."""

    ACCEPTED = "Accepted"
    FAULTED = "Faulted"
    OCCUPIED = "Occupied"
    REJECTED = "Rejected"
    UNAVAILABLE = "Unavailable"


_REFUSAL_OF: Mapping[ConnectorStatus, ReserveOutcome] = {
    ConnectorStatus.FAULTED: ReserveOutcome.FAULTED,
    ConnectorStatus.UNAVAILABLE: ReserveOutcome.UNAVAILABLE,
}
_FREE = frozenset({ConnectorStatus.AVAILABLE, ConnectorStatus.RESERVED})


class Reservations:
    """Who may use which connector until when; the same id again replaces a reservation."""

    def __init__(self, *, whole: bool = False) -> None:
        self._takes_whole = whole
        """ReserveConnectorZeroSupported; 2.x: a reservation without an EVSE."""
        self._kept: dict[int, ReserveNow] = {}

    @property
    def kept(self) -> tuple[ReserveNow, ...]:
        """Every reservation that is not over."""
        return tuple(self._kept.values())

    @property
    def next_expiry(self) -> datetime | None:
        """When the first reservation ends by itself."""
        return min((kept.expires_at for kept in self._kept.values()), default=None)

    def reserve(
        self,
        command: ReserveNow,
        statuses: Mapping[ConnectorId, ConnectorStatus],
        at: datetime,
    ) -> ReserveOutcome:
        """Take a reservation, given the present state of every connector."""
        whole = not command.connector_id
        if command.expires_at <= at or (whole and not self._takes_whole):
            return ReserveOutcome.REJECTED
        others = {n: kept for n, kept in self._kept.items() if n != command.reservation_id}
        if whole:
            held = {kept.connector_id for kept in others.values() if kept.connector_id}
            free = [n for n, s in statuses.items() if s in _FREE and n not in held]
            pledged = sum(not kept.connector_id for kept in others.values())
            outcome = (
                ReserveOutcome.ACCEPTED if len(free) > pledged else _refusal(statuses.values())
            )
        else:
            status = statuses.get(ConnectorId(command.connector_id or 0))
            if status is None:
                return ReserveOutcome.REJECTED
            held_by_other = any(
                kept.connector_id == command.connector_id for kept in others.values()
            )
            free_now = status in _FREE and not held_by_other
            outcome = ReserveOutcome.ACCEPTED if free_now else _refusal([status])
        if outcome is ReserveOutcome.ACCEPTED:
            self._kept = {**others, command.reservation_id: command}
        return outcome

    def cancel(self, reservation_id: int) -> ReserveNow | None:
        """Give a reservation up and return it; None: there is none with this id."""
        return self._kept.pop(reservation_id, None)

    def expire(self, at: datetime) -> tuple[ReserveNow, ...]:
        """End the reservations whose time is over and return them."""
        over = tuple(kept for kept in self._kept.values() if kept.expires_at <= at)
        for kept in over:
            del self._kept[kept.reservation_id]
        return over

    def holds(self, connector_id: ConnectorId) -> bool:
        """Tell whether a connector is kept for somebody."""
        return any(kept.connector_id == connector_id for kept in self._kept.values())

    def admits(
        self,
        connector_id: ConnectorId,
        id_token: IdToken,
        *,
        free: int,
        group_token: IdToken | None = None,
    ) -> bool:
        """Tell whether a token may use a connector, when `free` ones are, this one included.

        A reservation without a connector keeps any one of them free for its token.
        """
        if self.claimed(connector_id, id_token, group_token) is not None:
            return True
        pledged = sum(not kept.connector_id for kept in self._kept.values())
        held = sum(bool(kept.connector_id) for kept in self._kept.values())
        return not self.holds(connector_id) and (not pledged or free - held > pledged)

    def claimed(
        self, connector_id: ConnectorId, id_token: IdToken, group_token: IdToken | None = None
    ) -> ReserveNow | None:
        """Return the reservation that a token has for a connector, the most exact one first."""
        matching = [
            kept
            for kept in self._kept.values()
            if kept.connector_id in {None, 0, connector_id}
            and (
                kept.id_token.casefold() == id_token.casefold()
                or (
                    group_token is not None
                    and kept.group_token is not None
                    and kept.group_token.casefold() == group_token.casefold()
                )
            )
        ]
        return min(matching, key=lambda kept: not kept.connector_id, default=None)


def _refusal(statuses: Iterable[ConnectorStatus]) -> ReserveOutcome:
    """Name the state that is in the way; Occupied when several are, or a car is."""
    words = {_REFUSAL_OF.get(status, ReserveOutcome.OCCUPIED) for status in statuses}
    return words.pop() if len(words) == 1 else ReserveOutcome.OCCUPIED
