"""A charger in memory that answers by a script, and a visit to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ampherd.provisioning.visit import Host, Pace, Visit
from ocpp_core.domain.charger_profile import ChargerProfile, DesiredSetting, ModelKey, Watcher
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    CommandResult,
    ConfigurationEntry,
    GetComposite,
    GetConfiguration,
    Rejected,
    TimedOut,
)
from ocpp_core.domain.composite import Session
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef
from ocpp_core.domain.site import Connector

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CP = ChargePointId("CP")
SILENT = TimedOut(after_s=30)
CONNECTOR = Connector(
    ref=ConnectorRef(CP, ConnectorId(1)), circuit_id=CircuitId("grid"), max_current_a=32
)


@dataclass
class Scripted:
    """Keeps settings as a charger does; `script` may answer before it."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOON))
    settings: dict[str, str] = field(default_factory=dict)
    readonly: frozenset[str] = frozenset()
    script: Callable[[Command], CommandResult | None] = lambda _: None
    sent: list[tuple[datetime, Command]] = field(default_factory=list)

    async def send(self, charge_point_id: ChargePointId, command: Command) -> CommandResult:
        assert charge_point_id == CP
        self.sent.append((self.clock.now(), command))
        scripted = self.script(command)
        if scripted is not None:
            return scripted
        match command:
            case GetConfiguration(keys=keys):
                return Accepted(
                    configuration=tuple(
                        ConfigurationEntry(
                            key=key, value=self.settings[key], readonly=key in self.readonly
                        )
                        for key in keys
                        if key in self.settings
                    ),
                    unknown_keys=tuple(key for key in keys if key not in self.settings),
                )
            case ChangeConfiguration(key=key, value=value):
                if key in self.readonly:
                    return Rejected(status="Rejected")
                self.settings[key] = value
                return Accepted()
            case GetComposite():
                return Rejected(status="Rejected")
            case _:
                return Accepted()

    def commands[C](self, kind: type[C]) -> list[C]:
        return [command for _, command in self.sent if isinstance(command, kind)]

    async def visit(
        self,
        *wishes: DesiredSetting,
        version: str = "ocpp1.6",
        connectors: tuple[Connector, ...] = (),
        watcher: Watcher | None = None,
        pace: Pace | None = None,
        proven: Callable[[Connector], bool] = lambda _: True,
        session: Session | None = None,
    ) -> Visit:
        model = ModelKey(vendor="V", model="M", firmware="1")
        visit = Visit(
            Host(
                charge_point_id=CP,
                version=version,
                voltage_v=230.0,
                connectors=connectors,
                commander=self,
                clock=self.clock,
                is_proven=proven,
                session_of=lambda _: session,
            ),
            watcher or Watcher(ChargerProfile(model=model)),
            wishes,
            pace or Pace(),
        )
        await visit.run(lambda _: None)
        return visit
