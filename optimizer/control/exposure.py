"""What one connector might be applying: the books of one charger's possible limits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from ocpp_core.domain.commands import Accepted, CommandResult, Offline, Rejected, Unsupported
from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.profile import ProfilePurpose
from ocpp_core.domain.site import Connector
from optimizer.control.forms import USUAL, Ladder, OrderForm
from optimizer.control.values import Order, OrderKind


class DefaultState(StrEnum):
    """How well the persistent default is known."""

    UNKNOWN = "unknown"
    """Never confirmed: the connector may draw its rating."""
    DOUBTED = "doubted"
    """Confirmed, but the charger has restarted since."""
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleOrder:
    """An order for a session that the charger may be applying until an instant."""

    limit_a: float
    until_s: float
    """POSIX time, with the tolerance for the charger's clock."""
    transaction_id: TransactionId | None
    form: OrderForm = USUAL
    discharge_a: float = 0.0
    """What the car is asked to give back, A."""
    unseen: bool = False
    """It stands for whatever an earlier run of ours may have sent: the most that this may be."""

    @property
    def outlives_session(self) -> bool:
        """Whether it may hold on after its session."""
        return self.form.session_purpose is not ProfilePurpose.TX

    @property
    def place(self) -> tuple[ProfilePurpose, int]:
        """What a later order has to share to replace it for certain."""
        return self.form.session_purpose, self.form.session_level


