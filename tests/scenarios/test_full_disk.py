"""A disk that is full: nothing answered is lost, everybody is told, and room is enough to go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

import analytics
from ampherd.tokens import Role, TokenStore
from tests.scenarios.mounts import fill, small_disk
from tests.scenarios.test_kill import site_file, start_with_addresses

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

MESSAGES = 20_000
LEFT = 300_000
"""Bytes that are free when the traffic begins."""


def payload(number: int) -> dict[str, Any]:
    at = f"2026-03-01T{10 + number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    sampled = [{"value": str(1000 + number), "measurand": "Energy.Active.Import.Register"}]
    return {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": sampled}]}


def say(charger: ClientConnection, number: int) -> Any:
    charger.send(json.dumps([2, f"m{number}", "MeterValues", payload(number)]))
    while True:
        told = json.loads(charger.recv(timeout=20))
        if told[0] != 2:  # not one of the server's own calls
            return told


def test_a_full_disk_is_told_and_overcome_without_a_restart(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 48) as disk:
        config, log = site_file(disk), tmp_path / "server.log"
        text = config.read_text().replace("[server]", "[store]\nfree_mb = 1\n[server]")
        config.write_text(text)
        token = TokenStore(disk / "ampherd.tokens.json").create("test", Role.VIEWER)
        server, addresses = start_with_addresses(config, log)
        try:
            with (
                httpx.Client(
                    base_url=addresses["api"],
                    headers={"Authorization": f"Bearer {token}"},
                    trust_env=False,
                ) as api,
                connect(
                    f"{addresses['ocpp']}/SIM-001",
                    subprotocols=[Subprotocol("ocpp1.6")],
                    proxy=None,
                ) as charger,
            ):
                assert [3, "m0"] == say(charger, 0)[:2]
                assert 200 == api.get("/health").status_code
                filler = fill(disk, but=LEFT)
                answered, refusal = [0], None
                for number in range(1, MESSAGES):
                    told = say(charger, number)
                    if told[0] == 4:
                        refusal = told
                        break
                    answered.append(number)
                assert refusal is not None
                assert "InternalError" == refusal[2]

                for again in range(50):  # refused again and again, and no line of the log each
                    say(charger, answered[-1] + 1 + again % 2)
                health, live = api.get("/health"), api.get("/live").json()
                metrics = api.get("/metrics").text
                assert 503 == health.status_code
                assert "no room to write" in health.json()["database"]
                assert health.json()["failing_since"]
                assert "takes no messages since" in live["trouble"]
                assert live["trouble"] in live["alarms"]
                assert "ampherd_database_writable 0.0" in metrics

                filler.unlink()
                repeated = answered[-1] + 1
                assert [3, f"m{repeated}"] == say(charger, repeated)[:2]
                answered.append(repeated)
                assert 200 == api.get("/health").status_code
                assert "" == api.get("/live").json()["trouble"]
        finally:
            server.terminate()
            ended = server.wait()
            if server.stdout is not None:
                server.stdout.close()
        assert 0 == ended
        words = log.read_text()
        assert 1 == words.count("message not stored")
        assert 1 == words.count("messages are stored again")
        with analytics.open(disk / "ampherd.duckdb") as reader:
            stored = reader.sql(
                "SELECT message_id, count(*) AS times FROM ocpp_message "
                "WHERE action = 'MeterValues' GROUP BY message_id"
            )
        times = dict(zip(stored["message_id"], stored["times"], strict=True))
        assert {f"m{number}": 1 for number in answered} == times
