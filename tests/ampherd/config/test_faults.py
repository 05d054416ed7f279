"""Every fault is told at once, with file, line, key and a hint."""

import re
from pathlib import Path

import pytest

from ampherd.config import load_config
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.site import Site
from tests.ampherd.config.conftest import Faults, Load


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            'currency = "EUR"',
            'currency = "euro"',
            (
                "site.toml:5: site.currency: should be a three-letter code, not 'euro'. "
                "For example EUR."
            ),
        ),
        (
            'timezone = "Europe/Amsterdam"',
            'timezone = "Europe/Amsterdan"',
            (
                "site.toml:4: site.timezone: no such time zone; write an IANA name such as "
                "'Europe/Berlin'."
            ),
        ),
        (
            'name = "Garage"',
            'nam = "Garage"',
            (
                "site.toml:1: site.name: is missing.\n"
                "site.toml:3: site.nam: is not a setting. Did you mean 'name'?"
            ),
        ),
        (
            'name = "Garage"',
            'name = "Garage"\napi_port = 80',
            "site.toml:4: site.api_port: is not a setting. It belongs in [server].",
        ),
        (
            "limit_a = 63",
            "limit_a = true",
            "site.toml:9: circuit[0].limit_a: should be a number, not True.",
        ),
        (
            "limit_a = 63",
            "limit_a = nan",
            "site.toml:9: circuit[0].limit_a: should be a finite number, not NaN.",
        ),
        (
            "limit_a = 63",
            "",
            "site.toml:7: circuit[0]: a circuit needs limit_a, limit_w or lines.",
        ),
        (
            'parent = "grid"',
            'parent = "gird"',
            "site.toml:13: circuit[1].parent: no circuit is called 'gird'. Did you mean 'grid'?",
        ),
        (
            'parent = "grid"',
            'parent = "deck"',
            "site.toml:13: circuit[1].parent: circuit 'deck' feeds itself.",
        ),
        (
            'parent = "grid"',
            "",
            (
                "site.toml:11: circuit[1]: circuit 'deck' has no parent, like 'grid'. "
                "Only the grid "
                "connection has none: name the circuit that feeds this one."
            ),
        ),
        (
            'id = "deck"',
            'id = "grid"',
            (
                "site.toml:12: circuit[1].id: another circuit is called 'grid' too.\n"
                "site.toml:13: circuit[1].parent: circuit 'grid' feeds itself.\n"
                "site.toml:19: charge_point[0].connectors[0].circuit: no circuit is called 'deck'."
            ),
        ),
        (
            'circuit = "deck"',
            'circuit = "dekc"',
            (
                "site.toml:19: charge_point[0].connectors[0].circuit: no circuit is called 'dekc'. "
                "Did you mean 'deck'?"
            ),
        ),
        (
            "max_current_a = 32 }",
            'max_current_a = 32, phases = ["L4"] }',
            (
                "site.toml:19: charge_point[0].connectors[0].phases[0]: should be 'L1', "
                "'L2' or 'L3', "
                "not 'L4'."
            ),
        ),
        (
            "max_current_a = 32 }",
            "max_current_a = 32 }, { id = 1, circuit = 'grid', max_current_a = 16 }",
            (
                "site.toml:19: charge_point[0].connectors[1].id: another connector of this charge "
                "point has number 1 too."
            ),
        ),
        (
            "max_current_a = 32",
            "max_current_a = 5",
            (
                "site.toml:19: charge_point[0].connectors[0].max_current_a: max_current_a "
                "5 is below "
                "min_current_a 6: no car could ever charge."
            ),
        ),
        (
            'id = "CP-1"',
            'id = "CP/1"',
            (
                "site.toml:17: charge_point[0].id: 'CP/1' cannot be an identity. Use up "
                "to 48 letters, "
                "digits and * - _ = + | @ . characters."
            ),
        ),
        (
            '[[id_token]]\ntoken = "04AB"',
            '[[id_token]]\ntoken = "04AB"\n[[id_token]]\ntoken = "04ab"',
            "site.toml:24: id_token[1].token: another token is called '04ab' too.",
        ),
        (
            '[[id_token]]\ntoken = "04AB"',
            '[[id_token]]\ntoken = "04AB"\nstatus = "blokced"',
            (
                "site.toml:23: id_token[0].status: should be 'accepted', 'blocked' or 'expired', "
                "not 'blokced'. Did you mean 'blocked'?"
            ),
        ),
        (
            "[[id_token]]",
            '[tariff.site]\nkind = "day-ahed"\n[[id_token]]',
            "site.toml:21: tariff.site: kind 'day-ahed' is not known. Did you mean 'day-ahead'?",
        ),
        (
            "[[id_token]]",
            "[tariff.site]\nprice_per_kwh = 1\n[[id_token]]",
            (
                "site.toml:21: tariff.site: needs the key kind. "
                "Set it to 'flat', 'time-of-use', 'day-ahead'."
            ),
        ),
        (
            "[[id_token]]",
            '[tariff.site]\nkind = "flat"\n[[id_token]]',
            "site.toml:21: tariff.site.price_per_kwh: is missing.",
        ),
        (
            "[[id_token]]",
            '[server]\nocpp_path = "ocpp"\n[[id_token]]',
            "site.toml:22: server.ocpp_path: 'ocpp' is not a path. For example /ocpp.",
        ),
        (
            'connectors = [{ id = 1, circuit = "deck", max_current_a = 32 }]',
            "connectors = []",
            "site.toml:19: charge_point[0].connectors: needs at least one entry.",
        ),
        (
            'connectors = [{ id = 1, circuit = "deck", max_current_a = 32 }]',
            "connectors = 3",
            "site.toml:19: charge_point[0].connectors: should be a list, not 3.",
        ),
        (
            "[[id_token]]",
            "[server]\napi_port = {}\n[[id_token]]",
            "site.toml:22: server.api_port: should be a valid integer, not a table.",
        ),
        (
            '[[circuit]]\nid = "grid"\nlimit_a = 63',
            '[[circuit]]\nid = "grid"\nlimit_a = 63\n[[tariff]]\nx = 1',
            "site.toml:10: tariff: should be a table, not a list.",
        ),
        (
            "[[id_token]]",
            "[server]\nocpp_port = 9000\napi_port = 9000\n[[id_token]]",
            "site.toml:23: server.api_port: api_port and ocpp_port are both 9000.",
        ),
        (
            "[[id_token]]",
            "[planning]\nslot_s = 700\n[[id_token]]",
            "site.toml:22: planning.slot_s: slot_s 700 does not divide the hour: use 300, 900, ….",
        ),
        (
            "[[id_token]]",
            "[plannig]\nslot_s = 900\n[[id_token]]",
            "site.toml:21: plannig: is not a setting. Did you mean 'planning'?",
        ),
        (
            "[[circuit]]\nid",
            "[[circuits]]\nid",
            (
                "site.toml: circuit: is missing. Describe the grid connection: "
                "[[circuit]] with id and "
                "limit_a.\nsite.toml:7: circuits: is not a setting. Did you mean 'circuit'?\n"
                "site.toml:19: charge_point[0].connectors[0].circuit: no circuit is called 'deck'."
            ),
        ),
    ],
)
def test_a_fault_names_its_line_key_and_remedy(
    faults: Faults, valid: str, old: str, new: str, expected: str
) -> None:
    assert old in valid

    assert expected.split("\n") == faults(valid.replace(old, new))


