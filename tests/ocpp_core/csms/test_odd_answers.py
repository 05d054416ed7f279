"""Answers as chargers really give them: the lines res-* and sc-* of the list of quirks."""

from __future__ import annotations

import asyncio
import json

import pytest

from ocpp_core.domain.commands import (
    Accepted,
    ClearCache,
    Command,
    CommandResult,
    GetConfiguration,
    Offline,
    Rejected,
    Reset,
    SetProfile,
    TimedOut,
    TriggerMessage,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorId
from ocpp_core.domain.keys import in_slices, max_keys_of, together
from ocpp_core.domain.messages import Outcome
from ocpp_core.domain.profile import ChargingProfile, ProfileKind, ProfilePurpose, SchedulePeriod
from tests.ocpp_core.csms.rig import START, Rig, eventually

CP1 = ChargePointId("CP1")
PROFILE = ChargingProfile(
    profile_id=1,
    purpose=ProfilePurpose.TX_DEFAULT,
    kind=ProfileKind.ABSOLUTE,
    periods=(SchedulePeriod(start_s=0, limit=8.0),),
    start=START,
)


def sending(rig: Rig, command: Command, timeout_s: float = 5.0) -> asyncio.Task[CommandResult]:
    return asyncio.create_task(rig.system.send(CP1, command, timeout_s=timeout_s))


async def test_res_callerror_string_details(rig: Rig) -> None:
    """All three parts of a CALLERROR reach the caller, whatever the details are."""
    charger = await rig.charger()
    task = sending(rig, ClearCache())
    call = await charger.receive()
    await charger.send([4, call[1], "InternalError", "services failed " * 20, "SQL [insert ...]"])
    result = await task

    assert isinstance(result, Rejected)
    assert "InternalError" == result.status
    assert "services failed" in result.reason
    assert "SQL [insert ...]" in result.reason


@pytest.mark.parametrize(
    "code",
    [
        "FormatViolation",
        "OccurrenceConstraintViolation",
        "FormationViolation",
        "OccurenceConstraintViolation",
    ],
)
async def test_res_formatviolation_names(rig: Rig, code: str) -> None:
    """Codes are taken as any version spells them."""
    charger = await rig.charger()
    task = sending(rig, ClearCache())
    call = await charger.receive()
    await charger.send([4, call[1], code, "", {}])

    assert Rejected(status=code) == await task


async def test_res_trigger_unknown_accepted(rig: Rig) -> None:
    """A CALL of an unknown action after an accepted trigger gets NotImplemented, no more."""
    charger = await rig.charger()
    task = sending(rig, TriggerMessage(message="MeterValues"))
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert Accepted() == await task
    answer = await charger.call("CustomOperation", {}, "1000023")
    assert [4, "NotImplemented"] == [answer[0], answer[2]]
    assert await charger.is_alive()


async def test_res_reset_no_answer(rig: Rig) -> None:
    """A link that ends instead of the answer to a reset means that it probably restarts."""
    charger = await rig.charger()
    task = sending(rig, Reset())
    await charger.receive()
    charger.abort()
    again = await rig.charger()
    boot = {"chargePointVendor": "V", "chargePointModel": "M"}

    result = await task
    assert isinstance(result, Offline)
    assert result.sent
    assert "probably restarts" in result.reason
    assert "Accepted" == (await again.result("BootNotification", boot))["status"]


async def test_sc_wrong_key(rig: Rig) -> None:
    """The field is spelled right, and a charger's complaint reaches the operator."""
    charger = await rig.charger()
    task = sending(rig, SetProfile(connector_id=ConnectorId(1), profile=PROFILE))
    call = await charger.receive()
    await charger.send([4, call[1], "FormationViolation", "Command parsing error", {}])

    assert {"connectorId", "csChargingProfiles"} == call[3].keys()
    assert Rejected(status="FormationViolation", reason="Command parsing error") == await task


async def test_res_config_partial(rig: Rig) -> None:
    """Settings are asked for in slices; one that is never answered costs only itself."""
    charger = await rig.charger()
    limit = sending(rig, GetConfiguration(keys=("GetConfigurationMaxKeys",)))
    call = await charger.receive()
    key = {"key": "GetConfigurationMaxKeys", "readonly": True, "value": "2"}
    await charger.send([3, call[1], {"configurationKey": [key]}])
    first = await limit
    assert isinstance(first, Accepted)
    slices = in_slices("abcde", max_keys_of(first.configuration))
    tasks = [sending(rig, question, timeout_s=0.1) for question in slices]
    asked = []
    for number in range(3):
        call = await charger.receive()
        asked.append(call[3]["key"])
        if number != 1:
            keys = [{"key": name, "readonly": False, "value": "1"} for name in call[3]["key"]]
            await charger.send([3, call[1], {"configurationKey": keys}])
    results = await asyncio.gather(*tasks)

    assert [["a", "b"], ["c", "d"], ["e"]] == asked
    assert TimedOut(after_s=0.1) == results[1]
    read = together(result for result in results if isinstance(result, Accepted))
    assert ["a", "b", "e"] == [entry.key for entry in read.configuration]


async def test_a_late_answer_is_matched_by_its_id_and_kept_with_its_question(rig: Rig) -> None:
    """OCPP.md row 59: the next command is not mistaken for the one that timed out."""
    charger = await rig.charger()
    late, following = sending(rig, ClearCache(), timeout_s=0.05), sending(rig, Reset())
    first = await charger.receive()
    assert TimedOut(after_s=0.05) == await late
    second = await charger.receive()
    await charger.send([3, first[1], {"status": "Rejected"}])
    await charger.send([3, second[1], {"status": "Accepted"}])

    assert Accepted() == await following
    await eventually(lambda: rig.count("answers_late") == 1)
    kept = next(m for m in rig.ledger.messages if m.findings)
    assert ("ClearCache", Outcome.TIMED_OUT) == (kept.action, kept.outcome)
    assert kept.answer is not None
    assert {"status": "Rejected"} == json.loads(kept.answer)[2]
