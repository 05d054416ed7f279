-- Question: how much energy was charged in each period, and for how long were cars connected?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector, driver, tariff); days_from, days_until
--     (instants, half-open; as many whole days as `days` are read from charging_day; equal: none)
-- Units: _kwh kWh, _h hours, _kg kg; peak_charging_kw kW, highest 15-minute mean
WITH
-- begin: anew
-- include: intervals,
-- include: charging_sums,
-- end: anew
-- include: rolled,
-- begin: anew
-- The grid of a session has no gap: who is there after the days was there in their last quarter.
stayed AS (
    SELECT DISTINCT session_id, true AS stayed
    FROM session_interval
    WHERE
        $days_from < $days_until
        AND slot_start = $days_until - INTERVAL 15 MINUTES
),
counted AS (
    SELECT
        period_start,
        subject,
        count(DISTINCT session_id) FILTER (
            NOT later
            OR stayed IS NULL
            OR greatest(period_start, $start) >= $days_until
        ) AS sessions
    FROM intervals
    JOIN slots USING (slot_start)
    LEFT JOIN stayed USING (session_id)
    GROUP BY ALL
),
-- end: anew
summed AS (
    -- begin: anew
    SELECT
        period_start,
        subject,
        sessions,
        charged.* EXCLUDE (period_start, subject)
    FROM charged
    JOIN counted USING (period_start, subject)
    UNION ALL
    -- end: anew
    SELECT
        rolled.period_start,
        subject,
        sessions_begun
            + CASE
                WHEN rolled.starts_at = greatest(rolled.period_start, $start) THEN sessions_carried
                ELSE 0
            END AS sessions,
        energy_wh,
        peak_wh,
        peak_at,
        connected_s,
        charging_s,
        co2_kg,
        co2_known_wh,
        assumed_wh,
        false AS provisional
    FROM charging_day
    JOIN rolled USING (day)
    WHERE split = $split AND day <= (SELECT max(day) FROM rolled)
),
total AS (
    SELECT
        period_start,
        subject,
        sum(sessions)::BIGINT AS sessions,
        sum(energy_wh) / 1000 AS energy_kwh,
        max(peak_wh) * 4 / 1000 AS peak_charging_kw,
        arg_max(peak_at, row(peak_wh, -epoch(peak_at))) FILTER (peak_at IS NOT NULL)
            AS peak_charging_at,
        sum(connected_s) / 3600 AS connected_h,
        sum(charging_s) / 3600 AS charging_h,
        sum(connected_s) / 3600 - sum(charging_s) / 3600 AS idle_h,
        sum(co2_kg) AS co2_kg,
        sum(co2_known_wh) / nullif(sum(energy_wh), 0) AS co2_known_share,
        sum(assumed_wh) / 1000 AS assumed_kwh,
        bool_or(provisional) AS provisional
    FROM summed
    WHERE (SELECT count(*) FROM rolled) = $days
    GROUP BY period_start, subject
),
-- include: called
SELECT
    period_start,
    coalesce(called.driver, subject) AS subject,
    total.* EXCLUDE (period_start, subject)
FROM total
LEFT JOIN called ON total.subject = called.person
ORDER BY period_start, subject
