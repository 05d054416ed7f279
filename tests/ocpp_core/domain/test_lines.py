"""What keeps every face of a line limit keeps the line, whatever the loads draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpp_core.domain.lines import faces
from ocpp_core.domain.site import LineLimit
from tests.lines import magnitude_a

weights = st.sampled_from([-2.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.0])
amps = st.floats(0, 200)


def line(l1: float, l2: float, l3: float, limit_a: float = 100.0) -> LineLimit:
    return LineLimit(name="A", weight_l1=l1, weight_l2=l2, weight_l3=l3, limit_a=limit_a)


@given(st.tuples(weights, weights, weights), st.tuples(amps, amps, amps), st.data())
def test_loads_within_every_face_never_pass_the_line(
    weight: tuple[float, float, float], ordered: tuple[float, float, float], data: st.DataObject
) -> None:
    limit = line(*weight)
    found = faces(limit)
    sums = [sum(w * a for w, a in zip(face.weights, ordered, strict=True)) for face in found]
    scale = min([1.0, *(f.limit_a / s for f, s in zip(found, sums, strict=True) if s > 0)])
    drawn = [data.draw(st.floats(0, 1)) * scale * a for a in ordered]

    assert magnitude_a(limit, *drawn) <= 100.0 * (1 + 1e-9)


@given(st.tuples(weights, weights, weights), st.tuples(amps, amps, amps))
def test_a_face_costs_no_more_than_a_thousandth(
    weight: tuple[float, float, float], ordered: tuple[float, float, float]
) -> None:
    limit = line(*weight)
    corners = [
        magnitude_a(limit, *(a * b for a, b in zip(ordered, (x, y, z), strict=True)))
        for x in (0, 1)
        for y in (0, 1)
        for z in (0, 1)
    ]
    worst = max(corners)

    if worst < 99.9:
        for face in faces(limit):
            total = sum(w * a for w, a in zip(face.weights, ordered, strict=True))
            assert total <= face.limit_a * (1 + 1e-9)


def test_a_line_between_two_delta_loads_carries_root_three_of_equal_ones() -> None:
    assert 3**0.5 * 10 == pytest.approx(magnitude_a(line(1, 0, -1), 10, 0, 10))
    assert len(faces(line(1, 0, -1))) < 20
