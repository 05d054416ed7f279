"""Rules of tokens."""

from datetime import UTC, datetime, timedelta

from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import IdToken
from ocpp_core.domain.tokens import KnownToken, MemoryTokenBook

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_tokens_compare_without_regard_to_case() -> None:
    book = MemoryTokenBook([KnownToken(id_token=IdToken("AbC"))])

    assert AuthorizationStatus.ACCEPTED is book.state(IdToken("aBc"), NOW).status


def test_a_token_that_is_not_on_record_is_what_the_site_says() -> None:
    assert AuthorizationStatus.INVALID is MemoryTokenBook().state(IdToken("x"), NOW).status
    open_house = MemoryTokenBook(others=AuthorizationStatus.ACCEPTED)
    assert AuthorizationStatus.ACCEPTED is open_house.state(IdToken("x"), NOW).status


def test_a_token_expires_at_its_instant_and_a_blocked_one_stays_blocked() -> None:
    book = MemoryTokenBook()
    book.put(KnownToken(id_token=IdToken("a"), expires_at=NOW))
    book.put(KnownToken(id_token=IdToken("b"), status=AuthorizationStatus.BLOCKED, expires_at=NOW))

    before = NOW - timedelta(seconds=1)
    assert AuthorizationStatus.ACCEPTED is book.state(IdToken("a"), before).status
    assert AuthorizationStatus.EXPIRED is book.state(IdToken("a"), NOW).status
    assert AuthorizationStatus.BLOCKED is book.state(IdToken("b"), NOW).status
