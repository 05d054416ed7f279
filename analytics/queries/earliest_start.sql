-- Question: when did the first of the sessions start that ended in the period?
-- Parameters: start, end (instants, half-open)
-- Units: started_at instant; NULL when none ended
SELECT min(started_at) AS started_at
FROM session
WHERE ended_at >= $start AND ended_at < $end
