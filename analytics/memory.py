"""Reads the projection's memory, and the live state of the site, back from the tables."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

import duckdb

from analytics.state import SESSION_COLUMNS, SessionRow, State, fingerprint
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    BootStatus,
    ConnectorStatus,
)
from ocpp_core.domain.ids import (
    ChargePointId,
    ConnectorId,
    ConnectorRef,
    IdToken,
    SessionId,
    TransactionId,
)
from ocpp_core.domain.live import KnownTransaction, LiveSite, OpenSession
from ocpp_core.domain.session import DriverNeed

_COLUMNS = ", ".join(SESSION_COLUMNS)

_RECENT = """
    SELECT charge_point_id, direction, message_id, outcome, frame
    FROM ocpp_message
    WHERE seq > $last - 100_000
    QUALIFY row_number() OVER (PARTITION BY charge_point_id ORDER BY seq DESC) <= $remembered
    ORDER BY seq
"""

_LAST_STATUS = """
    SELECT
        charge_point_id, connector_id, max(changed_at), arg_max(status, changed_at),
        arg_max(error_code, changed_at), arg_max(received_at, changed_at)
    FROM status
    GROUP BY charge_point_id, connector_id
"""

_LAST_REGISTER = """
    SELECT session_id, max(value)
    FROM meter_sample
    WHERE session_id IN (SELECT session_id FROM session WHERE ended_at IS NULL)
      AND taken_at >= (SELECT min(started_at) FROM session WHERE ended_at IS NULL)
      AND measurand = 'Energy.Active.Import.Register'
      AND phase = '' AND location = 'Outlet' AND doubt = ''
    GROUP BY session_id
"""

_TRANSACTIONS = """
    SELECT session_id, transaction_id, charge_point_id, connector_id, id_token, token_status,
           started_at, meter_start_wh, ended_at
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
    for row in _sessions(connection, "ended_at IS NULL AND source = 'ocpp' ORDER BY started_at"):
        state.remember(row)
        state.open_at[row.charge_point_id, row.connector_id] = row
    highest = connection.execute("SELECT max(transaction_id) FROM session").fetchone()
    state.highest_transaction_id = int(highest[0] or 0) if highest else 0
    for charge_point_id, connector_id, latest in _all(
        connection,
        "SELECT charge_point_id, connector_id, max(started_at) FROM session GROUP BY ALL",
    ):
        state.started_until[charge_point_id, connector_id] = latest
    for charge_point_id, connector_id, latest in _all(
        connection,
        "SELECT charge_point_id, connector_id, max(taken_at) FROM meter_sample GROUP BY ALL",
    ):
        state.sampled_until[charge_point_id, connector_id] = latest
    for charge_point_id, connector_id, latest, *_ in _all(connection, _LAST_STATUS):
        state.status_until[charge_point_id, connector_id] = latest
    for charge_point_id, *parts in _all(
        connection,
        _RECENT,
        last=last_seq(connection),
        remembered=State.REMEMBERED_MESSAGES,
    ):
        known = state.recent.setdefault(charge_point_id, OrderedDict())
        known[fingerprint(*parts)] = None
    return state


def last_seq(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the last stored message, 0 before the first."""
    row = connection.execute("SELECT max(seq) FROM ocpp_message").fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def load_live(connection: duckdb.DuckDBPyConnection, live: LiveSite) -> None:
    """Put transactions, open sessions, states and boots back as they were."""
    for cells in reversed(
        list(_all(connection, _TRANSACTIONS, most=LiveSite.REMEMBERED_TRANSACTIONS))
    ):
        live.remember(_known(*cells))
    registers = dict(_all(connection, _LAST_REGISTER))
    for row in _sessions(connection, "ended_at IS NULL AND source = 'ocpp' ORDER BY started_at"):
        if row.transaction_id is not None:
            live.resume(_open(row, registers.get(row.session_id)))
    for charge_point_id, connector_id, _, status, error_code, received_at in _all(
        connection, _LAST_STATUS
    ):
        point = live.charge_points.get(ChargePointId(charge_point_id))
        connector = point.connectors.get(ConnectorId(connector_id)) if point else None
        if connector is not None:
            connector.status, connector.error_code = ConnectorStatus(status), error_code
            connector.status_at = received_at
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


def _known(
    session_id: str,
    transaction_id: int,
    charge_point_id: str,
    connector_id: int,
    id_token: str,
    token_status: str,
    started_at: datetime,
    meter_start_wh: int,
    ended_at: datetime | None,
) -> KnownTransaction:
    return KnownTransaction(
        session_id=SessionId(session_id),
        transaction_id=TransactionId(transaction_id),
        ref=ConnectorRef(ChargePointId(charge_point_id), ConnectorId(connector_id)),
        id_token=IdToken(id_token),
        status=AuthorizationStatus(token_status),
        started_at=started_at,
        meter_start_wh=meter_start_wh,
        ended_at=ended_at,
    )


def _open(row: SessionRow, register_wh: float | None) -> OpenSession:
    need = None
    if row.asked_wh is not None and row.departure is not None:
        need = DriverNeed(
            energy_wh=row.asked_wh, departure=row.departure, stated=bool(row.need_stated)
        )
    return OpenSession(
        session_id=SessionId(row.session_id),
        transaction_id=TransactionId(row.transaction_id or 0),
        ref=ConnectorRef(ChargePointId(row.charge_point_id), ConnectorId(row.connector_id)),
        id_token=IdToken(row.id_token),
        status=AuthorizationStatus(row.token_status or AuthorizationStatus.ACCEPTED),
        started_at=row.started_at,
        meter_start_wh=row.meter_start_wh,
        register_wh=max(float(row.meter_start_wh), register_wh or 0.0),
        need=need,
    )


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
