"""Files over the API: the same numbers, the same roles."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from openpyxl import load_workbook

from analytics.reader import Reader
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import FakeService
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site

MARCH = {"start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z"}


@pytest.fixture
async def reader(tmp_path: Path, service: FakeService) -> AsyncIterator[Reader]:
    store = Store.open(
        tmp_path / "depot.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON + timedelta(days=1)),
    )
    async with store:
        for message in Charger("CP-1").whole_session(NOON, 7):
            await store.append(message)
        with store.reader() as found:
            service.reader = cast("Any", found)
            yield found


@pytest.mark.parametrize(
    ("form", "media_type", "head"),
    [
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfsession_id,"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
    ],
)
async def test_a_question_comes_as_a_file_with_its_name(
    viewer: Client, reader: Reader, form: str, media_type: str, head: bytes
) -> None:
    answer = await viewer.get(f"/export/sessions.{form}", params=MARCH)

    assert (200, media_type) == (answer.status_code, answer.headers["content-type"])
    assert answer.content.startswith(head)
    assert f'filename="depot-sessions.{form}"' in answer.headers["content-disposition"]


async def test_other_parameters_are_those_of_the_question(viewer: Client, reader: Reader) -> None:
    answer = await viewer.get("/export/consumption.csv", params={**MARCH, "by": "hour"})

    rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert ["7.2", "7.2"] == [row["energy_kwh"] for row in rows]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/export/weather.csv", 404, "not-found"),
        ("/export/sessions.pdf", 422, "invalid-request"),
        ("/export/consumption.csv?by=week", 422, "invalid-request"),
        ("/export/consumption.csv?colour=red", 422, "invalid-request"),
        ("/export/cost_lines.csv", 422, "invalid-request"),
        ("/export/messages.csv", 403, "role-too-low"),
        ("/export/ended_sessions.csv", 403, "role-too-low"),
    ],
)
async def test_what_cannot_be_had_is_refused(
    viewer: Client, reader: Reader, path: str, status: int, code: str
) -> None:
    answer = await viewer.get(path)

    assert (status, code) == (answer.status_code, answer.json()["error"]["code"])


async def test_raw_messages_are_for_operators(operator: Client, reader: Reader) -> None:
    answer = await operator.get("/export/messages.csv", params=MARCH)

    assert 25 == len(list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))))


async def test_every_question_is_listed_with_its_role(viewer: Client) -> None:
    listed = {one["question"]: one for one in (await viewer.get("/export")).json()}

    assert ("operator", "viewer") == (listed["messages"]["role"], listed["sessions"]["role"])
    assert ["by", "split"] == [one["name"] for one in listed["revenue"]["parameters"]]


async def test_a_month_comes_as_one_workbook(viewer: Client, reader: Reader) -> None:
    answer = await viewer.get("/report/2026-03.xlsx")

    assert 200 == answer.status_code
    assert 'filename="depot-2026-03.xlsx"' in answer.headers["content-disposition"]
    assert "Sessions" in load_workbook(io.BytesIO(answer.content)).sheetnames


async def test_what_is_no_month_is_refused(viewer: Client, reader: Reader) -> None:
    answer = await viewer.get("/report/march.xlsx")

    assert (422, "'march' is no month") == (
        answer.status_code,
        answer.json()["error"]["message"],
    )
