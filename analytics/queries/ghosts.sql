-- Question: which open sessions are likely over, and why?
-- Parameters: at (instant); silent_h (hours without news that make a session suspect)
-- Units: none
WITH open AS (
    SELECT *
    FROM session
    WHERE ended_at IS NULL AND source = 'ocpp'
),
heard AS (
    SELECT session_id, max(message_at) AS heard_at
    FROM ocpp_message
    WHERE
        session_id IN (SELECT session_id FROM open)
        AND direction = 'from-charger'
        AND message_at >= (SELECT min(started_at) FROM open) - INTERVAL 1 DAY
    GROUP BY session_id
),
free AS (
    SELECT charge_point_id, connector_id, max(received_at) AS free_at
    FROM status
    WHERE status = 'Available' AND received_at <= $at
    GROUP BY charge_point_id, connector_id
),
later AS (
    SELECT open.session_id, max(other.transaction_id) AS transaction_id
    FROM open
    JOIN session AS other
        ON
            open.charge_point_id = other.charge_point_id
            AND open.connector_id = other.connector_id
            AND open.transaction_id < other.transaction_id
    GROUP BY open.session_id
),
asked AS (
    SELECT
        session_id,
        arg_max(ongoing, asked_at) AS ongoing,
        arg_max(messages_in_queue, asked_at) AS messages_in_queue
    FROM transaction_status
    GROUP BY session_id
),
judged AS (
    SELECT
        open.*,
        coalesce(heard.heard_at, open.started_at) AS heard_at,
        asked.messages_in_queue,
        concat_ws(
            chr(10),
            CASE WHEN free.free_at > coalesce(heard.heard_at, open.started_at)
                THEN 'its connector has been reported free since' END,
            CASE WHEN later.transaction_id IS NOT NULL
                THEN 'transaction ' || later.transaction_id || ' started on the connector since'
            END,
            CASE WHEN charge_point.booted_at > coalesce(heard.heard_at, open.started_at)
                THEN 'its charger has started anew since' END,
            CASE WHEN NOT asked.ongoing AND asked.messages_in_queue
                THEN 'its charger says that it is over and that messages of it still wait' END,
            CASE WHEN NOT asked.ongoing AND NOT asked.messages_in_queue
                THEN 'its charger says that it is over' END,
            CASE WHEN coalesce(heard.heard_at, open.started_at)
                < $at - to_seconds($silent_h * 3600)
                THEN 'nothing was heard of it for '
                    || round(
                        date_diff('minute', coalesce(heard.heard_at, open.started_at), $at) / 60, 1
                    ) || ' h'
            END
        ) AS reasons
    FROM open
    LEFT JOIN heard USING (session_id)
    LEFT JOIN later USING (session_id)
    LEFT JOIN asked USING (session_id)
    LEFT JOIN free
        ON
            open.charge_point_id = free.charge_point_id
            AND open.connector_id = free.connector_id
    LEFT JOIN charge_point ON open.charge_point_id = charge_point.charge_point_id
)
SELECT
    session_id,
    charge_point_id || '/' || connector_id AS connector,
    transaction_id,
    station_transaction_id,
    started_at,
    heard_at,
    energy_wh / 1000 AS energy_kwh,
    messages_in_queue,
    reasons
FROM judged
WHERE reasons <> ''
ORDER BY heard_at, session_id
