-- Check: are the lines of each bill numbered without a gap, in one currency, and final once the session is?
-- Level: fault
-- Words: the bill of {number} lines has a gap, two currencies, or is provisional though the session ended
-- Remedy: ampherd reprocess shows what differs, with --apply it is worked out anew
SELECT cost_line.session_id AS subject, count(*) AS number
FROM cost_line
LEFT JOIN session USING (session_id)
GROUP BY cost_line.session_id
HAVING
    max(line) <> count(*)
    OR count(DISTINCT line) <> count(*)
    OR count(DISTINCT currency) > 1
    OR bool_or(provisional AND session.ended_at IS NOT NULL)
