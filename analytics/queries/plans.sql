-- Question: which plans were made?
-- Parameters: start, end (instants, half-open); limit (rows)
-- Units: cost in `currency`, solve_s s, unmet_kwh kWh
SELECT
    plan_id,
    made_at,
    horizon_end,
    outcome,
    why,
    cost,
    gap,
    solve_s,
    engine,
    sessions,
    unmet_wh / 1000 AS unmet_kwh,
    site.currency
FROM plan
JOIN site USING (site_id)
WHERE made_at >= $start AND made_at < $end
ORDER BY made_at DESC, plan_id
LIMIT $limit
