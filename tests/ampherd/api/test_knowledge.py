"""What is known of chargers, over the API."""

from __future__ import annotations

import pandas as pd

from ocpp_core.domain.charger_profile import ChargerProfile, Evidence, Fact, Finding, ModelKey
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import NOON, FakeService


class Knowing:
    """A read side that knows a little of a charger, under two releases of its firmware."""

    def charger_findings(self, **_: object) -> pd.DataFrame:
        row = {"charge_point_id": "CP-1", "value": "W", "evidence": "asked", "verified": True}
        return pd.DataFrame(
            [
                row | {"fact": "rate-units", "firmware": "1.2"},
                row | {"fact": "max-keys", "firmware": "before", "value": "10"},
                row | {"fact": "order-form", "firmware": "1.2", "verified": False},
            ]
        )

    def default_checks(self, **_: object) -> pd.DataFrame:
        return pd.DataFrame([{"connector_id": 1, "state": "verified"}])


async def test_what_is_learned_is_of_the_present_firmware_and_says_what_is_unknown(
    viewer: Client, service: FakeService
) -> None:
    service.reader = Knowing()
    answer = (await viewer.get("/charge-points/CP-1/learned")).json()
    facts = [row["fact"] for row in answer["facts"]]

    assert ["rate-units", "order-form"] == facts
    assert "rate-units" not in answer["unknown"]
    assert {"max-keys", "order-form", "clock-ahead-s"} <= set(answer["unknown"])
    assert [{"connector_id": 1, "state": "verified"}] == answer["limits"]


async def test_models_are_told_with_the_evidence_for_each_fact(
    viewer: Client, service: FakeService
) -> None:
    finding = Finding(value="A,W", evidence=Evidence.ASKED, first_at=NOON, last_at=NOON, times=3)
    model = ModelKey(vendor="V", model="M", firmware="1")
    service.known_models = (ChargerProfile(model=model, findings={Fact.RATE_UNITS: finding}),)
    [answer] = (await viewer.get("/charger-profiles")).json()

    assert ("V", "M", "1") == (answer["vendor"], answer["model"], answer["firmware"])
    assert ("A,W", "asked", 3) == tuple(
        answer["facts"]["rate-units"][key] for key in ("value", "evidence", "times")
    )


async def test_an_unknown_charger_is_not_found(viewer: Client) -> None:
    for path in ("learned", "drift"):
        assert 404 == (await viewer.get(f"/charge-points/CP-9/{path}")).status_code
