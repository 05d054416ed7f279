-- Question: for how long could connectors be used, and for how long not?
-- Parameters: start, end (instants, half-open); by (quarter_hour, hour, day, month, total) in the
--     zone `timezone`; split (site, charger, connector)
-- Units: _h hours of connectors; watched_h: a server was there to see; outage_h of it: no link, or
--     Faulted or Unavailable; offline_h: no link; excluded_h: outage while ordered out of service
WITH steps AS (
    -- None of the periods is left out: a day has 23 hours at least.
    SELECT unnest(generate_series(
        $start,
        $end,
        CASE
            WHEN $by IN ('quarter_hour', 'hour') THEN INTERVAL 15 MINUTES
            ELSE INTERVAL 12 HOURS
        END
    )) AS step_at
    UNION ALL
    SELECT $end - INTERVAL 1 MICROSECOND
),
periods AS (
    SELECT DISTINCT
        -- include: period(at: step_at)
        AS period_start
    FROM (SELECT step_at, timezone($timezone, step_at) AS local FROM steps WHERE step_at < $end)
),
linked AS (
    SELECT
        charge_point_id,
        changed_at AS seen_at,
        -- A server that starts at the instant at which another one ended comes after it.
        CASE state WHEN 'unwatched' THEN 0 WHEN 'offline' THEN 1 ELSE 2 END AS link
    FROM link
    WHERE changed_at < $end
),
links AS (
    SELECT charge_point_id, seen_at, max(link) AS link
    FROM linked
    WHERE seen_at > $start
    GROUP BY ALL
    UNION ALL
    SELECT charge_point_id, $start, arg_max(link, epoch_us(seen_at) * 4 + link)
    FROM linked
    WHERE seen_at <= $start
    GROUP BY charge_point_id
),
-- All others were never down: what they told besides is not read.
downs AS (
    SELECT DISTINCT charge_point_id, connector_id
    FROM status
    WHERE status IN ('Faulted', 'Unavailable') AND received_at < $end + INTERVAL 1 DAY
),
told AS (
    SELECT
        charge_point_id,
        connector_id,
        status IN ('Faulted', 'Unavailable') AS down,
        received_at,
        -- The charger's clock, unless it cannot be right.
        CASE
            WHEN epoch_us(received_at) - epoch_us(changed_at) BETWEEN 0 AND 86400000000
                THEN greatest(changed_at, $start)
            ELSE received_at
        END AS seen_at
    FROM status
    SEMI JOIN downs USING (charge_point_id, connector_id)
    WHERE received_at >= $start AND received_at < $end + INTERVAL 1 DAY
    UNION ALL
    -- What came last before is the state at the start.
    SELECT
        charge_point_id,
        connector_id,
        arg_max(status, received_at) IN ('Faulted', 'Unavailable'),
        max(received_at),
        $start
    FROM status
    SEMI JOIN downs USING (charge_point_id, connector_id)
    WHERE received_at < $start
    GROUP BY charge_point_id, connector_id
),
states AS (
    SELECT charge_point_id, connector_id, seen_at, arg_max(down, received_at) AS down
    FROM told
    WHERE seen_at < $end
    GROUP BY ALL
),
orders AS (
    SELECT
        charge_point_id,
        connector_id,
        greatest(ordered_at, $start) AS seen_at,
        arg_max(NOT operative, ordered_at) AS out_of_service
    FROM availability_order
    WHERE ordered_at < $end AND answer IN ('Accepted', 'Scheduled')
    GROUP BY charge_point_id, connector_id, greatest(ordered_at, $start)
),
point AS (
    SELECT charge_point_id, connector_id
    FROM connector
    WHERE charge_point_id IN (SELECT charge_point_id FROM links)
),
events AS (
    SELECT
        point.*,
        period_start,
        greatest(period_start, $start) AS seen_at,
        NULL::INTEGER AS link,
        NULL::BOOLEAN AS down,
        NULL::BOOLEAN AS whole_down,
        NULL::BOOLEAN AS out_of_service,
        NULL::BOOLEAN AS whole_out
    FROM point
    CROSS JOIN periods
    UNION ALL
    SELECT point.*, NULL, seen_at, link, NULL, NULL, NULL, NULL
    FROM point
    JOIN links USING (charge_point_id)
    UNION ALL
    SELECT point.*, NULL, seen_at, NULL, down, NULL, NULL, NULL
    FROM point
    JOIN states USING (charge_point_id, connector_id)
    UNION ALL
    SELECT point.*, NULL, seen_at, NULL, NULL, down, NULL, NULL
    FROM point
    JOIN states ON point.charge_point_id = states.charge_point_id AND states.connector_id = 0
    UNION ALL
    SELECT point.*, NULL, seen_at, NULL, NULL, NULL, out_of_service, NULL
    FROM point
    JOIN orders USING (charge_point_id, connector_id)
    UNION ALL
    SELECT point.*, NULL, seen_at, NULL, NULL, NULL, NULL, out_of_service
    FROM point
    JOIN orders ON point.charge_point_id = orders.charge_point_id AND orders.connector_id = 0
),
merged AS (
    SELECT
        charge_point_id,
        connector_id,
        seen_at,
        max(period_start) AS period_start,
        max(link) AS link,
        bool_or(down) AS down,
        bool_or(whole_down) AS whole_down,
        bool_or(out_of_service) AS out_of_service,
        bool_or(whole_out) AS whole_out
    FROM events
    GROUP BY charge_point_id, connector_id, seen_at
),
filled AS (
    SELECT
        charge_point_id,
        connector_id,
        last_value(period_start IGNORE NULLS) OVER course AS period_start,
        last_value(link IGNORE NULLS) OVER course AS link,
        coalesce(last_value(down IGNORE NULLS) OVER course, false) AS down,
        coalesce(last_value(whole_down IGNORE NULLS) OVER course, false) AS whole_down,
        coalesce(last_value(out_of_service IGNORE NULLS) OVER course, false) AS out_of_service,
        coalesce(last_value(whole_out IGNORE NULLS) OVER course, false) AS whole_out,
        epoch(lead(seen_at, 1, $end) OVER course) - epoch(seen_at) AS lasting_s
    FROM merged
    WINDOW course AS (
        PARTITION BY charge_point_id, connector_id ORDER BY seen_at
    )
),
judged AS (
    SELECT
        period_start,
        CASE $split
            WHEN 'site' THEN 'all'
            WHEN 'charger' THEN charge_point_id
            ELSE charge_point_id || '/' || connector_id
        END AS subject,
        lasting_s / 3600 AS lasting_h,
        link = 1 AS offline,
        link = 1 OR down OR whole_down AS outage,
        out_of_service OR whole_out AS excluded
    FROM filled
    WHERE link <> 0
)
SELECT
    period_start,
    subject,
    sum(lasting_h) AS watched_h,
    coalesce(sum(lasting_h) FILTER (offline), 0) AS offline_h,
    coalesce(sum(lasting_h) FILTER (outage), 0) AS outage_h,
    coalesce(sum(lasting_h) FILTER (outage AND excluded), 0) AS excluded_h,
    1 - coalesce(sum(lasting_h) FILTER (outage AND NOT excluded), 0) / nullif(sum(lasting_h), 0)
        AS uptime_share
FROM judged
GROUP BY period_start, subject
HAVING sum(lasting_h) > 0
ORDER BY period_start, subject
