-- Question: which versions are there of what the site pays?
-- Parameters: none
-- Units: feed_in_per_kwh and demand_charge_per_kw in `currency`
SELECT
    version,
    currency,
    energy,
    feed_in_per_kwh::VARCHAR AS feed_in_per_kwh,
    demand_charge_per_kw::VARCHAR AS demand_charge_per_kw,
    definition,
    recorded_at
FROM site_tariff
ORDER BY version
