-- Tables of the first Ampherd. Every column has its meaning behind it: the reference is made of it.
-- Times are instants (UTC). Units are in the names. Money has its currency beside it. History tables
-- have natural keys instead of enforced ones, so that DuckLake can carry the same schema.

-- The site as configured ---------------------------------------------------------------------

-- The site that this database belongs to. Key: site_id.
-- Filled by: the configuration, at each start.
CREATE TABLE site (
    site_id VARCHAR NOT NULL, -- Name of the site in ids and addresses.
    name VARCHAR NOT NULL, -- Name for people.
    timezone VARCHAR NOT NULL, -- IANA zone of calendars, tariffs and display.
    currency VARCHAR NOT NULL, -- ISO 4217 code of all money of the site.
    voltage_v DOUBLE NOT NULL, -- Nominal volts from phase to neutral.
    building_circuit_id VARCHAR NOT NULL, -- Circuit on which the building's own load weighs.
    building_peak_w DOUBLE NOT NULL, -- Building load assumed wherever it is not measured, W.
    fail_safe_a DOUBLE NOT NULL -- Current that connectors fall back to when Ampherd is silent, A per phase.
);

-- Fuses and contract limits; together they are a tree. Key: site_id, circuit_id.
-- Filled by: the configuration, at each start.
CREATE TABLE circuit (
    site_id VARCHAR NOT NULL, -- Site that it belongs to.
    circuit_id VARCHAR NOT NULL, -- Name within the site.
    parent_id VARCHAR, -- Circuit that feeds this one; NULL for the grid connection.
    limit_a DOUBLE, -- Limit on each phase, A; NULL when only power is limited.
    limit_w DOUBLE, -- Limit on the sum over phases, W; NULL when only current is limited.
    configured BOOLEAN NOT NULL -- False once it is no longer in the configuration.
);

-- Chargers, each with one OCPP connection. Key: charge_point_id.
-- Filled by: the configuration, at each start; BootNotification.
CREATE TABLE charge_point (
    site_id VARCHAR NOT NULL, -- Site that it belongs to.
    charge_point_id VARCHAR NOT NULL, -- Identity that it connects with.
    vendor VARCHAR, -- As in its last BootNotification; NULL before the first.
    model VARCHAR, -- As in its last BootNotification.
    serial_number VARCHAR, -- As in its last BootNotification.
    firmware_version VARCHAR, -- As in its last BootNotification.
    ocpp_version VARCHAR, -- Subprotocol of its last boot.
    booted_at TIMESTAMPTZ, -- Last boot that it told us of.
    configured BOOLEAN NOT NULL -- False once it is no longer in the configuration.
);

-- Sockets or cables that one car uses at a time. Key: charge_point_id, connector_id.
-- Filled by: the configuration, at each start; imports, for connectors that it does not have.
CREATE TABLE connector (
    site_id VARCHAR NOT NULL, -- Site that it belongs to.
    charge_point_id VARCHAR NOT NULL, -- Charger that it is part of.
    connector_id INTEGER NOT NULL, -- Number within the charger, from 1.
    circuit_id VARCHAR, -- Circuit that feeds it; NULL when it is known from history only.
    phases VARCHAR, -- Supply phases it loads, after rotation, e.g. `L1 L2 L3`.
    max_current_a DOUBLE, -- Rating on each phase, A.
    min_current_a DOUBLE, -- Lowest current that it can offer, A.
    max_power_w DOUBLE, -- Rating at nominal voltage, W.
    configured BOOLEAN NOT NULL -- False once it is no longer in the configuration.
);

-- Drivers and what they present -------------------------------------------------------------

-- People or vehicles that tokens belong to. Key: driver_id.
-- Filled by: nothing yet.
CREATE TABLE driver (
    driver_id VARCHAR NOT NULL, -- Key.
    name VARCHAR NOT NULL, -- Name for people.
    cost_centre VARCHAR, -- Who is billed, in the words of the site.
    recorded_at TIMESTAMPTZ NOT NULL -- When this was last changed.
);

-- Cards, apps and vehicles that may charge. Key: id_token.
-- Filled by: the HTTP API, when somebody changes a token.
CREATE TABLE id_token (
    id_token VARCHAR NOT NULL, -- As presented; compared without regard to case.
    status VARCHAR NOT NULL, -- `Accepted`, `Blocked` or `Expired`.
    label VARCHAR, -- Name for people.
    driver_id VARCHAR, -- Driver that it belongs to, when known.
    recorded_at TIMESTAMPTZ NOT NULL -- When this was last changed.
);

