-- How often a Recurring profile starts again: without it nobody can tell what it allows.

ALTER TABLE charging_profile RENAME TO charging_profile_before;

ALTER TABLE profile_in_force RENAME TO profile_in_force_before;

-- Charging profiles ordered, and schedules that chargers say are in force. One row for each step of an exchange. Key: charge_point_id, message_id, step, outcome.
-- Filled by: SetChargingProfile, ClearChargingProfile, GetCompositeSchedule.
CREATE TABLE charging_profile (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector.
    ordered_at TIMESTAMPTZ NOT NULL, -- When the order was sent.
    message_id VARCHAR NOT NULL, -- Id of the CALL.
    step VARCHAR NOT NULL, -- `ordered` (set), `cleared` (order to remove) or `in-force` (the charger's composite schedule).
    outcome VARCHAR NOT NULL, -- As in ocpp_message: `sent`, `answered`, `timed-out`, …
    answer VARCHAR NOT NULL, -- The charger's own word, e.g. `Accepted`; empty without an answer.
    profile_id INTEGER, -- Id of the profile.
    purpose VARCHAR, -- `ChargePointMaxProfile`, `TxDefaultProfile` or `TxProfile`.
    kind VARCHAR, -- `Absolute`, `Recurring` or `Relative`.
    stack_level INTEGER, -- Higher levels lead.
    rate_unit VARCHAR, -- `A` per phase or `W` in all.
    schedule_start TIMESTAMPTZ, -- Start of the schedule.
    duration_s INTEGER, -- The schedule ends this long after its start; NULL: never.
    periods VARCHAR, -- `START_S:LIMIT` for each period, separated by blanks.
    transaction_id BIGINT, -- Transaction of a TxProfile.
    session_id VARCHAR, -- Session that it belongs to.
    recurrency VARCHAR -- How often a Recurring one starts again, `Daily` or `Weekly`; NULL: no Recurring one, or stored before that was kept.
);

INSERT INTO charging_profile SELECT *, NULL FROM charging_profile_before;

DROP TABLE charging_profile_before;

-- Charging profiles that chargers hold by what they accepted and reported. Key: charge_point_id, connector_id, purpose, stack_level.
-- Filled by: SetChargingProfile, ClearChargingProfile, ReportChargingProfiles, UpdateDynamicSchedule; the end of a transaction.
CREATE TABLE profile_in_force (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0: the charger, or all its connectors.
    purpose VARCHAR NOT NULL, -- OCPP purpose, e.g. `TxProfile`.
    stack_level INTEGER NOT NULL, -- Higher levels lead.
    profile_id INTEGER NOT NULL, -- Id of the profile.
    kind VARCHAR NOT NULL, -- `Absolute`, `Recurring`, `Relative` or `Dynamic`.
    rate_unit VARCHAR NOT NULL, -- `A` per phase or `W` in all.
    schedule_start TIMESTAMPTZ, -- Start of the schedule.
    duration_s INTEGER, -- It ends this long after its start; NULL: never.
    periods VARCHAR NOT NULL, -- `START_S:LIMIT` for each period, separated by blanks.
    valid_from TIMESTAMPTZ, -- Not used before; NULL: at once.
    valid_to TIMESTAMPTZ, -- Not used from then on; NULL: for ever.
    transaction_id BIGINT, -- Transaction of a TxProfile.
    source VARCHAR NOT NULL, -- `ordered` by us, else who set it as the charger reports, e.g. `EMS`.
    since TIMESTAMPTZ NOT NULL, -- When it was accepted, or first reported.
    ended_at TIMESTAMPTZ, -- When it was cleared, or its transaction ended; NULL: held still.
    changed_at TIMESTAMPTZ NOT NULL, -- When this row last changed.
    recurrency VARCHAR -- How often a Recurring one starts again, `Daily` or `Weekly`; NULL: no Recurring one, or stored before that was kept.
);

INSERT INTO profile_in_force SELECT *, NULL FROM profile_in_force_before;

DROP TABLE profile_in_force_before;
