-- Question: from when to when is there anything to show?
-- Parameters: none
-- Units: first_at, last_at instants; NULL when there is nothing
SELECT min(first_at) AS first_at, max(last_at) AS last_at
FROM (
    SELECT min(slot_start) AS first_at, max(slot_start) + INTERVAL 15 MINUTES AS last_at
    FROM session_interval
    UNION ALL
    SELECT min(starts_at), NULL FROM site_load
    UNION ALL
    -- Nothing that began earlier can reach as far: so the rest is not added up row by row.
    SELECT NULL, max(starts_at + to_seconds(step_s))
    FROM site_load
    WHERE starts_at >= (SELECT max(starts_at) - to_seconds(max(step_s)) FROM site_load)
    UNION ALL
    SELECT min(started_at), max(coalesce(ended_at, started_at)) FROM session
)
