-- Shared: how the sessions that `told` lists with a subject started and ended, in each period.
seen AS (
    SELECT subject, energy_wh, asked_wh, 'start' AS what, started_at AS placed_at
    FROM told
    WHERE
        (started_at >= $start AND started_at < $days_from)
        OR (started_at >= $days_until AND started_at < $end)
    UNION ALL
    SELECT subject, energy_wh, asked_wh, 'end', ended_at
    FROM told
    WHERE
        (ended_at >= $start AND ended_at < $days_from)
        OR (ended_at >= $days_until AND ended_at < $end)
),
placed AS (
    SELECT
        subject,
        energy_wh,
        CASE WHEN asked_wh > 0 THEN asked_wh END AS asked_wh,
        what,
        -- include: period(at: placed_at)
        AS period_start
    FROM (SELECT *, timezone($timezone, placed_at) AS local FROM seen)
),
outcomes AS (
    SELECT
        period_start,
        subject,
        count(*) FILTER (what = 'start') AS sessions_started,
        count(*) FILTER (what = 'start' AND energy_wh > 0) AS sessions_delivered,
        count(*) FILTER (what = 'end') AS sessions_ended,
        sum(energy_wh) FILTER (what = 'end') AS energy_wh,
        sum(asked_wh) FILTER (what = 'end') AS asked_wh,
        sum(least(energy_wh, asked_wh)) FILTER (what = 'end' AND asked_wh IS NOT NULL)
            AS asked_delivered_wh,
        sum(least(energy_wh, asked_wh) / asked_wh) FILTER (what = 'end') AS delivered_shares,
        count(least(energy_wh, asked_wh) / asked_wh) FILTER (what = 'end') AS asked_sessions
    FROM placed
    GROUP BY ALL
)
