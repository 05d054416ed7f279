"""Many chargers at once, and many messages of one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from analytics.store import Store
from ocpp_core.csms.answers import AnswerPolicy, decide
from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import Clock, ManualClock, SystemClock
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, MessageId
from ocpp_core.domain.live import LiveSite
from ocpp_core.domain.messages import Direction, Outcome, StoredMessage
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.site import Site
from ocpp_core.domain.tokens import MemoryTokenBook
from ocpp_core.protocol.envelope import Call, encode_result, parse
from ocpp_core.protocol.translator import Decoded
from ocpp_core.protocol.v16.translator import TRANSLATOR as V16
from ocpp_core.sim.load import LoadOptions, Mode, run_load
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, make_site
from tests.ocpp_core.csms.rig import Recorder

BOOTS = 1000
MESSAGES = 10_000
A_FEW = 10
"""Calls more: once the memory for repeated messages is full, the oldest is let go."""
CP = ChargePointId("CP-1")


def opened(folder: Path, site: Site, clock: Clock) -> Store:
    return Store.open(
        folder / "depot.duckdb",
        site=site,
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=clock,
    )


async def test_a_thousand_chargers_that_boot_at_once_lose_no_state(tmp_path: Path) -> None:
    """OCPP.md row 15: no CALLERROR, and every state is stored."""
    site = make_site(chargers=BOOTS)
    clock = SystemClock()
    store = opened(tmp_path, site, clock)
    live = LiveSite(site)
    system = CentralSystem(
        live=live,
        ledger=store,
        tokens=MemoryTokenBook(),
        clock=clock,
        listener=Recorder(),
        credentials=MemoryCredentials(others=SecurityProfile.NONE),
        options=CentralSystemOptions(port=0),
    )
    with capture_logs():
        await system.start()
        report = await run_load(
            LoadOptions(
                url=f"ws://127.0.0.1:{system.port}/ocpp",
                mode=Mode.BOOT,
                stations=BOOTS,
                identity="CP-{}",
                at_once=BOOTS,
            ),
            clock,
        )
        await system.stop()
    stored = store._database.connection.execute(
        "SELECT count(DISTINCT charge_point_id) FROM status WHERE status = 'Available'"
    ).fetchall()
    errors = store._database.connection.execute(
        "SELECT count(*) FROM ocpp_message WHERE answer LIKE '[4,%'"
    ).fetchall()
    await store.close()

    assert (BOOTS, 2 * BOOTS, 0, 0) == (
        report.connected, report.acknowledged, report.refused, report.lost,
    )  # fmt: skip
    assert not report.faults
    assert [(BOOTS,)] == stored
    assert [(0,)] == errors
    assert all(p.connectors[next(iter(p.connectors))].status for p in live.charge_points.values())


def steps_of(work: Callable[[], object]) -> int:
    """Count the calls of functions that some work takes: the same on a slow machine."""
    steps = 0

    def count(*_: Any) -> None:
        nonlocal steps
        steps += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return steps


async def test_the_ten_thousandth_message_of_a_transaction_costs_what_the_first_did(
    tmp_path: Path,
) -> None:
    """OCPP.md row 8: from the frame to the committed rows and the live state."""
    site = make_site()
    store, live = opened(tmp_path, site, ManualClock(NOON)), LiveSite(site)
    tokens = MemoryTokenBook(others=AuthorizationStatus.ACCEPTED)
    policy = AnswerPolicy(accepted=frozenset({CP}), heartbeat_interval_s=60, pending_interval_s=60)
    waiting: list[StoredMessage] = []

    def take(number: int, action: str, payload: str) -> None:
        frame = f'[2,"m{number}","{action}",{payload}]'
        now = NOON + timedelta(seconds=10 * number)
        call = parse(frame)
        assert isinstance(call, Call)
        decoded = V16.decode(call, now)
        assert isinstance(decoded, Decoded)
        decision = decide(live, tokens, decoded.event, charge_point_id=CP, now=now, policy=policy)
        message = StoredMessage(
            at=now,
            charge_point_id=CP,
            direction=Direction.FROM_CHARGER,
            message_id=MessageId(f"m{number}"),
            action=action,
            ocpp_version=V16.subprotocol,
            frame=frame,
            answer=encode_result(MessageId(f"m{number}"), V16.encode_reply(action, decision.reply)),
            outcome=Outcome.ANSWERED,
            event=decision.event,
            reply=decision.reply,
            session_id=decision.session_id,
            findings=decision.findings,
        )
        live.apply(message)
        waiting.append(message)

    def commit() -> None:
        assert {None} == set(store._commit(waiting))
        waiting.clear()

    def reads(number: int) -> None:
        at = NOON + timedelta(seconds=10 * number)
        value = f'{{"value":"{1000 + number}"}}'
        entry = f'{{"timestamp":"{at.isoformat()}","sampledValue":[{value}]}}'
        take(
            number,
            "MeterValues",
            f'{{"connectorId":1,"transactionId":1,"meterValue":[{entry}]}}',
        )

    def once(number: int) -> int:
        def work() -> None:
            reads(number)
            commit()

        return steps_of(work)

    start = f'{{"connectorId":1,"idTag":"A","meterStart":1000,"timestamp":"{NOON.isoformat()}"}}'
    take(0, "StartTransaction", start)
    for number in range(1, 10):
        reads(number)
    commit()
    early = once(10)
    for number in range(11, MESSAGES):
        reads(number)
        if number % 500 == 0:
            commit()
    commit()
    late = once(MESSAGES)
    await store.close()

    assert live.open_sessions()[0].energy_wh == MESSAGES
    assert late <= early + A_FEW
