-- Shared: means of the site's power in each quarter of an hour of `load_of`, rows of site_load; as view site_slot has it.
load AS (
    SELECT
        to_timestamp(floor(epoch(starts_at) / 900) * 900) AS slot_start,
        coalesce(
            sum(building_w * step_s) FILTER (source = 'measured')
                / sum(step_s) FILTER (source = 'measured' AND building_w IS NOT NULL),
            sum(building_w * step_s) / sum(step_s) FILTER (building_w IS NOT NULL)
        ) AS building_w,
        coalesce(
            sum(pv_w * step_s) FILTER (source = 'measured')
                / sum(step_s) FILTER (source = 'measured' AND pv_w IS NOT NULL),
            sum(pv_w * step_s) / sum(step_s) FILTER (pv_w IS NOT NULL)
        ) AS pv_w,
        sum(charging_w * step_s) / sum(step_s) FILTER (charging_w IS NOT NULL) AS charging_w,
        sum(site_w * step_s) / sum(step_s) FILTER (site_w IS NOT NULL) AS site_w,
        max(site_w) AS site_peak_w,
        min(limit_w) AS limit_w
    FROM load_of
    GROUP BY 1
)
