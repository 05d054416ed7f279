-- Question: how much energy was charged in each period, and for how long were cars connected?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector, driver, tariff)
-- Units: _kwh kWh, _h hours, _kg kg; peak_charging_kw kW, highest 15-minute mean
WITH intervals AS (
    SELECT
        interval_of.*,
        CASE $split
            WHEN 'site' THEN 'all'
            WHEN 'charger' THEN interval_of.charge_point_id
            WHEN 'connector' THEN interval_of.charge_point_id || '/' || interval_of.connector_id
            WHEN 'driver' THEN token_driver.driver
            ELSE coalesce(session.tariff_id || ' v' || session.tariff_version, 'no tariff')
        END AS subject
    FROM session_interval AS interval_of
    LEFT JOIN session
        ON $split IN ('driver', 'tariff') AND interval_of.session_id = session.session_id
    LEFT JOIN token_driver ON $split = 'driver' AND lower(session.id_token) = token_driver.token
    WHERE slot_start >= $start AND slot_start < $end
),
slots AS (
    SELECT
        slot_start,
        CASE $by
            WHEN 'quarter_hour' THEN slot_start
            -- Counted back from the instant: the hour that a clock change repeats stays two.
            WHEN 'hour' THEN slot_start - (local - date_trunc('hour', local))
            WHEN 'day' THEN timezone($timezone, date_trunc('day', local))
            WHEN 'month' THEN timezone($timezone, date_trunc('month', local))
            ELSE $start
        END AS period_start
    FROM (
        SELECT slot_start, timezone($timezone, slot_start) AS local
        FROM (SELECT DISTINCT slot_start FROM intervals)
    )
),
emitted AS (
    SELECT
        to_timestamp(floor(epoch(starts_at) / 900) * 900) AS slot_start,
        sum(kg_per_kwh * step_s) / sum(step_s) AS kg_per_kwh
    FROM emission
    WHERE starts_at >= $start AND starts_at < $end
    GROUP BY 1
),
by_slot AS (
    SELECT
        subject,
        slot_start,
        sum(energy_wh) AS energy_wh,
        sum(connected_s) / 3600 AS connected_h,
        sum(charging_s) / 3600 AS charging_h,
        sum(CASE WHEN assumed THEN energy_wh ELSE 0 END) / 1000 AS assumed_kwh,
        bool_or(provisional) AS provisional
    FROM intervals
    GROUP BY ALL
),
counted AS (
    SELECT period_start, subject, count(DISTINCT session_id) AS sessions
    FROM intervals
    JOIN slots USING (slot_start)
    GROUP BY ALL
),
summed AS (
    SELECT
        period_start,
        subject,
        sum(energy_wh) / 1000 AS energy_kwh,
        max(energy_wh) * 4 / 1000 AS peak_charging_kw,
        arg_max(slot_start, row(energy_wh, -epoch(slot_start))) FILTER (energy_wh > 0)
            AS peak_charging_at,
        sum(connected_h) AS connected_h,
        sum(charging_h) AS charging_h,
        sum(connected_h) - sum(charging_h) AS idle_h,
        sum(energy_wh * kg_per_kwh) / 1000 AS co2_kg,
        sum(CASE WHEN kg_per_kwh IS NOT NULL THEN energy_wh ELSE 0 END)
            / nullif(sum(energy_wh), 0) AS co2_known_share,
        sum(assumed_kwh) AS assumed_kwh,
        bool_or(provisional) AS provisional
    FROM by_slot
    JOIN slots USING (slot_start)
    LEFT JOIN emitted USING (slot_start)
    GROUP BY ALL
)
SELECT
    period_start,
    subject,
    sessions,
    summed.* EXCLUDE (period_start, subject, assumed_kwh, provisional),
    assumed_kwh,
    provisional
FROM summed
JOIN counted USING (period_start, subject)
ORDER BY period_start, subject