def test_all_faults_are_told_at_once_in_the_order_of_the_file(faults: Faults, valid: str) -> None:
    text = (
        valid.replace('"EUR"', '"euro"')
        .replace('parent = "grid"', 'parent = "gird"')
        .replace("max_current_a = 32", "max_current_a = -1")
    )

    assert ["5", "13", "19"] == [
        re.match(r"site.toml:(\d+)", fault)[1]  # type: ignore[index] # no match fails the test too
        for fault in faults(text)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[site]\nname: 3", "site.toml:2: not TOML: .* TOML writes key = value."),
        ("[site]\nname = Garage", "site.toml:2: not TOML: .* Text needs quotes."),
        ('[site]\nname = "Gar', "site.toml:2: not TOML: "),
        ("a = 1\na = 2", "site.toml:[12]: not TOML: cannot overwrite a value"),
    ],
)
def test_broken_toml_is_told_with_its_line(faults: Faults, text: str, expected: str) -> None:
    (fault,) = faults(text)

    assert re.match(expected, fault)


def test_bytes_that_are_not_utf8_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(b"[site]\nname = 'Stra\xdfe'\n")

    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})

    assert (f"{path}:2: this line is not UTF-8 text.",) == caught.value.faults


def test_a_missing_file_comes_with_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no configuration file") as caught:
        load_config(tmp_path / "site.toml", {})

    assert "ampherd init" in caught.value.hint


def test_an_empty_file_says_what_is_missing(faults: Faults) -> None:
    assert [
        "site.toml: site: is missing. Start with the file that `ampherd init` writes.",
        (
            "site.toml: circuit: is missing. Describe the grid connection: [[circuit]] with id and "
            "limit_a."
        ),
    ] == faults("")


def test_a_password_is_in_no_fault(faults: Faults, valid: str) -> None:
    text = valid.replace('password = "sixteen characters"', "password = 12345678")

    assert ["site.toml:18: charge_point[0].password: should be a valid string."] == faults(text)


def test_two_kinds_of_password_are_one_too_many(faults: Faults, valid: str) -> None:
    (fault,) = faults(
        valid.replace("[[id_token]]", "")
        .replace('password = "sixteen characters"', 'password = "x"\npassword_env = "Y"')
        .replace('token = "04AB"', "")
    )

    assert "give only one of password, password_file and password_env" in fault


def test_what_other_parts_say_of_the_site_is_placed_at_what_it_names(
    tmp_path: Path, valid: str
) -> None:
    path = tmp_path / "site.toml"
    path.write_text(valid, "utf-8")

    def checks(site: Site) -> list[str]:
        return [
            "circuit deck: too small",
            "connector CP-1/1: too big",
            "the fail-safe currents do not fit",
            "nothing in particular",
        ]

    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {}, extra_checks=[checks])

    assert [
        "1: site.fail_safe_a: the fail-safe currents do not fit.",
        "1: site: nothing in particular.",
        "11: circuit[1]: circuit deck: too small.",
        "16: charge_point[0]: connector CP-1/1: too big.",
    ] == sorted(
        (fault.removeprefix(f"{path}:") for fault in caught.value.faults),
        key=lambda fault: (int(fault.partition(":")[0]), fault),
    )


def test_a_valid_file_has_no_fault(load: Load) -> None:
    assert "Garage" == load().site.name
