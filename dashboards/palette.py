"""One colour for each meaning, on every page, in light and in dark.

Hues are those of Okabe and Ito ("Color Universal Design", 2008), told apart with every common form
of colour blindness; the dark variants are lightened until they reach 3:1 on the dark background.
A colour never stands alone: a word, a dash pattern or a position says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours by meaning, as CSS colours."""

    charging: str
    building: str
    pv: str
    grid: str
    """Import from the grid: the sum of all others."""
    limit: str
    price: str
    revenue: str
    cost: str
    margin: str
    occupied: str
    """A car is plugged in, not charging."""
    free: str
    good: str
    waiting: str
    fault: str
    muted: str
    paper: str
    """The page's background."""


LIGHT = Palette(
    charging="#0072B2",
    building="#9AA3AD",
    pv="#E69F00",
    grid="#1F2933",
    limit="#D55E00",
    price="#A8588A",
    revenue="#0072B2",
    cost="#D55E00",
    margin="#00835F",
    occupied="#E69F00",
    free="#DDE2E7",
    good="#00835F",
    waiting="#8A5F00",
    fault="#B83A00",
    muted="#5F6B76",
    paper="#FFFFFF",
)

DARK = Palette(
    charging="#56B4E9",
    building="#7C8896",
    pv="#F0B429",
    grid="#F2F5F7",
    limit="#FF8A4C",
    price="#DDA0C6",
    revenue="#56B4E9",
    cost="#FF8A4C",
    margin="#2CC59A",
    occupied="#F0B429",
    free="#33404D",
    good="#2CC59A",
    waiting="#F0B429",
    fault="#FF8A4C",
    muted="#9FB0BF",
    paper="#10171E",
)


def css_variables(palette: Palette) -> str:
    """Return the palette as CSS custom properties, `--amp-charging: …;`."""
    return " ".join(f"--amp-{f.name}: {getattr(palette, f.name)};" for f in fields(palette))


THEME: dict[str, str] = {
    "theme.light.primaryColor": LIGHT.charging,
    "theme.light.backgroundColor": LIGHT.paper,
    "theme.light.secondaryBackgroundColor": "#F3F5F7",
    "theme.light.textColor": LIGHT.grid,
    "theme.light.borderColor": "#D9DFE4",
    "theme.dark.primaryColor": DARK.charging,
    "theme.dark.backgroundColor": DARK.paper,
    "theme.dark.secondaryBackgroundColor": "#1A242E",
    "theme.dark.textColor": "#E6EBEF",
    "theme.dark.borderColor": "#2C3945",
    "theme.baseRadius": "medium",
    "theme.metricValueFontSize": "1.55rem",
    "theme.headingFontSizes": '["1.9rem", "1.6rem", "1.2rem"]',
    "theme.showWidgetBorder": "true",
}
"""Streamlit options of both themes; the viewer's system chooses."""
