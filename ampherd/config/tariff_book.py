"""From driver tariffs as the file says them to those of the domain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from ampherd.config.lines import KeyPath
from ampherd.config.spec import ConfigSpec
from ampherd.config.tariff_spec import (
    DriverTariffSpec,
    ElementSpec,
    OcpiTariffSpec,
    PriceLimitSpec,
)
from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff import (
    DayOfWeek,
    Dimension,
    DriverTariff,
    PriceComponent,
    PriceLimit,
    ReservationRestriction,
    Restrictions,
    Tariff,
    TariffBook,
    TariffElement,
    TariffFault,
    TariffType,
)


def short_tariff(spec: DriverTariffSpec, currency: str) -> DriverTariff:
    """Return the tariff of `[tariff.driver]`."""
    return DriverTariff(
        tariff_id=TariffId(spec.id),
        version=spec.version,
        currency=currency,
        energy_price_per_kwh=spec.energy_price_per_kwh,
        session_fee=spec.session_fee,
        idle_price_per_hour=spec.idle_price_per_hour,
        idle_grace_s=spec.idle_grace_minutes * 60,
        vat_percent=spec.vat_percent,
    )


def tariff_book(spec: ConfigSpec) -> TariffBook | None:
    """Return all driver tariffs of a file, the short one first; None: charging is free."""
    currency, zone = spec.site.currency, ZoneInfo(spec.site.timezone)
    short = spec.tariff.driver
    tariffs = [] if short is None else [short_tariff(short, currency).expanded()]
    tariffs += [_tariff(full, currency, zone) for full in spec.driver_tariff]
    return TariffBook(tariffs=tuple(tariffs)) if tariffs else None


def tariff_faults(spec: ConfigSpec, book: TariffBook) -> Iterator[tuple[KeyPath, TariffFault]]:
    """Yield what is wrong between the tariffs, and between them and tokens, with its place."""
    short = int(spec.tariff.driver is not None)

    def path(index: int, key: str) -> KeyPath:
        if index < short:
            return ("tariff", "driver", key)
        table: KeyPath = ("driver_tariff", index - short)
        return (*table, key) if getattr(spec.driver_tariff[index - short], key) else table

    for fault in book.faults(spec.site.currency):
        yield path(fault.index, fault.key), fault
    known = {token.group.casefold() for token in spec.id_token if token.group is not None}
    if not spec.id_token:
        return  # tokens are kept in the database
    for number, full in enumerate(spec.driver_tariff):
        for name in full.groups:
            if name.casefold() not in known:
                yield (
                    ("driver_tariff", number, "groups"),
                    TariffFault(
                        index=short + number,
                        key="groups",
                        problem=f"no [[id_token]] has the group {name!r}",
                        hint="Give the drivers' tokens this group.",
                    ),
                )


def _tariff(spec: OcpiTariffSpec, currency: str, zone: ZoneInfo) -> Tariff:
    return Tariff(
        tariff_id=TariffId(spec.id),
        version=spec.version,
        currency=spec.currency or currency,
        tariff_type=None if spec.type is None else TariffType(spec.type),
        groups=frozenset(spec.groups),
        min_price=_limit(spec.min_price),
        max_price=_limit(spec.max_price),
        idle_grace_s=spec.idle_grace_minutes * 60,
        free_without_energy=spec.free_without_energy,
        valid_from=_midnight(spec.valid_from, zone),
        valid_to=_midnight(spec.valid_to, zone),
        elements=tuple(_element(element) for element in spec.elements),
    )


def _element(spec: ElementSpec) -> TariffElement:
    given = spec.restrictions
    return TariffElement(
        components=tuple(
            PriceComponent(
                dimension=Dimension(component.type),
                price=component.price,
                vat_percent=component.vat,
                step_size=component.step_size,
            )
            for component in spec.price_components
        ),
        restrictions=Restrictions(
            start_time=given.start_time,
            end_time=given.end_time,
            start_date=given.start_date,
            end_date=given.end_date,
            min_kwh=given.min_kwh,
            max_kwh=given.max_kwh,
            min_current=given.min_current,
            max_current=given.max_current,
            min_power=given.min_power,
            max_power=given.max_power,
            min_duration=given.min_duration,
            max_duration=given.max_duration,
            day_of_week=frozenset(DayOfWeek(day) for day in given.day_of_week),
            reservation=None
            if given.reservation is None
            else ReservationRestriction(given.reservation),
        ),
    )


def _limit(spec: PriceLimitSpec | None) -> PriceLimit | None:
    if spec is None:
        return None
    return PriceLimit(
        excl_vat=Decimal(spec.excl_vat),
        incl_vat=None if spec.incl_vat is None else Decimal(spec.incl_vat),
    )


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), zone).astimezone(UTC)
