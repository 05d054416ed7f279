-- Check: does everything that belongs to a session have it?
-- Level: fault
-- Words: {number} rows belong to sessions that are not there
-- Remedy: ampherd reprocess makes all of it anew; please report how it came to this
WITH found AS (
    SELECT 'session_interval' AS subject, session_id FROM session_interval
    UNION ALL
    SELECT 'cost_line', session_id FROM cost_line
    UNION ALL
    SELECT 'charging_period', session_id FROM charging_period
    UNION ALL
    SELECT 'transaction_event', session_id FROM transaction_event
)
SELECT subject, count(*) AS number
FROM found
WHERE session_id NOT IN (SELECT session_id FROM session)
GROUP BY subject
