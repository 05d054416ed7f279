-- Units that chargers mislabel, as a person confirmed them.

-- What readings of a charger are multiplied with before anything is reckoned from them; the readings themselves stay as they came. Key: charge_point_id, quantity.
-- Filled by: the configuration, when the server starts.
CREATE TABLE reading_factor (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    quantity VARCHAR NOT NULL, -- `register` (energy) or `power`.
    factor DOUBLE NOT NULL -- 1000: it says Wh or W and means kWh or kW; 0.001 the other way round.
);
