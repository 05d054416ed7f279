"""Reads the projection's memory, and the live state of the site, back from the tables."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import duckdb

from analytics.held import load_held_profiles
from analytics.state import (
    PROFILE_COLUMNS,
    SESSION_COLUMNS,
    ProfileRow,
    SessionRow,
    State,
    fingerprint,
)
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    BootStatus,
    ChargingNeedsNotified,
    ChargingState,
    ConnectorStatus,
    EnergyTransfer,
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
from ocpp_core.domain.live import KnownTransaction, LiveSite
from ocpp_core.domain.session import DriverNeed

_COLUMNS = ", ".join(SESSION_COLUMNS)

_RECENT = """
    SELECT charge_point_id, direction, message_id, outcome, frame
    FROM ocpp_message
    WHERE seq > $last - 100_000
    QUALIFY row_number() OVER (PARTITION BY charge_point_id ORDER BY seq DESC) <= $remembered
    ORDER BY seq
"""

_OPEN = "ended_at IS NULL AND source = 'ocpp' ORDER BY transaction_id"

_LAST_ENDED = """
    ended_at IS NOT NULL AND source = 'ocpp'
    QUALIFY row_number() OVER (
        PARTITION BY charge_point_id, connector_id ORDER BY transaction_id DESC
    ) = 1
"""

_LAST_SEQUENCE = """
    SELECT session_id, max(sequence)
    FROM transaction_event
    WHERE session_id IN (SELECT session_id FROM session WHERE ended_at IS NULL)
    GROUP BY session_id
"""

_LAST_TRANSFER = """
    SELECT charge_point_id, transfer, status, request_id
    FROM transfer
    WHERE step = 'reported'
    QUALIFY row_number() OVER (
        PARTITION BY charge_point_id, transfer ORDER BY step_at DESC, rowid DESC
    ) = 1
"""

_QUEUED = """
    SELECT session_id
    FROM transaction_status
    SEMI JOIN (SELECT session_id FROM session WHERE ended_at IS NULL) USING (session_id)
    GROUP BY session_id
    HAVING arg_max(messages_in_queue, row(asked_at, rowid))
"""

_LAST_STATUS = """
    SELECT
        charge_point_id, connector_id, max(changed_at), arg_max(status, row(received_at, rowid)),
        arg_max(error_code, row(received_at, rowid)), max(received_at),
        arg_max(changed_at, row(received_at, rowid))
    FROM status
    GROUP BY charge_point_id, connector_id
