-- Meter readings as one row each: the values that are often asked for have columns, what the others
-- are is said once for all readings that are labelled alike. A third of the writing, a sixth of the
-- disk of one row for each value (docs/decisions/0018).

ALTER TABLE meter_sample RENAME TO meter_sample_before;

-- What chargers measured at one instant. Key: charge_point_id, connector_id, taken_at, layout_id.
-- Filled by: MeterValues, StopTransaction, TransactionEvent.
CREATE TABLE meter_reading (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0 is the charger's main meter.
    session_id VARCHAR, -- Session that ran at that time.
    taken_at TIMESTAMPTZ NOT NULL, -- By the charger's clock.
    message_seq BIGINT, -- Message that brought it: ocpp_message.seq; NULL: stored before that was kept.
    layout_id BIGINT NOT NULL, -- What each value is: meter_layout.
    energy_import_wh DOUBLE, -- Import register at the outlet, Wh. This and the columns below: NULL when not told, or doubted.
    energy_export_wh DOUBLE, -- Export register at the outlet, Wh.
    power_import_w DOUBLE, -- Imported power of all phases, W.
    current_a DOUBLE, -- Imported current without a phase, A.
    current_l1_a DOUBLE, -- Imported current of L1, A.
    current_l2_a DOUBLE, -- Imported current of L2, A.
    current_l3_a DOUBLE, -- Imported current of L3, A.
    voltage_v DOUBLE, -- Voltage without a phase, V.
    voltage_l1_v DOUBLE, -- Voltage of L1, V.
    voltage_l2_v DOUBLE, -- Voltage of L2, V.
    voltage_l3_v DOUBLE, -- Voltage of L3, V.
    current_offered_a DOUBLE, -- Highest current that the charger offers, A.
    power_offered_w DOUBLE, -- Highest power that the charger offers, W.
    soc_percent DOUBLE, -- State of charge of the car, percent.
    others DOUBLE[], -- All other values in the order of the layout; NULL: none.
    raw_values VARCHAR[] -- Each value as the charger wrote it where it was corrected or not understood, else empty; NULL: all were taken as they are.
);

-- What the values of readings are that are labelled alike. Key: layout_id, position.
-- Filled by: the first reading that is labelled so.
CREATE TABLE meter_layout (
    layout_id BIGINT NOT NULL, -- Hash of the labels: the same on every server.
    position INTEGER NOT NULL, -- Counts from 1.
    stored_in VARCHAR NOT NULL, -- Column of meter_reading that holds the value.
    stored_at INTEGER, -- Its place in `others`, from 1; NULL: in a column of its own.
    measurand VARCHAR NOT NULL, -- OCPP name, e.g. `Energy.Active.Import.Register`.
    phase VARCHAR NOT NULL, -- `L1`, `L2` or `L3`; empty: the sum, or a quantity without phase.
    location VARCHAR NOT NULL, -- Where it was measured, e.g. `Outlet`.
    context VARCHAR NOT NULL, -- Why it was taken, e.g. `Sample.Periodic`.
    unit VARCHAR NOT NULL, -- Wh, W, A, V, Percent, Hz, Celsius or Unknown.
    doubt VARCHAR NOT NULL -- Why it should not be trusted blindly; empty when nothing was odd.
);

