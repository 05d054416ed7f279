-- Whole days as run, unmanaged and with everything known beforehand; see docs/replay.md. Key: site_id, day.
-- Filled by: the nightly reckoning of the day before, from session_interval, session and site_load.
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
    demand_charge DECIMAL(18, 2) NOT NULL, -- Demand charge of the day's highest quarter of an hour, as if it were the month's.
    demand_charge_unmanaged DECIMAL(18, 2) NOT NULL, -- The same unmanaged.
    demand_charge_best DECIMAL(18, 2) NOT NULL, -- The same at best.
    regret_share DOUBLE, -- By how much energy and demand as run cost more than at best, of that; NULL: the best costs nothing.
    currency VARCHAR NOT NULL -- ISO 4217.
);
