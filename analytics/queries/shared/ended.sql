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
    -- include: token_owner
    WHERE
        (ended_at >= $start AND ended_at < $days_from)
        OR (ended_at >= $days_until AND ended_at < $end)
)
