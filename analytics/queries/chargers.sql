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
-- include: clock_stamps(since: $start; until: $end; only: ),
clock AS (
    SELECT charge_point_id, median(ahead_s) AS ahead_s
    FROM freshest
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
