-- Question: how much energy did each session take in each quarter of an hour?
-- Parameters: start, end (instants, half-open)
-- Units: _wh Wh, _s seconds
SELECT
    session_id,
    charge_point_id || '/' || connector_id AS connector,
    slot_start,
    energy_wh,
    charging_s
FROM session_interval
WHERE slot_start >= $start AND slot_start < $end
ORDER BY slot_start, session_id
