"""`ampherd doctor`: its words and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.ampherd.cli.conftest import Run
from tests.ampherd.cli.test_serve import SITE


def test_the_command_tells_faults_of_the_configuration(run: Run, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text("[site]\nid = 1\n")

    ran = run("doctor", "--json", "--bundle", "help.zip")

    assert 2 == ran.code
    assert "fault" == json.loads(ran.out)["worst"]
    assert (tmp_path / "help.zip").exists()


def test_the_command_looks_at_a_new_site(run: Run, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(
        SITE.replace("sql_port = 0", "sql_port = 0\ndashboards_port = 0\n[store]\nfree_mb = 0")
    )

    ran = run("doctor")

    assert 0 == ran.code, ran.out
    assert "no such database" in ran.out
    assert "checks found nothing" in ran.out
