-- Question: what is the bill of one session made of?
-- Parameters: session_id
-- Units: quantity in `unit`, money in `currency`
SELECT
    line,
    kind,
    quantity,
    unit,
    unit_price,
    amount,
    currency,
    tariff_id || ' v' || tariff_version AS tariff,
    rule,
    provisional,
    vat_percent,
    vat_amount,
    amount + vat_amount AS amount_incl_vat,
    element,
    starts_at,
    ends_at
FROM cost_line
WHERE session_id = $session_id
ORDER BY line
