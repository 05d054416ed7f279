"""What the file says: names, types, units, defaults and ranges of every setting.

The descriptions below are the documentation of the settings; `docs/reference/configuration.md`
and the JSON Schema are made from them. `ampherd.config.parse` turns a spec into domain values.
"""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr
from pydantic import model_validator as check

from ampherd.config.kinds import (
    WEEKDAYS,
    ClockTime,
    Month,
    Name,
    Number,
    PhaseName,
    Price,
    ProfileNumber,
    Spec,
    VersionName,
    Weekday,
    Whole,
    known_zone,
)
from ampherd.config.operations import BackupSpec, LiveSqlSpec
from ampherd.config.provisioning import ChargerGroupSpec, ProvisioningSpec
from ampherd.config.server import ServerSpec
from ampherd.config.tariff_spec import DriverTariffSpec, OcpiTariffSpec
from ocpp_core.domain.plan import SplitPolicy
from ocpp_core.domain.units import MIN_CHARGING_CURRENT_A


class SiteSpec(Spec):
    """The site itself."""

    id: Name = Field(description="Key of the site in every table; keep it for good.")
    name: Name = Field(description="Name that people see.")
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        description="IANA zone of calendars, tariffs and display, e.g. `Europe/Berlin`."
    )
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="ISO 4217 code of every price in this file, e.g. `EUR`."
    )
    voltage_v: Annotated[Number, Field(ge=80, le=400)] = Field(
        default=230.0, description="Nominal voltage from phase to neutral, V."
    )
    building_circuit: Name | None = Field(
        default=None,
        description="Circuit on which the building's own load weighs; "
        "not given: the grid connection.",
    )
    building_peak_w: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="Building load that is kept free wherever it is not measured, W.",
    )
    fail_safe_a: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="Current that each connector falls back to when Ampherd is silent, A on each "
        "phase; 0: cars wait until Ampherd answers. The sum must fit under every limit.",
    )


class CircuitSpec(Spec):
    """A fuse or a contract limit; one circuit has no parent: the grid connection."""

    id: Name = Field(description="Name of the circuit.")
    parent: Name | None = Field(
        default=None, description="Circuit that feeds it; not given: this is the grid connection."
    )
    limit_a: Annotated[Number, Field(gt=0)] | None = Field(
        default=None, description="Limit on each phase, A. Needed unless `limit_w` is given."
    )
    limit_w: Annotated[Number, Field(gt=0)] | None = Field(
        default=None,
        description="Limit on the sum of the phases, W. Needed unless `limit_a` is given.",
    )

    @check(mode="after")
    def _limited(self) -> Self:
        if self.limit_a is None and self.limit_w is None:
            raise ValueError("a circuit needs limit_a or limit_w")
        return self


class ConnectorSpec(Spec):
    """One socket or cable."""

    id: Annotated[Whole, Field(ge=1, le=99)] = Field(
        description="Number of the connector on its charger, from 1."
    )
    circuit: Name = Field(description="Circuit that feeds it.")
    phases: Annotated[tuple[PhaseName, ...], Field(min_length=1, max_length=3)] = Field(
        default=("L1", "L2", "L3"),
        description="Supply phases that it loads, after rotation.",
    )
    max_current_a: Annotated[Number, Field(gt=0)] = Field(description="Rating on each phase, A.")
    min_current_a: Annotated[Number, Field(gt=0)] = Field(
        default=MIN_CHARGING_CURRENT_A,
        description="Lowest current that a car may be offered, A (IEC 61851-1: 6).",
    )
    fewest_phases: Annotated[Whole, Field(ge=1, le=3)] = Field(
        default=1,
        description="Phases that every car here uses at least. It counts for a charger that takes "
        "watts only: a limit is then told for this many phases. 3 for direct current, and where "
        "no car uses a single phase; too high a number would let one draw more than the fuse.",
    )

    @check(mode="after")
    def _consistent(self) -> Self:
        if self.max_current_a < self.min_current_a:
            raise ValueError(
                f"max_current_a {self.max_current_a:g} is below min_current_a "
                f"{self.min_current_a:g}: no car could ever charge"
            )
        if len(set(self.phases)) != len(self.phases):
            raise ValueError("phases names a phase twice")
        if self.fewest_phases > len(self.phases):
            raise ValueError(
                f"fewest_phases {self.fewest_phases} is more than the phases that it has"
            )
        return self


