"""Chargers, connectors and sessions as they are now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ocpp_core.domain.clock_offset import ClockOffset
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    BootStatus,
    ChargingNeedsNotified,
    ChargingState,
    ConnectorStatus,
    LockReported,
    StatusChanged,
    TransactionNotice,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    StationTransactionId,
    TransactionId,
)
from ocpp_core.domain.live.liftings import Liftings
from ocpp_core.domain.live.transactions import KnownTransaction
from ocpp_core.domain.metering import Reading
from ocpp_core.domain.profile import DynamicValues
from ocpp_core.domain.registers import SLACK_WH, is_believable, is_nearer, most_energy_wh
from ocpp_core.domain.session import CarNeed, DriverNeed
from ocpp_core.domain.site import Connector
from ocpp_core.domain.units import Phase

_STATUS_OF: dict[ChargingState, ConnectorStatus] = {
    ChargingState.CHARGING: ConnectorStatus.CHARGING,
    ChargingState.EV_CONNECTED: ConnectorStatus.PREPARING,
    ChargingState.SUSPENDED_EV: ConnectorStatus.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ConnectorStatus.SUSPENDED_EVSE,
    ChargingState.IDLE: ConnectorStatus.FINISHING,
}
"""A connector's state by what its transaction does (OCPP 2.0.1 chapter E, 1.6 section 4.9)."""


_GIVES_WAY = frozenset(
    {None, ConnectorStatus.AVAILABLE, ConnectorStatus.PREPARING, ConnectorStatus.RESERVED}
)
"""States that a charger reported and that are over once a transaction says what it does."""


