-- Question: by which charging periods were the sessions billed that ended in the period?
-- Parameters: start, end (instants, half-open)
-- Units: energy_kwh kWh, charging_h and parking_h h
SELECT
    charging_period.session_id,
    charging_period.period,
    charging_period.starts_at,
    charging_period.energy_kwh,
    charging_period.charging_h,
    charging_period.parking_h,
    charging_period.tariff_id
FROM charging_period
JOIN session USING (session_id)
WHERE session.ended_at >= $start AND session.ended_at < $end
ORDER BY charging_period.session_id, charging_period.period
