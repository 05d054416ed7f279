-- Peaks and use of the site by whole days, so that questions about a year read 365 rows of them.

-- What quarters of an hour of a day come to, of days in rolled_day only. Key: day.
-- Filled by: the roll-ups, from site_quarter.
CREATE TABLE site_day (
    day DATE NOT NULL, -- Day in the site's zone; 23 or 25 hours long when clocks change.
    starts_at TIMESTAMPTZ NOT NULL, -- Its first instant.
    last_slot TIMESTAMPTZ NOT NULL, -- Start of its last quarter of an hour of which something is known.
    peak_w DOUBLE, -- Highest mean grid import of a quarter of an hour, W; NULL: not known.
    peak_at TIMESTAMPTZ, -- Start of the first quarter of an hour that has it.
    peak_without_charging_w DOUBLE, -- Highest mean of grid import less charging, W.
    connected_s DOUBLE, -- Time in which cars were connected, added up over connectors, s; NULL: no session was there.
    charging_s DOUBLE -- Time of it in which energy flowed, s.
);

INSERT INTO site_day
SELECT
    rolled_day.day,
    rolled_day.starts_at,
    max(slot_start),
    max(site_w),
    arg_max(slot_start, row(site_w, -epoch_us(slot_start))) FILTER (site_w IS NOT NULL),
    max(site_w - charging_w),
    sum(connected_s),
    sum(charging_s)
FROM rolled_day
JOIN site_quarter
    ON site_quarter.slot_start >= rolled_day.starts_at
    AND site_quarter.slot_start < rolled_day.ends_at
GROUP BY rolled_day.day, rolled_day.starts_at;
