-- Shared: how far the freshest stamp in each minute was ahead of our clock; as view clock_offset has it, with days as 24 hours, which is 300 times quicker.
stamp AS (
    SELECT
        charge_point_id,
        time_bucket(INTERVAL 24 HOURS, received_at) AS day,
        received_at,
        epoch(changed_at) - epoch(received_at) AS ahead_s
    FROM status
    WHERE changed_at <> received_at AND received_at >= {since} AND received_at < {until}
    UNION ALL
    SELECT
        charge_point_id,
        time_bucket(INTERVAL 24 HOURS, received_at),
        received_at,
        epoch(event_at) - epoch(received_at)
    FROM transaction_event
    WHERE NOT offline AND received_at >= {since} AND received_at < {until}
),
freshest AS (
    SELECT
        charge_point_id,
        day,
        time_bucket(INTERVAL 1 MINUTE, received_at) AS minute,
        max(ahead_s) AS ahead_s
    FROM stamp
    {only}
    GROUP BY ALL
)
