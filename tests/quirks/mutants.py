"""Frames of every message of a version, and what can become of them: the same for a seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.schemas import Schema
from ocpp_core.protocol.v16.translator import TRANSLATOR as V16
from ocpp_core.protocol.v21.translator import TRANSLATOR as V21
from ocpp_core.protocol.v201.translator import TRANSLATOR as V201

DIALECTS: dict[str, Dialect] = {d.subprotocol: d for d in (V16, V201, V21)}
_TIMES = ("2026-03-01T10:00:00Z", "2026-03-01T11:00:00.5+01:00", "2026-03-01T10:00:00")
_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**9, 2**31, 2**53 + 1, -(2**63), 10**40, 1.5, -0.0, 1e308, "", "x",
    "NaN", "\u0000", "\ud800", "ä" * 300, [], [[]], {}, {"": 1}, [None], {"value": {}},
)  # fmt: skip
_RAW = (
    b"1e999", b"-1e999", b"NaN", b"Infinity", b"9" * 400, b"\\ud800", b"\\u0000", b"\xff",
    b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"//", b"'", b"{", b"}", b"[", b"]", b",",
    b":", b'"', b"\x00",
)  # fmt: skip


def made(schema: Schema, rng: Random) -> Any:
    """Return a payload that a schema allows."""
    match schema.get("type"):
        case "object":
            required = set(schema.get("required", ()))
            return {
                name: {"vendorId": "v"} if name == "customData" else made(sub, rng)
                for name, sub in schema.get("properties", {}).items()
                if name in required or rng.random() < 0.4
            }
        case "array":
            low = max(1, int(schema.get("minItems", 1)))
            return [made(schema.get("items", {}), rng) for _ in range(low + (rng.random() < 0.3))]
        case "integer":
            return rng.randint(max(0, int(schema.get("minimum", 0))), min(100, _most(schema)))
        case "number":
            return round(rng.uniform(0, 100), 1)
        case "boolean":
            return rng.random() < 0.5
        case "string":
            if "enum" in schema:
                return rng.choice(schema["enum"])
            if schema.get("format") == "date-time":
                return rng.choice(_TIMES)
            return str(rng.randint(0, 10**6))[: int(schema.get("maxLength", 12))]
        case _:
            return rng.choice(("1", 1, None, {"a": 1}))


def _odd(rng: Random) -> Any:
    return deepcopy(rng.choice(_ODD))


def _most(schema: Schema) -> int:
    return int(schema.get("maximum", 100))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every part inside of a value, as what holds it and where."""
    parts: Any = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    for key, inner in parts:
        yield value, key
        yield from _places(inner)


# Mutations: of the parsed frame -----------------------------------------------------------------


def swapped(frame: list[Any], rng: Random) -> None:
    """Put something of another kind in place of a part."""
    holder, key = rng.choice(list(_places(frame)))
    holder[key] = _odd(rng)


def removed(frame: list[Any], rng: Random) -> None:
    """Leave a part out."""
    holder, key = rng.choice(list(_places(frame)))
    del holder[key]


def added(frame: list[Any], rng: Random) -> None:
    """Add a part that nobody asked for."""
    holder, key = rng.choice(list(_places(frame)))
    if isinstance(holder, list):
        holder.insert(key, _odd(rng))
    else:
        holder[rng.choice(("odd", "Timestamp", "customData", key.upper()))] = _odd(rng)


def renamed(frame: list[Any], rng: Random) -> None:
    """Write a name in another way."""
    holders = [(h, k) for h, k in _places(frame) if isinstance(h, dict)]
    if holders:
        holder, key = rng.choice(holders)
        holder[rng.choice((key.lower(), key.upper(), f" {key}"))] = holder.pop(key)


def nested(frame: list[Any], rng: Random) -> None:
    """Wrap a part, in a list or very deeply."""
    holder, key = rng.choice(list(_places(frame)))
    holder[key] = [holder[key]]
    if rng.random() < 0.1:
        for _ in range(rng.choice((40, 300))):
            holder[key] = [holder[key]]


def enveloped(frame: list[Any], rng: Random) -> None:
    """Spoil what is around the payload."""
    word = rng.choice((2, 3, 4, 5, 6, 7, 99, "Heartbeat", "heartbeat"))
    frame[rng.randrange(3)] = word if rng.random() < 0.5 else _odd(rng)


# Mutations: of the bytes ------------------------------------------------------------------------


def flipped(text: bytearray, rng: Random) -> None:
    """Flip some bits."""
    for _ in range(rng.randint(1, 3)):
        text[rng.randrange(len(text))] ^= 1 << rng.randrange(8)


