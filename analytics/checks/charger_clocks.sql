-- Check: do the clocks of chargers agree with ours?
-- Level: warning
-- Words: its clock was {number} s ahead on the last day that tells (negative: behind)
-- Remedy: restart the charger so that it boots and takes our time, or look for its own NTP server
SELECT charge_point_id AS subject, round(arg_max(ahead_s, day), 0) AS number
FROM clock_offset
WHERE day >= $now - INTERVAL 7 DAYS
GROUP BY charge_point_id
HAVING abs(arg_max(ahead_s, day)) > 300
