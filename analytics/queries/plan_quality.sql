-- Question: how did whole days go as run, unmanaged and at best?
-- Parameters: start, end (instants, half-open; a day counts when it starts within)
-- Units: _kwh kWh; _kw kW; _share of the month's best cost so far; money in `currency`
WITH
months AS (
    SELECT
        *,
        energy_cost + demand_charge AS managed_cost,
        energy_cost_unmanaged + demand_charge_unmanaged AS unmanaged_cost,
        energy_cost_best + demand_charge_best AS best_cost
    FROM plan_quality
    WHERE
        site_id = $site_id
        AND timezone($timezone, day::TIMESTAMP)
        >= timezone($timezone, date_trunc('month', timezone($timezone, $start::TIMESTAMPTZ)))
        AND timezone($timezone, day::TIMESTAMP) < $end
),
so_far AS (
    SELECT
        *,
        sum(managed_cost) OVER month AS managed_so_far,
        sum(best_cost) OVER month AS best_so_far
    FROM months
    WINDOW month AS (PARTITION BY date_trunc('month', day) ORDER BY day)
)
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
    demand_charge AS demand_added,
    demand_charge_unmanaged AS demand_added_unmanaged,
    demand_charge_best AS demand_added_best,
    peak_w / 1000 AS month_peak_kw,
    peak_unmanaged_w / 1000 AS month_peak_unmanaged_kw,
    peak_best_w / 1000 AS month_peak_best_kw,
    managed_cost,
    unmanaged_cost,
    best_cost,
    unmanaged_cost - managed_cost AS management_saving,
    CASE WHEN best_so_far > 0 THEN (managed_so_far / best_so_far - 1)::DOUBLE END
        AS month_regret_share,
    currency
FROM so_far
WHERE timezone($timezone, day::TIMESTAMP) >= $start
ORDER BY day
