"""Reading a CALL in one go: never another meaning than looking at the frame first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ocpp_core.protocol import envelope
from ocpp_core.protocol.translator import Decoded, Translator
from ocpp_core.protocol.versions import SUBPROTOCOLS, translator_for
from ocpp_core.sim.load import LoadOptions, Mode, scripts
from ocpp_core.sim.load.words import WORDS

NOW = datetime(2026, 3, 1, 11, tzinfo=UTC)
AT = "2026-03-01T10:00:00.000Z"
VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


def spoken(version: str) -> list[str]:
    """Frames of a whole session."""
    options = LoadOptions(url="ws://127.0.0.1", mode=Mode.SESSION, version=version, readings=1)
    words = WORDS[version]("LOAD-1", lambda: AT)
    calls = [*scripts.prepare(options, words)]
    work = scripts.work(options, words)
    answer: Any = None
    for _ in range(5):
        calls.append(work.send(answer))
        answer = b'[3,"1",{"transactionId":7}]'
    return [
        f'[2,"m{number}","{call.action}",{call.payload.decode()}]'
        for number, call in enumerate(calls)
    ]


FRAMES = {subprotocol: spoken(version) for subprotocol, version in VERSIONS.items()}


def looked_at(translator: Translator, text: str) -> Any:
    call = envelope.parse(text)
    return translator.decode(call, NOW) if isinstance(call, envelope.Call) else call


def check(translator: Translator, text: str) -> bool:
    """Compare both ways where the quick one is taken; tell whether it is."""
    read = translator.read(text)
    if read is None:
        return False
    plain = envelope.parse(text)
    assert isinstance(plain, envelope.Call)
    assert (plain.message_id, plain.action) == (read.message_id, read.action)
    assert looked_at(translator, text) == translator.decode(read, NOW)
    return True


@pytest.mark.parametrize("subprotocol", SUBPROTOCOLS)
def test_what_is_written_as_specified_is_read_in_one_go(subprotocol: str) -> None:
    translator = translator_for(subprotocol)
    for text in FRAMES[subprotocol]:
        assert check(translator, text)
        spaced = text.replace('",', '", ', 2).replace("[2,", "[2, ", 1)
        assert check(translator, spaced)
        decoded = translator.decode(translator.read(text) or pytest.fail("not read"), NOW)
        assert isinstance(decoded, Decoded)
        assert () == decoded.findings


@pytest.mark.parametrize(
    "text",
    [
        '[2,"m1","Heartbeat",{}',
        '[2,"m1","Heartbeat",{}]]',
        '[2,"m1","Heartbeat",{},{}]',
        '[2,"m1","Heartbeat",{"odd":1}]',
        '[2,"m1","Heartbeat"]',
        '[2,"m1","Heartbeat"',
        '[2,"m1","Heartbeat",]',
        '[2,"m1","Heartbeat",',
        '[2,"m1","heartbeat",{}]',
        '[2,"m1","Nothing",{}]',
        '[2,"","Heartbeat",{}]',
        '[2,"m\\"1","Heartbeat",{}]',
        '[2,"m\n1","Heartbeat",{}]',
        f'[2,"{"m" * 37}","Heartbeat",{{}}]',
        '[2,"m1" "Heartbeat",{}]',
        '[3,"m1","Heartbeat",{}]',
        '[2,1,"Heartbeat",{}]',
        "",
        '""""',
    ],
)
@pytest.mark.parametrize("subprotocol", SUBPROTOCOLS)
def test_whatever_else_is_left_to_a_closer_look(subprotocol: str, text: str) -> None:
    assert translator_for(subprotocol).read(text) is None


@given(
    st.sampled_from(SUBPROTOCOLS).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(FRAMES[name]))
    ),
    st.lists(
        st.tuples(
            st.integers(0, 2_000),
            st.integers(0, 3),
            st.text('"[]{},:\\x9 mL1é\n', max_size=3) | st.text(max_size=2),
        ),
        max_size=3,
    ),
)
@example(("ocpp1.6", '[2,"m1","Heartbeat",{}]'), [(4, 0, "\\")])
def test_a_mutated_frame_never_means_two_things(
    frame: tuple[str, str], changes: list[tuple[int, int, str]]
) -> None:
    subprotocol, text = frame
    for at, length, new in changes:
        at %= len(text) + 1  # noqa: PLW2901 -- a place in the text
        text = text[:at] + new + text[at + length :]

    check(translator_for(subprotocol), text)


@pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1"])
def test_words_of_a_vendor_cost_one_more_look_and_mean_the_same(subprotocol: str) -> None:
    translator = translator_for(subprotocol)
    text = next(text for text in FRAMES[subprotocol] if "Voltage" in text)
    odd = text.replace('"Voltage"', '"Volts"')

    assert translator.read(odd) is None
    decoded = looked_at(translator, odd)
    assert isinstance(decoded, Decoded)
    assert any("Volts" in finding for finding in decoded.findings)


def test_labels_hold_plain_strings() -> None:
    """Members of a version's enumerations stay at the edge."""
    translator = translator_for("ocpp1.6")
    text = next(text for text in FRAMES["ocpp1.6"] if "Voltage" in text)
    decoded = translator.decode(translator.read(text) or pytest.fail("not read"), NOW)

    assert isinstance(decoded, Decoded)
    samples = decoded.event.samples  # type: ignore[union-attr]
    assert {(str, str)} == {(type(s.context), type(s.location)) for s in samples}
