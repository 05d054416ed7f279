"""Asking for many settings in slices that a charger can stomach (OCPP 1.6 section 9.1.6).

A charger that names GetConfigurationMaxKeys gives a part, or no answer at all, when it is asked for
more at once (quirk res-config-partial). Who asks goes on with the next slice when one times out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import batched

from ocpp_core.domain.commands import Accepted, ConfigurationEntry, GetConfiguration

MAX_KEYS = "GetConfigurationMaxKeys"


def max_keys_of(entries: Iterable[ConfigurationEntry]) -> int | None:
    """Return how many settings may be asked for at once; None where the charger does not say."""
    for entry in entries:
        if entry.key.casefold() == MAX_KEYS.casefold() and entry.value is not None:
            text = entry.value.strip()
            return int(text) if text.isdecimal() and int(text) > 0 else None
    return None


def in_slices(keys: Sequence[str], max_keys: int | None) -> tuple[GetConfiguration, ...]:
    """Return the questions that ask for `keys`, each of at most `max_keys` (None: one for all)."""
    wanted = tuple(dict.fromkeys(keys))
    if not wanted:
        return ()
    return tuple(GetConfiguration(keys=part) for part in batched(wanted, max_keys or len(wanted)))


def together(answers: Iterable[Accepted]) -> Accepted:
    """Return the answers to several slices as one; of a key that comes twice the last counts."""
    entries: dict[str, ConfigurationEntry] = {}
    unknown: dict[str, None] = {}
    for answer in answers:
        entries.update({entry.key: entry for entry in answer.configuration})
        unknown.update(dict.fromkeys(answer.unknown_keys))
    return Accepted(
        configuration=tuple(entries.values()),
        unknown_keys=tuple(key for key in unknown if key not in entries),
    )
