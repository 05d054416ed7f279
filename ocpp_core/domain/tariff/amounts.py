"""From exact amounts to the lines of a bill: price limits, cents, VAT, words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from ocpp_core.domain.tariff.bill import CostKind, CostLine
from ocpp_core.domain.tariff.definition import PriceLimit, Tariff

_CENTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A line of a bill whose amounts are exact."""

    kind: CostKind
    quantity: Fraction
    unit: str
    unit_price: Decimal
    amount: Fraction
    vat_percent: Decimal | None
    element: int | None
    starts_at: datetime
    ends_at: datetime
    words: str
    vat: Fraction | None = None
    """VAT where it is not `vat_percent` of the amount."""

    @property
    def vat_amount(self) -> Fraction:
        """VAT of the line."""
        if self.vat is not None:
            return self.vat
        return self.amount * Fraction(self.vat_percent or 0) / 100


def rounded(value: Fraction, digits: int) -> Decimal:
    """Round to so many decimals, halves away from zero."""
    scaled = abs(value) * 10**digits
    whole = (scaled + Fraction(1, 2)).__floor__()
    return Decimal(whole if value >= 0 else -whole).scaleb(-digits)


def lines_of(
    drafts: Sequence[Draft], tariff: Tariff, span: tuple[datetime, datetime]
) -> tuple[CostLine, ...]:
    """Return the lines: each in cents, so that they sum to the rounded sums without VAT and of VAT.

    A line is the rounded sum up to it less the rounded sum before it, so that no cent is lost and
    none appears.
    """
    limited = [*drafts, *_limits(drafts, tariff, span)]
    lines: list[CostLine] = []
    exact, exact_vat = Fraction(0), Fraction(0)
    booked, booked_vat = Decimal(0), Decimal(0)
    for draft in limited:
        exact += draft.amount
        exact_vat += draft.vat_amount
        amount = rounded(exact, _CENTS) - booked
        vat_amount = rounded(exact_vat, _CENTS) - booked_vat
        booked, booked_vat = booked + amount, booked_vat + vat_amount
        lines.append(_line(draft, amount, vat_amount, tariff))
    return tuple(lines)


def _limits(
    drafts: Sequence[Draft], tariff: Tariff, span: tuple[datetime, datetime]
) -> list[Draft]:
    """Return the lines that keep the least and the highest price, with and without VAT.

    Source: OCPI 2.2.1 section 11.3.1, notes on min_price and max_price: both hold for the total
    without VAT and for the total with it.
    """
    excl = sum((draft.amount for draft in drafts), Fraction(0))
    incl = excl + sum((draft.vat_amount for draft in drafts), Fraction(0))
    found: list[Draft] = []
    for kind, limit in (
        (CostKind.MIN_PRICE, tariff.min_price),
        (CostKind.MAX_PRICE, tariff.max_price),
    ):
        if limit is None:
            continue
        choose = max if kind is CostKind.MIN_PRICE else min
        new_excl = choose(excl, Fraction(limit.excl_vat))
        if limit.incl_vat is not None:
            new_incl = choose(incl, Fraction(limit.incl_vat))
        else:
            new_incl = incl * new_excl / excl if excl else new_excl + incl
        new_incl = max(new_incl, new_excl)
        if (new_excl, new_incl) == (excl, incl):
            continue
        found.append(
            Draft(
                kind=kind,
                quantity=Fraction(1),
                unit="session",
                unit_price=rounded(new_excl - excl, 6),
                amount=new_excl - excl,
                vat_percent=None,
                vat=(new_incl - incl) - (new_excl - excl),
                element=None,
                starts_at=span[0],
                ends_at=span[1],
                words=_limit_words(kind, limit, tariff.currency, excl, incl),
            )
        )
        excl, incl = new_excl, new_incl
    return found


def _limit_words(
    kind: CostKind, limit: PriceLimit, currency: str, excl: Fraction, incl: Fraction
) -> str:
    name = "at least" if kind is CostKind.MIN_PRICE else "at most"
    with_vat = "" if limit.incl_vat is None else f", {limit.incl_vat} {currency} with VAT"
    was = f"{rounded(excl, 4).normalize():f}, {rounded(incl, 4).normalize():f} with VAT"
    return f"a session costs {name} {limit.excl_vat} {currency} without VAT{with_vat}; it was {was}"


def _line(draft: Draft, amount: Decimal, vat_amount: Decimal, tariff: Tariff) -> CostLine:
    quantity = rounded(draft.quantity, 6)
    currency = tariff.currency
    formula = (
        f"{quantity.normalize():f} {draft.unit} x {draft.unit_price} {currency}/{draft.unit} "
        f"= {amount}"
    )
    alone = rounded(draft.amount, _CENTS)
    if alone != amount:
        formula += f" (alone {alone}; the lines add up to the rounded total)"
    if draft.vat_percent is not None:
        formula += f", VAT {draft.vat_percent} % = {vat_amount}"
    elif vat_amount:
        formula += f", VAT {vat_amount}"
    element = "" if draft.element is None else f", element {draft.element}"
    return CostLine(
        kind=draft.kind,
        quantity=quantity,
        unit=draft.unit,
        unit_price=draft.unit_price,
        amount=amount,
        vat_percent=draft.vat_percent,
        vat_amount=vat_amount,
        currency=currency,
        tariff_id=tariff.tariff_id,
        tariff_version=tariff.version,
        element=draft.element,
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        rule=f"{draft.words}: {formula}; {tariff}{element}",
    )
