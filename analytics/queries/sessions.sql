-- Question: which sessions were connected at some time of the period, or what is this session?
-- Parameters: start, end (instants, half-open); connector, charge_point_id (each or NULL: all);
--     session_id, transaction_id (or NULL: by period); limit (rows)
-- Units: _kwh kWh, _h hours, money in `currency`
WITH chosen AS (
    SELECT *, charge_point_id || '/' || connector_id AS connector
    FROM session
    WHERE
        CASE
            WHEN $session_id IS NOT NULL THEN session_id = $session_id
            WHEN $transaction_id IS NOT NULL THEN transaction_id = $transaction_id
            ELSE started_at < $end AND coalesce(ended_at >= $start, true)
        END
        AND ($connector IS NULL OR charge_point_id || '/' || connector_id = $connector)
        AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    ORDER BY started_at DESC, session_id
    LIMIT $limit
),
bounds AS (
    SELECT
        time_bucket(INTERVAL 15 MINUTES, min(started_at)) AS first_at,
        max(coalesce(ended_at, $end)) AS last_at
    FROM chosen
),
-- Within bounds of time, so that other years are not read.
interval_of AS (
    SELECT *
    FROM session_interval
    WHERE
        slot_start >= (SELECT first_at FROM bounds)
        AND slot_start <= (SELECT last_at FROM bounds)
),
load_of AS (
    SELECT *
    FROM site_load
    WHERE
        starts_at >= (SELECT first_at FROM bounds)
        AND starts_at <= (SELECT last_at FROM bounds)
),
-- include: pv_shares,
energy AS (
    SELECT
        session_id,
        sum(connected_s) / 3600 AS connected_h,
        sum(charging_s) / 3600 AS charging_h,
        -- include: energy_cost
        AS energy_cost
    FROM interval_of
    JOIN shares USING (slot_start)
    WHERE session_id IN (SELECT session_id FROM chosen)
    GROUP BY session_id
),
-- include: bills(of: chosen),
-- Of the days and chargers that are asked for.
clock_day AS (
    SELECT DISTINCT charge_point_id, time_bucket(INTERVAL 24 HOURS, started_at) AS day
    FROM chosen
    WHERE source = 'ocpp'
),
clock_span AS (
    SELECT min(day) AS first_at, max(day) + INTERVAL 1 DAY AS last_at
    FROM clock_day
),
-- include: clock_stamps(since: (SELECT first_at FROM clock_span); until: (SELECT last_at FROM clock_span); only: SEMI JOIN clock_day USING (charge_point_id, day)),
clock AS (
    SELECT charge_point_id, day, median(ahead_s) AS ahead_s
    FROM freshest
    GROUP BY charge_point_id, day
    HAVING count(*) >= 3
)
SELECT
    chosen.session_id,
    chosen.connector,
    repeat('*', greatest(length(chosen.id_token) - 4, 0)::BIGINT)
        || right(chosen.id_token, 4) AS id_token,
    chosen.started_at,
    chosen.ended_at,
    energy.connected_h,
    energy.charging_h,
    chosen.energy_wh / 1000 AS energy_kwh,
    chosen.asked_wh / 1000 AS asked_kwh,
    chosen.departure,
    chosen.need_stated,
    chosen.stop_reason,
    coalesce(bill.revenue, 0) AS revenue,
    coalesce(bill.vat, 0) AS vat,
    energy.energy_cost,
    coalesce(bill.revenue, 0) - energy.energy_cost AS margin,
    coalesce(bill.currency, site.currency) AS currency,
    chosen.tariff_id || ' v' || chosen.tariff_version AS tariff,
    chosen.source,
    chosen.trust,
    chosen.findings,
    chosen.transaction_id,
    chosen.station_transaction_id,
    chosen.ocpp_version,
    chosen.adopted,
    clock.ahead_s AS clock_ahead_s,
    chosen.started_at - to_microseconds((coalesce(clock.ahead_s, 0) * 1e6)::BIGINT)
        AS started_at_corrected,
    chosen.ended_at - to_microseconds((coalesce(clock.ahead_s, 0) * 1e6)::BIGINT)
        AS ended_at_corrected
FROM chosen
CROSS JOIN site
LEFT JOIN energy USING (session_id)
LEFT JOIN bill USING (session_id)
LEFT JOIN clock
    ON
        chosen.source = 'ocpp'
        AND chosen.charge_point_id = clock.charge_point_id
        AND time_bucket(INTERVAL 24 HOURS, chosen.started_at) = clock.day
ORDER BY chosen.started_at DESC, chosen.session_id
