"""How chargers are judged and told, from the live state and the history."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest

from dashboards.chargers import Charger, Level, chargers, needs, summary, table
from tests.dashboards.fake_chargers import charge_points
from tests.dashboards.fake_view import live_view
from tests.dashboards.fakes import NOW, ZONE

NO_PAST = pd.DataFrame({"charge_point_id": []})
VIEW = live_view(alarms=())


def judged(number: int = 1, *, connector: dict[str, Any] | None = None, **changes: Any) -> Charger:
    """The charger CP-`number` of the made-up site with changes to it and its connector."""
    point = dataclasses.replace(charge_points()[number - 1], **changes)
    view = VIEW
    if connector:
        mine = dataclasses.replace(VIEW.connectors[number - 1], **connector)
        view = dataclasses.replace(VIEW, connectors=(mine,))
    (found,) = chargers([point], view, NO_PAST, NO_PAST, ZONE)
    return found


@pytest.mark.parametrize(
    ("changes", "connector", "level", "state"),
    [
        ({}, {}, Level.FINE, "▶ Charging"),
        ({"online": False}, {}, Level.BROKEN, "✕ Offline"),
        (
            {"online": False, "link_since": None, "last_frame_at": None},
            {},
            Level.BROKEN,
            "✕ Never connected",
        ),
        ({"registration": "Rejected"}, {}, Level.NOTED, "✕ Refused"),
        ({"registration": "Pending"}, {}, Level.NOTED, "◔ Kept waiting"),
        (
            {"registration": "Pending", "configured": False},
            {},
            Level.BROKEN,
            "◔ Waits to be let in",
        ),
        ({"stale": True}, {}, Level.BROKEN, "… Silent"),
        ({}, {"state": "Faulted"}, Level.BROKEN, "! Fault"),
        ({}, {"error_code": "WeakSignal"}, Level.NOTED, "▶ Charging"),
        ({"clock_ahead_s": 61.0}, {}, Level.NOTED, "▶ Charging"),
        ({"clock_ahead_s": -59.0}, {}, Level.FINE, "▶ Charging"),
        ({}, {"state": "Available"}, Level.FINE, "○ Free"),
        ({}, {"state": "SomethingNew"}, Level.FINE, "? SomethingNew"),
        ({"connectors": ()}, {}, Level.FINE, "✓ Online"),
    ],
)
def test_a_charger_is_judged_by_the_first_rule_that_holds(
    changes: dict[str, Any], connector: dict[str, Any], level: Level, state: str
) -> None:
    found = judged(connector=connector, **changes)

    assert (level, state) == (found.level, str(found.state))
    assert bool(found.needs) is (level is not Level.FINE)


def test_a_fault_is_told_with_its_connector_and_code() -> None:
    found = judged(connector={"state": "Faulted", "error_code": "GroundFailure"})

    assert ("CP-1 reports a fault at connector 1 (GroundFailure).",) == found.needs


def test_an_alarm_is_told_of_the_charger_that_it_names_alone() -> None:
    alarm = "CP-1 draws more than it is allowed."
    view = dataclasses.replace(
        VIEW, alarms=(alarm, "CP-10 draws more.", "CP-1 lost its connection.")
    )
    found = chargers(charge_points(), view, NO_PAST, NO_PAST, ZONE)

    assert [(alarm,), ()] == [c.needs for c in found if c.charge_point_id in {"CP-1", "CP-2"}]


def test_of_several_connectors_what_matters_most_is_told() -> None:
    point = dataclasses.replace(charge_points()[0], connectors=("CP-1/1", "CP-5/1"))
    (found,) = chargers([point], VIEW, NO_PAST, NO_PAST, ZONE)

    assert "▶ Charging on 1 of 2" == str(found.state)


def test_what_the_live_state_does_not_know_comes_from_the_history() -> None:
    past = pd.DataFrame(
        [
            {
                "charge_point_id": "CP-1", "configured": True, "vendor": "Old", "model": "Old",
                "serial_number": None, "firmware_version": "1.0", "ocpp_version": "ocpp2.1",
                "booted_at": pd.Timestamp(NOW), "heard_at": pd.NaT, "odd": 3, "ahead_s": 120.0,
            }
        ]
    )  # fmt: skip
    point = dataclasses.replace(
        charge_points()[0], firmware_version="", ocpp_version="", clock_ahead_s=None
    )
    (found,) = chargers([point], VIEW, past, NO_PAST, ZONE)

    assert ("Volt", "1.0", "ocpp2.1", 120.0, 3) == (
        found.vendor, found.firmware_version, found.ocpp_version, found.clock_ahead_s, found.odd,
    )  # fmt: skip


def test_settings_that_a_person_can_do_something_about_are_named() -> None:
    rows = [("CP-1", name, "differs") for name in "ABCDE"]
    rows += [("CP-1", "F", "reboot-required"), ("CP-1", "G", "readonly"), ("CP-2", "H", "unknown")]
    drift = pd.DataFrame(rows, columns=["charge_point_id", "name", "state"])
    first, second = chargers(charge_points()[:2], VIEW, NO_PAST, drift, ZONE)

    assert (
        "CP-1 is not set as wanted: A, B, C and 2 more.",
        "CP-1 needs a reboot for what it was set to: F.",
    ) == first.needs
    assert (Level.NOTED, 7) == (first.level, first.settings_off)
    assert (Level.FINE, 1) == (second.level, second.settings_off)


def test_the_summary_counts_what_needs_a_person() -> None:
    fine, noted, broken = judged(), judged(clock_ahead_s=99.0), judged(online=False)

    assert "The charger works: nothing needs a person." == summary([fine])
    assert "All 2 chargers work: nothing needs a person." == summary([fine, fine])
    assert "All 2 chargers work; 1 should be looked at." == summary([fine, noted])
    assert "1 of 2 chargers needs a person." == summary([broken, fine])
    assert "2 of 3 chargers need a person, 1 more should be looked at." == summary(
        [broken, broken, noted]
    )
    assert 2 == len(needs([broken, noted, fine]))


def test_what_is_not_known_is_missing_and_not_zero() -> None:
    shown = table([judged(clock_ahead_s=None, security_profile=None)], ZONE).iloc[0]

    assert pd.isna(shown["clock ahead (s)"])
    assert pd.isna(shown["odd messages in 24 h"])
    assert "" == shown["security profile"]


def test_no_chargers_make_an_empty_table() -> None:
    assert table([], ZONE).empty
