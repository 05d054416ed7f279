"""Which of several tariffs holds for a driver, and what is wrong with a set of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from ocpp_core.domain.tariff.definition import Tariff

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffFault:
    """What is wrong between tariffs."""

    index: int
    """Which tariff of the book it is best mended at, from 0."""
    key: str
    """Its field."""
    problem: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffBook:
    """The tariffs of a site."""

    tariffs: tuple[Tariff, ...]

    def choose(self, group: str | None, at: datetime) -> Tariff | None:
        """Return the tariff for a session that starts at an instant, or None where none holds.

        A tariff for the driver's group goes before one for everybody; of several versions the one
        that holds since last, and of those the highest.
        """
        valid = [
            tariff
            for tariff in self.tariffs
            if tariff.is_valid_at(at) and at < self.ends_of(tariff)
        ]
        folded = None if group is None else group.casefold()
        own = [t for t in valid if folded in {name.casefold() for name in t.groups}]
        found = own or [tariff for tariff in valid if not tariff.groups]
        return max(found, key=lambda t: (t.valid_from or _EVER, t.version), default=None)

    def ends_of(self, tariff: Tariff) -> datetime:
        """Return until when a tariff holds: its own end, or the start of its next version."""
        later = (
            other.valid_from
            for other in self.tariffs
            if other.tariff_id == tariff.tariff_id
            and other.valid_from is not None
            and other.valid_from > (tariff.valid_from or _EVER)
        )
        return min(tariff.valid_to or _NEVER, min(later, default=_NEVER))

    def faults(self, currency: str) -> Iterator[TariffFault]:
        """Yield other currencies, names used twice, overlaps and gaps."""
        seen: set[tuple[str, int]] = set()
        for index, tariff in enumerate(self.tariffs):
            if tariff.currency != currency:
                yield TariffFault(
                    index=index, key="currency",
                    problem=f"{tariff} is in {tariff.currency}, the site in {currency}",
                    hint="All prices of a site are in one currency; nothing is converted.",
                )  # fmt: skip
            if (tariff.tariff_id, tariff.version) in seen:
                yield TariffFault(
                    index=index, key="version", problem=f"there is another {tariff}",
                    hint="Give it another id, or the next version and a valid_from.",
                )  # fmt: skip
            seen.add((tariff.tariff_id, tariff.version))
        yield from self._overlaps()
        yield from self._gaps()

    def _overlaps(self) -> Iterator[TariffFault]:
        for (_, first), (index, second) in combinations(enumerate(self.tariffs), 2):
            if (first.tariff_id, first.version) == (second.tariff_id, second.version):
                continue
            shared = first.groups & second.groups
            if not shared and (first.groups or second.groups):
                continue
            start = max(first.valid_from or _EVER, second.valid_from or _EVER)
            if start >= min(self.ends_of(first), self.ends_of(second)):
                continue
            whom = f"group {min(shared)}" if shared else "everybody"
            since = "always" if start == _EVER else f"from {start:%F %R}Z"
            yield TariffFault(
                index=index, key="valid_from",
                problem=f"{first} and {second} both hold for {whom}, {since}",
                hint="Let one end (valid_to) where the other begins, or give one to a group.",
            )  # fmt: skip

    def _gaps(self) -> Iterator[TariffFault]:
        general = any(not tariff.groups for tariff in self.tariffs)
        names = {name for tariff in self.tariffs for name in tariff.groups}
        for whom in [""] if general else sorted(names):
            held = sorted(
                (
                    (tariff.valid_from or _EVER, self.ends_of(tariff), index)
                    for index, tariff in enumerate(self.tariffs)
                    if (whom in tariff.groups if whom else not tariff.groups)
                ),
            )
            until = held[0][1] if held else _NEVER
            for start, end, index in held[1:]:
                if start > until:
                    yield TariffFault(
                        index=index, key="valid_from",
                        problem=f"no tariff holds for {whom or 'everybody'} from {until:%F %R}Z "
                        f"to {start:%F %R}Z",
                        hint="Sessions that start in between would have no price.",
                    )  # fmt: skip
                until = max(until, end)
