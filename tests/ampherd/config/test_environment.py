"""Environment variables replace what the file says, and are as strict."""

import pytest

from ampherd.config.sources import variable_name
from tests.ampherd.config.conftest import Faults, Load


def test_a_variable_replaces_a_value_and_is_its_origin(load: Load, valid: str) -> None:
    config = load(f"{valid}\n[server]\napi_port = 1\n", AMPHERD_SERVER__API_PORT="8090")

    assert 8090 == config.server.api_port
    assert "AMPHERD_SERVER__API_PORT" == config.sources.origin(("server", "api_port"))


def test_a_value_has_its_line_or_default_as_origin(load: Load) -> None:
    sources = load().sources

    assert f"{sources.path}:3" == sources.origin(("site", "name"))
    assert "default" == sources.origin(("server", "api_port"))


def test_a_variable_reaches_tables_that_the_file_leaves_out(load: Load) -> None:
    config = load(
        AMPHERD_TARIFF__DRIVER__ENERGY_PRICE_PER_KWH="0.1",
        AMPHERD_TARIFF__SITE__KIND="flat",
        AMPHERD_TARIFF__SITE__PRICE_PER_KWH="0.2",
        AMPHERD_SERVER__ALLOW_SELF_REGISTRATION="true",
    )

    assert config.driver_tariff is not None
    assert "0.1" == str(config.driver_tariff.energy_price_per_kwh)
    assert config.site_tariff is not None
    assert config.server.allow_self_registration


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        (
            "AMPHERD_SERVER__API_PRT",
            "1",
            "server.api_prt: no setting is called 'api_prt' here. Did you mean 'api_port'?",
        ),
        (
            "AMPHERD_SERVR__API_PORT",
            "1",
            "servr.api_port: no setting is called 'servr' here. Did you mean 'server'?",
        ),
        (
            "AMPHERD_SERVER__API_PORT",
            "many",
            (
                "server.api_port: should be a valid integer, unable to parse string as an integer, "
                "not 'many'."
            ),
        ),
        (
            "AMPHERD_CHARGE_POINT__0__PASSWORD",
            "x",
            (
                "charge_point.0.password: lists are set in the file, not by a variable. For a "
                "charger's password use password_env."
            ),
        ),
        ("AMPHERD_TARIFF__SITE", "x", "tariff.site: 'site' is a table; name a key in it."),
        ("AMPHERD_SITE__NAME__X", "x", "site.name.x: 'name' holds one value."),
    ],
)
def test_a_variable_that_cannot_be_used_is_a_fault(
    faults: Faults, valid: str, variable: str, value: str, expected: str
) -> None:
    assert [f"{variable}: {expected}"] == faults(valid, **{variable: value})


def test_variables_without_a_double_underscore_are_not_settings(load: Load) -> None:
    assert load(AMPHERD_TOKEN="x", AMPHERD_CONFIG="y", OTHER__THING="z").site.name == "Garage"


def test_the_name_of_a_variable_follows_from_the_key() -> None:
    assert "AMPHERD_SERVER__API_PORT" == variable_name(("server", "api_port"))
