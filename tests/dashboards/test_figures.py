import math
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.periods import Against
from dashboards import figures
from dashboards.figures import Span
from dashboards.period import Bucket, Period, PeriodKind

LA = ZoneInfo("America/Los_Angeles")
NOON = datetime(2019, 3, 6, 20, tzinfo=UTC)
DAY = Period.containing(PeriodKind.DAY, date(2019, 3, 6))
HOURS = DAY.edges(Bucket.HOUR, LA)


def hourly(**values: list[float]) -> pd.DataFrame:
    times = pd.DatetimeIndex(HOURS[: len(next(iter(values.values())))]).tz_convert(LA)
    return pd.DataFrame({"period_start": times, **values})


def power(step_s: int, **columns: list[float]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    times = pd.date_range(HOURS[0], periods=count, freq=f"{step_s}s", tz=None).tz_convert(LA)
    absent = {c: [math.nan] * count for c in ("site_w", "charging_w", "building_w", "pv_w")}
    return pd.DataFrame({"at": times, **absent, **columns})


def test_rows_are_summed_into_the_bucket_they_start_in() -> None:
    frame = hourly(energy_kwh=[1.0, 2.0, 3.0])

    day = figures.folded(frame, DAY.edges(Bucket.DAY, LA), ["energy_kwh"])
    assert [6.0] == list(day["energy_kwh"])


def test_a_bucket_without_rows_is_missing_not_zero() -> None:
    folded = figures.folded(hourly(energy_kwh=[1.0]), HOURS, ["energy_kwh"])

    assert 1.0 == folded["energy_kwh"].iloc[0]
    assert folded["energy_kwh"].iloc[1:].isna().all()


def test_rows_outside_the_period_do_not_count() -> None:
    frame = hourly(energy_kwh=[1.0, 2.0])

    assert [1.0] == list(figures.folded(frame, HOURS[:2], ["energy_kwh"])["energy_kwh"])


def test_nothing_happened_is_zero_only_where_there_is_data() -> None:
    span = figures.span_of(DAY, LA, NOON)
    folded = figures.folded(hourly(energy_kwh=[1.0]), HOURS, ["energy_kwh"])
    filled = figures.filled(folded, ["energy_kwh"], span, (HOURS[0], NOON))

    assert [1.0, *[0.0] * 11] == list(filled["energy_kwh"].iloc[:12])
    assert filled["energy_kwh"].iloc[12:].isna().all()


def test_mean_power_becomes_energy() -> None:
    frame = power(900, building_w=[4000.0] * 4, pv_w=[1000.0] * 4, site_w=[3000.0, 3000, -200, 0])
    energy = figures.site_energy(frame, HOURS, 900).iloc[0]

    assert (4.0, 1.0) == (energy["building_kwh"], energy["pv_kwh"])
    assert 1.5 == energy["import_kwh"], "export is not negative import"


def test_a_period_that_runs_is_compared_with_the_same_length_before() -> None:
    span, name = figures.compared_span(DAY, LA, NOON)

    assert timedelta(hours=12) == span.until - span.start
    assert "the same part of Tue 5 Mar 2019" == name


def test_a_period_that_is_over_is_compared_with_the_whole_one_before() -> None:
    span, name = figures.compared_span(DAY, LA, NOON + timedelta(days=3))

    assert (span.end, "Tue 5 Mar 2019") == (span.until, name)


def test_a_period_is_compared_with_the_same_part_of_the_year_before() -> None:
    span, name = figures.compared_span(DAY, LA, NOON, Against.YEAR)

    assert (timedelta(hours=12), 2018) == (span.until - span.start, span.start.year)
    assert "the same part of Tue 6 Mar 2018" == name


def test_a_leap_day_is_compared_with_the_day_before_it() -> None:
    leap = Period.containing(PeriodKind.MONTH, date(2024, 2, 29))

    assert (date(2023, 2, 1), date(2023, 3, 1)) == (
        leap.year_before().first,
        leap.year_before().end,
    )


def test_a_repeated_hour_counts_as_one_hour_of_the_day() -> None:
    period = Period.containing(PeriodKind.DAY, date(2019, 11, 3))
    starts = period.edges(Bucket.HOUR, LA)[:-1]
    frame = pd.DataFrame({"start": pd.DatetimeIndex(starts), "kwh": 1.0})
    cells = figures.by_hour(frame, "kwh", LA, row=figures.local_days(frame["start"], LA))

    assert (24, 2.0) == (len(cells), cells.loc[cells["hour"] == 1, "value"].item())


def test_weekdays_show_the_mean_of_their_days() -> None:
    cells = pd.DataFrame(
        {"row": [date(2019, 3, 4), date(2019, 3, 11)], "hour": [8, 8], "value": [1.0, 3.0]}
    )

    assert [[0, 8, 2.0]] == figures.mean_by_weekday(cells).to_numpy().tolist()


def test_a_change_against_nothing_has_no_meaning() -> None:
    assert [None, None, 0.5, -0.5] == [
        figures.change(now, before)
        for now, before in ((1.0, 0.0), (1.0, math.nan), (3.0, 2.0), (1.0, 2.0))
    ]


def test_long_periods_are_read_in_coarser_steps() -> None:
    short = Span(start=NOON, end=NOON + timedelta(days=92), until=NOON)
    long = Span(start=NOON, end=NOON + timedelta(days=365), until=NOON)

    assert (900, 3600) == (figures.step_for(short), figures.step_for(long))
