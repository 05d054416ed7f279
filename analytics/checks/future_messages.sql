-- Check: has nothing been stored in the future?
-- Level: fault
-- Words: {number} messages are dated later than now
-- Remedy: set this machine's clock (NTP); the clock was ahead when they came, or is behind now
SELECT 'clock of this machine' AS subject, count(*) AS number
FROM ocpp_message
WHERE message_at > $now + INTERVAL 1 MINUTE
HAVING count(*) > 0
