-- What chargers of every OCPP version tell and keep: transaction events, settings, lists, files,
-- certificates, limits. Sessions may start unmetered and may be known by the charger's own id.

-- Sessions ----------------------------------------------------------------------------------

ALTER TABLE session RENAME TO session_before;

-- Charging sessions: one car at one connector under one transaction. Key: session_id.
-- Filled by: StartTransaction, StopTransaction, TransactionEvent, MeterValues; imports.
CREATE TABLE session (
    session_id VARCHAR NOT NULL, -- Hash of site, charger and what names the transaction: its station_transaction_id, else connector, token, start time and start register.
    site_id VARCHAR NOT NULL, -- Site.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector of the charger (OCPP 2.x: its EVSE); 0 until the charger says which.
    id_token VARCHAR NOT NULL, -- What the driver presented; empty when nobody has presented a token.
    token_status VARCHAR, -- What the charger was answered about the token; NULL for imported sessions.
    transaction_id BIGINT, -- Number that we gave it; NULL for imported sessions.
    station_transaction_id VARCHAR, -- What its charger calls it (OCPP 2.x); NULL where the charger uses our number.
    ocpp_version VARCHAR, -- Subprotocol that it was told over; NULL for imported sessions and those from before this column.
    started_at TIMESTAMPTZ NOT NULL, -- By the charger's clock; that of the first news of it while `adopted`.
    ended_at TIMESTAMPTZ, -- By the charger's clock; NULL while it runs.
    meter_start_wh BIGINT, -- Register at the start as the charger sent it, Wh; NULL: not metered at the start, the first good reading stands in.
    meter_stop_wh BIGINT, -- Register at the end as the charger sent it, Wh; NULL while it runs, or when it was not metered at the end.
    energy_wh DOUBLE NOT NULL, -- Energy delivered so far after the corrections in `findings`, Wh; never negative.
    last_energy_at TIMESTAMPTZ, -- When the last energy flowed, as far as metered.
    stop_reason VARCHAR, -- OCPP reason; NULL while it runs, and where no stop came.
    asked_wh DOUBLE, -- Energy that the driver or the site's default wants, Wh.
    departure TIMESTAMPTZ, -- When the car is expected to leave.
    need_stated BOOLEAN, -- False when the site's default stands in for the driver.
    tariff_id VARCHAR, -- Tariff that was valid at the start.
    tariff_version INTEGER, -- Its version.
    source VARCHAR NOT NULL, -- `ocpp`, or the importer's name.
    trust VARCHAR NOT NULL, -- `metered`, `repaired` (corrected by a rule), `doubtful` (needs a person), `assumed` (course not metered).
    findings VARCHAR NOT NULL, -- What was odd and what was done, one per line.
    adopted BOOLEAN NOT NULL, -- True when it was first heard of by something else than its start, and the start has not come since.
    end_inferred BOOLEAN NOT NULL, -- True when its stop named another transaction and was matched by connector, token and times, or none came and a rule ended it; `findings` says which.
    remarks VARCHAR NOT NULL -- The part of `findings` that messages gave rise to, one per line; the rest follows from the registers.
);

INSERT INTO session
SELECT
    session_id, site_id, charge_point_id, connector_id, id_token, token_status, transaction_id,
    NULL, NULL, started_at, ended_at, meter_start_wh, meter_stop_wh, energy_wh, last_energy_at,
    stop_reason, asked_wh, departure, need_stated, tariff_id, tariff_version, source, trust,
    findings, false, false, ''
FROM session_before;

DROP TABLE session_before;

