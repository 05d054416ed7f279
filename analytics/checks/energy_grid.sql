-- Check: does the 15-minute grid of each ended session sum to its energy?
-- Level: fault
-- Words: the 15-minute grid has {number} Wh more than the session (negative: less)
-- Remedy: ampherd reprocess shows what differs, with --apply it is worked out anew
SELECT
    session_id AS subject,
    round(coalesce(sum(slot.energy_wh), 0) - session.energy_wh, 1) AS number
FROM session
LEFT JOIN session_interval AS slot USING (session_id)
WHERE session.ended_at IS NOT NULL AND session.energy_wh > 0
GROUP BY session_id, session.energy_wh
HAVING abs(coalesce(sum(slot.energy_wh), 0) - session.energy_wh) > 0.5
