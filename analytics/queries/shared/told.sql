-- Shared: the sessions that were there in the period, with the subject that each is counted under.
told AS (
    SELECT
        started_at,
        ended_at,
        energy_wh,
        asked_wh,
        -- include: subject(of: session)
        AS subject
    FROM session
    LEFT JOIN token_driver ON $split = 'driver' AND lower(session.id_token) = token_driver.token
    WHERE started_at < $end AND coalesce(ended_at >= $start, true)
)
