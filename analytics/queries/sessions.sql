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
energy AS (
    SELECT
        session_id,
        sum(connected_s) / 3600 AS connected_h,
        sum(charging_s) / 3600 AS charging_h,
        sum(energy_cost) AS energy_cost
    FROM interval_cost
    WHERE session_id IN (SELECT session_id FROM chosen)
    GROUP BY session_id
),
bill AS (
    SELECT
        session_id,
        sum(amount) AS revenue,
        sum(vat_amount) AS vat,
        any_value(currency) AS currency
    FROM cost_line
    WHERE session_id IN (SELECT session_id FROM chosen)
    GROUP BY session_id
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
LEFT JOIN clock_offset AS clock
    ON
        chosen.source = 'ocpp'
        AND clock.minutes >= 3
        AND chosen.charge_point_id = clock.charge_point_id
        AND time_bucket(INTERVAL 1 DAY, chosen.started_at) = clock.day
ORDER BY chosen.started_at DESC, chosen.session_id
