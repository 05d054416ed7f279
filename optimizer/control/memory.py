"""What of a connector's books survives a restart, and how it is taken up again."""

from __future__ import annotations

from datetime import UTC, datetime

from optimizer.control.exposure import DefaultState, Exposure, PossibleOrder
from optimizer.control.values import RememberedConnector, RememberedOrder


def remembered(exposure: Exposure) -> RememberedConnector:
    """Return what has to be known of a connector after a restart."""
    settled = exposure.default_state is DefaultState.CONFIRMED and len(exposure.defaults_a) == 1
    return RememberedConnector(
        ref=exposure.connector.ref,
        default_a=min(exposure.defaults_a) if settled else None,
        transaction_id=exposure.transaction_id,
        orders=tuple(
            RememberedOrder(
                limit_a=order.limit_a,
                until=datetime.fromtimestamp(order.until_s, UTC),
                transaction_id=order.transaction_id,
                confirmed=order == exposure.confirmed,
                form=order.form,
                unseen=order.unseen,
            )
            for order in exposure.orders
        ),
    )


def take_up(exposure: Exposure, fact: RememberedConnector, *, unseen_until_s: float | None) -> None:
    """Put what was known back into the books.

    Until `unseen_until_s` an order that nobody remembers may be in force; None: there is none.
    """
    if fact.default_a is not None:
        exposure.defaults_a = frozenset({fact.default_a})
        exposure.default_state = DefaultState.CONFIRMED
        exposure.ladder.took_zero |= fact.default_a == 0
    if fact.transaction_id is not None:
        exposure.session_started(fact.transaction_id)
    orders = [
        PossibleOrder(
            limit_a=order.limit_a,
            until_s=order.until.timestamp(),
            transaction_id=order.transaction_id,
            form=order.form,
            unseen=order.unseen,
        )
        for order in fact.orders
    ]
    exposure.confirmed = next(
        (o for o, known in zip(orders, fact.orders, strict=True) if known.confirmed), None
    )
    if unseen_until_s is not None:
        orders.append(
            PossibleOrder(
                limit_a=exposure.rating_a,
                until_s=unseen_until_s,
                transaction_id=fact.transaction_id,
                unseen=True,
            )
        )
    # What was reckoned with before, as by a remembered form, stays.
    exposure.orders = (*exposure.orders, *orders)
    exposure.doubted = bool(orders)
