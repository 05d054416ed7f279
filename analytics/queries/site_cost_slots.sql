-- Question: what did the site draw in each quarter of an hour, and what of it was charging?
-- Parameters: start, end (instants, half-open)
-- Units: W, 15-minute means; site_w NULL where only charging is known
SELECT
    slot_start,
    site_w,
    charging_w
FROM site_slot
WHERE slot_start >= $start AND slot_start < $end
ORDER BY slot_start
