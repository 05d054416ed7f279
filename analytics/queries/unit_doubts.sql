-- Question: whose registers and powers disagree as if one of them bore the wrong unit, by model?
-- Parameters: start, end (instants, half-open)
-- Units: register_kwh, power_kwh kWh as the samples stand; factor: to multiply the quantity with
WITH register AS (
    SELECT charge_point_id, connector_id, taken_at, max(value) AS value_wh
    FROM meter_sample
    WHERE
        measurand = 'Energy.Active.Import.Register'
        AND phase = '' AND location = 'Outlet' AND doubt = ''
        AND taken_at >= $start AND taken_at < $end
    GROUP BY ALL
),
power AS (
    SELECT
        charge_point_id,
        connector_id,
        taken_at,
        coalesce(max(value) FILTER (phase = ''), sum(value) FILTER (phase <> '')) AS power_w
    FROM meter_sample
    WHERE
        measurand = 'Power.Active.Import' AND doubt = ''
        AND taken_at >= $start AND taken_at < $end
    GROUP BY ALL
),
reading AS (
    SELECT
        *,
        lag(value_wh) OVER following AS before_wh,
        lag(power_w) OVER following AS before_w,
        epoch(taken_at) - epoch(lag(taken_at) OVER following) AS lasted_s
    FROM register
    JOIN power USING (charge_point_id, connector_id, taken_at)
    WINDOW following AS (PARTITION BY charge_point_id, connector_id ORDER BY taken_at)
),
total AS (
    SELECT
        charge_point_id,
        connector_id,
        sum(value_wh - before_wh) AS register_wh,
        sum((power_w + before_w) / 2 * lasted_s / 3600) AS power_wh,
        sum(lasted_s) / 3600 AS lasted_h
    FROM reading
    WHERE value_wh >= before_wh AND lasted_s <= 3600
    GROUP BY ALL
    HAVING count(*) >= 5 AND register_wh > 0 AND power_wh > 0
),
rated AS (
    SELECT
        total.*,
        power_wh / register_wh AS ratio,
        1.5 * coalesce(connector.max_power_w, 400000) * lasted_h AS most_wh
    FROM total
    LEFT JOIN connector USING (charge_point_id, connector_id)
),
judged AS (
    SELECT
        *,
        CASE
            WHEN ratio BETWEEN 500 AND 2000 AND power_wh <= most_wh THEN 'register'
            WHEN ratio BETWEEN 500 AND 2000 THEN 'power'
            WHEN ratio BETWEEN 0.0005 AND 0.002 AND register_wh > most_wh THEN 'register'
            WHEN ratio BETWEEN 0.0005 AND 0.002 THEN 'power'
        END AS quantity,
        CASE WHEN (ratio > 1) = (quantity = 'register') THEN 1000 ELSE 0.001 END AS factor
    FROM rated
)
SELECT
    charge_point.vendor,
    charge_point.model,
    charge_point.firmware_version,
    judged.quantity,
    judged.factor,
    count(DISTINCT judged.charge_point_id) AS chargers,
    min(judged.charge_point_id) AS example,
    sum(judged.register_wh) / 1000 AS register_kwh,
    sum(judged.power_wh) / 1000 AS power_kwh,
    CASE
        WHEN judged.quantity = 'register' AND judged.factor = 1000
            THEN 'the register counts kWh and says Wh'
        WHEN judged.quantity = 'register' THEN 'the register counts Wh and says kWh'
        WHEN judged.factor = 1000 THEN 'power is in kW and says W'
        ELSE 'power is in W and says kW'
    END AS words
FROM judged
LEFT JOIN charge_point USING (charge_point_id)
WHERE judged.quantity IS NOT NULL
GROUP BY ALL
ORDER BY chargers DESC, example
