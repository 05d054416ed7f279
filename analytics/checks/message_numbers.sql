-- Check: are stored messages numbered without a gap, each number once?
-- Level: warning
-- Words: {number} numbers are missing, or there twice when negative, from the first to the last message
-- Remedy: messages before the archive's oldest file may have been deleted; otherwise restore a backup beside and compare
SELECT 'ocpp_message' AS subject, max(seq) - min(seq) + 1 - count(*) AS number
FROM ocpp_message_all
HAVING count(*) > 0 AND max(seq) - min(seq) + 1 <> count(*)
