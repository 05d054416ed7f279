"""What the store promises whoever hands it messages."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from ocpp_core.domain.live import LiveSite
from tests.analytics.builders import NOON, Charger, make_site
from tests.analytics.conftest import OpenStore


async def test_a_session_is_told_from_its_messages(open_store: OpenStore) -> None:
    store = open_store()
    messages = Charger().whole_session(NOON, 7)

    await asyncio.gather(*(store.append(message) for message in messages))

    session = store.reader().sessions(NOON, NOON + timedelta(days=1)).iloc[0]
    assert "CP-1/1" == session["connector"]
    assert 14.4 == session["energy_kwh"]
    assert 6.12 == session["revenue"]  # 14.4 x 0.39 + 0.50
    assert len(messages) == store.counters["messages_stored"]


async def test_after_a_restart_the_live_site_knows_what_was_stored(open_store: OpenStore) -> None:
    charger = Charger()
    first = open_store()
    await asyncio.gather(
        first.append(charger.start(NOON, 7)),
        first.append(charger.metered(NOON + timedelta(minutes=5), 1500, 7)),
    )
    await first.close()
    live = LiveSite(make_site())

    open_store().load_live(live)

    (session,) = live.open_sessions()
    assert 500 == session.energy_wh
    assert 7 == live.last_transaction_id
