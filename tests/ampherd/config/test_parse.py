"""What the file says becomes domain values."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

from ampherd.config import load_config
from ampherd.config.kinds import VersionName
from ampherd.config.prices import read_prices
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.events import AuthorizationStatus
from ocpp_core.domain.ids import ChargePointId, CircuitId
from ocpp_core.domain.tariff import FlatPrice, MarketPrices, PriceSeries, TimeOfUsePrice
from ocpp_core.domain.units import Phase
from ocpp_core.protocol.versions import SUBPROTOCOLS
from tests.ampherd.config.conftest import Faults, Load

BANDS = """
[tariff.site]
kind = "time-of-use"
demand_charge_per_kw = "15.51"
[[tariff.site.bands]]
months = [6, 7]
weekdays = ["mon", "fri"]
start = 08:00:00
end = "24:00"
price_per_kwh = 0.1
"""


def test_a_site_is_made_of_circuits_and_chargers(load: Load) -> None:
    site = load().site

    assert [CircuitId("grid"), CircuitId("deck")] == [c.circuit_id for c in site.circuits]
    assert CircuitId("grid") == site.building_circuit_id
    (connector,) = site.connectors.values()
    assert "CP-1/1" == str(connector.ref)
    assert (Phase.L1, Phase.L2, Phase.L3) == connector.phases
    assert 6.0 == connector.min_current_a


@pytest.mark.parametrize("written", ["0.1", '"0.1"', "1e-1"])
def test_a_price_is_exact_however_it_is_written(load: Load, valid: str, written: str) -> None:
    config = load(f"{valid}\n[tariff.driver]\nenergy_price_per_kwh = {written}\n")

    assert config.driver_tariff is not None
    assert Decimal("0.1") == config.driver_tariff.energy_price_per_kwh
    assert "EUR" == config.driver_tariff.currency


def test_without_tariffs_charging_is_free_and_cost_unknown(load: Load) -> None:
    config = load()

    assert config.driver_tariff is None
    assert config.site_tariff is None


def test_grace_is_written_in_minutes_and_kept_in_seconds(load: Load, valid: str) -> None:
    config = load(f"{valid}\n[tariff.driver]\nenergy_price_per_kwh = 1\nidle_grace_minutes = 15\n")

    assert config.driver_tariff is not None
    assert 900 == config.driver_tariff.idle_grace_s


def test_a_flat_site_tariff(load: Load, valid: str) -> None:
    config = load(f'{valid}\n[tariff.site]\nkind = "flat"\nprice_per_kwh = -0.02\n')

    assert config.site_tariff is not None
    assert FlatPrice(value=Decimal("-0.02")) == config.site_tariff.energy


def test_time_of_use_bands_hold_in_the_zone_of_the_site(load: Load, valid: str) -> None:
    config = load(f"{valid}{BANDS}[[tariff.site.bands]]\nprice_per_kwh = 0.05\n")

    assert config.site_tariff is not None
    energy = config.site_tariff.energy
    assert isinstance(energy, TimeOfUsePrice)
    # Friday 5 June 2026, 08:00 in Amsterdam is 06:00 UTC.
    assert Decimal("0.05") == energy.price_per_kwh(datetime(2026, 6, 5, 5, 59, tzinfo=UTC))
    assert Decimal("0.1") == energy.price_per_kwh(datetime(2026, 6, 5, 6, 0, tzinfo=UTC))
    assert Decimal("0.1") == energy.price_per_kwh(datetime(2026, 6, 5, 21, 59, tzinfo=UTC))
    assert Decimal("0.05") == energy.price_per_kwh(datetime(2026, 6, 5, 22, 0, tzinfo=UTC))
    assert Decimal("15.51") == config.site_tariff.demand_charge_per_kw


def test_bands_that_leave_a_gap_are_a_fault(faults: Faults, valid: str) -> None:
    assert [
        (
            "site.toml:27: tariff.site.bands: no band covers Monday 00:00 in January. End "
            "with a band "
            "that names only its price: it holds for all other times."
        )
    ] == faults(valid + BANDS)


def test_a_band_past_midnight_ends_with_its_own_date(faults: Faults, valid: str) -> None:
    (fault,) = faults(
        f"""{valid}
