-- Question: which chargers are there, what are they, and how did their messages fare?
-- Parameters: start, end (instants, half-open: of the messages that are counted)
-- Units: ahead_s s; counts are numbers of messages
WITH talk AS (
    SELECT
        charge_point_id,
        max(message_at) FILTER (direction = 'from-charger') AS heard_at,
        count(*) FILTER (outcome <> 'sent') AS messages,
        count(*) FILTER (findings <> '') AS odd,
        count(*) FILTER (outcome = 'refused') AS refused,
        count(*) FILTER (outcome = 'unreadable') AS unreadable,
        count(*) FILTER (outcome IN ('timed-out', 'link-lost')) AS unanswered
    FROM ocpp_message
    WHERE message_at >= $start AND message_at < $end
    GROUP BY charge_point_id
),
-- As the view clock_offset, but over the period alone: its rows are found without reading all.
stamp AS (
    SELECT charge_point_id, received_at, changed_at AS stamped_at
    FROM status
    WHERE changed_at <> received_at AND received_at >= $start AND received_at < $end
    UNION ALL
    SELECT charge_point_id, received_at, event_at
    FROM transaction_event
    WHERE NOT offline AND received_at >= $start AND received_at < $end
),
minute AS (
    SELECT charge_point_id, max(epoch(stamped_at) - epoch(received_at)) AS ahead_s
    FROM stamp
    GROUP BY charge_point_id, time_bucket(INTERVAL 1 MINUTE, received_at)
),
clock AS (
    SELECT charge_point_id, median(ahead_s) AS ahead_s
    FROM minute
    GROUP BY charge_point_id
    HAVING count(*) >= 3
)
SELECT
    charge_point.charge_point_id,
    charge_point.configured,
    charge_point.vendor,
    charge_point.model,
    charge_point.serial_number,
    charge_point.firmware_version,
    charge_point.ocpp_version,
    charge_point.booted_at,
    talk.heard_at,
    coalesce(talk.messages, 0) AS messages,
    coalesce(talk.odd, 0) AS odd,
    coalesce(talk.refused, 0) AS refused,
    coalesce(talk.unreadable, 0) AS unreadable,
    coalesce(talk.unanswered, 0) AS unanswered,
    clock.ahead_s
FROM charge_point
LEFT JOIN talk USING (charge_point_id)
LEFT JOIN clock USING (charge_point_id)
ORDER BY charge_point.charge_point_id
