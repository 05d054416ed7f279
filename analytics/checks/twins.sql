-- Check: is there one row for each session?
-- Level: fault
-- Words: there are {number} rows of one session
-- Remedy: ampherd reprocess makes all of it anew; please report how it came to this
SELECT session_id AS subject, count(*) AS number
FROM session
GROUP BY session_id
HAVING count(*) > 1
