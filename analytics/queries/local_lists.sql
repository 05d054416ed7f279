-- Question: which version of the local authorisation list does each charger hold?
-- Parameters: charge_point_id (or NULL: all)
-- Units: none
WITH held AS (
    SELECT entry.charge_point_id, count(*) AS entries
    FROM local_list_entry AS entry
    JOIN local_list USING (charge_point_id)
    WHERE
        entry.status IS NOT NULL
        AND (local_list.full_at IS NULL OR entry.changed_at >= local_list.full_at)
    GROUP BY entry.charge_point_id
)
SELECT
    local_list.charge_point_id,
    local_list.version,
    coalesce(held.entries, 0) AS entries,
    local_list.sent_at,
    local_list.answer,
    local_list.reported_version,
    local_list.reported_at
FROM local_list
LEFT JOIN held USING (charge_point_id)
WHERE $charge_point_id IS NULL OR local_list.charge_point_id = $charge_point_id
ORDER BY local_list.charge_point_id
