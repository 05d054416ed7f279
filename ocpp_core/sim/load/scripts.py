"""What a charger does in each mode, as conversations: a message out, its answer in."""

from __future__ import annotations

from collections.abc import Generator

from ocpp_core.sim.load.options import LoadOptions, Mode
from ocpp_core.sim.load.words import Call, Words

type Conversation = Generator[Call, bytes, None]
"""Yields messages and is sent the CALLRESULTs that answer them."""


def prepare(options: LoadOptions, words: Words) -> Conversation:
    """Whatever comes before the measured part."""
    if options.mode is Mode.BOOT:
        return
    yield words.boot()
    yield words.status(busy=False)
    if options.mode is Mode.METER:
        words.started((yield words.start()))


def work(options: LoadOptions, words: Words) -> Conversation:
    """Yield the measured part; it goes on for ever where the mode does."""
    match options.mode:
        case Mode.BOOT:
            yield words.boot()
            yield words.status(busy=False)
        case Mode.IDLE:
            return
        case Mode.METER:
            while True:
                yield words.reading()
        case Mode.SESSION:
            while True:
                words.started((yield words.start()))
                yield words.status(busy=True)
                for _ in range(options.readings):
                    yield words.reading()
                yield words.stop()
                yield words.status(busy=False)


def finish(words: Words) -> Conversation:
    """Leave nothing open behind."""
    if words.is_charging:
        yield words.stop()
        yield words.status(busy=False)