def truncated(text: bytearray, rng: Random) -> None:
    """Lose the end."""
    del text[rng.randrange(1, len(text)) :]


def doubled(text: bytearray, rng: Random) -> None:
    """Write some of it twice: with luck a whole key."""
    at, length = rng.randrange(len(text)), rng.randint(1, 40)
    text[at:at] = text[at : at + length]


def keyed_twice(text: bytearray, rng: Random) -> None:
    """Give an object a key that it has already."""
    start = text.find(b"{")
    end = text.find(b",", start)
    if 0 <= start < end:
        text[start + 1 : start + 1] = text[start + 1 : end + 1]
    elif start >= 0:
        text[start + 1 : start + 1] = rng.choice((b'"a":1,"a":2', b'"a":1,"a":2,'))


def infixed(text: bytearray, rng: Random) -> None:
    """Put in bytes that have no place there."""
    at = rng.randrange(len(text))
    text[at : at + rng.randint(0, 3)] = rng.choice(_RAW)


def deepened(text: bytearray, rng: Random) -> None:
    """Begin more lists than anybody ends."""
    at = rng.randrange(len(text))
    text[at:at] = rng.choice((b"[", b'{"a":')) * rng.choice((3, 100, 5000))


OF_PARTS: tuple[Callable[[list[Any], Random], None], ...] = (
    swapped, swapped, removed, added, renamed, nested, enveloped,
)  # fmt: skip
OF_BYTES: tuple[Callable[[bytearray, Random], None], ...] = (
    flipped, truncated, doubled, keyed_twice, infixed, deepened,
)  # fmt: skip


def originals(dialect: Dialect, rng: Random, each: int = 6) -> list[str]:
    """Return frames as specified: of every message that chargers may send, several."""
    return [
        json.dumps([2, f"m{number}", action, made(dialect.schemas.request(action), rng)])
        for action in sorted(dialect.actions)
        for number in range(each)
    ]


def mutants(dialect: Dialect, count: int, seed: int) -> Iterator[bytes]:
    """Yield spoilt frames, each with a message id of its own where that is left."""
    rng = Random(seed)
    frames = originals(dialect, rng)
    for number in range(count):
        text = rng.choice(frames)
        encoded: bytearray
        if rng.random() < 0.5:
            frame = json.loads(text)
            frame[1] = f"{seed}-{number}"
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                if list(_places(frame)):
                    mutation = rng.choice(OF_PARTS)
                    if mutation is not enveloped or len(frame) >= 3:
                        mutation(frame, rng)
            encoded = bytearray(json.dumps(frame), "utf-8")
        else:
            encoded = bytearray(text.replace('"m', f'"{seed}-{number}-', 1), "utf-8")
            for _ in range(rng.choice((1, 1, 2))):
                if len(encoded) > 1:
                    rng.choice(OF_BYTES)(encoded, rng)
        yield bytes(encoded)


# Faults that no transaction may be lost over -----------------------------------------------------

TRANSACTION_MESSAGES = {
    "ocpp1.6": ("StartTransaction", "StopTransaction", "MeterValues"),
    "ocpp2.0.1": ("TransactionEvent", "MeterValues"),
    "ocpp2.1": ("TransactionEvent", "MeterValues"),
}


def cosmetic(dialect: Dialect, action: str, count: int, seed: int) -> Iterator[str]:
    """Yield frames with all that is required, some of it oddly written, and a spoilt rest."""
    rng = Random(seed)
    schema = dialect.schemas.request(action)
    required = set(schema["required"])
    others = [name for name in schema["properties"] if name not in required]
    for number in range(count):
        payload = made(schema, rng)
        for name in required:
            payload[name] = _oddly_written(payload[name], rng)
        spoilt = rng.choice((*others, "odd"))
        part = [payload.get(spoilt)]
        if spoilt in payload and rng.random() < 0.7:
            for _ in range(rng.choice((1, 2, 3))):
                if part:
                    rng.choice((swapped, removed, added, renamed, nested))(part, rng)
        else:
            part = [_odd(rng)]
        if part:
            payload[spoilt] = part[0]
        yield json.dumps([2, f"{seed}-{number}", action, payload])


def _oddly_written(value: Any, rng: Random) -> Any:
    """Return a value as somebody may write it who has not read the specification."""
    if rng.random() < 0.6:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return rng.choice((str(value), float(value), f"{value}.0"))
    if isinstance(value, str) and value in _TIMES:
        return rng.choice(("2026-03-01 10:00:00", "0001-01-01T00:00:00Z", "n/a", "", 1772359200))
    return value
