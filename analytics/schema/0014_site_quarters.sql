-- Power of the site in quarters of an hour worked out once, so that questions about months and years need not read every minute.

-- Power and use of the site in each quarter of an hour, as view site_slot has it; of days in rolled_day only. Key: slot_start.
-- Filled by: the roll-ups, from site_load and session_interval.
CREATE TABLE site_quarter (
    slot_start TIMESTAMPTZ NOT NULL, -- Start of the quarter of an hour.
    building_w DOUBLE, -- Mean of the building's own load, W; NULL: not known.
    pv_w DOUBLE, -- Mean of PV production, W; NULL: not known.
    charging_w DOUBLE NOT NULL, -- Mean power of all chargers, W: as recorded, else that of the sessions' grid.
    site_w DOUBLE, -- Mean grid import, W: as recorded, else chargers + building - PV; negative when feeding in; NULL: not known.
    site_peak_w DOUBLE, -- Highest recorded grid import, W; NULL: none was recorded.
    limit_w DOUBLE, -- Lowest limit of the grid connection that was in force, W.
    connected_s DOUBLE, -- Time in which cars were connected, added up over connectors, s; NULL: no session was there.
    charging_s DOUBLE -- Time of it in which energy flowed, s.
);

-- Days of before have no rows in it yet: they are worked out again.
DELETE FROM rolled_day;
