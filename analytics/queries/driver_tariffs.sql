-- Question: which versions are there of what drivers pay?
-- Parameters: none
-- Units: none; `definition` is JSON with prices in `currency`
SELECT
    tariff_id,
    version,
    currency,
    definition,
    valid_from,
    valid_to,
    recorded_at
FROM tariff
ORDER BY tariff_id, version