"""
"""What came last is the present state, whatever time it bears (steve-community/steve#136)."""

_REGISTERS = """
    SELECT session_id, taken_at, energy_import_wh
    FROM meter_reading
    WHERE session_id IN (SELECT session_id FROM session WHERE ended_at IS NULL)
      AND taken_at >= (SELECT min(started_at) FROM session WHERE ended_at IS NULL)
      AND energy_import_wh IS NOT NULL
    ORDER BY taken_at
"""

_LAST_NOTICE = """
    SELECT session_id, max(sequence), arg_max(state, sequence),
           arg_max(received_at, sequence) FILTER (state IS NOT NULL),
           max(sequence) FILTER (state IS NOT NULL)
    FROM transaction_event
    WHERE session_id IN (SELECT session_id FROM session WHERE ended_at IS NULL)
    GROUP BY session_id
"""

_NEEDS = """
    SELECT charge_point_id, connector_id, session_id, received_at, transfer, departure, energy_wh,
           min_current_a, max_current_a, max_power_w, state_of_charge_percent,
           max_schedule_periods, bidirectional, answer
    FROM charging_need
    QUALIFY row_number() OVER (
        PARTITION BY charge_point_id, connector_id ORDER BY received_at DESC, rowid DESC
    ) = 1
"""

_TRANSACTIONS = """
    SELECT session_id, transaction_id, charge_point_id, connector_id, id_token, token_status,
           started_at, meter_start_wh,
           CASE WHEN stop_reason IS NOT NULL OR NOT end_inferred THEN ended_at END,
           station_transaction_id, adopted
    FROM session
    WHERE transaction_id IS NOT NULL
    ORDER BY transaction_id DESC
    LIMIT $most
"""


def load_state(connection: duckdb.DuckDBPyConnection) -> State:
    """Return what the projection would remember after all stored messages."""
    state = State(
        find_transaction=lambda number: _find(connection, "transaction_id = $1", number),
        find_session=lambda session_id: _find(connection, "session_id = $1", session_id),
    )
    for row in _sessions(connection, _LAST_ENDED):
        state.remember(row)
        state.end(row)
    for row in _sessions(connection, _OPEN):
        state.remember(row)
        state.place(row)
    for session_id, sequence in _all(connection, _LAST_SEQUENCE):
        state.sequenced_until[session_id] = sequence
    highest = connection.execute("SELECT max(transaction_id) FROM session").fetchone()
    state.asked_until = int(highest[0] or 0) if highest else 0
    for charge_point_id, latest in _all(
        connection, "SELECT charge_point_id, max(started_at) FROM session GROUP BY ALL"
    ):
        state.started_until[charge_point_id] = latest
    for charge_point_id, connector_id, latest in _all(
        connection,
        "SELECT charge_point_id, connector_id, max(taken_at) FROM meter_reading GROUP BY ALL",
    ):
        state.sampled_until[charge_point_id, connector_id] = latest
    archived = connection.execute(
        "SELECT max(last_day) FROM archive_part WHERE table_name = 'meter_reading'"
    ).fetchone()
    if archived is not None and archived[0] is not None:
        state.sampled_before = datetime.combine(archived[0], time(), UTC) + timedelta(days=1)
    state.layouts = {cells[0] for cells in _all(connection, "SELECT layout_id FROM meter_layout")}
    for charge_point_id, connector_id, latest, status, error_code, heard_at, changed_at in _all(
        connection, _LAST_STATUS
    ):
        if status == ConnectorStatus.AVAILABLE:
            free = state.free.setdefault(charge_point_id, {})
            free[connector_id] = (changed_at, heard_at)
        state.status_until[charge_point_id, connector_id] = latest
        state.status_last[charge_point_id, connector_id] = (changed_at, status, error_code)
    _load_station(connection, state)
    for charge_point_id, *parts in _all(
        connection,
        _RECENT,
        last=last_seq(connection),
        remembered=State.REMEMBERED_MESSAGES,
    ):
        known = state.recent.setdefault(charge_point_id, OrderedDict())
        known[fingerprint(*parts)] = None
    return state


def _load_station(connection: duckdb.DuckDBPyConnection, state: State) -> None:
    """Read back what chargers hold and said last."""
    for charge_point_id, booted_at in _all(
        connection, "SELECT charge_point_id, booted_at FROM charge_point WHERE booted_at NOTNULL"
    ):
        state.booted_at[charge_point_id] = booted_at
    state.queued = {cells[0] for cells in _all(connection, _QUEUED)}
    for charge_point_id, transfer, status, request_id in _all(connection, _LAST_TRANSFER):
        state.last_said["transfer", charge_point_id, transfer] = (status, request_id)
    for charge_point_id, name in _all(
        connection, "SELECT charge_point_id, name FROM setting WHERE secret"
    ):
        state.secrets.add((charge_point_id, name))
    for cells in _all(connection, "SELECT * FROM charging_limit WHERE cleared_at IS NULL"):
        state.limits[cells[0], cells[1], cells[2]] = cells
    for cells in _all(connection, "SELECT * FROM profile_in_force WHERE ended_at IS NULL"):
        row = ProfileRow(**dict(zip(PROFILE_COLUMNS, cells, strict=True)))
        held = state.profiles.setdefault(row.charge_point_id, {})
        held[row.connector_id, row.purpose, row.stack_level] = row
    for need in needs_told(connection):
        subject = ("need", str(need.charge_point_id), str(need.event.connector_id))
        state.last_said[subject] = (need.session_id, need.event)


def last_seq(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the last stored message, 0 before the first."""
    row = connection.execute(
        "SELECT greatest((SELECT max(seq) FROM ocpp_message), "
        "(SELECT max(last_seq) FROM archive_part))"
    ).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def load_live(connection: duckdb.DuckDBPyConnection, live: LiveSite) -> None:
    """Put transactions, open sessions, states and boots back as they were."""
    for cells in reversed(
        list(_all(connection, _TRANSACTIONS, most=LiveSite.REMEMBERED_TRANSACTIONS))
    ):
        live.remember(_known(*cells))
    _load_statuses(connection, live)
    _load_open(connection, live)
    load_held_profiles(connection, live)
    for charge_point_id, vendor, model, serial, firmware in _all(
        connection,
        "SELECT charge_point_id, vendor, model, serial_number, firmware_version "
        "FROM charge_point WHERE booted_at IS NOT NULL",
    ):
        point = live.charge_points.get(ChargePointId(charge_point_id))
        if point is not None:
            point.boot_status = BootStatus.ACCEPTED
            point.boot = Booted(
                vendor=vendor,
                model=model,
                serial_number=serial or "",
                firmware_version=firmware or "",
            )


def _load_statuses(connection: duckdb.DuckDBPyConnection, live: LiveSite) -> None:
    for charge_point_id, connector_id, _, status, error_code, received_at, _ in _all(
        connection, _LAST_STATUS
    ):
        connector = live.connector(_ref(charge_point_id, connector_id))
        if connector is not None:
            connector.reported, connector.error_code = ConnectorStatus(status), error_code
            connector.status_at = received_at


def _load_open(connection: duckdb.DuckDBPyConnection, live: LiveSite) -> None:
    """Put open sessions back on their connectors, with what they read, said and want."""
    notices = {key: values for key, *values in _all(connection, _LAST_NOTICE)}
    needs = {need.session_id: need for need in needs_told(connection)}
    registers: defaultdict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for session_id, taken_at, value in _all(connection, _REGISTERS):
        registers[session_id].append((taken_at, value))
    for row in _sessions(connection, _OPEN):
        known = live.transactions.get(TransactionId(row.number))
        session = None if known is None else live.place(known)
        if session is None:
            continue
        if row.asked_wh is not None and row.departure is not None:
            session.need = DriverNeed(
                energy_wh=row.asked_wh, departure=row.departure, stated=bool(row.need_stated)
            )
        need = needs.get(session.session_id)
        for taken_at, value_wh in registers[row.session_id]:
            if need is not None and taken_at > need.received_at:
                session.hear_need(need.event)
                need = None
            session.take_register(taken_at, value_wh, live.rating_w(session.ref))
        if need is not None:
            session.hear_need(need.event)
        if row.session_id in notices:
            session.last_sequence, state, stated_at, stated_sequence = notices[row.session_id]
            if state is not None:
                session.state, session.stated_at = ChargingState(state), stated_at
                session.stated_sequence = stated_sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedTold:
    """The last need that a car told at a connector."""

    charge_point_id: str
    session_id: SessionId | None
    received_at: datetime
    event: ChargingNeedsNotified
    answer: str


def needs_told(connection: duckdb.DuckDBPyConnection) -> list[NeedTold]:
    """Return what the last car at each connector said that it needs."""
    return [
        NeedTold(
            charge_point_id=charge_point_id,
            session_id=session_id,
            received_at=received_at,
            answer=answer,
            event=ChargingNeedsNotified(
                connector_id=ConnectorId(connector_id),
                transfer=None if transfer is None else EnergyTransfer(transfer),
                departure=departure,
                energy_wh=energy_wh,
                min_current_a=min_a,
                max_current_a=max_a,
                max_power_w=max_w,
                state_of_charge_percent=charge,
                max_schedule_periods=periods,
                bidirectional=bidirectional,
            ),
        )
        for (
            charge_point_id, connector_id, session_id, received_at, transfer, departure, energy_wh,
            min_a, max_a, max_w, charge, periods, bidirectional, answer,
        ) in _all(connection, _NEEDS)
    ]  # fmt: skip


def _known(
    session_id: str,
    transaction_id: int,
    charge_point_id: str,
    connector_id: int,
    id_token: str,
    token_status: str,
    started_at: datetime,
    meter_start_wh: int | None,
    ended_at: datetime | None,
    station_id: str | None,
    adopted: bool,
) -> KnownTransaction:
    return KnownTransaction(
        session_id=SessionId(session_id),
        transaction_id=TransactionId(transaction_id),
        ref=_ref(charge_point_id, connector_id),
        id_token=IdToken(id_token),
        status=AuthorizationStatus(token_status),
        started_at=started_at,
        meter_start_wh=meter_start_wh,
        ended_at=ended_at,
        station_id=None if station_id is None else StationTransactionId(station_id),
        adopted=adopted,
    )


def _ref(charge_point_id: str, connector_id: int) -> ConnectorRef:
    return ConnectorRef(ChargePointId(charge_point_id), ConnectorId(connector_id))


def _find(
    connection: duckdb.DuckDBPyConnection, condition: str, value: str | int
) -> SessionRow | None:
    return next(iter(_sessions(connection, f"{condition} LIMIT 1", value)), None)


def _sessions(
    connection: duckdb.DuckDBPyConnection, condition: str, *values: str | int
) -> list[SessionRow]:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM session WHERE {condition}",  # noqa: S608 -- conditions are written above
        list(values),
    ).fetchall()
    return [
        SessionRow(**dict(zip(SESSION_COLUMNS, map(_utc, cells), strict=True))) for cells in found
    ]


def _all(
    connection: duckdb.DuckDBPyConnection, select: str, **values: int
) -> list[tuple[Any, ...]]:
    return [
        tuple(map(_utc, cells)) for cells in connection.execute(select, values or None).fetchall()
    ]


def _utc(value: Any) -> Any:
    # The connection's zone is UTC, so only the class of the zone differs from ours.
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
