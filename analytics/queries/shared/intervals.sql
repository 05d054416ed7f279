-- Shared: the grid of the sessions in the period, but for the days that are read from their roll-ups, with the subject that each row is counted under.
intervals AS (
    SELECT
        interval_of.*,
        -- include: subject(of: interval_of)
        AS subject
    FROM (
        SELECT *, false AS later
        FROM session_interval
        WHERE slot_start >= $start AND slot_start < $days_from
        UNION ALL
        SELECT *, true
        FROM session_interval
        WHERE slot_start >= $days_until AND slot_start < $end
    ) AS interval_of
    LEFT JOIN session
        ON $split IN ('driver', 'tariff') AND interval_of.session_id = session.session_id
    -- include: token_owner
),
slots AS (
    SELECT
        slot_start,
        -- include: period(at: slot_start)
        AS period_start
    FROM (
        SELECT slot_start, timezone($timezone, slot_start) AS local
        FROM (SELECT DISTINCT slot_start FROM intervals)
    )
)