_LOCK_FAILURE = "ConnectorLockFailure"
"""Error code of OCPP 1.6 (section 7.6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    """A charger connected or its link ended."""

    charge_point_id: ChargePointId
    at: datetime
    online: bool
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class OpenSession:
    """A transaction that runs."""

    session_id: SessionId
    transaction_id: TransactionId
    ref: ConnectorRef
    id_token: IdToken
    status: AuthorizationStatus
    started_at: datetime
    meter_start_wh: int | None
    """None until the first reading of a session whose start was not metered."""
    register_wh: float
    """Last register reading, Wh."""
    need: DriverNeed | None = None
    station_id: StationTransactionId | None = None
    """The charger's own id of the transaction (OCPP 2.x)."""
    state: ChargingState | None = None
    """What it does, where the charger says so (OCPP 2.x)."""
    stated_at: datetime | None = None
    """When we heard so."""
    stated_sequence: int = -1
    """Sequence number of the event that said so."""
    last_sequence: int | None = None
    """Highest sequence number of its events (OCPP 2.x)."""
    car_need: CarNeed | None = None
    """What the car said it needs (ISO 15118)."""
    read_at: datetime | None = None
    """When `register_wh` was read; None while it is that of the start."""
    latched_at: datetime | None = None
    """When the register that stands in for the start was read; None: the start was metered."""
    register_factor: float = 1.0
    """What its readings are multiplied with: they bear a wrong unit (OCPP.md row 21)."""
    start_factor: float = 1.0
    """The same of the register at its start, which some chargers tell in the right unit."""
    counts_from_start: bool = False
    """True: its readings count from its start, while the start's register does not."""

    @property
    def energy_wh(self) -> float:
        """Energy delivered so far, Wh."""
        if self.meter_start_wh is None:
            return 0.0
        return max(0.0, self.register_wh - self.meter_start_wh * self.start_factor)

    def fill_in(self, known: KnownTransaction) -> None:
        """Take what became known of the transaction since."""
        self.ref = known.ref
        self.id_token, self.status = known.id_token, known.status
        self.started_at = known.started_at
        if known.meter_start_wh is not None:
            self.meter_start_wh, self.latched_at = known.meter_start_wh, None
            self.start_factor = 1.0
            if self.read_at is not None:
                self._mend_start(self.register_wh / self.register_factor)
            self.register_wh = max(self.register_wh, known.meter_start_wh * self.start_factor)

    def take_notice(self, notice: TransactionNotice, received_at: datetime) -> None:
        """Take what an event says of the transaction; late news say nothing about now."""
        if self.last_sequence is None or notice.sequence > self.last_sequence:
            self.last_sequence = notice.sequence
        if notice.state is not None and notice.sequence >= self.stated_sequence:
            self.state, self.stated_at = notice.state, received_at
            self.stated_sequence = notice.sequence

    def take_registers(self, readings: tuple[Reading, ...], max_power_w: float) -> None:
        """Take the register of every reading that has one."""
        for reading in readings:
            at = reading.layout.register
            if at is not None:
                self.take_register(reading.taken_at, reading.values[at], max_power_w)

    def hear_need(self, need: ChargingNeedsNotified) -> None:
        """Take what the car says that it needs from now on."""
        self.car_need = CarNeed(
            energy_wh=None if need.energy_wh is None else self.energy_wh + need.energy_wh,
            departure=need.departure,
            discharge_w=need.max_discharge_power_w if need.bidirectional else None,
            available_wh=need.available_wh,
        )

    def take_register(self, at: datetime, value_wh: float, max_power_w: float) -> None:
        """Take a reading of the register, Wh; one that cannot be is left out.

        The rules are those of the settlement: a start that was not metered, or whose 0 is none,
        is latched from the first good reading; readings may count from the start (OCPP.md rows 7,
        17 to 20).
        """
        if self.register_factor != 1.0:
            self._mend_start(value_wh)
            value_wh *= self.register_factor
        start_wh: float | None = self.meter_start_wh
        latched_at, read_at = self.latched_at, self.read_at
        if start_wh is not None:
            start_wh *= self.start_factor
        if at < self.started_at:
            return
        if read_at is not None and at < read_at and (latched_at is None or at >= latched_at):
            return  # an older reading cannot say more than a newer one
        if (
            start_wh is not None
            and 0 <= value_wh - self.register_wh <= SLACK_WH
            and latched_at is None
            and not self.counts_from_start
        ):  # nearly every reading: a little more than the one before
            self.register_wh, self.read_at = value_wh, at
            return
        if (
            start_wh is None
            or (latched_at is not None and at < latched_at)
            or (
                start_wh == self.register_wh == 0
                and value_wh > most_energy_wh(max_power_w, self.started_at, at)
            )
        ):
            self.meter_start_wh, self.latched_at = round(value_wh), at
            self.start_factor = 1.0
            self.register_wh = max(self.register_wh, value_wh)
            self.read_at = max(at, read_at or at)
            return
        if (
            value_wh < start_wh
            and (self.counts_from_start or read_at is None)
            and value_wh <= most_energy_wh(max_power_w, self.started_at, at)
        ):
            self.counts_from_start = True
            value_wh += start_wh
        rise_wh = value_wh - self.register_wh
        since = read_at or self.started_at
        if rise_wh >= 0 and is_believable(rise_wh, max_power_w, since, at):
            self.register_wh, self.read_at = value_wh, at

    def _mend_start(self, raw: float) -> None:
        """Bring the register at the start to Wh where it bears the unit of the readings."""
        start = self.meter_start_wh
        if start is None or self.latched_at is not None or self.start_factor != 1.0:
            return
        if is_nearer(start, raw, raw * self.register_factor):
            self.start_factor = self.register_factor
            begun_wh = start * self.start_factor
            self.register_wh = begun_wh if self.read_at is None else max(self.register_wh, begun_wh)


def opened(known: KnownTransaction, register_factor: float = 1.0) -> OpenSession:
    """Return a session that begins with what is known of its transaction."""
    return OpenSession(
        session_id=known.session_id,
        transaction_id=known.transaction_id,
        ref=known.ref,
        id_token=known.id_token,
        status=known.status,
        started_at=known.started_at,
        meter_start_wh=known.meter_start_wh,
        register_wh=float(known.meter_start_wh or 0),
        register_factor=register_factor,
        station_id=known.station_id,
    )


