-- Shared: the price of kind `{kind}` of each quarter of an hour from $start to $end, the later where two overlap.
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
    WHERE kind = '{kind}' AND starts_at < $end AND starts_at + to_seconds(step_s) > $start
)
GROUP BY slot_start
ORDER BY slot_start
