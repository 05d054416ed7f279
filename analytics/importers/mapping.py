"""Which columns of a file of sessions hold what; built in for known files, else a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analytics.importers.tables import PLAIN, CsvLayout
from ocpp_core.domain.errors import ImportRefusedError

_ENERGY = {"Wh": 1.0, "kWh": 1e3, "MWh": 1e6}
_DURATION = {"s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionColumns:
    """Which columns of a file hold what."""

    importer: str
    station: str | None = None
    connector: str | None = None
    """Number of the connector at the station."""
    id_token: str | None = None
    arrival: str
    departure: str | None = None
    duration: str | None = None
    """Length of the stay, where there is no departure."""
    delivered: str | None = None
    meter_start: str | None = None
    """Register at the start; with `meter_stop` in the place of `delivered`."""
    meter_stop: str | None = None
    asked: str | None = None
    announced_departure: str | None = None
    claimed: str | None = None
    full_at: str | None = None
    """When the last energy flowed."""
    stop_reason: str | None = None
    cost: str | None = None
    """What was billed in all; it is kept and not priced again."""
    vat: str | None = None
    """VAT on `cost`, which is without it; not given: the file does not say."""
    currency: str | None = None
    session_id: str | None = None
    """Key that the session has here, in files that were exported here."""
    wh_per_unit: float = 1e3
    """Of `delivered` and `asked`."""
    wh_per_register_unit: float = 1.0
    s_per_unit: float = 3600.0
    """Of `duration`."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Value of a part (`station`, `id_token`, …) that no column holds."""

    open_ended: frozenset[str] = frozenset()
    """Columns of departure that are empty while a session runs."""

    def required(self) -> tuple[str, ...]:
        """Return the columns without which nothing can be read."""
        named = (
            self.station, self.arrival, self.departure or self.duration, self.delivered,
            self.meter_start, self.meter_stop,
        )  # fmt: skip
        return tuple(name for name in named if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """A mapping file: columns, how the text is written, and its zone."""

    columns: SessionColumns
    layout: CsvLayout = PLAIN
    timezone: ZoneInfo | None = None


ACN = SessionColumns(
    importer="acn",
    arrival="arrival",
    departure="departure",
    delivered="delivered_kwh",
    station="station_id",
    id_token="id_token",  # noqa: S106 -- the name of a column
    asked="requested_kwh",
    announced_departure="estimated_departure",
    claimed="claimed",
)
"""ACN-Data in its tabular form, and any file that names its columns alike."""

ACN_API = SessionColumns(
    importer="acn",
    arrival="connectionTime",
    departure="disconnectTime",
    delivered="kWhDelivered",
    station="spaceID",
    id_token="userID",  # noqa: S106 -- the name of a column
    asked="kWhRequested",
    announced_departure="requestedDeparture",
    claimed="claimed",
    full_at="doneChargingTime",
)
"""ACN-Data as its API names it (ev.caltech.edu/dataset); times are RFC 1123 in GMT."""

TRONDHEIM = SessionColumns(
    importer="trondheim",
    arrival="plugin_time",
    departure="plugout_time",
    delivered="energy_kwh",
    station="user_id",
    id_token="user_id",  # noqa: S106 -- the name of a column
)
"""Residential sessions of Sorensen et al., Data in Brief 36 (2021) 107105; local times."""

STEVE = SessionColumns(
    importer="steve",
    station="charge_box_id",
    connector="connector_id",
    id_token="id_tag",  # noqa: S106 -- the name of a column
    arrival="start_timestamp",
    departure="stop_timestamp",
    meter_start="start_value",
    meter_stop="stop_value",
    stop_reason="stop_reason",
    open_ended=frozenset({"stop_timestamp"}),
)
"""The CSV of SteVe's page Transactions; registers are in Wh as the charger sent them."""

OWN = SessionColumns(
    importer="ampherd-csv",
    station="connector",
    id_token="id_token",  # noqa: S106 -- the name of a column
    arrival="started_at",
    departure="ended_at",
    delivered="energy_kwh",
    asked="asked_kwh",
    announced_departure="departure",
    claimed="need_stated",
    stop_reason="stop_reason",
    cost="revenue",
    vat="vat",
    currency="currency",
    session_id="session_id",
    open_ended=frozenset({"ended_at"}),
)
"""What `ampherd export sessions` writes as CSV or Parquet; tokens in it are masked."""

KNOWN = (OWN, ACN, ACN_API, STEVE, TRONDHEIM)

_PARTS = frozenset(
    {
        "station", "connector", "id_token", "arrival", "departure", "duration", "delivered",
        "meter_start", "meter_stop", "asked", "announced_departure", "claimed", "full_at",
        "stop_reason", "cost", "vat", "currency",
    }
)  # fmt: skip
_CONSTANT_PARTS = frozenset({"station", "connector", "id_token", "currency", "stop_reason"})
_FILE_KEYS = frozenset(one.name for one in fields(CsvLayout)) | {"timezone"}
_UNIT_KEYS = frozenset({"energy", "register", "duration"})


def read_mapping(path: Path) -> FileMapping:
    """Read a mapping file; raises ImportRefusedError that names every fault of it."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ImportRefusedError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise ImportRefusedError(f"{path}: cannot be read: {error}") from error
    faults: list[str] = []
    parts = _table(data, "columns", _PARTS, faults)
    constants = {
        name: str(value)
        for name, value in _table(data, "constants", _CONSTANT_PARTS, faults).items()
    }
    units = _table(data, "units", _UNIT_KEYS, faults)
    written = _table(data, "file", _FILE_KEYS, faults)
    faults += [
        f"[{name}] is no table of a mapping: columns, constants, units, file"
        for name in sorted(data.keys() - {"columns", "constants", "units", "file", "name"})
    ]
    factors: dict[str, Any] = {
        "wh_per_unit": _factor(units, "energy", "kWh", _ENERGY, faults),
        "wh_per_register_unit": _factor(units, "register", "Wh", _ENERGY, faults),
        "s_per_unit": _factor(units, "duration", "h", _DURATION, faults),
    }
    zone = _zone(written.pop("timezone", None), faults)
    if "arrival" not in parts:
        faults.append("[columns] arrival is missing")
    if not parts.keys() & {"departure", "duration"}:
        faults.append("[columns] departure or duration is missing")
    if "delivered" not in parts and not {"meter_start", "meter_stop"} <= parts.keys():
        faults.append("[columns] delivered, or meter_start and meter_stop, is missing")
    if "station" not in parts and "station" not in constants:
        faults.append("station is missing: name its column, or give one under [constants]")
    if "cost" in parts and "currency" not in parts and "currency" not in constants:
        faults.append("currency of cost is missing: a column, or one under [constants]")
    faults += [f"[columns] {k} = {v!r} is no text" for k, v in parts.items() if type(v) is not str]
    if faults:
        raise ImportRefusedError(
            f"{path}: {'; '.join(faults)}", hint="docs/import.md has an example of a mapping"
        )
    layout = CsvLayout(**written)
    columns = SessionColumns(
        importer=str(data.get("name", path.stem)),
        constants=constants,
        **factors,
        **parts,
    )
    return FileMapping(columns=columns, layout=layout, timezone=zone)


def _table(
    data: dict[str, Any], name: str, known: frozenset[str], faults: list[str]
) -> dict[str, Any]:
    found = data.get(name, {})
    if not isinstance(found, dict):
        faults.append(f"{name} is no table")
        return {}
    unknown = sorted(found.keys() - known)
    if unknown:
        are = "is" if len(unknown) == 1 else "are"
        faults.append(
            f"[{name}] {', '.join(unknown)} {are} not known: there is {', '.join(sorted(known))}"
        )
    return {key: value for key, value in found.items() if key in known}


def _factor(
    units: dict[str, Any], key: str, default: str, known: dict[str, float], faults: list[str]
) -> float:
    unit = units.get(key, default)
    if unit not in known:
        faults.append(f"[units] {key} = {unit!r} is none of {', '.join(known)}")
        return 1.0
    return known[unit]


def _zone(name: object, faults: list[str]) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        faults.append(f"[file] timezone = {name!r} is no IANA time zone")
        return None