-- What chargers told of transactions step by step (OCPP 2.x TransactionEvent). Key: session_id, sequence, kind.
-- Filled by: TransactionEvent.
CREATE TABLE transaction_event (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    session_id VARCHAR NOT NULL, -- Session.
    sequence BIGINT NOT NULL, -- seqNo: counts up by one within the transaction; what is missing was lost or is late.
    kind VARCHAR NOT NULL, -- `Started`, `Updated` or `Ended`.
    event_at TIMESTAMPTZ NOT NULL, -- By the charger's clock.
    received_at TIMESTAMPTZ NOT NULL, -- When we received it.
    cause VARCHAR NOT NULL, -- Why it was sent, the charger's own word (triggerReason).
    offline BOOLEAN NOT NULL, -- True when it happened while the charger had no link.
    state VARCHAR, -- What the transaction does, e.g. `Charging`; NULL: not said.
    connector_id INTEGER, -- EVSE; NULL: not said.
    phase_count INTEGER, -- Phases in use; NULL: not said.
    cable_max_current_a DOUBLE, -- What the cable carries, A; NULL: not said.
    remote_start_id INTEGER, -- Number of our remote start that it answers; NULL: none.
    reservation_id INTEGER, -- Reservation that it uses; NULL: none.
    readings INTEGER NOT NULL, -- Number of meter readings that came with it.
    operation_mode VARCHAR NOT NULL -- OCPP 2.1 operation mode; empty: not said.
);

-- What chargers said of transactions that we asked about (OCPP 2.x GetTransactionStatus). Key: charge_point_id, message_id.
-- Filled by: answers to GetTransactionStatus.
CREATE TABLE transaction_status (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    message_id VARCHAR NOT NULL, -- Id of our CALL.
    asked_at TIMESTAMPTZ NOT NULL, -- When.
    transaction_id BIGINT, -- Transaction asked about; NULL: the queue as a whole.
    session_id VARCHAR, -- Its session, when known.
    ongoing BOOLEAN, -- Whether the charger says that it runs; NULL: not said.
    messages_in_queue BOOLEAN NOT NULL -- True when messages still wait in the charger: nothing is final.
);

-- Reservations, lists, settings --------------------------------------------------------------

-- Connectors kept for a token. Key: charge_point_id, reservation_id.
-- Filled by: ReserveNow, CancelReservation, ReservationStatusUpdate, StartTransaction and TransactionEvent that use one.
CREATE TABLE reservation (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    reservation_id BIGINT NOT NULL, -- Number of the reservation.
    connector_id INTEGER, -- Connector; 0: any of the charger; NULL: we did not order it.
    id_token VARCHAR, -- For whom; NULL: we did not order it.
    group_token VARCHAR, -- Group whose tokens may use it too.
    ordered_at TIMESTAMPTZ, -- When it was ordered.
    expires_at TIMESTAMPTZ, -- Until when it holds.
    state VARCHAR NOT NULL, -- `accepted`, `refused`, `unanswered`, `used`, `cancelled`, `expired`, `removed` or `unused` (over without a transaction); one that was accepted is over at `expires_at` all the same.
    answer VARCHAR, -- The charger's own word, e.g. `Occupied`.
    session_id VARCHAR, -- Session that used it.
    changed_at TIMESTAMPTZ NOT NULL -- When its state last changed.
);

-- Local authorisation lists as chargers accepted and reported them. Key: charge_point_id.
-- Filled by: SendLocalList, GetLocalListVersion.
CREATE TABLE local_list (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    version INTEGER, -- Version of the last list that it accepted; NULL: none yet.
    full_at TIMESTAMPTZ, -- When it last accepted a full list: entries from before are gone.
    sent_at TIMESTAMPTZ, -- When a list was last sent.
    answer VARCHAR, -- The charger's word to the last list sent, e.g. `VersionMismatch`.
    reported_version INTEGER, -- Version that it last reported; 0: empty, -1: it keeps none.
    reported_at TIMESTAMPTZ, -- When.
    changed_at TIMESTAMPTZ NOT NULL -- Last of these instants.
);

-- Entries of local lists that chargers accepted. Key: charge_point_id, id_token.
-- Filled by: SendLocalList.
CREATE TABLE local_list_entry (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    id_token VARCHAR NOT NULL, -- Token.
    status VARCHAR, -- State of the token as it was sent; NULL: taken off the list.
    expires_at TIMESTAMPTZ, -- Until when the charger may accept it.
    group_token VARCHAR, -- Its group.
    version INTEGER NOT NULL, -- Version of the list that brought this.
    changed_at TIMESTAMPTZ NOT NULL -- When; valid while not before local_list.full_at.
);