class ChargePointSpec(Spec):
    """A charger."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9*_=+|@.-]{1,48}$")] = Field(
        description="Identity that the charger connects with, the last part of its server URL."
    )
    password: Annotated[SecretStr, Field(min_length=1)] | None = Field(
        default=None,
        description="Password of HTTP Basic authentication (OCPP security profiles 1 and 2), 16 to "
        "40 characters: text, or the hex of its bytes. `ampherd charger password` makes one "
        "instead, which is then in no file.",
    )
    password_file: Name | None = Field(
        default=None, description="File whose first line is the password."
    )
    password_env: Name | None = Field(
        default=None, description="Environment variable that holds the password."
    )
    security_profile: ProfileNumber | None = Field(
        default=None,
        description="The least secure connection that is accepted from it, 0 to 3 as in "
        "`server.security_profile`; not given: that one.",
    )
    certificate_cn: Name | None = Field(
        default=None,
        description="CN of its certificate (profile 3), often its serial number; not given: `id`.",
    )
    assumed_version: VersionName | None = Field(
        default=None,
        description="OCPP version of a charger that offers none when it connects, e.g. `ocpp1.6`; "
        "not given: such a connection is closed. What a charger offers always counts instead.",
    )
    command_timeout_s: Annotated[Number, Field(gt=0, le=600)] | None = Field(
        default=None,
        description="A command to it without an answer has timed out after this, s; not given: "
        "`server.command_timeout_s`.",
    )
    connectors: Annotated[tuple[ConnectorSpec, ...], Field(min_length=1)] = Field(
        description="Its connectors."
    )
    register_factor: Annotated[Number, Field(gt=0)] = Field(
        default=1.0,
        description="What its energy readings are multiplied with where it mislabels their unit: "
        "1000 when it counts kWh and says Wh. `GET /api/v1/unit-doubts` proposes it; readings are "
        "kept as they came.",
    )
    power_factor: Annotated[Number, Field(gt=0)] = Field(
        default=1.0, description="The same for its power readings."
    )
    managed: bool = Field(
        default=True,
        description="False leaves its limits to people, e.g. for an acceptance test: Ampherd "
        "orders nothing, takes profiles from the HTTP API, and counts the charger at its rating.",
    )

    @check(mode="after")
    def _one_password(self) -> Self:
        given = [self.password, self.password_file, self.password_env]
        if sum(value is not None for value in given) > 1:
            raise ValueError("give only one of password, password_file and password_env")
        return self


class BandSpec(Spec):
    """A price for some months, weekdays and hours; the first band that covers a time counts."""

    months: Annotated[tuple[Month, ...], Field(min_length=1)] = Field(
        default=tuple(range(1, 13)), description="Months, 1 to 12; not given: all."
    )
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = Field(
        default=WEEKDAYS, description="`mon` to `sun`; not given: all."
    )
    start: ClockTime = Field(default=time(0), description="Local time from which it holds.")
    end: ClockTime = Field(
        default=time(0),
        description="Local time at which it ends; at or before `start`: past midnight; "
        "both `00:00`: the whole day.",
    )
    price_per_kwh: Price = Field(description="For each kWh.")


class _SiteTariffSpec(Spec):
    feed_in_per_kwh: Price = Field(
        default=Decimal(0), description="Paid to the site for each kWh that it exports."
    )
    demand_charge_per_kw: Annotated[Price, Field(ge=0)] = Field(
        default=Decimal(0),
        description="For each kW of the calendar month's highest 15-minute mean of grid import.",
    )
    grid_fee_per_kwh: Annotated[Price, Field(ge=0)] = Field(
        default=Decimal(0),
        description="What the grid operator takes for each imported kWh, on top of the energy.",
    )
    grid_fee_bands: tuple[BandSpec, ...] = Field(
        default=(),
        description="The same by month, weekday and hour; together they cover every hour of the "
        "year.",
    )


class FlatTariffSpec(_SiteTariffSpec):
    """The same price always."""

    kind: Literal["flat"] = Field(description="`flat`.")
    price_per_kwh: Price = Field(description="For each kWh.")


class TimeOfUseTariffSpec(_SiteTariffSpec):
    """Prices by month, weekday and hour in the site's zone."""

    kind: Literal["time-of-use"] = Field(description="`time-of-use`.")
    bands: Annotated[tuple[BandSpec, ...], Field(min_length=1)] = Field(
        description="Bands, tried from first to last; together they cover every hour of the year."
    )


