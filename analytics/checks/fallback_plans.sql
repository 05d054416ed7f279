-- Check: were plans of the last day made by the solver?
-- Level: warning
-- Words: {number} plans of the last day were made by the fixed rule instead of the solver
-- Remedy: the Live page and the table plan say why; a longer planning.time_limit_s may help
SELECT 'planning' AS subject, count(*) AS number
FROM plan
WHERE outcome = 'fallback' AND made_at > $now - INTERVAL 24 HOURS
HAVING count(*) > 0
