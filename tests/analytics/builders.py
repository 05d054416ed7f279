"""A small site and the messages of its chargers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from ocpp_core.domain.events import (
    ACCEPTED_TOKEN,
    ConnectorStatus,
    DomainEvent,
    EmptyReply,
    Metered,
    Reply,
    SessionStarted,
    SessionStopped,
    StartReply,
    StatusChanged,
    StopReply,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    CircuitId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    MessageId,
    SiteId,
    TariffId,
    TransactionId,
)
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from ocpp_core.domain.session import session_id_of
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tariff import DriverTariff, FlatPrice, SiteTariff

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_site(timezone: str = "Europe/Berlin", chargers: int = 2, connectors: int = 1) -> Site:
    grid = CircuitId("grid")
    return Site(
        site_id=SiteId("depot"),
        name="Depot",
        timezone=ZoneInfo(timezone),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=grid, limit_a=63.0, limit_w=43_000.0),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=ChargePointId(f"CP-{number}"),
                connectors=tuple(
                    Connector(
                        ref=ConnectorRef(ChargePointId(f"CP-{number}"), ConnectorId(connector)),
                        circuit_id=grid,
                        max_current_a=32.0,
                    )
                    for connector in range(1, connectors + 1)
                ),
            )
            for number in range(1, chargers + 1)
        ),
        building_circuit_id=grid,
    )


TARIFF = DriverTariff(
    tariff_id=TariffId("standard"),
    version=1,
    currency="EUR",
    energy_price_per_kwh=Decimal("0.39"),
    session_fee=Decimal("0.50"),
    idle_price_per_hour=Decimal(6),
    idle_grace_s=1800,
)
SITE_TARIFF = SiteTariff(
    currency="EUR",
    energy=FlatPrice(value=Decimal("0.20")),
    feed_in_per_kwh=Decimal("0.08"),
    demand_charge_per_kw=Decimal(10),
)


@dataclass
class Charger:
    """Writes the messages of one connector as the server would hand them to the store."""

    charge_point_id: str = "CP-1"
    connector_id: int = 1
    number: int = 0
    site: Site = field(default_factory=make_site)

    def message(
        self, at: datetime, event: DomainEvent, reply: Reply, message_id: str | None = None
    ) -> StoredMessage:
        self.number += 1
        name = message_id or f"{self.charge_point_id}-{self.number}"
        return StoredMessage(
            at=at,
            charge_point_id=ChargePointId(self.charge_point_id),
            direction=Direction.FROM_CHARGER,
            message_id=MessageId(name),
            action=type(event).__name__,
            ocpp_version="ocpp1.6",
            frame=f'[2,"{name}","{type(event).__name__}",{{}}]',
            answer=f'[3,"{name}",{{}}]',
            outcome=Outcome.ANSWERED,
            event=event,
            reply=reply,
        )

    def start(
        self, at: datetime, transaction_id: int, meter_wh: int = 1000, token: str = "TOKEN-1"
    ) -> StoredMessage:
        event = SessionStarted(
            connector_id=ConnectorId(self.connector_id),
            id_token=IdToken(token),
            at=at,
            meter_start_wh=meter_wh,
        )
        reply = StartReply(transaction_id=TransactionId(transaction_id), token=ACCEPTED_TOKEN)
        return self.message(at, event, reply)

    def session_id(self, started: StoredMessage) -> str:
        assert isinstance(started.event, SessionStarted)
        return session_id_of(self.site.site_id, started.charge_point_id, started.event)

    def metered(
        self,
        at: datetime,
        register_wh: float,
        transaction_id: int | None,
        power_w: float | None = None,
    ) -> StoredMessage:
        samples = [register(at, register_wh)]
        if power_w is not None:
            samples.append(
                MeterSample(
                    taken_at=at, measurand=Measurand.POWER_IMPORT, value=power_w, unit=Unit.W
                )
            )
        event = Metered(
            connector_id=ConnectorId(self.connector_id),
            transaction_id=None if transaction_id is None else TransactionId(transaction_id),
            readings=readings_of(samples),
        )
        return self.message(at, event, EmptyReply())

    def stop(self, at: datetime, transaction_id: int, meter_wh: int) -> StoredMessage:
        event = SessionStopped(
            transaction_id=TransactionId(transaction_id), at=at, meter_stop_wh=meter_wh
        )
        return self.message(at, event, StopReply())

    def status(self, at: datetime, status: ConnectorStatus) -> StoredMessage:
        event = StatusChanged(connector_id=ConnectorId(self.connector_id), status=status, at=at)
        return self.message(at, event, EmptyReply())

    def whole_session(
        self, at: datetime, transaction_id: int, *, hours: float = 2.0, power_w: float = 7200.0
    ) -> list[StoredMessage]:
        """A session that charges all the time, read every five minutes."""
        messages = [self.start(at, transaction_id)]
        steps = round(hours * 12)
        for step in range(1, steps):
            read_at = at + timedelta(minutes=5 * step)
            messages.append(
                self.metered(read_at, 1000 + power_w * step / 12, transaction_id, power_w)
            )
        end = at + timedelta(hours=hours)
        messages.append(self.stop(end, transaction_id, round(1000 + power_w * hours)))
        return messages


def register(at: datetime, value: float) -> MeterSample:
    return MeterSample(
        taken_at=at, measurand=Measurand.ENERGY_IMPORT_REGISTER, value=value, unit=Unit.WH
    )
