-- Question: what did the sessions that ended in each period earn and cost?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector, driver, tariff); days_from, days_until
--     (instants, half-open; as many whole days as `days` are read from earning_day; equal: none);
--     head_since, tail_since (instants: no session that ended before or after these days started
--     before it; `earliest_start` finds them)
-- Units: billed_kwh kWh; money in `currency`; cost_known_share 0 to 1
WITH
-- begin: anew
-- include: ended,
-- include: earnings,
-- end: anew
-- include: rolled,
together AS (
    -- begin: anew
    SELECT *
    FROM earned
    UNION ALL
    -- end: anew
    SELECT
        rolled.period_start,
        subject,
        currency,
        sessions,
        energy_wh,
        revenue,
        vat,
        energy_cost,
        known_wh
    FROM earning_day
    JOIN rolled USING (day)
    WHERE split = $split AND day <= (SELECT max(day) FROM rolled)
),
summed AS (
    SELECT
        together.* EXCLUDE (currency),
        CASE WHEN together.currency = '' THEN site.currency ELSE together.currency END AS currency
    FROM together
    CROSS JOIN site
),
total AS (
    SELECT
        period_start,
        subject,
        sum(sessions)::BIGINT AS sessions_billed,
        sum(energy_wh) / 1000 AS billed_kwh,
        sum(revenue) AS revenue,
        sum(vat) AS vat,
        sum(energy_cost) AS energy_cost,
        CASE WHEN currency = (SELECT any_value(currency) FROM site)
            THEN sum(revenue)::DOUBLE - sum(energy_cost)
        END AS margin,
        currency,
        sum(known_wh) / nullif(sum(energy_wh), 0) AS cost_known_share
    FROM summed
    WHERE (SELECT count(*) FROM rolled) = $days
    GROUP BY period_start, subject, currency
),
-- include: called
SELECT
    period_start,
    coalesce(called.driver, subject) AS subject,
    total.* EXCLUDE (period_start, subject)
FROM total
LEFT JOIN called ON total.subject = called.person
ORDER BY period_start, subject, currency
