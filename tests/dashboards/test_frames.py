"""Frames as people read them: tokens masked, findings in words, nothing lost."""

import json

import pytest

from dashboards import frames
from tests.dashboards.fakes import NOW, ZONE, MessagesReader

MESSAGES = MessagesReader().messages(NOW, NOW)


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ('{"idTag":"04AB5678"}', '{"idTag":"••••5678"}'),
        ('{"parentIdTag" : "FAMILY77"}', '{"parentIdTag" : "••••LY77"}'),
        ('{"idToken":{"idToken":"04AB5678","type":"ISO14443"}}',
         '{"idToken":{"idToken":"••••5678","type":"ISO14443"}}'),
        ('{"idTag":"abc"}', '{"idTag":"abc"}'),
        ("[,{", "[,{"),
    ],
)  # fmt: skip
def test_drivers_tokens_are_masked(frame: str, shown: str) -> None:
    assert shown == frames.without_tokens(frame)


def test_a_frame_that_is_no_json_is_shown_as_it_is() -> None:
    assert "[,{" == frames.pretty("[,{")
    assert "" == frames.pretty(None)
    assert 3 == len(frames.pretty('{"a":1}').splitlines())


def test_the_table_says_what_was_odd_first_and_how_much_more() -> None:
    table = frames.table(MESSAGES, ZONE)

    assert list(frames.COLUMNS) == list(table.columns)
    assert ["", "unit 'Hz' is not one of OCPP (+1 more)", "no JSON: expected value"] == list(
        table["what was odd"]
    )
    assert "(unreadable)" == table["message"].iloc[2]
    assert "14:32" == f"{table['time'].iloc[0]:%H:%M}"


def test_lines_are_json_in_the_order_of_time_with_masked_tokens() -> None:
    rows = [json.loads(line) for line in frames.lines(MESSAGES).decode().splitlines()]

    assert ["", "MeterValues", "Authorize"] == [row["action"] for row in rows]
    assert "04AB" not in rows[2]["frame"]
    assert rows[0]["answer"] is None
    assert sorted(row["at"] for row in rows) == [row["at"] for row in rows]
