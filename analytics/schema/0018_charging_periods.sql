-- The charging periods that a session was billed by are kept beside its bill.

-- What an ended session did from one instant to the next, as a CDR tells it (OCPI 2.2.1, section 10.4.3); quarters of an hour in which nothing happened are one period. Key: session_id, period.
-- Filled by: the settlement of a session, together with cost_line; imports.
CREATE TABLE charging_period (
    site_id VARCHAR NOT NULL, -- Site.
    session_id VARCHAR NOT NULL, -- Session.
    period INTEGER NOT NULL, -- Counts from 1 within the session.
    starts_at TIMESTAMPTZ NOT NULL, -- Start; it lasts until the next one begins or the session ends.
    energy_kwh DECIMAL(18, 4), -- ENERGY, kWh; NULL: none. A session's sum is its energy to four decimals.
    charging_h DECIMAL(18, 4), -- TIME, h of charging; NULL: the car only stood.
    parking_h DECIMAL(18, 4), -- PARKING_TIME, h without charging; NULL: it charged throughout.
    tariff_id VARCHAR -- Tariff of the session; NULL: none of ours.
);

INSERT INTO charging_period
WITH numbered AS (
    SELECT
        session_interval.session_id,
        session_interval.energy_wh,
        session_interval.charging_s,
        greatest(session_interval.connected_s - session_interval.charging_s, 0) AS stood_s,
        CASE
            WHEN row_number() OVER by_slot = 1 THEN session.started_at
            ELSE session_interval.slot_start
        END AS starts_at,
        row_number() OVER by_slot AS number,
        count(*) OVER whole AS numbers,
        sum(session_interval.energy_wh) OVER (
            by_slot ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS reached_wh,
        sum(session_interval.energy_wh) OVER whole AS whole_wh,
        session.energy_wh AS total_wh
    FROM session_interval
    JOIN session USING (session_id)
    WHERE session.ended_at IS NOT NULL
    WINDOW
        by_slot AS (PARTITION BY session_interval.session_id ORDER BY slot_start),
        whole AS (PARTITION BY session_interval.session_id)
),
reached AS (
    SELECT
        *,
        CASE
            WHEN
                number = numbers
                OR (
                    number >= coalesce(
                        max(CASE WHEN charging_s > 0 THEN number END)
                            OVER (PARTITION BY session_id),
                        numbers
                    )
                    AND whole_wh - reached_wh < 1
                )
                THEN (total_wh::VARCHAR::DECIMAL(30, 16) * 0.001)::DECIMAL(18, 4)
            ELSE (reached_wh::VARCHAR::DECIMAL(30, 16) * 0.001)::DECIMAL(18, 4)
        END AS reached_kwh
    FROM numbered
),
taken AS (
    SELECT
        *,
        reached_kwh - lag(reached_kwh, 1, 0::DECIMAL(18, 4))
            OVER (PARTITION BY session_id ORDER BY number) AS energy_kwh
    FROM reached
),
grouped AS (
    SELECT
        *,
        sum((energy_kwh <> 0 OR charging_s > 0)::INTEGER)
            OVER (PARTITION BY session_id ORDER BY number) AS before,
        energy_kwh = 0 AND charging_s = 0 AS stands
    FROM taken
),
period AS (
    SELECT
        session_id,
        min(starts_at) AS starts_at,
        nullif(sum(energy_kwh), 0)::DECIMAL(18, 4) AS energy_kwh,
        CASE WHEN NOT stands THEN sum(charging_s) / 3600 END AS charging_h,
        CASE WHEN stands OR sum(stood_s) > 0 THEN sum(stood_s) / 3600 END AS parking_h
    FROM grouped
    GROUP BY session_id, before, stands
    UNION ALL
    -- A session without a grid stood for as long as it lasted.
    SELECT
        session_id,
        started_at,
        NULL,
        NULL,
        greatest(epoch_us(ended_at) - epoch_us(started_at), 0) / 1000000 / 3600
    FROM session
    WHERE ended_at IS NOT NULL AND session_id NOT IN (SELECT session_id FROM session_interval)
)
SELECT
    session.site_id,
    period.session_id,
    row_number() OVER (PARTITION BY period.session_id ORDER BY period.starts_at),
    period.starts_at,
    period.energy_kwh,
    -- Text with an exponent, as that of tiny numbers, is not rounded right.
    CASE
        WHEN period.charging_h < 0.00005 THEN 0
        WHEN period.charging_h < 0.0001 THEN 0.0001
        ELSE period.charging_h::VARCHAR::DECIMAL(18, 4)
    END,
    CASE
        WHEN period.parking_h < 0.00005 THEN 0
        WHEN period.parking_h < 0.0001 THEN 0.0001
        ELSE period.parking_h::VARCHAR::DECIMAL(18, 4)
    END,
    session.tariff_id
FROM period
JOIN session USING (session_id);
