"""Which version of which driver tariff holds for a session, from its start on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from analytics.state import SessionRow
from ocpp_core.domain.ids import TariffId
from ocpp_core.domain.tariff import Tariff, TariffBook


class DriverTariffs:
    """Every version of every driver tariff that was ever used."""

    def __init__(
        self, current: TariffBook, stored: Iterable[Tariff], group_of: Callable[[str], str | None]
    ) -> None:
        self._versions = {(t.tariff_id, t.version): t for t in (*stored, *current.tariffs)}
        self._group_of = group_of
        named = {(tariff.tariff_id, tariff.version) for tariff in current.tariffs}
        # Earlier versions hold for the sessions of their time, also when the file has them no more.
        earlier = [
            kept
            for key, tariff in self._versions.items()
            if key not in named and (kept := _until_the_next(tariff, current)) is not None
        ]
        self._book = TariffBook(tariffs=(*current.tariffs, *earlier))
        self._grouped = any(tariff.groups for tariff in self._book.tariffs)

    def at(self, id_token: str, at: datetime) -> Tariff | None:
        """Return the version that holds for a token at an instant."""
        group = self._group_of(id_token) if self._grouped and id_token else None
        return self._book.choose(group, at)

    def of(self, row: SessionRow) -> Tariff | None:
        """Return the version valid at the session's start, and keep it with the session.

        None: no tariff was valid then. A session whose token is not known yet keeps none.
        """
        if row.tariff_id is not None and row.tariff_version is not None:
            attached = self._versions.get((TariffId(row.tariff_id), row.tariff_version))
            if attached is not None:
                return attached
        chosen = self.at(row.id_token, row.started_at)
        if chosen is not None and (row.id_token or not self._grouped or row.ended_at):
            row.tariff_id, row.tariff_version = chosen.tariff_id, chosen.version
        return chosen


def _until_the_next(tariff: Tariff, current: TariffBook) -> Tariff | None:
    """Return a version of before until a later one takes its place; None: it never holds again."""
    later = [
        other.valid_from
        for other in current.tariffs
        if other.tariff_id == tariff.tariff_id and other.version > tariff.version
    ]
    starts = [start for start in later if start is not None]
    if not later or len(starts) < len(later):
        return None
    end = min(starts)
    if tariff.valid_from is not None and tariff.valid_from >= end:
        return None
    return replace(tariff, valid_to=min(tariff.valid_to or end, end))
