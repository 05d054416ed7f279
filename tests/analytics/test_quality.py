"""What deserves doubt is told, by which rule, and only then."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from analytics.quality import CHECKS
from analytics.questions import question
from analytics.retention.keeper import Keeper, RetentionPolicy
from analytics.store import Store
from ocpp_core.domain.events import ConnectorStatus, EmptyReply, StatusChanged
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.messages import StoredMessage
from tests.analytics.builders import NOON, Charger
from tests.analytics.conftest import OpenStore

START, END = NOON - timedelta(hours=12), NOON + timedelta(days=2)
QUIET = [*Charger().whole_session(NOON, 7)]


async def found_after(store: Store, messages: list[StoredMessage]) -> pd.DataFrame:
    for message in messages:
        await store.append(message)
    await Keeper(store, RetentionPolicy()).roll_up()
    with store.reader() as reader:
        return reader.quality(START, END)


def second_session(meter_start_wh: int) -> list[StoredMessage]:
    charger = Charger(number=500)
    at = NOON + timedelta(hours=4)
    return [
        charger.start(at, 8, meter_start_wh),
        charger.stop(at + timedelta(hours=1), 8, meter_start_wh + 7000),
    ]


def status_from_a_wrong_clock(minute: int) -> StoredMessage:
    charger = Charger(number=700 + minute)
    at = NOON + timedelta(minutes=minute)
    event = StatusChanged(
        connector_id=ConnectorId(1),
        status=ConnectorStatus.CHARGING if minute % 2 else ConnectorStatus.AVAILABLE,
        at=at - timedelta(hours=1),
    )
    return charger.message(at, event, EmptyReply())


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        pytest.param(QUIET, [], id="nothing odd"),
        pytest.param(
            [message for n, message in enumerate(QUIET) if not 5 < n < 15],
            ["gaps in readings"],
            id="50 minutes without a reading",
        ),
        pytest.param(
            [*QUIET, *second_session(15_400 + 900)],
            ["energy between sessions"],
            id="900 Wh while no session ran",
        ),
        pytest.param(
            [*QUIET, *second_session(0)],
            ["register fell between sessions"],
            id="a register that starts anew",
        ),
        pytest.param(
            [status_from_a_wrong_clock(minute) for minute in range(5)],
            ["clock drift"],
            id="an hour behind",
        ),
        pytest.param(
            Charger().whole_session(NOON, 7, power_w=7.2)[:-1],
            [],
            id="slow, and all of it consistent",
        ),
    ],
)
async def test_each_kind_is_told_when_it_is_there(
    open_store: OpenStore, messages: list[StoredMessage], told: list[str]
) -> None:
    """OCPP.md rows 25 and 28."""
    found = await found_after(open_store(), messages)

    assert told == list(found["check_name"])


async def test_a_register_in_the_wrong_unit_is_told(open_store: OpenStore) -> None:
    """OCPP.md row 21."""
    charger = Charger()
    messages = [charger.start(NOON, 7)]
    for minute in range(0, 180, 5):
        at = NOON + timedelta(minutes=minute)
        messages.append(charger.metered(at, 1000 + 7.2 * minute / 60, 7, 7200))

    found = await found_after(open_store(), messages)

    assert "wrong unit" in list(found["check_name"])


def test_every_check_of_the_question_is_declared_and_the_other_way_round() -> None:
    text = question("quality")

    assert [] == [name for name in CHECKS if f"'{name}'" not in text]
    selected = {part.split("'")[1] for part in text.split("SELECT ") if part.startswith("'")}
    assert selected == set(CHECKS)
