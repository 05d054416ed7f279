"""From what the file says to domain values that are always valid."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import assert_never
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from ampherd.config.faults import Fault, dotted
from ampherd.config.kinds import WEEKDAYS
from ampherd.config.lines import KeyPath
from ampherd.config.model import KnownToken
from ampherd.config.site_tariff_spec import (
    BandSpec,
    DayAheadTariffSpec,
    FlatTariffSpec,
    SiteTariffSpec,
    TimeOfUseTariffSpec,
)
from ampherd.config.sources import Sources
from ampherd.config.spec import ConfigSpec
from ampherd.config.tariff_book import short_tariff, tariff_book, tariff_faults
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SiteId,
)
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, LineLimit, Site
from ocpp_core.domain.tariff import (
    DriverTariff,
    EnergyPrice,
    FlatPrice,
    MarketPrices,
    PriceBand,
    SiteTariff,
    TariffBook,
    TimeOfUsePrice,
)
from ocpp_core.domain.units import Phase

SAMPLE_PASSWORD = "change-me-before-use"  # noqa: S105 - what `init` replaces
_TOKEN_STATUS = {
    "accepted": AuthorizationStatus.ACCEPTED,
    "blocked": AuthorizationStatus.BLOCKED,
    "expired": AuthorizationStatus.EXPIRED,
}


class Parser:
    """Turns one spec into domain values and collects what is wrong."""

    def __init__(self, spec: ConfigSpec, sources: Sources, env: Mapping[str, str]) -> None:
        self._spec = spec
        self._sources = sources
        self._env = env
        self.faults: list[Fault] = []

    def site(self) -> Site:
        """Return the site; raises ConfigurationError for what `references` did not find."""
        spec = self._spec.site
        grid = next(c.id for c in self._spec.circuit if c.parent is None)
        return Site(
            site_id=SiteId(spec.id),
            name=spec.name,
            timezone=ZoneInfo(spec.timezone),
            currency=spec.currency,
            voltage_v=spec.voltage_v,
            circuits=tuple(
                Circuit(
                    circuit_id=CircuitId(c.id),
                    parent_id=None if c.parent is None else CircuitId(c.parent),
                    limit_a=c.limit_a,
                    limit_w=c.limit_w,
                    max_imbalance_a=c.max_imbalance_a,
                    line_limits=tuple(
                        LineLimit(
                            name=line.name,
                            weight_l1=line.weights[0],
                            weight_l2=line.weights[1],
                            weight_l3=line.weights[2],
                            limit_a=line.limit_a,
                        )
                        for line in c.lines
                    ),
                )
                for c in self._spec.circuit
            ),
            charge_points=tuple(
                ChargePoint(
                    charge_point_id=ChargePointId(point.id),
                    connectors=tuple(
                        Connector(
                            ref=ConnectorRef(ChargePointId(point.id), ConnectorId(c.id)),
                            circuit_id=CircuitId(c.circuit),
                            phases=tuple(Phase(phase) for phase in c.phases),
                            max_current_a=c.max_current_a,
                            min_current_a=c.min_current_a,
                            step_a=c.step_a,
                            fewest_phases=c.fewest_phases,
                        )
                        for c in point.connectors
                    ),
                    register_factor=point.register_factor,
                    power_factor=point.power_factor,
                    managed=point.managed,
                )
                for point in self._spec.charge_point
            ),
            building_circuit_id=CircuitId(spec.building_circuit or grid),
            building_peak_w=spec.building_peak_w,
            fail_safe_a=spec.fail_safe_a,
        )

    def passwords(self) -> dict[ChargePointId, SecretStr]:
        """Return the password of each charger that has one."""
        found: dict[ChargePointId, SecretStr] = {}
        for number, point in enumerate(self._spec.charge_point):
            path: KeyPath = ("charge_point", number)
            secret = point.password
            if point.password_file is not None:
                secret = self._secret_of_file(point.password_file, (*path, "password_file"))
            elif point.password_env is not None:
                secret = self._secret_of_variable(point.password_env, (*path, "password_env"))
            if secret is not None:
                found[ChargePointId(point.id)] = secret
        return found

    def id_tokens(self) -> tuple[KnownToken, ...]:
        """Return the tokens."""
        return tuple(
            KnownToken(
                id_token=IdToken(token.token),
                driver=token.driver,
                status=_TOKEN_STATUS[token.status],
                group_token=None if token.group is None else IdToken(token.group),
                single=token.single,
            )
            for token in self._spec.id_token
        )

    def driver_tariff(self) -> DriverTariff | None:
        """Return the short form of what drivers pay, where the file has it."""
        spec = self._spec.tariff.driver
        return None if spec is None else short_tariff(spec, self._spec.site.currency)

    def driver_tariffs(self) -> TariffBook | None:
        """Return every driver tariff; None: charging is free."""
        book = tariff_book(self._spec)
        if book is not None:
            for path, fault in tariff_faults(self._spec, book):
                self._add(path, fault.problem, fault.hint)
        return book

    def site_tariff(self) -> SiteTariff | None:
        """Return what the site pays."""
        spec = self._spec.tariff.site
        if spec is None:
            return None
        energy: EnergyPrice
        match spec:
            case FlatTariffSpec():
                energy = FlatPrice(value=spec.price_per_kwh)
            case TimeOfUseTariffSpec():
                energy = self._banded(spec.bands, "bands")
            case DayAheadTariffSpec():
                prices = self._day_ahead(spec)
                if prices is None:
                    return None
                energy = prices
            case _:
                assert_never(spec)
        return SiteTariff(
            currency=self._spec.site.currency,
            energy=energy,
            grid_fee=self._grid_fee(spec),
            feed_in_per_kwh=spec.feed_in_per_kwh,
            demand_charge_per_kw=spec.demand_charge_per_kw,
        )

    def look_at_battery(self, site: Site | None) -> None:
        """Find what keeps the site's battery from being steered; None: the site has faults."""
        spec = self._spec
        if spec.battery is None:
            return
        if spec.v2g is not None:
            self._add(
                ("battery",),
                "is given beside [v2g]: what both would give together is not kept under a fuse",
                "Leave one of them out.",
            )
        if site is None:
            return
        for circuit in site.feeders(site.building_circuit_id):
            limits = [circuit.limit_w]
            if circuit.limit_a is not None:
                limits.append(3 * circuit.limit_a * site.voltage_v)
            for name in ("max_charge_w", "max_discharge_w"):
                power_w = getattr(spec.battery, name)
                if any(limit is not None and power_w > limit for limit in limits):
                    self._add(
                        ("battery", name), f"is more than circuit {circuit.circuit_id!r} carries"
                    )

    def store_path(self) -> Path:
        """Return the database file; its folder is made when the store is opened."""
        return self._beside(self._spec.store.path)

    def notes(self, passwords: Mapping[ChargePointId, SecretStr]) -> Iterator[str]:
        """Yield what is allowed and yet worth a thought."""
        short = [str(name) for name, secret in passwords.items() if len(secret) < 16]
        if short:
            yield (
                f"the password of {_few(short)} has under 16 characters, the least that OCPP's "
                "security profile 1 asks for"
            )
        sample = [
            name for name, key in passwords.items() if key.get_secret_value() == SAMPLE_PASSWORD
        ]
        if sample:
            yield f"{_few(sample)} still has the password of the sample"
        if not self._spec.id_token and not self._spec.server.accept_unknown_tokens:
            yield (
                "no [[id_token]] is given and server.accept_unknown_tokens is false: nobody can "
                "charge"
            )
        if not self._spec.charge_point and not self._spec.server.allow_self_registration:
            yield "no [[charge_point]] is given: every charger is answered with 404"
        if self._spec.battery is not None and self._spec.tariff.site is None:
            yield "the [battery] stays as it is without [tariff.site]: it would save nothing"
        yield from self._idle_v2g()

    def _idle_v2g(self) -> Iterator[str]:
        """Yield why no car would give back although the file lets cars."""
        spec = self._spec
        if spec.v2g is None:
            return
        if spec.planning.min_run_s > 0 or spec.planning.max_starts is not None:
            yield (
                "no car gives back by [v2g] while planning.min_run_s or planning.max_starts binds "
                "how cars start and stop"
            )
        if spec.tariff.site is None:
            yield "no car gives back by [v2g] without [tariff.site]: it would save nothing"
        lines = [circuit.id for circuit in spec.circuit if circuit.lines]
        if lines:
            yield f"no car gives back by [v2g] below a circuit with lines: {_few(lines)}"

    def _grid_fee(self, spec: SiteTariffSpec) -> EnergyPrice | None:
        if spec.grid_fee_bands:
            if spec.grid_fee_per_kwh:
                self._add(
                    ("tariff", "site", "grid_fee_per_kwh"),
                    "is given beside grid_fee_bands",
                    "Give one of them: a last band with only its price holds for all other times.",
                )
            return self._banded(spec.grid_fee_bands, "grid_fee_bands")
        return FlatPrice(value=spec.grid_fee_per_kwh) if spec.grid_fee_per_kwh else None

    def _banded(self, bands: Sequence[BandSpec], key: str) -> TimeOfUsePrice:
        price = TimeOfUsePrice(
            timezone=ZoneInfo(self._spec.site.timezone),
            bands=tuple(_band(band) for band in bands),
        )
        gap = _first_gap(price)
        if gap is not None:
            self._add(
                ("tariff", "site", key),
                f"no band covers {gap:%A} {gap:%H:%M} in {calendar.month_name[gap.month]}",
                "End with a band that names only its price: it holds for all other times.",
            )
        return price

    def _day_ahead(self, spec: DayAheadTariffSpec) -> EnergyPrice | None:
        if spec.file is None:
            return MarketPrices(spec.surcharge_per_kwh)
        # Only sites with such a file pay for the import of Arrow.
        from ampherd.config.prices import read_prices  # noqa: PLC0415 - see above

        path: KeyPath = ("tariff", "site", "file")
        try:
            return read_prices(
                self._beside(spec.file),
                time_column=spec.time_column,
                price_column=spec.price_column,
                price_unit=spec.price_unit,
                step_s=spec.step_s,
                surcharge_per_kwh=spec.surcharge_per_kwh,
            )
        except ConfigurationError as error:
            self._add(path, str(error), error.hint)
            return None

    def _secret_of_file(self, name: str, path: KeyPath) -> SecretStr | None:
        file = self._beside(name)
        try:
            first, *_ = [*file.read_text("utf-8").splitlines(), ""]
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            self._add(path, f"{file} cannot be read: {why}")
            return None
        if not first:
            self._add(path, f"the first line of {file} is empty")
            return None
        return SecretStr(first)

    def _secret_of_variable(self, name: str, path: KeyPath) -> SecretStr | None:
        secret = self._env.get(name, "")
        if not secret:
            self._add(path, f"the environment variable {name} is not set")
            return None
        return SecretStr(secret)

    def _beside(self, name: str) -> Path:
        return (self._sources.path.absolute().parent / Path(name).expanduser()).resolve()

    def _add(self, path: KeyPath, problem: str, hint: str = "") -> None:
        self.faults.append(
            Fault(place=self._sources.place(path), key=dotted(path), problem=problem, hint=hint)
        )


def _band(spec: BandSpec) -> PriceBand:
    return PriceBand(
        months=frozenset(spec.months),
        weekdays=frozenset(WEEKDAYS.index(day) for day in spec.weekdays),
        start=spec.start,
        end=spec.end,
        value=spec.price_per_kwh,
    )


def _first_gap(price: TimeOfUsePrice) -> datetime | None:
    """Return a local time that no band covers; prices change at a band's ends and at midnight."""
    times = sorted({time(0), *(t for band in price.bands for t in (band.start, band.end))})
    for month in range(1, 13):
        first = datetime(2024, month, 1)  # noqa: DTZ001 - a local calendar time, any year will do
        for day in range(7):
            at = first + timedelta(days=day)
            for clock in times:
                local = at.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
                if not any(band.covers(local) for band in price.bands):
                    return local
    return None


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
