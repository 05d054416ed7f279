-- Shared: sums and peaks of `intervals`, which have a subject, over the periods that `slots` gives their quarters of an hour.
emitted AS (
    SELECT
        to_timestamp(floor(epoch(starts_at) / 900) * 900) AS slot_start,
        sum(kg_per_kwh * step_s) / sum(step_s) AS kg_per_kwh
    FROM emission
    WHERE starts_at >= $start AND starts_at < $end
    GROUP BY 1
),
by_slot AS (
    SELECT
        subject,
        slot_start,
        sum(energy_wh) AS energy_wh,
        sum(connected_s) AS connected_s,
        sum(charging_s) AS charging_s,
        sum(CASE WHEN assumed THEN energy_wh ELSE 0 END) AS assumed_wh,
        bool_or(provisional) AS provisional
    FROM intervals
    GROUP BY ALL
),
charged AS (
    SELECT
        period_start,
        subject,
        sum(energy_wh) AS energy_wh,
        max(energy_wh) AS peak_wh,
        arg_max(slot_start, row(energy_wh, -epoch(slot_start))) FILTER (energy_wh > 0) AS peak_at,
        sum(connected_s) AS connected_s,
        sum(charging_s) AS charging_s,
        sum(energy_wh * kg_per_kwh) / 1000 AS co2_kg,
        sum(CASE WHEN kg_per_kwh IS NOT NULL THEN energy_wh ELSE 0 END) AS co2_known_wh,
        sum(assumed_wh) AS assumed_wh,
        bool_or(provisional) AS provisional
    FROM by_slot
    JOIN slots USING (slot_start)
    LEFT JOIN emitted USING (slot_start)
    GROUP BY ALL
)
