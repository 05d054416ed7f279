"""What the guard goes on from after a restart: the orders for sessions that chargers accepted.

They are taken from the profiles on record. That is no complete memory, since an order leaves before
it is stored: so each session counts at its rating until its charger has confirmed anew. But what it
accepted says how much it may be told meanwhile without drawing more than before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from ampherd.config import Config
from analytics import Reader
from ocpp_core.domain.ids import TransactionId
from ocpp_core.domain.live import LiveSite, OpenSession
from ocpp_core.domain.profile import ProfilePurpose, RateUnit
from ocpp_core.domain.site import Connector
from optimizer.control.forms import OrderForm
from optimizer.control.guard import Guard, GuardPolicy
from optimizer.control.values import RememberedConnector, RememberedOrder
from optimizer.control.wire import session_profile_id


def recall_guard(reader: Reader, config: Config, live: LiveSite, now: datetime) -> Guard:
    """Return a guard that counts every running session at its rating until it answers."""
    stops = config.planning.where_zero_is_refused == "stop"
    battery = config.spec.battery
    guard = Guard(
        config.site,
        GuardPolicy(stops_where_zero_is_refused=stops),
        battery_w=0.0 if battery is None else battery.max_charge_w,
    )
    guard.remember(recall_orders(reader, live, now, guard.policy), now=now, complete=False)
    return guard


def recall_orders(
    reader: Reader, live: LiveSite, now: datetime, policy: GuardPolicy
) -> tuple[RememberedConnector, ...]:
    """Return what is known of every connector with a running session."""
    held: dict[TransactionId, Mapping[Any, Any]] = {}
    for row in reader.profiles_in_force(now).to_dict("records"):
        if row["purpose"] == ProfilePurpose.TX and not pd.isna(row["transaction_id"]):
            held[TransactionId(int(row["transaction_id"]))] = row
    return tuple(
        RememberedConnector(
            ref=session.ref,
            default_a=None,
            transaction_id=session.transaction_id,
            orders=_orders(held.get(session.transaction_id), session, live, policy),
        )
        for session in live.open_sessions()
    )


def _orders(
    row: Mapping[Any, Any] | None, session: OpenSession, live: LiveSite, policy: GuardPolicy
) -> tuple[RememberedOrder, ...]:
    """Return the order that a profile of ours was; nothing for any other profile."""
    connector = live.site.connectors.get(session.ref)
    if row is None or connector is None:
        return ()
    periods = str(row["periods"]).split()
    start, duration_s = row["schedule_start"], row["duration_s"]
    ours = (
        row["source"] == "ordered"
        and int(row["profile_id"]) == session_profile_id(session.ref)
        and len(periods) == 1
        and periods[0].startswith("0:")
        and not pd.isna(start)
        and not pd.isna(duration_s)
    )
    if not ours or periods[0] == "0:-":
        return ()
    unit = RateUnit(row["rate_unit"])
    end = start.to_pydatetime() + timedelta(seconds=int(duration_s))
    return (
        RememberedOrder(
            limit_a=_limit_a(float(periods[0][2:]), unit, connector, live.site.voltage_v),
            until=end + timedelta(seconds=policy.clock_tolerance_s),
            transaction_id=session.transaction_id,
            confirmed=True,
            form=OrderForm(rate_unit=unit, stack_level=int(row["stack_level"])),
        ),
    )


def _limit_a(limit: float, unit: RateUnit, connector: Connector, voltage_v: float) -> float:
    """Undo `forms.period`."""
    if unit is RateUnit.A:
        return limit
    return limit / voltage_v / min(connector.fewest_phases, len(connector.phases))
