-- Question: what did chargers answer when asked about transactions (GetTransactionStatus)?
-- Parameters: charge_point_id, session_id (each or NULL: all)
-- Units: none
SELECT asked_at, charge_point_id, transaction_id, session_id, ongoing, messages_in_queue
FROM transaction_status
WHERE
    ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND ($session_id IS NULL OR session_id = $session_id)
ORDER BY asked_at DESC
