"""Light chargers against the real server: what they say, what they count, how they leave."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema_rs
import ocpp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from ocpp_core.csms.memory_credentials import MemoryCredentials
from ocpp_core.csms.memory_ledger import MemoryLedger
from ocpp_core.csms.server import CentralSystem, CentralSystemOptions
from ocpp_core.domain.clock import ManualClock, SystemClock
from ocpp_core.domain.commands import Accepted, ClearProfile, Reset, Unsupported
from ocpp_core.domain.events import Metered
from ocpp_core.domain.ids import ChargePointId, CircuitId, ConnectorId, ConnectorRef, SiteId
from ocpp_core.domain.live import LinkChange, LiveSite
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.security import SecurityProfile
from ocpp_core.domain.site import ChargePoint, Circuit, Connector, Site
from ocpp_core.domain.tokens import MemoryTokenBook
from ocpp_core.sim.load import LoadOptions, Mode, Onlooker, run_load, scripts, wire
from ocpp_core.sim.load.run import allow_files
from ocpp_core.sim.load.words import WORDS, Words

STATIONS = 3
GRID = CircuitId("grid")


def site() -> Site:
    names = [ChargePointId(f"LOAD-{number:05d}") for number in range(1, STATIONS + 1)]
    return Site(
        site_id=SiteId("load"),
        name="Load",
        timezone=ZoneInfo("UTC"),
        currency="EUR",
        voltage_v=230.0,
        circuits=(Circuit(circuit_id=GRID, limit_a=100.0),),
        charge_points=tuple(
            ChargePoint(
                charge_point_id=name,
                connectors=(
                    Connector(
                        ref=ConnectorRef(name, ConnectorId(1)), circuit_id=GRID, max_current_a=32.0
                    ),
                ),
            )
            for name in names
        ),
        building_circuit_id=GRID,
    )


@dataclass
class Nobody:
    """A listener that does one thing, after so many commits."""

    after: int = 0
    then: Callable[[], None] = lambda: None

    def committed(self, message: StoredMessage) -> None:
        del message
        self.after -= 1
        if self.after == 0:
            self.then()

    def link_changed(self, change: LinkChange) -> None:
        del change


@dataclass
class Target:
    """A server under load."""

    system: CentralSystem
    ledger: MemoryLedger
    live: LiveSite
    listener: Nobody

    def options(self, mode: Mode = Mode.METER, **changes: Any) -> LoadOptions:
        defaults: dict[str, Any] = {
            "url": f"ws://127.0.0.1:{self.system.port}/ocpp",
            "stations": STATIONS,
            "messages": 30,
            "duration_s": 20,
        }
        return LoadOptions(mode=mode, **defaults | changes)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    live, ledger, listener = LiveSite(site()), MemoryLedger(), Nobody()
    system = CentralSystem(
        live=live,
        ledger=ledger,
        tokens=MemoryTokenBook(),
        clock=SystemClock(),
        listener=listener,
        credentials=MemoryCredentials(others=SecurityProfile.NONE),
        options=CentralSystemOptions(port=0),
    )
    async with system:
        yield Target(system, ledger, live, listener)


@pytest.mark.parametrize(
    ("mode", "sent"), [(Mode.BOOT, 2 * STATIONS), (Mode.METER, 30), (Mode.SESSION, 30)]
)
async def test_every_message_is_acknowledged(target: Target, mode: Mode, sent: int) -> None:
    report = await run_load(target.options(mode, readings=3), SystemClock())

    assert report.succeeded, report
    assert (STATIONS, sent, sent) == (report.connected, report.sent, report.acknowledged)
    assert sent == report.latencies["all"]["count"]
    assert sent == sum(f["count"] for name, f in report.latencies.items() if name != "all")


async def test_idle_chargers_boot_and_stay(target: Target) -> None:
    report = await run_load(target.options(Mode.IDLE, duration_s=0.05), SystemClock())

    assert report.succeeded, report
    assert (STATIONS, 0) == (report.connected, report.sent)
    assert 2 * STATIONS == len(target.ledger.messages)


async def test_the_onlooker_hears_of_every_message_that_was_acknowledged(target: Target) -> None:
    heard: list[tuple[str, str]] = []
    onlooker = Onlooker(acknowledged=lambda name, message_id: heard.append((name, message_id)))

    await run_load(target.options(), SystemClock(), onlooker)

    stored = [(str(m.charge_point_id), str(m.message_id)) for m in target.ledger.messages]
    assert sorted(stored) == sorted(heard)


async def test_an_open_loop_sends_at_its_rate_whatever_is_answered(target: Target) -> None:
    report = await run_load(target.options(rate=300, messages=None, duration_s=0.1), SystemClock())

    assert report.succeeded, report
    assert 30 == report.sent


async def test_what_is_due_and_never_sent_is_counted(target: Target) -> None:
    def hold() -> None:
        target.ledger.held = True

    # Boot, status, start: from the first reading on nothing is answered.
    target.listener.after, target.listener.then = 3 * STATIONS, hold
    report = await run_load(
        target.options(rate=300, messages=30, duration_s=0.1, timeout_s=0.1), SystemClock()
    )
    target.ledger.release()

    assert not report.succeeded
    assert report.sent == report.acknowledged + report.lost
    assert 30 == report.sent + report.unsent
    assert STATIONS == report.lost == report.faults["no answer in time"]


async def test_readings_are_eight_values_that_nobody_doubts(target: Target) -> None:
    await run_load(target.options(), SystemClock())
    readings = [m for m in target.ledger.messages if isinstance(m.event, Metered)]

    assert 30 == len(readings)
    assert {8} == {len(m.event.samples) for m in readings if isinstance(m.event, Metered)}
    assert {()} == {message.findings for message in target.ledger.messages}
    assert all(1_000 < len(message.frame) < 1_400 for message in readings)


async def test_a_charger_never_measures_twice_at_once(target: Target) -> None:
    await run_load(target.options(), ManualClock(datetime(2026, 3, 1, tzinfo=UTC)))
    instants = [
        (message.charge_point_id, reading.taken_at)
        for message in target.ledger.messages
        if isinstance(message.event, Metered)
        for reading in message.event.readings
    ]

    assert len(instants) == len(set(instants))


@pytest.mark.parametrize("mode", [Mode.METER, Mode.SESSION])
async def test_no_transaction_is_left_open(target: Target, mode: Mode) -> None:
    await run_load(target.options(mode, messages=3 * STATIONS), SystemClock())

    assert target.live.transactions
    assert () == target.live.open_sessions()


async def test_chargers_that_are_refused_are_told_with_the_reason(target: Target) -> None:
    report = await run_load(
        target.options(stations=STATIONS + 1, messages=None, duration_s=0.05), SystemClock()
    )

    assert not report.succeeded
    assert STATIONS == report.connected
    assert {"HTTP 404 Not Found": 1} == report.faults


async def test_a_run_in_which_nobody_connects_is_an_error(target: Target) -> None:
    with pytest.raises(OSError, match="404"):
        await run_load(target.options(identity="OTHER-{}"), SystemClock())


async def test_a_server_that_is_not_there_is_an_error(target: Target) -> None:
    url = f"ws://127.0.0.1:{target.system.port}/ocpp"
    await target.system.stop()

    with pytest.raises(OSError, match="cannot connect"):
        await run_load(target.options(url=url), SystemClock())


async def test_a_server_that_stops_is_a_fault_of_each_connection(target: Target) -> None:
    stops: list[asyncio.Task[None]] = []

    def stop() -> None:
        stops.append(asyncio.create_task(target.system.stop()))

    target.listener.after, target.listener.then = 4 * STATIONS, stop
    report = await run_load(target.options(messages=None), SystemClock())
    await asyncio.gather(*stops)

    assert not report.succeeded
    assert STATIONS == report.faults["closed by the server: 1001 the server stops"]


@pytest.mark.parametrize(
    ("command", "expected"), [(ClearProfile(), Accepted), (Reset(), Unsupported)]
)
async def test_commands_are_answered_and_not_followed(
    target: Target, command: Any, expected: type
) -> None:
    results: list[Any] = []

    def tell() -> None:
        task = asyncio.ensure_future(
            target.system.send(target.ledger.messages[0].charge_point_id, command)
        )
        task.add_done_callback(lambda done: results.append(done.result()))

    target.listener.after, target.listener.then = 1, tell
    report = await run_load(target.options(), SystemClock())

    assert report.succeeded, report
    assert 1 == report.commands
    assert [expected] == [type(result) for result in results]


async def test_progress_is_told(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocpp_core.sim.load.run.PROGRESS_S", 0.01)
    told: list[str] = []
    await run_load(
        target.options(Mode.IDLE, duration_s=0.1), SystemClock(), Onlooker(progress=told.append)
    )

    assert any("3 of 3 stations" in line for line in told)


# Options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://127.0.0.1/"}, "no ws:// or wss:// URL"),
        ({"stations": 0}, "stations must be above 0"),
        ({"rate": 0.0}, "rate must be above 0"),
        ({"messages": 1}, "at least one for each station"),
        ({"version": "1.5"}, "version must be one of 1.6, 2.0.1, 2.1"),
        ({"identity": "LOAD"}, "no place for a number"),
        ({"identity": "LOAD-{name}"}, "no place for a number"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LoadOptions(**{"url": "ws://127.0.0.1/ocpp"} | changes)


def test_identities_are_part_of_the_path() -> None:
    options = LoadOptions(url="ws://[::1]/ocpp/", identity="A/{}")

    assert ("::1", 80, "/ocpp/A%2F1") == (
        options.host, options.port, options.path_of(options.name_of(0)),
    )  # fmt: skip


def test_more_open_files_than_the_system_allows_are_an_error() -> None:
    with pytest.raises(OSError, match="ulimit"):
        allow_files(1 << 40)


# Words ----------------------------------------------------------------------------------------


def said(version: str) -> list[tuple[str, Any]]:
    """Everything that a station of a version can say."""
    ticks = itertools.count()
    words: Words = WORDS[version]("LOAD-1", lambda: f"2026-03-01T10:00:{next(ticks):02d}.000Z")
    options = LoadOptions(url="ws://127.0.0.1", mode=Mode.SESSION, version=version, readings=2)
    calls = [*scripts.prepare(options, words)]
    conversation = scripts.work(options, words)
    answer: bytes | None = None
    for _ in range(6):
        calls.append(conversation.send(answer))  # type: ignore[arg-type] # None at first
        answer = b'[3,"1",{"transactionId":7}]'
    return [(call.action, json.loads(call.payload)) for call in calls]


@pytest.mark.parametrize("version", WORDS)
def test_what_is_said_is_what_the_schemas_ask_for(version: str) -> None:
    folder = Path(ocpp.__file__).parent / f"v{version.replace('.', '')}" / "schemas"
    for action, payload in said(version):
        name = f"{action}.json" if version == "1.6" else f"{action}Request.json"
        schema = json.loads((folder / name).read_text("utf-8-sig"))
        jsonschema_rs.validate(schema, payload)


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_transaction_events_are_counted_from_0(version: str) -> None:
    events = [payload for action, payload in said(version) if action == "TransactionEvent"]

    assert [
        ("Started", 0), ("Updated", 1), ("Updated", 2), ("Ended", 3),
    ] == [(event["eventType"], event["seqNo"]) for event in events]  # fmt: skip
    assert 1 == len({event["transactionInfo"]["transactionId"] for event in events})


# Wire -----------------------------------------------------------------------------------------


@given(
    st.lists(st.binary(max_size=200) | st.integers(65_530, 65_540).map(bytes), max_size=5),
    st.lists(st.integers(0, 400_000), max_size=6),
)
def test_any_split_of_a_servers_bytes_gives_the_same_messages(
    contents: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(
        Frame(Opcode.TEXT, content[:9], fin=False).serialize(mask=False)
        + Frame(Opcode.PING, b"!").serialize(mask=False)
        + Frame(Opcode.CONT, content[9:]).serialize(mask=False)
        for content in contents
    )
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    reader = wire.Reader()

    expected = [part for text in contents for part in ((wire.PING, b"!"), (wire.TEXT, text))]

    assert expected == [
        received
        for start, end in itertools.pairwise(edges)
        for received in reader.receive(data[start:end])
    ]


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_our_frames_are_read_by_the_library(length: int) -> None:
    library = ServerProtocol(state=OPEN)
    library.receive_data(wire.frame(wire.TEXT, b"x" * length))
    (frame,) = library.events_received()

    assert isinstance(frame, Frame)
    assert b"x" * length == bytes(frame.data)


@pytest.mark.parametrize(
    ("head", "refusal"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nServer: x", "HTTP 401 Unauthorized"),
        (b"SSH-2.0", "no HTTP response"),
        (b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x", "answered wrongly"),
        (
            f"HTTP/1.1 101 OK\r\nsec-websocket-accept: {wire.ACCEPT}".encode(),
            "does not speak ocpp1.6",
        ),
    ],
)
def test_a_refusal_is_told_in_words(head: bytes, refusal: str) -> None:
    assert refusal in (wire.refusal_of(head, "ocpp1.6") or "")
