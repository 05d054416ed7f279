-- Question: how did the energy of one session flow?
-- Parameters: session_id
-- Units: energy_kwh kWh, mean_kw kW over the slot, connected_s and charging_s s
SELECT
    slot_start,
    energy_wh / 1000 AS energy_kwh,
    energy_wh * 4 / 1000 AS mean_kw,
    connected_s,
    charging_s,
    price_per_kwh,
    assumed,
    provisional
FROM session_interval
WHERE
    session_id = $session_id
    AND slot_start >=
    -- include: since_session
ORDER BY slot_start
