-- Question: how far can the sessions of the period be believed?
-- Parameters: start, end (instants, half-open)
-- Units: energy_kwh kWh
SELECT trust, count(*) AS sessions, sum(energy_wh) / 1000 AS energy_kwh
FROM session
WHERE started_at < $end AND coalesce(ended_at >= $start, true)
GROUP BY trust
ORDER BY trust
