"""The page of chargers as a viewer meets it: at work, empty, with the server gone, by a link."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from dashboards import facts, source
from dashboards.source import LatestChargers
from dashboards.widgets.charger_records import SECTIONS
from ocpp_core.domain.charger_profile import Fact
from tests.dashboards.fake_chargers import ChargersReader, charge_points
from tests.dashboards.fakes import NOW, DownReader
from tests.dashboards.test_views import NO_SERVER, SILENT, Open, open_page, words

__all__ = ["open_page"]

ALL = LatestChargers(points=charge_points(), age_s=0.4, fault=None)
NONE = LatestChargers(points=None, age_s=0.0, fault=SILENT)


@pytest.fixture(autouse=True)
def points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "charge_points", lambda: ALL)


# AppTest runs the source of this function, away from this module.
def chargers_page() -> None:
    from dashboards.views import chargers  # noqa: PLC0415 -- see above

    chargers.page()


def test_the_top_says_what_needs_a_person_and_the_list_begins_with_it(open_page: Open) -> None:
    test = open_page(chargers_page, reader=ChargersReader())

    assert not test.exception
    said = words(test)
    assert "2 of 7 chargers need a person, 2 more should be looked at." in said
    assert "CP-6 has been offline since 14:20 PST." in said
    assert "CP-9 waits to be let in." in said
    assert "CP-5: its clock is 5 min behind ours" in said
    table = test.dataframe[0].value
    # A setting that is refused is counted; it is no news that a person could act on.
    assert "CP-2 is not set as wanted: MeterValueSampleInterval." in said
    assert ["CP-6", "CP-9", "CP-2", "CP-5", "CP-1", "CP-3", "CP-4"] == list(table["charger"])
    assert ["✕ Offline", "◔ Waits to be let in", "▶ Charging", "○ Free"] == list(table["state"])[:4]
    assert [0, pd.NA, 2, 0] == [
        pd.NA if pd.isna(count) else count for count in table["settings not as wanted"][:4]
    ]


def test_the_list_joins_the_live_state_with_the_history_of_a_day(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader)

    assert NOW - timedelta(hours=24) == reader.asked[0]["start"]
    table = test.dataframe[0].value.set_index("charger")
    assert ("1 Charging", 1, "1.6", "2.1.0", "1: password") == tuple(
        table.loc["CP-1", ["connectors", "odd messages in 24 h", "OCPP", "firmware",
                           "security profile"]]
    )  # fmt: skip
    # It is offline: what it speaks is known from its last boot.
    assert "2.0.1" == table.loc["CP-6", "OCPP"]
    assert "since (America/Los_Angeles)" in table.columns
    # Taken out of the configuration, known from history only.
    assert "CP-OLD" not in table.index


def test_no_chargers_says_how_to_get_some(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = LatestChargers(points=(), age_s=0.4, fault=None)
    monkeypatch.setattr(source, "charge_points", lambda: nobody)
    test = open_page(chargers_page, reader=ChargersReader(empty=True))

    assert not test.exception
    assert "No charger is configured" in words(test)
    assert not test.dataframe


@pytest.mark.parametrize("section", ["now", *SECTIONS])
def test_a_link_opens_a_charger_s_section(open_page: Open, section: str) -> None:
    test = open_page(chargers_page, reader=ChargersReader(), charger="CP-1", section=section)

    assert not test.exception
    said = words(test)
    assert 'aria-label="Charger CP-1"' in said
    assert ("Connector CP-1/1: Charging" in said) is (section == "now")
    assert 1 + (section != "now") <= len(test.dataframe)


@pytest.mark.parametrize("section", list(SECTIONS))
def test_a_section_without_records_says_so(open_page: Open, section: str) -> None:
    reader = ChargersReader(empty=True)
    test = open_page(chargers_page, reader=reader, charger="CP-2", section=section)

    assert not test.exception
    said = words(test)
    assert 1 == len(test.dataframe)
    assert "CP-2" in said
    assert test.info or "There" in said or "No " in said


def test_settings_hide_secrets_and_show_first_what_is_not_as_ordered(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-1", section="settings")

    shown = test.dataframe[-1].value
    assert [
        ("MeterValueSampleInterval", "60", "30", "accepted, and differs"),
        ("AuthorizationKey", "(hidden)", "(hidden)", "as ordered"),
        ("HeartbeatInterval", "300", "300.0", "as ordered"),
    ] == list(
        shown[["setting", "value", "ordered", "how it stands"]].itertuples(index=False, name=None)
    )


def test_settings_are_found_by_a_part_of_their_name(open_page: Open) -> None:
    link = {"charger": "CP-1", "section": "settings"}
    test = open_page(chargers_page, reader=ChargersReader(), setting="heart", **link)

    assert ["HeartbeatInterval"] == list(test.dataframe[-1].value["setting"])


def test_what_is_wanted_of_a_charger_stands_beside_what_was_found(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-2", section="settings")

    shown = test.dataframe[1].value
    assert [("60", "900", "differs"), ("60", "0", "refused"), ("0", "0", "set")] == list(
        shown[["wanted", "found", "state"]].itertuples(index=False, name=None)
    )
    assert "2 of 3 not as wanted." in words(test)


def test_what_was_learned_stands_with_its_evidence_for_the_present_firmware(
    open_page: Open,
) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-1", section="learned")

    shown = test.dataframe[1].value
    assert [
        ("takes limits in", "A, W", "✓ yes", "it said so"),
        ("lowest limit above 0 that it accepted", "6 A", "✓ yes", "it did so"),
        ("accepts a limit of 0", "yes", "? not on this one",
         "another charger of the model showed it"),
    ] == list(
        shown[["what", "value", "verified", "evidence"]].itertuples(index=False, name=None)
    )  # fmt: skip
    said = words(test)
    assert "Not known yet: highest stack level; periods in a schedule, at most;" in said
    assert "accepts a limit of 0;" in said
    assert ["! differs"] == list(test.dataframe[2].value["state"])
    # Of another charger of the model, and so of this one.
    assert ["the register counts kWh and says Wh"] == list(
        test.dataframe[3].value["what seems wrong"]
    )


def test_every_fact_has_words() -> None:
    assert set(Fact) == set(facts.WORDS)


def test_profiles_are_told_in_words(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-1", section="profiles")

    allows = test.dataframe[1].value["what it allows"]
    assert ["16 A on each phase until 15:32, then 6 A on each phase."] == list(allows)


def test_only_sessions_of_the_charger_itself_are_shown(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-1", section="sessions")

    assert ["CP-1/1"] == list(test.dataframe[3].value["connector"])


def test_messages_link_to_the_page_of_messages(open_page: Open) -> None:
    reader = ChargersReader()
    test = open_page(chargers_page, reader=reader, charger="CP-1", section="messages")

    assert 'href="messages?charger=CP-1&amp;show=odd"' in words(test)
    assert "CP-1" == reader.asked[-1]["charge_point_id"]


def test_a_link_to_nobody_says_so(open_page: Open) -> None:
    test = open_page(chargers_page, reader=ChargersReader(), charger="CP-77")

    assert not test.exception
    assert "There is no charger CP-77." in words(test)


def test_one_that_is_not_configured_has_no_connectors_to_show(open_page: Open) -> None:
    test = open_page(chargers_page, reader=ChargersReader(), charger="CP-9")

    assert "CP-9 is not in the site file" in words(test)


def test_without_the_server_what_is_on_record_is_shown(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "charge_points", lambda: NONE)
    reader = ChargersReader()
    test = open_page(
        chargers_page, reader=reader, latest=NO_SERVER, charger="CP-1", section="settings"
    )

    assert not test.exception
    assert "does not answer" in words(test)
    assert {"? Not known"} == set(test.dataframe[0].value["state"])
    assert 3 == len(test.dataframe[-1].value)


def test_without_the_history_the_live_state_is_shown(open_page: Open) -> None:
    test = open_page(chargers_page, reader=DownReader(), charger="CP-1", section="files")

    assert not test.exception
    assert "cannot be read" in words(test)
    assert 7 == len(test.dataframe[0].value)


def test_without_both_the_page_says_why(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "charge_points", lambda: NONE)
    test = open_page(chargers_page, reader=DownReader(), latest=NO_SERVER)

    assert not test.exception
    assert "does not answer" in words(test)
    assert "cannot be read" in words(test)
    assert not test.dataframe