-- What drivers pay; versions are never changed, only followed by another. Key: tariff_id, version.
-- Filled by: the configuration, when a tariff is used for the first time.
CREATE TABLE tariff (
    tariff_id VARCHAR NOT NULL, -- Name of the tariff.
    version INTEGER NOT NULL, -- Counts up with every change.
    currency VARCHAR NOT NULL, -- ISO 4217.
    energy_price_per_kwh DECIMAL(18, 6) NOT NULL, -- For each kWh.
    session_fee DECIMAL(18, 6) NOT NULL, -- Once for each session that delivered energy.
    idle_price_per_hour DECIMAL(18, 6) NOT NULL, -- For each hour connected after the last energy, beyond the grace time.
    idle_grace_s INTEGER NOT NULL, -- Grace time, s.
    valid_from TIMESTAMPTZ, -- Start of its validity; NULL: since ever.
    recorded_at TIMESTAMPTZ NOT NULL -- When Ampherd first used it.
);

-- What the site pays for energy and power; versions are never changed. Key: site_id, version.
-- Filled by: the configuration, when prices are used for the first time.
CREATE TABLE site_tariff (
    site_id VARCHAR NOT NULL, -- Site that pays.
    version INTEGER NOT NULL, -- Counts up with every change.
    currency VARCHAR NOT NULL, -- ISO 4217.
    energy VARCHAR NOT NULL, -- Energy price in words.
    feed_in_per_kwh DECIMAL(18, 6) NOT NULL, -- Paid to the site for each kWh it feeds in.
    demand_charge_per_kw DECIMAL(18, 6) NOT NULL, -- For the month's highest 15-minute mean of grid import.
    recorded_at TIMESTAMPTZ NOT NULL -- When Ampherd first used it.
);

-- Sessions ----------------------------------------------------------------------------------

-- Charging sessions: one car at one connector under one transaction. Key: session_id.
-- Filled by: StartTransaction, StopTransaction, TransactionEvent, MeterValues; imports.
CREATE TABLE session (
    session_id VARCHAR NOT NULL, -- Hash of site, connector, token, start time and start register: unique over servers.
    site_id VARCHAR NOT NULL, -- Site.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector of the charger.
    id_token VARCHAR NOT NULL, -- What the driver presented.
    token_status VARCHAR, -- What the charger was answered about the token; NULL for imported sessions.
    transaction_id BIGINT, -- Number that the charger was given; NULL for imported sessions.
    started_at TIMESTAMPTZ NOT NULL, -- By the charger's clock.
    ended_at TIMESTAMPTZ, -- By the charger's clock; NULL while it runs.
    meter_start_wh BIGINT NOT NULL, -- Register at the start as the charger sent it, Wh.
    meter_stop_wh BIGINT, -- Register at the end as the charger sent it, Wh.
    energy_wh DOUBLE NOT NULL, -- Energy delivered so far after the corrections in `findings`, Wh; never negative.
    last_energy_at TIMESTAMPTZ, -- When the last energy flowed, as far as metered.
    stop_reason VARCHAR, -- OCPP reason; NULL while it runs.
    asked_wh DOUBLE, -- Energy that the driver or the site's default wants, Wh.
    departure TIMESTAMPTZ, -- When the car is expected to leave.
    need_stated BOOLEAN, -- False when the site's default stands in for the driver.
    tariff_id VARCHAR, -- Tariff that was valid at the start.
    tariff_version INTEGER, -- Its version.
    source VARCHAR NOT NULL, -- `ocpp`, or the importer's name.
    trust VARCHAR NOT NULL, -- `metered`, `repaired` (corrected by a rule), `doubtful` (needs a person), `assumed` (course not metered).
    findings VARCHAR NOT NULL -- What was odd and what was done, one per line.
);

-- Energy of sessions on the 15-minute grid; sums to session.energy_wh. Key: session_id, slot_start.
-- Filled by: the readings of a session, from time to time while it runs, when it ends, and when it is corrected; imports.
CREATE TABLE session_interval (
    site_id VARCHAR NOT NULL, -- Site.
    session_id VARCHAR NOT NULL, -- Session.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector of the charger.
    slot_start TIMESTAMPTZ NOT NULL, -- Start of the quarter of an hour.
    energy_wh DOUBLE NOT NULL, -- Energy in the slot, whole Wh but for the last slot of the session with energy.
    connected_s DOUBLE NOT NULL, -- Seconds of the slot in which the session ran.
    charging_s DOUBLE NOT NULL, -- Seconds of them in which energy flowed.
    price_per_kwh DECIMAL(18, 6), -- What the site paid for a kWh of grid import in this slot; NULL: not known.
    feed_in_per_kwh DECIMAL(18, 6), -- What the site would have got for a kWh fed in.
    assumed BOOLEAN NOT NULL, -- True when the course over time was not metered.
    provisional BOOLEAN NOT NULL -- True while the session runs.
);

