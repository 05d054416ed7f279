-- Question: which tries to charge came to nothing, and why?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector, driver, tariff); named (boolean: whether
--     `driver` is told; else it is missing but for that split)
-- Units: none; kind: `refused` (the token; again within 5 minutes is the same try), `no-energy`
--     (a session that ended with 0 Wh), `no-session` (a car or token came and went without one)
WITH refusal AS (
    SELECT charge_point_id, NULL AS connector_id, refused_at, id_token, status, NULL AS session_id
    FROM refused_token
    WHERE refused_at >= $start - INTERVAL 1 DAY AND refused_at < $end
    UNION ALL
    SELECT charge_point_id, connector_id, started_at, id_token, token_status, session_id
    FROM session
    WHERE
        started_at >= $start - INTERVAL 1 DAY
        AND started_at < $end
        AND token_status <> 'Accepted'
        AND energy_wh = 0
        AND ended_at IS NOT NULL
),
refused AS (
    SELECT *
    FROM refusal
    QUALIFY
        coalesce(
            refused_at - lag(refused_at) OVER (
                PARTITION BY charge_point_id, lower(id_token) ORDER BY refused_at
            ) > INTERVAL 5 MINUTES,
            true
        )
),
told AS (
    SELECT
        charge_point_id,
        connector_id,
        status,
        received_at,
        -- The charger's clock, unless it cannot be right.
        CASE
            WHEN epoch_us(received_at) - epoch_us(changed_at) BETWEEN 0 AND 86400000000
                THEN changed_at
            ELSE received_at
        END AS seen_at
    FROM status
    WHERE
        connector_id > 0
        AND received_at >= $start - INTERVAL 2 DAYS
        AND received_at < $end + INTERVAL 2 DAYS
),
stepped AS (
    SELECT
        *,
        lag(status) OVER course AS before,
        lead(status) OVER course AS after,
        lead(seen_at) OVER course AS until
    FROM told
    WINDOW course AS (PARTITION BY charge_point_id, connector_id ORDER BY seen_at, received_at)
),
-- Where a status was told again, what comes after it is found among the changes alone.
repeating AS (
    SELECT DISTINCT charge_point_id, connector_id
    FROM stepped
    WHERE status IS NOT DISTINCT FROM after
),
plugged AS (
    SELECT charge_point_id, connector_id, status, seen_at, before, after, until
    FROM stepped
    ANTI JOIN repeating USING (charge_point_id, connector_id)
    UNION ALL
    SELECT
        charge_point_id,
        connector_id,
        status,
        seen_at,
        lag(status) OVER course,
        lead(status) OVER course,
        lead(seen_at) OVER course
    FROM (
        SELECT charge_point_id, connector_id, status, seen_at, received_at
        FROM stepped
        SEMI JOIN repeating USING (charge_point_id, connector_id)
        WHERE status IS DISTINCT FROM before
    )
    WINDOW course AS (PARTITION BY charge_point_id, connector_id ORDER BY seen_at, received_at)
),
gone AS (
    SELECT *
    FROM plugged
    WHERE
        status IN ('Preparing', 'Occupied')
        AND after IN ('Available', 'Faulted', 'Unavailable')
        AND coalesce(before, 'Available') IN ('Available', 'Reserved', 'Faulted', 'Unavailable')
        AND seen_at >= $start
        AND seen_at < $end
        AND NOT EXISTS (
            SELECT 1
            FROM session
            WHERE
                session.charge_point_id = plugged.charge_point_id
                AND session.connector_id = plugged.connector_id
                AND session.started_at <= plugged.until + INTERVAL 1 MINUTE
                AND coalesce(session.ended_at >= plugged.seen_at - INTERVAL 1 MINUTE, true)
        )
        AND NOT EXISTS (
            SELECT 1
            FROM refusal
            WHERE
                refusal.charge_point_id = plugged.charge_point_id
                AND refusal.refused_at BETWEEN
                plugged.seen_at - INTERVAL 1 MINUTE AND plugged.until + INTERVAL 1 MINUTE
        )
),
failed AS (
    SELECT
        refused_at AS placed_at,
        charge_point_id,
        connector_id,
        'refused' AS kind,
        'the token was refused: ' || status AS reason,
        id_token,
        session_id,
        NULL AS tariff
    FROM refused
    WHERE refused_at >= $start
    UNION ALL
    SELECT
        started_at,
        charge_point_id,
        connector_id,
        'no-energy',
        'the session ended with 0 Wh: ' || coalesce(stop_reason, 'no reason told'),
        id_token,
        session_id,
        tariff_id || ' v' || tariff_version
    FROM session
    WHERE
        started_at >= $start
        AND started_at < $end
        AND ended_at IS NOT NULL
        AND energy_wh = 0
        AND coalesce(token_status = 'Accepted', true)
    UNION ALL
    SELECT
        seen_at,
        charge_point_id,
        connector_id,
        'no-session',
        status || ', then ' || after || ' without a session',
        NULL,
        NULL,
        NULL
    FROM gone
    WHERE $split NOT IN ('driver', 'tariff')
),
placed AS (
    SELECT
        *,
        CASE $split
            WHEN 'site' THEN 'all'
            WHEN 'charger' THEN charge_point_id
            WHEN 'connector'
                THEN coalesce(
                    charge_point_id || '/' || connector_id, charge_point_id || '/not told'
                )
            WHEN 'driver' THEN token_driver.driver
            ELSE coalesce(tariff, 'no tariff')
        END AS subject,
        timezone($timezone, placed_at) AS local
    FROM failed
    LEFT JOIN (
        SELECT token, driver FROM token_driver WHERE $named OR $split = 'driver'
    ) AS token_driver ON lower(failed.id_token) = token_driver.token
)
SELECT
        -- include: period(at: placed_at)
        AS period_start,
    subject,
    placed_at AS failed_at,
    coalesce(charge_point_id || '/' || connector_id, charge_point_id) AS connector,
    kind,
    reason,
    driver,
    session_id
FROM placed
ORDER BY failed_at DESC, connector
