-- Question: how did whole days go?
-- Parameters: start, end (instants, half-open; a day counts when it starts within)
-- Units: in the names; money in `currency`
SELECT
    day,
    sessions,
    energy_asked_wh / 1000 AS energy_asked_kwh,
    energy_feasible_wh / 1000 AS energy_feasible_kwh,
    energy_delivered_wh / 1000 AS energy_delivered_kwh,
    peak_w / 1000 AS peak_kw,
    limit_w / 1000 AS limit_kw,
    seconds_above_limit,
    energy_cost,
    energy_cost_unmanaged,
    demand_charge,
    demand_charge_unmanaged,
    revenue,
    currency
FROM day_result
WHERE
    timezone($timezone, day::TIMESTAMP) >= $start AND timezone($timezone, day::TIMESTAMP) < $end
ORDER BY day