-- Bills of sessions, with the rule that made each line. Key: session_id, line.
-- Filled by: the tariff of a session, together with session_interval; imports.
CREATE TABLE cost_line (
    site_id VARCHAR NOT NULL, -- Site.
    session_id VARCHAR NOT NULL, -- Session.
    line INTEGER NOT NULL, -- Counts from 1 within the session.
    kind VARCHAR NOT NULL, -- `ENERGY`, `FLAT` or `PARKING_TIME` (OCPI 2.2.1).
    quantity DECIMAL(18, 6) NOT NULL, -- How much, in `unit`.
    unit VARCHAR NOT NULL, -- `kWh`, `session` or `h`.
    unit_price DECIMAL(18, 6) NOT NULL, -- For one unit.
    amount DECIMAL(18, 2) NOT NULL, -- Rounded to cents, halves up.
    currency VARCHAR NOT NULL, -- ISO 4217.
    tariff_id VARCHAR NOT NULL, -- Tariff.
    tariff_version INTEGER NOT NULL, -- Its version.
    rule VARCHAR NOT NULL, -- The formula in words, with its numbers.
    provisional BOOLEAN NOT NULL -- True while the session runs.
);

-- What drivers said they need, every time they said it. Key: session_id, stated_at.
-- Filled by: the HTTP API and the dashboards, when somebody states a need.
CREATE TABLE driver_need (
    site_id VARCHAR NOT NULL, -- Site.
    session_id VARCHAR NOT NULL, -- Session.
    stated_at TIMESTAMPTZ NOT NULL, -- When.
    energy_wh DOUBLE NOT NULL, -- Wanted over the whole session, Wh.
    departure TIMESTAMPTZ NOT NULL, -- When the car leaves.
    stated BOOLEAN NOT NULL -- False when the site's default stands in for the driver.
);

-- Payments for sessions. Key: payment_id.
-- Filled by: nothing yet.
CREATE TABLE payment (
    payment_id VARCHAR NOT NULL, -- Key, unique over servers.
    site_id VARCHAR NOT NULL, -- Site.
    session_id VARCHAR, -- Session that was paid for.
    paid_at TIMESTAMPTZ NOT NULL, -- When.
    amount DECIMAL(18, 2) NOT NULL, -- How much.
    currency VARCHAR NOT NULL, -- ISO 4217.
    state VARCHAR NOT NULL, -- `authorized`, `captured`, `refunded` or `failed`.
    reference VARCHAR -- The provider's own number.
);

-- What chargers said -------------------------------------------------------------------------

-- Every OCPP exchange as it was on the wire; all tables derived from messages can be rebuilt from it. Key: site_id, seq.
-- Filled by: every message of both directions.
CREATE TABLE ocpp_message (
    site_id VARCHAR NOT NULL, -- Site.
    seq BIGINT NOT NULL, -- Order in which this server stored its messages.
    message_at TIMESTAMPTZ NOT NULL, -- When we received the CALL, or sent ours.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    direction VARCHAR NOT NULL, -- Who sent the CALL: `from-charger` or `to-charger`.
    message_id VARCHAR NOT NULL, -- The CALL's own id.
    action VARCHAR NOT NULL, -- OCPP action; empty when the frame could not be read that far.
    ocpp_version VARCHAR NOT NULL, -- Subprotocol of the link.
    frame VARCHAR NOT NULL, -- The CALL.
    answer VARCHAR, -- The answer; NULL when there was none.
    outcome VARCHAR NOT NULL, -- `answered`, `refused`, `sent`, `timed-out`, `link-lost` or `unreadable`.
    session_id VARCHAR, -- Session that it belongs to.
    findings VARCHAR NOT NULL -- What was odd, one per line; the message was taken all the same.
);