CREATE TEMP TABLE placed AS
WITH named AS (
    SELECT
        *,
        measurand || chr(31) || phase || chr(31) || location || chr(31) || context || chr(31)
            || unit || chr(31) || doubt AS label,
        CASE
            WHEN doubt <> '' THEN NULL
            WHEN measurand = 'SoC' AND phase = '' AND unit = 'Percent' THEN 'soc_percent'
            WHEN location <> 'Outlet' THEN NULL
            WHEN unit = 'Wh' AND phase = '' THEN
                CASE measurand
                    WHEN 'Energy.Active.Import.Register' THEN 'energy_import_wh'
                    WHEN 'Energy.Active.Export.Register' THEN 'energy_export_wh'
                END
            WHEN unit = 'W' AND phase = '' THEN
                CASE measurand
                    WHEN 'Power.Active.Import' THEN 'power_import_w'
                    WHEN 'Power.Offered' THEN 'power_offered_w'
                END
            WHEN unit = 'A' AND measurand = 'Current.Import' THEN
                CASE phase
                    WHEN '' THEN 'current_a'
                    WHEN 'L1' THEN 'current_l1_a'
                    WHEN 'L2' THEN 'current_l2_a'
                    WHEN 'L3' THEN 'current_l3_a'
                END
            WHEN unit = 'A' AND phase = '' AND measurand = 'Current.Offered' THEN 'current_offered_a'
            WHEN unit = 'V' AND measurand = 'Voltage' THEN
                CASE phase
                    WHEN '' THEN 'voltage_v'
                    WHEN 'L1' THEN 'voltage_l1_v'
                    WHEN 'L2' THEN 'voltage_l2_v'
                    WHEN 'L3' THEN 'voltage_l3_v'
                END
        END AS wide
    FROM meter_sample_before
),
chosen AS (
    SELECT
        * EXCLUDE (wide),
        CASE
            WHEN wide IS NOT NULL
                AND 1 = row_number() OVER (PARTITION BY charge_point_id, connector_id, session_id, taken_at, wide ORDER BY label)
                THEN wide
            ELSE 'others'
        END AS stored_in
    FROM named
)
SELECT
    *,
    row_number() OVER (PARTITION BY charge_point_id, connector_id, session_id, taken_at ORDER BY label) AS position,
    CASE
        WHEN stored_in = 'others'
            THEN row_number() OVER (PARTITION BY charge_point_id, connector_id, session_id, taken_at, stored_in ORDER BY label)
    END AS stored_at,
    ('0x' || left(md5(string_agg(label, chr(30)) OVER (
        PARTITION BY charge_point_id, connector_id, session_id, taken_at
        ORDER BY label
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )), 15))::BIGINT AS layout_id
FROM chosen;

INSERT INTO meter_layout
SELECT DISTINCT layout_id, position, stored_in, stored_at, measurand, phase, location, context, unit, doubt
FROM placed
ORDER BY layout_id, position;

INSERT INTO meter_reading
SELECT
    charge_point_id,
    connector_id,
    session_id,
    taken_at,
    NULL,
    layout_id,
    max(value) FILTER (stored_in = 'energy_import_wh'),
    max(value) FILTER (stored_in = 'energy_export_wh'),
    max(value) FILTER (stored_in = 'power_import_w'),
    max(value) FILTER (stored_in = 'current_a'),
    max(value) FILTER (stored_in = 'current_l1_a'),
    max(value) FILTER (stored_in = 'current_l2_a'),
    max(value) FILTER (stored_in = 'current_l3_a'),
    max(value) FILTER (stored_in = 'voltage_v'),
    max(value) FILTER (stored_in = 'voltage_l1_v'),
    max(value) FILTER (stored_in = 'voltage_l2_v'),
    max(value) FILTER (stored_in = 'voltage_l3_v'),
    max(value) FILTER (stored_in = 'current_offered_a'),
    max(value) FILTER (stored_in = 'power_offered_w'),
    max(value) FILTER (stored_in = 'soc_percent'),
    list(value ORDER BY position) FILTER (stored_in = 'others'),
    CASE WHEN bool_or(raw_value <> '') THEN list(raw_value ORDER BY position) END
FROM placed
GROUP BY charge_point_id, connector_id, session_id, taken_at, layout_id
ORDER BY taken_at;

DROP TABLE placed;

DROP TABLE meter_sample_before;

CREATE VIEW meter_sample AS -- Sampled values, one a row. Key: charge_point_id, connector_id, taken_at, measurand, phase, location, context.
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
FROM meter_reading AS reading
JOIN (SELECT DISTINCT * FROM meter_layout) AS layout USING (layout_id);
