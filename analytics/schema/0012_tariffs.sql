-- Tariffs in the shape of OCPI 2.2.1, bills with VAT and the time that each line bills.

ALTER TABLE tariff RENAME TO tariff_before;

-- What drivers pay; versions are never changed, only followed by another. Key: tariff_id, version.
-- Filled by: the configuration, when a tariff is used for the first time.
CREATE TABLE tariff (
    tariff_id VARCHAR NOT NULL, -- Name of the tariff.
    version INTEGER NOT NULL, -- Counts up with every change.
    currency VARCHAR NOT NULL, -- ISO 4217.
    definition VARCHAR NOT NULL, -- The tariff as JSON: an OCPI 2.2.1 Tariff object with `version`, `groups`, `idle_grace_s`, `free_without_energy`.
    valid_from TIMESTAMPTZ, -- Start of its validity; NULL: since ever.
    valid_to TIMESTAMPTZ, -- End of its validity, exclusive; NULL: until another version begins.
    recorded_at TIMESTAMPTZ NOT NULL -- When Ampherd first used it.
);

INSERT INTO tariff
SELECT
    tariff_id,
    version,
    currency,
    '{"id": ' || to_json(tariff_id) || ', "version": ' || version
        || ', "currency": "' || currency || '", "free_without_energy": true, "idle_grace_s": '
        || idle_grace_s
        || CASE
            WHEN valid_from IS NULL THEN ''
            ELSE ', "start_date_time": "'
                || strftime(timezone('UTC', valid_from), '%Y-%m-%dT%H:%M:%S.%f') || '+00:00"'
        END
        || ', "elements": [{"price_components": [{"type": "ENERGY", "step_size": 1, "price": '
        || energy_price_per_kwh || '}'
        || CASE
            WHEN session_fee = 0 THEN ''
            ELSE ', {"type": "FLAT", "step_size": 1, "price": ' || session_fee || '}'
        END
        || CASE
            WHEN idle_price_per_hour = 0 THEN ''
            ELSE ', {"type": "PARKING_TIME", "step_size": 1, "price": ' || idle_price_per_hour
                || '}'
        END
        || ']}]}',
    valid_from,
    NULL,
    recorded_at
FROM tariff_before;

DROP TABLE tariff_before;

ALTER TABLE site_tariff RENAME TO site_tariff_before;

-- What the site pays for energy and power; versions are never changed. Key: site_id, version.
-- Filled by: the configuration, when prices are used for the first time.
CREATE TABLE site_tariff (
    site_id VARCHAR NOT NULL, -- Site that pays.
    version INTEGER NOT NULL, -- Counts up with every change.
    currency VARCHAR NOT NULL, -- ISO 4217.
    energy VARCHAR NOT NULL, -- Energy price and grid fee in words.
    feed_in_per_kwh DECIMAL(18, 6) NOT NULL, -- Paid to the site for each kWh it feeds in.
    demand_charge_per_kw DECIMAL(18, 6) NOT NULL, -- For the month's highest 15-minute mean of grid import.
    recorded_at TIMESTAMPTZ NOT NULL, -- When Ampherd first used it.
    definition VARCHAR -- The tariff as JSON; a price series is in table price; NULL: of before it was kept.
);

INSERT INTO site_tariff
SELECT
    site_id, version, currency, energy, feed_in_per_kwh, demand_charge_per_kw, recorded_at, NULL
FROM site_tariff_before;

DROP TABLE site_tariff_before;

ALTER TABLE cost_line RENAME TO cost_line_before;

-- Bills of sessions, with the rule that made each line. Key: session_id, line.
-- Filled by: the tariff of a session, together with session_interval; imports.
CREATE TABLE cost_line (
    site_id VARCHAR NOT NULL, -- Site.
    session_id VARCHAR NOT NULL, -- Session.
    line INTEGER NOT NULL, -- Counts from 1 within the session.
    kind VARCHAR NOT NULL, -- `ENERGY`, `TIME`, `FLAT`, `PARKING_TIME` (OCPI 2.2.1), `RESERVATION_TIME`, `RESERVATION_FEE`, `MIN_PRICE`, `MAX_PRICE`; `OTHER`: of an imported bill.
    quantity DECIMAL(18, 6) NOT NULL, -- How much, in `unit`.
    unit VARCHAR NOT NULL, -- `kWh`, `session` or `h`.
    unit_price DECIMAL(18, 6) NOT NULL, -- For one unit, without VAT.
    amount DECIMAL(18, 2) NOT NULL, -- Without VAT; cents are rounded on the sum of the bill, halves up.
    currency VARCHAR NOT NULL, -- ISO 4217.
    tariff_id VARCHAR NOT NULL, -- Tariff.
    tariff_version INTEGER NOT NULL, -- Its version.
    rule VARCHAR NOT NULL, -- The formula in words, with its numbers.
    provisional BOOLEAN NOT NULL, -- True while the session runs.
    vat_percent DECIMAL(9, 4), -- VAT; NULL: none applies, or the line has none of its own.
    vat_amount DECIMAL(18, 2) NOT NULL, -- VAT on the amount.
    element INTEGER, -- Element of the tariff, from 1; NULL: the tariff as a whole, or not said.
    starts_at TIMESTAMPTZ, -- First instant that the line bills; NULL: not said.
    ends_at TIMESTAMPTZ -- Last instant that the line bills.
);

INSERT INTO cost_line
SELECT
    site_id, session_id, line, kind, quantity, unit, unit_price, amount, currency, tariff_id,
    tariff_version, rule, provisional, NULL, 0, NULL, NULL, NULL
FROM cost_line_before;

DROP TABLE cost_line_before;
