-- Check: does the 15-minute grid of each session have every slot from its first to its last?
-- Level: fault
-- Words: {number} slots of the grid are missing or there twice, so sessions are counted wrongly
-- Remedy: ampherd reprocess --apply works the grid out anew
SELECT
    session_id AS subject,
    abs((epoch(max(slot_start)) - epoch(min(slot_start))) / 900 + 1 - count(*))::BIGINT AS number
FROM session_interval
GROUP BY session_id
HAVING (epoch(max(slot_start)) - epoch(min(slot_start))) / 900 + 1 <> count(*)
