-- Question: how long did cars stay, how much did they take, and what had their drivers said?
-- Parameters: start, end (instants, half-open; when the session ended)
-- Units: _wh Wh; driver: a hash of what the driver presented, NULL where nobody presented anything
SELECT
    charge_point_id || '/' || connector_id AS connector,
    CASE WHEN id_token <> '' THEN md5(lower(id_token)) END AS driver,
    started_at,
    ended_at,
    energy_wh,
    CASE WHEN need_stated THEN asked_wh END AS stated_wh,
    CASE WHEN need_stated THEN departure END AS stated_departure
FROM session
WHERE ended_at >= $start AND ended_at < $end AND ended_at > started_at AND NOT end_inferred
ORDER BY started_at, session_id
