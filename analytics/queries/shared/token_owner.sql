-- Shared: to whom the token of a session belongs, as view token_driver has it, which also knows names.
LEFT JOIN (
    SELECT lower(id_token) AS token, min(driver_id) AS driver_id FROM id_token GROUP BY 1
) AS token_owner ON $split = 'driver' AND lower(session.id_token) = token_owner.token
