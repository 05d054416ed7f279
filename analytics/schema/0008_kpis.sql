-- What key figures need beside sessions: links, orders of availability, refused tokens, emissions.

-- Whether chargers had a link, from each change on. Key: charge_point_id, changed_at, state.
-- Filled by: connections as they open and close; the server, as it starts and stops.
CREATE TABLE link (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    changed_at TIMESTAMPTZ NOT NULL, -- From when on, by our clock.
    state VARCHAR NOT NULL, -- `online`, `offline`, or `unwatched`: no server was there to see.
    reason VARCHAR NOT NULL -- Why, in words; empty: not known.
);

-- Orders that put connectors in and out of service. Key: charge_point_id, message_id.
-- Filled by: ChangeAvailability.
CREATE TABLE availability_order (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    connector_id INTEGER NOT NULL, -- Connector; 0: the charger as a whole.
    ordered_at TIMESTAMPTZ NOT NULL, -- When.
    message_id VARCHAR NOT NULL, -- Id of the CALL.
    operative BOOLEAN NOT NULL, -- False: out of service.
    answer VARCHAR NOT NULL -- The charger's own word, e.g. `Scheduled`; empty without an answer.
);

-- Tokens that were refused when chargers asked for them. Key: charge_point_id, message_id, refused_at.
-- Filled by: Authorize.
CREATE TABLE refused_token (
    charge_point_id VARCHAR NOT NULL, -- Charger.
    refused_at TIMESTAMPTZ NOT NULL, -- When.
    message_id VARCHAR NOT NULL, -- Id of the CALL.
    id_token VARCHAR NOT NULL, -- What was presented.
    status VARCHAR NOT NULL -- What the charger was answered, e.g. `Blocked`.
);

-- CO2 that one more kWh from the grid causes. Key: site_id, starts_at, source.
-- Filled by: `ampherd import emissions`.
CREATE TABLE emission (
    site_id VARCHAR NOT NULL, -- Site.
    starts_at TIMESTAMPTZ NOT NULL, -- Start of its validity.
    step_s DOUBLE NOT NULL, -- How long it holds, s; never over the border of a quarter of an hour.
    kg_per_kwh DOUBLE NOT NULL, -- Marginal CO2, kg for each kWh.
    source VARCHAR NOT NULL -- Where it comes from.
);

CREATE VIEW token_driver AS -- Who stands behind a token: the driver's name, the token's label, or the token masked but for its last four characters; numbered where several share the same. Key: token.
-- token: Token in lower case; empty: sessions without one.
-- driver: Who stands behind it, in words that no other driver has.
WITH presented AS (
    SELECT DISTINCT lower(id_token) AS token FROM session
    UNION
    SELECT lower(id_token) FROM refused_token
),
named AS (
    SELECT
        presented.token,
        coalesce(any_value(id_token.driver_id), presented.token) AS who,
        any_value(id_token.driver_id) IS NOT NULL AS known,
        coalesce(
            any_value(driver.name),
            any_value(id_token.label),
            CASE
                WHEN presented.token = '' THEN 'no token'
                ELSE
                    repeat('*', greatest(length(presented.token) - 4, 0)::BIGINT)
                    || upper(right(presented.token, 4))
            END
        ) AS name
    FROM presented
    LEFT JOIN id_token ON presented.token = lower(id_token.id_token)
    LEFT JOIN driver ON id_token.driver_id = driver.driver_id
    GROUP BY presented.token
),
numbered AS (
    SELECT
        known,
        who,
        name,
        row_number() OVER (PARTITION BY name ORDER BY known DESC, who) AS number,
        count(*) OVER (PARTITION BY name) AS namesakes
    FROM (SELECT known, who, min(name) AS name FROM named GROUP BY known, who)
)
SELECT
    named.token,
    CASE
        WHEN numbered.namesakes > 1 THEN numbered.name || ' #' || numbered.number
        ELSE numbered.name
    END AS driver
FROM named
JOIN numbered USING (known, who);
