from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboards.period import Bucket, Period, PeriodKind

LA = ZoneInfo("America/Los_Angeles")
TODAY = date(2019, 3, 6)
KINDS = [kind for kind in PeriodKind if kind is not PeriodKind.CUSTOM]


@pytest.mark.parametrize(
    ("kind", "first", "end", "words"),
    [
        (PeriodKind.DAY, date(2019, 3, 6), date(2019, 3, 7), "Wed 6 Mar 2019"),
        (PeriodKind.WEEK, date(2019, 3, 4), date(2019, 3, 11), "Week 10, 4–10 Mar 2019"),
        (PeriodKind.MONTH, date(2019, 3, 1), date(2019, 4, 1), "March 2019"),
        (PeriodKind.QUARTER, date(2019, 1, 1), date(2019, 4, 1), "Q1 2019"),
        (PeriodKind.YEAR, date(2019, 1, 1), date(2020, 1, 1), "2019"),
    ],
)
def test_a_calendar_period_holds_its_day(
    kind: PeriodKind, first: date, end: date, words: str
) -> None:
    period = Period.containing(kind, TODAY)

    assert (first, end, words) == (period.first, period.end, str(period))


@given(kind=some.sampled_from(KINDS), day=some.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_earlier_and_later_undo_each_other_and_leave_no_gap(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)

    assert period.first <= day < period.end
    assert period == period.previous().following()
    assert period.first == period.previous().end


def test_a_custom_period_moves_by_its_own_length() -> None:
    period = Period.custom(date(2019, 2, 10), date(2019, 2, 1))

    assert (date(2019, 2, 1), date(2019, 2, 11)) == (period.first, period.end)
    assert "22–31 Jan 2019" == str(period.previous())
    assert "11–20 Feb 2019" == str(period.following())


@given(kind=some.sampled_from(KINDS), day=some.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_link_brings_the_period_back(kind: PeriodKind, day: date) -> None:
    period = Period.containing(kind, day)

    assert period == Period.from_link(period.to_link(TODAY), TODAY, PeriodKind.DAY)


def test_a_link_to_the_current_period_stays_current() -> None:
    link = Period.containing(PeriodKind.MONTH, TODAY).to_link(TODAY)

    assert "April 2019" == str(Period.from_link(link, date(2019, 4, 2), PeriodKind.DAY))


@pytest.mark.parametrize("link", [{"period": "aeon"}, {"from": "yesterday"}, {"to": "2019-99-01"}])
def test_what_is_unreadable_in_a_link_is_ignored(link: dict[str, str]) -> None:
    assert Period.containing(PeriodKind.MONTH, TODAY) == Period.from_link(
        link, TODAY, PeriodKind.MONTH
    )


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2019, 3, 10), 23), (date(2019, 3, 11), 24), (date(2019, 11, 3), 25)]
)
def test_a_day_on_which_clocks_change_keeps_its_real_hours(day: date, hours: int) -> None:
    period = Period.containing(PeriodKind.DAY, day)
    start, end = period.bounds(LA)
    edges = period.edges(Bucket.HOUR, LA)

    assert timedelta(hours=hours) == end - start
    assert (hours + 1, start, end) == (len(edges), edges[0], edges[-1])


@given(
    kind=some.sampled_from(KINDS),
    day=some.dates(date(2010, 1, 1), date(2030, 1, 1)),
    bucket=some.sampled_from([Bucket.DAY, Bucket.WEEK, Bucket.MONTH]),
)
def test_buckets_cover_a_period_without_gap_or_overlap(
    kind: PeriodKind, day: date, bucket: Bucket
) -> None:
    period = Period.containing(kind, day)
    edges = period.edges(bucket, LA)

    assert period.bounds(LA) == (edges[0], edges[-1])
    assert sorted(set(edges)) == edges


def test_midnight_is_that_of_the_site() -> None:
    start, _ = Period.containing(PeriodKind.DAY, TODAY).bounds(LA)

    assert datetime(2019, 3, 6, 8, tzinfo=UTC) == start


def test_bars_stay_countable_whatever_the_length() -> None:
    for days in (1, 2, 30, 100, 400, 1000):
        period = Period.custom(TODAY, TODAY + timedelta(days=days - 1))

        assert len(period.edges(period.buckets()[0], LA)) <= 50
