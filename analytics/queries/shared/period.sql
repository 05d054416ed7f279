-- Shared: start of the period that holds the instant `{at}`, whose local time is `local`.
CASE $by
    WHEN 'quarter_hour' THEN {at} - (local - time_bucket(INTERVAL 15 MINUTES, local))
    -- Counted back from the instant: the hour that a clock change repeats stays two.
    WHEN 'hour' THEN {at} - (local - date_trunc('hour', local))
    WHEN 'day' THEN timezone($timezone, date_trunc('day', local))
    WHEN 'month' THEN timezone($timezone, date_trunc('month', local))
    ELSE $start
END
