-- Question: what did the charger tell of this transaction, step by step (OCPP 2.x)?
-- Parameters: session_id
-- Units: _a A
SELECT
    sequence,
    kind,
    event_at,
    received_at,
    cause,
    offline,
    state,
    connector_id,
    phase_count,
    cable_max_current_a,
    remote_start_id,
    reservation_id,
    readings,
    operation_mode,
    sequence - lag(sequence) OVER (ORDER BY sequence, kind = 'Ended') - 1 AS missing_before
FROM transaction_event
WHERE session_id = $session_id
ORDER BY sequence, kind = 'Ended'
