-- Question: what is billed for reservations that ran out in the period without a session?
-- Parameters: start, end (instants, half-open)
-- Units: quantity in `unit`, money in `currency`, `amount` without VAT
SELECT
    charge_point_id,
    reservation_id,
    connector_id,
    coalesce(token_driver.driver, 'no token') AS driver,
    reserved_at,
    over_at,
    line,
    kind,
    quantity,
    unit,
    unit_price,
    amount,
    vat_percent,
    vat_amount,
    amount + vat_amount AS amount_incl_vat,
    currency,
    tariff_id || ' v' || tariff_version AS tariff,
    rule
FROM reservation_line
LEFT JOIN token_driver ON lower(reservation_line.id_token) = token_driver.token
WHERE over_at >= $start AND over_at < $end
ORDER BY over_at, charge_point_id, reservation_id, line