-- Sampled values. Key: charge_point_id, connector_id, taken_at, measurand, phase, location, context.
CREATE TABLE meter_sample (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0 is the charger's main meter.
    session_id VARCHAR, -- Session that ran at that time.
    taken_at TIMESTAMPTZ NOT NULL, -- By the charger's clock.
    measurand VARCHAR NOT NULL, -- OCPP name, e.g. `Energy.Active.Import.Register`.
    phase VARCHAR NOT NULL, -- `L1`, `L2` or `L3`; empty: the sum, or a quantity without phase.
    location VARCHAR NOT NULL, -- Where it was measured, e.g. `Outlet`.
    context VARCHAR NOT NULL, -- Why it was taken, e.g. `Sample.Periodic`.
    value DOUBLE NOT NULL, -- In `unit`.
    unit VARCHAR NOT NULL, -- Wh, W, A, V, Percent, Hz, Celsius or Unknown.
    doubt VARCHAR NOT NULL, -- Why it should not be trusted blindly; empty when nothing was odd.
    raw_value VARCHAR NOT NULL -- As the charger wrote it, when it was corrected or not understood.
);

-- States of connectors and chargers. Key: charge_point_id, connector_id, changed_at, status, error_code.
-- Filled by: StatusNotification, NotifyEvent.
CREATE TABLE status (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0 is the charger as a whole.
    changed_at TIMESTAMPTZ NOT NULL, -- By the charger's clock, else when we received it.
    received_at TIMESTAMPTZ NOT NULL, -- When we received it.
    status VARCHAR NOT NULL, -- OCPP connector status.
    error_code VARCHAR NOT NULL, -- OCPP error code; `NoError`.
    info VARCHAR NOT NULL, -- The charger's own words.
    vendor_error_code VARCHAR NOT NULL -- The vendor's own code.
);

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
    session_id VARCHAR -- Session that it belongs to.
);

-- What needed a person. Key: alarm_id.
-- Filled by: the running server, which looks every minute at what needs a person.
CREATE TABLE alarm (
    site_id VARCHAR NOT NULL, -- Site.
    alarm_id VARCHAR NOT NULL, -- Key, unique over servers.
    raised_at TIMESTAMPTZ NOT NULL, -- When it came on.
    cleared_at TIMESTAMPTZ, -- When it went off; NULL while on.
    kind VARCHAR NOT NULL, -- Short name, e.g. `over-limit`.
    subject VARCHAR NOT NULL, -- Connector, charger or circuit.
    words VARCHAR NOT NULL -- One sentence.
);

-- Site, prices, plans --------------------------------------------------------------------------

-- Power of the site over time. Key: site_id, starts_at, source.
-- Filled by: the server, with each reading of its meters; imports.
CREATE TABLE site_load (
    site_id VARCHAR NOT NULL, -- Site.
    starts_at TIMESTAMPTZ NOT NULL, -- Start of the time for which the values hold.
    step_s DOUBLE NOT NULL, -- How long they hold, s.
    building_w DOUBLE, -- Building's own load, W; NULL: not known.
    pv_w DOUBLE, -- PV production, W.
    charging_w DOUBLE, -- Power of all chargers, W.
    site_w DOUBLE, -- Grid import: chargers + building - PV, W; negative when feeding in.
    limit_w DOUBLE, -- Limit of the grid connection in force, W.
    source VARCHAR NOT NULL -- `measured`, or the importer's name.
);

-- Prices over time. Key: site_id, kind, starts_at.
-- Filled by: the server, from its price source; imports.
CREATE TABLE price (
    site_id VARCHAR NOT NULL, -- Site.
    kind VARCHAR NOT NULL, -- `energy` (of grid import, fees included), `feed-in`, or `market` (day-ahead, as imported).
    starts_at TIMESTAMPTZ NOT NULL, -- Start of its validity.
    step_s INTEGER NOT NULL, -- How long it holds, s.
    value_per_kwh DECIMAL(18, 6) NOT NULL, -- In `currency`; may be negative.
    currency VARCHAR NOT NULL, -- ISO 4217.
    source VARCHAR NOT NULL -- Where it comes from.
);

