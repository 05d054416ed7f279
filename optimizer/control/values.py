"""What goes into the guard and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ocpp_core.domain.commands import RemoteStop, SetProfile
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorRef, TransactionId
from ocpp_core.domain.plan import LimitReason
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.domain.units import THREE_PHASES, Phase
from optimizer.control.forms import USUAL, OrderForm


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardPolicy:
    """How the guard orders; every number that could be another one."""

    valid_s: int = 900
    """A running session's order ends by itself after this time."""
    min_valid_s: int = 120
    """Orders are not made shorter than this to fit before the building's peak."""
    end_step_s: int = 15
    """Orders end at multiples of this time, so that few instants have to be looked at."""
    refresh_before_s: int = 300
    """An order that stays wanted is repeated this long before its end."""
    clock_tolerance_s: int = 60
    """How far a charger's clock may be off: orders start this much in the past and are counted
    this much beyond their end."""
    deadband_a: float = 0.5
    """Smaller changes are not sent."""
    partial_step_a: float = 2.0
    """A part of a wanted increase is sent when it brings at least this much, or a start."""
    min_interval_s: float = 10.0
    """Between two writes to a connector, unless a limit is at stake."""
    retry_s: float = 10.0
    """First wait after a failed command; doubles with each failure in a row."""
    retry_max_s: float = 300.0
    stops_where_zero_is_refused: bool = False
    """A session that a plan makes wait is stopped where its charger refuses 0 A; else it charges
    at its least current."""
    stop_again_s: float = 120.0
    """A stop that did not end its session is sent again after this."""
    building_valid_s: int = 900
    """A measured building load stands for this long, the configured peak beyond."""
    building_margin_share: float = 0.1
    """How much more than measured the building may draw meanwhile, as far as its peak."""
    building_shares: dict[Phase, float] = field(
        default_factory=lambda: dict.fromkeys(THREE_PHASES, 1 / 3)
    )
    """Share of the building load on each phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a plan wants a connector to be limited to."""

    limit_a: float
    reason: LimitReason
    words: str
    discharge_a: float = 0.0
    """Current that the car should give back on each phase, A; `limit_a` is 0 then."""


class OrderKind(StrEnum):
    """What an order is for."""

    DEFAULT = "default"
    """The persistent limit that holds when nothing else does."""
    DECREASE = "decrease"
    REFRESH = "refresh"
    """The same limit for longer."""
    INCREASE = "increase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One SetProfile that may be sent now."""

    ref: ConnectorRef
    kind: OrderKind
    limit_a: float
    until: datetime | None
    """When the charger stops applying it at the latest; None: it persists."""
    transaction_id: TransactionId | None
    form: OrderForm
    """How `command` says it."""
    command: SetProfile
    discharge_a: float = 0.0
    """Current that the car is asked to give back, A; it makes no room for anybody."""

    @property
    def outlives_session(self) -> bool:
        """Whether it may hold on after the session that it was meant for."""
        return self.until is not None and self.form.session_purpose is not ProfilePurpose.TX

    @property
    def charge_point_id(self) -> ChargePointId:
        """The charger that gets it."""
        return self.ref.charge_point_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """A limit that chargers and building together might pass."""

    circuit_id: CircuitId
    phase: Phase | None
    """None: the limit is on power."""
    at: datetime
    """When it might happen; now, unless it can only happen later."""
    worst: float
    """A on the phase, or W."""
    limit: float
    """In the unit of `worst`."""
    refs: tuple[ConnectorRef, ...]
    """Connectors that could still be lowered or are not under control, the heaviest first."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardState:
    """One connector as the guard sees it."""

    limit_confirmed_a: float | None
    """What the charger last confirmed and applies unless it was told more since."""
    pending_a: float | None
    """The order on its way."""
    worst_a: float
    """The highest limit that it might be applying."""
    reason: LimitReason
    words: str
    discharge_a: float = 0.0
    """Current that it was last told to give back, A."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedOrder:
    """An order for a session that a charger might be applying."""

    limit_a: float
    until: datetime
    transaction_id: TransactionId | None
    confirmed: bool
    form: OrderForm = USUAL
    unseen: bool = False
    """Nobody knows whether there is one, nor how low it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedConnector:
    """What has to survive a restart for the guard to know a connector again."""

    ref: ConnectorRef
    default_a: float | None
    """The persistent default that the charger confirmed; None: not known."""
    transaction_id: TransactionId | None
    orders: tuple[RememberedOrder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A session that cannot be paused and is stopped instead (quirk sc-zero-rejected)."""

    ref: ConnectorRef
    command: RemoteStop


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What follows from targets and books at one instant."""

    orders: tuple[Order, ...]
    """May all be sent now, to different charge points; worst first."""
    stops: tuple[Stop, ...] = ()
    """Sessions to stop; the books count them until the charger says that they ended."""
    wake_at: datetime | None
    """When to look again if nothing happens before."""
    held: dict[ConnectorRef, str]
    """Why a connector does not get what its target says, as a sentence."""
