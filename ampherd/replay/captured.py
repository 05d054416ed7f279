"""Captured frames, from every shape of line that people have them in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ocpp_core.domain.ids import ChargePointId
from ocpp_core.domain.messages import Direction
from ocpp_core.protocol.versions import SUBPROTOCOLS

NOBODY = ChargePointId("REPLAY")
"""Identity of a charger whose line names none."""

_DIRECTIONS = {
    "from-charger": Direction.FROM_CHARGER,
    "to-charger": Direction.TO_CHARGER,
    "cp->cs": Direction.FROM_CHARGER,
    "cs->cp": Direction.TO_CHARGER,
}
_CALL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One frame as it was on the wire."""

    line: int
    """Number of its line, from 1."""
    at: datetime | None
    charge_point_id: ChargePointId
    direction: Direction
    subprotocol: str
    frame: str
    answer: str | None = None
    """What answered it then; None: nothing did, or nobody wrote it down."""
    note: str = ""
    """What the line says of itself, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A line that holds no frame."""

    line: int
    reason: str


def captured(lines: Iterable[str], *, subprotocol: str) -> Iterator[Captured | Skipped]:
    """Read lines: an export's objects, objects with `frame`, a journal's, or plain frames.

    `subprotocol` is that of lines that name none. A line that is no JSON is a frame that is none.
    """
    for number, text in enumerate(lines, 1):
        stripped = text.strip()
        if not stripped:
            continue
        try:
            value = json.loads(stripped)
        except ValueError:
            value = None
        if isinstance(value, dict):
            yield from _of_object(number, value, subprotocol)
        else:
            yield Captured(
                line=number,
                at=None,
                charge_point_id=NOBODY,
                direction=Direction.FROM_CHARGER,
                subprotocol=subprotocol,
                frame=stripped,
            )


def _of_object(number: int, value: dict[str, Any], default: str) -> Iterator[Captured | Skipped]:
    version = str(value.get("ocpp_version") or value.get("version") or default)
    subprotocol = version if version.startswith("ocpp") else f"ocpp{version}"
    direction = _DIRECTIONS.get(str(value.get("direction", Direction.FROM_CHARGER)))
    if subprotocol not in SUBPROTOCOLS:
        yield Skipped(line=number, reason=f"OCPP version {version!r} is not spoken")
        return
    if direction is None:
        yield Skipped(line=number, reason=f"{value['direction']}: no frame of a conversation")
        return
    frames = _frames(value)
    if not frames:
        yield Skipped(line=number, reason="there is no frame in it")
    identity = value.get("charge_point") or value.get("charge_point_id") or NOBODY
    for frame in frames:
        yield Captured(
            line=number,
            at=_instant(value.get("at")),
            charge_point_id=ChargePointId(str(identity)),
            direction=direction,
            subprotocol=subprotocol,
            frame=frame if isinstance(frame, str) else json.dumps(frame, ensure_ascii=False),
            answer=_text(value.get("answer"), value.get("message_id")),
            note=str(value.get("quirk", "")),
        )


def _frames(value: dict[str, Any]) -> list[Any]:
    """Return the frames of a line: one, several in a list, or that of a journal's parts."""
    frame = value.get("frame")
    if isinstance(frame, str):
        return [frame]
    if isinstance(frame, list) and frame:
        several = all(isinstance(part, list) for part in frame)
        return frame if several else [frame]
    if frame is None and {"message_id", "action", "payload"} <= value.keys():
        return [[_CALL, value["message_id"], value["action"], value["payload"]]]
    return []


def _text(answer: object, message_id: object) -> str | None:
    match answer:
        case None | "":
            return None
        case str():
            return answer
        case dict():
            # A journal keeps the payload of the CALLRESULT alone.
            return json.dumps([3, message_id, answer], ensure_ascii=False)
        case _:
            return json.dumps(answer, ensure_ascii=False)


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
