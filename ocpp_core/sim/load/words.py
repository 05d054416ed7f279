"""What a light charger says, in OCPP 1.6 and in 2.x: payloads from templates.

A reading has eight values: register, power, three currents, three voltages; 1.2 kB on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

DRIVER = "LOAD"
"""What every station presents."""
PHASES = ("L1", "L2", "L3")
START_WH = 1_000_000
_VOLTAGE_V = 230.0
_STEP_WH = 184
"""What a minute at 11 kW adds to the register."""


class Call(NamedTuple):
    """A message to the server, without its id."""

    action: str
    payload: bytes


class Words(Protocol):
    """One charger with one connector, in one version's words."""

    is_charging: bool
    """A transaction runs."""

    def boot(self) -> Call:
        """Introduce the charger."""
        ...

    def status(self, *, busy: bool) -> Call:
        """Tell the connector's state."""
        ...

    def start(self) -> Call:
        """Begin a transaction."""
        ...

    def started(self, answer: bytes) -> None:
        """Take the answer to a start, a whole CALLRESULT; empty when it was refused."""
        ...

    def reading(self) -> Call:
        """Tell eight values of the running transaction."""
        ...

    def stop(self) -> Call:
        """End the transaction."""
        ...


@dataclass
class Meter:
    """A register and what is behind it; a car that takes less and less."""

    register_wh: int = START_WH
    readings: int = 0

    def read(self) -> tuple[float, float, float]:
        """Go on by a step; return register, Wh, current of each phase, A, and voltage, V."""
        self.readings += 1
        self.register_wh += _STEP_WH
        current_a = 16.0 - self.readings % 40 / 4
        return self.register_wh, current_a, _VOLTAGE_V + self.readings % 7 / 10 - 0.3


type Timestamp = Callable[[], str]
"""Gives the time, RFC 3339; later each time, since a charger never measures twice at once."""


class Words16:
    """OCPP 1.6."""

    def __init__(self, name: str, timestamp: Timestamp) -> None:
        self._name = name
        self._timestamp = timestamp
        self._meter = Meter()
        self._transaction_id = 0
        self.is_charging = False

    def boot(self) -> Call:
        """Introduce the charger."""
        return Call(
            "BootNotification",
            _json(
                chargePointVendor="Ampherd",
                chargePointModel="Load",
                chargePointSerialNumber=self._name[:25],
                firmwareVersion="1",
            ),
        )

    def status(self, *, busy: bool) -> Call:
        """Tell the connector's state."""
        return Call(
            "StatusNotification",
            _json(
                connectorId=1,
                errorCode="NoError",
                status="Charging" if busy else "Available",
                timestamp=self._timestamp(),
            ),
        )

    def start(self) -> Call:
        """Begin a transaction."""
        return Call(
            "StartTransaction",
            _json(
                connectorId=1,
                idTag=DRIVER,
                meterStart=self._meter.register_wh,
                timestamp=self._timestamp(),
            ),
        )

    def started(self, answer: bytes) -> None:
        """Remember the transaction's number."""
        self.is_charging = bool(answer)
        self._transaction_id = json.loads(answer)[2]["transactionId"] if answer else 0

    def reading(self) -> Call:
        """Tell eight values."""
        register_wh, current_a, voltage_v = self._meter.read()
        return Call(
            "MeterValues",
            _READING_16
            % (
                self._transaction_id, self._timestamp().encode(), register_wh,
                3 * current_a * voltage_v, *(current_a,) * 3, *(voltage_v,) * 3,
            ),
        )  # fmt: skip

    def stop(self) -> Call:
        """End the transaction."""
        self.is_charging = False
        return Call(
            "StopTransaction",
            _json(
                transactionId=self._transaction_id,
                idTag=DRIVER,
                meterStop=self._meter.register_wh,
                timestamp=self._timestamp(),
                reason="EVDisconnected",
            ),
        )


