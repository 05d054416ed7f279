-- Shared: the instant before which no row of the grid of session $session_id lies, so that the history of before need not be searched.
coalesce(
    (
        SELECT min(least(started_at, ended_at)) - INTERVAL 1 DAY
        FROM session
        WHERE session_id = $session_id
    ),
    TIMESTAMPTZ '-infinity'
)
