"""Rules of `ampherd replay-frames`, here and against a server."""

import asyncio
import json
import sys
from pathlib import Path

from tests.ampherd.cli.conftest import Run
from tests.ocpp_core.sim.csms import TestCsms

BOOT = [2, "m1", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}]
ODD = [2, "m2", "Hartbeat", {}]


def lines(*values: object) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


def test_it_tells_frame_by_frame_and_a_summary(run: Run, tmp_path: Path) -> None:
    (tmp_path / "frames.jsonl").write_text(lines(BOOT, ODD, {"direction": "handshake"}), "utf-8")
    ran = run("replay-frames", "frames.jsonl")

    assert 0 == ran.code
    assert "line 1: REPLAY ocpp1.6 BootNotification: answered" in ran.out
    assert "event     Booted(vendor='V', model='M')" in ran.out
    assert "finding   NotImplemented: 'Hartbeat' is no action" in ran.out
    assert "line 3: skipped" in ran.err
    assert "2 frames: 1 answered, 1 refused, 1 skipped; 1 with findings" in ran.err


def test_it_fails_when_something_that_was_answered_is_refused(run: Run, tmp_path: Path) -> None:
    text = lines({"frame": ODD, "answer": [3, "m2", {}]})
    (tmp_path / "frames.jsonl").write_text(text, "utf-8")
    ran = run("replay-frames", "frames.jsonl", "--json")

    assert 1 == ran.code
    told = json.loads(ran.out)
    assert 1 == told["got_worse"]
    assert ("answered", "refused") == (told["frames"][0]["was"], told["frames"][0]["outcome"])


def test_a_frame_that_is_no_utf8_is_a_frame_all_the_same(run: Run, tmp_path: Path) -> None:
    (tmp_path / "frames.jsonl").write_bytes(b'[2,"m1","Heartbeat",{"x":"\xff"}\n[,{\n')
    ran = run("replay-frames", "frames.jsonl", "--json")

    assert 0 == ran.code
    assert 2 == len(json.loads(ran.out)["frames"])


def test_a_missing_file_and_an_unknown_version_are_told(run: Run) -> None:
    assert 1 == run("replay-frames", "none.jsonl").code
    assert 2 == run("replay-frames", "none.jsonl", "--ocpp", "1.5").code


async def replay(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from ampherd.cli import main; main()", "replay-frames", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_frames_are_sent_to_a_server_as_their_chargers(tmp_path: Path) -> None:
    file = tmp_path / "frames.jsonl"
    file.write_text(
        lines(
            {"charge_point": "CP-1", "frame": BOOT, "answer": [3, "m1", {}]},
            {"charge_point": "CP-2", "frame": [2, "m9", "Heartbeat", {}], "answer": [3, "m9", {}]},
            {"charge_point": "CP-2", "direction": "to-charger", "frame": ODD},
        ),
        "utf-8",
    )
    async with TestCsms() as csms:
        csms.answers["Heartbeat"] = lambda _: "InternalError"
        code, out = await replay(str(file), "--url", csms.url, "--json", "--password", "secret")

    told = json.loads(out)
    assert [("CP-1", "m1"), ("CP-2", "m9")] == [(f.identity, f.message_id) for f in csms.frames]
    assert "Authorization" in csms.headers[0]
    assert ["answered", "refused"] == [frame["outcome"] for frame in told["frames"]]
    assert (1, 1) == (code, told["got_worse"])


async def test_frames_may_be_sent_as_one_charger_under_new_ids(tmp_path: Path) -> None:
    file = tmp_path / "frames.jsonl"
    file.write_text(lines(BOOT, [2, "m1", "Heartbeat", {}]), "utf-8")
    async with TestCsms() as csms:
        code, _ = await replay(str(file), "--url", csms.url, "--identity", "X", "--new-ids")

    assert 0 == code
    assert {"X"} == {f.identity for f in csms.frames}
    assert 2 == len({f.message_id for f in csms.frames} - {"m1"})


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    file = tmp_path / "frames.jsonl"
    file.write_text(lines(BOOT), "utf-8")
    code, _ = await replay(str(file), "--url", "ws://127.0.0.1:1/ocpp")

    assert 1 == code
