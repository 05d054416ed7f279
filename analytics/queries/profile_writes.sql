-- Question: how often a day were chargers told a profile, and how often one that they keep in flash?
-- Parameters: start, end (instants, half-open); charge_point_id (or NULL: all)
-- Units: writes, kept: number of SetChargingProfile that were sent
SELECT
    charge_point_id,
    time_bucket(INTERVAL 24 HOURS, message_at) AS day,
    count(*) AS writes,
    count(*) FILTER (NOT contains(replace(frame, ' ', ''), '"chargingProfilePurpose":"TxProfile"'))
        AS kept
FROM ocpp_message
WHERE
    direction = 'to-charger'
    AND action = 'SetChargingProfile'
    AND outcome = 'sent'
    AND message_at >= $start
    AND message_at < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
GROUP BY ALL
ORDER BY charge_point_id, day
