"""Asking for many settings in slices."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import Accepted, ConfigurationEntry, GetConfiguration
from ocpp_core.domain.keys import in_slices, max_keys_of, together


def entry(key: str, value: str | None = "1") -> ConfigurationEntry:
    return ConfigurationEntry(key=key, value=value, readonly=False)


@given(
    keys=st.lists(st.text(min_size=1, max_size=3), max_size=40),
    max_keys=st.none() | st.integers(1, 12),
)
def test_every_key_is_asked_for_once_and_no_slice_is_too_long(
    keys: list[str], max_keys: int | None
) -> None:
    slices = in_slices(keys, max_keys)

    assert list(dict.fromkeys(keys)) == [key for one in slices for key in one.keys]
    assert all(0 < len(one.keys) <= (max_keys or len(keys)) for one in slices)


def test_without_keys_nothing_is_asked_since_no_keys_mean_all() -> None:
    assert () == in_slices((), 10)
    assert (GetConfiguration(keys=("a", "b")),) == in_slices(("a", "b"), None)


@pytest.mark.parametrize(
    ("value", "limit"), [("10", 10), (" 10 ", 10), ("0", None), ("many", None), (None, None)]
)
def test_the_limit_is_the_chargers_own(value: str | None, limit: int | None) -> None:
    assert limit == max_keys_of([entry("x"), entry("getconfigurationmaxkeys", value)])
    assert max_keys_of([entry("x")]) is None


def test_slices_are_put_together() -> None:
    first = Accepted(configuration=(entry("a"), entry("b", "old")), unknown_keys=("c", "d"))
    second = Accepted(configuration=(entry("b", "new"), entry("c")), unknown_keys=("d",))

    assert Accepted(
        configuration=(entry("a"), entry("b", "new"), entry("c")), unknown_keys=("d",)
    ) == together([first, second])
