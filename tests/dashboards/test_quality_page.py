"""The page of data quality as a viewer meets it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pandas as pd

from tests.dashboards.fakes import NOW, DownReader, FakeReader, zoned
from tests.dashboards.test_views import NO_SERVER, Open, open_page, words

__all__ = ["open_page"]


# AppTest runs the source of this function, away from this module.
def quality_page() -> None:
    from dashboards.views import quality  # noqa: PLC0415 -- see above

    quality.page()


class QualityReader(FakeReader):
    """A reader with two findings, one ghost and a measured database, or with nothing."""

    def __init__(self, *, empty: bool = False) -> None:
        super().__init__(empty=empty)
        self.asked: list[Any] = []

    def quality(self, start: Any, end: Any) -> pd.DataFrame:
        self.asked.append((start, end))
        columns = ["check_name", "subject", "findings", "words", "example", "rule", "done"]
        rows = [
            (
                "clock drift",
                "CP-1",
                2,
                "its clock was up to 3600 s off ours",
                "2019-03-05",
                "r",
                "d",
            ),
            ("gaps in readings", "CP-2/1", 5, "no reading", "s-1", "r", "d"),
        ]
        return pd.DataFrame([] if self.empty else rows, columns=columns)

    def trust(self, start: Any, end: Any) -> pd.DataFrame:
        rows = [("metered", 19, 250.0), ("doubtful", 1, 3.0)]
        columns = ["trust", "sessions", "energy_kwh"]
        return pd.DataFrame([] if self.empty else rows, columns=columns)

    def unit_doubts(self, start: Any, end: Any) -> pd.DataFrame:
        columns = ["vendor", "model", "firmware_version", "quantity", "factor", "chargers",
                   "example", "register_kwh", "power_kwh", "words"]  # fmt: skip
        words = "the register counts kWh and says Wh"
        rows = [("Volt", "V1", "1.0", "register", 1000.0, 1, "CP-3", 0.01, 10.0, words)]
        return pd.DataFrame([] if self.empty else rows, columns=columns)

    def ghosts(self, at: Any) -> pd.DataFrame:
        columns = ["connector", "started_at", "heard_at", "energy_kwh", "reasons", "session_id"]
        rows = [("CP-3/1", NOW, NOW, 3.0, "nothing was heard of it for 20 h", "s-9")]
        return pd.DataFrame([] if self.empty else rows, columns=columns)

    def storage(self) -> pd.DataFrame:
        columns = ["kind", "name", "rows", "size_mib", "growth_mib_per_day"]
        rows = [
            ("budget", "", None, 1024.0, None),
            ("file", "", None, 300.0, 2.0),
            ("archive", "", None, 200.0, 1.0),
            ("table", "meter_reading", 9_000, 120.0, 1.0),
        ]
        frame = pd.DataFrame([] if self.empty else rows, columns=columns)
        frame["measured_at"] = zoned([NOW for _ in range(len(frame))])
        return frame


def test_findings_stand_with_their_rule_and_what_was_done(open_page: Open) -> None:
    reader = QualityReader()
    test = open_page(quality_page, reader=reader)

    assert not test.exception
    assert ["clock drift", "gaps in readings"] == list(test.dataframe[0].value["what"])
    assert {"rule", "what was done"} <= set(test.dataframe[0].value.columns)
    assert "7 findings." in words(test)
    assert "What was done:" in words(test)
    assert NOW - timedelta(days=7) == reader.asked[-1][0]


def test_trust_is_told_in_sessions_and_energy(open_page: Open) -> None:
    test = open_page(quality_page, reader=QualityReader())

    told = {tile.label: (tile.value, tile.delta) for tile in test.metric}
    assert ("19", "95 %, 250.0 kWh") == told["Sessions as metered"]
    assert ("1", "5.0 %, 3.0 kWh") == told["Sessions that need a person"]


def test_the_address_chooses_the_charger_and_the_time(open_page: Open) -> None:
    reader = QualityReader()
    test = open_page(quality_page, reader=reader, subject="CP-2", days="30")

    assert ["gaps in readings"] == list(test.dataframe[0].value["what"])
    assert NOW - timedelta(days=30) == reader.asked[-1][0]


def test_the_room_on_the_disk_is_told_against_its_budget(open_page: Open) -> None:
    test = open_page(quality_page, reader=QualityReader())

    assert "500.0 MiB of 1.00 GiB" in test.get("progress")[0].proto.text


def test_nothing_odd_is_said_in_words(open_page: Open) -> None:
    test = open_page(quality_page, reader=QualityReader(empty=True))

    assert not test.exception
    assert "Nothing odd was found" in words(test)


def test_without_the_history_the_page_says_so(open_page: Open) -> None:
    test = open_page(quality_page, reader=DownReader())

    assert "cannot be read" in words(test)


def test_a_site_without_data_is_told_so(open_page: Open) -> None:
    test = open_page(quality_page, reader=QualityReader(empty=True), latest=NO_SERVER)

    assert not test.exception
    assert "There is no data yet" in words(test)


def test_a_doubted_unit_comes_with_the_line_that_mends_it(open_page: Open) -> None:
    test = open_page(quality_page, reader=QualityReader())

    (table,) = [t.value for t in test.dataframe if "line for site.toml" in t.value.columns]
    assert ["register_factor = 1000"] == list(table["line for site.toml"])
