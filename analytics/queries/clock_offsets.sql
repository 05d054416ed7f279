-- Question: how far were chargers' clocks ahead of ours?
-- Parameters: start, end (instants, half-open); charge_point_id (or NULL: all)
-- Units: _s s
SELECT charge_point_id, day, ahead_s, minutes
FROM clock_offset
WHERE
    day >= $start - INTERVAL 1 DAY
    AND day < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
ORDER BY charge_point_id, day