-- Configuration keys and variables of chargers. Key: charge_point_id, name, attribute.
-- Filled by: GetConfiguration, ChangeConfiguration, GetVariables, SetVariables, NotifyReport.
CREATE TABLE setting (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    name VARCHAR NOT NULL, -- Key (`HeartbeatInterval`) or variable (`EVSE@2.Power`).
    attribute VARCHAR NOT NULL, -- `Actual`, `Target`, `MinSet` or `MaxSet`.
    value VARCHAR, -- As last reported or accepted; NULL: not told, or a secret.
    secret BOOLEAN NOT NULL, -- True when its value is never stored.
    readonly BOOLEAN, -- Whether it can be changed; NULL: not told.
    data_type VARCHAR, -- OCPP 2.x data type; NULL: not told.
    unit VARCHAR, -- OCPP 2.x unit; NULL: not told.
    min_limit DOUBLE, -- Lowest value allowed; NULL: not told.
    max_limit DOUBLE, -- Highest value allowed; NULL: not told.
    choices VARCHAR, -- Values allowed, with commas between; NULL: not told.
    reported_at TIMESTAMPTZ, -- When the value was last reported or accepted.
    ordered_value VARCHAR, -- What we last asked for; NULL: nothing, or a secret.
    order_answer VARCHAR, -- The charger's word to that, e.g. `RebootRequired`.
    ordered_at TIMESTAMPTZ, -- When.
    changed_at TIMESTAMPTZ NOT NULL -- Last of these instants.
);

-- Files and certificates ---------------------------------------------------------------------

-- Steps of firmware updates, diagnostics and log uploads. Key: charge_point_id, step_at, message_id.
-- Filled by: UpdateFirmware, GetDiagnostics, GetLog, FirmwareStatusNotification, DiagnosticsStatusNotification, LogStatusNotification.
CREATE TABLE transfer (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    step_at TIMESTAMPTZ NOT NULL, -- When we ordered it, or were told.
    message_id VARCHAR NOT NULL, -- Id of the CALL.
    transfer VARCHAR NOT NULL, -- `firmware`, `diagnostics` or `log`.
    step VARCHAR NOT NULL, -- `ordered` or `reported`.
    status VARCHAR NOT NULL, -- The charger's own word; empty when an order was not answered.
    request_id BIGINT, -- Number of the order; NULL: the version has none.
    detail VARCHAR NOT NULL -- Place of the file without user and password, or name of the file that is uploaded.
);

-- Root certificates that chargers keep. Key: charge_point_id, algorithm, issuer_name_hash, issuer_key_hash, serial_number.
-- Filled by: GetInstalledCertificateIds, DeleteCertificate.
CREATE TABLE certificate (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    algorithm VARCHAR NOT NULL, -- Of the hashes: SHA256, SHA384 or SHA512.
    issuer_name_hash VARCHAR NOT NULL, -- As OCPP names certificates.
    issuer_key_hash VARCHAR NOT NULL, -- As OCPP names certificates.
    serial_number VARCHAR NOT NULL, -- As OCPP names certificates.
    used_for VARCHAR, -- What it is trusted for; NULL: the charger did not say.
    state VARCHAR NOT NULL, -- `installed` or `deleted`.
    changed_at TIMESTAMPTZ NOT NULL -- When the charger reported it, or deleted it.
);

-- What was done about certificates. Key: charge_point_id, step_at, message_id.
-- Filled by: SignCertificate, CertificateSigned, InstallCertificate, DeleteCertificate, GetInstalledCertificateIds.
CREATE TABLE certificate_step (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    step_at TIMESTAMPTZ NOT NULL, -- When.
    message_id VARCHAR NOT NULL, -- Id of the CALL.
    step VARCHAR NOT NULL, -- `requested` (by the charger), `handed`, `install`, `delete` or `listed`.
    used_for VARCHAR, -- What it is for; NULL: all uses.
    answer VARCHAR NOT NULL, -- The status word of the answer; empty without one.
    detail VARCHAR NOT NULL -- Reason in words, or the serial number.
);

