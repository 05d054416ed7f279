-- Days are rolled up for each driver too: who a driver is comes from the token's record, what he is called is looked up when asked.

ALTER TABLE charging_day RENAME TO charging_day_before;

-- Energy and time of each day, as question consumption tells it; days in rolled_day only. Key: split, subject, day.
-- Filled by: the roll-ups, from session_interval, emission and id_token.
CREATE TABLE charging_day (
    split VARCHAR NOT NULL, -- What the subject is: `site`, `charger`, `connector`, `tariff` or `driver`.
    subject VARCHAR NOT NULL, -- `all`, the charger, the connector as `CP-7/1`, the tariff as `standard v2`, or the person of view token_driver.
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

INSERT INTO charging_day SELECT * FROM charging_day_before;

DROP TABLE charging_day_before;

ALTER TABLE earning_day RENAME TO earning_day_before;

-- Money of the sessions that ended on each day, as question revenue tells it; days in rolled_day only. Key: split, subject, day, currency.
-- Filled by: the roll-ups, from session, id_token, cost_line, session_interval and site_load.
CREATE TABLE earning_day (
    split VARCHAR NOT NULL, -- What the subject is: `site`, `charger`, `connector`, `tariff` or `driver`.
    subject VARCHAR NOT NULL, -- `all`, the charger, the connector as `CP-7/1`, the tariff as `standard v2`, or the person of view token_driver.
    day DATE NOT NULL, -- Day in the site's zone.
    currency VARCHAR NOT NULL, -- ISO 4217; empty: of sessions without a bill.
    sessions INTEGER NOT NULL, -- Sessions that ended.
    energy_wh DOUBLE NOT NULL, -- Their energy, Wh.
    revenue DECIMAL(18, 2) NOT NULL, -- Sum of their bills without VAT.
    vat DECIMAL(18, 2) NOT NULL, -- VAT on them.
    energy_cost DOUBLE, -- What their energy cost the site as far as its price is known; NULL: of none.
    known_wh DOUBLE NOT NULL -- Energy whose price is known, Wh.
);

INSERT INTO earning_day SELECT * FROM earning_day_before;

DROP TABLE earning_day_before;

ALTER TABLE outcome_day RENAME TO outcome_day_before;

-- How sessions went on each day, as question session_outcomes tells it; days in rolled_day only. Key: split, subject, day.
-- Filled by: the roll-ups, from session and id_token.
CREATE TABLE outcome_day (
    split VARCHAR NOT NULL, -- What the subject is: `site`, `charger`, `connector`, `tariff` or `driver`.
    subject VARCHAR NOT NULL, -- `all`, the charger, the connector as `CP-7/1`, the tariff as `standard v2`, or the person of view token_driver.
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

INSERT INTO outcome_day SELECT * FROM outcome_day_before;

DROP TABLE outcome_day_before;

CREATE OR REPLACE VIEW token_driver AS -- Who stands behind a token: the driver's name, the token's label, or the token masked but for its last four characters; numbered where several share the same. Key: token.
-- token: Token in lower case; empty: sessions without one.
-- person: The same whatever the words are: `driver:7` by the id of the driver, else `token:` and the token.
-- driver: Who stands behind it, in words that no other driver has.
WITH presented AS (
    SELECT DISTINCT lower(id_token) AS token FROM session
    UNION
    SELECT lower(id_token) FROM refused_token
),
named AS (
    SELECT
        presented.token,
        coalesce(min(id_token.driver_id), presented.token) AS who,
        min(id_token.driver_id) IS NOT NULL AS known,
        coalesce(
            min(driver.name),
            min(id_token.label),
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
    CASE WHEN known THEN 'driver:' ELSE 'token:' END || who AS person,
    CASE
        WHEN numbered.namesakes > 1 THEN numbered.name || ' #' || numbered.number
        ELSE numbered.name
    END AS driver
FROM named
JOIN numbered USING (known, who);

-- Days of before have no rows of drivers yet: they are worked out again.
DELETE FROM rolled_day;