@dataclass(slots=True)
class Exposure:
    """The set of limits that a connector may be applying, now and until everything expired."""

    connector: Connector
    ladder: Ladder = field(default_factory=Ladder)
    """How its charge point takes orders; shared by all its connectors."""
    default_state: DefaultState = DefaultState.UNKNOWN
    defaults_a: frozenset[float] = field(default_factory=frozenset)
    """Persistent defaults that may hold."""
    transaction_id: TransactionId | None = None
    """The running transaction."""
    newest_transaction_id: int = -1
    """Id of the last transaction that ran or runs."""
    session_default_a: float = 0.0
    """A default from before the session that older firmware may still apply to it
    (OCPP.md row 43), until an order for the session is confirmed."""
    orders: tuple[PossibleOrder, ...] = ()
    confirmed: PossibleOrder | None = None
    """The order that the charger last accepted for the running transaction."""
    doubted: bool = False
    """The charger may have lost or replaced what it confirmed, so it is told again."""
    pending: Order | None = None
    reserve_a: float = 0.0
    """What it was measured to draw against orders."""
    last_sent_s: float = -math.inf
    """When the last order for a session left."""
    failures: int = 0
    """Commands that failed in a row."""
    retry_at_s: float = -math.inf
    refusal: str = ""
    """Why the last command failed, in words; empty after a success."""
    stop_at_s: float = -math.inf
    """A stop of its session may be sent from then on."""
    refuses_discharge: bool = False
    """It rejected an order to give back, so its session gets none any more."""
    refuses_zero: bool = False
    """It rejected an order of 0 A, so the minimum current is the least it can be told."""

    def __post_init__(self) -> None:
        if not self.defaults_a:
            self.defaults_a = frozenset({self.rating_a})

    @property
    def rating_a(self) -> float:
        """Rating of the connector, A."""
        return self.connector.max_current_a

    @property
    def fallback_a(self) -> float:
        """The most that it may apply when no order holds, A.

        A session may end, and another one begin, at any instant and unseen: so this much is
        possible always, whatever the running session was told.
        """
        return min(self.rating_a, max(*self.defaults_a, self.session_default_a))

    def ordered_worst_a(self, at_s: float) -> float:
        """Return the highest limit that it may be applying at an instant by what it was told."""
        live = [o.limit_a for o in self.orders if o.until_s > at_s]
        return min(self.rating_a, max(self.fallback_a, *live)) if live else self.fallback_a

    def worst_a(self, at_s: float) -> float:
        """Return the highest current that has to be reckoned with at an instant, A."""
        return max(self.reserve_a, self.ordered_worst_a(at_s))

    @property
    def least_a(self) -> float:
        """What has to be reckoned with even once it has confirmed an order of 0 A."""
        return max(self.reserve_a, min(self.rating_a, max(self.defaults_a)))

    def hoped_a(self, order_kind: OrderKind, limit_a: float) -> float:
        """Return the worst from now on, should an order of this kind and limit be confirmed, A."""
        if order_kind is not OrderKind.DEFAULT:
            return max(self.least_a, limit_a)
        live = [o.limit_a for o in self.orders]
        return max(self.reserve_a, self.session_default_a, limit_a, *live)

    def active(self, at_s: float) -> PossibleOrder | None:
        """Return the confirmed order while it lasts."""
        held = self.confirmed
        return held if held is not None and held.until_s > at_s else None

    def given_a(self, at_s: float) -> float:
        """Return what it confirmed to give back, A."""
        active = self.active(at_s)
        return 0.0 if active is None else active.discharge_a

    def discharge_a(self, at_s: float) -> float:
        """Return the highest current that it may be giving back by what it was told, A."""
        return max((o.discharge_a for o in self.orders if o.until_s > at_s), default=0.0)

    def told_a(self, at_s: float) -> float:
        """Return the lowest limit that it confirmed, or was sent since, A.

        Of what nobody remembers only the most is known, so it says nothing here.
        """
        held = self.active(at_s)
        held_a = min(self.defaults_a) if held is None else held.limit_a
        return min([held_a, *(o.limit_a for o in self.orders if o.until_s > at_s and not o.unseen)])

    def confirmed_a(self, at_s: float) -> float | None:
        """Return the limit that the charger confirmed, or None when it confirmed none."""
        active = self.active(at_s)
        if active is not None:
            return active.limit_a
        if self.default_state is DefaultState.UNKNOWN:
            return None
        return min(self.defaults_a)

    def forget_expired(self, now_s: float) -> None:
        """Drop orders that have ended."""
        self.orders = tuple(o for o in self.orders if o.until_s > now_s)

    def session_started(self, transaction_id: TransactionId) -> None:
        """A transaction runs; what was ordered by an earlier one's number is gone with it."""
        self.session_ended()
        self.transaction_id = self.newest_transaction_id = transaction_id

    def session_ended(self) -> None:
        """No transaction runs, so no TxProfile does (OCPP 1.6 section 3.13.1)."""
        self.transaction_id = None
        self.orders = tuple(o for o in self.orders if o.outlives_session)
        self.confirmed = None
        self.session_default_a = 0.0
        self.doubted = self.refuses_zero = self.refuses_discharge = False
        self.failures, self.retry_at_s, self.refusal = 0, -math.inf, ""
        self.stop_at_s = -math.inf

    def booted(self) -> None:
        """The charger restarted: it may have lost every profile, or kept each one."""
        if self.default_state is DefaultState.CONFIRMED:
            self.default_state = DefaultState.DOUBTED
        self.defaults_a |= {self.rating_a}
        self.ladder.restarted()
        self.reachable_again()

    def reachable_again(self) -> None:
        """The link is back: tell a running session's limit again, and do not wait with it."""
        self.doubted = self.transaction_id is not None
        self.failures, self.retry_at_s = 0, -math.inf

    def sent(self, order: Order, now_s: float) -> None:
        """An order leaves: from now on it may be applied."""
        self.pending = order
        if order.kind is OrderKind.DEFAULT:
            self.defaults_a |= {order.limit_a}
        else:
            self.last_sent_s = now_s
            self.orders = (*self.orders, _possible(order))

    def answered(self, order: Order, result: CommandResult) -> bool:
        """Book how a command ended; return whether the charger accepted it."""
        self.pending = None
        if order.kind is not OrderKind.DEFAULT and order.transaction_id != self.transaction_id:
            if order.outlives_session and not may_have_acted(result):
                self._not_applied(order)
            return isinstance(result, Accepted)  # its transaction ended, and a TxProfile with it
        if isinstance(result, Accepted):
            self.failures, self.refusal = 0, ""
            if order.kind is OrderKind.DEFAULT:
                self.ladder.default_accepted(order.form, order.limit_a)
                self._default_accepted(order)
            else:
                self.ladder.session_accepted()
                self.confirmed = _possible(order)
                self.orders = (*self._beside(self.confirmed), self.confirmed)
                self.session_default_a, self.doubted = 0.0, False
            return True
        if order.discharge_a > 0 and not isinstance(result, Offline) and not may_have_acted(result):
            # Not its limits are what it refuses: it is told the same limit again, without.
            self._not_applied(order)
            self.refuses_discharge = True
            return False
        self.failures += 1
        self.refusal = in_words(result)
        if not may_have_acted(result):
            self._not_applied(order)
            if isinstance(result, Rejected):
                self._refused(order)
        elif order.kind is not OrderKind.DEFAULT:
            self.doubted = self.transaction_id is not None
        return False

    def _default_accepted(self, order: Order) -> None:
        before_a = max(self.defaults_a)
        if self.default_state is DefaultState.UNKNOWN and self.transaction_id is not None:
            self.session_default_a = 0.0 if before_a <= order.limit_a else before_a
        self.defaults_a = frozenset({order.limit_a})
        self.default_state = DefaultState.CONFIRMED

    def _beside(self, accepted: PossibleOrder) -> tuple[PossibleOrder, ...]:
        """Return the orders that may hold on beside one that was accepted.

        Only one of the same purpose and level is replaced for certain. And older firmware gives a
        default to later sessions only (OCPP.md row 43), so one that stands in replaces nothing.
        """
        if accepted.outlives_session:
            return tuple(o for o in self.orders if o != accepted)
        return tuple(o for o in self.orders if o.place != accepted.place)

    def _refused(self, order: Order) -> None:
        """Write it in another way next time; 0 A is first taken as the cause."""
        if order.kind is OrderKind.DEFAULT:
            self.ladder.default_refused(order.form)
        elif order.limit_a == 0 and not self.refuses_zero:
            self.refuses_zero = True
        else:
            self.ladder.session_refused(order.form)

    @property
    def cannot_pause(self) -> bool:
        """Whether the least current is the least that it can be told."""
        return self.refuses_zero or not self.ladder.form.takes_zero

    def _not_applied(self, order: Order) -> None:
        if order.kind is OrderKind.DEFAULT:
            return  # the value may have been among the possible ones before; keeping it is safe
        sent = _possible(order)
        kept = list(self.orders)
        if sent in kept:
            kept.reverse()
            kept.remove(sent)
            kept.reverse()
        self.orders = tuple(kept)


def may_have_acted(result: CommandResult) -> bool:
    """Tell whether the charger may have applied a command that it did not accept."""
    match result:
        case Offline(sent=sent):
            return sent
        case Rejected(status=status):
            # A CALLERROR other than a refusal to know the message may come after the deed.
            return status not in {"Rejected", "NotSupported", "NotImplemented"}
        case Unsupported():
            return False
        case _:
            return True


def in_words(result: CommandResult) -> str:
    """Say how a command failed, as the end of a sentence."""
    match result:
        case Rejected(status=status, reason=reason):
            return f"refuses it ({status}{': ' + reason if reason else ''})"
        case Unsupported(reason=reason):
            return f"knows no charging profiles{' (' + reason + ')' if reason else ''}"
        case Offline():
            return "is not connected"
        case Accepted():
            return "accepts it"
        case _:
            return f"did not answer within {result.after_s:g} s"


def _possible(order: Order) -> PossibleOrder:
    if order.until is None:
        raise ValueError("a session's order ends")
    return PossibleOrder(
        limit_a=order.limit_a,
        until_s=order.until.timestamp(),
        transaction_id=order.transaction_id,
        form=order.form,
        discharge_a=order.discharge_a,
    )
