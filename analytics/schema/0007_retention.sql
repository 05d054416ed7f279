-- Roll-ups of meter readings, the archive of what is older than the database should keep, and how
-- large the database is.

-- Readings of a connector in one minute. Key: charge_point_id, connector_id, minute.
-- Filled by: the roll-ups, from meter_reading.
CREATE TABLE meter_minute (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0 is the charger's main meter.
    minute TIMESTAMPTZ NOT NULL, -- Start of the minute.
    session_id VARCHAR, -- Session that ran at its last reading.
    register_wh DOUBLE, -- Import register at its last reading, Wh; the energy of a period is its rise.
    power_w DOUBLE, -- Mean of imported power over its readings, W.
    power_max_w DOUBLE, -- Highest imported power, W.
    current_max_a DOUBLE, -- Highest current of any phase, A.
    voltage_min_v DOUBLE, -- Lowest voltage of any phase, V.
    voltage_max_v DOUBLE, -- Highest voltage of any phase, V.
    soc_percent DOUBLE, -- Last state of charge of the car, percent.
    readings INTEGER NOT NULL -- Number of its readings.
);

-- Readings of a connector in one quarter of an hour. Key: charge_point_id, connector_id, slot_start.
-- Filled by: the roll-ups, from meter_reading.
CREATE TABLE meter_quarter (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0 is the charger's main meter.
    slot_start TIMESTAMPTZ NOT NULL, -- Start of the quarter of an hour.
    register_wh DOUBLE, -- Import register at its last reading, Wh.
    power_w DOUBLE, -- Mean of imported power over its readings, W.
    power_max_w DOUBLE, -- Highest imported power, W.
    current_max_a DOUBLE, -- Highest current of any phase, A.
    voltage_min_v DOUBLE, -- Lowest voltage of any phase, V.
    voltage_max_v DOUBLE, -- Highest voltage of any phase, V.
    readings INTEGER NOT NULL -- Number of its readings.
);

-- Readings of a connector on one day of the site's calendar. Key: charge_point_id, connector_id, day.
-- Filled by: the roll-ups, from meter_quarter.
CREATE TABLE meter_day (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0 is the charger's main meter.
    day DATE NOT NULL, -- Day in the site's zone; 23 or 25 hours long when clocks change.
    register_wh DOUBLE, -- Import register at its last reading, Wh.
    power_w DOUBLE, -- Mean of imported power over its readings, W.
    power_max_w DOUBLE, -- Highest imported power, W.
    current_max_a DOUBLE, -- Highest current of any phase, A.
    voltage_min_v DOUBLE, -- Lowest voltage of any phase, V.
    voltage_max_v DOUBLE, -- Highest voltage of any phase, V.
    readings INTEGER NOT NULL -- Number of its readings.
);

-- How far roll-ups have come; one row once they have begun.
-- Filled by: the roll-ups.
CREATE TABLE rollup_progress (
    message_seq BIGINT NOT NULL, -- Readings of messages up to this one are in the roll-ups.
    changed_at TIMESTAMPTZ NOT NULL -- When.
);

-- Parquet files beside the database that hold what it does not keep itself. Key: file_name.
-- Filled by: retention, with each file that it writes.
CREATE TABLE archive_part (
    table_name VARCHAR NOT NULL, -- Table that the rows were taken from.
    file_name VARCHAR NOT NULL, -- Relative to the folder of the database.
    first_day DATE NOT NULL, -- First UTC day of its rows.
    last_day DATE NOT NULL, -- Last UTC day of its rows.
    row_count BIGINT NOT NULL, -- Number of its rows.
    size_bytes BIGINT NOT NULL, -- Size of the file, bytes.
    last_seq BIGINT, -- Highest message number in it; NULL: the table has none.
    written_at TIMESTAMPTZ NOT NULL -- When.
);

-- Sizes as they were measured from time to time. Key: measured_at, kind, name.
-- Filled by: retention, with each measurement.
CREATE TABLE storage_size (
    measured_at TIMESTAMPTZ NOT NULL, -- When.
    kind VARCHAR NOT NULL, -- `table`, `file` (database and its log), `archive` or `budget`.
    name VARCHAR NOT NULL, -- Table; empty for all others.
    row_count BIGINT, -- Rows of a table or of the archive.
    size_bytes BIGINT NOT NULL -- Bytes on disk.
);

CREATE VIEW meter_reading_all AS -- meter_reading with what was archived.
-- *: meter_reading
SELECT * FROM meter_reading;

CREATE VIEW ocpp_message_all AS -- ocpp_message with what was archived.
-- *: ocpp_message
SELECT * FROM ocpp_message;

CREATE VIEW plan_slot_all AS -- plan_slot with what was archived.
-- *: plan_slot
SELECT * FROM plan_slot;

CREATE VIEW plan_site_all AS -- plan_site with what was archived.
-- *: plan_site
SELECT * FROM plan_site;

CREATE OR REPLACE VIEW meter_sample AS -- Sampled values, one a row, with what was archived. Key: charge_point_id, connector_id, taken_at, measurand, phase, location, context.
-- charge_point_id: Charger.
-- connector_id: Connector; 0 is the charger's main meter.
-- session_id: Session that ran at that time; NULL: none.
-- taken_at: By the charger's clock.
-- measurand: OCPP name, e.g. `Energy.Active.Import.Register`.
-- phase: `L1`, `L2` or `L3`; empty: the sum, or a quantity without phase.
-- location: Where it was measured, e.g. `Outlet`.
-- context: Why it was taken, e.g. `Sample.Periodic`.
-- value: In `unit`.
-- unit: Wh, W, A, V, Percent, Hz, Celsius or Unknown.
-- doubt: Why it should not be trusted blindly; empty when nothing was odd.
-- raw_value: As the charger wrote it, when it was corrected or not understood, else empty.
-- message_seq: Message that brought it: ocpp_message.seq; NULL: stored before that was kept.
SELECT
    reading.charge_point_id,
    reading.connector_id,
    reading.session_id,
    reading.taken_at,
    layout.measurand,
    layout.phase,
    layout.location,
    layout.context,
    CASE layout.stored_in
        WHEN 'energy_import_wh' THEN reading.energy_import_wh
        WHEN 'energy_export_wh' THEN reading.energy_export_wh
        WHEN 'power_import_w' THEN reading.power_import_w
        WHEN 'current_a' THEN reading.current_a
        WHEN 'current_l1_a' THEN reading.current_l1_a
        WHEN 'current_l2_a' THEN reading.current_l2_a
        WHEN 'current_l3_a' THEN reading.current_l3_a
        WHEN 'voltage_v' THEN reading.voltage_v
        WHEN 'voltage_l1_v' THEN reading.voltage_l1_v
        WHEN 'voltage_l2_v' THEN reading.voltage_l2_v
        WHEN 'voltage_l3_v' THEN reading.voltage_l3_v
        WHEN 'current_offered_a' THEN reading.current_offered_a
        WHEN 'power_offered_w' THEN reading.power_offered_w
        WHEN 'soc_percent' THEN reading.soc_percent
        ELSE reading.others[layout.stored_at]
    END AS value,
    layout.unit,
    layout.doubt,
    coalesce(reading.raw_values[layout.position], '') AS raw_value,
    reading.message_seq
FROM meter_reading_all AS reading
JOIN (SELECT DISTINCT * FROM meter_layout) AS layout USING (layout_id);