-- What chargers reported that concerns security. Key: charge_point_id, kind, event_at, info.
-- Filled by: SecurityEventNotification.
CREATE TABLE security_event (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    kind VARCHAR NOT NULL, -- The charger's own word, e.g. `InvalidCentralSystemCertificate`.
    event_at TIMESTAMPTZ NOT NULL, -- By the charger's clock.
    received_at TIMESTAMPTZ NOT NULL, -- When we received it.
    info VARCHAR NOT NULL -- The charger's own words.
);

-- Limits and wishes --------------------------------------------------------------------------

-- Limits that somebody else set on chargers (OCPP 2.x K12, K13). Key: charge_point_id, connector_id, source, notified_at.
-- Filled by: NotifyChargingLimit, ClearedChargingLimit.
CREATE TABLE charging_limit (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0: the charger as a whole.
    source VARCHAR NOT NULL, -- Who set it, e.g. `EMS` or `SO`.
    notified_at TIMESTAMPTZ NOT NULL, -- When we were told.
    grid_critical BOOLEAN NOT NULL, -- True when the grid needs it.
    schedules VARCHAR NOT NULL, -- `UNIT START_S:LIMIT …` for each schedule, separated by semicolons; empty: not told.
    cleared_at TIMESTAMPTZ -- When it was cleared, or another took its place; NULL while in force.
);

-- What cars asked for over ISO 15118 (OCPP 2.x K15 to K17). Key: charge_point_id, connector_id, received_at.
-- Filled by: NotifyEVChargingNeeds.
CREATE TABLE charging_need (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector.
    session_id VARCHAR, -- Session that ran there.
    received_at TIMESTAMPTZ NOT NULL, -- When.
    transfer VARCHAR, -- How energy flows, e.g. `AC_three_phase`; NULL: not understood.
    departure TIMESTAMPTZ, -- When the car leaves; NULL: not said.
    energy_wh DOUBLE, -- What it still wants, Wh; NULL: not said.
    min_current_a DOUBLE, -- Lowest current that it takes, A; NULL: not said.
    max_current_a DOUBLE, -- Highest current that it takes, A; NULL: not said.
    max_power_w DOUBLE, -- Highest power that it takes, W; NULL: not said.
    state_of_charge_percent DOUBLE, -- How full its battery is, percent; NULL: not said.
    max_schedule_periods INTEGER, -- Periods of a schedule that it understands; NULL: not said.
    bidirectional BOOLEAN NOT NULL, -- True when it would also give energy.
    answer VARCHAR NOT NULL -- What we answered.
);

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
    changed_at TIMESTAMPTZ NOT NULL -- When this row last changed.
);

-- Clocks -------------------------------------------------------------------------------------

CREATE VIEW clock_offset AS -- How far a charger's clock was ahead of ours on each UTC day, s: the median over minutes of the freshest stamp in each; queued messages are old and so never the freshest. Key: charge_point_id, day.
-- charge_point_id: Charger.
-- day: Start of the UTC day.
-- ahead_s: How far its clock was ahead, s; negative: behind.
-- minutes: Minutes in which messages with stamps came; fewer than three say little.
WITH stamp AS (
    SELECT charge_point_id, received_at, changed_at AS stamped_at
    FROM status
    WHERE changed_at <> received_at
    UNION ALL
    SELECT charge_point_id, received_at, event_at
    FROM transaction_event
    WHERE NOT offline
),
minute AS (
    SELECT
        charge_point_id,
        time_bucket(INTERVAL 1 MINUTE, received_at) AS minute,
        max(epoch(stamped_at) - epoch(received_at)) AS ahead_s
    FROM stamp
    GROUP BY ALL
)
SELECT
    charge_point_id,
    time_bucket(INTERVAL 1 DAY, minute) AS day,
    median(ahead_s) AS ahead_s,
    count(*) AS minutes
FROM minute
GROUP BY ALL;
