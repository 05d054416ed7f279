"""From a course and a tariff to a bill. Source: OCPI 2.2.1, modules Tariffs and CDRs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import groupby
from zoneinfo import ZoneInfo

from ocpp_core.domain.tariff.amounts import Draft, lines_of, rounded
from ocpp_core.domain.tariff.bill import Bill, ChargingPeriod, CostKind
from ocpp_core.domain.tariff.course import Course, Reservation
from ocpp_core.domain.tariff.definition import (
    Dimension,
    PriceComponent,
    ReservationRestriction,
    Tariff,
    TariffElement,
)
from ocpp_core.domain.tariff.pieces import Activity, Piece, holds, pieces_of, reserved_pieces

_KINDS = {
    Dimension.ENERGY: CostKind.ENERGY,
    Dimension.TIME: CostKind.TIME,
    Dimension.FLAT: CostKind.FLAT,
    Dimension.PARKING_TIME: CostKind.PARKING_TIME,
}
_RESERVED = {
    Dimension.TIME: CostKind.RESERVATION_TIME,
    Dimension.FLAT: CostKind.RESERVATION_FEE,
}

type _Numbered = tuple[int, TariffElement]


@dataclass(slots=True)
class _Use:
    """How much of a dimension one element prices."""

    kind: CostKind
    element: int
    component: PriceComponent
    restrictions: str
    quantity: Fraction
    """Wh, s or 1."""
    starts_at: datetime
    ends_at: datetime
    billed: Fraction = Fraction(0)
    """The quantity after steps."""


def price(course: Course, tariff: Tariff, zone: ZoneInfo) -> Bill:
    """Return what a session costs.

    For each dimension and instant the first element counts that prices it and whose restrictions
    hold (OCPI 2.2.1 section 11.3.1). FLAT is billed once, by the first element that comes to
    hold. Steps round up once: ENERGY on its total; PARKING_TIME on its total; TIME on its total
    where no PARKING_TIME is billed; what they add is billed by the last element of the dimension
    (section 10.3.1, step_size). A reservation is rounded by itself. Amounts are exact until the
    sums without VAT and of VAT are rounded to cents, halves up.
    """
    uses: list[_Use] = []
    periods: tuple[ChargingPeriod, ...] = ()
    charged = not (tariff.free_without_energy and course.points and course.energy_wh <= 0)
    if charged and course.points:
        numbered = [
            (number, element)
            for number, element in enumerate(tariff.elements, 1)
            if element.restrictions.reservation is None
        ]
        elements = [element for _, element in numbered]
        pieces = pieces_of(course, elements, zone, idle_grace_s=tariff.idle_grace_s)
        found = [(piece, _prices(piece, numbered)) for piece in pieces]
        uses = _session_uses(found)
        periods = _periods(found)
    if charged and course.reservation is not None:
        uses += _reservation_uses(course.reservation, tariff, zone)
    for use in uses:
        use.billed = use.quantity
    _step(uses, CostKind.ENERGY)
    parked = any(use.kind is CostKind.PARKING_TIME and use.quantity > 0 for use in uses)
    _step(uses, CostKind.PARKING_TIME if parked else CostKind.TIME)
    _step(uses, CostKind.RESERVATION_TIME)
    order = list(CostKind)
    uses.sort(key=lambda use: (order.index(use.kind), use.starts_at, use.element))
    drafts = [_draft(use) for use in uses if use.billed > 0]
    return Bill(
        lines=lines_of(drafts, tariff, _span(course)) if charged else (),
        periods=periods,
        currency=tariff.currency,
    )


def _prices(
    piece: Piece, numbered: Sequence[_Numbered]
) -> dict[Dimension, tuple[_Numbered, PriceComponent]]:
    """Return the price that counts for each dimension in a piece."""
    found: dict[Dimension, tuple[_Numbered, PriceComponent]] = {}
    for number, element in numbered:
        if all(component.dimension in found for component in element.components):
            continue
        if not holds(element.restrictions, piece):
            continue
        for component in element.components:
            found.setdefault(component.dimension, ((number, element), component))
    return found


type _Found = tuple[Piece, dict[Dimension, tuple[_Numbered, PriceComponent]]]


def _session_uses(found: Iterable[_Found]) -> list[_Use]:
    uses: dict[tuple[Dimension, int], _Use] = {}
    flat = False
    for piece, prices in found:
        for dimension, quantity in _quantities(piece):
            if dimension not in prices or (dimension is Dimension.FLAT and flat):
                continue
            flat |= dimension is Dimension.FLAT
            (number, element), component = prices[dimension]
            _add(uses, _KINDS[dimension], number, element, component, quantity, piece)
    return list(uses.values())


def _quantities(piece: Piece) -> list[tuple[Dimension, Fraction]]:
    given = [(Dimension.FLAT, Fraction(1))]
    if piece.energy_wh > 0:
        given.append((Dimension.ENERGY, piece.energy_wh))
    if piece.duration_s > 0 and piece.activity is Activity.CHARGING:
        given.append((Dimension.TIME, piece.duration_s))
    if piece.duration_s > 0 and piece.activity is Activity.IDLE:
        given.append((Dimension.PARKING_TIME, piece.duration_s))
    return given


def _reservation_uses(reservation: Reservation, tariff: Tariff, zone: ZoneInfo) -> list[_Use]:
    """Return what a reservation is billed for; one that expired by what says so first."""
    kinds = [ReservationRestriction.RESERVATION]
    if reservation.expired:
        kinds.insert(0, ReservationRestriction.RESERVATION_EXPIRES)
    numbered = [
        (number, element)
        for kind in kinds
        for number, element in enumerate(tariff.elements, 1)
        if element.restrictions.reservation is kind
    ]
    elements = [element for _, element in numbered]
    uses: dict[tuple[Dimension, int], _Use] = {}
    flat = False
    for piece in reserved_pieces(reservation.reserved_at, reservation.until, elements, zone):
        prices = _prices(piece, numbered)
        if Dimension.FLAT in prices and not flat:
            flat = True
            (number, element), component = prices[Dimension.FLAT]
            _add(uses, CostKind.RESERVATION_FEE, number, element, component, Fraction(1), piece)
        if Dimension.TIME in prices:
            (number, element), component = prices[Dimension.TIME]
            kind = CostKind.RESERVATION_TIME
            _add(uses, kind, number, element, component, piece.duration_s, piece)
    return list(uses.values())


def _add(
    uses: dict[tuple[Dimension, int], _Use],
    kind: CostKind,
    number: int,
    element: TariffElement,
    component: PriceComponent,
    quantity: Fraction,
    piece: Piece,
) -> None:
    key = (component.dimension, number)
    known = uses.get(key)
    if known is None:
        # A fee is of the instant at which it comes to hold, however long the piece is.
        ends_at = piece.starts_at if component.dimension is Dimension.FLAT else piece.ends_at
        uses[key] = _Use(
            kind, number, component, str(element.restrictions), quantity, piece.starts_at,
            ends_at,
        )  # fmt: skip
    else:
        known.quantity += quantity
        known.ends_at = piece.ends_at
        uses[key] = uses.pop(key)  # in the order of their last use


def _step(uses: Sequence[_Use], kind: CostKind) -> None:
    """Round the total of a kind up by the steps of its last use, which is billed the rest."""
    of_kind = [use for use in uses if use.kind is kind and use.quantity > 0]
    if not of_kind:
        return
    last = of_kind[-1]
    step = last.component.step_size
    if step:
        total = sum((use.quantity for use in of_kind), Fraction(0))
        last.billed += -(-total // step) * step - total


def _draft(use: _Use) -> Draft:
    per_unit, unit, step_unit = {
        Dimension.ENERGY: (1000, "kWh", "Wh"),
        Dimension.FLAT: (1, "session", ""),
    }.get(use.component.dimension, (3600, "h", "s"))
    quantity = use.billed / per_unit
    words = use.kind.value.lower().replace("_", " ")
    if use.restrictions:
        words += f" ({use.restrictions})"
    if use.billed != use.quantity:
        words += (
            f", {rounded(use.quantity / per_unit, 6).normalize():f} {unit} rounded up by steps of "
            f"{use.component.step_size} {step_unit} of the total"
        )
    return Draft(
        kind=use.kind,
        quantity=quantity,
        unit=unit,
        unit_price=use.component.price,
        amount=quantity * Fraction(use.component.price),
        vat_percent=use.component.vat_percent,
        element=use.element,
        starts_at=use.starts_at,
        ends_at=use.ends_at,
        words=words,
    )


def _periods(found: Sequence[_Found]) -> tuple[ChargingPeriod, ...]:
    def same(entry: _Found) -> tuple[Activity, tuple[tuple[Dimension, int], ...]]:
        piece, prices = entry
        used = {dimension for dimension, _ in _quantities(piece)} & prices.keys()
        return piece.activity, tuple(sorted((d, prices[d][0][0]) for d in used - {Dimension.FLAT}))

    periods = []
    for (activity, used), group in groupby(found, key=same):
        pieces = [piece for piece, _ in group]
        hours = sum((piece.duration_s for piece in pieces), Fraction(0)) / 3600
        periods.append(
            ChargingPeriod(
                starts_at=pieces[0].starts_at,
                ends_at=pieces[-1].ends_at,
                energy_kwh=rounded(sum((p.energy_wh for p in pieces), Fraction(0)) / 1000, 6),
                charging_h=rounded(hours if activity is Activity.CHARGING else Fraction(0), 6),
                parking_h=rounded(hours if activity is Activity.IDLE else Fraction(0), 6),
                elements=tuple(sorted({number for _, number in used})),
            )
        )
    return tuple(periods)


def _span(course: Course) -> tuple[datetime, datetime]:
    if course.points:
        return course.points[0].at, course.points[-1].at
    assert course.reservation is not None  # noqa: S101 -- a course is one or the other
    return course.reservation.reserved_at, course.reservation.until
