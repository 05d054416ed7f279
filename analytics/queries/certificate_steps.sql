-- Question: what was done about certificates in chargers?
-- Parameters: start, end (instants, half-open); charge_point_id (or NULL: all)
-- Units: none
SELECT step_at, charge_point_id, step, used_for, answer, detail, message_id
FROM certificate_step
WHERE
    step_at >= $start
    AND step_at < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
ORDER BY step_at DESC, message_id DESC
