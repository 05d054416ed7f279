-- Shared: the sessions that ended in the period, but for the days that are read from their roll-ups, with the subject that each is counted under.
ended AS (
    SELECT
        session_id,
        ended_at,
        energy_wh,
        timezone($timezone, ended_at) AS local,
        -- include: subject(of: session)
        AS subject
    FROM session
    LEFT JOIN token_driver ON $split = 'driver' AND lower(session.id_token) = token_driver.token
    WHERE
        (ended_at >= $start AND ended_at < $days_from)
        OR (ended_at >= $days_until AND ended_at < $end)
)
