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
    GetBaseReport,
    GetComposite,
    GetConfiguration,
    Offline,
    Rejected,
    Reset,
    SetProfile,
    TimedOut,
    TriggerMessage,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorId
from ocpp_core.domain.keys import in_slices
from ocpp_core.domain.messages import Outcome
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
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
    """Quirk res-callerror-string-details: all three parts of an error reach the caller."""
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
    """Quirk res-formatviolation-names: codes are taken as any version spells them."""
    charger = await rig.charger()
    task = sending(rig, ClearCache())
    call = await charger.receive()
    await charger.send([4, call[1], code, "", {}])

    assert Rejected(status=code) == await task


async def test_res_trigger_unknown_accepted(rig: Rig) -> None:
    """Quirk res-trigger-unknown-accepted: the odd CALL gets NotImplemented, no more."""
    charger = await rig.charger()
    task = sending(rig, TriggerMessage(message="MeterValues"))
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert Accepted() == await task
    answer = await charger.call("CustomOperation", {}, "1000023")
    assert [4, "NotImplemented"] == [answer[0], answer[2]]
    assert await charger.is_alive()


async def test_res_reset_no_answer(rig: Rig) -> None:
    """Quirk res-reset-no-answer: a link that ends instead is "probably done"."""
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
    """Quirk sc-wrong-key: spelled right, and a complaint reaches the operator."""
    charger = await rig.charger()
    task = sending(rig, SetProfile(connector_id=ConnectorId(1), profile=PROFILE))
    call = await charger.receive()
    await charger.send([4, call[1], "FormationViolation", "Command parsing error", {}])

    assert {"connectorId", "csChargingProfiles"} == call[3].keys()
    assert Rejected(status="FormationViolation", reason="Command parsing error") == await task


async def test_res_config_partial(rig: Rig) -> None:
    """Quirk res-config-partial: a slice that is never answered costs only itself."""
    charger = await rig.charger()
    limit = sending(rig, GetConfiguration(keys=("GetConfigurationMaxKeys",)))
    call = await charger.receive()
    key = {"key": "GetConfigurationMaxKeys", "readonly": True, "value": "2"}
    await charger.send([3, call[1], {"configurationKey": [key]}])
    first = await limit
    assert isinstance(first, Accepted)
    slices = in_slices("abcde", int(first.configuration[0].value or ""))
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
    read = [result.configuration for result in results if isinstance(result, Accepted)]
    assert ["a", "b", "e"] == [entry.key for entries in read for entry in entries]


async def test_res_config_value_500(rig: Rig) -> None:
    """Quirk res-config-value-500: a value longer than OCPP allows is read whole."""
    charger = await rig.charger()
    task = sending(rig, GetConfiguration(keys=("MeterValuesSampledData",)))
    call = await charger.receive()
    value = ",".join(["Energy.Active.Import.Register", "Current.Import.L1"] * 15)
    key = {"key": "MeterValuesSampledData", "readonly": False, "value": value}
    await charger.send([3, call[1], {"configurationKey": [key]}])
    result = await task

    assert isinstance(result, Accepted)
    assert len(value) > 500
    assert [value] == [entry.value for entry in result.configuration]


async def test_res_config_vendor_keys(rig: Rig) -> None:
    """Quirk res-config-vendor-keys: odd keys are read, missing ones missed, secrets not kept."""
    charger = await rig.charger()
    task = sending(rig, GetConfiguration())
    call = await charger.receive()
    keys = [
        {"key": "G_MaxCurrent", "value": "32.00", "readonly": False},
        {"key": "G_CardPin", "value": "123456", "readonly": False},
    ]
    await charger.send([3, call[1], {"configurationKey": keys}])
    result = await task

    assert isinstance(result, Accepted)
    assert ["G_MaxCurrent", "G_CardPin"] == [entry.key for entry in result.configuration]
    assert "32.00" == result.configuration[0].value
    assert "123456" not in repr(rig.ledger.messages)


async def test_res_composite_empty(rig: Rig) -> None:
    """Quirk res-composite-empty: a schedule without a period is unknown, and no limit of 0."""
    charger = await rig.charger()
    question = GetComposite(connector_id=ConnectorId(1), duration_s=300, rate_unit=RateUnit.W)
    task = sending(rig, question)
    call = await charger.receive()
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [],
        "startSchedule": "2026-11-22T16:44:11.732Z",
        "duration": 300,
    }
    answer = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": "2026-11-22T16:44:11.732Z",
        "chargingSchedule": schedule,
    }
    await charger.send([3, call[1], answer])

    assert Accepted(composite=None) == await task


async def test_v2_report_while_booting(rig: Rig) -> None:
    """Quirk v2-report-while-booting: a report that is never answered holds up nothing else."""
    charger = await rig.charger(subprotocols=("ocpp2.0.1",))
    report, following = sending(rig, GetBaseReport(), timeout_s=0.05), sending(rig, ClearCache())
    await charger.receive()
    assert TimedOut(after_s=0.05) == await report
    call = await charger.receive()
    await charger.send([3, call[1], {"status": "Accepted"}])

    assert Accepted() == await following


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
