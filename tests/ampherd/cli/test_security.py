"""`ampherd cert` and `ampherd charger`, and what `ampherd check` says of security."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ampherd.config import load_config
from ampherd.security.site import authority_of, credentials_of
from ocpp_core.domain.clock import SystemClock
from ocpp_core.domain.ids import ChargePointId
from tests.ampherd.cli.conftest import Ran, Run
from tests.ampherd.security.test_x509 import request

CP1 = ChargePointId("CP-1")
SITE = """\
[site]
id = "depot"
name = "Depot"
timezone = "Europe/Berlin"
currency = "EUR"

[[circuit]]
id = "grid"
limit_a = 63

[[charge_point]]
id = "CP-1"
connectors = [{ id = 1, circuit = "grid", max_current_a = 16 }]

[[id_token]]
token = "CARD"

[server]
"""

type Written = Callable[..., Path]


@pytest.fixture
def site(tmp_path: Path) -> Written:
    def write(server: str = "") -> Path:
        path = tmp_path / "site.toml"
        path.write_text(SITE + server, "utf-8")
        return path

    return write


def done(ran: Ran) -> Ran:
    assert 0 == ran.code, ran.err
    return ran


class TestCheck:
    def test_it_names_who_would_be_refused_and_what_to_write(self, run: Run, site: Written) -> None:
        site()
        notes = done(run("check")).err

        assert "CP-1: no password, so the connection is refused" in notes
        assert "ampherd charger password CP-1" in notes
        assert "security_profile = 0" in notes

    @pytest.mark.parametrize("profile", [0, 1])
    def test_it_warns_of_readable_connections_from_other_machines(
        self, run: Run, site: Written, profile: int
    ) -> None:
        site(f"security_profile = {profile}\n")
        assert f"security profile {profile}, and the OCPP port is open" in done(run("check")).err

        site(f'security_profile = {profile}\nocpp_host = "127.0.0.1"\n')
        assert "the OCPP port is open" not in done(run("check")).err

    def test_the_notes_are_in_the_json_too(self, run: Run, site: Written) -> None:
        site()

        assert any(
            "no password" in note for note in json.loads(run("check", "--json").out)["notes"]
        )

    def test_certificates_that_are_missing_are_a_fault_with_a_way_out(
        self, run: Run, site: Written
    ) -> None:
        site("ocpp_tls_port = 9443\n")
        checked = run("check")

        assert 2 == checked.code
        assert "server.pem" in checked.err
        assert "ampherd cert server --host" in checked.err


class TestCharger:
    def test_a_password_is_printed_once_and_kept_as_a_hash(self, run: Run, site: Written) -> None:
        config = load_config(site(""), {})
        password = done(run("charger", "password", "CP-1")).out.strip()
        listed = done(run("charger", "list"))

        assert re.fullmatch("[0-9a-f]{40}", password)
        assert password not in config.credentials_path.read_text()
        assert password not in listed.out + listed.err
        credentials = credentials_of(config, authority_of(config, SystemClock()))
        (key,) = credentials.access(CP1).keys
        assert key.matches(bytes.fromhex(password))
        assert "no password" not in done(run("check")).err

    def test_the_list_says_how_each_proves_who_it_is(self, run: Run, site: Written) -> None:
        site()
        before = json.loads(done(run("charger", "list", "--json")).out)
        run("charger", "password", "CP-1")
        after = json.loads(done(run("charger", "list", "--json")).out)

        assert [{"id": "CP-1", "profile": 1, "reached": 0, "password": "none"}] == before
        assert "changed since configured" == after[0]["password"]

    def test_what_was_learned_can_be_forgotten(self, run: Run, site: Written) -> None:
        site()
        run("charger", "password", "CP-1")

        assert "password none" in done(run("charger", "forget", "CP-1")).err
        assert "nothing was kept" in done(run("charger", "forget", "CP-1")).err

    def test_an_unknown_charger_is_named(self, run: Run, site: Written) -> None:
        site()

        assert "'cp-1'" in run("charger", "password", "cp-1").err
        assert 2 == run("charger", "password", "cp-1").code

    def test_a_password_that_nobody_asks_for_is_noted(self, run: Run, site: Written) -> None:
        site("security_profile = 0\n")

        assert "asks for no password" in done(run("charger", "password", "CP-1")).err


class TestCert:
    def test_four_commands_make_a_site_that_check_is_content_with(
        self, run: Run, site: Written, tmp_path: Path
    ) -> None:
        site()
        root = done(run("cert", "init"))
        server = done(run("cert", "server", "--host", "localhost", "--host", "127.0.0.1"))
        charger = done(run("cert", "charger", "CP-1"))
        site("ocpp_tls_port = 9443\nocpp_plain = false\nsecurity_profile = 3\n")

        assert "" == done(run("check")).err
        for ran, name in ((root, "ca.pem"), (server, "server.pem"), (charger, "CP-1.pem")):
            assert Path(ran.out.strip()).name == name
            assert Path(ran.out.strip()).exists()
        assert "wss://localhost:9443/ocpp/IDENTITY" in server.err
        assert "O = Depot, CN = CP-1" in charger.err

    def test_the_list_shows_what_ends_when_and_what_is_revoked(
        self, run: Run, site: Written
    ) -> None:
        site()
        run("cert", "init")
        run("cert", "charger", "CP-1", "--days", "30")
        assert "29 days left" in done(run("cert", "list")).out

        revoked = done(run("cert", "revoke", "CP-1"))

        assert "revoked" in revoked.err
        entries = json.loads(done(run("cert", "list", "--json")).out)
        assert ["root", "charger"] == [entry["purpose"] for entry in entries]
        assert entries[1]["state"].startswith("revoked")
        assert 1 == run("cert", "revoke", "CP-1").code

    def test_a_request_of_the_charger_is_signed_or_refused_with_a_reason(
        self, run: Run, site: Written, tmp_path: Path
    ) -> None:
        site()
        run("cert", "init")
        (tmp_path / "right.csr").write_text(request())
        (tmp_path / "wrong.csr").write_bytes(b"\xff\x00")

        signed = done(run("cert", "charger", "CP-1", "--csr", "right.csr"))
        wrong = run("cert", "charger", "CP-1", "--csr", "wrong.csr")
        missing = run("cert", "charger", "CP-1", "--csr", "none.csr")
        site('operator = "Other"\n')
        foreign = run("cert", "charger", "CP-1", "--csr", "right.csr")

        assert not Path(signed.out.strip()).with_suffix(".key").exists()
        assert (1, 1, 1) == (wrong.code, missing.code, foreign.code)
        assert "is not PEM" in wrong.err
        assert "cannot be read" in missing.err
        assert "O = 'Depot', not 'Other'" in foreign.err

    def test_without_an_authority_it_says_how_to_make_one(self, run: Run, site: Written) -> None:
        site()

        assert "ampherd cert init" in run("cert", "server", "--host", "x").err
        assert "ampherd cert init" in done(run("cert", "list")).err
