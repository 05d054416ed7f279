-- Question: how did the sessions of each period end, and how much of what was asked did they get?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector, driver, tariff)
-- Units: _kwh kWh, _share 0 to 1; sessions_started and sessions_delivered count by
--     the start, the rest by the end
WITH told AS (
    SELECT
        *,
        CASE $split
            WHEN 'site' THEN 'all'
            WHEN 'charger' THEN charge_point_id
            WHEN 'connector' THEN charge_point_id || '/' || connector_id
            WHEN 'driver' THEN token_driver.driver
            ELSE coalesce(tariff_id || ' v' || tariff_version, 'no tariff')
        END AS subject
    FROM session
    LEFT JOIN token_driver ON $split = 'driver' AND lower(session.id_token) = token_driver.token
    WHERE started_at < $end AND coalesce(ended_at >= $start, true)
),
seen AS (
    SELECT
        subject,
        energy_wh,
        asked_wh,
        'start' AS what,
        started_at AS placed_at
    FROM told
    WHERE started_at >= $start
    UNION ALL
    SELECT subject, energy_wh, asked_wh, 'end', ended_at
    FROM told
    WHERE ended_at >= $start AND ended_at < $end
),
placed AS (
    SELECT
        subject,
        energy_wh,
        CASE WHEN asked_wh > 0 THEN asked_wh END AS asked_wh,
        what,
        CASE $by
            WHEN 'quarter_hour'
                THEN placed_at - (local - time_bucket(INTERVAL 15 MINUTES, local))
            -- Counted back from the instant: the hour that a clock change repeats stays two.
            WHEN 'hour' THEN placed_at - (local - date_trunc('hour', local))
            WHEN 'day' THEN timezone($timezone, date_trunc('day', local))
            WHEN 'month' THEN timezone($timezone, date_trunc('month', local))
            ELSE $start
        END AS period_start
    FROM (SELECT *, timezone($timezone, placed_at) AS local FROM seen)
)
SELECT
    period_start,
    subject,
    count(*) FILTER (what = 'start') AS sessions_started,
    count(*) FILTER (what = 'start' AND energy_wh > 0) AS sessions_delivered,
    count(*) FILTER (what = 'end') AS sessions_ended,
    avg(energy_wh) FILTER (what = 'end') / 1000 AS mean_session_kwh,
    sum(asked_wh) FILTER (what = 'end') / 1000 AS asked_kwh,
    sum(least(energy_wh, asked_wh)) FILTER (what = 'end' AND asked_wh IS NOT NULL) / 1000
        AS asked_delivered_kwh,
    sum(least(energy_wh, asked_wh)) FILTER (what = 'end' AND asked_wh IS NOT NULL)
        / sum(asked_wh) FILTER (what = 'end') AS delivered_share,
    avg(least(energy_wh, asked_wh) / asked_wh) FILTER (what = 'end') AS mean_delivered_share
FROM placed
GROUP BY period_start, subject
ORDER BY period_start, subject
