-- Question: how are chargers set, as they reported or accepted it?
-- Parameters: charge_point_id, name (each or NULL: all)
-- Units: in the column `unit`, where the charger says one
SELECT
    charge_point_id,
    name,
    attribute,
    value,
    secret,
    readonly,
    data_type,
    unit,
    min_limit,
    max_limit,
    choices,
    reported_at,
    ordered_value,
    order_answer,
    ordered_at
FROM setting
WHERE
    ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND ($name IS NULL OR name = $name)
ORDER BY charge_point_id, name, attribute
