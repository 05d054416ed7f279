"""Asking for many settings in slices."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.commands import GetConfiguration
from ocpp_core.domain.keys import in_slices


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
