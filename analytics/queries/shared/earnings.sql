-- Shared: sums over the sessions that `ended` lists with a subject, in each period and currency; empty: of sessions without a bill.
-- Read twice, of few columns: keeping it would cost more.
interval_of AS NOT MATERIALIZED (
    SELECT * FROM session_interval WHERE slot_start >= $head_since AND slot_start < $days_from
    UNION ALL
    SELECT * FROM session_interval WHERE slot_start >= $tail_since AND slot_start < $end
),
load_of AS (
    SELECT * FROM site_load WHERE starts_at >= $head_since AND starts_at < $days_from
    UNION ALL
    SELECT * FROM site_load WHERE starts_at >= $tail_since AND starts_at < $end
),
-- include: bills(of: ended),
-- include: pv_shares,
cost AS (
    SELECT
        session_id,
        -- include: energy_cost
        AS energy_cost,
        sum(CASE WHEN price_per_kwh IS NOT NULL THEN energy_wh ELSE 0 END) AS known_wh
    FROM interval_of
    JOIN shares USING (slot_start)
    WHERE session_id IN (SELECT session_id FROM ended)
    GROUP BY session_id
),
earned AS (
    SELECT
        -- include: period(at: ended_at)
        AS period_start,
        subject,
        coalesce(bill.currency, '') AS currency,
        count(*) AS sessions,
        sum(energy_wh) AS energy_wh,
        sum(coalesce(bill.revenue, 0)) AS revenue,
        sum(coalesce(bill.vat, 0)) AS vat,
        sum(cost.energy_cost) AS energy_cost,
        sum(coalesce(cost.known_wh, 0)) AS known_wh
    FROM ended
    LEFT JOIN bill USING (session_id)
    LEFT JOIN cost USING (session_id)
    GROUP BY ALL
)
