-- What is learned of chargers, how they stand to what they should be set to, and whether they
-- report the limits that they accepted.

-- What is known of chargers; what is not known has no row. Key: charge_point_id, fact.
-- Filled by: the provisioning of chargers, when something is learned.
CREATE TABLE charger_finding (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    fact VARCHAR NOT NULL, -- What, e.g. `rate-units`, `highest-stack-level`, `answers-pings`.
    value VARCHAR NOT NULL, -- Its value as text.
    evidence VARCHAR NOT NULL, -- `asked`, `observed`, `configured`; `shared`: of another charger of the model, not verified on this one.
    vendor VARCHAR NOT NULL, -- Vendor when it was found.
    model VARCHAR NOT NULL, -- Model when it was found.
    firmware VARCHAR NOT NULL, -- Firmware when it was found; another one is another charger.
    first_at TIMESTAMPTZ NOT NULL, -- When it was first found so.
    last_at TIMESTAMPTZ NOT NULL, -- When it was last found so.
    times BIGINT NOT NULL -- How often it was found so, without a contradiction between.
);

-- What chargers should be set to and what was found. Key: charge_point_id, name.
-- Filled by: the provisioning of chargers, after each check.
CREATE TABLE setting_drift (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    name VARCHAR NOT NULL, -- Key or variable.
    wanted VARCHAR NOT NULL, -- What it should be.
    found VARCHAR, -- What the charger says; NULL: not told.
    state VARCHAR NOT NULL, -- `set`, `differs`, `readonly`, `unknown`, `refused`, `reboot-required` or `silent`.
    words VARCHAR NOT NULL, -- The same as a sentence.
    source VARCHAR NOT NULL, -- Charger group that wants it; empty: a default of Ampherd.
    checked_at TIMESTAMPTZ NOT NULL -- When.
);

-- Whether chargers report the limits that they accepted. Key: charge_point_id, connector_id.
-- Filled by: the provisioning of chargers, after each check.
CREATE TABLE default_check (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector.
    state VARCHAR NOT NULL, -- `verified`, `differs`, or `unknown`: it was not asked yet or does not tell.
    words VARCHAR NOT NULL, -- What was found, as a sentence.
    checked_at TIMESTAMPTZ NOT NULL -- When.
);
