-- Question: which connectors are or were kept for a token?
-- Parameters: at (instant: what was accepted and is over by then is expired); charge_point_id (or
--     NULL: all)
-- Units: none
SELECT
    charge_point_id,
    reservation_id,
    connector_id,
    repeat('*', greatest(length(id_token) - 4, 0)::BIGINT) || right(id_token, 4) AS id_token,
    CASE WHEN state = 'accepted' AND expires_at <= $at THEN 'expired' ELSE state END AS state,
    answer,
    ordered_at,
    expires_at,
    session_id,
    changed_at
FROM reservation
WHERE $charge_point_id IS NULL OR charge_point_id = $charge_point_id
ORDER BY changed_at DESC, charge_point_id, reservation_id
