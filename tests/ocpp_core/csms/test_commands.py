"""What we tell chargers: one at a time, with a deadline, recorded, and never in anyone's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    ClearProfile,
    Command,
    CommandResult,
    GetComposite,
    GetConfiguration,
    Offline,
    Rejected,
    RemoteStart,
    RemoteStop,
    Reset,
    SetProfile,
    TimedOut,
    TriggerMessage,
    Unsupported,
)
from ocpp_core.domain.errors import StoreFullError
from ocpp_core.domain.ids import ChargePointId, ConnectorId, IdToken, TransactionId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from tests.ocpp_core.csms.rig import START, Charger, MakeRig, Rig, eventually, start_payload

CP1 = ChargePointId("CP1")
ONE = ConnectorId(1)
PROFILE = ChargingProfile(
    profile_id=7,
    purpose=ProfilePurpose.TX,
    kind=ProfileKind.ABSOLUTE,
    stack_level=1,
    periods=(SchedulePeriod(start_s=0, limit=8.1), SchedulePeriod(start_s=900, limit=16.0)),
    start=START,
    duration_s=1800,
    transaction_id=TransactionId(3),
)


def sending(rig: Rig, command: Command, **options: Any) -> asyncio.Task[CommandResult]:
    return asyncio.create_task(rig.system.send(CP1, command, **options))


async def answer(charger: Charger, payload: object) -> Any:
    """Answer the next CALL with `payload`; return the CALL."""
    call = await charger.receive()
    assert 2 == call[0]
    await charger.send([3, call[1], payload])
    return call


async def exchange(rig: Rig, command: Command, payload: object) -> tuple[Any, CommandResult]:
    """Send `command` to a new charger that answers `payload`; return action+payload, result."""
    charger = await rig.charger()
    task = sending(rig, command)
    call = await answer(charger, payload)
    return call[2:], await task


async def test_a_profile_is_sent_as_ocpp_spells_it(rig: Rig) -> None:
    call, result = await exchange(
        rig, SetProfile(connector_id=ONE, profile=PROFILE), {"status": "Accepted"}
    )

    assert [
        "SetChargingProfile",
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 7,
                "transactionId": 3,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": {
                    "duration": 1800,
                    "startSchedule": "2026-03-01T10:00:00.000Z",
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 8.1},
                        {"startPeriod": 900, "limit": 16.0},
                    ],
                },
            },
        },
    ] == call
    assert Accepted() == result


@pytest.mark.parametrize(
    ("command", "call", "answered", "result"),
    [
        (
            ClearProfile(connector_id=ONE, purpose=ProfilePurpose.TX_DEFAULT, stack_level=0),
            [
                "ClearChargingProfile",
                {"connectorId": 1, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 0},
            ],
            {"status": "Unknown"},
            Rejected(status="Unknown"),
        ),
        (
            RemoteStart(id_token=IdToken("GOOD"), connector_id=ONE),
            ["RemoteStartTransaction", {"idTag": "GOOD", "connectorId": 1}],
            {"status": "Rejected"},
            Rejected(status="Rejected"),
        ),
        (
            RemoteStop(transaction_id=TransactionId(4)),
            ["RemoteStopTransaction", {"transactionId": 4}],
            {"status": "accepted"},
            Accepted(),
        ),
        (
            ChangeConfiguration(key="MeterValueSampleInterval", value="30"),
            ["ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "30"}],
            {"status": "RebootRequired"},
            Accepted(status="RebootRequired"),
        ),
        (
            TriggerMessage(message="StatusNotification", connector_id=ONE),
            ["TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}],
            {"status": "NotImplemented"},
            Unsupported(reason="NotImplemented"),
        ),
        (Reset(), ["Reset", {"type": "Soft"}], {"status": "Accepted"}, Accepted()),
        (GetConfiguration(), ["GetConfiguration", {}], {}, Accepted()),
        (
            GetComposite(connector_id=ONE, duration_s=600, rate_unit=RateUnit.A),
            [
                "GetCompositeSchedule",
                {"connectorId": 1, "duration": 600, "chargingRateUnit": "A"},
            ],
            {"status": "Rejected"},
            Rejected(status="Rejected"),
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, list | dict) else "",
)
async def test_each_command_is_sent_and_its_answer_understood(
    rig: Rig, command: Command, call: object, answered: object, result: CommandResult
) -> None:
    assert (call, result) == await exchange(rig, command, answered)


async def test_configuration_keys_come_back(rig: Rig) -> None:
    _, result = await exchange(
        rig,
        GetConfiguration(keys=("a", "b")),
        {
            "configurationKey": [{"key": "a", "readonly": False, "value": "x" * 600}],
            "unknownKey": ["b"],
        },
    )

    assert isinstance(result, Accepted)
    assert [("a", "x" * 600, False)] == [(e.key, e.value, e.readonly) for e in result.configuration]
    assert ("b",) == result.unknown_keys


async def test_a_composite_schedule_without_period_says_nothing(rig: Rig) -> None:
    _, result = await exchange(
        rig,
        GetComposite(connector_id=ONE, duration_s=300),
        {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": "2026-03-01T10:00:00Z",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []},
        },
    )

    assert Accepted(composite=None) == result


async def test_a_composite_schedule_is_read(rig: Rig) -> None:
    _, result = await exchange(
        rig,
        GetComposite(connector_id=ONE, duration_s=300),
        {
            "status": "Accepted",
            "scheduleStart": "2026-03-01T10:00:00Z",
            "chargingSchedule": {
                "chargingRateUnit": "W",
                "duration": 300,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000, "numberPhases": 3}],
            },
        },
    )

    assert isinstance(result, Accepted)
    assert result.composite is not None
    assert (START, 300, RateUnit.W) == (
        result.composite.start,
        result.composite.duration_s,
        result.composite.rate_unit,
    )
    assert (SchedulePeriod(start_s=0, limit=11000.0, phase_count=3),) == result.composite.periods


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("NotSupported", Unsupported(reason="NotSupported: why")),
        ("NotImplemented", Unsupported(reason="NotImplemented: why")),
        ("FormationViolation", Rejected(status="FormationViolation", reason="why")),
        ("FormatViolation", Rejected(status="FormatViolation", reason="why")),
    ],
)
async def test_a_call_error_is_a_result_with_the_chargers_words(
    rig: Rig, code: str, result: CommandResult
) -> None:
    charger = await rig.charger()
    task = sending(rig, Reset())
    call = await charger.receive()
    await charger.send([4, call[1], code, "why", {}])

    assert result == await task
    assert Outcome.REFUSED is rig.ledger.messages[-1].outcome


async def test_an_unreadable_answer_is_as_good_as_none_and_the_link_stays(rig: Rig) -> None:
    charger = await rig.charger()
    for rest in ("{}]", "[]]", "{", '{"status":5'):
        task = sending(rig, Reset())
        call = await charger.receive()
        await charger.send(f'[3,"{call[1]}",{rest}')
        assert isinstance(await task, TimedOut | Rejected)

    assert await charger.is_alive()


async def test_every_command_is_recorded_when_sent_and_when_answered(rig: Rig) -> None:
    call, _ = await exchange(rig, Reset(), {"status": "Accepted"})

    sent, done = rig.ledger.messages
    assert (Outcome.SENT, None, None) == (sent.outcome, sent.answer, sent.result)
    assert (Outcome.ANSWERED, Accepted()) == (done.outcome, done.result)
    assert {Direction.TO_CHARGER} == {sent.direction, done.direction}
    assert sent.message_id == done.message_id
    assert call == json.loads(sent.frame)[2:]
    assert done.answer is not None
    assert [sent, done] == rig.listener.messages


async def test_commands_of_one_charger_go_one_after_another(rig: Rig) -> None:
    charger = await rig.charger()
    tasks = [sending(rig, RemoteStop(transaction_id=TransactionId(n))) for n in (1, 2, 3)]
    for number in (1, 2, 3):
        call = await charger.receive()
        assert {"transactionId": number} == call[3]
        # Nothing else is on the wire: the answer to our own CALL comes next.
        assert await charger.is_alive()
        await charger.send([3, call[1], {"status": "Accepted"}])

    assert [Accepted()] * 3 == await asyncio.gather(*tasks)


async def test_the_chargers_calls_are_answered_while_ours_waits(rig: Rig) -> None:
    charger = await rig.charger()
    task = sending(rig, Reset())
    call = await charger.receive()
    assert await charger.is_alive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert Accepted() == await task


async def test_a_command_from_a_listener_does_not_deadlock(rig: Rig) -> None:
    """OCPP.md row 58."""
    tasks = []

    def command(message: StoredMessage) -> None:
        if message.action == "StartTransaction":
            tasks.append(sending(rig, Reset()))

    rig.listener.on_commit = command
    charger = await rig.charger()
    await charger.send([2, "m1", "StartTransaction", start_payload()])
    frames = [await charger.receive(), await charger.receive()]
    (call,) = [frame for frame in frames if frame[0] == 2]
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert Accepted() == await tasks[0]


async def test_an_answer_is_matched_while_a_commit_hangs(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.held = True
    await charger.send([2, "m1", "Heartbeat", {}])
    task = sending(rig, Reset())
    await answer(charger, {"status": "Accepted"})

    assert Accepted() == await task
    rig.ledger.release()


async def test_no_answer_in_time_is_a_result_and_the_next_command_goes_out(rig: Rig) -> None:
    charger = await rig.charger()
    late = sending(rig, Reset(), timeout_s=0.05)
    following = sending(rig, GetConfiguration())
    unanswered = await charger.receive()

    assert TimedOut(after_s=0.05) == await late
    await answer(charger, {})
    assert Accepted() == await following
    await charger.send([3, unanswered[1], {"status": "Accepted"}])
    assert await charger.is_alive()
    assert 1 == rig.count("answers_late")
    assert 1 == rig.count("commands_timed_out")
    outcomes = [m.outcome for m in rig.ledger.messages if m.action == "Reset"]
    assert [Outcome.SENT, Outcome.TIMED_OUT, Outcome.TIMED_OUT] == outcomes


async def test_a_charger_that_needs_longer_gets_its_own_deadline(make_rig: MakeRig) -> None:
    """OCPP.md row 59."""
    rig = await make_rig(command_timeout_s=0.05, command_timeouts_s={CP1: 5.0})
    slow, other = await rig.charger(), await rig.charger("CP2")
    kept = sending(rig, Reset())
    call = await slow.receive()

    assert TimedOut(after_s=0.05) == await rig.system.send(ChargePointId("CP2"), Reset())
    await slow.send([3, call[1], {"status": "Accepted"}])
    assert Accepted() == await kept
    assert await other.receive()


async def test_an_answer_to_nothing_is_counted_and_kept_raw(rig: Rig) -> None:
    charger = await rig.charger()
    await charger.send([3, "what", {}])

    assert await charger.is_alive()
    assert 1 == rig.count("answers_unasked")
    assert Outcome.UNREADABLE is rig.ledger.messages[0].outcome


async def test_a_charger_that_is_away_is_offline_and_nothing_was_sent(rig: Rig) -> None:
    assert Offline(sent=False) == await rig.system.send(CP1, Reset())
    assert Offline(sent=False) == await rig.system.send(ChargePointId("NOBODY"), Reset())


async def test_a_link_that_breaks_ends_what_was_sent_and_what_waits(rig: Rig) -> None:
    charger = await rig.charger()
    sent, waiting = sending(rig, GetConfiguration()), sending(rig, GetConfiguration())
    await charger.receive()
    charger.abort()

    assert Offline(sent=True) == await sent
    assert Offline(sent=False) == await waiting
    assert Outcome.LINK_LOST is rig.ledger.messages[-1].outcome


async def test_a_newer_link_ends_the_old_ones_command_and_takes_the_next(rig: Rig) -> None:
    old = await rig.charger()
    first, second = sending(rig, GetConfiguration()), sending(rig, GetConfiguration())
    await old.receive()
    new = await rig.charger()

    assert Offline(sent=True) == await first
    await answer(new, {})
    assert Accepted() == await second


async def test_a_caller_that_gives_up_leaves_the_order_of_calls_intact(rig: Rig) -> None:
    charger = await rig.charger()
    sent, unsent, kept = (sending(rig, Reset()) for _ in range(3))
    first = await charger.receive()
    sent.cancel()
    unsent.cancel()
    assert await charger.is_alive()  # nothing else was sent meanwhile
    await charger.send([3, first[1], {"status": "Accepted"}])
    await answer(charger, {"status": "Accepted"})

    assert Accepted() == await kept
    assert 2 == rig.count("commands_sent")


async def test_a_store_that_fails_does_not_hold_a_command_back(rig: Rig) -> None:
    rig.ledger.failure = StoreFullError("full")
    _, result = await exchange(
        rig, SetProfile(connector_id=ONE, profile=PROFILE), {"status": "Accepted"}
    )

    assert Accepted() == result
    await eventually(lambda: rig.count("store_failures") == 2)


@pytest.mark.parametrize("key", ["AuthorizationKey", "vendorPassword"])
async def test_a_secret_is_sent_and_not_kept(rig: Rig, key: str) -> None:
    call, _ = await exchange(
        rig, ChangeConfiguration(key=key, value='top "secret"'), {"status": "Accepted"}
    )

    assert ["ChangeConfiguration", {"key": key, "value": 'top "secret"'}] == call
    for message in rig.ledger.messages:
        assert "secret" not in repr(message)
        assert ["ChangeConfiguration", {"key": key, "value": "***"}] == json.loads(message.frame)[
            2:
        ]


async def test_time_is_held_while_a_command_is_unanswered(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds = 0

    @contextmanager
    def hold() -> Iterator[None]:
        nonlocal holds
        holds += 1
        try:
            yield
        finally:
            holds -= 1

    def holding() -> AbstractContextManager[None]:
        return hold()

    monkeypatch.setattr(rig.clock, "hold", holding)
    charger = await rig.charger()
    task = sending(rig, Reset(), timeout_s=0.05)
    await charger.receive()
    assert 1 == holds
    await task
    assert 0 == holds


@pytest.mark.parametrize(
    "command",
    [
        TriggerMessage(message="TransactionEvent"),
        RemoteStart(id_token=IdToken("GOOD"), profile=PROFILE),
        SetProfile(
            connector_id=ONE,
            profile=ChargingProfile(
                profile_id=1,
                purpose=ProfilePurpose.TX_DEFAULT,
                kind=ProfileKind.RECURRING,
                periods=(),
            ),
        ),
    ],
)
async def test_what_the_version_cannot_say_is_unsupported_and_not_sent(
    rig: Rig, command: Command
) -> None:
    charger = await rig.charger()

    assert isinstance(await rig.system.send(CP1, command), Unsupported)
    assert await charger.is_alive()
    assert 0 == rig.count("commands_sent")


async def test_a_limit_that_is_none_is_the_callers_fault(rig: Rig) -> None:
    await rig.charger()
    profile = ChargingProfile(
        profile_id=1,
        purpose=ProfilePurpose.TX_DEFAULT,
        kind=ProfileKind.ABSOLUTE,
        periods=(SchedulePeriod(start_s=0, limit=float("nan")),),
        start=START,
    )

    with pytest.raises(ValueError, match="limit"):
        await rig.system.send(CP1, SetProfile(connector_id=ONE, profile=profile))


async def test_a_slow_charger_delays_only_itself(make_rig: MakeRig) -> None:
    rig = await make_rig()
    await rig.charger("CP1")
    quick = await rig.charger("CP2")
    slow = sending(rig, Reset())
    task = asyncio.create_task(rig.system.send(ChargePointId("CP2"), Reset()))
    await answer(quick, {"status": "Accepted"})

    assert Accepted() == await task
    assert not slow.done()
    slow.cancel()
