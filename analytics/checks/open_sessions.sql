-- Check: has each open session begun within the last two days?
-- Level: warning
-- Words: open for {number} h
-- Remedy: ask its charger, or end it there; the Chargers page shows why it is suspected
SELECT
    charge_point_id || '/' || connector_id AS subject,
    round(epoch($now - started_at) / 3600, 0) AS number
FROM session
WHERE ended_at IS NULL AND source = 'ocpp' AND started_at < $now - INTERVAL 48 HOURS
