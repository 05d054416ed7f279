-- Shared: the sessions that started or ended in the period, but for the days that are read from their roll-ups, with the subject that each is counted under.
told AS (
    SELECT
        started_at,
        ended_at,
        energy_wh,
        asked_wh,
        -- include: subject(of: session)
        AS subject
    FROM session
    -- include: token_owner
    WHERE
        (started_at >= $start AND started_at < $days_from)
        OR (started_at >= $days_until AND started_at < $end)
        OR (ended_at >= $start AND ended_at < $days_from)
        OR (ended_at >= $days_until AND ended_at < $end)
)
