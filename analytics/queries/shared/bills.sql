-- Shared: the bill of each of the sessions in `{of}`.
bill AS (
    SELECT
        session_id,
        sum(amount) AS revenue,
        sum(vat_amount) AS vat,
        any_value(currency) AS currency
    FROM cost_line
    WHERE session_id IN (SELECT session_id FROM {of})
    GROUP BY session_id
)
