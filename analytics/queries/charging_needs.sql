-- Question: what did cars say that they need (ISO 15118)?
-- Parameters: start, end (instants, half-open); charge_point_id, session_id (each or NULL: all)
-- Units: _kwh kWh, _a A, _w W, _percent percent
SELECT
    received_at,
    charge_point_id,
    connector_id,
    session_id,
    transfer,
    departure,
    energy_wh / 1000 AS energy_kwh,
    min_current_a,
    max_current_a,
    max_power_w,
    state_of_charge_percent,
    max_schedule_periods,
    bidirectional,
    answer
FROM charging_need
WHERE
    received_at >= $start
    AND received_at < $end
    AND ($charge_point_id IS NULL OR charge_point_id = $charge_point_id)
    AND ($session_id IS NULL OR session_id = $session_id)
ORDER BY received_at DESC
