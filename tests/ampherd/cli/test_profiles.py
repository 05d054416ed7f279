"""`ampherd charger profiles`: what is known of models, from one site to another."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from ampherd.provisioning.library import Library
from ocpp_core.domain.charger_profile import ChargerProfile, Evidence, Fact, Finding, ModelKey
from tests.ampherd.cli.conftest import Run
from tests.ampherd.cli.test_security import SITE

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MODEL = ModelKey(vendor="V", model="M", firmware="1")


def test_what_is_exported_can_be_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    finding = Finding(value="W", evidence=Evidence.ASKED, first_at=NOON, last_at=NOON)
    known = ChargerProfile(model=MODEL, findings={Fact.RATE_UNITS: finding})
    Library.beside(tmp_path / "ampherd.duckdb").learn([known])
    exported = run("charger", "profiles", "export")
    (tmp_path / "shared.json").write_text(exported.out)
    (tmp_path / "ampherd.charger-profiles.json").unlink()
    imported = run("charger", "profiles", "import", "shared.json")

    assert (0, "1 models\n") == (exported.code, exported.err)
    assert "M" == json.loads(exported.out)["profiles"][0]["model"]
    assert (0, "1 models imported\n") == (imported.code, imported.err)
    again = Library.beside(tmp_path / "ampherd.duckdb")
    assert "W" == again.prior(MODEL).guess(Fact.RATE_UNITS)


def test_a_file_that_is_none_is_refused_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "wrong.json").write_text("[]")
    wrong = run("charger", "profiles", "import", "wrong.json")
    absent = run("charger", "profiles", "import", "absent.json")

    assert "no file of charger profiles" in wrong.err
    assert "absent.json cannot be read" in absent.err
    assert 0 not in {wrong.code, absent.code}


def test_check_says_what_chargers_are_set_to(run: Run, tmp_path: Path) -> None:
    group = '[[charger_group]]\nname = "all"\nsettings = { ConnectionTimeOut = 60 }\n'
    (tmp_path / "site.toml").write_text(SITE.replace("[server]\n", group))
    told = run("check")
    (tmp_path / "site.toml").write_text(SITE.replace("[server]", "[provisioning]\nenabled = false"))
    off = run("check")

    assert "chargers get  Ampherd's defaults, 1 settings of group 'all'" in told.out
    assert "chargers get  no settings: provisioning is off" in off.out
