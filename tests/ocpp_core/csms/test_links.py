"""Links: the newest wins, silence ends them, floods are slowed down, goodbyes are said."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from ocpp_core.csms.server import CentralSystemOptions
from ocpp_core.csms.tlsdoor import server_context
from ocpp_core.domain.ids import ChargePointId
from tests.ocpp_core.csms.rig import Charger, MakeRig, Rig, eventually

CP1 = ChargePointId("CP1")


async def test_a_link_is_told_when_it_comes_and_when_it_goes(rig: Rig) -> None:
    charger = await rig.charger()
    assert {"CP1"} == rig.system.online()
    assert rig.live.charge_points[CP1].online

    await charger.socket.close()
    await eventually(lambda: not rig.system.online())

    assert [True, False] == [change.online for change in rig.listener.links]
    assert not rig.live.charge_points[CP1].online


async def test_a_link_that_breaks_is_offline(rig: Rig) -> None:
    charger = await rig.charger()
    charger.abort()

    await eventually(lambda: not rig.system.online())
    assert [True, False] == [change.online for change in rig.listener.links]


async def test_the_newest_connection_wins_and_the_old_ones_end_changes_nothing(rig: Rig) -> None:
    """OCPP.md rows 48 and 49."""
    old = await rig.charger()
    new = await rig.charger()

    assert (1000, "a newer connection took over") == await old.closed()
    assert await new.is_alive()
    assert {"CP1"} == rig.system.online()
    assert [True, True] == [change.online for change in rig.listener.links]
    assert 1 == rig.count("connections_replaced")


async def test_an_answer_under_commit_is_given_on_the_next_connection(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.held = True
    frame = [2, "m1", "Authorize", {"idTag": "GOOD"}]
    await charger.send(frame)
    await eventually(lambda: bool(rig.ledger.waiting))
    charger.abort()
    again = await rig.charger()
    await again.send(frame)
    await eventually(lambda: rig.count("messages_received") == 2)
    rig.ledger.release()

    assert [3, "m1"] == (await again.receive())[:2]
    assert 1 == len(rig.ledger.messages)


async def test_the_server_pings(make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """OCPP.md row 52."""
    rig = await make_rig(ping_interval_s=0.02)
    pinged = asyncio.Event()
    charger = await rig.charger()
    protocol = charger.socket.protocol
    original = protocol.recv_frame

    def watch(frame: Frame) -> None:
        if frame.opcode is Opcode.PING:
            pinged.set()
        original(frame)

    monkeypatch.setattr(protocol, "recv_frame", watch)
    async with asyncio.timeout(5):
        await pinged.wait()


async def test_a_charger_that_answered_pings_and_falls_silent_is_dropped(make_rig: MakeRig) -> None:
    """OCPP.md row 48: a ping has a deadline."""
    rig = await make_rig(ping_interval_s=0.02, pong_limit_s=0.1)
    charger = await rig.charger()
    await eventually(lambda: all(link.ponged for link in rig.system._links))
    charger.socket.transport.pause_reading()  # a dead peer: the socket is open, nobody reads

    await eventually(lambda: not rig.system.online())
    assert 1 == rig.count("connections_silent")
    charger.abort()


async def test_a_charger_that_never_answers_pings_lives_by_its_frames(make_rig: MakeRig) -> None:
    """OCPP.md row 53."""
    rig = await make_rig(
        ping_interval_s=0.02, pong_limit_s=0.05, idle_limit_s=0.3, heartbeat_interval_s=0
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.port)
    writer.write(
        b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    text = b'[2,"m1","Heartbeat",{}]'
    for _ in range(6):
        await reader.read(1000)  # pings, which it does not answer
        writer.write(b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text)
        await asyncio.sleep(0.03)
    assert {"CP1"} == rig.system.online()
    assert 0 == rig.count("connections_silent")

    await eventually(lambda: rig.count("connections_silent") == 1)  # it sends nothing any more
    writer.close()


async def test_a_flood_waits_in_the_socket_not_in_memory(make_rig: MakeRig) -> None:
    """OCPP.md row 60."""
    rig = await make_rig(queue_messages=8)
    charger = await rig.charger()
    rig.ledger.held = True
    payload = {"vendorId": "v", "data": "x" * 20_000}
    frames = [json.dumps([2, f"m{n}", "DataTransfer", payload]) for n in range(600)]

    async def flood() -> None:
        for frame in frames:
            await charger.send(frame)

    flooding = asyncio.create_task(flood())
    await eventually(lambda: any(link._paused for link in rig.system._links))
    (link,) = rig.system._links
    taken = rig.count("messages_received")
    assert link.is_kept_waiting
    assert taken < 600
    rig.ledger.release()

    assert [f"m{n}" for n in range(600)] == [(await charger.receive())[1] for _ in range(600)]
    await flooding
    assert not link.is_kept_waiting


async def test_a_flood_of_one_charger_does_not_starve_another(make_rig: MakeRig) -> None:
    """OCPP.md row 60."""
    rig = await make_rig(queue_messages=4)
    flooder, other = await rig.charger("CP1"), await rig.charger("CP2")

    async def flood() -> None:
        for number in range(2000):
            await flooder.send([2, f"m{number}", "Heartbeat", {}])

    flooding = asyncio.create_task(flood())
    for _ in range(20):
        assert await other.is_alive()
    flooding.cancel()
    flooder.abort()


async def test_a_stop_says_goodbye(rig: Rig) -> None:
    charger = await rig.charger()
    closing = asyncio.create_task(charger.closed())
    await rig.system.stop()

    assert (1001, "the server stops") == await closing
    assert [True, False] == [change.online for change in rig.listener.links]


async def test_a_stop_lets_the_answer_under_commit_out(rig: Rig) -> None:
    charger = await rig.charger()
    rig.ledger.held = True
    await charger.send([2, "m1", "Heartbeat", {}])
    await eventually(lambda: bool(rig.ledger.waiting))
    stopping = asyncio.create_task(rig.system.stop())
    await asyncio.sleep(0)
    rig.ledger.release()

    assert [3, "m1"] == (await charger.receive())[:2]
    assert 1001 == (await charger.closed())[0]
    await stopping


async def test_a_stop_does_not_wait_for_a_peer_that_is_dead(make_rig: MakeRig) -> None:
    rig = await make_rig(close_timeout_s=0.05)
    charger = await rig.charger()
    charger.socket.transport.pause_reading()

    async with asyncio.timeout(5):
        await rig.system.stop()
    assert set() == rig.system.online()
    charger.abort()


async def test_a_stopped_server_starts_again(rig: Rig) -> None:
    await rig.system.stop()
    await rig.system.start()

    assert await (await rig.charger()).is_alive()


async def test_a_port_in_use_is_an_error_of_the_system(rig: Rig, make_rig: MakeRig) -> None:
    with pytest.raises(OSError, match="address"):
        await make_rig(port=rig.system.port)


async def test_when_one_port_cannot_be_had_the_other_is_closed_again(
    rig: Rig, make_rig: MakeRig
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OSError, match="address"):
        await make_rig(port=port, tls_port=rig.system.port, tls=server_context)

    await make_rig(port=port)


async def test_a_link_can_be_closed_from_our_side(rig: Rig) -> None:
    charger = await rig.charger()

    assert rig.system.disconnect(CP1, "new key")
    assert (1000, "new key") == await charger.closed()
    assert not rig.system.disconnect(CP1, "again")


async def test_three_hundred_chargers_boot_at_once_without_an_error(make_rig: MakeRig) -> None:
    rig = await make_rig(allow_self_registration=True)

    async def boot(number: int) -> str:
        charger = await rig.charger(f"N{number}", ping_interval=None)
        answer = await charger.result(
            "BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"}
        )
        return str(answer["status"])

    answers = await asyncio.gather(*(boot(number) for number in range(300)))

    assert {"Pending"} == set(answers)
    assert 300 == len(rig.system.online())


# Bytes as a charger may send them ----------------------------------------------------------------

REQUEST = (
    b"GET /ocpp/CP1 HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
)
HEARTBEAT = b'[2,"m1","Heartbeat",{}]'


def framed(opcode: Opcode, content: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, content, fin=fin).serialize(mask=True)


async def spoken(rig: Rig, *chunks: bytes) -> list[tuple[int, bytes]]:
    """Send bytes, end the connection and return the frames that came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.system.port)
    for chunk in chunks:
        writer.write(chunk)
        await writer.drain()
    async with asyncio.timeout(5):
        assert b"101 Switching Protocols" in await reader.readuntil(b"\r\n\r\n")
        answer = await reader.read()
    writer.close()
    frames = []
    while answer:
        length = answer[1]
        assert length < 126
        frames.append((answer[0] & 0x0F, answer[2 : 2 + length]))
        answer = answer[2 + length :]
    return frames


