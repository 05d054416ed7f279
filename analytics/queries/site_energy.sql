-- Question: how much energy did the site draw in each period, and what was its peak?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; days_from, days_until (instants, half-open; as many whole days as `days` are read
--     from site_quarter; equal: none)
-- Units: _kwh kWh; peak_site_kw kW, highest 15-minute mean of grid import; _share 0 to 1; site_known_h
--     hours for which grid import is known
WITH
-- include: site_slots(first: $start; until: $end; quarters: true),
placed AS (
    SELECT
        *,
        CASE WHEN pv_w IS NOT NULL THEN greatest(building_w + charging_w, 0) END AS used_w,
        -- include: period(at: slot_start)
        AS period_start
    FROM (SELECT *, timezone($timezone, slot_start) AS local FROM site_slots)
)
SELECT
    period_start,
    'all' AS subject,
    sum(greatest(site_w, 0)) / 4000 AS grid_import_kwh,
    sum(building_w) / 4000 AS building_kwh,
    sum(pv_w) / 4000 AS pv_kwh,
    sum(least(used_w, greatest(pv_w, 0))) / nullif(sum(used_w), 0) AS pv_share,
    max(site_w) / 1000 AS peak_site_kw,
    arg_max(slot_start, row(site_w, -epoch(slot_start))) FILTER (site_w IS NOT NULL)
        AS peak_site_at,
    avg(site_w) / nullif(greatest(max(site_w), 0), 0) AS site_load_factor_share,
    count(site_w) / 4 AS site_known_h
FROM placed
WHERE (SELECT days FROM rolled) = $days
GROUP BY period_start
ORDER BY period_start
