"""What the file says: the whole file, who may charge, how to plan; the other tables beside it.

The descriptions below are the documentation of the settings; `docs/reference/configuration.md`
and the JSON Schema are made from them. `ampherd.config.parse` turns a spec into domain values.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as check

from ampherd.config.battery_spec import BatterySpec
from ampherd.config.kinds import Name, Number, Spec, Whole
from ampherd.config.ocpi_spec import OcpiSpec
from ampherd.config.operations import BackupSpec, LiveSqlSpec, RetentionSpec, StoreSpec
from ampherd.config.provisioning import ChargerGroupSpec, ProvisioningSpec
from ampherd.config.server import ServerSpec
from ampherd.config.site_spec import ChargePointSpec, CircuitSpec, SiteSpec
from ampherd.config.site_tariff_spec import SiteTariffSpec
from ampherd.config.tariff_spec import DriverTariffSpec, OcpiTariffSpec
from ampherd.config.v2g_spec import V2gSpec
from ocpp_core.domain.plan import PlanOptions, SplitPolicy

HOURS = 24


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
    imbalance_price_per_a: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="What an ampere between the highest and the lowest phase of the grid "
        "connection is worth avoiding, for each hour.",
    )
    change_price_per_a: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="What an ampere is worth by which an order of the next two slots stays as it "
        "is: higher makes plans calmer.",
    )
    ramp_w_per_slot: Annotated[Number, Field(gt=0)] | None = Field(
        default=None,
        description="Most by which charging as a whole is planned to rise from one slot to the "
        "next, W; not given: any.",
    )
    min_run_s: Annotated[Whole, Field(ge=0, le=86400)] = Field(
        default=0,
        description="Shortest time for which a car charges once it started, s, for batteries and "
        "contactors that should not switch often. Energy and limits go first.",
    )
    max_starts: Annotated[Whole, Field(ge=1)] | None = Field(
        default=None,
        description="How often a car may start in its session, e.g. for cars that fall asleep; "
        "not given: as often as it pays. Energy and limits go first.",
    )
    carbon_price_per_kg: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="What a kg of CO2 is worth avoiding, in the site's currency: it is added to "
        "the price of grid power by `carbon_kg_per_kwh`. Bills do not know it.",
    )
    carbon_kg_per_kwh: tuple[Annotated[Number, Field(ge=0)], ...] = Field(
        default=(),
        description="Marginal emissions of grid power, kg/kWh: one number, or 24 for the hours of "
        "the site's day from midnight. Needed where CO2 has a price.",
    )
    milp_s: Annotated[Number, Field(ge=0)] = Field(
        default=0.0,
        description="Time in which a mixed-integer program may look for better orders where those "
        "of the repair cost more than the bound, s; `time_limit_s` at most; 0: none.",
    )
    default_energy_wh: Annotated[Number, Field(gt=0)] = Field(
        default=20_000.0, description="Wish of a driver who stated none, Wh."
    )
    default_stay_s: Annotated[Whole, Field(ge=60)] = Field(
        default=8 * 3600, description="Stay of a driver who stated none, s."
    )

    forecast: Literal["off", "on"] = Field(
        default="off",
        description="Plan for what history says of departures and energies instead of what drivers "
        "state; without history, for what they state.",
    )
    expected_arrivals: Literal["off", "on"] = Field(
        default="off",
        description="Leave room for cars that history expects to come, below fuses and below the "
        "month's peak; without two weeks of history, none. For sites that cannot serve everybody, "
        "or pay for their peak, where departures are kept as stated.",
    )
    departure_quantile: Annotated[Number, Field(gt=0, lt=1)] = Field(
        default=0.2,
        description="With forecasts, cars are planned until this quantile of their departure: 0.2 "
        "is outstayed by 8 of 10.",
    )
    energy_quantile: Annotated[Number, Field(gt=0, lt=1)] = Field(
        default=0.8,
        description="With forecasts, cars are planned for this quantile of their energy: 0.8 is "
        "enough for 8 of 10.",
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

    @check(mode="after")
    def _emissions_fit(self) -> Self:
        if len(self.carbon_kg_per_kwh) not in {0, 1, HOURS}:
            raise ValueError(
                f"carbon_kg_per_kwh has {len(self.carbon_kg_per_kwh)} numbers: give one, or one "
                "for each hour of the day"
            )
        if self.carbon_price_per_kg > 0 and not self.carbon_kg_per_kwh:
            raise ValueError("carbon_price_per_kg changes nothing without carbon_kg_per_kwh")
        return self

    @check(mode="after")
    def _in_time(self) -> Self:
        if self.milp_s > self.time_limit_s:
            raise ValueError(
                f"milp_s {self.milp_s:g} is above time_limit_s {self.time_limit_s:g}: lower it, or "
                "raise time_limit_s"
            )
        return self

    def options(self) -> PlanOptions:
        """Return what the planner is told of this."""
        return PlanOptions(
            unmet_price_per_kwh=self.unmet_price_per_kwh,
            time_limit_s=self.time_limit_s,
            policy=self.policy,
            carbon_price_per_kg=self.carbon_price_per_kg,
            milp_s=self.milp_s,
            min_run_s=float(self.min_run_s),
            max_starts=self.max_starts,
            imbalance_price_per_a=self.imbalance_price_per_a,
            change_price_per_a=self.change_price_per_a,
            ramp_w_per_slot=self.ramp_w_per_slot,
        )


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
    v2g: V2gSpec | None = None
    battery: BatterySpec | None = None
    server: ServerSpec = ServerSpec()
    store: StoreSpec = StoreSpec()
    ocpi: OcpiSpec | None = None
    retention: RetentionSpec = RetentionSpec()
    live_sql: LiveSqlSpec = LiveSqlSpec()
    backup: BackupSpec = BackupSpec()
