-- Question: what was the peak of each month, what does it cost, and how much of that is charging?
-- Parameters: start, end (instants, half-open, on the 15-minute grid);
--     months of the zone `timezone`;
--     days_from, days_until (instants, half-open; as many whole days as `days` are read
--     from site_quarter; equal: none)
-- Units: W, 15-minute means of grid import; money in `currency`, by the last version of the tariff
WITH
-- include: site_slots(first: $start; until: $end),
tariff AS (
    SELECT demand_charge_per_kw, currency
    FROM site_tariff
    WHERE site_id = $site_id
    ORDER BY version DESC
    LIMIT 1
),
months AS (
    SELECT
        timezone($timezone, date_trunc('month', timezone($timezone, slot_start))) AS period_start,
        max(site_w) AS peak_w,
        arg_max(slot_start, row(site_w, -epoch_us(slot_start))) AS peak_at, -- the first of equal ones
        max(site_w - charging_w) AS peak_without_charging_w
    FROM site_slots
    WHERE site_w IS NOT NULL
    GROUP BY period_start
)
SELECT
    period_start,
    peak_w,
    peak_at,
    peak_without_charging_w,
    round(greatest(peak_w, 0) / 1000 * demand_charge_per_kw, 2) AS demand_charge,
    round(
        (greatest(peak_w, 0) - greatest(peak_without_charging_w, 0)) / 1000 * demand_charge_per_kw,
        2
    ) AS demand_charge_of_charging,
    currency
FROM months
LEFT JOIN tariff ON true
WHERE (SELECT days FROM rolled) = $days
ORDER BY period_start
