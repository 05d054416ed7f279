-- Question: which firmware and log files were ordered, and how far did they get?
-- Parameters: start, end (instants, half-open); charge_point_id, transfer (each or NULL: all)
-- Units: none
SELECT step_at, charge_point_id, transfer, step, status, request_id, detail, message_id
FROM transfer
WHERE
    step_at >= $start
    AND step_at < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND ($transfer IS NULL OR transfer = $transfer)
ORDER BY step_at DESC, message_id DESC
