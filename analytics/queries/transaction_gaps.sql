-- Question: which numbered events of transactions never came (OCPP 2.x)?
-- Parameters: start, end (instants, half-open: of the first event); charge_point_id, session_id
--     (each or NULL: all)
-- Units: none
WITH numbered AS (
    SELECT
        session_id,
        charge_point_id,
        min(event_at) AS first_at,
        min(sequence) AS first_sequence,
        max(sequence) AS last_sequence,
        bool_or(kind = 'Started') AS started,
        bool_or(kind = 'Ended') AS ended,
        list(DISTINCT sequence) AS have
    FROM transaction_event
    WHERE
        ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
        AND ($session_id IS NULL OR session_id = $session_id)
    GROUP BY session_id, charge_point_id
),
missing AS (
    SELECT
        *,
        [number FOR number IN range(first_sequence, last_sequence) IF NOT list_contains(have, number)]
            AS numbers
    FROM numbered
    WHERE first_at >= $start AND first_at < $end
)
SELECT
    session_id,
    charge_point_id,
    first_at,
    first_sequence,
    last_sequence,
    started,
    ended,
    len(numbers) AS missing,
    array_to_string(numbers, ', ') AS missing_numbers
FROM missing
WHERE len(numbers) > 0 OR NOT started
ORDER BY first_at DESC, session_id
