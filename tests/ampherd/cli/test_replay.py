"""Rules of `ampherd replay`."""

import json
from pathlib import Path

import pytest

from tests.ampherd.cli.conftest import Run

ROWS = """\
arrival,departure,estimated_departure,requested_kwh,delivered_kwh,station_id,session_id,claimed,site
2026-03-02T08:00Z,2026-03-02T12:00Z,2026-03-02T11:00Z,20,18,CP-1,a,True,x
2026-03-02T09:00Z,2026-03-02T12:00Z,2026-03-02T12:00Z,25,25,CP-2,b,False,x
2026-03-02T09:00Z,nonsense,2026-03-02T12:00Z,25,25,CP-2,c,False,x
"""


@pytest.fixture
def ready(run: Run, tmp_path: Path) -> Run:
    run("init")
    (tmp_path / "acn.csv").write_text(ROWS, "utf-8")
    return run


def test_it_prints_a_row_for_each_strategy(ready: Run) -> None:
    ran = ready("replay", "--sessions", "acn.csv", "--strategies", "unmanaged,edf",
                "--workers", "1")  # fmt: skip

    assert 0 == ran.code
    head, *rows = ran.out.splitlines()
    assert head.startswith("strategy")
    assert ["unmanaged", "edf"] == [row.split()[0] for row in rows]
    assert "1 rows are left out, the first in line 4" in ran.err


def test_json_has_every_number(ready: Run) -> None:
    ran = ready(
        "replay", "--sessions", "acn.csv", "--strategies", "edf,hindsight", "--workers", "1",
        "--fuse", "40A", "--battery", "10kWh,5kW", "--pilots", "1", "--json",
    )  # fmt: skip
    rows = json.loads(ran.out)["strategies"]

    assert ["edf", "hindsight"] == [row["strategy"] for row in rows]
    assert rows[0]["revenue"] == pytest.approx(0.42 * rows[0]["delivered_kwh"])


def test_out_holds_parquet_and_a_page(ready: Run, tmp_path: Path) -> None:
    ran = ready("replay", "--sessions", "acn.csv", "--strategies", "edf", "--out", "found")

    assert 0 == ran.code
    assert {"table.parquet", "sessions.parquet", "slots.parquet", "replay.html"} == {
        path.name for path in (tmp_path / "found").iterdir()
    }


def test_another_tariff_is_read_with_its_lines(ready: Run, tmp_path: Path) -> None:
    good = 'kind = "flat"\nprice_per_kwh = 1\n'
    (tmp_path / "dear.toml").write_text(good, "utf-8")
    arguments = ["replay", "--sessions", "acn.csv", "--strategies", "edf", "--json"]
    row = json.loads(ready(*arguments, "--tariff", "dear.toml").out)["strategies"][0]

    assert row["delivered_kwh"] == pytest.approx(row["energy_cost"])

    (tmp_path / "wrong.toml").write_text(good + "demand = 3\n", "utf-8")
    ran = ready(*arguments, "--tariff", "wrong.toml")

    assert 2 == ran.code
    assert "wrong.toml:3: tariff.site.demand: is not a setting" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--sessions", "none.csv"), "there is no file none.csv"),
        (("--sessions", "acn.csv", "--fuse", "2parsec"), "write 200A or 150kW"),
        (("--sessions", "acn.csv", "--strategies", "magic"), "there is no strategy 'magic'"),
        (("--sessions", "acn.csv", "--pilots", "0"), "write 0.1, 1 or continuous"),
        (("--sessions", "acn.csv", "--from", "2027-01-01", "--to", "2027-02-01"), "no session"),
        (("--sessions", "acn.csv", "--pv", "none.csv"), "none.csv"),
    ],
)
def test_what_cannot_be_used_is_said_with_a_way_out(
    ready: Run, arguments: tuple[str, ...], words: str
) -> None:
    ran = ready("replay", *arguments)

    assert 2 == ran.code
    assert words in ran.err
    assert "Traceback" not in ran.err
