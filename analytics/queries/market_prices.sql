-- Question: which day-ahead price was imported for each quarter of an hour?
-- Parameters: start, end (instants, half-open)
-- Units: per_kwh in the currency of the site for each kWh, without fees and surcharges, as text
SELECT
    slot_start,
    max_by(value_per_kwh, starts_at)::VARCHAR AS per_kwh
FROM (
    SELECT
        starts_at,
        value_per_kwh,
        unnest(
            generate_series(
                time_bucket(INTERVAL 15 MINUTES, starts_at),
                starts_at + to_seconds(step_s) - INTERVAL 1 SECOND,
                INTERVAL 15 MINUTES
            )
        ) AS slot_start
    FROM price
    WHERE kind = 'market' AND starts_at < $end AND starts_at + to_seconds(step_s) > $start
)
GROUP BY slot_start
ORDER BY slot_start
