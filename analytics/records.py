"""Facts that are no OCPP messages, as the rest of Ampherd hands them to the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from ocpp_core.domain.charger_profile import ChargerProfile, Drift
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, ConnectorRef, IdToken, SessionId
from ocpp_core.domain.plan import PlanOutcome, SiteSnapshot
from ocpp_core.domain.session import DriverNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """A plan with what it was made from."""

    outcome: PlanOutcome
    snapshot: SiteSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLoadRecord:
    """Power of the site, W, holding for `step_s` from `at`; None where it is not known."""

    at: datetime
    step_s: float
    building_w: float | None = None
    pv_w: float | None = None
    charging_w: float | None = None
    site_w: float | None = None
    """Grid import: chargers + building - PV."""
    limit_w: float | None = None
    source: str = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverNeedRecord:
    """What a driver asked for, or the default that stands in."""

    session_id: SessionId
    at: datetime
    need: DriverNeed


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionRecord:
    """CO2 that one more kWh from the grid causes, kg, holding for `step_s` from `at`."""

    at: datetime
    step_s: float
    kg_per_kwh: float
    source: str


class LinkState(StrEnum):
    """What is known of a charger's link."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNWATCHED = "unwatched"
    """From then on no server was there to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """A charger connected, went away, or is not watched any more."""

    charge_point_id: ChargePointId
    at: datetime
    state: LinkState
    reason: str = ""


class PriceKind(StrEnum):
    """What a price is for."""

    ENERGY = "energy"
    FEED_IN = "feed-in"
    MARKET = "market"
    """Of the day-ahead market, as it was imported: without fees and surcharges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRecord:
    """A price for a kWh, holding for `step_s` from `starts_at`."""

    starts_at: datetime
    step_s: int
    value_per_kwh: Decimal
    currency: str
    kind: PriceKind = PriceKind.ENERGY
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """Something that needs a person; record it again with `cleared_at` when it is over."""

    alarm_id: str
    """Unique over servers; the same one when it is cleared."""
    raised_at: datetime
    cleared_at: datetime | None = None
    kind: str
    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A card, app or vehicle and whether it may charge; the last record of a token counts."""

    id_token: IdToken
    status: AuthorizationStatus
    at: datetime
    label: str | None = None
    driver_id: str | None = None
    expires_at: datetime | None = None
    group_token: IdToken | None = None
    single: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayResultRecord:
    """How a whole day in the site's zone went; recorded again, it replaces the earlier one."""

    day: date
    sessions: int
    energy_asked_wh: float
    energy_feasible_wh: float
    energy_delivered_wh: float
    peak_w: float
    limit_w: float
    seconds_above_limit: float
    energy_cost: Decimal
    energy_cost_unmanaged: Decimal
    demand_charge: Decimal
    demand_charge_unmanaged: Decimal
    revenue: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQualityRecord:
    """A local day as run, unmanaged and at best; recorded again, it replaces the earlier one."""

    day: date
    sessions: int
    wanted_wh: float
    delivered_wh: float
    delivered_unmanaged_wh: float
    delivered_best_wh: float
    energy_cost: Decimal
    energy_cost_unmanaged: Decimal
    energy_cost_best: Decimal
    demand_charge: Decimal
    demand_charge_unmanaged: Decimal
    demand_charge_best: Decimal
    peak_w: float
    peak_unmanaged_w: float
    peak_best_w: float
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerFindingsRecord:
    """What is known of a charger now; a fact recorded again replaces the earlier one."""

    charge_point_id: ChargePointId
    profile: ChargerProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecord:
    """How a charger stands to one setting that is wanted of it."""

    charge_point_id: ChargePointId
    drift: Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultCheckRecord:
    """Whether a connector reports the limits that it accepted."""

    ref: ConnectorRef
    state: str
    words: str
    at: datetime


type Record = (
    PlanRecord
    | SiteLoadRecord
    | DriverNeedRecord
    | PriceRecord
    | AlarmRecord
    | TokenRecord
    | DayResultRecord
    | PlanQualityRecord
    | ChargerFindingsRecord
    | DriftRecord
    | DefaultCheckRecord
    | EmissionRecord
    | LinkRecord
)
