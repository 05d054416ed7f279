-- Roll-up: rows of outcome_day.
-- Parameters: start, end (first instants of the first day and of the one after the last);
--     days_from, days_until (both `end`); by (day); split (site, charger, connector, tariff,
--     driver)
WITH
-- include: told,
-- include: outcomes
SELECT
    $split AS split,
    subject,
    timezone($timezone, period_start)::DATE AS day,
    sessions_started,
    sessions_delivered,
    sessions_ended,
    energy_wh,
    asked_wh,
    asked_delivered_wh,
    delivered_shares,
    asked_sessions
FROM outcomes
ORDER BY day, subject
