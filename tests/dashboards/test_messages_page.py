"""The page of messages as a viewer meets it."""

from datetime import timedelta

from dashboards.source import Latest
from tests.dashboards.fakes import NOW, DownReader, MessagesReader
from tests.dashboards.test_views import NO_SERVER, Open, open_page, words

__all__ = ["open_page"]


# AppTest runs the source of this function, away from this module.
def messages_page() -> None:
    from dashboards.views import messages  # noqa: PLC0415 -- see above

    messages.page()


def test_messages_are_listed_with_what_was_odd(open_page: Open) -> None:
    test = open_page(messages_page, reader=MessagesReader())

    assert not test.exception
    assert "3 messages" in words(test)
    assert "2 with something odd" in words(test)
    shown = test.dataframe[0].value
    assert ["CP-1", "CP-2", "CP-1"] == list(shown["charger"])


def test_the_address_chooses_charger_kind_and_time(open_page: Open) -> None:
    reader = MessagesReader()
    test = open_page(
        messages_page, reader=reader, charger="CP-2", show="refused", hours="6", find="Boot"
    )

    assert not test.exception
    asked = reader.asked[-1]
    assert ("CP-2", "refused", "Boot") == (
        asked["charge_point_id"], asked["outcome"], asked["text"],
    )  # fmt: skip
    assert NOW - timedelta(hours=6) == asked["start"]


def test_nothing_found_says_what_to_try(open_page: Open) -> None:
    test = open_page(messages_page, reader=MessagesReader(empty=True))

    assert "No such message" in words(test)
    assert not test.dataframe


def test_without_the_history_the_page_says_so(open_page: Open) -> None:
    test = open_page(messages_page, reader=DownReader())

    assert "cannot be read" in words(test)


def test_without_the_server_the_last_message_is_now(open_page: Open) -> None:
    reader = MessagesReader()
    state: Latest = NO_SERVER
    test = open_page(messages_page, reader=reader, latest=state)

    assert not test.exception
    assert NOW - timedelta(hours=24) == reader.asked[-1]["start"]
