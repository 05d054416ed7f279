-- Question: what was said between chargers and us?
-- Parameters: start, end (instants, half-open); charge_point_id, action, outcome, session_id (each
--     or NULL: all); limit (rows)
-- Units: none
SELECT
    message_at AS "at",
    charge_point_id,
    direction,
    action,
    message_id,
    outcome,
    findings,
    session_id,
    frame,
    answer,
    ocpp_version
FROM ocpp_message
WHERE
    message_at >= $start
    AND message_at < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND ($action IS NULL OR action = $action)
    AND ($outcome IS NULL OR outcome = $outcome)
    AND ($session_id IS NULL OR session_id = $session_id)
ORDER BY seq DESC
LIMIT $limit
