-- Question: which limits did others set on chargers, and when were they cleared?
-- Parameters: start, end (instants, half-open: in force at some time between); charge_point_id (or
--     NULL: all)
-- Units: limits in `schedules` behind their unit
SELECT
    charge_point_id, connector_id, source, notified_at, cleared_at, grid_critical, schedules
FROM charging_limit
WHERE
    notified_at < $end
    AND (cleared_at IS NULL OR cleared_at >= $start)
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
ORDER BY notified_at DESC
