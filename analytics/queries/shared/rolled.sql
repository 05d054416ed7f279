-- Shared: the days that are read from their roll-ups, with the period of each; as many as $days, or another one has just changed.
rolled AS (
    SELECT
        day,
        starts_at,
        CASE $by
            WHEN 'day' THEN starts_at
            WHEN 'month' THEN timezone($timezone, date_trunc('month', day::TIMESTAMP))
            ELSE $start
        END AS period_start
    FROM rolled_day
    WHERE starts_at >= $days_from AND starts_at < $days_until AND timezone = $timezone
)
