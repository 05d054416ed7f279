"""A choice among a few that is kept in the page's address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st


def choice(
    name: str, options: Sequence[str], default: str, write: Callable[[str], str] = str
) -> str:
    """Show `options` side by side and return the chosen one; `name` is the address's parameter."""
    key = f"choice-{name}-{'-'.join(options)}"

    def chosen() -> None:
        _link(name, st.session_state[key], default)

    current = chosen_of(name, options, default)
    _link(name, current, default)
    st.session_state[key] = current
    st.segmented_control(
        name.capitalize(),
        options,
        required=True,
        format_func=write,
        key=key,
        label_visibility="collapsed",
        on_change=chosen,
        wrap=True,
    )
    return current


def chosen_of(name: str, options: Sequence[str], default: str) -> str:
    """Return what the page's address says is chosen, without showing the choice."""
    asked = st.query_params.get(name, default)
    return asked if asked in options else default


def _link(name: str, value: str, default: str) -> None:
    if value != default:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
