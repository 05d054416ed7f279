-- Question: what did the charger meter during one session?
-- Parameters: session_id
-- Units: value in `unit`
SELECT taken_at, measurand, phase, value, unit, context, location, doubt
FROM meter_sample
WHERE
    session_id = $session_id
    AND taken_at >= (SELECT started_at FROM session WHERE session_id = $session_id)
ORDER BY taken_at, measurand, phase
