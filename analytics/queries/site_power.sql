-- Question: how much power did the site draw over time?
-- Parameters: start, end (instants, half-open); first, until (the same on the 15-minute grid,
--     rounded up); step_s (s); days_from, days_until (instants, half-open; as many whole days as
--     `days` are read from site_quarter; equal: none)
-- Units: W, means over each step; site_peak_w the highest value within it
WITH
-- include: site_slots(first: $first; until: $until; quarters: true),
fine AS (
    SELECT
        to_timestamp(floor(epoch(starts_at) / $step_s) * $step_s) AS step_start,
        sum(site_w * step_s) / sum(step_s) FILTER (site_w IS NOT NULL) AS site_w,
        max(site_w) AS site_peak_w,
        sum(charging_w * step_s) / sum(step_s) FILTER (charging_w IS NOT NULL) AS charging_w,
        sum(building_w * step_s) / sum(step_s) FILTER (building_w IS NOT NULL) AS building_w,
        sum(pv_w * step_s) / sum(step_s) FILTER (pv_w IS NOT NULL) AS pv_w,
        min(limit_w) AS limit_w
    FROM site_load
    WHERE $step_s % 900 <> 0 AND starts_at >= $start AND starts_at < $end
    GROUP BY step_start
),
coarse AS (
    SELECT
        to_timestamp(floor(epoch(slot_start) / $step_s) * $step_s) AS step_start,
        avg(site_w) AS site_w,
        max(coalesce(site_peak_w, site_w)) AS site_peak_w,
        avg(charging_w) AS charging_w,
        avg(building_w) AS building_w,
        avg(pv_w) AS pv_w,
        min(limit_w) AS limit_w
    FROM site_slots
    WHERE $step_s % 900 = 0
    GROUP BY step_start
)
SELECT step_start AS "at", site_w, site_peak_w, charging_w, building_w, pv_w, limit_w
FROM (SELECT * FROM fine UNION ALL SELECT * FROM coarse)
WHERE (SELECT days FROM rolled) = $days
ORDER BY step_start
