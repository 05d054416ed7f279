-- Question: what are the key figures of a period?
-- Parameters: start, end (instants, half-open)
-- Units: in the names; _share 0 to 1; money in `currency`
WITH grid AS (
    SELECT
        sum(energy_wh) / 1000 AS energy_kwh,
        count(DISTINCT session_id) AS sessions,
        sum(connected_s) / 3600 AS connected_h,
        sum(charging_s) / 3600 AS charging_h
    FROM session_interval
    WHERE slot_start >= $start AND slot_start < $end
),
site_peak AS (
    SELECT max(site_w) / 1000 AS peak_site_kw, max(charging_w) / 1000 AS peak_charging_kw
    FROM site_slot
    WHERE slot_start >= $start AND slot_start < $end
),
ended AS (
    SELECT session_id, energy_wh, asked_wh, need_stated
    FROM session
    WHERE ended_at >= $start AND ended_at < $end
),
money AS (
    SELECT
        (SELECT sum(amount) FROM cost_line WHERE session_id IN (SELECT session_id FROM ended))
            AS revenue,
        (SELECT sum(energy_cost) FROM interval_cost
            WHERE session_id IN (SELECT session_id FROM ended)) AS energy_cost
),
finished AS (
    SELECT
        avg(energy_wh) / 1000 AS mean_session_kwh,
        sum(least(energy_wh, asked_wh)) FILTER (asked_wh > 0)
            / sum(asked_wh) FILTER (asked_wh > 0) AS delivered_share
    FROM ended
),
known AS (
    SELECT min(first_at) AS first_at, max(last_at) AS last_at
    FROM (
        SELECT min(slot_start) AS first_at, max(slot_start) + INTERVAL 15 MINUTES AS last_at
        FROM session_interval
        UNION ALL
        SELECT min(starts_at), max(starts_at + to_seconds(step_s)) FROM site_load
    )
),
capacity AS (
    SELECT
        count(*) * any_value(period_h) AS connector_h,
        sum(max_power_w) / 1000 * any_value(period_h) AS capacity_kwh
    FROM connector
    CROSS JOIN (
        SELECT
            greatest(0, epoch(least($end, last_at)) - epoch(greatest($start, first_at))) / 3600
                AS period_h
        FROM known
    )
    WHERE configured
)
SELECT
    coalesce(energy_kwh, 0) AS energy_kwh,
    sessions::DOUBLE AS sessions,
    coalesce(revenue, 0)::DOUBLE AS revenue,
    energy_cost,
    coalesce(revenue, 0)::DOUBLE - energy_cost AS margin,
    peak_site_kw,
    peak_charging_kw,
    coalesce(connected_h, 0) / nullif(connector_h, 0) AS occupancy_share,
    coalesce(charging_h, 0) / nullif(connector_h, 0) AS charging_share,
    coalesce(energy_kwh, 0) / nullif(capacity_kwh, 0) AS energy_share,
    mean_session_kwh,
    delivered_share
FROM grid, site_peak, money, finished, capacity
