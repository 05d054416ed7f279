-- Question: how much were the connectors used?
-- Parameters: start, end (instants, half-open; cut to the time for which there is data); split
--     (site, connector)
-- Units: _h hours, _share 0 to 1, energy_kwh kWh, max_power_kw kW
WITH known AS (
    SELECT min(first_at) AS first_at, max(last_at) AS last_at
    FROM (
        SELECT min(slot_start) AS first_at, max(slot_start) + INTERVAL 15 MINUTES AS last_at
        FROM session_interval
        UNION ALL
        SELECT min(starts_at), max(starts_at + to_seconds(step_s)) FROM site_load
    )
),
period AS (
    SELECT
        greatest(
            0, epoch(least($end, last_at)) - epoch(greatest($start, first_at))
        ) / 3600 AS period_h
    FROM known
),
used AS (
    SELECT
        charge_point_id,
        connector_id,
        count(DISTINCT session_id) AS sessions,
        sum(connected_s) / 3600 AS connected_h,
        sum(charging_s) / 3600 AS charging_h,
        sum(energy_wh) / 1000 AS energy_kwh
    FROM session_interval
    WHERE slot_start >= $start AND slot_start < $end
    GROUP BY ALL
),
each AS (
    SELECT
        connector.charge_point_id || '/' || connector.connector_id AS name,
        connector.circuit_id,
        connector.max_power_w / 1000 AS max_power_kw,
        period_h,
        coalesce(sessions, 0) AS sessions,
        coalesce(connected_h, 0) AS connected_h,
        coalesce(charging_h, 0) AS charging_h,
        coalesce(energy_kwh, 0) AS energy_kwh
    FROM connector
    CROSS JOIN period
    LEFT JOIN used USING (charge_point_id, connector_id)
    WHERE connector.configured OR used.sessions IS NOT NULL
)
SELECT
    CASE $split WHEN 'connector' THEN name ELSE 'all' END AS connector,
    CASE WHEN count(DISTINCT circuit_id) = 1 THEN any_value(circuit_id) END AS circuit_id,
    sum(max_power_kw) AS max_power_kw,
    any_value(period_h) AS period_h,
    sum(sessions)::BIGINT AS sessions,
    sum(connected_h) AS connected_h,
    sum(charging_h) AS charging_h,
    sum(connected_h) - sum(charging_h) AS idle_h,
    sum(connected_h) / nullif(sum(period_h), 0) AS occupancy_share,
    sum(charging_h) / nullif(sum(period_h), 0) AS charging_share,
    sum(energy_kwh) AS energy_kwh,
    sum(energy_kwh) / nullif(sum(max_power_kw * period_h), 0) AS energy_share
FROM each
GROUP BY 1
ORDER BY 1
