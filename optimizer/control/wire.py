"""Orders as charging profiles.

A limit never has a gap: profiles are replaced in place (same id, OCPP.md row 35), and start in the
past by the tolerance for the charger's clock.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from ocpp_core.domain.commands import SetProfile
from ocpp_core.domain.ids import ConnectorRef, TransactionId
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose
from ocpp_core.domain.site import Connector
from ocpp_core.domain.units import wire_limit_a
from optimizer.control.forms import OrderForm, period
from optimizer.control.values import Order, OrderKind

DEFAULT_START = datetime(1970, 1, 1, tzinfo=UTC)
"""Start of the persistent default: before any clock, also one that was never set and before any
simulated time. A schedule that has not begun is no limit at all (OCPP 1.6 section 3.13.6)."""


FIRST_FOREIGN_ID = 10_000
"""Profile ids below are the guard's: a profile with the id of another one replaces it (OCPP 1.6
section 3.13.2, 2.0.1 K01.FR.05), whatever its purpose."""


def default_profile_id(ref: ConnectorRef) -> int:
    """Return the id of a connector's TxDefaultProfile, unique within its charge point."""
    return ref.connector_id * 10 + 1


def session_profile_id(ref: ConnectorRef) -> int:
    """Return the id of a connector's TxProfile: each one replaces the one before."""
    return ref.connector_id * 10 + 2


def stand_in_profile_id(ref: ConnectorRef) -> int:
    """Return the id of a TxDefaultProfile that stands in for a TxProfile: it replaces none."""
    return ref.connector_id * 10 + 3


def default_order(
    connector: Connector, limit_a: float, *, form: OrderForm, voltage_v: float
) -> Order:
    """Return the order that sets the persistent default."""
    profile = ChargingProfile(
        profile_id=default_profile_id(connector.ref),
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        stack_level=form.stack_level,
        rate_unit=form.rate_unit,
        periods=(period(limit_a, form, connector, voltage_v),),
        start=DEFAULT_START,
    )
    return Order(
        ref=connector.ref,
        kind=OrderKind.DEFAULT,
        limit_a=limit_a,
        until=None,
        transaction_id=None,
        form=form,
        command=SetProfile(connector_id=connector.ref.connector_id, profile=profile),
    )


def session_order(
    connector: Connector,
    transaction_id: TransactionId,
    *,
    kind: OrderKind,
    limit_a: float,
    discharge_a: float = 0.0,
    now_s: float,
    until_s: float,
    tolerance_s: int,
    form: OrderForm,
    voltage_v: float,
) -> Order:
    """Return the order that limits a running session until `until_s` less the tolerance.

    A charger whose clock is off by up to `tolerance_s` applies it at once, and no longer than
    `until_s`.
    """
    start_s = math.floor(now_s) - tolerance_s
    end_s = math.floor(until_s) - tolerance_s
    limit_a = wire_limit_a(limit_a)
    ref = connector.ref
    by_transaction = form.session_purpose is ProfilePurpose.TX
    profile = ChargingProfile(
        profile_id=session_profile_id(ref) if by_transaction else stand_in_profile_id(ref),
        purpose=form.session_purpose,
        kind=ProfileKind.ABSOLUTE,
        stack_level=form.session_level,
        rate_unit=form.rate_unit,
        periods=(period(limit_a, form, connector, voltage_v, discharge_a),),
        start=datetime.fromtimestamp(start_s, UTC),
        duration_s=end_s - start_s,
        transaction_id=transaction_id if by_transaction else None,
    )
    return Order(
        ref=ref,
        kind=kind,
        limit_a=limit_a,
        until=datetime.fromtimestamp(end_s + tolerance_s, UTC),
        transaction_id=transaction_id,
        form=form,
        command=SetProfile(connector_id=ref.connector_id, profile=profile),
        discharge_a=discharge_a,
    )
