-- Check: do the charging periods of each ended session sum to its energy?
-- Level: fault
-- Words: the charging periods have {number} Wh more than the session (negative: less)
-- Remedy: ampherd reprocess shows what differs, with --apply they are worked out anew
WITH told AS (
    SELECT session_id, coalesce(sum(energy_kwh), 0) * 1000 AS energy_wh
    FROM charging_period
    GROUP BY session_id
)
SELECT
    session_id AS subject,
    round(coalesce(told.energy_wh, 0) - session.energy_wh, 1) AS number
FROM session
LEFT JOIN told USING (session_id)
WHERE
    session.ended_at IS NOT NULL
    AND (told.session_id IS NULL OR abs(told.energy_wh - session.energy_wh) > 0.5)
