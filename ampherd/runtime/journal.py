"""The journal of alarms: when each one came on and when it went off, in the store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC
from uuid import uuid4

from analytics.records import AlarmRecord
from analytics.store import Store
from ocpp_core.domain.clock import Clock

NOTE_INTERVAL_S = 60.0
"""How often alarms are compared with those on record: what is shorter is not in the journal."""

_NUMBER = re.compile(r"(?<![\w/-])\d+(?:[.,:]\d+)*(?![\w/-])")
_OPEN = "SELECT alarm_id, raised_at, kind, subject, words FROM alarm WHERE cleared_at IS NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What needs a person now."""

    kind: str
    """Short name of where it comes from, e.g. `offline`."""
    words: str
    """One sentence."""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same alarm when a figure in its sentence changes."""
        return (self.kind, _NUMBER.sub("#", self.words))


class AlarmJournal:
    """Records what comes on and goes off; belongs to the store's event loop."""

    def __init__(
        self,
        alarms: Callable[[], Iterable[Alarm]],
        store: Store,
        clock: Clock,
        charge_points: Iterable[str],
    ) -> None:
        self._alarms = alarms
        self._store = store
        self._clock = clock
        self._charge_points = frozenset(charge_points)
        self._on = {Alarm(kind=r.kind, words=r.words).key: r for r in _open_of(store)}

    async def note(self) -> None:
        """Record what changed since the last time; raises StoreError, and it is done next time."""
        now = self._clock.now()
        current = {alarm.key: alarm for alarm in self._alarms()}
        came = {
            key: AlarmRecord(
                alarm_id=uuid4().hex,
                raised_at=now,
                kind=alarm.kind,
                subject=self._subject(alarm.words),
                words=alarm.words,
            )
            for key, alarm in current.items()
            if key not in self._on
        }
        gone = {key: r for key, r in self._on.items() if key not in current}
        if not came and not gone:
            return
        await self._store.record(
            *came.values(), *(replace(record, cleared_at=now) for record in gone.values())
        )
        self._on = {key: r for key, r in self._on.items() if key not in gone} | came

    def _subject(self, words: str) -> str:
        """Return the charger or connector that a sentence begins with, else `site`."""
        first = words.partition(" ")[0].rstrip(":.,")
        return first if first.partition("/")[0] in self._charge_points else "site"


def _open_of(store: Store) -> list[AlarmRecord]:
    with store.reader() as reader:
        frame = reader.sql(_OPEN)
    frame["raised_at"] = frame["raised_at"].dt.tz_convert("UTC")
    return [
        AlarmRecord(
            alarm_id=str(alarm_id),
            raised_at=raised_at.to_pydatetime().replace(tzinfo=UTC),
            kind=str(kind),
            subject=str(subject),
            words=str(words),
        )
        for alarm_id, raised_at, kind, subject, words in frame.itertuples(index=False)
    ]
