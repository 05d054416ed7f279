-- Question: which faults came up in the period, and how long did they last?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector; others have none)
-- Units: clear_h hours, missing while the fault is on
WITH faulty AS (
    SELECT DISTINCT charge_point_id, connector_id
    FROM status
    WHERE
        status = 'Faulted'
        AND received_at >= $start - INTERVAL 1 DAY
        AND received_at < $end + INTERVAL 1 DAY
),
told AS (
    SELECT
        charge_point_id,
        connector_id,
        status,
        error_code,
        vendor_error_code,
        info,
        received_at,
        -- The charger's clock, unless it cannot be right.
        CASE
            WHEN epoch_us(received_at) - epoch_us(changed_at) BETWEEN 0 AND 86400000000
                THEN changed_at
            ELSE received_at
        END AS seen_at
    FROM status
    SEMI JOIN faulty USING (charge_point_id, connector_id)
    WHERE received_at >= $start - INTERVAL 31 DAYS
),
changes AS (
    SELECT *
    FROM told
    QUALIFY
        (status = 'Faulted') IS DISTINCT FROM (
            lag(status) OVER (
                PARTITION BY charge_point_id, connector_id ORDER BY seen_at, received_at
            ) = 'Faulted'
        )
),
episodes AS (
    SELECT
        *,
        lead(seen_at) OVER (
            PARTITION BY charge_point_id, connector_id ORDER BY seen_at, received_at
        ) AS cleared_at
    FROM changes
),
placed AS (
    SELECT
        *,
        seen_at AS placed_at,
        timezone($timezone, seen_at) AS local,
        CASE $split
            WHEN 'site' THEN 'all'
            WHEN 'charger' THEN charge_point_id
            ELSE charge_point_id || '/' || connector_id
        END AS subject
    FROM episodes
    WHERE
        status = 'Faulted'
        AND seen_at >= $start
        AND seen_at < $end
        AND $split IN ('site', 'charger', 'connector')
)
SELECT
        -- include: period(at: placed_at)
        AS period_start,
    subject,
    seen_at AS fault_at,
    cleared_at,
    (epoch(cleared_at) - epoch(seen_at)) / 3600 AS clear_h,
    charge_point_id || '/' || connector_id AS connector,
    error_code,
    vendor_error_code,
    info
FROM placed
ORDER BY fault_at DESC, connector
