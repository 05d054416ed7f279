-- Question: what needed a person during the period?
-- Parameters: start, end (instants, half-open)
-- Units: none
SELECT alarm_id, raised_at, cleared_at, kind, subject, words
FROM alarm
WHERE raised_at < $end AND coalesce(cleared_at >= $start, true)
ORDER BY raised_at DESC, alarm_id
