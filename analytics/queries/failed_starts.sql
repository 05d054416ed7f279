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
        epoch_us(received_at) AS received_us,
        -- The charger's clock, unless it cannot be right.
        CASE
            WHEN epoch_us(received_at) - epoch_us(changed_at) BETWEEN 0 AND 86400000000
                THEN epoch_us(changed_at)
            ELSE epoch_us(received_at)
        END AS seen_us,
        list_position(
            [
                'Available', 'Reserved', 'Faulted', 'Unavailable', 'Preparing', 'Occupied',
                'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing'
            ],
            status
        ) AS code
    FROM status
    WHERE
        connector_id > 0
        AND received_at >= $start - INTERVAL 2 DAYS
        AND received_at < $end + INTERVAL 2 DAYS
),
-- What each connector told, in order: a list of numbers is sorted in half the time that a window takes.
course AS (
    SELECT
        charge_point_id,
        connector_id,
        list_sort(
            list(struct_pack(seen_us := seen_us, last := received_us * 16 + coalesce(code, 0)))
        ) AS steps
    FROM told
    GROUP BY charge_point_id, connector_id
),
-- A status that was told again is the same one.
changing AS (
    SELECT
        charge_point_id,
        connector_id,
        list_filter(
            steps, lambda step, nth: nth = 1 OR step.last % 16 <> steps[nth - 1].last % 16
        ) AS steps
    FROM course
),
neighbour AS (
    SELECT
        charge_point_id,
        connector_id,
        unnest(steps) AS step,
        unnest(steps[2:]) AS following,
        unnest(list_prepend(NULL, steps)) AS preceding
    FROM changing
),
plugged AS (
    SELECT
        charge_point_id,
        connector_id,
        CASE step.last % 16 WHEN 5 THEN 'Preparing' ELSE 'Occupied' END AS status,
        make_timestamptz(step.seen_us) AS seen_at,
        CASE following.last % 16
            WHEN 1 THEN 'Available' WHEN 3 THEN 'Faulted' ELSE 'Unavailable'
        END AS after,
        make_timestamptz(following.seen_us) AS until
    FROM neighbour
    WHERE
        step.last % 16 IN (5, 6)
        AND following.last % 16 IN (1, 3, 4)
        AND coalesce(preceding.last % 16, 1) IN (1, 2, 3, 4)
),
gone AS (
    SELECT *
    FROM plugged
    WHERE
        seen_at >= $start
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
