-- Question: which tokens are on a charger's local list, as it accepted them?
-- Parameters: charge_point_id
-- Units: none
SELECT
    repeat('*', greatest(length(entry.id_token) - 4, 0)::BIGINT)
        || right(entry.id_token, 4) AS id_token,
    entry.status,
    entry.expires_at,
    entry.version,
    entry.changed_at
FROM local_list_entry AS entry
JOIN local_list USING (charge_point_id)
WHERE
    entry.charge_point_id = $charge_point_id
    AND entry.status IS NOT NULL
    AND (local_list.full_at IS NULL OR entry.changed_at >= local_list.full_at)
ORDER BY entry.id_token
