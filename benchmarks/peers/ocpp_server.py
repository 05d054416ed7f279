"""PyPI `ocpp` on `websockets`, with the validation that is its default.

In memory, or given the path of a database with one committed INSERT of a reading's values into
DuckDB before it is answered, as a project writes it that thinks of nothing else.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import duckdb
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result16
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action as Action16
from ocpp.v16.enums import AuthorizationStatus, RegistrationStatus
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result201
from ocpp.v201.enums import Action as Action201
from ocpp.v201.enums import RegistrationStatusEnumType
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

_transactions = itertools.count(1)
_database: duckdb.DuckDBPyConnection | None = None
_TABLE = """
CREATE TABLE sample (
    charge_point_id VARCHAR, connector_id INTEGER, transaction_id INTEGER, taken_at TIMESTAMPTZ,
    measurand VARCHAR, phase VARCHAR, location VARCHAR, context VARCHAR, unit VARCHAR, value DOUBLE
)
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


class _Point16(ChargePoint16):  # type: ignore[misc]  # it ships no types
    @on(Action16.boot_notification)  # type: ignore[untyped-decorator]
    def _boot(self, **_: Any) -> Any:
        return result16.BootNotification(
            current_time=_now(), interval=300, status=RegistrationStatus.accepted
        )

    @on(Action16.status_notification)  # type: ignore[untyped-decorator]
    def _status(self, **_: Any) -> Any:
        return result16.StatusNotification()

    @on(Action16.start_transaction)  # type: ignore[untyped-decorator]
    def _start(self, **_: Any) -> Any:
        return result16.StartTransaction(
            transaction_id=next(_transactions),
            id_tag_info=IdTagInfo(status=AuthorizationStatus.accepted),
        )

    @on(Action16.meter_values)  # type: ignore[untyped-decorator]
    def _meter(self, **fields: Any) -> Any:
        if _database is not None:
            _insert(_database, self.id, **fields)
        return result16.MeterValues()

    @on(Action16.stop_transaction)  # type: ignore[untyped-decorator]
    def _stop(self, **_: Any) -> Any:
        return result16.StopTransaction()


class _Point201(ChargePoint201):  # type: ignore[misc]
    @on(Action201.boot_notification)  # type: ignore[untyped-decorator]
    def _boot(self, **_: Any) -> Any:
        return result201.BootNotification(
            current_time=_now(), interval=300, status=RegistrationStatusEnumType.accepted
        )

    @on(Action201.status_notification)  # type: ignore[untyped-decorator]
    def _status(self, **_: Any) -> Any:
        return result201.StatusNotification()

    @on(Action201.transaction_event)  # type: ignore[untyped-decorator]
    def _event(self, **_: Any) -> Any:
        return result201.TransactionEvent()


async def _connected(link: ServerConnection) -> None:
    name = link.request.path.rpartition("/")[2] if link.request else ""
    point = _Point201 if link.subprotocol == "ocpp2.0.1" else _Point16
    with suppress(ConnectionClosed):
        await point(name, link).start()


def _insert(
    database: duckdb.DuckDBPyConnection,
    name: str,
    connector_id: int,
    meter_value: list[dict[str, Any]],
    transaction_id: int | None = None,
) -> None:
    values: list[object] = []
    rows = 0
    for reading in meter_value:
        for sample in reading["sampled_value"]:
            labels = (sample.get(key) for key in ("measurand", "phase", "location", "context"))
            values += (name, connector_id, transaction_id, reading["timestamp"], *labels)
            values += (sample.get("unit"), float(sample["value"]))
            rows += 1
    places = ", ".join([_ROW] * rows)
    database.execute(f"INSERT INTO sample VALUES {places}", values)  # noqa: S608 -- question marks


async def _main() -> None:
    versions = [Subprotocol("ocpp1.6"), Subprotocol("ocpp2.0.1")]
    async with serve(_connected, "127.0.0.1", 0, subprotocols=versions, backlog=4096) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _database = duckdb.connect(sys.argv[1])
        _database.execute(_TABLE)
    try:
        import uvloop
    except ImportError:
        asyncio.run(_main())
    else:
        uvloop.run(_main())
