-- Roll-up: rows of site_quarter.
-- Parameters: start, end (first instants of the first day and of the one after the last);
--     days_from, days_until (both `end`)
WITH
-- include: site_slots(first: $start; until: $end; quarters: true)
SELECT *
FROM site_slots
ORDER BY slot_start