class Words2x:
    """OCPP 2.0.1 and 2.1, which agree in all of it."""

    def __init__(self, name: str, timestamp: Timestamp) -> None:
        self._name = name
        self._timestamp = timestamp
        self._meter = Meter()
        self._transactions = 0
        self._transaction_id = ""
        self._sequence = 0
        self.is_charging = False

    def boot(self) -> Call:
        """Introduce the charger."""
        station = {"vendorName": "Ampherd", "model": "Load", "serialNumber": self._name[:25]}
        return Call("BootNotification", _json(reason="PowerUp", chargingStation=station))

    def status(self, *, busy: bool) -> Call:
        """Tell the connector's state."""
        return Call(
            "StatusNotification",
            _json(
                timestamp=self._timestamp(),
                connectorStatus="Occupied" if busy else "Available",
                evseId=1,
                connectorId=1,
            ),
        )

    def start(self) -> Call:
        """Begin a transaction."""
        at = self._timestamp()
        self._transactions += 1
        self._transaction_id = f"{self._name}-{self._transactions}-{at}"[:36]
        self._sequence = 0
        return self._event(
            "Started",
            "CablePluggedIn",
            at,
            evse={"id": 1, "connectorId": 1},
            idToken={"idToken": DRIVER, "type": "ISO14443"},
        )

    def started(self, answer: bytes) -> None:
        """Go on: the transaction's id is our own."""
        self.is_charging = bool(answer)

    def reading(self) -> Call:
        """Tell eight values."""
        self._sequence += 1
        register_wh, current_a, voltage_v = self._meter.read()
        at = self._timestamp().encode()
        return Call(
            "TransactionEvent",
            _READING_2X
            % (
                at, self._sequence, self._transaction_id.encode(), at, register_wh,
                3 * current_a * voltage_v, *(current_a,) * 3, *(voltage_v,) * 3,
            ),
        )  # fmt: skip

    def stop(self) -> Call:
        """End the transaction."""
        self.is_charging = False
        self._sequence += 1
        return self._event("Ended", "EVDeparted", self._timestamp(), stoppedReason="EVDisconnected")

    def _event(self, kind: str, trigger: str, at: str, **fields: object) -> Call:
        info: dict[str, object] = {"transactionId": self._transaction_id}
        reason = fields.pop("stoppedReason", None)
        if reason is not None:
            info["stoppedReason"] = reason
        register = {
            "value": self._meter.register_wh,
            "context": "Transaction.Begin" if kind == "Started" else "Transaction.End",
            "measurand": "Energy.Active.Import.Register",
            "unitOfMeasure": {"unit": "Wh"},
        }
        return Call(
            "TransactionEvent",
            _json(
                eventType=kind,
                timestamp=at,
                triggerReason=trigger,
                seqNo=self._sequence,
                transactionInfo=info,
                meterValue=[{"timestamp": at, "sampledValue": [register]}],
                **fields,
            ),
        )


WORDS: dict[str, type[Words16 | Words2x]] = {"1.6": Words16, "2.0.1": Words2x, "2.1": Words2x}


def _json(**fields: object) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def _sampled_16(measurand: str, unit: str, value: str, phase: str = "") -> str:
    words = f'"phase":"{phase}",' if phase else ""
    return (
        f'{{"value":"{value}","context":"Sample.Periodic","format":"Raw",'
        f'"measurand":"{measurand}",{words}"location":"Outlet","unit":"{unit}"}}'
    )


def _sampled_2x(measurand: str, unit: str, value: str, phase: str = "") -> str:
    words = f'"phase":"{phase}",' if phase else ""
    return (
        f'{{"value":{value},"context":"Sample.Periodic","measurand":"{measurand}",{words}'
        f'"location":"Outlet","unitOfMeasure":{{"unit":"{unit}"}}}}'
    )


def _eight(sampled: Callable[..., str]) -> str:
    values = [
        sampled("Energy.Active.Import.Register", "Wh", "%d"),
        sampled("Power.Active.Import", "W", "%.1f"),
        *(sampled("Current.Import", "A", "%.2f", phase) for phase in PHASES),
        *(sampled("Voltage", "V", "%.1f", f"{phase}-N") for phase in PHASES),
    ]
    return ",".join(values)


_READING_16 = (
    '{"connectorId":1,"transactionId":%d,"meterValue":[{"timestamp":"%s","sampledValue":['
    + _eight(_sampled_16)
    + "]}]}"
).encode()
_READING_2X = (
    '{"eventType":"Updated","timestamp":"%s","triggerReason":"MeterValuePeriodic","seqNo":%d,'
    '"transactionInfo":{"transactionId":"%s","chargingState":"Charging"},'
    '"meterValue":[{"timestamp":"%s","sampledValue":[' + _eight(_sampled_2x) + "]}]}"
).encode()
