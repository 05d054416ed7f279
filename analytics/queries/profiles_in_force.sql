-- Question: which charging profiles do chargers hold, by what they accepted and reported?
-- Parameters: at (instant: profiles whose time is over by then are left out); charge_point_id (or
--     NULL: all)
-- Units: limits in `periods` in `rate_unit` (A on each phase, W in all), _s s
SELECT
    charge_point_id,
    connector_id,
    purpose,
    stack_level,
    profile_id,
    kind,
    recurrency,
    rate_unit,
    schedule_start,
    duration_s,
    periods,
    valid_from,
    valid_to,
    transaction_id,
    source,
    since
FROM profile_in_force
WHERE
    ended_at IS NULL
    AND (valid_to IS NULL OR valid_to > $at)
    AND (
        kind = 'Recurring'
        OR schedule_start IS NULL
        OR duration_s IS NULL
        OR schedule_start + to_seconds(duration_s) > $at
    )
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
ORDER BY charge_point_id, connector_id, purpose, stack_level DESC
