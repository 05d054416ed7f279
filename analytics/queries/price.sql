-- Question: which prices were recorded for the site?
-- Parameters: start, end (instants, half-open)
-- Units: value_per_kwh in `currency` for each kWh
SELECT
    starts_at,
    starts_at + to_seconds(step_s) AS ends_at,
    kind,
    value_per_kwh,
    currency,
    source
FROM price
WHERE starts_at < $end AND starts_at + to_seconds(step_s) > $start
ORDER BY starts_at, kind
