"""The pages over a real store: the Reader's columns are the ones that the pages read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import Reader
from analytics.kpi import KPIS
from analytics.reader import open_reader
from analytics.records import (
    ChargerFindingsRecord,
    DefaultCheckRecord,
    DriftRecord,
    PriceRecord,
    SiteLoadRecord,
)
from analytics.store import Store
from dashboards import history, source
from dashboards.source import Latest, LatestChargers
from dashboards.widgets.charger_records import SECTIONS
from dashboards.widgets.kpi_tiles import SERVICE
from ocpp_core.domain.charger_profile import (
    ChargerProfile,
    Drift,
    DriftState,
    Evidence,
    Fact,
    Finding,
    ModelKey,
)
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.commands import (
    Accepted,
    CertificateHash,
    CertificateUse,
    ConfigurationEntry,
    GetConfiguration,
    GetInstalledCertificates,
    InstallCertificate,
    InstalledCertificate,
    LocalListEntry,
    ReserveNow,
    SendLocalList,
    SetProfile,
    UpdateFirmware,
)
from ocpp_core.domain.events import (
    AuthorizationStatus,
    Booted,
    ChargingLimitNotified,
    SecurityEventReported,
)
from ocpp_core.domain.ids import ConnectorId, ConnectorRef, IdToken
from ocpp_core.domain.profile import (
    ChargingProfile,
    ProfileKind,
    ProfilePurpose,
    SchedulePeriod,
)
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site
from tests.analytics.desk import CP, Desk, metered, start16, started, stop16, updated
from tests.dashboards.fake_chargers import charge_points
from tests.dashboards.fake_view import live_view
from tests.dashboards.test_chargers_page import chargers_page
from tests.dashboards.test_views import energy_page, live_page, revenue_page, words

NOW = NOON + timedelta(hours=5)

type Open = Callable[..., AppTest]


async def _fill(path: Path) -> None:
    """Two days: two sessions of 14.4 kWh (36 kWh with the third), building, PV and prices."""
    store = Store.open(
        path, site=make_site(), driver_tariff=TARIFF, site_tariff=SITE_TARIFF,
        clock=ManualClock(NOW),
    )  # fmt: skip
    async with store:
        first, second = Charger(), Charger(charge_point_id="CP-2")
        messages = [
            *first.whole_session(NOON - timedelta(days=1), 6),
            *first.whole_session(NOON, 7),
            *second.whole_session(NOON + timedelta(hours=1), 8, hours=1.0),
        ]
        await asyncio.gather(*(store.append(message) for message in messages))
        loads = [
            SiteLoadRecord(
                at=NOW - timedelta(minutes=5 * n), step_s=300, building_w=10_000.0, pv_w=4_000.0,
                charging_w=7_200.0, site_w=13_200.0, limit_w=43_000.0,
            )
            for n in range(1, 72)
        ]  # fmt: skip
        prices = [
            PriceRecord(
                starts_at=NOW - timedelta(hours=n), step_s=3600, value_per_kwh=Decimal("0.2"),
                currency="EUR", source="test",
            )
            for n in range(-2, 30)
        ]  # fmt: skip
        await store.record(*loads)
        await store.record(*prices)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("store") / "depot.duckdb"
    asyncio.run(_fill(path))
    with open_reader(path) as opened:
        yield opened


@pytest.fixture
def open_page(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Open:
    view = live_view(at=NOW, timezone="Europe/Berlin", currency="EUR", demo=False, speed=1.0)
    state = Latest(view=view, age_s=0.4, fault=None)
    monkeypatch.setattr(source, "latest", lambda: state)
    monkeypatch.setattr(history, "reader", lambda: reader)

    def opened(page: Callable[[], None], period: str = "day", **link: str) -> AppTest:
        test = AppTest.from_function(page, default_timeout=30)
        for name, value in {"period": period, **link}.items():
            test.query_params[name] = value
        return test.run()

    return opened


@pytest.mark.parametrize("page", [live_page, energy_page, revenue_page])
@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
def test_a_page_reads_a_real_store_without_a_fault(
    page: Callable[[], None], period: str, open_page: Open
) -> None:
    test = open_page(page, period)

    assert not test.exception
    assert [] == [error.value for error in test.error]
    assert test.get("vega_lite_chart")


def test_energy_of_the_day_is_that_of_its_sessions(open_page: Open) -> None:
    said = words(open_page(energy_page))

    assert "Energy charged: 21.6 kWh +50 %" in said
    assert "Peak of the site: 13.2 kW" in said


@pytest.mark.parametrize("days", ["7", "30", "90"])
def test_service_of_a_real_store_is_shown_without_a_fault(
    days: str, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = LatestChargers(points=charge_points(NOW), age_s=0.4, fault=None)
    monkeypatch.setattr(source, "charge_points", lambda: points)
    test = open_page(chargers_page, days=days)

    assert not test.exception
    assert [] == [error.value for error in test.error]
    assert [KPIS[name].label for name in SERVICE] == [metric.label for metric in test.metric]


def test_money_of_the_day_is_that_of_its_bills(open_page: Open) -> None:
    said = words(open_page(revenue_page))

    # Each bill to the cent: 14.4 x 0.39 + 0.50 = 6.12 and 7.2 x 0.39 + 0.50 = 3.31.
    assert "Revenue: 9.43 EUR" in said
    assert "Energy cost: 4.32 EUR" in said
    assert "Margin: 5.11 EUR" in said
    assert "Sessions (2)" in said


def test_a_session_s_bill_is_on_its_link(reader: Reader, open_page: Open) -> None:
    sessions = reader.sessions(NOON, NOW)
    longest = sessions.sort_values("energy_kwh").iloc[-1]
    test = open_page(revenue_page, session=str(longest["session_id"]))

    assert not test.exception
    assert "6.12 EUR revenue, 2.88 EUR energy cost" in words(test)


def test_the_live_chart_shows_what_was_metered(open_page: Open) -> None:
    test = open_page(live_page)

    table = test.dataframe[0].value
    metered = table[table["kind"] == "metered"]
    assert 70 <= len(metered)
    assert {13.2} == set(metered["grid import (kW)"])
    assert {0.2} == set(metered["price (EUR/kWh)"])


# Chargers ---------------------------------------------------------------------------------------


async def _record(path: Path) -> None:
    """One charger with something in every table that its page shows."""
    desk, one = Desk(path), ConnectorId(1)
    await desk.hear(Booted(vendor="Volt", model="One", firmware_version="1.2"), NOON)
    limit = ChargingProfile(
        profile_id=7, purpose=ProfilePurpose.TX_DEFAULT, kind=ProfileKind.ABSOLUTE, start=NOON,
        periods=(SchedulePeriod(start_s=0, limit=16.0), SchedulePeriod(start_s=36_000, limit=6.0)),
    )  # fmt: skip
    for command, answer in (
        (
            GetConfiguration(),
            Accepted(configuration=(ConfigurationEntry(key="A", value="1", readonly=False),)),
        ),
        (SetProfile(connector_id=one, profile=limit), Accepted()),
        (UpdateFirmware(location="https://example.org/fw", retrieve_at=NOON), Accepted()),
        (
            ReserveNow(
                reservation_id=7, id_token=IdToken("TOKEN-1"), connector_id=one, expires_at=NOW
            ),
            Accepted(),
        ),
        (
            SendLocalList(
                version=1,
                entries=(
                    LocalListEntry(id_token=IdToken("T"), status=AuthorizationStatus.ACCEPTED),
                ),
            ),
            Accepted(),
        ),
        (GetInstalledCertificates(), Accepted(certificates=(CERTIFICATE,))),
        (InstallCertificate(use=CertificateUse.V2G_ROOT, certificate_pem="..."), Accepted()),
    ):
        await desk.tell(command, answer)
    await desk.hear(SecurityEventReported(kind="TamperDetectionActivated", at=NOON, info=""), NOON)
    await desk.hear(
        ChargingLimitNotified(connector_id=one, source="EMS", grid_critical=False), NOON
    )
    await desk.hear(start16(NOON), NOON)
    await desk.hear(stop16(NOON + timedelta(minutes=20), 1, 3000), NOON + timedelta(minutes=20))
    rest = metered(NOON + timedelta(minutes=25), 3400)
    await desk.hear(rest, NOON + timedelta(minutes=25))
    later = NOON + timedelta(hours=1)
    await desk.hear(started(later, connector=2), later)
    await desk.hear(updated(later, 3), later)
    await desk.hear(Booted(vendor="Volt", model="One", firmware_version="1.2"), NOON + 2 * HOUR)
    finding = Finding(value="A", evidence=Evidence.ASKED, first_at=NOON, last_at=NOON)
    model = ModelKey(vendor="Volt", model="Wall 1", firmware="2.1.0")
    await desk.store.record(
        ChargerFindingsRecord(
            charge_point_id=CP,
            profile=ChargerProfile(model=model, findings={Fact.RATE_UNITS: finding}),
        ),
        DefaultCheckRecord(ref=ConnectorRef(CP, one), state="verified", words="So.", at=NOON),
        DriftRecord(
            charge_point_id=CP,
            drift=Drift(
                name="A", wanted="2", found="1", state=DriftState.DIFFERS, words="So.", source="",
                checked_at=NOON,
            ),
        ),
    )  # fmt: skip
    await desk.store.close()


HOUR = timedelta(hours=1)
CERTIFICATE = InstalledCertificate(
    use=CertificateUse.CSMS_ROOT,
    hash=CertificateHash(
        algorithm="SHA256", issuer_name_hash="aa", issuer_key_hash="bb", serial_number="1"
    ),
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    path = tmp_path_factory.mktemp("records") / "depot.duckdb"
    asyncio.run(_record(path))
    with open_reader(path) as opened:
        yield opened


TABLES = {
    "settings": 2, "learned": 2, "profiles": 2, "files": 1, "security": 3, "tokens": 2,
    "sessions": 3, "messages": 1,
}  # fmt: skip
"""Section -> its tables."""


@pytest.mark.parametrize("section", SECTIONS)
def test_a_charger_s_section_shows_what_is_on_record(
    section: str,
    recorded: Reader,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = LatestChargers(points=charge_points(NOW), age_s=0.4, fault=None)
    monkeypatch.setattr(source, "charge_points", lambda: points)
    monkeypatch.setattr(history, "reader", lambda: recorded)
    test = open_page(chargers_page, charger="CP-1", section=section)

    assert not test.exception
    assert [] == [error.value for error in test.error]
    overview, *shown = (frame.value for frame in test.dataframe)
    assert [True] * TABLES[section] == [len(frame) > 0 for frame in shown]
    assert ("Volt", "2.1.0") == tuple(
        overview.set_index("charger").loc["CP-1", ["vendor", "firmware"]]
    )