async def test_frames_that_come_with_the_request_are_read(rig: Rig) -> None:
    goodbye = framed(Opcode.CLOSE, b"\x03\xe8")
    (opcode, answer), closed = await spoken(rig, REQUEST + framed(Opcode.TEXT, HEARTBEAT) + goodbye)

    assert (Opcode.TEXT, [3, "m1"]) == (opcode, json.loads(answer)[:2])
    assert (Opcode.CLOSE, b"\x03\xe8") == closed


async def test_a_request_and_frames_byte_by_byte_are_read(rig: Rig) -> None:
    sent = REQUEST + framed(Opcode.TEXT, HEARTBEAT) + framed(Opcode.CLOSE, b"")

    assert [Opcode.TEXT, Opcode.CLOSE] == [
        opcode for opcode, _ in await spoken(rig, *(bytes((byte,)) for byte in sent))
    ]


async def test_a_ping_inside_a_message_is_answered_before_it(rig: Rig) -> None:
    first = framed(Opcode.TEXT, HEARTBEAT[:5], fin=False)
    rest = framed(Opcode.CONT, HEARTBEAT[5:]) + framed(Opcode.CLOSE, b"\x03\xe8")

    pong, answer, _ = await spoken(rig, REQUEST, first + framed(Opcode.PING, b"!") + rest)

    assert (Opcode.PONG, b"!") == pong
    assert Opcode.TEXT == answer[0]