class DayAheadTariffSpec(_SiteTariffSpec):
    """Market prices from a file."""

    kind: Literal["day-ahead"] = Field(description="`day-ahead`.")
    file: Name = Field(
        description="Parquet (`.parquet`) or CSV file; relative to this configuration file."
    )
    time_column: Name = Field(
        default="time_utc", description="Column with the start of each price's hour, UTC."
    )
    price_column: Name = Field(default="price", description="Column with the price.")
    price_unit: Literal["kWh", "MWh"] = Field(
        default="MWh", description="Energy that the price is for."
    )
    step_s: Annotated[Whole, Field(ge=60, le=86400)] = Field(
        default=3600, description="How long each price holds, s."
    )
    surcharge_per_kwh: Price = Field(
        default=Decimal(0), description="Taxes and the like, added to the price of each kWh."
    )


SiteTariffSpec = Annotated[
    FlatTariffSpec | TimeOfUseTariffSpec | DayAheadTariffSpec, Field(discriminator="kind")
]


class TariffSpec(Spec):
    """Prices, all in the site's currency."""

    driver: DriverTariffSpec | None = Field(
        default=None,
        description="What drivers pay, in short; without it and any `[[driver_tariff]]` charging "
        "is free.",
    )
    site: SiteTariffSpec | None = Field(
        default=None,
        description="What the site pays; not given: energy counts as free and plans only keep "
        "the limits.",
    )


class IdTokenSpec(Spec):
    """A card or app that may (or may not) charge."""

    token: Annotated[str, Field(min_length=1, max_length=36)] = Field(
        description="What the reader reads, e.g. the UID of an RFID card; case does not count."
    )
    driver: Name = Field(default="unnamed", description="Who holds it.")
    status: Literal["accepted", "blocked", "expired"] = Field(
        default="accepted", description="`accepted`, `blocked` or `expired`."
    )
    group: Annotated[str, Field(min_length=1, max_length=36)] | None = Field(
        default=None,
        description="Group token (OCPP 1.6: parentIdTag): tokens of one group may stop each "
        "other's transactions, and may have a tariff of their own.",
    )
    single: bool = Field(
        default=False,
        description="The token may run only one transaction at a time; a second one is answered "
        "`ConcurrentTx`.",
    )


class PlanningSpec(Spec):
    """How to plan."""

    replan_s: Annotated[Whole, Field(ge=10, le=3600)] = Field(
        default=300, description="A plan is never older than this while cars charge, s."
    )
    slot_s: Annotated[Whole, Field(ge=60, le=3600)] = Field(
        default=900, description="Length of a slot of the plan, s; divides the hour."
    )
    horizon_s: Annotated[Whole, Field(ge=3600, le=7 * 86400)] = Field(
        default=24 * 3600, description="How far a plan looks ahead at most, s."
    )
    time_limit_s: Annotated[Number, Field(gt=0, le=300)] = Field(
        default=5.0, description="The solver stops after this, s; a fixed rule then shares."
    )
    unmet_price_per_kwh: Annotated[Number, Field(gt=0)] = Field(
        default=20.0,
        description="Price of energy that a car asked for and does not get; keep it above every "
        "energy price.",
    )
    policy: SplitPolicy = Field(
        default=SplitPolicy.FAIRNESS,
        description="Who gets how much when any split costs the same: `fairness` (even shares of "
        "what was asked for), `least-laxity` (who can wait least), `fewest-interruptions` (who "
        "charges goes on), `first-come`.",
    )
    default_energy_wh: Annotated[Number, Field(gt=0)] = Field(
        default=20_000.0, description="Wish of a driver who stated none, Wh."
    )
    default_stay_s: Annotated[Whole, Field(ge=60)] = Field(
        default=8 * 3600, description="Stay of a driver who stated none, s."
    )

    where_zero_is_refused: Literal["minimum", "stop"] = Field(
        default="minimum",
        description="A car that should wait at a charger that refuses a limit of 0 A: it charges "
        "at its least current, or its session is stopped and the driver has to start again.",
    )

    @check(mode="after")
    def _slots_fit_the_hour(self) -> Self:
        if 3600 % self.slot_s:
            raise ValueError(f"slot_s {self.slot_s} does not divide the hour: use 300, 900, …")
        return self


