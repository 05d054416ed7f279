-- Days share the demand charge of their month: each bears what it adds to the highest quarter of an hour so far.

ALTER TABLE plan_quality RENAME TO plan_quality_before;

-- Whole days as run, unmanaged and with everything about them known beforehand; see docs/replay.md. Key: site_id, day.
-- Filled by: the nightly reckoning of the days before, from session_interval, session and site_load.
CREATE TABLE plan_quality (
    site_id VARCHAR NOT NULL, -- Site.
    day DATE NOT NULL, -- Day in the site's zone.
    sessions INTEGER NOT NULL, -- Sessions that were connected.
    wanted_wh DOUBLE NOT NULL, -- Energy that they took that day, and what those who left had asked for besides, Wh.
    delivered_wh DOUBLE NOT NULL, -- Energy delivered, Wh.
    delivered_unmanaged_wh DOUBLE NOT NULL, -- Energy that cars would have got charging at once, whatever the limits, Wh.
    delivered_best_wh DOUBLE NOT NULL, -- Most energy that the limits allowed, Wh.
    energy_cost DECIMAL(18, 2) NOT NULL, -- What charging added to the site's cost of energy.
    energy_cost_unmanaged DECIMAL(18, 2) NOT NULL, -- The same unmanaged.
    energy_cost_best DECIMAL(18, 2) NOT NULL, -- The same at best.
    demand_charge DECIMAL(18, 2) NOT NULL, -- What the day added to the month's demand charge.
    demand_charge_unmanaged DECIMAL(18, 2) NOT NULL, -- The same unmanaged, after days that were all unmanaged.
    demand_charge_best DECIMAL(18, 2) NOT NULL, -- The same at best, after days that were all at best.
    peak_w DOUBLE NOT NULL, -- Highest quarter of an hour of the month with this day, grid import, W.
    peak_unmanaged_w DOUBLE NOT NULL, -- The same unmanaged, W.
    peak_best_w DOUBLE NOT NULL, -- The same at best, W.
    currency VARCHAR NOT NULL -- ISO 4217.
);

-- The best of a day depends on the month's peak before it: days of before are reckoned again.
DROP TABLE plan_quality_before;
