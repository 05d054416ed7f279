"""What a charger measured comes back as it was, however it is stored."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.readings import placement_of, quantity_of
from analytics.schema.migrations import migrate, migrations
from analytics.store import Store
from analytics.writer import CommitPolicy
from ocpp_core.domain.clock import ManualClock
from ocpp_core.domain.events import EmptyReply, Metered
from ocpp_core.domain.ids import ConnectorId
from ocpp_core.domain.messages import StoredMessage
from ocpp_core.domain.metering import Label, Layout, Measurand, Reading, Unit
from ocpp_core.domain.units import Phase
from tests.analytics.builders import NOON, SITE_TARIFF, TARIFF, Charger, make_site

LABELS = st.builds(
    Label,
    measurand=st.sampled_from(Measurand),
    unit=st.sampled_from(Unit),
    phase=st.sampled_from([None, *Phase]),
    context=st.sampled_from(["Sample.Periodic", "Transaction.Begin"]),
    location=st.sampled_from(["Outlet", "Inlet", "EV"]),
    doubt=st.sampled_from(["", "unit Foo is not known"]),
)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    labels = tuple(draw(st.lists(LABELS, min_size=1, max_size=12)))
    n = len(labels)
    numbers = st.floats(-1e6, 1e9, allow_nan=False).map(lambda value: round(value, 3))
    return Reading(
        taken_at=NOON + timedelta(seconds=draw(st.integers(0, 3))),
        layout=Layout(labels),
        values=tuple(draw(st.lists(numbers, min_size=n, max_size=n))),
        raw_values=tuple(draw(st.lists(st.sampled_from(["", "7 Foo"]), min_size=n, max_size=n)))
        if draw(st.booleans())
        else (),
    )


def metered(charger: Charger, *of: Reading) -> StoredMessage:
    event = Metered(connector_id=ConnectorId(1), transaction_id=None, readings=of)
    return charger.message(NOON, event, EmptyReply())


def samples_after(batches: list[list[StoredMessage]]) -> list[tuple[object, ...]]:
    async def run(path: Path) -> list[tuple[object, ...]]:
        store = Store.open(
            path,
            site=make_site(),
            driver_tariff=TARIFF,
            site_tariff=SITE_TARIFF,
            clock=ManualClock(NOON),
            policy=CommitPolicy(window_s=0),
        )
        for batch in batches:
            await asyncio.gather(*(store.append(message) for message in batch))
        found = store._database.connection.execute(
            "SELECT epoch_ms(taken_at), measurand, phase, location, context, value, unit, doubt, "
            "raw_value FROM meter_sample ORDER BY ALL"
        ).fetchall()
        await store.close()
        return found

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder) / "depot.duckdb"))


def told(all_of: list[Reading]) -> list[tuple[object, ...]]:
    """What is to be stored: the first value of each quantity of an instant."""
    known: dict[tuple[object, ...], tuple[object, ...]] = {}
    for reading in all_of:
        for sample in reading:
            at = round(sample.taken_at.timestamp() * 1000)
            key = (at, *quantity_of(sample.label))
            known.setdefault(key, (sample.value, sample.unit, sample.doubt, sample.raw_value))
    return sorted((*key, *rest) for key, rest in known.items())


@settings(max_examples=20)
@given(st.lists(readings(), min_size=1, max_size=4), st.integers(0, 4))
def test_every_value_comes_back_once_with_what_it_is(some: list[Reading], cut: int) -> None:
    """OCPP.md row 16: a value for each quantity and instant, also when sent in parts."""
    charger = Charger()
    batches = [
        [metered(charger, *some[:cut])],
        [metered(charger, *some[cut:]), metered(charger, *some)],
        [metered(charger, reading) for reading in reversed(some)],
    ]

    assert told(some) == samples_after(batches)


def test_only_what_is_trusted_at_the_outlet_stands_in_a_column() -> None:
    energy = Label(measurand=Measurand.ENERGY_IMPORT_REGISTER, unit=Unit.WH)
    inlet = Label(measurand=Measurand.ENERGY_IMPORT_REGISTER, unit=Unit.WH, location="Inlet")
    odd = Label(measurand=Measurand.POWER_IMPORT, unit=Unit.W, doubt="no such unit")
    soc = Label(measurand=Measurand.SOC, unit=Unit.PERCENT, location="EV")

    placement = placement_of(Layout((inlet, energy, odd, soc)))

    assert ["others", "energy_import_wh", "others", "soc_percent"] == [
        row[2] for row in placement.labels
    ]


def test_samples_of_earlier_schemas_are_taken_over(path: Path) -> None:
    rows = [
        ("CP-1", 1, "s", "2026-03-02 12:00:00+00", measurand, phase, location, "Sample.Periodic",
         value, unit, doubt, raw)
        for measurand, phase, location, value, unit, doubt, raw in (
            ("Energy.Active.Import.Register", "", "Outlet", 1000.5, "Wh", "", "1.0005 kWh"),
            ("Energy.Active.Import.Register", "", "Inlet", 900.0, "Wh", "", ""),
            ("Current.Import", "L1", "Outlet", 15.9, "A", "", ""),
            ("Current.Import", "L2", "Outlet", 16.1, "A", "odd", "16.1 X"),
            ("SoC", "", "EV", 55.0, "Percent", "", ""),
            ("Frequency", "", "Outlet", 50.01, "Hz", "", ""),
        )
    ]  # fmt: skip
    with duckdb.connect(path) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        migrate(connection, path, NOON, migrations()[:4])
        connection.executemany(
            "INSERT INTO meter_sample VALUES (?, ?, ?, ?::TIMESTAMPTZ, ?, ?, ?, ?, ?, ?, ?, ?)",
            [*rows, ("CP-1", 1, None, "2026-03-02 12:01:00+00", *rows[2][4:])],
        )
        before = connection.execute("SELECT * FROM meter_sample ORDER BY ALL").fetchall()
        migrate(connection, path, NOON)

        after = connection.execute(
            "SELECT * EXCLUDE (message_seq) FROM meter_sample ORDER BY ALL"
        ).fetchall()
        wide = connection.execute(
            "SELECT energy_import_wh, current_l1_a, current_l2_a, soc_percent, others "
            "FROM meter_reading ORDER BY taken_at"
        ).fetchall()
    assert before == after
    assert [(1000.5, 15.9, None, 55.0, [16.1, 900.0, 50.01]), (None, 15.9, None, None, None)] == [
        (*row[:4], row[4]) for row in wide
    ]