class StoreSpec(Spec):
    """Where the data is."""

    path: Name = Field(
        default="ampherd.duckdb",
        description="Database file; relative to this configuration file.",
    )
    memory_mb: Annotated[Whole, Field(ge=128)] = Field(
        default=1024,
        description="Memory for the database, for writing and all reading together, MB.",
    )
    free_mb: Annotated[Whole, Field(ge=0)] = Field(
        default=1024,
        description="An alarm is raised when less than this is free on the database's disk, MB.",
    )


class RetentionSpec(Spec):
    """How long the database keeps what; nothing that bills rest on is ever deleted."""

    raw_days: int = Field(
        default=90,
        ge=7,
        description="Frames, meter readings and plans stay in the database that long, days; then "
        "they go to Parquet files beside it and can be queried as before.",
    )
    minute_days: int = Field(
        default=400,
        ge=7,
        description="Minutes of metered values are kept that long, days; quarters of an hour and "
        "days are kept for ever.",
    )
    archive_days: int | None = Field(
        default=None,
        ge=30,
        description="Parquet files are deleted when that old, days; left out: never. Sessions, "
        "energy and bills stay, but can no longer be rebuilt from frames.",
    )
    size_budget_gib: float = Field(
        default=50.0,
        gt=0,
        description="Database and archive should stay below, GiB; beyond it there is an alarm.",
    )

    @check(mode="after")
    def _the_archive_is_older_than_the_database(self) -> Self:
        if self.archive_days is not None and self.archive_days <= self.raw_days:
            raise ValueError(
                f"archive_days {self.archive_days} must be above raw_days {self.raw_days}"
            )
        return self


class OcpiSpec(Spec):
    """Who runs the site and where it is, as CDRs for roaming partners say it (OCPI 2.2.1)."""

    country_code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = Field(
        description="Country of the operator, ISO 3166 alpha-2, e.g. `DE`."
    )
    party_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")] = Field(
        description="Id of the operator, three characters, as registered."
    )
    address: Annotated[str, Field(min_length=1, max_length=45)] = Field(
        description="Street and number of the site."
    )
    city: Annotated[str, Field(min_length=1, max_length=45)] = Field(description="Its city.")
    postal_code: Annotated[str, Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="Its postal code."
    )
    country: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(
        description="Its country, ISO 3166 alpha-3, e.g. `DEU`."
    )
    latitude: Annotated[Number, Field(ge=-90, le=90)] = Field(
        description="Latitude of the site, degrees."
    )
    longitude: Annotated[Number, Field(ge=-180, le=180)] = Field(
        description="Longitude of the site, degrees."
    )
    connector_standard: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$", max_length=40)] = Field(
        default="IEC_62196_T2", description="ConnectorType of the site's connectors."
    )
    connector_format: Literal["SOCKET", "CABLE"] = Field(
        default="SOCKET", description="`SOCKET` or `CABLE`."
    )
    connector_power_type: (
        Literal["AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"] | None
    ) = Field(default=None, description="PowerType; not given: by the phases of each connector.")


class ConfigSpec(Spec):
    """The configuration file of an Ampherd site."""

    site: SiteSpec
    circuit: Annotated[tuple[CircuitSpec, ...], Field(min_length=1)]
    charge_point: tuple[ChargePointSpec, ...] = ()
    charger_group: tuple[ChargerGroupSpec, ...] = ()
    provisioning: ProvisioningSpec = ProvisioningSpec()
    tariff: TariffSpec = TariffSpec()
    driver_tariff: tuple[OcpiTariffSpec, ...] = ()
    id_token: tuple[IdTokenSpec, ...] = ()
    planning: PlanningSpec = PlanningSpec()
    server: ServerSpec = ServerSpec()
    store: StoreSpec = StoreSpec()
    ocpi: OcpiSpec | None = None
    retention: RetentionSpec = RetentionSpec()
    live_sql: LiveSqlSpec = LiveSqlSpec()
    backup: BackupSpec = BackupSpec()
