-- Question: what was the highest quarter of an hour of grid import, as far as it was metered?
-- Parameters: start, end (instants, half-open, on the 15-minute grid)
-- Units: peak_w W; NULL where nothing is known. A course of energy that was assumed has no peak.
WITH
load_of AS (
    SELECT * FROM site_load WHERE starts_at >= $start AND starts_at < $end
),
-- include: load_quarters,
charged AS (
    SELECT slot_start, sum(session_interval.energy_wh) * 4 AS charging_w
    FROM session_interval
    JOIN session USING (session_id)
    WHERE slot_start >= $start AND slot_start < $end AND trust <> 'assumed'
    GROUP BY slot_start
)
SELECT
    max(
        coalesce(
            site_w,
            building_w - coalesce(pv_w, 0) + coalesce(load.charging_w, charged.charging_w, 0)
        )
    ) AS peak_w
FROM load
LEFT JOIN charged USING (slot_start)
