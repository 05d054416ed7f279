"""Rules of `ampherd replay`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.replay import Outcome, Task, parallel
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

    assert "--fuse changes the grid connection alone; as before: garage (63 A" in ran.err
    assert ["edf", "hindsight"] == [row["strategy"] for row in rows]
    assert rows[0]["revenue"] == pytest.approx(0.42 * rows[0]["delivered_kwh"])


def test_out_holds_parquet_and_a_page(ready: Run, tmp_path: Path) -> None:
    ran = ready("replay", "--sessions", "acn.csv", "--strategies", "edf", "--out", "found")

    assert 0 == ran.code
    assert {
        "table.parquet",
        "sessions.parquet",
        "slots.parquet",
        "days.parquet",
        "replay.html",
    } == {path.name for path in (tmp_path / "found").iterdir()}


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
        (("--daily", "--from", "2027-02", "--to", "2027-01"), "later than --from"),
        (("--sessions", "none.csv", "--v2g", "10kW"), "write 10kWh,0.08"),
    ],
)
def test_what_cannot_be_used_is_said_with_a_way_out(
    ready: Run, arguments: tuple[str, ...], words: str
) -> None:
    ran = ready("replay", *arguments)

    assert 2 == ran.code
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_ctrl_c_tells_what_is_done_and_exits_with_130(
    ready: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = parallel.run

    def run(task: Task, advanced: Callable[[str, float], None] | None = None) -> Outcome:
        if task.strategy == "llf":
            raise KeyboardInterrupt
        return real(task, advanced)

    monkeypatch.setattr(parallel, "run", run)
    ran = ready("replay", "--sessions", "acn.csv", "--strategies", "edf,llf", "--workers", "1")

    assert 130 == ran.code
    assert ["strategy", "edf"] == [row.split()[0] for row in ran.out.splitlines()]
    assert "stopped when 1 of 2 strategies were replayed" in ran.err


def test_the_sites_own_sessions_are_replayed_and_told_day_by_day(
    ready: Run, tmp_path: Path
) -> None:
    assert 0 == ready("import", "sessions", "acn.csv").code
    from_file = ready("replay", "--sessions", "acn.csv", "--strategies", "edf", "--json")
    from_own = ready("replay", "--strategies", "edf", "--json")
    energy = [
        json.loads(ran.out)["strategies"][0]["delivered_kwh"] for ran in (from_file, from_own)
    ]
    daily = ready("replay", "--daily", "--out", "found", "--json")
    day = json.loads(daily.out)["days"]

    assert energy[0] == pytest.approx(energy[1])
    assert [("2026-03-02", 2)] == [(row["day"], row["sessions"]) for row in day]
    assert 18 + 25 == pytest.approx(day[0]["delivered_kwh"])
    assert "1 days: " in daily.err
    assert "left out" not in daily.err
    assert (tmp_path / "found" / "daily.parquet").is_file()

    file = ready("replay", "--daily", "--sessions", "acn.csv")
    other = ready("replay", "--daily", "--fuse", "40A")
    never = ready("replay", "--daily", "--from", "2027-01-01")

    assert [2, 2, 2] == [file.code, other.code, never.code]
    assert "does not say when energy flowed" in file.err
    assert "--fuse would change them" in other.err
    assert "no whole day with data" in never.err


def test_a_tariff_that_goes_by_imported_prices_takes_those_of_the_database(
    ready: Run, tmp_path: Path
) -> None:
    (tmp_path / "market.toml").write_text('kind = "day-ahead"\n', "utf-8")
    (tmp_path / "prices.csv").write_text(
        "starts_at,price_eur_mwh\n"
        + "".join(f"2026-03-02T{hour:02}:00Z,{100 + hour}\n" for hour in range(7, 14)),
        "utf-8",
    )
    assert 0 == ready("import", "sessions", "acn.csv").code
    assert 0 == ready("import", "prices", "prices.csv").code
    arguments = ("--strategies", "edf", "--tariff", "market.toml", "--json")
    own = ready("replay", *arguments)
    file = ready("replay", "--sessions", "acn.csv", *arguments)
    row = json.loads(own.out)["strategies"][0]

    assert 0.1 < row["energy_cost"] / row["delivered_kwh"] < 0.12
    assert 2 == file.code
    assert "no price of energy is known" in file.err


def test_energy_at_connectors_that_the_site_lacks_is_told(ready: Run, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text(ROWS.replace("CP-2", "CP-9"), "utf-8")
    assert 0 == ready("import", "sessions", "other.csv").code
    ran = ready("replay", "--daily")

    assert 0 == ran.code
    assert "25.0 kWh were charged at connectors that the site's file does not have" in ran.err
