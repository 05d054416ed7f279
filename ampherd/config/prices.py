"""Day-ahead prices from a Parquet or CSV file."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from ampherd.config.faults import did_you_mean
from ocpp_core.domain.errors import ConfigurationError
from ocpp_core.domain.tariff import PriceSeries

_KWH = {"kWh": Decimal(1), "MWh": Decimal(1000)}


def read_prices(
    path: Path,
    *,
    time_column: str,
    price_column: str,
    price_unit: Literal["kWh", "MWh"],
    step_s: int = 3600,
    surcharge_per_kwh: Decimal = Decimal(0),
) -> PriceSeries:
    """Read a price series; times without an offset are UTC, rows may come in any order.

    Rows without a price are gaps. Raises ConfigurationError when the file cannot be read or
    gives two prices for one instant.
    """
    table = _read(path)
    for column in (time_column, price_column):
        if column not in table.column_names:
            raise ConfigurationError(
                f"{path.name} has no column {column!r}",
                hint=did_you_mean(column, table.column_names)
                or f"It has {', '.join(table.column_names)}.",
            )
    by_start: dict[datetime, Decimal] = {}
    times = table.column(time_column).to_pylist()
    values = table.column(price_column).to_pylist()
    for row, (at, value) in enumerate(zip(times, values, strict=True), start=1):
        if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
            continue
        start = _instant(at, path, row)
        price = _price(value, path, row) / _KWH[price_unit]
        if by_start.setdefault(start, price) != price:
            raise ConfigurationError(f"{path.name}, row {row}: a second price for {start:%F %R}Z")
    if not by_start:
        raise ConfigurationError(f"{path.name} has no prices")
    starts = tuple(sorted(by_start))
    for earlier, later in itertools.pairwise(starts):
        if later - earlier < timedelta(seconds=step_s):
            raise ConfigurationError(
                f"{path.name}: prices at {earlier:%F %R}Z and {later:%R}Z are closer than "
                f"step_s {step_s}",
                hint="Set step_s to how long each price holds.",
            )
    return PriceSeries(
        starts=starts,
        values=tuple(by_start[start] for start in starts),
        step_s=step_s,
        surcharge=surcharge_per_kwh,
    )


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix.lower() == ".parquet":
            return pa.parquet.ParquetFile(path).read()
        return pa.csv.read_csv(path)
    except FileNotFoundError:
        raise ConfigurationError(f"there is no file {path}") from None
    except (OSError, pa.ArrowException) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", hint="It should be Parquet or CSV with a header."
        ) from error


def _instant(value: object, path: Path, row: int) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise ConfigurationError(f"{path.name}, row {row}: its time is not a timestamp")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _price(value: object, path: Path, row: int) -> Decimal:
    # Through the shortest text, so that 0.1 in the file is 0.1 and not its binary neighbour.
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise ConfigurationError(f"{path.name}, row {row}: {value!r} is not a price") from None
