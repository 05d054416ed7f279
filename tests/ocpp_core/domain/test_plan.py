"""Rules of a plan as a value."""

from datetime import UTC, datetime, timedelta

from ocpp_core.domain.ids import ConnectorRef, PlanId, SessionId
from ocpp_core.domain.plan import LimitReason, Plan, PlanSlot

NOW = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)
LATER = NOW + timedelta(minutes=15)


def slot(ref: str, start: datetime, current_a: float, words: str) -> PlanSlot:
    return PlanSlot(
        ref=ConnectorRef.parse(ref),
        session_id=SessionId("s"),
        start=start,
        end=start + timedelta(minutes=15),
        current_a=current_a,
        power_w=current_a * 690,
        reason=LimitReason.CIRCUIT,
        words=words,
    )


def test_a_plan_prints_as_a_table_of_what_holds_now() -> None:
    plan = Plan(
        plan_id=PlanId("p-1"),
        made_at=NOW,
        horizon_end=LATER + timedelta(minutes=15),
        slot_starts=(NOW, LATER),
        slots=(
            slot("CP-1/1", NOW, 12.5, "circuit grid is full"),
            slot("CP-1/1", LATER, 32.0, "as fast as the car allows"),
        ),
        site_w=(8625.0, 22_080.0),
        charging_w=(8625.0, 22_080.0),
        engine="highs",
    )

    assert [
        "plan p-1 of 2026-03-02 08:15Z by highs",
        "  CP-1/1                12.5 A  circuit grid is full",
    ] == repr(plan).splitlines()
