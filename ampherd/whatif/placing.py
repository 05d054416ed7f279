"""Which recorded session is replayed at which connector; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ocpp_core.domain.ids import ChargePointId, ConnectorId, ConnectorRef
from ocpp_core.domain.site import Site
from optimizer.replay import RecordedStay

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedStays:
    """Every stay of a period: placed, or turned away because no connector was free."""

    stays: tuple[RecordedStay, ...]
    turned_away: tuple[RecordedStay, ...] = ()
    moved: int = 0
    """Stays that take another connector than the recorded one."""

    @property
    def asked_away_kwh(self) -> float:
        """Energy that those wanted who were turned away, kWh."""
        return sum(stay.energy_wh for stay in self.turned_away) / 1000


def place(stays: Iterable[RecordedStay], site: Site) -> PlacedStays:
    """Place stays in order of arrival.

    One whose recorded connector is of this site goes there while it is free; every other takes
    the connector that has been free for longest. Phases and current are those of the connector,
    or less where the record says less.
    """
    free_from = dict.fromkeys(site.connectors, _LONG_AGO)
    ordered = sorted(stays, key=lambda stay: (stay.arrival, stay.session_id))
    placed, turned_away, moved = [], [], 0
    # Recorded connectors are kept for those who used them, as long as any other is free.
    theirs = {ref for stay in ordered if (ref := recorded_ref(stay.ref, site)) is not None}
    for stay in ordered:
        own = recorded_ref(stay.ref, site)
        if own is None or free_from[own] > stay.arrival:
            free = [ref for ref, at in free_from.items() if at <= stay.arrival]
            if not free:
                turned_away.append(stay)
                continue
            own = min(free, key=lambda ref: (ref in theirs, free_from[ref]))
            moved += 1
        free_from[own] = stay.departure
        placed.append(_at(stay, own, site))
    return PlacedStays(stays=tuple(placed), turned_away=tuple(turned_away), moved=moved)


def recorded_ref(ref: ConnectorRef, site: Site) -> ConnectorRef | None:
    """Return the connector of the site that a record names, or None."""
    if ref in site.connectors:
        return ref
    first = ConnectorRef(ChargePointId(ref.charge_point_id), ConnectorId(1))
    return first if first in site.connectors else None


def _at(stay: RecordedStay, ref: ConnectorRef, site: Site) -> RecordedStay:
    connector = site.connectors[ref]
    phases = connector.phases[: len(stay.phases)] if stay.phases else connector.phases
    return replace(
        stay,
        ref=ref,
        phases=phases,
        max_current_a=min(stay.max_current_a, connector.max_current_a),
    )
