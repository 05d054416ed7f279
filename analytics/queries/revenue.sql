-- Question: what did the sessions that ended in each period earn and cost?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, connector)
-- Units: energy_kwh kWh; money in `currency`; cost_known_share 0 to 1
WITH ended AS (
    SELECT
        session_id,
        ended_at,
        started_at,
        energy_wh,
        timezone($timezone, ended_at) AS local,
        CASE $split WHEN 'connector' THEN charge_point_id || '/' || connector_id ELSE 'all' END
            AS connector
    FROM session
    WHERE ended_at >= $start AND ended_at < $end
),
bill AS (
    SELECT
        session_id,
        sum(amount) AS revenue,
        sum(vat_amount) AS vat,
        any_value(currency) AS currency
    FROM cost_line
    WHERE session_id IN (SELECT session_id FROM ended)
    GROUP BY session_id
),
cost AS (
    SELECT
        session_id,
        sum(energy_cost) AS energy_cost,
        sum(CASE WHEN energy_cost IS NOT NULL THEN energy_wh ELSE 0 END) AS known_wh
    FROM interval_cost
    WHERE session_id IN (SELECT session_id FROM ended)
    GROUP BY session_id
),
placed AS (
    SELECT
        ended.*,
        CASE $by
            WHEN 'quarter_hour'
                THEN ended_at - (local - time_bucket(INTERVAL 15 MINUTES, local))
            WHEN 'hour' THEN ended_at - (local - date_trunc('hour', local))
            WHEN 'day' THEN timezone($timezone, date_trunc('day', local))
            WHEN 'month' THEN timezone($timezone, date_trunc('month', local))
            ELSE $start
        END AS period_start,
        coalesce(bill.revenue, 0) AS revenue,
        coalesce(bill.vat, 0) AS vat,
        cost.energy_cost,
        coalesce(cost.known_wh, 0) AS known_wh,
        coalesce(bill.currency, site.currency) AS currency
    FROM ended
    CROSS JOIN site
    LEFT JOIN bill USING (session_id)
    LEFT JOIN cost USING (session_id)
)
SELECT
    period_start,
    connector,
    count(*) AS sessions,
    sum(energy_wh) / 1000 AS energy_kwh,
    sum(revenue) AS revenue,
    sum(vat) AS vat,
    sum(energy_cost) AS energy_cost,
    sum(revenue) - sum(energy_cost) AS margin,
    currency,
    sum(known_wh) / nullif(sum(energy_wh), 0) AS cost_known_share
FROM placed
GROUP BY period_start, connector, currency
ORDER BY period_start, connector, currency
