"""Files over the API: looked at first, imported once, taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from ampherd.api import limits
from ampherd.runtime.uploads import Uploads
from analytics.store import Store
from ocpp_core.domain.clock import ManualClock
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import FakeService
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, make_site

LOAD = """start,kw
2026-03-02T10:00,5
2026-03-02T11:00,6
2026-03-02T11:00,7
2026-03-02T12:00,much
"""


@pytest.fixture
async def store(tmp_path: Path, service: FakeService) -> AsyncIterator[Store]:
    made = Store.open(
        tmp_path / "depot.duckdb",
        site=make_site(),
        driver_tariff=TARIFF,
        site_tariff=SITE_TARIFF,
        clock=ManualClock(NOON + timedelta(days=1)),
    )
    async with made:
        service.uploads = Uploads(made)
        yield made


async def post(client: Client, content: str = LOAD, **query: str) -> httpx.Response:
    given = {"file_name": "meter.csv", "timezone": "Europe/Berlin", **query}
    params = {name: text for name, text in given.items() if text}
    return await client.post("/imports/load", content=content.encode(), params=params)


async def test_a_file_is_looked_at_then_imported_then_taken_back(
    admin: Client, store: Store
) -> None:
    looked = (await post(admin)).json()
    imported = (await post(admin, dry_run="false")).json()
    again = (await post(admin, dry_run="false")).json()
    undone = await admin.post(f"/imports/{imported['import_id']}/undo")

    assert (True, None, 2) == (looked["dry_run"], looked["import_id"], looked["rows_imported"])
    assert 2 == len(looked["preview"])
    assert [(4, "the same time as an earlier row"), (5, "no number")] == [
        (row["line"], row["reason"]) for row in looked["rejected"]
    ]
    assert (2, 0) == (imported["rows_imported"], again["rows_imported"])
    assert "Europe/Berlin" == imported["timezone"]
    assert 8 == undone.json()["values_deleted"]


async def test_times_without_a_zone_are_asked_about(admin: Client, store: Store) -> None:
    answer = await post(admin, timezone="")

    assert (422, "timezone-needed") == (answer.status_code, answer.json()["error"]["code"])
    assert "/tmp" not in answer.text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"timezone": "Mars/Olympus"}, "invalid-request"),
        ({"file_name": "../../etc/passwd.csv"}, "invalid-request"),
        ({"file_name": "meter.exe"}, "invalid-request"),
        ({"unit": "horses"}, "invalid-file"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_words(
    admin: Client, store: Store, query: dict[str, str], code: str
) -> None:
    answer = await post(admin, **query)

    assert (422, code) == (answer.status_code, answer.json()["error"]["code"])


async def test_columns_that_are_not_clear_are_asked_for_by_the_names_of_the_api(
    admin: Client, store: Store
) -> None:
    answer = await post(admin, content="time,a,b\n2026-03-01T12:00Z,1,2\n")
    told = answer.json()["error"]

    assert (422, "invalid-file") == (answer.status_code, told["code"])
    assert "Name them: time=COLUMN and value=COLUMN." == told["hint"]


async def test_a_file_that_is_too_long_or_a_role_too_low_is_turned_away(
    admin: Client, operator: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ampherd.api.imports.MAX_UPLOAD_BYTES", 10)

    assert 64 * 1024 * 1024 == limits.MAX_UPLOAD_BYTES
    assert [413, 403] == [(await post(client)).status_code for client in (admin, operator)]


async def test_one_file_at_a_time(admin: Client, service: FakeService) -> None:
    answer = await post(admin)

    assert (409, "import-running") == (answer.status_code, answer.json()["error"]["code"])


SESSIONS = """Box;Karte;von;bis;Wh
CP-1;T;02.03.2026 10:00;02.03.2026 11:00;4.000
CP-1;T;02.03.2026 12:00;gestern;4.000
CP-1;T;02.03.2026 13:00;02.03.2026 14:00;-5
"""
MAPPING = """
[columns]
station = "Box"
id_token = "Karte"
arrival = "von"
departure = "bis"
delivered = "Wh"
[units]
energy = "Wh"
[file]
delimiter = ";"
thousands = "."
decimal = ","
time_format = "%d.%m.%Y %H:%M"
timezone = "Europe/Berlin"
"""


async def posted(client: Client, kind: str = "sessions", **query: str) -> httpx.Response:
    params = {"file_name": "wallbox.csv", "mapping": MAPPING, **query}
    return await client.post(f"/imports/{kind}", content=SESSIONS.encode(), params=params)


async def test_any_table_of_sessions_is_imported_by_a_mapping(admin: Client, store: Store) -> None:
    looked = (await posted(admin)).json()
    imported = (await posted(admin, dry_run="false")).json()

    assert (True, None, 1) == (looked["dry_run"], looked["import_id"], looked["rows_imported"])
    assert [("CP-1/1", 4.0)] == [(r["connector"], r["energy_kwh"]) for r in looked["preview"]]
    assert [3, 4] == [row["line"] for row in looked["rejected"]]
    assert looked["rejected"] == imported["rejected"]
    with store.reader() as reader:
        (session,) = reader.sessions(NOON - timedelta(days=1), NOON + timedelta(days=1)).to_dict(
            "records"
        )
    assert "2026-03-02T10:00:00+01:00" == session["started_at"].isoformat()


@pytest.mark.parametrize(
    ("kind", "mapping", "words"),
    [
        ("sessions", "[columns]", "[columns] arrival is missing"),
        ("sessions", "[col", "mapping.toml: cannot be read"),
        ("load", MAPPING, "a mapping is for sessions"),
    ],
)
async def test_a_mapping_that_cannot_be_used_says_why(
    admin: Client, store: Store, kind: str, mapping: str, words: str
) -> None:
    answer = await posted(admin, kind, mapping=mapping)

    assert 422 == answer.status_code
    assert words in answer.json()["error"]["message"]
    assert "/tmp" not in answer.text
