-- Question: how many connectors were in use over time?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; days_from, days_until (instants, half-open; as many whole days as `days` are read
--     from site_quarter, and from site_day where `by` is no part of a day; equal: none)
-- Units: connected, charging: mean number of connectors
WITH
-- include: site_slots(first: $start; until: $end; quarters: $by IN ('quarter_hour', 'hour')),
placed AS (
    SELECT
        connected_s,
        charging_s,
        -- include: period(at: slot_start)
        AS period_start
    FROM (
        -- Local time of each slot once, not of each session in it: that is what takes the time.
        SELECT slot_start, connected_s, charging_s, timezone($timezone, slot_start) AS local
        FROM site_slots
        WHERE connected_s IS NOT NULL
        UNION ALL
        SELECT starts_at, connected_s, charging_s, timezone($timezone, starts_at)
        FROM site_day
        WHERE
            starts_at >= $days_from
            AND starts_at < $days_until
            AND connected_s IS NOT NULL
            AND $by NOT IN ('quarter_hour', 'hour')
    )
),
summed AS (
    SELECT
        period_start,
        timezone($timezone, period_start) AS local_start,
        sum(connected_s) AS connected_s,
        sum(charging_s) AS charging_s
    FROM placed
    GROUP BY ALL
),
measured AS (
    SELECT
        *,
        CASE $by
            WHEN 'quarter_hour' THEN 900
            WHEN 'hour' THEN 3600
            WHEN 'day'
                THEN epoch(timezone($timezone, local_start + INTERVAL 1 DAY)) - epoch(period_start)
            WHEN 'month'
                THEN
                    epoch(timezone($timezone, local_start + INTERVAL 1 MONTH))
                    - epoch(period_start)
            ELSE epoch($end) - epoch($start)
        END AS length_s
    FROM summed
)
SELECT
    period_start,
    connected_s / length_s AS connected,
    charging_s / length_s AS charging,
    (SELECT count(*) FROM connector WHERE configured) AS connectors
FROM measured
WHERE (SELECT days FROM rolled) = $days
ORDER BY period_start
