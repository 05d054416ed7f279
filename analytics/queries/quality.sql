-- Question: what in the data of the period deserves doubt?
-- Parameters: start, end (instants, half-open)
-- Units: findings: number of rows
WITH chosen AS (
    SELECT *, charge_point_id || '/' || connector_id AS connector
    FROM session
    WHERE started_at < $end AND coalesce(ended_at >= $start, true)
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
