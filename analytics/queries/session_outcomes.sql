-- Question: how did the sessions of each period end, and how much of what was asked did they get?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector, driver, tariff); days_from, days_until
--     (instants, half-open; as many whole days as `days` are read from outcome_day; equal: none)
-- Units: _kwh kWh, _share 0 to 1; sessions_started and sessions_delivered count by
--     the start, the rest by the end
WITH
-- begin: anew
-- include: told,
-- include: outcomes,
-- end: anew
-- include: rolled,
summed AS (
    -- begin: anew
    SELECT *
    FROM outcomes
    UNION ALL
    -- end: anew
    SELECT
        rolled.period_start,
        subject,
        sessions_started,
        sessions_delivered,
        sessions_ended,
        energy_wh,
        asked_wh,
        asked_delivered_wh,
        delivered_shares,
        asked_sessions
    FROM outcome_day
    JOIN rolled USING (day)
    WHERE split = $split AND day <= (SELECT max(day) FROM rolled)
),
total AS (
    SELECT
        period_start,
        subject,
        sum(sessions_started)::BIGINT AS sessions_started,
        sum(sessions_delivered)::BIGINT AS sessions_delivered,
        sum(sessions_ended)::BIGINT AS sessions_ended,
        sum(energy_wh) / sum(sessions_ended) / 1000 AS mean_session_kwh,
        sum(asked_wh) / 1000 AS asked_kwh,
        sum(asked_delivered_wh) / 1000 AS asked_delivered_kwh,
        sum(asked_delivered_wh) / sum(asked_wh) AS delivered_share,
        sum(delivered_shares) / sum(asked_sessions) AS mean_delivered_share
    FROM summed
    WHERE (SELECT count(*) FROM rolled) = $days
    GROUP BY period_start, subject
),
-- include: called
SELECT
    period_start,
    coalesce(called.driver, subject) AS subject,
    total.* EXCLUDE (period_start, subject)
FROM total
LEFT JOIN called ON total.subject = called.person
ORDER BY period_start, subject
