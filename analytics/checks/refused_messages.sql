-- Check: was every message of the last day understood?
-- Level: note
-- Words: {number} messages of the last day were refused or not readable
-- Remedy: the Messages page shows each with the reason; `ampherd replay-frames` says more
SELECT charge_point_id AS subject, count(*) AS number
FROM ocpp_message
WHERE outcome IN ('refused', 'unreadable') AND message_at > $now - INTERVAL 24 HOURS
GROUP BY charge_point_id
