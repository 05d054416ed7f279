-- Question: which sessions ended in the period, with what other systems need to bill them?
-- Parameters: start, end (instants, half-open)
-- Units: energy_wh Wh
SELECT
    session.session_id,
    session.charge_point_id,
    session.connector_id,
    connector.phases,
    session.id_token,
    session.started_at,
    session.ended_at,
    session.energy_wh,
    session.stop_reason,
    session.tariff_id,
    session.tariff_version,
    session.source,
    session.trust
FROM session
LEFT JOIN connector USING (charge_point_id, connector_id)
WHERE session.ended_at >= $start AND session.ended_at < $end
ORDER BY session.ended_at, session.session_id
