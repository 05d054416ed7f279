-- Question: what were the sessions that ended in the period billed for, line by line?
-- Parameters: start, end (instants, half-open)
-- Units: quantity in `unit`, money in `currency`, `amount` without VAT
SELECT
    cost_line.session_id,
    session.charge_point_id || '/' || session.connector_id AS connector,
    session.ended_at,
    cost_line.line,
    cost_line.kind,
    cost_line.quantity,
    cost_line.unit,
    cost_line.unit_price,
    cost_line.amount,
    cost_line.vat_percent,
    cost_line.vat_amount,
    cost_line.amount + cost_line.vat_amount AS amount_incl_vat,
    cost_line.currency,
    cost_line.tariff_id || ' v' || cost_line.tariff_version AS tariff,
    session.source,
    cost_line.rule
FROM cost_line
JOIN session USING (session_id)
WHERE session.ended_at >= $start AND session.ended_at < $end
ORDER BY session.ended_at, cost_line.session_id, cost_line.line
