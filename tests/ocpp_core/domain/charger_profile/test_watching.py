"""What messages show of a charger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.charger_profile import ChargerProfile, Evidence, Fact, ModelKey, Watcher
from ocpp_core.domain.commands import (
    Accepted,
    ClearProfile,
    Command,
    CommandResult,
    Rejected,
    SetProfile,
    TimedOut,
)
from ocpp_core.domain.events import (
    ConnectorStatus,
    DomainEvent,
    Metered,
    SessionStarted,
    StatusChanged,
)
from ocpp_core.domain.ids import ChargePointId, ConnectorId, IdToken, MessageId, TransactionId
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.metering import Measurand, MeterSample, Unit, readings_of
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    RateUnit,
    SchedulePeriod,
)
from ocpp_core.domain.units import Phase

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ONE = ConnectorId(1)


def watcher() -> Watcher:
    return Watcher(ChargerProfile(model=ModelKey(vendor="V", model="M", firmware="1")))


def message(
    after_s: float,
    event: DomainEvent | None = None,
    *,
    command: Command | None = None,
    result: CommandResult | None = None,
) -> StoredMessage:
    return StoredMessage(
        at=NOON + timedelta(seconds=after_s),
        charge_point_id=ChargePointId("CP"),
        direction=Direction.FROM_CHARGER if command is None else Direction.TO_CHARGER,
        message_id=MessageId("1"),
        action="",
        ocpp_version="ocpp1.6",
        frame="",
        answer=None,
        outcome=Outcome.ANSWERED,
        event=event,
        command=command,
        result=result,
    )


def order(
    limit: float,
    result: CommandResult,
    *,
    after_s: float = 0,
    purpose: ProfilePurpose = ProfilePurpose.TX,
    unit: RateUnit = RateUnit.A,
    phases: int | None = None,
) -> StoredMessage:
    profile = ChargingProfile(
        profile_id=12,
        purpose=purpose,
        kind=ProfileKind.ABSOLUTE,
        rate_unit=unit,
        periods=(SchedulePeriod(start_s=0, limit=limit, phase_count=phases),),
        start=NOON,
    )
    command = SetProfile(connector_id=ONE, profile=profile)
    return message(after_s, command=command, result=result)


def metered(after_s: float, *currents_a: float, register_wh: float | None = None) -> StoredMessage:
    at = NOON + timedelta(seconds=after_s)
    samples = [
        MeterSample(
            taken_at=at, measurand=Measurand.CURRENT_IMPORT, value=a, unit=Unit.A, phase=phase
        )
        for a, phase in zip(currents_a, Phase, strict=False)
    ]
    if register_wh is not None:
        samples.append(
            MeterSample(
                taken_at=at,
                measurand=Measurand.ENERGY_IMPORT_REGISTER,
                value=register_wh,
                unit=Unit.WH,
            )
        )
    event = Metered(
        connector_id=ONE, transaction_id=TransactionId(1), readings=readings_of(samples)
    )
    return message(after_s, event)


def started(meter_wh: int) -> StoredMessage:
    start = SessionStarted(
        connector_id=ONE, id_token=IdToken("T"), at=NOON, meter_start_wh=meter_wh
    )
    return message(0, start)


def test_an_accepted_order_shows_purpose_zero_and_lowest_limit() -> None:
    seen = watcher()
    seen.take(order(0, Accepted()))
    seen.take(order(8, Accepted()))
    seen.take(order(6, Accepted(), purpose=ProfilePurpose.TX_DEFAULT))
    profile = seen.profile

    assert "TxDefaultProfile,TxProfile" == profile.value(Fact.PURPOSES)
    assert "true" == profile.value(Fact.TAKES_ZERO)
    assert "6" == profile.value(Fact.LOWEST_LIMIT_A)
    assert Evidence.OBSERVED is profile.findings[Fact.TAKES_ZERO].evidence


def test_a_refused_purpose_is_told_until_it_is_accepted() -> None:
    """OCPP.md row 32: some take only one purpose."""
    seen = watcher()
    seen.take(order(8, Rejected(status="Rejected")))
    refused = seen.profile.value(Fact.REFUSED_PURPOSES)
    seen.take(order(8, Accepted()))

    assert "TxProfile" == refused
    assert "" == seen.profile.value(Fact.REFUSED_PURPOSES)


def test_who_refuses_zero_and_nothing_else_yet_is_said_not_to_take_it() -> None:
    """OCPP.md row 37; quirk sc-zero-rejected."""
    seen = watcher()
    seen.take(order(0, Rejected(status="Rejected")))

    assert "false" == seen.profile.value(Fact.TAKES_ZERO)


def test_an_order_without_an_answer_shows_nothing() -> None:
    seen = watcher()

    assert not seen.take(order(0, TimedOut(after_s=30)))
    assert tuple(Fact) == seen.profile.unknown


def test_what_was_accepted_is_what_the_charger_should_hold() -> None:
    seen = watcher()
    seen.take(order(8, Accepted()))
    held = [p.periods[0].limit for p in seen.installed[ONE].values()]
    seen.take(message(1, command=ClearProfile(connector_id=ONE), result=Accepted()))

    assert [8] == held
    assert {} == seen.installed[ONE]


def test_the_reaction_time_is_from_acceptance_to_the_first_obedient_measurement() -> None:
    seen = watcher()
    seen.take(metered(0, 16, 16, 16))
    seen.take(order(8, Accepted(), after_s=10))
    seen.take(metered(20, 16, 16, 16))
    seen.take(metered(55, 8, 8, 8))

    assert "45" == seen.profile.value(Fact.REACTION_S)


def test_a_raise_shows_no_reaction_time() -> None:
    seen = watcher()
    seen.take(metered(0, 8, 8, 8))
    seen.take(order(16, Accepted(), after_s=10))
    seen.take(metered(20, 16, 16, 16))

    assert seen.profile.value(Fact.REACTION_S) is None


@pytest.mark.parametrize(
    ("start_wh", "register_wh", "mode"),
    [(910_000, 910_050, "lifetime"), (910_000, 50, "session"), (0, 50, None), (400, 20, None)],
)
def test_the_register_mode_is_told_by_the_first_reading(
    start_wh: int, register_wh: float, mode: str | None
) -> None:
    """OCPP.md row 18: lifetime in Start, session-relative in MeterValues."""
    seen = watcher()
    seen.take(started(start_wh))
    seen.take(metered(60, 6, register_wh=register_wh))

    assert mode == seen.profile.value(Fact.REGISTER_MODE)


@pytest.mark.parametrize(("currents_a", "obeys"), [((6.0, 0.0, 0.0), "true"), ((6, 6, 6), "false")])
def test_one_phase_that_was_ordered_is_looked_for_in_the_meter(
    currents_a: tuple[float, ...], obeys: str
) -> None:
    """Quirk sc-phases-ignored: it says that it can switch, and does not."""
    seen = watcher()
    seen.take(metered(0, 16, 16, 16))
    seen.take(order(6, Accepted(), after_s=1, phases=1))
    seen.take(metered(30, *currents_a))
    early = seen.profile.value(Fact.OBEYS_PHASES)
    seen.take(metered(90, *currents_a))

    assert early is None
    assert obeys == seen.profile.value(Fact.OBEYS_PHASES)


def test_the_clock_is_judged_by_stamps_of_several_minutes() -> None:
    """OCPP.md row 28."""
    seen = watcher()
    for minute in range(4):
        stamp = NOON + timedelta(seconds=60 * minute + 90)
        status = StatusChanged(connector_id=ONE, status=ConnectorStatus.AVAILABLE, at=stamp)
        seen.take(message(60 * minute, status))

    assert "90" == seen.profile.value(Fact.CLOCK_AHEAD_S)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from([0.0, 6.0, 16.0]), st.booleans()),
            st.lists(st.floats(0, 80), min_size=1, max_size=3),
        ),
        max_size=30,
    )
)
def test_whatever_happens_facts_follow_from_messages_alone(steps: list[object]) -> None:
    """The same messages give the same knowledge, and a repeat of all of them no other values."""
    messages = []
    for number, step in enumerate(steps):
        if isinstance(step, tuple):
            answer = Accepted() if step[1] else Rejected(status="Rejected")
            messages.append(order(step[0], answer, after_s=number * 10))
        else:
            messages.append(metered(number * 10, *step))  # type: ignore[misc]
    one, other = watcher(), watcher()
    for stored in messages:
        one.take(stored)
        other.take(stored)

    assert one.profile == other.profile
    assert one.installed == other.installed
