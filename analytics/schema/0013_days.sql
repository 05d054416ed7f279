-- Whole days worked out once, so that questions about months and years need not read every session.

-- Days of the site that can be read from charging_day, earning_day and outcome_day: nothing that they follow from has changed since. Key: day.
-- Filled by: the roll-ups, once a day has ended and no session of before its end runs; what changes a day takes it out.
CREATE TABLE rolled_day (
    day DATE NOT NULL, -- Day in the site's zone; 23 or 25 hours long when clocks change.
    starts_at TIMESTAMPTZ NOT NULL, -- Its first instant.
    ends_at TIMESTAMPTZ NOT NULL, -- First instant of the next day.
    timezone VARCHAR NOT NULL, -- The site's zone when it was worked out.
    rolled_at TIMESTAMPTZ NOT NULL -- When.
);

-- Energy and time of each day, as question consumption tells it; days in rolled_day only. Key: split, subject, day.
-- Filled by: the roll-ups, from session_interval and emission.
CREATE TABLE charging_day (
    split VARCHAR NOT NULL, -- What the subject is: `site`, `charger`, `connector` or `tariff`.
    subject VARCHAR NOT NULL, -- `all`, the charger, the connector as `CP-7/1`, or the tariff as `standard v2`.
    day DATE NOT NULL, -- Day in the site's zone.
    sessions_begun INTEGER NOT NULL, -- Sessions whose first quarter of an hour is in the day.
    sessions_carried INTEGER NOT NULL, -- Sessions of the day that began before.
    energy_wh DOUBLE NOT NULL, -- Energy, Wh.
    peak_wh DOUBLE NOT NULL, -- Highest energy of a quarter of an hour, Wh.
    peak_at TIMESTAMPTZ, -- Start of the first quarter of an hour with it; NULL: no energy flowed.
    connected_s DOUBLE NOT NULL, -- Time in which cars were connected, added up, s.
    charging_s DOUBLE NOT NULL, -- Time of it in which energy flowed, s.
    co2_kg DOUBLE, -- CO2 of the energy as far as its emission is known, kg; NULL: of none.
    co2_known_wh DOUBLE NOT NULL, -- Energy whose emission is known, Wh.
    assumed_wh DOUBLE NOT NULL -- Energy whose course over time was not metered, Wh.
);

-- Money of the sessions that ended on each day, as question revenue tells it; days in rolled_day only. Key: split, subject, day, currency.
-- Filled by: the roll-ups, from session, cost_line, session_interval and site_load.
CREATE TABLE earning_day (
    split VARCHAR NOT NULL, -- What the subject is: `site`, `charger`, `connector` or `tariff`.
    subject VARCHAR NOT NULL, -- `all`, the charger, the connector as `CP-7/1`, or the tariff as `standard v2`.
    day DATE NOT NULL, -- Day in the site's zone.
    currency VARCHAR NOT NULL, -- ISO 4217; empty: of sessions without a bill.
    sessions INTEGER NOT NULL, -- Sessions that ended.
    energy_wh DOUBLE NOT NULL, -- Their energy, Wh.
    revenue DECIMAL(18, 2) NOT NULL, -- Sum of their bills without VAT.
    vat DECIMAL(18, 2) NOT NULL, -- VAT on them.
    energy_cost DOUBLE, -- What their energy cost the site as far as its price is known; NULL: of none.
    known_wh DOUBLE NOT NULL -- Energy whose price is known, Wh.
);

-- How sessions went on each day, as question session_outcomes tells it; days in rolled_day only. Key: split, subject, day.
-- Filled by: the roll-ups, from session.
CREATE TABLE outcome_day (
    split VARCHAR NOT NULL, -- What the subject is: `site`, `charger`, `connector` or `tariff`.
    subject VARCHAR NOT NULL, -- `all`, the charger, the connector as `CP-7/1`, or the tariff as `standard v2`.
    day DATE NOT NULL, -- Day in the site's zone.
    sessions_started INTEGER NOT NULL, -- Sessions that started.
    sessions_delivered INTEGER NOT NULL, -- Those of them that got energy.
    sessions_ended INTEGER NOT NULL, -- Sessions that ended; what follows is of these.
    energy_wh DOUBLE, -- Their energy, Wh; NULL: none ended.
    asked_wh DOUBLE, -- Energy that was asked for, Wh; NULL: none was.
    asked_delivered_wh DOUBLE, -- Energy delivered of what was asked for, Wh.
    delivered_shares DOUBLE, -- Sum over sessions of the delivered share of what each asked for.
    asked_sessions INTEGER NOT NULL -- Sessions that asked for something.
);
