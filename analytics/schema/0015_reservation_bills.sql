-- Reservations that nobody used have a bill of their own; imported prices are told from those in force.

-- Bills of reservations that ran out without a session, with the rule that made each line. Key: charge_point_id, reservation_id, line.
-- Filled by: the tariff that was valid when the reservation was made, once it has run out.
CREATE TABLE reservation_line (
    site_id VARCHAR NOT NULL, -- Site.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    reservation_id BIGINT NOT NULL, -- Number of the reservation.
    line INTEGER NOT NULL, -- Counts from 1 within the reservation.
    connector_id INTEGER, -- Connector; 0: any of the charger.
    id_token VARCHAR NOT NULL, -- For whom it was kept.
    reserved_at TIMESTAMPTZ NOT NULL, -- When it was ordered.
    over_at TIMESTAMPTZ NOT NULL, -- When it ran out.
    kind VARCHAR NOT NULL, -- `RESERVATION_TIME`, `RESERVATION_FEE`, `MIN_PRICE` or `MAX_PRICE`.
    quantity DECIMAL(18, 6) NOT NULL, -- How much, in `unit`.
    unit VARCHAR NOT NULL, -- `h` or `session`.
    unit_price DECIMAL(18, 6) NOT NULL, -- For one unit, without VAT.
    amount DECIMAL(18, 2) NOT NULL, -- Without VAT.
    vat_percent DECIMAL(9, 4), -- VAT; NULL: none applies, or the line has none of its own.
    vat_amount DECIMAL(18, 2) NOT NULL, -- VAT on the amount.
    currency VARCHAR NOT NULL, -- ISO 4217.
    tariff_id VARCHAR NOT NULL, -- Tariff.
    tariff_version INTEGER NOT NULL, -- Its version.
    element INTEGER, -- Element of the tariff, from 1; NULL: the tariff as a whole.
    rule VARCHAR NOT NULL -- The formula in words, with its numbers.
);

-- What was imported is what the market says; `energy` is what a kWh of import cost in the end.
UPDATE price
SET kind = 'market'
WHERE
    kind = 'energy'
    AND source <> 'tariff'
    AND starts_at IN (
        SELECT starts_at FROM imported_row WHERE table_name = 'price' AND part = 'energy'
    );

UPDATE imported_row
SET part = 'market'
WHERE
    table_name = 'price'
    AND part = 'energy'
    AND starts_at IN (SELECT starts_at FROM price WHERE kind = 'market');
