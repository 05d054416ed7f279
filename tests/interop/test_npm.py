"""Chargers of npm packages: ocpp-rpc and ocpp-ws-io, both with strict validation.

ocpp-ws-io asks for a logger that the npm registry does not have (voltlog-io); a silent stand-in
takes its place. What it says and checks on the wire is its own.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.api import Api
from tests.conformance.conftest import PASSWORD, Server
from tests.interop.day import accompany

WAIT_S = 30.0


@pytest.mark.parametrize(
    ("client", "version"),
    [
        ("ocpp-rpc", "ocpp1.6"),
        ("ocpp-rpc", "ocpp2.0.1"),  # strict, it does not find its own schemas of 2.1
        ("ocpp-ws-io", "ocpp1.6"),
        ("ocpp-ws-io", "ocpp2.0.1"),
        ("ocpp-ws-io", "ocpp2.1"),
    ],
)
async def test_a_charger_of_npm_spends_a_day(
    npm_folder: Path, server: Server, api: Api, client: str, version: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        "node", f"{client}.mjs", server.ocpp, api.charger, PASSWORD, version,
        cwd=npm_folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = process.stdout, process.stderr
    assert out is not None
    assert errors is not None

    async def hear(name: str) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            text = await out.readline()
        line: dict[str, Any] = json.loads(text or "{}")
        assert name == (line.get("step") or line.get("heard")), line
        return line

    try:
        await accompany(api, hear, version)
        async with asyncio.timeout(WAIT_S):
            said = await errors.read()
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (0, b"") == (code, said)
