-- Question: which connectors report the limits that they accepted?
-- Parameters: charge_point_id (NULL: all)
-- Units: none
SELECT
    charge_point_id,
    connector_id,
    state,
    words,
    checked_at
FROM default_check
WHERE $charge_point_id IS NULL OR charge_point_id = $charge_point_id
ORDER BY charge_point_id, connector_id
