"""Frames that nobody would write: whatever comes is answered as the rules say, and costs nothing.

The same frames in every run; `MUTANTS` of them at the translators, some of them over a socket.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from ocpp_core.domain.messages import Outcome
from ocpp_core.protocol import envelope
from ocpp_core.protocol.dialect import Dialect
from ocpp_core.protocol.faults import Fault, Refusal
from ocpp_core.protocol.secrets import frame_without_secrets
from ocpp_core.protocol.translator import Decoded
from tests.ocpp_core.csms.conftest import new_rig
from tests.ocpp_core.csms.rig import Rig
from tests.quirks.mutants import DIALECTS, TRANSACTION_MESSAGES, cosmetic, mutants
from tests.quirks.yard import Depot, serving

NOW = datetime(2026, 3, 1, 10, 5, tzinfo=UTC)
MUTANTS = 100_002
"""A third of them in each version."""
OVER_A_SOCKET = 1_500
INTO_A_STORE = 300
COSMETIC = 2_000
"""Of each message about transactions in each version."""
BATCH = 50


def wanted(dialect: Dialect, frame: bytes) -> tuple[str, str] | None:
    """Return kind and id of the answer that a frame gets by the rules, or None for no answer.

    A CALL gets one under its id (1.6-J section 4.2); a frame that is none as each version says.
    """
    message = envelope.parse(frame)
    if isinstance(message, envelope.Call):
        return "CALL", message.message_id
    if isinstance(message, envelope.Malformed):
        error = dialect.frame_error(message)
    elif isinstance(message, envelope.Send | envelope.CallResultError):
        kind = 6 if isinstance(message, envelope.Send) else 5
        if kind in dialect.message_types:
            return None
        error = dialect.frame_error(
            envelope.Malformed(
                fault=Fault.MESSAGE_TYPE,
                description="",
                message_id=message.message_id,
                message_type=kind,
            )
        )
    else:
        return None
    return None if error is None else ("MALFORMED", error.message_id)


@pytest.mark.parametrize("version", DIALECTS)
def test_a_hundred_thousand_mutated_frames_raise_nothing(version: str) -> None:
    """OCPP.md row 55, row 56 and row 57: each is read, or refused with a reason."""
    dialect = DIALECTS[version]
    read = refused = unreadable = 0
    for frame in mutants(dialect, MUTANTS // 3, seed=1):
        message = envelope.parse(frame)
        if isinstance(message, envelope.Call):
            decoded = dialect.decode(message, NOW)
            assert isinstance(decoded, Decoded | Refusal)
            if isinstance(decoded, Decoded):
                read += 1
            else:
                refused += 1
                assert decoded.description
                assert dialect.error_code(decoded.fault)
        else:
            unreadable += 1
            if isinstance(message, envelope.Malformed):
                assert message.description
                dialect.frame_error(message)

    # Enough of each to have tried something.
    assert min(read, refused, unreadable) > MUTANTS // 30, (read, refused, unreadable)


@pytest.mark.parametrize(
    ("version", "action"),
    [(version, action) for version, actions in TRANSACTION_MESSAGES.items() for action in actions],
)
def test_no_transaction_message_is_lost_over_what_can_be_done_without(
    version: str, action: str
) -> None:
    """OCPP.md row 57: what is required is there, whatever the rest looks like."""
    dialect = DIALECTS[version]
    for frame in cosmetic(dialect, action, COSMETIC, seed=4):
        call = envelope.parse(frame.encode("utf-8", "surrogatepass"))
        if isinstance(call, envelope.Call):  # some of what is put in makes the frame unreadable
            assert isinstance(dialect.decode(call, NOW), Decoded), frame[:2000]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with new_rig(queue_messages=BATCH * 2) as rig:
        yield rig


async def hear(rig: Rig, name: str, dialect: Dialect, frames: list[bytes]) -> None:
    """Send frames in batches; every answer that the rules ask for comes, in order, and no other."""
    charger = await rig.charger(name, subprotocols=(dialect.subprotocol,))
    for start in range(0, len(frames), BATCH):
        batch = frames[start : start + BATCH]
        for frame in batch:
            await charger.send(frame)
        await charger.send([2, f"end of {start}", "Heartbeat", {}])
        expected = [answer for frame in batch if (answer := wanted(dialect, frame)) is not None]
        for kind, message_id in expected:
            answer = await charger.receive()
            assert message_id == answer[1], (kind, answer)
            assert answer[0] in ({3, 4} if kind == "CALL" else {4})
        assert [3, f"end of {start}"] == (await charger.receive())[:2]
    assert {name} <= rig.system.online()


@pytest.mark.parametrize("version", DIALECTS)
async def test_mutated_frames_over_a_socket_cost_neither_link_nor_answer(
    rig: Rig, version: str
) -> None:
    """OCPP.md row 55 and row 56: also kept raw, and nothing goes wrong inside."""
    dialect = DIALECTS[version]
    frames = list(mutants(dialect, OVER_A_SOCKET, seed=2))
    with capture_logs():
        await hear(rig, "CP1", dialect, frames)

    assert 0 == rig.count("internal_errors")
    assert 1 == rig.count("connections_accepted")
    kept = {message.frame for message in rig.ledger.messages}
    lost = [
        text
        for frame in frames
        if wanted(dialect, frame) is not None
        for text in [frame.decode("utf-8", "replace")]
        if not {text, frame_without_secrets(text)} & kept
    ]
    assert [] == lost
    assert all(m.findings for m in rig.ledger.messages if m.outcome is Outcome.REFUSED)


@pytest.mark.parametrize("version", DIALECTS)
async def test_mutated_frames_are_stored_whatever_is_in_them(depot: Depot, version: str) -> None:
    """No text and no number of a charger keeps a message out of the tables."""
    dialect = DIALECTS[version]
    frames = list(mutants(dialect, INTO_A_STORE, seed=3))
    with capture_logs():
        async with serving(depot, queue_messages=BATCH * 2) as yard:
            await hear(yard.rig, yard.name, dialect, frames)

    assert 0 == yard.rig.count("internal_errors")
    assert 0 == yard.rig.count("store_failures")
    assert 0 == depot.store.counters["messages_unread"]
    answered = [frame for frame in frames if wanted(dialect, frame) is not None]
    (stored,) = yard.rows(
        "SELECT count(DISTINCT (message_id, frame)) FROM ocpp_message WHERE {mine}"
    )
    assert len(set(answered)) <= stored[0]