-- Plans made. Key: plan_id.
-- Filled by: the planner, with each plan.
CREATE TABLE plan (
    site_id VARCHAR NOT NULL, -- Site.
    plan_id VARCHAR NOT NULL, -- Key, unique over servers.
    made_at TIMESTAMPTZ NOT NULL, -- When.
    horizon_end TIMESTAMPTZ NOT NULL, -- End of its last slot.
    outcome VARCHAR NOT NULL, -- `optimal`, `feasible` or `fallback`.
    why VARCHAR NOT NULL, -- Reason of a fallback, else empty.
    gap DOUBLE, -- Relative distance to the bound.
    cost DOUBLE NOT NULL, -- Energy and demand cost that charging causes over the horizon, in the site's currency.
    bound DOUBLE, -- Objective that no plan can beat; NULL: not known.
    objective DOUBLE, -- Objective of the plan; NULL: none.
    solve_s DOUBLE NOT NULL, -- Time to solve, s.
    engine VARCHAR NOT NULL, -- What made it.
    sessions INTEGER NOT NULL, -- Number of sessions planned.
    unmet_wh DOUBLE NOT NULL, -- Energy that sessions will leave without, Wh.
    unmet_words VARCHAR NOT NULL -- Why, a sentence for each session, one per line.
);

-- Orders of plans by connector; equal neighbouring slots are one row. Key: plan_id, charge_point_id, connector_id, slot_start.
-- Filled by: the planner, with each plan.
CREATE TABLE plan_slot (
    plan_id VARCHAR NOT NULL, -- Plan.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector.
    session_id VARCHAR NOT NULL, -- Session.
    slot_start TIMESTAMPTZ NOT NULL, -- Start.
    slot_end TIMESTAMPTZ NOT NULL, -- End.
    current_a DOUBLE NOT NULL, -- Order, A on each phase.
    power_w DOUBLE NOT NULL, -- What that means in power, W.
    reason VARCHAR NOT NULL, -- Why it is not higher: `car`, `circuit`, `price`, `peak`, …
    words VARCHAR NOT NULL, -- The reason as a sentence.
    binding_circuit VARCHAR -- Circuit that binds, when one does.
);

-- Plans for the site as a whole. Key: plan_id, slot_start.
-- Filled by: the planner, with each plan.
CREATE TABLE plan_site (
    plan_id VARCHAR NOT NULL, -- Plan.
    slot_start TIMESTAMPTZ NOT NULL, -- Start.
    slot_end TIMESTAMPTZ NOT NULL, -- End.
    site_w DOUBLE NOT NULL, -- Planned grid import, W.
    charging_w DOUBLE NOT NULL, -- Planned charging power, W.
    building_w DOUBLE NOT NULL, -- Expected building load, W.
    pv_w DOUBLE NOT NULL, -- Expected PV, W.
    price_per_kwh DOUBLE NOT NULL -- Price that was planned with.
);

-- Results of whole days. Key: site_id, day.
-- Filled by: the demo, after its day.
CREATE TABLE day_result (
    site_id VARCHAR NOT NULL, -- Site.
    day DATE NOT NULL, -- Day in the site's zone.
    sessions INTEGER NOT NULL, -- Sessions that ended.
    energy_asked_wh DOUBLE NOT NULL, -- Energy wanted, Wh.
    energy_feasible_wh DOUBLE NOT NULL, -- Energy that limits and stays allowed at best, Wh.
    energy_delivered_wh DOUBLE NOT NULL, -- Energy delivered, Wh.
    peak_w DOUBLE NOT NULL, -- Highest 15-minute mean of grid import, W.
    limit_w DOUBLE NOT NULL, -- Limit of the grid connection, W.
    seconds_above_limit DOUBLE NOT NULL, -- Time that measured site power was above it, s.
    energy_cost DECIMAL(18, 2) NOT NULL, -- What the charged energy cost the site.
    energy_cost_unmanaged DECIMAL(18, 2) NOT NULL, -- What it would have cost had every car charged at once.
    demand_charge DECIMAL(18, 2) NOT NULL, -- Demand charge that the day's peak would cause over the month.
    demand_charge_unmanaged DECIMAL(18, 2) NOT NULL, -- The same unmanaged.
    revenue DECIMAL(18, 2) NOT NULL, -- What drivers were billed.
    currency VARCHAR NOT NULL -- ISO 4217.
);

-- Imports ------------------------------------------------------------------------------------

-- Files that were imported. Key: import_id.
-- Filled by: imports.
CREATE TABLE import_run (
    import_id VARCHAR NOT NULL, -- Key, unique over servers.
    site_id VARCHAR NOT NULL, -- Site.
    importer VARCHAR NOT NULL, -- Which importer.
    file_name VARCHAR NOT NULL, -- Name of the file, without its folder.
    started_at TIMESTAMPTZ NOT NULL, -- When.
    timezone VARCHAR, -- Zone that times without one were read in.
    rows_read BIGINT NOT NULL, -- Rows of the file.
    rows_imported BIGINT NOT NULL, -- Rows that became something new.
    rows_known BIGINT NOT NULL, -- Rows that were there before.
    rows_rejected BIGINT NOT NULL -- Rows that could not be used.
);

