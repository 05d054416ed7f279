"""Rules of bars that are ranked by connector."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboards.palette import LIGHT
from dashboards.widgets import bars


def drawn(totals: list[float], before: list[float]) -> dict[str, Any]:
    frame = pd.DataFrame({"connector": [f"CP-{n}" for n in range(len(totals))], "kwh": totals})
    chart: dict[str, Any] = bars.ranked(
        frame, "connector", [("kwh", "charged", "#000000")],
        unit="kWh", write=lambda v: f"{v:.0f} kWh", colours=LIGHT,
        marks=("the week before", pd.Series(before)),
    ).to_dict()  # fmt: skip
    return chart


def test_a_total_is_not_written_on_a_tick() -> None:
    chart = drawn([100.0, 50.0, 40.0], [110.0, 90.0, 20.0])
    written = next(layer for layer in chart["layer"] if layer["mark"]["type"] == "text")
    rows = chart["datasets"][written["data"]["name"]]

    assert [110.0, 50.0, 40.0] == [row["x0"] for row in rows]
    assert ["100 kWh", "50 kWh", "40 kWh"] == [row["text"] for row in rows]


def test_the_longest_bar_leaves_room_for_its_total() -> None:
    bar = next(layer for layer in drawn([43.0], [20.0])["layer"] if layer["mark"]["type"] == "bar")

    assert 1.1 * 43.0 <= bar["encoding"]["x"]["scale"]["domain"][1]
