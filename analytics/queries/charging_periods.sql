-- Question: by which charging periods was one session billed?
-- Parameters: session_id
-- Units: energy_kwh kWh, charging_h and parking_h h
SELECT
    period,
    starts_at,
    energy_kwh,
    charging_h,
    parking_h,
    tariff_id
FROM charging_period
WHERE session_id = $session_id
ORDER BY period
