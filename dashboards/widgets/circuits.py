"""The circuit tree as a table: what is measured, the worst that can happen, and the limit."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from dashboards import format as fmt
from ocpp_core.domain.view import CircuitView, LiveView

_INDENT = "\N{NO-BREAK SPACE}" * 4


def circuits(view: LiveView) -> None:
    """Show the circuits, children below their parents."""
    st.dataframe(
        frame(view),
        hide_index=True,
        column_config={
            "load": st.column_config.ProgressColumn(
                "measured / limit", min_value=0.0, max_value=100.0, format="%.0f %%"
            ),
            "value of 1 A more": st.column_config.TextColumn(
                help="What one more ampere would save now; – where the circuit does not bind."
            ),
            "worst case": st.column_config.TextColumn(
                help="Most that the chargers below may draw by all orders on their way, "
                "plus building load. It stays under the limit."
            ),
        },
        alt="Circuits with measured power, worst case and limit",
        placeholder=fmt.ABSENT,
    )


def frame(view: LiveView) -> pd.DataFrame:
    """Return the table."""
    rows = [
        {
            "circuit": _INDENT * depth + circuit.circuit_id,
            "load": 100 * circuit.measured_w / circuit.limit_w if circuit.limit_w > 0 else None,
            "measured": fmt.power(circuit.measured_w),
            "worst case": fmt.power(circuit.worst_case_w),
            "limit": fmt.power(circuit.limit_w)
            + (f" ({fmt.current(circuit.limit_a)})" if circuit.limit_a is not None else ""),
            "set by": circuit.limit_source,
            "value of 1 A more": f"{fmt.money(circuit.value_of_one_ampere, view.currency)}/h"
            if circuit.value_of_one_ampere
            else fmt.ABSENT,
        }
        for depth, circuit in _tree(view.circuits, None, 0)
    ]
    return pd.DataFrame(rows)


def _tree(
    circuits: tuple[CircuitView, ...], parent: str | None, depth: int
) -> Iterator[tuple[int, CircuitView]]:
    known = {circuit.circuit_id for circuit in circuits}
    for circuit in circuits:
        above = circuit.parent_id if circuit.parent_id in known else None
        if above == parent:
            yield depth, circuit
            yield from _tree(circuits, circuit.circuit_id, depth + 1)