[tariff.site]
kind = "time-of-use"
bands = [
  {{ start = 06:00:00, end = 22:00:00, price_per_kwh = 2 }},
  {{ weekdays = ["mon"], start = 22:00:00, end = 06:00:00, price_per_kwh = 1 }},
  {{ start = 22:00:00, end = 00:00:00, price_per_kwh = 1 }},
]
"""
    )

    assert "no band covers Tuesday 00:00 in January" in fault


def test_tokens_have_a_state(load: Load, valid: str) -> None:
    config = load(f'{valid}status = "blocked"\ndriver = "Kim"\n')

    (token,) = config.id_tokens
    assert ("04AB", "Kim", AuthorizationStatus.BLOCKED) == (
        token.id_token,
        token.driver,
        token.status,
    )


def test_the_database_is_beside_the_file_and_tokens_beside_the_database(
    load: Load, valid: str, tmp_path: Path
) -> None:
    config = load(f'{valid}\n[store]\npath = "data/x.duckdb"\n')

    assert tmp_path / "data" / "x.duckdb" == config.store_path
    assert tmp_path / "data" / "x.tokens.json" == config.tokens_path


class TestPasswords:
    def test_one_is_in_no_repr(self, load: Load) -> None:
        config = load()

        assert {ChargePointId("CP-1"): b"sixteen characters"} == config.charger_keys()
        assert "sixteen" not in repr(config)

    def test_one_may_be_in_a_file_beside(self, load: Load, valid: str, tmp_path: Path) -> None:
        (tmp_path / "cp.txt").write_text("from the file\nsecond line\n", "utf-8")

        config = load(valid.replace('password = "sixteen characters"', 'password_file = "cp.txt"'))

        assert {ChargePointId("CP-1"): b"from the file"} == config.charger_keys()

    def test_one_may_be_in_a_variable(self, load: Load, valid: str) -> None:
        config = load(
            valid.replace('password = "sixteen characters"', 'password_env = "CP1"'), CP1="secret"
        )

        assert {ChargePointId("CP-1"): b"secret"} == config.charger_keys()

    @pytest.mark.parametrize(
        ("key", "problem"),
        [
            ("password_file", "cannot be read"),
            ("password_env", "the environment variable cp is not set"),
        ],
    )
    def test_one_that_cannot_be_had_is_a_fault(
        self, faults: Faults, valid: str, key: str, problem: str
    ) -> None:
        (fault,) = faults(valid.replace('password = "sixteen characters"', f'{key} = "cp"'))

        assert fault.startswith(f"site.toml:18: charge_point[0].{key}: ")
        assert problem in fault

    def test_a_charger_may_have_none_in_the_file(self, load: Load, valid: str) -> None:
        assert {} == load(valid.replace('password = "sixteen characters"', "")).charger_keys()


class TestDayAheadPrices:
    SITE = '\n[tariff.site]\nkind = "day-ahead"\nfile = "p.csv"\nsurcharge_per_kwh = 0.2\n'

    def test_without_a_file_imported_prices_count(self, load: Load, valid: str) -> None:
        config = load(valid + self.SITE.replace('file = "p.csv"', ""))

        assert config.site_tariff is not None
        assert isinstance(config.site_tariff.energy, MarketPrices)
        assert Decimal("0.2") == config.site_tariff.energy.surcharge

    def test_a_file_becomes_a_series(self, load: Load, valid: str, tmp_path: Path) -> None:
        (tmp_path / "p.csv").write_text(
            "time_utc,price\n2026-01-01T01:00:00,-12.5\n2026-01-01T00:00:00,50\n", "utf-8"
        )

        config = load(valid + self.SITE)

        assert config.site_tariff is not None
        energy = config.site_tariff.energy
        assert isinstance(energy, PriceSeries)
        assert Decimal("0.25") == energy.price_per_kwh(datetime(2026, 1, 1, 0, 30, tzinfo=UTC))
        assert Decimal("0.1875") == energy.price_per_kwh(datetime(2026, 1, 1, 1, 59, tzinfo=UTC))
        assert energy.price_per_kwh(datetime(2026, 1, 1, 2, 0, tzinfo=UTC)) is None

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (None, "there is no file"),
            ("time_utc,prise\n2026-01-01T00:00:00,1\n", "no column 'price'"),
            ("time_utc,price\n", "has no prices"),
            ("time_utc,price\nyesterday,1\n", "row 1: its time is not a timestamp"),
            ("time_utc,price\n2026-01-01T00:00:00,cheap\n", "row 1: 'cheap' is not a price"),
            (
                "time_utc,price\n2026-01-01T00:00:00,1\n2026-01-01T00:00:00,2\n",
                "row 2: a second price",
            ),
            ("time_utc,price\n2026-01-01T00:00:00,1\n2026-01-01T00:15:00,2\n", "step_s 3600"),
        ],
    )
    def test_a_file_that_cannot_be_used_is_a_fault_of_its_key(
        self, faults: Faults, valid: str, tmp_path: Path, content: str | None, problem: str
    ) -> None:
        if content is not None:
            (tmp_path / "p.csv").write_text(content, "utf-8")

        (fault,) = faults(valid + self.SITE)

        assert fault.startswith("site.toml:26: tariff.site.file: ")
        assert problem in fault

    def test_no_path_is_silently_read_as_another_format(self, tmp_path: Path) -> None:
        path = tmp_path / "p.parquet"
        path.write_text("time_utc,price\n2026-01-01T00:00:00,1\n", "utf-8")

        with pytest.raises(ConfigurationError, match="cannot be read"):
            read_prices(path, time_column="time_utc", price_column="price", price_unit="kWh")


def test_nobody_able_to_charge_is_worth_a_note(load: Load, valid: str) -> None:
    config = load(valid.replace('[[id_token]]\ntoken = "04AB"\n', ""))

    assert any("nobody can charge" in note for note in config.notes)


def test_the_shipped_sample_and_the_demo_site_are_valid() -> None:
    package = Path(__file__).parents[3] / "ampherd"

    assert load_config(package / "config" / "sample.toml", {}).site.connectors
    assert load_config(package / "demo" / "data" / "site.toml", {}).site.connectors


def test_a_version_may_be_assumed_for_a_charger_that_offers_none(load: Load, valid: str) -> None:
    text = valid.replace('id = "CP-1"', 'id = "CP-1"\nassumed_version = "ocpp1.6"')

    assert {} == load().assumed_versions()
    assert {ChargePointId("CP-1"): "ocpp1.6"} == load(text).assumed_versions()


def test_a_charger_may_have_a_deadline_of_its_own(load: Load, valid: str) -> None:
    text = valid.replace('id = "CP-1"', 'id = "CP-1"\ncommand_timeout_s = 90')

    assert {} == load().command_timeouts_s()
    assert {ChargePointId("CP-1"): 90.0} == load(text).command_timeouts_s()


def test_only_versions_that_are_spoken_can_be_assumed(faults: Faults, valid: str) -> None:
    text = valid.replace('id = "CP-1"', 'id = "CP-1"\nassumed_version = "ocpp1.5"')
    (fault,) = faults(text)

    assert set(SUBPROTOCOLS) == set(get_args(VersionName))
    assert "assumed_version" in fault
    assert "ocpp2.0.1" in fault