-- Rows of imported files that could not be used. Key: import_id, line.
-- Filled by: imports.
CREATE TABLE rejected_row (
    import_id VARCHAR NOT NULL, -- Import.
    line BIGINT NOT NULL, -- Line of the file; the first row of a Parquet file is 1.
    reason VARCHAR NOT NULL, -- Why.
    content VARCHAR NOT NULL -- The row as it was.
);

-- Views: numbers that several questions share ---------------------------------------------------

CREATE VIEW site_slot AS -- Power of the site in each quarter of an hour: means, W; measured values before imported ones. Key: site_id, slot_start.
-- site_id: Site.
-- slot_start: Start of the quarter of an hour.
-- building_w: Mean of the building's own load, W; NULL: not known.
-- pv_w: Mean of PV production, W; NULL: not known.
-- charging_w: Mean power of all chargers, W: as recorded, else that of the sessions' grid.
-- site_w: Mean grid import, W: as recorded, else chargers + building - PV; negative when feeding in.
-- site_peak_w: Highest recorded grid import, W; NULL: none was recorded.
-- limit_w: Lowest limit of the grid connection that was in force, W.
WITH load AS (
    SELECT
        site_id,
        time_bucket(INTERVAL 15 MINUTES, starts_at) AS slot_start,
        coalesce(
            sum(building_w * step_s) FILTER (source = 'measured')
                / sum(step_s) FILTER (source = 'measured' AND building_w IS NOT NULL),
            sum(building_w * step_s) / sum(step_s) FILTER (building_w IS NOT NULL)
        ) AS building_w,
        coalesce(
            sum(pv_w * step_s) FILTER (source = 'measured')
                / sum(step_s) FILTER (source = 'measured' AND pv_w IS NOT NULL),
            sum(pv_w * step_s) / sum(step_s) FILTER (pv_w IS NOT NULL)
        ) AS pv_w,
        sum(charging_w * step_s) / sum(step_s) FILTER (charging_w IS NOT NULL) AS charging_w,
        sum(site_w * step_s) / sum(step_s) FILTER (site_w IS NOT NULL) AS site_w,
        max(site_w) AS site_peak_w,
        min(limit_w) AS limit_w
    FROM site_load
    GROUP BY ALL
),
charging AS (
    SELECT site_id, slot_start, sum(energy_wh) * 4 AS charging_w
    FROM session_interval
    GROUP BY ALL
)
SELECT
    site_id,
    slot_start,
    load.building_w,
    load.pv_w,
    coalesce(load.charging_w, charging.charging_w, 0) AS charging_w,
    coalesce(
        load.site_w, coalesce(charging.charging_w, 0) + load.building_w - coalesce(load.pv_w, 0)
    ) AS site_w,
    load.site_peak_w,
    load.limit_w
FROM load
FULL JOIN charging USING (site_id, slot_start);

CREATE VIEW interval_cost AS -- session_interval with its energy cost: PV left over by the building at the feed-in price, the rest at the price of grid import. Key: session_id, slot_start.
-- *: session_interval
-- pv_share: Part of its energy that came from PV left over by the building, 0 to 1.
-- energy_cost: What its energy cost the site, in the site's currency; NULL: a price is not known.
WITH shared AS (
    SELECT site_id, slot_start, sum(energy_wh) * 4 AS charging_w
    FROM session_interval
    GROUP BY ALL
),
surplus AS (
    SELECT site_id, slot_start, greatest(pv_w - building_w, 0) AS surplus_w
    FROM site_slot
    WHERE pv_w > 0 AND building_w IS NOT NULL
),
priced AS (
    SELECT
        interval_of.*,
        CASE
            WHEN shared.charging_w > 0
                THEN least(1, coalesce(surplus.surplus_w, 0) / shared.charging_w)
            ELSE 0
        END AS pv_share
    FROM session_interval AS interval_of
    JOIN shared USING (site_id, slot_start)
    LEFT JOIN surplus USING (site_id, slot_start)
)
SELECT
    *,
    energy_wh / 1000
        * ((1 - pv_share) * price_per_kwh + pv_share * coalesce(feed_in_per_kwh, 0)) AS energy_cost
FROM priced;
