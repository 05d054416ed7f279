-- Question: what was the peak of each month, what does it cost, and how much of that is charging?
-- Parameters: start, end (instants, half-open, on the 15-minute grid);
--     months of the zone `timezone`;
--     days_from, days_until (instants, half-open; as many whole days as `days` are read
--     from site_day; equal: none)
-- Units: W, 15-minute means of grid import; money in `currency`, by the version of the tariff in
--     force in the last slot of the month within the period
WITH
-- include: site_slots(first: $start; until: $end; quarters: false),
tariff AS (
    SELECT
        version,
        demand_charge_per_kw,
        currency,
        -- Before the first version was recorded, the first counts.
        CASE
            WHEN row_number() OVER (ORDER BY version) = 1 THEN TIMESTAMPTZ '-infinity'
            ELSE recorded_at
        END AS since,
        lead(recorded_at, 1, TIMESTAMPTZ 'infinity') OVER (ORDER BY version) AS until
    FROM site_tariff
    WHERE site_id = $site_id
),
peaks AS (
    SELECT
        slot_start AS last_slot,
        site_w AS peak_w,
        slot_start AS peak_at,
        site_w - charging_w AS peak_without_charging_w
    FROM site_slots
    UNION ALL
    SELECT last_slot, peak_w, peak_at, peak_without_charging_w
    FROM site_day
    WHERE starts_at >= $days_from AND starts_at < $days_until
),
months AS (
    SELECT
        timezone($timezone, date_trunc('month', timezone($timezone, last_slot))) AS period_start,
        max(last_slot) AS last_at,
        max(peak_w) AS peak_w,
        arg_max(peak_at, row(peak_w, -epoch_us(peak_at))) FILTER (peak_w IS NOT NULL)
            AS peak_at, -- the first of equal ones
        max(peak_without_charging_w) AS peak_without_charging_w
    FROM peaks
    GROUP BY period_start
)
SELECT
    months.period_start,
    months.peak_w,
    months.peak_at,
    months.peak_without_charging_w,
    round(greatest(peak_w, 0) / 1000 * tariff.demand_charge_per_kw, 2) AS demand_charge,
    round(
        (greatest(peak_w, 0) - greatest(peak_without_charging_w, 0)) / 1000
        * tariff.demand_charge_per_kw,
        2
    ) AS demand_charge_of_charging,
    tariff.currency
FROM months
LEFT JOIN tariff ON months.last_at >= tariff.since AND months.last_at < tariff.until
WHERE months.peak_w IS NOT NULL AND (SELECT days FROM rolled) = $days
ORDER BY months.period_start
