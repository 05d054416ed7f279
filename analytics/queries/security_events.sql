-- Question: what did chargers report that concerns security?
-- Parameters: start, end (instants, half-open: of receipt); charge_point_id (or NULL: all)
-- Units: none
SELECT received_at, event_at, charge_point_id, kind, info
FROM security_event
WHERE
    received_at >= $start
    AND received_at < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
ORDER BY received_at DESC, event_at DESC
