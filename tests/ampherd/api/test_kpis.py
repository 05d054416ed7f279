"""Key figures over the API."""

import pytest

from analytics.kpi import KPIS
from tests.ampherd.api.conftest import Client
from tests.ampherd.api.fake_service import NOON, EmptyReader, FakeService

MARCH = {"start": "2026-03-01T00:00:00Z"}


async def test_the_dictionary_is_told_whole(viewer: Client) -> None:
    answer = (await viewer.get("/kpis/dictionary")).json()

    assert list(KPIS) == [row["name"] for row in answer]
    assert all(row["formula"] for row in answer)


async def test_key_figures_are_asked_as_given(viewer: Client, service: FakeService) -> None:
    await viewer.get("/kpis", params={**MARCH, "by": "month", "split": "charger", "name": "faults"})
    await viewer.get("/kpis/compare", params={**MARCH, "against": "year"})

    assert isinstance(service.reader, EmptyReader)
    (one, _, given), (two, _, others) = service.reader.asked
    assert ("kpis", "month", "charger", ["faults"]) == (
        one, given["by"], given["split"], given["names"],
    )  # fmt: skip
    assert ("compare", "year", NOON) == (two, others["against"], others["now"])


@pytest.mark.parametrize(
    "options", [{"name": "no_such_figure"}, {"by": "quarter_hour", "start": "2000-01-01T00:00:00Z"}]
)
async def test_what_cannot_be_answered_is_refused_with_words(
    viewer: Client, options: dict[str, str]
) -> None:
    answer = await viewer.get("/kpis", params={**MARCH, **options})

    assert 400 == answer.status_code
    assert "bad-request" == answer.json()["error"]["code"]
    assert answer.json()["error"]["hint"]
