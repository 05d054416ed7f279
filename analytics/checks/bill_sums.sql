-- Check: does the energy on each final bill agree with the session's?
-- Level: warning
-- Words: the bill says {number} Wh more than the session (negative: less) and is not of an importer
-- Remedy: look at the bill and the session's findings; ampherd reprocess works both out anew
SELECT
    cost_line.session_id AS subject,
    round(sum(quantity) * 1000 - any_value(session.energy_wh), 0) AS number
FROM cost_line
JOIN session USING (session_id)
WHERE kind = 'ENERGY' AND NOT provisional AND source = 'ocpp' AND trust <> 'doubtful'
GROUP BY cost_line.session_id
HAVING abs(sum(quantity) * 1000 - any_value(session.energy_wh)) > 1000
