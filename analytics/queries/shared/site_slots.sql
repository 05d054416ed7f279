-- Shared: power and use of the site in each quarter of an hour between `{first}` and `{until}`, as view site_slot has it; those of $days days between $days_from and $days_until from their roll-up where {quarters}.
-- begin: anew
load_of AS (
    SELECT * FROM site_load WHERE starts_at >= {first} AND starts_at < $days_from
    UNION ALL
    SELECT * FROM site_load WHERE starts_at >= $days_until AND starts_at < {until}
),
-- include: load_quarters,
grid AS (
    SELECT
        slot_start,
        sum(energy_wh) * 4 AS charging_w,
        sum(connected_s) AS connected_s,
        sum(charging_s) AS charging_s
    FROM (
        SELECT * FROM session_interval WHERE slot_start >= {first} AND slot_start < $days_from
        UNION ALL
        SELECT * FROM session_interval WHERE slot_start >= $days_until AND slot_start < {until}
    )
    GROUP BY slot_start
),
-- end: anew
site_slots AS (
    -- begin: anew
    SELECT
        slot_start,
        load.building_w,
        load.pv_w,
        coalesce(load.charging_w, grid.charging_w, 0) AS charging_w,
        coalesce(
            load.site_w, coalesce(grid.charging_w, 0) + load.building_w - coalesce(load.pv_w, 0)
        ) AS site_w,
        load.site_peak_w,
        load.limit_w,
        grid.connected_s,
        grid.charging_s
    FROM load
    FULL JOIN grid USING (slot_start)
    UNION ALL
    -- end: anew
    SELECT
        slot_start,
        building_w,
        pv_w,
        charging_w,
        site_w,
        site_peak_w,
        limit_w,
        connected_s,
        charging_s
    FROM site_quarter
    WHERE slot_start >= $days_from AND slot_start < $days_until AND {quarters}
),
rolled AS (
    SELECT count(*) AS days
    FROM rolled_day
    WHERE starts_at >= $days_from AND starts_at < $days_until AND timezone = $timezone
)
