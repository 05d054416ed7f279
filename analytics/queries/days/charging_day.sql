-- Roll-up: rows of charging_day.
-- Parameters: start, end (first instants of the first day and of the one after the last);
--     days_from, days_until (both `end`); by (day); split (site, charger, connector, tariff,
--     driver)
WITH
-- include: intervals,
-- include: charging_sums,
-- The grid of a session has no gap: who was there before the day was there in the quarter before it.
before AS (
    SELECT DISTINCT session_id, slot_start + INTERVAL 15 MINUTES AS period_start, true AS came_before
    FROM session_interval
    SEMI JOIN (SELECT DISTINCT period_start - INTERVAL 15 MINUTES AS slot_start FROM slots)
        USING (slot_start)
    WHERE slot_start >= $start - INTERVAL 15 MINUTES AND slot_start < $end
),
counted AS (
    SELECT
        period_start,
        subject,
        count(DISTINCT session_id) AS sessions,
        count(DISTINCT session_id) FILTER (came_before) AS carried
    FROM intervals
    JOIN slots USING (slot_start)
    LEFT JOIN before USING (session_id, period_start)
    GROUP BY ALL
)
SELECT
    $split AS split,
    subject,
    timezone($timezone, period_start)::DATE AS day,
    sessions - carried AS sessions_begun,
    carried AS sessions_carried,
    energy_wh,
    peak_wh,
    peak_at,
    connected_s,
    charging_s,
    co2_kg,
    co2_known_wh,
    assumed_wh
FROM charged
JOIN counted USING (period_start, subject)
ORDER BY day, subject
