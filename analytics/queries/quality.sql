-- Question: what in the data of the period deserves doubt?
-- Parameters: start, end (instants, half-open)
-- Units: findings: number of rows
WITH chosen AS (
    SELECT *, charge_point_id || '/' || connector_id AS connector
    FROM session
    WHERE started_at < $end AND coalesce(ended_at >= $start, true)
),
-- include: clock_stamps(since: $start; until: $end; only: ),
clock AS (
    SELECT charge_point_id, day, round(median(ahead_s))::BIGINT AS ahead_s
    FROM freshest
    GROUP BY ALL
    HAVING count(*) >= 3
),
metered AS (
    SELECT
        charge_point_id, connector_id, slot_start, register_wh, power_w,
        register_wh - lag(register_wh) OVER following AS rise_wh,
        epoch(slot_start) - epoch(lag(slot_start) OVER following) AS since_s
    FROM meter_quarter
    WHERE slot_start >= $start AND slot_start < $end
    WINDOW following AS (PARTITION BY charge_point_id, connector_id ORDER BY slot_start)
),
ratio AS (
    SELECT
        charge_point_id || '/' || connector_id AS connector,
        sum(power_w) / 4 / nullif(sum(rise_wh), 0) AS power_to_register
    FROM metered
    WHERE since_s = 900 AND rise_wh > 0 AND power_w > 0
    GROUP BY ALL
    HAVING count(*) >= 4
),
silent AS (
    SELECT slot.charge_point_id, slot.connector_id, slot.session_id, slot.slot_start
    FROM session_interval AS slot
    JOIN (
        SELECT charge_point_id, connector_id, min(slot_start) AS first_at, max(slot_start) AS last_at
        FROM metered
        GROUP BY ALL
    ) AS known
        ON
            slot.charge_point_id = known.charge_point_id
            AND slot.connector_id = known.connector_id
            AND slot.slot_start > known.first_at
            AND slot.slot_start < known.last_at
    ANTI JOIN metered
        ON
            slot.charge_point_id = metered.charge_point_id
            AND slot.connector_id = metered.connector_id
            AND slot.slot_start = metered.slot_start
    WHERE
        slot.slot_start >= $start AND slot.slot_start < $end
        AND NOT slot.assumed AND slot.connected_s >= 900
),
-- The last session before the period on each connector: what the first one in it follows.
ahead AS (
    SELECT charge_point_id, connector_id, max(started_at) AS started_before
    FROM session
    WHERE source = 'ocpp' AND meter_start_wh IS NOT NULL AND started_at < $start
    GROUP BY ALL
),
followed AS (
    SELECT
        charge_point_id || '/' || connector_id AS connector,
        session_id,
        started_at,
        meter_start_wh - lag(meter_stop_wh) OVER following AS between_wh
    FROM session
    LEFT JOIN ahead USING (charge_point_id, connector_id)
    WHERE
        source = 'ocpp'
        AND meter_start_wh IS NOT NULL
        AND started_at < $end
        AND (started_at >= $start OR started_at = ahead.started_before)
    WINDOW following AS (
        PARTITION BY charge_point_id, connector_id ORDER BY started_at, transaction_id
    )
),
found AS (
    SELECT 'corrected sessions' AS check_name, connector AS subject, session_id AS example,
        'a rule corrected the registers; the raw values are kept' AS words
    FROM chosen
    WHERE trust = 'repaired'
    UNION ALL
    SELECT 'doubtful sessions', connector, session_id,
        'what the registers say cannot be believed and is not billed'
    FROM chosen
    WHERE trust = 'doubtful'
    UNION ALL
    SELECT 'assumed course', source, session_id,
        'the course of the energy over time was not metered; power at the rating is assumed'
    FROM chosen
    WHERE trust = 'assumed'
    UNION ALL
    SELECT 'long open sessions', connector, session_id,
        'no stop since more than two days before the last message'
    FROM chosen
    WHERE
        ended_at IS NULL
        AND started_at < (SELECT max(message_at) FROM ocpp_message) - INTERVAL 2 DAYS
    UNION ALL
    SELECT 'adopted transactions', connector, session_id,
        'the start never came; the session counts from the first news of it'
    FROM chosen
    WHERE adopted
    UNION ALL
    SELECT 'inferred stops', connector, session_id,
        'the stop named another transaction; matched by connector, token and times'
    FROM chosen
    WHERE end_inferred AND stop_reason IS NOT NULL
    UNION ALL
    SELECT 'missing stops', connector, session_id, findings
    FROM chosen
    WHERE end_inferred AND stop_reason IS NULL AND source = 'ocpp'
    UNION ALL
    SELECT 'gaps in readings', charge_point_id || '/' || connector_id, session_id,
        'no reading for a quarter of an hour or longer'
    FROM silent
    UNION ALL
    SELECT 'wrong unit', connector, NULL,
        'power and register differ by a factor of ' || round(power_to_register, 4)
    FROM ratio
    WHERE power_to_register BETWEEN 500 AND 2000 OR power_to_register BETWEEN 0.0005 AND 0.002
    UNION ALL
    SELECT 'clock drift', charge_point_id, strftime(day, '%Y-%m-%d'),
        'its clock was up to ' || max(abs(ahead_s)) OVER (PARTITION BY charge_point_id)
            || ' s off ours'
    FROM clock
    WHERE abs(ahead_s) > 60
    UNION ALL
    SELECT 'energy between sessions', connector, session_id,
        round(sum(between_wh) OVER (PARTITION BY connector) / 1000, 3)
            || ' kWh flowed while no session ran'
    FROM followed
    WHERE started_at >= $start AND between_wh > 10
    UNION ALL
    SELECT 'register fell between sessions', connector, session_id,
        'the register was lower at the start than at the stop before'
    FROM followed
    WHERE started_at >= $start AND between_wh < 0
    UNION ALL
    SELECT 'energy without a price', charge_point_id || '/' || connector_id, session_id,
        'no energy price is known for this time; it is missing from energy cost'
    FROM session_interval
    WHERE
        slot_start >= $start AND slot_start < $end AND energy_wh > 0 AND price_per_kwh IS NULL
    UNION ALL
    SELECT 'odd messages', charge_point_id, message_id, 'taken with findings: ' || findings
    FROM ocpp_message_all
    WHERE message_at >= $start AND message_at < $end AND findings <> ''
    UNION ALL
    SELECT 'refused messages', charge_point_id, message_id, 'answered with a CALLERROR'
    FROM ocpp_message_all
    WHERE message_at >= $start AND message_at < $end AND outcome = 'refused'
    UNION ALL
    SELECT 'unreadable frames', charge_point_id, message_id, 'no OCPP message; kept raw'
    FROM ocpp_message_all
    WHERE message_at >= $start AND message_at < $end AND outcome = 'unreadable'
    UNION ALL
    SELECT 'doubtful samples', charge_point_id || '/' || connector_id, measurand, doubt
    FROM meter_sample
    WHERE taken_at >= $start AND taken_at < $end AND doubt <> ''
    UNION ALL
    SELECT 'rejected rows', import_run.file_name, 'line ' || rejected_row.line,
        rejected_row.reason
    FROM rejected_row
    JOIN import_run USING (import_id)
    WHERE import_run.started_at >= $start AND import_run.started_at < $end
)
SELECT
    check_name, subject, count(*) AS findings, any_value(words) AS words,
    any_value(example) AS example
FROM found
GROUP BY check_name, subject
ORDER BY check_name, findings DESC, subject
