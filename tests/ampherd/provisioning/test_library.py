"""What is known of models, as a file that can be shared."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ampherd.provisioning.library import Library
from ocpp_core.domain.charger_profile import ChargerProfile, Evidence, Fact, Finding, ModelKey
from ocpp_core.domain.errors import StoreError

NOON = datetime(2026, 5, 4, 12, 34, tzinfo=UTC)
MODEL = ModelKey(vendor="V", model="M", firmware="1.0")


def known(evidence: Evidence = Evidence.OBSERVED, **values: str) -> ChargerProfile:
    return ChargerProfile(
        model=MODEL,
        findings={
            Fact(name.replace("_", "-")): Finding(
                value=value, evidence=evidence, first_at=NOON, last_at=NOON
            )
            for name, value in values.items()
        },
    )


def test_what_was_learned_is_where_the_next_charger_of_the_model_begins(tmp_path: Path) -> None:
    """OCPP.md row 31: remembered per model and firmware."""
    Library.beside(tmp_path / "site.duckdb").learn([known(rate_units="W")])
    again = Library.beside(tmp_path / "site.duckdb")
    prior = again.prior(MODEL)

    assert "W" == prior.guess(Fact.RATE_UNITS)
    assert prior.value(Fact.RATE_UNITS) is None
    assert {} == again.prior(ModelKey(vendor="V", model="M", firmware="1.1")).findings


def test_what_is_known_already_is_not_written_again(tmp_path: Path) -> None:
    library = Library.beside(tmp_path / "site.duckdb")

    assert library.learn([known(rate_units="W")])
    assert not library.learn([known(rate_units="W")])
    assert library.learn([known(rate_units="A")])


def test_guesses_are_not_learned(tmp_path: Path) -> None:
    library = Library.beside(tmp_path / "site.duckdb")

    assert not library.learn([known(Evidence.SHARED, rate_units="W")])


def test_a_shared_file_says_nothing_of_the_site(tmp_path: Path) -> None:
    library = Library.beside(tmp_path / "site.duckdb")
    library.learn([known(rate_units="W", clock_ahead_s="90", slowest_answer_s="12")])
    file = json.loads(library.export())

    assert ["format", "profiles"] == sorted(file)
    assert ["facts", "firmware", "model", "vendor"] == sorted(file["profiles"][0])
    assert {
        "rate-units": {"value": "W", "evidence": "observed", "times": 1, "last_on": "2026-05-04"}
    } == file["profiles"][0]["facts"]


def test_what_one_site_exports_another_begins_with(tmp_path: Path) -> None:
    here, there = Library.beside(tmp_path / "a.duckdb"), Library.beside(tmp_path / "b.duckdb")
    here.learn([known(order_form="W 0 TxProfile zero")])

    assert 1 == there.import_(here.export())
    assert "W 0 TxProfile zero" == there.prior(MODEL).guess(Fact.ORDER_FORM)
    assert there.prior(MODEL).value(Fact.ORDER_FORM) is None
    assert here.export() == Library.beside(tmp_path / "b.duckdb").export()


def test_what_was_learned_here_counts_before_what_was_imported(tmp_path: Path) -> None:
    here, there = Library.beside(tmp_path / "a.duckdb"), Library.beside(tmp_path / "b.duckdb")
    here.learn([known(rate_units="W")])
    there.import_(here.export())
    there.learn([known(rate_units="A")])

    assert "A" == there.prior(MODEL).guess(Fact.RATE_UNITS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "no file of charger profiles"),
        (b'{"format": "ampherd charger profiles 9", "profiles": []}', "not 'ampherd charger"),
        (b"[]", "no file of charger profiles"),
    ],
)
def test_another_file_is_refused_with_words(tmp_path: Path, text: bytes, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        Library.beside(tmp_path / "site.duckdb").import_(text)


def test_facts_of_another_ampherd_are_left_out(tmp_path: Path) -> None:
    fact = {"value": "1", "evidence": "asked", "last_on": "2026-05-04"}
    model = {"vendor": "V", "model": "M", "firmware": "1.0"}
    facts = {"flux": fact, "max-keys": fact, "rate-units": fact | {"evidence": "dreamt"}}
    file = {"format": "ampherd charger profiles 1", "profiles": [model | {"facts": facts}]}
    library = Library.beside(tmp_path / "site.duckdb")
    library.import_(json.dumps(file).encode())

    assert [Fact.MAX_KEYS] == list(library.prior(MODEL).findings)


def test_a_file_that_cannot_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    library = Library.beside(tmp_path / "no such folder" / "site.duckdb")
    with pytest.raises(StoreError, match="charger-profiles"):
        library.learn([known(rate_units="W")])
