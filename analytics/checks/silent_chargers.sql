-- Check: has each configured charger that was ever heard said something within a day?
-- Level: warning
-- Words: silent for {number} h
-- Remedy: is it powered and has it a network? The log says when it tried to connect
SELECT
    charge_point_id AS subject,
    round(epoch($now - max(message_at)) / 3600, 0) AS number
FROM ocpp_message
JOIN charge_point USING (charge_point_id)
WHERE configured AND direction = 'from-charger'
GROUP BY charge_point_id
HAVING max(message_at) < $now - INTERVAL 24 HOURS
