-- Question: which days of the period that follow each other can be read from their roll-ups?
-- Parameters: start, end (instants, half-open)
-- Units: days_from, days_until instants, half-open, of the longest run; days their number; no row:
--     there is none
SELECT min(starts_at) AS days_from, max(ends_at) AS days_until, count(*) AS days
FROM (
    SELECT
        starts_at,
        ends_at,
        sum(CASE WHEN joined THEN 0 ELSE 1 END) OVER (ORDER BY starts_at) AS run
    FROM (
        SELECT
            starts_at,
            ends_at,
            coalesce(lag(ends_at) OVER (ORDER BY starts_at) = starts_at, false) AS joined
        FROM rolled_day
        WHERE starts_at >= $start AND ends_at <= $end AND timezone = $timezone
    )
)
GROUP BY run
ORDER BY days DESC, days_from DESC
LIMIT 1
