-- Roll-up: rows of earning_day.
-- Parameters: start, end (first instants of the first day and of the one after the last);
--     days_from, days_until, tail_since (all `end`); head_since (instant: no session that ended in
--     these days started before it); by (day); split (site, charger, connector, tariff, driver)
WITH
-- include: ended,
-- include: earnings
SELECT
    $split AS split,
    subject,
    timezone($timezone, period_start)::DATE AS day,
    currency,
    sessions,
    energy_wh,
    revenue,
    vat,
    energy_cost,
    known_wh
FROM earned
ORDER BY day, subject
