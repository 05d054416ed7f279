-- Check: does each day in the roll-ups hold the energy of its sessions, however it is split?
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
),
kept AS (
    SELECT day, split, sum(energy_wh) AS energy_wh
    FROM charging_day
    GROUP BY day, split
),
-- Each way to split a day has all of its energy.
compared AS (
    SELECT
        rolled_day.day,
        coalesce(kept.energy_wh, 0) - coalesce(summed.energy_wh, 0) AS off_wh
    FROM rolled_day
    CROSS JOIN (
        SELECT unnest(['site', 'charger', 'connector', 'tariff', 'driver']) AS split
    ) AS way
    LEFT JOIN kept ON rolled_day.day = kept.day AND way.split = kept.split
    LEFT JOIN summed ON rolled_day.day = summed.day
)
SELECT
    strftime(day, '%Y-%m-%d') AS subject,
    round(arg_max(off_wh, abs(off_wh)), 1) AS number
FROM compared
WHERE abs(off_wh) > 0.5
GROUP BY day
ORDER BY day