@dataclass(slots=True, kw_only=True)
class LiveConnector:
    """One connector now."""

    connector: Connector
    max_power_w: float
    """Rating at nominal voltage, W."""
    power_factor: float = 1.0
    """What its readings of power are multiplied with: they bear a wrong unit (OCPP.md row 21)."""
    reported: ConnectorStatus | None = None
    """State as the charger told it; None until it did."""
    status_at: datetime | None = None
    error_code: str = "NoError"
    session: OpenSession | None = None
    power_w: float = 0.0
    """Measured, W."""
    current_from: tuple[Reading, ...] = ()
    """What `current_a` is read from."""
    measured_at: datetime | None = None
    plugs: dict[int, ConnectorStatus] = field(default_factory=dict)
    """What the charger told of each plug, where it tells them apart (OCPP 2.x)."""
    failed_locks: frozenset[int] = frozenset()
    """Plugs whose lock fails, as an OCPP 2.x charger told."""
    ended: KnownTransaction | None = None
    """The transaction that ended here last."""

    @property
    def current_a(self) -> dict[Phase, float]:
        """Measured on each phase that the charger reported, A."""
        # Read when somebody asks: every message brings new ones, and 0.5 us for each is saved.
        return {
            phase: reading.values[at]
            for reading in self.current_from
            for phase, at in reading.layout.phase_currents
        }

    @property
    def status(self) -> ConnectorStatus | None:
        """State as reported, or as its transaction says where that says more (OCPP 2.x)."""
        session, reported = self.session, self.reported
        if session is None or session.state is None:
            return reported
        heard_since = self.status_at is None or (
            session.stated_at is not None and self.status_at <= session.stated_at
        )
        if reported is ConnectorStatus.OCCUPIED or (heard_since and reported in _GIVES_WAY):
            return _STATUS_OF[session.state]
        return reported

    def take_status(self, change: StatusChanged, at: datetime) -> None:
        """Take what the charger says of it, or of one of its plugs."""
        if change.plug_id is not None:
            self.plugs[change.plug_id] = change.status
        self.reported, self.status_at = change.overall or change.status, at
        self.error_code = change.error_code
        if self.reported is ConnectorStatus.AVAILABLE:
            self.draws_nothing()

    def draws_nothing(self) -> None:
        """Forget what was measured: there is no car."""
        self.power_w, self.current_from = 0.0, ()

    @property
    def lock_failed(self) -> bool:
        """Whether its charger says that it cannot lock or unlock the plug."""
        return self.error_code == _LOCK_FAILURE or bool(self.failed_locks)

    def take_lock(self, lock: LockReported) -> None:
        """Take what the charger says of a lock."""
        plug = frozenset({lock.plug_id})
        self.failed_locks = self.failed_locks | plug if lock.failed else self.failed_locks - plug

    def take_readings(self, readings: tuple[Reading, ...]) -> None:
        """Take what was measured last."""
        now, latest = readings, readings[0].taken_at
        if len(readings) > 1:
            latest = max(reading.taken_at for reading in readings)
            now = tuple(reading for reading in readings if reading.taken_at == latest)
        if self.measured_at is not None and latest < self.measured_at:
            return
        self.measured_at = latest
        power_w: float | None = None
        phase_powers: list[float] | None = None
        for reading in now:
            layout = reading.layout
            if layout.phase_currents:
                self.current_from = now
            if layout.power is not None:
                power_w = reading.values[layout.power]
            if layout.phase_powers:
                phase_powers = phase_powers or []
                phase_powers.extend(reading.values[at] for at in layout.phase_powers)
        if power_w is not None:
            self.power_w = power_w * self.power_factor
        elif phase_powers:
            self.power_w = sum(phase_powers) * self.power_factor


@dataclass(slots=True, kw_only=True)
class LiveChargePoint:
    """One charger now."""

    charge_point_id: ChargePointId
    online: bool = False
    link_since: datetime | None = None
    """Since when it is online, or offline; None: it has had no link yet."""
    boot_status: BootStatus | None = None
    boot: Booted | None = None
    last_frame_at: datetime | None = None
    connectors: dict[ConnectorId, LiveConnector] = field(default_factory=dict)
    dynamic: dict[int, DynamicValues] = field(default_factory=dict)
    """Present values of the Dynamic profiles that it accepted, by profile id (OCPP 2.1)."""
    liftings: Liftings = field(default_factory=Liftings)
    """What could lift its limits, by what it told."""
    clock: ClockOffset = field(default_factory=ClockOffset)
    """How far its clock is ahead of ours."""
