"""Messages of DuckDB's client-server protocol as real clients write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import quack_wire
from analytics.quack_wire import Kind, WireError

CONNECTION = b"71693027E923501DCA662F44139B2ADA"
PREPARE = (
    b"\x01\x00\x03\x02\x00 " + CONNECTION + b"\x03\x00\x06\xff\xff\x01\x00\x08SELECT 1\xff\xff"
)
"""As duckdb 1.5.5 sends it."""


def test_a_statement_is_read_and_replaced() -> None:
    message = quack_wire.read(PREPARE)

    assert (Kind.PREPARE, CONNECTION.decode()) == (message.kind, message.connection_id)
    assert "SELECT 1" == message.text()
    assert PREPARE == message.with_text("SELECT 1")


@given(st.text(max_size=300))
def test_any_statement_survives_the_way(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    replaced = quack_wire.read(PREPARE).with_text(text)

    assert text == quack_wire.read(replaced).text()
    assert replaced.endswith(b"\xff\xff")


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_or_read_and_never_more(raw: bytes) -> None:
    try:
        message = quack_wire.read(raw)
        message.text()
    except WireError:
        return
    assert message.kind >= 0


def test_an_error_is_a_message_too() -> None:
    message = quack_wire.read(quack_wire.error("no: über"))

    assert Kind.ERROR == message.kind
    assert "no: über" == message.text()


@pytest.mark.parametrize("cut", range(len(PREPARE) - 2))
def test_a_message_that_ends_too_early_is_refused(cut: int) -> None:
    with pytest.raises(WireError):
        quack_wire.read(PREPARE[:cut]).text()
