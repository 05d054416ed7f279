"""A guard with its model chargers, driven by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from ocpp_core.domain.commands import Accepted, CommandResult
from ocpp_core.domain.ids import ConnectorRef, TransactionId
from ocpp_core.domain.site import Site
from optimizer.control import Guard, GuardPolicy, Order, Target
from tests.optimizer.control.chargers import START, ModelCharger, want


class Rig:
    """Every charger is connected; orders leave and are answered as the test says."""

    def __init__(self, site: Site, *, policy: GuardPolicy | None = None) -> None:
        self.site = site
        self.guard = Guard(site, policy)
        self.chargers = {p.charge_point_id: ModelCharger(p) for p in site.charge_points}
        self.now: datetime = START
        self.targets: dict[ConnectorRef, Target] = {}
        self.log: list[Order] = []
        self._transactions = 0
        for name in self.chargers:
            self.guard.link(name, online=True)

    def confirm_defaults(self) -> None:
        while self.guard.unproven():
            self.do_all()

    def plug(self, *refs: ConnectorRef) -> None:
        for ref in refs:
            self._transactions += 1
            number = TransactionId(self._transactions)
            self.chargers[ref.charge_point_id].start(ref.connector_id, number)
            self.guard.session_started(ref, number)

    def unplug(self, ref: ConnectorRef) -> None:
        charger = self.chargers[ref.charge_point_id]
        number = charger.outlets[ref.connector_id].transaction_id
        assert number is not None
        charger.stop(ref.connector_id)
        self.guard.session_ended(ref.charge_point_id, number)

    def aim(self, **limits_a: float) -> None:
        """Set targets by charge point: `aim(A=16)` wants A/1 at 16 A."""
        for ref in self.site.connectors:
            if ref.charge_point_id in limits_a:
                self.targets[ref] = want(limits_a[ref.charge_point_id])

    def orders(self) -> tuple[Order, ...]:
        return self.guard.next_orders(self.targets, self.now)

    def send(self) -> list[Order]:
        """Let what is released leave, unanswered."""
        orders = list(self.orders())
        for order in orders:
            self.guard.sent(order, self.now)
            self.log.append(order)
        return orders

    def answer(self, order: Order, result: CommandResult | None = None) -> None:
        """The charger handles an order, unless `result` says how it went instead."""
        if result is None:
            result = self.chargers[order.charge_point_id].handle(order.command)
            assert isinstance(result, Accepted)
        self.guard.answered(order, result, self.now)

    def do_all(self) -> list[Order]:
        """Send and answer until nothing more is released; return what was sent."""
        done: list[Order] = []
        for _ in range(20):
            sent = self.send()
            for order in sent:
                self.answer(order)
            done += sent
            if not sent:
                return done
        raise AssertionError(f"the guard does not come to rest: {[o.kind for o in done]}")

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def applied_a(self, ref: ConnectorRef) -> float:
        return self.chargers[ref.charge_point_id].applies_a(ref.connector_id, self.now)
