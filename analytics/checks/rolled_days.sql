-- Check: does each day in the roll-ups hold the energy of its sessions?
-- Level: fault
-- Words: the day in the roll-ups has {number} Wh more than its sessions (negative: less)
-- Remedy: ampherd reprocess --apply works all days out anew; please report how it came to this
WITH slots AS (
    SELECT slot_start, sum(energy_wh) AS energy_wh
    FROM session_interval
    GROUP BY slot_start
),
summed AS (
    SELECT rolled_day.day, sum(slots.energy_wh) AS energy_wh
    FROM slots
    ASOF JOIN rolled_day ON slots.slot_start >= rolled_day.starts_at
    WHERE slots.slot_start < rolled_day.ends_at
    GROUP BY rolled_day.day
)
SELECT
    strftime(rolled_day.day, '%Y-%m-%d') AS subject,
    round(coalesce(kept.energy_wh, 0) - coalesce(summed.energy_wh, 0), 1) AS number
FROM rolled_day
LEFT JOIN (SELECT * FROM charging_day WHERE split = 'site') AS kept USING (day)
LEFT JOIN summed USING (day)
WHERE abs(coalesce(kept.energy_wh, 0) - coalesce(summed.energy_wh, 0)) > 0.5
