-- Question: when did the first of the sessions begin that ended in the period, but for some days?
-- Parameters: start, end (instants, half-open); days_from, days_until (instants, half-open: the
--     days that are left out; equal: none)
-- Units: head_at (of those that ended before the days), tail_at (after them): instants; NULL when
--     none ended
SELECT
    min(least(started_at, ended_at)) FILTER (ended_at < $days_from) AS head_at,
    min(least(started_at, ended_at)) FILTER (ended_at >= $days_until) AS tail_at
FROM session
WHERE
    (ended_at >= $start AND ended_at < $days_from)
    OR (ended_at >= $days_until AND ended_at < $end)
