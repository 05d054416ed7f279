"""The engine against a table worked by hand: OCPI's own examples and arithmetic on paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocpp_core.domain.tariff import price
from tests.ocpp_core.domain.tariff.paper import Worked, worked

CASES = worked(Path(__file__).with_name("worked.txt"))


def test_the_table_has_at_least_two_hundred_cases() -> None:
    assert len(CASES) >= 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_session_costs_what_paper_says(case: Worked) -> None:
    """OCPI 2.2.1 sections 10.3.1 and 11.3 to 11.4."""
    bill = price(case.course, case.tariff, case.zone)

    assert (case.excl_vat, case.vat) == (bill.excl_vat, bill.vat)
