-- Question: what did the site draw in each quarter of an hour, and what of it was charging?
-- Parameters: start, end (instants, half-open, on the 15-minute grid); days_from, days_until (instants, half-open; as many whole days as `days` are read
--     from site_quarter; equal: none)
-- Units: W, 15-minute means; site_w NULL where only charging is known
WITH
-- include: site_slots(first: $start; until: $end; quarters: true)
SELECT
    slot_start,
    site_w,
    charging_w
FROM site_slots
WHERE (SELECT days FROM rolled) = $days
ORDER BY slot_start
