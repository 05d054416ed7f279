-- Question: how did the energy of the sessions that ended in the period flow?
-- Parameters: start, end (instants, half-open)
-- Units: energy_wh Wh, connected_s and charging_s s
SELECT
    session_interval.session_id,
    session_interval.slot_start,
    session_interval.energy_wh,
    session_interval.connected_s,
    session_interval.charging_s
FROM session_interval
JOIN session USING (session_id)
WHERE session.ended_at >= $start AND session.ended_at < $end
ORDER BY session_interval.session_id, session_interval.slot_start
