-- Question: how do chargers stand to what they should be set to?
-- Parameters: charge_point_id (NULL: all), off (true: only what is not set as wanted)
-- Units: those of the settings
SELECT
    charge_point_id,
    name,
    wanted,
    found,
    state,
    words,
    source,
    checked_at
FROM setting_drift
WHERE
    ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND (NOT $off OR state <> 'set')
ORDER BY charge_point_id, name
