-- Question: what was said between chargers and us? A message of ours that has ended is one row, how
--     it ended; while it waits for its answer it is there as `sent`.
-- Parameters: start, end (instants, half-open); charge_point_id, action, outcome, direction,
--     session_id (each or NULL: all); text (part of frame, answer or findings, or NULL); odd (only
--     those with findings); before, after (numbers of messages that are not wanted any more, or
--     NULL); limit (rows)
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
    ocpp_version,
    seq
FROM ocpp_message_all
WHERE
    message_at >= $start
    AND message_at < $end
    AND (
        outcome <> 'sent'
        OR message_id NOT IN (
            SELECT message_id
            FROM ocpp_message_all
            WHERE
                message_at >= $start
                AND message_at < $end
                AND direction = 'to-charger'
                AND outcome <> 'sent'
        )
    )
    AND ($before IS NULL OR seq < $before)
    AND ($after IS NULL OR seq > $after)
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND ($action IS NULL OR action = $action)
    AND ($outcome IS NULL OR outcome = $outcome)
    AND ($direction IS NULL OR direction = $direction)
    AND ($session_id IS NULL OR session_id = $session_id)
    AND (NOT $odd OR findings <> '')
    AND (
        $text IS NULL
        OR contains(lower(frame), lower($text))
        OR contains(lower(coalesce(answer, '')), lower($text))
        OR contains(lower(findings), lower($text))
    )
ORDER BY CASE WHEN $after IS NULL THEN -seq ELSE seq END
LIMIT $limit
