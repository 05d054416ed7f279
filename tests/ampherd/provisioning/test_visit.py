"""A visit asks little, one thing at a time, and comes back to what was not answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from ampherd.provisioning.visit import DefaultState, LinkLost, Pace
from ocpp_core.domain.charger_profile import (
    ChargerProfile,
    DesiredSetting,
    DriftState,
    Fact,
    ModelKey,
    Watcher,
)
from ocpp_core.domain.commands import (
    Accepted,
    ChangeConfiguration,
    Command,
    CommandResult,
    ConfigurationEntry,
    GetBaseReport,
    GetComposite,
    GetConfiguration,
    Offline,
    Rejected,
    Unsupported,
)
from ocpp_core.domain.composite import Session
from ocpp_core.domain.ids import ConnectorId, ConnectorRef, TransactionId
from ocpp_core.domain.profile import (
    ChargingProfile,
    CompositeSchedule,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from optimizer.control.forms import USUAL
from optimizer.control.wire import default_order
from tests.ampherd.provisioning.scripted import CONNECTOR, NOON, SILENT, Scripted

INTERVAL = DesiredSetting(name="MeterValueSampleInterval", value="60")
SECOND = DesiredSetting(name="WebSocketPingInterval", value="30")
KEYS = {"GetConfigurationMaxKeys": "10", "MeterValueSampleInterval": "900"}


async def test_what_differs_is_set_and_read_back() -> None:
    """OCPP.md row 61: a reboot that loses the configuration is made good."""
    charger = Scripted(settings=dict(KEYS))
    visit = await charger.visit(INTERVAL)

    assert "60" == charger.settings["MeterValueSampleInterval"]
    assert isinstance(charger.sent[-1][1], GetConfiguration)
    assert [DriftState.SET] == [drift.state for drift in visit.drifts]


async def test_what_is_set_already_is_not_written() -> None:
    charger = Scripted(settings=KEYS | {"MeterValueSampleInterval": "60.0"})
    await charger.visit(INTERVAL)

    assert [] == charger.commands(ChangeConfiguration)


async def test_questions_keep_to_what_the_charger_says_that_it_takes() -> None:
    """Quirk res-config-partial: GetConfigurationMaxKeys of 2, and no answer to more at once."""

    def few(command: Command) -> CommandResult | None:
        return SILENT if isinstance(command, GetConfiguration) and len(command.keys) > 2 else None

    charger = Scripted(settings=KEYS | {"GetConfigurationMaxKeys": "2"}, script=few)
    visit = await charger.visit(INTERVAL, SECOND)
    sizes = [len(c.keys) for c in charger.commands(GetConfiguration)]

    assert 1 == sizes[0]
    assert 2 == max(sizes)
    assert visit.is_complete


async def test_commands_are_one_at_a_time_with_a_pause_between() -> None:
    """OCPP.md row 62: no bursts."""
    charger = Scripted(settings=dict(KEYS))
    await charger.visit(INTERVAL, SECOND, pace=Pace(pause_s=2.0))
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(charger.sent)]

    assert min(gaps) >= timedelta(seconds=2)


async def test_a_report_that_is_never_answered_holds_nothing_up() -> None:
    """Quirk v2-report-while-booting: time out, go on, retry later."""
    answers = iter([SILENT, SILENT])

    def deaf(command: Command) -> CommandResult | None:
        return next(answers, None) if isinstance(command, GetBaseReport) else None

    charger = Scripted(settings=dict(KEYS), script=deaf)
    visit = await charger.visit(INTERVAL, version="ocpp2.0.1")
    kinds = [type(command) for _, command in charger.sent]
    asked = [at for at, command in charger.sent if isinstance(command, GetBaseReport)]

    assert GetConfiguration in kinds[1:3]
    assert 3 == len(asked)
    assert asked[1] - asked[0] >= timedelta(seconds=300)
    assert asked[2] - asked[1] >= timedelta(seconds=600)
    assert visit.is_complete


async def test_after_a_time_out_the_pause_grows_and_after_an_answer_it_is_as_before() -> None:
    silent = iter([SILENT, SILENT])
    charger = Scripted(settings=dict(KEYS), script=lambda _: next(silent, None))
    many = [DesiredSetting(name=f"Key{number}", value="1") for number in range(40)]
    await charger.visit(*many, pace=Pace(pause_s=2.0))
    times = [at for at, _ in charger.sent]

    assert [4.0, 8.0, 2.0] == [(b - a).total_seconds() for a, b in pairwise(times[:4])]


async def test_a_charger_that_never_answers_is_left_alone_after_some_attempts() -> None:
    charger = Scripted(script=lambda _: SILENT)
    visit = await charger.visit(INTERVAL, pace=Pace(attempts=3))

    assert not visit.is_complete
    assert [DriftState.SILENT] == [drift.state for drift in visit.drifts]
    assert len(charger.sent) < 12


async def test_a_lost_link_ends_the_visit() -> None:
    charger = Scripted(script=lambda _: Offline())
    with pytest.raises(LinkLost):
        await charger.visit(INTERVAL)

    assert 1 == len(charger.sent)


async def test_read_only_unknown_and_refused_settings_are_told() -> None:
    charger = Scripted(
        settings=KEYS | {"A": "1", "B": "1"},
        readonly=frozenset({"A"}),
        script=lambda command: (
            Rejected(status="Rejected", reason="balancer on")
            if isinstance(command, ChangeConfiguration) and command.key == "B"
            else None
        ),
    )
    visit = await charger.visit(*(DesiredSetting(name=name, value="2") for name in "ABC"))

    assert [DriftState.READONLY, DriftState.REFUSED, DriftState.UNKNOWN] == [
        drift.state for drift in visit.drifts
    ]
    assert "balancer on" in visit.drifts[1].words
    assert ["B"] == [c.key for c in charger.commands(ChangeConfiguration)]


async def test_a_reboot_that_is_needed_is_told_and_not_ordered() -> None:
    def later(command: Command) -> CommandResult | None:
        needs = isinstance(command, ChangeConfiguration)
        return Accepted(status="RebootRequired") if needs else None

    charger = Scripted(settings=dict(KEYS), script=later)
    visit = await charger.visit(INTERVAL)

    assert [DriftState.REBOOT_REQUIRED] == [drift.state for drift in visit.drifts]
    assert {GetConfiguration, ChangeConfiguration} == {type(c) for _, c in charger.sent}


async def test_a_value_that_is_refused_is_followed_by_what_may_stand_in() -> None:
    wish = DesiredSetting(name="MeterValuesSampledData", value="A,B", fallbacks=("A,C", "A"))

    def only_a(command: Command) -> CommandResult | None:
        refuses = isinstance(command, ChangeConfiguration) and command.value != "A"
        return Rejected(status="Rejected") if refuses else None

    charger = Scripted(settings=KEYS | {wish.name: "Z"}, script=only_a)
    first = await charger.visit(wish)
    await charger.visit(wish)
    written = [c.value for c in charger.commands(ChangeConfiguration)]

    assert "A" == charger.settings[wish.name]
    assert DriftState.REFUSED is first.drifts[0].state
    assert "stands in" in first.drifts[0].words
    assert ["A,B", "A,C", "A", "A,B", "A,C"] == written  # what stands in is not written again


async def test_keys_of_the_vendor_s_own_and_missing_ones_do_no_harm() -> None:
    """Quirk res-config-vendor-keys."""

    def odd(command: Command) -> CommandResult | None:
        if not isinstance(command, GetConfiguration):
            return None
        return Accepted(
            configuration=(
                ConfigurationEntry(key="G_MaxCurrent", value="32.00", readonly=False),
                ConfigurationEntry(key="G_CardPin", value="123456", readonly=False),
            )
        )

    charger = Scripted(script=odd)
    visit = await charger.visit(INTERVAL, pace=Pace(attempts=2))

    assert visit.drifts[0].is_off
    assert "123456" not in repr(visit.drifts)


async def test_capabilities_become_known_by_asking() -> None:
    watcher = Watcher(ChargerProfile(model=ModelKey(vendor="V", model="M", firmware="1")))
    charger = Scripted(
        settings=KEYS
        | {
            "ChargingScheduleAllowedChargingRateUnit": "Power",
            "ChargeProfileMaxStackLevel": "0",
        }
    )
    await charger.visit(watcher=watcher)

    assert "W" == watcher.profile.value(Fact.RATE_UNITS)
    assert "0" == watcher.profile.value(Fact.HIGHEST_STACK_LEVEL)
    assert watcher.profile.value(Fact.SWITCHES_PHASES) is None


# Limits ------------------------------------------------------------------------------------------


def holding(limit_a: float) -> Watcher:
    watcher = Watcher(ChargerProfile(model=ModelKey(vendor="V", model="M", firmware="1")))
    order = default_order(CONNECTOR, limit_a, form=USUAL, voltage_v=230.0)
    watcher.installed[CONNECTOR.ref.connector_id] = {11: order.command.profile}
    return watcher


def answering(
    *periods: tuple[int, float], unit: RateUnit = RateUnit.A, start: datetime = NOON
) -> Scripted:
    schedule = CompositeSchedule(
        start=start,
        duration_s=3600,
        rate_unit=unit,
        periods=tuple(SchedulePeriod(start_s=s, limit=limit) for s, limit in periods),
    )
    return Scripted(
        settings=dict(KEYS),
        script=lambda c: Accepted(composite=schedule) if isinstance(c, GetComposite) else None,
    )


@pytest.mark.parametrize(
    ("charger", "state"),
    [
        (answering((0, 6.0)), DefaultState.VERIFIED),
        (answering((0, 6.0 * 690), unit=RateUnit.W), DefaultState.VERIFIED),
        (answering((0, 4.0)), DefaultState.VERIFIED),
        (answering((0, 32.0)), DefaultState.DIFFERS),
        (answering((0, 6.0), (600, 16.0)), DefaultState.DIFFERS),
        (answering(), DefaultState.UNKNOWN),
        (Scripted(settings=dict(KEYS)), DefaultState.UNKNOWN),
    ],
)
async def test_a_default_is_verified_before_it_is_called_so(
    charger: Scripted, state: DefaultState
) -> None:
    """OCPP.md rows 40 and 46; quirk res-composite-empty: no period is unknown, not a limit of 0."""
    visit = await charger.visit(connectors=(CONNECTOR,), watcher=holding(6.0))

    assert [state] == [check.state for check in visit.checks]
    assert visit.checks[0].words.endswith(".")


async def test_a_charger_without_the_message_is_not_verified_and_not_asked_again() -> None:
    charger = Scripted(
        settings=dict(KEYS),
        script=lambda c: Unsupported() if isinstance(c, GetComposite) else None,
    )
    visit = await charger.visit(connectors=(CONNECTOR,), watcher=holding(6.0))

    assert [DefaultState.UNKNOWN] == [check.state for check in visit.checks]
    assert 1 == len(charger.commands(GetComposite))


async def test_a_default_that_is_not_accepted_yet_is_verified_later() -> None:
    looks = iter([False, True])
    charger = answering((0, 6.0))
    visit = await charger.visit(
        connectors=(CONNECTOR,), watcher=holding(6.0), proven=lambda _: next(looks, True)
    )

    assert [DefaultState.VERIFIED] == [check.state for check in visit.checks]


async def test_a_profile_that_the_version_does_not_know_is_left_out() -> None:
    watcher = holding(6.0)
    watcher.installed[ConnectorId(0)] = {
        99: ChargingProfile(
            profile_id=99,
            purpose=ProfilePurpose.LOCAL_GENERATION,
            kind=ProfileKind.ABSOLUTE,
            periods=(SchedulePeriod(start_s=0, limit=10.0),),
            start=NOON,
        )
    }
    visit = await answering((0, 6.0)).visit(connectors=(CONNECTOR,), watcher=watcher)

    assert [DefaultState.VERIFIED] == [check.state for check in visit.checks]
    assert ConnectorRef(CONNECTOR.ref.charge_point_id, ConnectorId(1)) == CONNECTOR.ref


async def test_a_difference_is_believed_only_when_it_is_seen_twice() -> None:
    """An order may just have changed what the charger applies."""
    looks = iter([32.0, 6.0])

    def changing(command: Command) -> CommandResult | None:
        if not isinstance(command, GetComposite):
            return None
        return Accepted(
            composite=CompositeSchedule(
                start=NOON,
                duration_s=3600,
                rate_unit=RateUnit.A,
                periods=(SchedulePeriod(start_s=0, limit=next(looks)),),
            )
        )

    charger = Scripted(settings=dict(KEYS), script=changing)
    visit = await charger.visit(connectors=(CONNECTOR,), watcher=holding(6.0))

    assert [DefaultState.VERIFIED] == [check.state for check in visit.checks]


async def test_a_session_whose_order_nobody_remembers_is_not_judged() -> None:
    session = Session(started_at=NOON, transaction_id=TransactionId(7))
    charger = answering((0, 16.0))
    visit = await charger.visit(
        connectors=(CONNECTOR,), watcher=holding(6.0), session=session, pace=Pace(attempts=2)
    )

    assert [DefaultState.UNKNOWN] == [check.state for check in visit.checks]
    assert [] == charger.commands(GetComposite)


async def test_a_difference_is_looked_at_again_later() -> None:
    """An alarm ends when the charger reports what it accepted after all."""
    looks = iter([32.0, 32.0, 6.0])

    def changing(command: Command) -> CommandResult | None:
        if not isinstance(command, GetComposite):
            return None
        periods = (SchedulePeriod(start_s=0, limit=next(looks)),)
        return Accepted(
            composite=CompositeSchedule(
                start=NOON, duration_s=3600, rate_unit=RateUnit.A, periods=periods
            )
        )

    charger = Scripted(settings=dict(KEYS), script=changing)
    visit = await charger.visit(connectors=(CONNECTOR,), watcher=holding(6.0))

    assert [DefaultState.VERIFIED] == [check.state for check in visit.checks]
    assert visit.is_complete