async def test_nothing_behind_a_goodbye_is_heard(rig: Rig) -> None:
    goodbye = framed(Opcode.CLOSE, b"\x03\xe8done")

    assert [(Opcode.CLOSE, b"\x03\xe8done")] == await spoken(
        rig, REQUEST, goodbye + framed(Opcode.TEXT, HEARTBEAT)
    )
    assert 0 == rig.count("messages_received")


async def test_an_unmasked_frame_ends_the_link_with_1002(rig: Rig) -> None:
    ((opcode, content),) = await spoken(
        rig, REQUEST, Frame(Opcode.TEXT, HEARTBEAT).serialize(mask=False)
    )

    assert (Opcode.CLOSE, 1002) == (opcode, int.from_bytes(content[:2]))


async def test_a_goodbye_that_makes_no_sense_ends_the_link_with_1002(rig: Rig) -> None:
    ((opcode, content),) = await spoken(rig, REQUEST, framed(Opcode.CLOSE, b"\x03"))

    assert (Opcode.CLOSE, 1002) == (opcode, int.from_bytes(content[:2]))


async def test_messages_are_read_and_answered_compressed_where_that_was_agreed(
    make_rig: MakeRig,
) -> None:
    rig = await make_rig(compression=True)
    socket = await rig.stack.enter_async_context(
        connect(rig.url("CP1"), subprotocols=[Subprotocol("ocpp1.6")], compression="deflate")
    )
    charger = Charger(socket)

    assert socket.protocol.extensions
    assert await charger.is_alive()
    assert await charger.is_alive()


def test_silence_is_borne_for_three_heartbeats_and_pings_are_frequent() -> None:
    """OCPP.md rows 51 and 52: as the server is set unless told otherwise."""
    options = CentralSystemOptions()

    assert options.idle_limit_s >= 3 * options.heartbeat_interval_s
    assert options.ping_interval_s <= 30
    assert options.pong_limit_s >= 2 * options.ping_interval_s


async def test_no_charger_is_dropped_before_it_missed_three_heartbeats(make_rig: MakeRig) -> None:
    """OCPP.md row 51: the limit follows a longer heartbeat."""
    rig = await make_rig(idle_limit_s=0.01, heartbeat_interval_s=3600, ping_interval_s=0.01)
    charger = await rig.charger(ping_interval=None)
    charger.socket.transport.pause_reading()  # answers no ping
    (link,) = rig.system._links
    before = link.last_ping_at
    await eventually(lambda: link.last_ping_at > before)  # it was looked over, and pinged

    assert {"CP1"} == rig.system.online()
    charger.abort()


async def test_who_answers_pings_is_known_after_a_few(make_rig: MakeRig) -> None:
    """OCPP.md row 53: learned for each charger; None until it was asked often enough."""
    rig = await make_rig(ping_interval_s=0.02, pong_limit_s=60.0)
    unknown = rig.system.answers_pings(CP1)
    await rig.charger()
    await eventually(lambda: rig.system.answers_pings(CP1) is True)

    assert unknown is None
    (link,) = rig.system._links
    link.ponged, link.pings = False, 3
    assert rig.system.answers_pings(CP1) is False


async def test_a_silent_charger_is_stale_before_it_is_offline(make_rig: MakeRig) -> None:
    """OCPP.md row 50: nobody is shown as online without a word to its silence."""
    rig = await make_rig(ping_interval_s=0.02, pong_limit_s=60.0)
    charger = await rig.charger()
    other = await rig.charger("CP2")
    await eventually(lambda: all(link.ponged for link in rig.system._links))
    charger.socket.transport.pause_reading()

    await eventually(lambda: CP1 in rig.system.stale())
    assert {"CP1", "CP2"} == rig.system.online()
    assert await other.is_alive()
    assert "CP2" not in rig.system.stale()
    charger.abort()
