"""Frames as chargers write them, taken as the server takes them: decoded, decided, stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.database import Database
from analytics.importers.reading import NoProgress
from analytics.reprocess import Reprocessed, reprocess
from analytics.settlement import Settlement
from analytics.settling import settlement_of
from ocpp_core.csms.answers import AnswerPolicy, decide
from ocpp_core.domain.commands import Command, Unsupported
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.site import Site
from ocpp_core.protocol.envelope import Call, CallResult, encode_call, encode_result, parse
from ocpp_core.protocol.secrets import (
    command_without_secrets,
    event_without_secrets,
    frame_without_secrets,
    result_without_secrets,
)
from ocpp_core.protocol.translator import Decoded, UnreadableAnswer
from ocpp_core.protocol.versions import translator_for
from tests.analytics.builders import SITE_TARIFF, TARIFF
from tests.analytics.desk import CP, Desk

V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"


class WireDesk(Desk):
    """A desk that takes frames, and sends orders as frames."""

    async def take(
        self,
        action: str,
        payload: dict[str, Any],
        at: datetime,
        *,
        version: str = V16,
        charge_point_id: ChargePointId = CP,
        message_id: str | None = None,
    ) -> dict[str, Any]:
        """Take one CALL, and return the payload of what is answered."""
        name = message_id or self._name()
        text = json.dumps([2, name, action, payload])
        translator = translator_for(version)
        call = parse(text)
        assert isinstance(call, Call)
        decoded = translator.decode(call, at)
        assert isinstance(decoded, Decoded), decoded
        decision = decide(
            self.live,
            self.tokens,
            decoded.event,
            charge_point_id=charge_point_id,
            now=at,
            policy=AnswerPolicy(
                accepted=frozenset({point.charge_point_id for point in self.site.charge_points}),
                heartbeat_interval_s=60,
                pending_interval_s=60,
            ),
        )
        answer = translator.encode_reply(decoded.action, decision.reply)
        await self._keep(
            StoredMessage(
                at=at,
                charge_point_id=charge_point_id,
                direction=Direction.FROM_CHARGER,
                message_id=MessageId(name),
                action=decoded.action,
                ocpp_version=version,
                frame=frame_without_secrets(text),
                answer=encode_result(MessageId(name), answer),
                outcome=Outcome.ANSWERED,
                event=event_without_secrets(decision.event),
                reply=decision.reply,
                session_id=decision.session_id,
                findings=decoded.findings + decision.findings,
            )
        )
        answered: dict[str, Any] = json.loads(answer)
        return answered

    async def order(
        self,
        command: Command,
        answer: dict[str, Any],
        at: datetime,
        *,
        version: str = V16,
        charge_point_id: ChargePointId = CP,
    ) -> None:
        """Send an order and take its answer: two records, as the server makes them."""
        name = MessageId(self._name())
        translator = translator_for(version)
        encoded = translator.encode_command(command, self.live)
        assert not isinstance(encoded, Unsupported), encoded
        text = json.dumps([3, name, answer])
        read = parse(text)
        assert isinstance(read, CallResult)
        result = translator.decode_answer(command, read.payload, at)
        assert not isinstance(result, UnreadableAnswer), result
        for outcome, ended in ((Outcome.SENT, None), (Outcome.ANSWERED, result)):
            await self._keep(
                StoredMessage(
                    at=at,
                    charge_point_id=charge_point_id,
                    direction=Direction.TO_CHARGER,
                    message_id=name,
                    action=encoded.action,
                    ocpp_version=version,
                    frame=frame_without_secrets(encode_call(name, encoded.action, encoded.payload)),
                    answer=None if ended is None else frame_without_secrets(text),
                    outcome=outcome,
                    command=command_without_secrets(command),
                    result=None if ended is None else result_without_secrets(ended),
                )
            )

    async def reprocessed(self, *, apply: bool = False) -> Reprocessed:
        """Close the store and make its tables anew."""
        await self.settled()
        await self.store.close()
        return reprocessed(self.path, self.site, apply=apply)


def reprocessed(path: Path, site: Site, *, apply: bool = False) -> Reprocessed:
    """Make the tables of a closed store anew."""

    def settlement(database: Database) -> Settlement:
        return settlement_of(database, TARIFF, (), SITE_TARIFF, zone=site.timezone)

    return reprocess(
        path,
        site=site,
        settlement_of=settlement,
        now=lambda: datetime(2026, 3, 3, tzinfo=UTC),
        progress=NoProgress(),
        apply=apply,
    )


def differences(found: Reprocessed) -> list[str]:
    """Return what differs, in words; nothing when messages make the very same tables."""
    told: Iterable[str] = (
        f"{table.table}: {table.before.rows} rows, now {table.after.rows}: {words}"
        for table in found.tables
        if not table.same
        for words in table.differences or ("",)
    )
    return [*told, *found.rebuilt.unread]


# Frames -----------------------------------------------------------------------------------------


def stamp(at: datetime) -> str:
    """Write a time as chargers do."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def start(at: datetime, meter_wh: int = 1000, connector: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "connectorId": connector,
        "idTag": "TOKEN-1",
        "meterStart": meter_wh,
        "timestamp": stamp(at),
        **fields,
    }


def metered(
    at: datetime, register_wh: float, transaction_id: int | None, connector: int = 1
) -> dict[str, Any]:
    return {
        "connectorId": connector,
        **({} if transaction_id is None else {"transactionId": transaction_id}),
        "meterValue": [
            {"timestamp": stamp(at), "sampledValue": [{"value": str(register_wh)}]},
        ],
    }


def stop(at: datetime, transaction_id: int, meter_wh: int, **fields: Any) -> dict[str, Any]:
    return {
        "transactionId": transaction_id,
        "meterStop": meter_wh,
        "timestamp": stamp(at),
        **fields,
    }


def status(at: datetime, word: str, connector: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "connectorId": connector,
        "errorCode": "NoError",
        "status": word,
        "timestamp": stamp(at),
        **fields,
    }


def event(
    kind: str, at: datetime, sequence: int, name: str = "tx", *, register_wh: float | None = None,
    context: str = "Sample.Periodic", **fields: Any,
) -> dict[str, Any]:  # fmt: skip
    """Write a TransactionEvent."""
    info = {"transactionId": name, **fields.pop("info", {})}
    sample = {"value": register_wh, "measurand": "Energy.Active.Import.Register"}
    metering = {
        "meterValue": [{"timestamp": stamp(at), "sampledValue": [{**sample, "context": context}]}]
    }
    return {
        "eventType": kind,
        "timestamp": stamp(at),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": sequence,
        "transactionInfo": info,
        **({} if register_wh is None else metering),
        **fields,
    }
