-- Question: what is known of chargers, and why is it believed?
-- Parameters: charge_point_id (NULL: all)
-- Units: in the fact's name
SELECT
    charge_point_id,
    fact,
    value,
    evidence,
    evidence <> 'shared' AS verified,
    vendor,
    model,
    firmware,
    first_at,
    last_at,
    times
FROM charger_finding
WHERE $charge_point_id IS NULL OR charge_point_id = $charge_point_id
ORDER BY charge_point_id, fact
