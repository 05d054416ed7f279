-- Roll-up: rows of site_day, from site_quarter.
-- Parameters: start, end (first instants of the first day and of the one after the last); timezone
SELECT
    timezone($timezone, slot_start)::DATE AS day,
    timezone($timezone, timezone($timezone, slot_start)::DATE::TIMESTAMP) AS starts_at,
    max(slot_start) AS last_slot,
    max(site_w) AS peak_w,
    arg_max(slot_start, row(site_w, -epoch_us(slot_start))) FILTER (site_w IS NOT NULL)
        AS peak_at, -- the first of equal ones
    max(site_w - charging_w) AS peak_without_charging_w,
    sum(connected_s) AS connected_s,
    sum(charging_s) AS charging_s
FROM site_quarter
WHERE slot_start >= $start AND slot_start < $end
GROUP BY ALL
