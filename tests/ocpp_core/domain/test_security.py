"""Keys in their two forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.security import KeyHash, canonical_key

keys = st.binary(min_size=16, max_size=40)
texts = st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=16, max_size=40)


@given(keys | texts.map(str.encode) | keys.map(lambda key: key.hex().encode()))
def test_a_key_matches_in_raw_and_hex_form_in_either_direction(key: bytes) -> None:
    """OCPP.md row 63."""
    as_hex = key.hex().encode()

    assert KeyHash.of(key).matches(key)
    assert KeyHash.of(key).matches(as_hex)
    assert KeyHash.of(key).matches(as_hex.upper())
    assert KeyHash.of(as_hex).matches(key)


@given(keys, keys)
def test_different_keys_do_not_match(one: bytes, other: bytes) -> None:
    assert (canonical_key(one) == canonical_key(other)) == KeyHash.of(one).matches(other)


@pytest.mark.parametrize(
    ("key", "form"),
    [
        (b"deadbeef", b"deadbeef"),
        (b"0123456789abcdef", bytes.fromhex("0123456789abcdef")),
        (b"30313233343536373839616263646566", bytes.fromhex("0123456789abcdef")),
        (b"0123456789abcde", b"0123456789abcde"),
        (b"01 23 45 67 89 ab cd ef", b"01 23 45 67 89 ab cd ef"),
        (b"0123456789abcdefg", b"0123456789abcdefg"),
        (b"\xff" * 16, b"\xff" * 16),
        (b"", b""),
    ],
)
def test_the_one_form_of_a_key(key: bytes, form: bytes) -> None:
    assert form == canonical_key(key)


def test_the_same_key_is_hashed_with_another_salt_each_time() -> None:
    key = b"a key of sixteen"

    assert KeyHash.of(key) != KeyHash.of(key)
    assert key.hex() not in repr(KeyHash.of(key))
