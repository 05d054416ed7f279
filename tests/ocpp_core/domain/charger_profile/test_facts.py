"""Facts with their evidence: what is not shown is unknown, what others showed is a guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.charger_profile import (
    SHAREABLE,
    ChargerProfile,
    Evidence,
    Fact,
    Finding,
    ModelKey,
    merged,
)

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MODEL = ModelKey(vendor="V", model="M", firmware="1.0")
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(  # noqa: DTZ001 - made aware
    lambda at: at.replace(tzinfo=UTC)
)
FINDINGS = st.builds(
    lambda value, evidence, at, times: Finding(
        value=value, evidence=evidence, first_at=at, last_at=at, times=times
    ),
    st.sampled_from(["A", "W", "A,W"]),
    st.sampled_from(Evidence),
    TIMES,
    st.integers(1, 9),
)


def finding(value: str, evidence: Evidence, after_s: float = 0) -> Finding:
    at = NOON + timedelta(seconds=after_s)
    return Finding(value=value, evidence=evidence, first_at=at, last_at=at)


def profile(**values: Finding) -> ChargerProfile:
    named = {Fact(name.replace("_", "-")): found for name, found in values.items()}
    return ChargerProfile(model=MODEL, findings=named)


def test_a_fact_that_nobody_found_is_unknown_and_not_a_default() -> None:
    empty = ChargerProfile(model=MODEL)

    assert empty.value(Fact.RATE_UNITS) is None
    assert empty.guess(Fact.RATE_UNITS) is None
    assert tuple(Fact) == empty.unknown


def test_a_value_of_another_charger_is_a_guess_until_this_one_shows_it() -> None:
    """OCPP.md row 33: what works on one release may be refused on the next."""
    guessed = profile(rate_units=finding("W", Evidence.SHARED))

    assert guessed.value(Fact.RATE_UNITS) is None
    assert "W" == guessed.guess(Fact.RATE_UNITS)
    shown = guessed.found({Fact.RATE_UNITS: finding("W", Evidence.ASKED, 1)})
    assert "W" == shown.value(Fact.RATE_UNITS)


def test_what_the_charger_says_itself_takes_the_place_of_a_guess() -> None:
    known = profile(rate_units=finding("W", Evidence.SHARED)).found(
        {Fact.RATE_UNITS: finding("A", Evidence.ASKED, 1)}
    )

    assert "A" == known.value(Fact.RATE_UNITS)


def test_deeds_count_more_than_words_and_a_person_most() -> None:
    known = profile(takes_zero=finding("false", Evidence.OBSERVED))

    assert "false" == known.found({Fact.TAKES_ZERO: finding("true", Evidence.ASKED, 1)}).value(
        Fact.TAKES_ZERO
    )
    assert "true" == known.found({Fact.TAKES_ZERO: finding("true", Evidence.CONFIGURED, 1)}).value(
        Fact.TAKES_ZERO
    )


def test_the_same_again_counts_how_often_and_since_when() -> None:
    again = finding("A", Evidence.ASKED, 60).after(finding("A", Evidence.OBSERVED))

    assert (2, NOON, Evidence.OBSERVED) == (again.times, again.first_at, again.evidence)


@given(st.lists(FINDINGS, min_size=1, max_size=8))
def test_evidence_never_gets_weaker(found: list[Finding]) -> None:
    known = found[0]
    for fresh in found[1:]:
        after = fresh.after(known)

        assert after.evidence.weight >= known.evidence.weight
        assert after in (known, fresh) or after.value == known.value == fresh.value
        known = after


@given(st.dictionaries(st.sampled_from(Fact), FINDINGS))
def test_a_prior_claims_nothing_of_the_charger_that_gets_it(found: dict[Fact, Finding]) -> None:
    prior = ChargerProfile(model=MODEL, findings=found).as_prior()

    assert tuple(Fact) == prior.unknown
    assert set(prior.findings) <= SHAREABLE


def test_a_model_is_known_by_what_its_chargers_showed_last() -> None:
    guessed = profile(rate_units=finding("W", Evidence.SHARED, 99))
    before = profile(rate_units=finding("W", Evidence.ASKED))
    later = profile(rate_units=finding("A", Evidence.ASKED, 60))

    assert "A" == merged([later, guessed, before])[MODEL].value(Fact.RATE_UNITS)


def test_what_is_about_one_charger_says_nothing_of_its_model() -> None:
    one = profile(clock_ahead_s=finding("90", Evidence.OBSERVED))

    assert {} == merged([one])[MODEL].findings


def test_a_number_that_is_none_is_unknown() -> None:
    assert profile(max_keys=finding("many", Evidence.ASKED)).number(Fact.MAX_KEYS) is None
