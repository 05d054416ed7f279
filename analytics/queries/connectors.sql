-- Question: which connectors does the site have?
-- Parameters: none
-- Units: max_current_a A on each phase, max_power_w W
SELECT
    connector.charge_point_id || '/' || connector.connector_id AS connector,
    connector.charge_point_id,
    connector.connector_id,
    connector.circuit_id,
    connector.phases,
    connector.max_current_a,
    connector.max_power_w,
    charge_point.vendor,
    charge_point.model,
    connector.configured
FROM connector
LEFT JOIN charge_point USING (charge_point_id)
ORDER BY connector.charge_point_id, connector.connector_id
