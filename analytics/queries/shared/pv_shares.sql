-- Shared: the part of the energy in each quarter of an hour of `interval_of` that came from PV left over by the building; as view interval_cost has it.
charging AS (
    SELECT slot_start, sum(energy_wh) * 4 AS charging_w
    FROM interval_of
    GROUP BY slot_start
),
-- include: load_quarters,
shares AS (
    SELECT
        slot_start,
        CASE
            WHEN charging.charging_w > 0 AND load.pv_w > 0 AND load.building_w IS NOT NULL
                THEN least(1, greatest(load.pv_w - load.building_w, 0) / charging.charging_w)
            ELSE 0
        END AS pv_share
    FROM charging
    LEFT JOIN load USING (slot_start)
)
