-- Question: how much energy was charged in each period?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, connector)
-- Units: energy_kwh, assumed_kwh kWh; peak_kw kW, highest 15-minute mean
WITH slots AS (
    SELECT
        session_interval.*,
        timezone($timezone, slot_start) AS local,
        CASE $split WHEN 'connector' THEN charge_point_id || '/' || connector_id ELSE 'all' END
            AS connector
    FROM session_interval
    WHERE slot_start >= $start AND slot_start < $end
),
placed AS (
    SELECT
        *,
        CASE $by
            WHEN 'quarter_hour' THEN slot_start
            -- Counted back from the instant: the hour that a clock change repeats stays two.
            WHEN 'hour' THEN slot_start - (local - date_trunc('hour', local))
            WHEN 'day' THEN timezone($timezone, date_trunc('day', local))
            WHEN 'month' THEN timezone($timezone, date_trunc('month', local))
            ELSE $start
        END AS period_start
    FROM slots
),
peaks AS (
    SELECT period_start, connector, max(slot_kw) AS peak_kw
    FROM (
        SELECT period_start, connector, slot_start, sum(energy_wh) * 4 / 1000 AS slot_kw
        FROM placed
        GROUP BY ALL
    )
    GROUP BY ALL
)
SELECT
    period_start,
    connector,
    sum(energy_wh) / 1000 AS energy_kwh,
    any_value(peak_kw) AS peak_kw,
    count(DISTINCT session_id) AS sessions,
    sum(CASE WHEN assumed THEN energy_wh ELSE 0 END) / 1000 AS assumed_kwh,
    bool_or(provisional) AS provisional
FROM placed
JOIN peaks USING (period_start, connector)
GROUP BY period_start, connector
ORDER BY period_start, connector
