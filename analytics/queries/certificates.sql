-- Question: which root certificates do chargers keep?
-- Parameters: charge_point_id (or NULL: all)
-- Units: none
SELECT
    kept.charge_point_id,
    kept.used_for,
    CASE
        WHEN kept.state = 'installed' AND listed.step_at > kept.changed_at THEN 'gone'
        ELSE kept.state
    END AS state,
    kept.algorithm,
    kept.issuer_name_hash,
    kept.issuer_key_hash,
    kept.serial_number,
    kept.changed_at,
    listed.step_at AS asked_at
FROM certificate AS kept
LEFT JOIN (
    SELECT charge_point_id, used_for, max(step_at) AS step_at
    FROM certificate_step
    WHERE step = 'listed'
    GROUP BY charge_point_id, used_for
) AS listed
    ON
        kept.charge_point_id = listed.charge_point_id
        AND (listed.used_for IS NULL OR listed.used_for = kept.used_for)
WHERE $charge_point_id IS NULL OR kept.charge_point_id = $charge_point_id
QUALIFY row_number() OVER (
    PARTITION BY
        kept.charge_point_id, kept.algorithm, kept.issuer_name_hash, kept.issuer_key_hash,
        kept.serial_number
    ORDER BY listed.step_at DESC NULLS LAST
) = 1
ORDER BY kept.charge_point_id, kept.used_for, kept.serial_number
