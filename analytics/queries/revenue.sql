-- Question: what did the sessions that ended in each period earn and cost?
-- Parameters: start, end (instants, half-open); earliest (instant: no session that ended in the
--     period started before it); by (quarter_hour, hour, day, month, total) in the zone
--     `timezone`; split (site, charger, connector, driver, tariff)
-- Units: billed_kwh kWh; money in `currency`; cost_known_share 0 to 1
WITH ended AS (
    SELECT
        session_id,
        ended_at AS placed_at,
        energy_wh,
        timezone($timezone, ended_at) AS local,
        CASE $split
            WHEN 'site' THEN 'all'
            WHEN 'charger' THEN charge_point_id
            WHEN 'connector' THEN charge_point_id || '/' || connector_id
            WHEN 'driver' THEN token_driver.driver
            ELSE coalesce(tariff_id || ' v' || tariff_version, 'no tariff')
        END AS subject
    FROM session
    LEFT JOIN token_driver ON $split = 'driver' AND lower(session.id_token) = token_driver.token
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
-- As view interval_cost has it, within bounds of time so that other years are not read.
charging AS (
    SELECT slot_start, sum(energy_wh) * 4 AS charging_w
    FROM session_interval
    WHERE slot_start >= $earliest AND slot_start < $end
    GROUP BY slot_start
),
load AS (
    SELECT
        to_timestamp(floor(epoch(starts_at) / 900) * 900) AS slot_start,
        coalesce(
            sum(building_w * step_s) FILTER (source = 'measured')
                / sum(step_s) FILTER (source = 'measured' AND building_w IS NOT NULL),
            sum(building_w * step_s) / sum(step_s) FILTER (building_w IS NOT NULL)
        ) AS building_w,
        coalesce(
            sum(pv_w * step_s) FILTER (source = 'measured')
                / sum(step_s) FILTER (source = 'measured' AND pv_w IS NOT NULL),
            sum(pv_w * step_s) / sum(step_s) FILTER (pv_w IS NOT NULL)
        ) AS pv_w
    FROM site_load
    WHERE starts_at >= $earliest AND starts_at < $end
    GROUP BY 1
),
shares AS (
    SELECT
        slot_start,
        CASE
            WHEN charging_w > 0 AND pv_w > 0 AND building_w IS NOT NULL
                THEN least(1, greatest(pv_w - building_w, 0) / charging_w)
            ELSE 0
        END AS pv_share
    FROM charging
    LEFT JOIN load USING (slot_start)
),
cost AS (
    SELECT
        session_id,
        sum(
            energy_wh / 1000
            * ((1 - pv_share) * price_per_kwh + pv_share * coalesce(feed_in_per_kwh, 0))
        ) AS energy_cost,
        sum(CASE WHEN price_per_kwh IS NOT NULL THEN energy_wh ELSE 0 END) AS known_wh
    FROM session_interval
    JOIN shares USING (slot_start)
    WHERE
        slot_start >= $earliest
        AND slot_start < $end
        AND session_id IN (SELECT session_id FROM ended)
    GROUP BY session_id
),
placed AS (
    SELECT
        ended.subject,
        ended.energy_wh,
        CASE $by
            WHEN 'quarter_hour'
                THEN placed_at - (local - time_bucket(INTERVAL 15 MINUTES, local))
            -- Counted back from the instant: the hour that a clock change repeats stays two.
            WHEN 'hour' THEN placed_at - (local - date_trunc('hour', local))
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
    subject,
    count(*) AS sessions_billed,
    sum(energy_wh) / 1000 AS billed_kwh,
    sum(revenue) AS revenue,
    sum(vat) AS vat,
    sum(energy_cost) AS energy_cost,
    CASE WHEN currency = (SELECT any_value(currency) FROM site)
        THEN sum(revenue)::DOUBLE - sum(energy_cost)
    END AS margin,
    currency,
    sum(known_wh) / nullif(sum(energy_wh), 0) AS cost_known_share
FROM placed
GROUP BY period_start, subject, currency
ORDER BY period_start, subject, currency
