-- Question: how did whole days go as run, unmanaged and at best?
-- Parameters: start, end (instants, half-open; a day counts when it starts within)
-- Units: _kwh kWh; _share of the best total; money in `currency`
SELECT
    day,
    sessions,
    wanted_wh / 1000 AS wanted_kwh,
    delivered_wh / 1000 AS delivered_kwh,
    delivered_unmanaged_wh / 1000 AS delivered_unmanaged_kwh,
    delivered_best_wh / 1000 AS delivered_best_kwh,
    energy_cost,
    energy_cost_unmanaged,
    energy_cost_best,
    demand_charge,
    demand_charge_unmanaged,
    demand_charge_best,
    energy_cost + demand_charge AS total_cost,
    energy_cost_unmanaged + demand_charge_unmanaged AS total_cost_unmanaged,
    energy_cost_best + demand_charge_best AS total_cost_best,
    regret_share,
    currency
FROM plan_quality
WHERE
    timezone($timezone, day::TIMESTAMP) >= $start AND timezone($timezone, day::TIMESTAMP) < $end
ORDER BY day
