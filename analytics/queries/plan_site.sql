-- Question: what does a plan expect of the site, slot by slot?
-- Parameters: plan_id (or NULL), at (instant or NULL): the plan named, else the last until `at`
-- Units: W; price_per_kwh in the site's currency
WITH chosen AS (
    SELECT plan_id, made_at
    FROM plan
    WHERE ($plan_id IS NULL OR plan_id = $plan_id) AND ($at IS NULL OR made_at <= $at)
    ORDER BY made_at DESC, plan_id DESC
    LIMIT 1
)
SELECT
    chosen.plan_id,
    chosen.made_at,
    slot_start,
    slot_end,
    site_w,
    charging_w,
    building_w,
    pv_w,
    price_per_kwh
FROM plan_site
JOIN chosen USING (plan_id)
ORDER BY slot_start
