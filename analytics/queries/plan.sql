-- Question: what does a plan order each connector, and why?
-- Parameters: plan_id (or NULL), at (instant or NULL): the plan named, else the last until `at`
-- Units: current_a A on each phase, power_w W
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
    charge_point_id || '/' || connector_id AS connector,
    session_id,
    slot_start,
    slot_end,
    current_a,
    power_w,
    reason,
    words,
    binding_circuit
FROM plan_slot
JOIN chosen USING (plan_id)
WHERE slot_start >= chosen.made_at - INTERVAL 1 DAY
ORDER BY connector, slot_start
