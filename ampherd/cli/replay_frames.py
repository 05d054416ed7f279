"""`ampherd replay-frames`: what Ampherd makes of captured frames."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ampherd.cli.options import JsonOption
from ampherd.cli.output import data, help_text, json_data, say
from ocpp_core.domain.errors import AmpherdError

if TYPE_CHECKING:
    from ampherd.replay.captured import Captured, Skipped
    from ampherd.replay.understand import Understood

HELP = help_text(
    "Feed captured OCPP frames to the protocol layer, or to a server; tell what was understood.",
    "ampherd replay-frames frames.jsonl",
    "ampherd replay-frames frames.jsonl --json",
    "ampherd replay-frames frames.jsonl --url ws://localhost:9000/ocpp --identity CP-1 --new-ids",
    rest="One frame a line: what the API exports, objects with frame and version, the journal of "
    "ampherd simulate, or plain frames; - reads standard input. Exit code 1 when a frame that was "
    "answered when it was captured is refused now.",
)


def replay_frames(
    file: Annotated[str, typer.Argument(help="JSON lines, or - for standard input.")],
    url: Annotated[
        str | None,
        typer.Option(help="Send the frames to this endpoint instead of looking at them here."),
    ] = None,
    identity: Annotated[
        str | None, typer.Option(help="With --url: send all frames as this charger.")
    ] = None,
    password: Annotated[
        str | None,
        typer.Option(envvar="AMPHERD_REPLAY_PASSWORD", help="With --url: the chargers' password."),
    ] = None,
    ocpp: Annotated[
        str, typer.Option(help="Version of frames that do not say: 1.6, 2.0.1 or 2.1.")
    ] = "1.6",
    *,
    new_ids: Annotated[
        bool,
        typer.Option("--new-ids", help="With --url: under new message ids, not as repetitions."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Replay captured frames."""
    from ampherd.replay.captured import Skipped, captured  # noqa: PLC0415 - help stays quick
    from ocpp_core.protocol.versions import SUBPROTOCOLS  # noqa: PLC0415 - see above

    subprotocol = f"ocpp{ocpp.removeprefix('ocpp')}"
    if subprotocol not in SUBPROTOCOLS:
        raise typer.BadParameter(f"OCPP {ocpp} is not spoken: use 1.6, 2.0.1 or 2.1")
    read = list(captured(_text(file).splitlines(), subprotocol=subprotocol))
    frames = [one for one in read if not isinstance(one, Skipped)]
    skipped = [one for one in read if isinstance(one, Skipped)]
    if url is None:
        understood = _here(frames)
    else:
        understood = _sent(url, frames, password=password, identity=identity, new_ids=new_ids)
    worse = sum(one.got_worse for one in understood)
    if as_json:
        json_data(
            {
                "frames": [one.to_json() for one in understood],
                "skipped": [{"line": one.line, "reason": one.reason} for one in skipped],
                "outcomes": dict(Counter(one.fate.value for one in understood)),
                "got_worse": worse,
            }
        )
    else:
        for one in understood:
            data(_words(one))
        for line in skipped:
            say(f"line {line.line}: skipped: {line.reason}")
        say(_summary(understood, skipped, worse))
    if worse:
        raise typer.Exit(1)


def _text(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise AmpherdError(f"{file} cannot be read: {error.strerror}") from None
    # Frames that are no UTF-8 are what people capture: a stand-in keeps the line.
    return raw.decode("utf-8", "replace")


def _here(frames: list[Captured]) -> list[Understood]:
    from ampherd.replay.understand import Replay  # noqa: PLC0415 - help stays quick

    replay = Replay()
    return [replay.take(frame) for frame in frames]


def _sent(
    url: str,
    frames: list[Captured],
    *,
    password: str | None,
    identity: str | None,
    new_ids: bool,
) -> list[Understood]:
    from ampherd.replay.send import send_frames  # noqa: PLC0415 - help stays quick
    from ampherd.runtime.stopping import run_until_stopped  # noqa: PLC0415 - see above

    done: list[Understood] = []

    async def send() -> None:
        sending = send_frames(url, frames, password=password, identity=identity, new_ids=new_ids)
        async for one in sending:
            done.append(one)  # noqa: PERF401 - what is done counts also when it is stopped

    run_until_stopped(send())
    return done


def _words(one: Understood) -> str:
    source = one.captured
    head = f"line {source.line}: {source.charge_point_id} {source.subprotocol}"
    lines = [f"{head} {one.action or 'no message'}: {one.fate.value}"]
    if one.got_worse:
        lines[0] += ", and was answered when it was captured"
    if source.note:
        lines.append(f"  note      {source.note}")
    if one.event:
        lines.append(f"  event     {one.event}")
    if one.answer:
        lines.append(f"  answer    {one.answer}")
    lines += [f"  finding   {finding}" for finding in one.findings]
    return "\n".join(lines)


def _summary(understood: list[Understood], skipped: list[Skipped], worse: int) -> str:
    counts = Counter(one.fate.value for one in understood)
    parts = [f"{count} {fate}" for fate, count in counts.items()]
    if skipped:
        parts.append(f"{len(skipped)} skipped")
    odd = sum(bool(one.findings) for one in understood)
    words = f"{len(understood)} frames: {', '.join(parts) or 'none'}; {odd} with findings"
    return f"{words}; {worse} refused that were answered before" if worse else words
