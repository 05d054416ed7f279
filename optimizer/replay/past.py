"""What forecasts learn from recorded stays."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from optimizer.forecast import History, PastStay
from optimizer.replay.stay import RecordedStay


def history_of(stays: Iterable[RecordedStay], zone: ZoneInfo) -> History:
    """Return the history of some stays; of one that comes twice the last counts."""
    return History.of(
        [
            PastStay(
                connector=str(stay.ref),
                driver=stay.driver,
                arrival=stay.arrival,
                departure=stay.departure,
                energy_wh=stay.energy_wh,
                stated_departure=stay.stated_departure,
                stated_energy_wh=stay.stated_energy_wh,
            )
            for stay in {stay.session_id: stay for stay in stays}.values()
        ],
        zone,
    )
