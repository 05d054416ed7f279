import json
from pathlib import Path

import jsonschema_rs
import pytest
import tomlkit

from ampherd import __version__
from ampherd.tokens import Principal, Role, TokenStore
from analytics.schema.migrations import schema_version
from tests.ampherd.cli.conftest import Run


def test_what_init_writes_passes_check_as_it_is(run: Run, tmp_path: Path) -> None:
    assert 0 == run("init").code
    checked = run("check")

    assert 0 == checked.code
    assert "site.toml: OK" in checked.out
    (note,) = checked.err.splitlines()
    assert note.startswith("note: CP-1, CP-2: security profile 1, and the OCPP port is open")
    assert 0o600 == (tmp_path / "site.toml").stat().st_mode & 0o777


def test_init_gives_each_charger_a_password_of_its_own(run: Run) -> None:
    points = tomlkit.parse(run("init", "-").out)["charge_point"].unwrap()
    passwords = {point["password"] for point in points}

    assert len(points) == len(passwords) == 2
    # OCPP 1.6 security profile 1 asks for 16 to 20 bytes.
    assert all(16 <= len(password) <= 20 for password in passwords)


def test_init_replaces_a_file_only_when_forced(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious", "utf-8")

    refused = run("init", "mine.toml")

    assert 2 == refused.code
    assert "--force" in refused.err
    assert "precious" == path.read_text("utf-8")
    assert 0 == run("init", "mine.toml", "--force").code
    assert "[site]" in path.read_text("utf-8")


def test_check_tells_all_faults_with_file_and_line_and_exits_2(run: Run, tmp_path: Path) -> None:
    text = run("init", "-").out
    text = text.replace('parent = "grid"', 'parent = "gird"').replace("slot_s", "slots")
    (tmp_path / "site.toml").write_text(text, "utf-8")
    lines = text.splitlines()
    parent = 1 + lines.index('parent = "grid"'.replace("grid", "gird"))
    slots = 1 + lines.index("slots = 900")

    checked = run("check")

    assert (2, "") == (checked.code, checked.out)
    assert [
        f"site.toml:{parent}: circuit[1].parent: no circuit is called 'gird'. Did you mean 'grid'?",
        f"site.toml:{slots}: planning.slots: is not a setting. Did you mean 'slot_s'?",
        "ampherd: site.toml has 2 faults",
    ] == checked.err.splitlines()


def test_check_includes_the_guards_view_of_the_fail_safe_current(run: Run, tmp_path: Path) -> None:
    text = run("init", "-").out.replace("fail_safe_a = 0", "fail_safe_a = 32")
    (tmp_path / "site.toml").write_text(text, "utf-8")

    checked = run("check")

    assert 2 == checked.code
    assert "site.toml:" in checked.err


def test_check_as_json_is_one_object_either_way(run: Run, tmp_path: Path) -> None:
    missing = run("check", "--json")
    run("init")
    good = run("check", "--json")

    assert (2, 0) == (missing.code, good.code)
    assert not json.loads(missing.out)["ok"]
    told = json.loads(good.out)
    assert told["ok"]
    assert [("grid", 0, 96.0), ("garage", 1, 96.0)] == [
        (c["id"], c["depth"], c["rated_a"]) for c in told["circuits"]
    ]
    assert str(tmp_path / "ampherd.duckdb") == told["database"]


@pytest.mark.parametrize(
    ("tariff", "words"),
    [
        ('kind = "flat"\nprice_per_kwh = 0.3', "the site pays 0.3 EUR/kWh"),
        (
            'kind = "day-ahead"\nfile = "p.csv"\ndemand_charge_per_kw = 2',
            "from 2026-01-01 to 2026-01-01 (2 steps), 2 EUR a kW of the month's peak",
        ),
        (None, "energy counts as free"),
    ],
)
def test_check_says_what_the_site_pays(
    run: Run, tmp_path: Path, tariff: str | None, words: str
) -> None:
    (tmp_path / "p.csv").write_text(
        "time_utc,price\n2026-01-01T00:00:00,50\n2026-01-01T01:00:00,60\n", "utf-8"
    )
    document = tomlkit.parse(run("init", "-").out)
    del document["tariff"]
    document["circuit"][0]["limit_w"] = 69_000
    text = tomlkit.dumps(document) + (f"\n[tariff.site]\n{tariff}\n" if tariff else "")
    (tmp_path / "site.toml").write_text(text, "utf-8")

    checked = run("check")

    assert 0 == checked.code
    assert words in checked.out
    assert "charging is free" in checked.out
    assert "100 A and 69 kW" in checked.out


def test_check_says_what_the_battery_can(run: Run, tmp_path: Path) -> None:
    battery = {"capacity_wh": 90_000, "max_charge_w": 20_000, "max_discharge_w": 25_500}
    text = run("init", "-").out + tomlkit.dumps({"battery": battery})
    (tmp_path / "site.toml").write_text(text, "utf-8")

    words = "90 kWh, takes up to 20 kW and gives up to 25.5 kW"
    assert words in run("check").out
    assert 90_000 == json.loads(run("check", "--json").out)["battery"]["capacity_wh"]


def test_the_schema_accepts_the_sample_and_refuses_a_misspelt_key(run: Run) -> None:
    schema = json.loads(run("check", "--schema").out)
    validator = jsonschema_rs.validator_for(schema)
    document = tomlkit.parse(run("init", "-").out).unwrap()

    validator.validate(document)
    document["site"]["nam"] = "x"
    assert not validator.is_valid(document)


def test_config_show_tells_values_and_where_they_came_from(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    monkeypatch.setenv("AMPHERD_SERVER__API_PORT", "8090")
    shown = {
        entry["key"]: (entry["value"], entry["origin"])
        for entry in json.loads(run("config", "show", "--json").out)
    }
    text = run("config", "show", "--origin").out

    assert (8090, "AMPHERD_SERVER__API_PORT") == shown["server.api_port"]
    assert (5.0, "default") == shown["planning.time_limit_s"]
    assert "site.toml:9" == shown["site.name"][1]
    assert "********" == shown["charge_point[0].password"][0]
    assert any(
        line.split() == ["server.api_port", "=", "8090", "#", "AMPHERD_SERVER__API_PORT"]
        for line in text.splitlines()
    )


def test_a_password_is_shown_by_no_command(run: Run, tmp_path: Path) -> None:
    run("init")
    document = tomlkit.parse((tmp_path / "site.toml").read_text("utf-8")).unwrap()
    password = document["charge_point"][0]["password"]

    for arguments in (("check",), ("check", "--json"), ("config", "show", "--origin")):
        ran = run(*arguments)
        assert password not in ran.out + ran.err


def test_a_token_is_printed_once_alone_and_works(run: Run, tmp_path: Path) -> None:
    run("init")
    created = run("token", "create", "--role", "operator", "--name", "script")
    listed = run("token", "list")

    token = created.out.strip()
    store = TokenStore(tmp_path / "ampherd.tokens.json")
    assert Principal(name="script", role=Role.OPERATOR) == store.verify(token)
    assert token not in created.err + listed.out + listed.err
    assert "script" in listed.out

    assert 0 == run("token", "revoke", "script").code
    assert store.verify(token) is None
    assert 1 == run("token", "revoke", "script").code
    assert [] == json.loads(run("token", "list", "--json").out)


def test_the_configuration_may_be_named_by_a_variable(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", "other.toml")
    monkeypatch.setenv("AMPHERD_CONFIG", "other.toml")

    assert "other.toml: OK" in run("check").out


def test_version(run: Run) -> None:
    assert f"ampherd {__version__}, schema {schema_version()}\n" == run("--version").out
