-- Question: what was each session that runs ordered so far by plans: how often to start, what to give?
-- Parameters: since (instant: plans from before are not looked at), at (instant until which orders
--     count)
-- Units: given_wh Wh at the meter; running_since NULL while a session is ordered nothing
WITH
plans AS (
    SELECT plan_id, made_at, lead(made_at, 1, $at) OVER (ORDER BY made_at, plan_id) AS until
    FROM plan
    WHERE made_at >= $since AND made_at < $at
),
orders AS (
    SELECT
        plan_slot.session_id,
        greatest(plan_slot.slot_start, plans.made_at) AS begins,
        least(plan_slot.slot_end, plans.until) AS ends,
        plan_slot.current_a > 0 AS charges,
        greatest(-plan_slot.power_w, 0) AS gives_w
    FROM plan_slot
    JOIN plans USING (plan_id)
    JOIN session USING (session_id)
    WHERE
        session.ended_at IS NULL
        AND plan_slot.slot_end > $since
        AND plan_slot.slot_start < plans.until
        AND plan_slot.slot_end > plans.made_at
),
steps AS (
    SELECT
        *,
        charges AND NOT lag(charges, 1, false) OVER (PARTITION BY session_id ORDER BY begins)
            AS starts
    FROM orders
    WHERE ends > begins
)
SELECT
    session_id,
    count(*) FILTER (starts) AS starts,
    CASE WHEN arg_max(charges, begins) THEN max(begins) FILTER (starts) END AS running_since,
    sum(gives_w * epoch(ends - begins)) / 3600 AS given_wh
FROM steps
GROUP BY session_id
ORDER BY session_id
