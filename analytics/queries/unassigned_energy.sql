-- Question: which energy flowed between sessions, so that it belongs to none?
-- Parameters: start, end (instants, half-open)
-- Units: _kwh kWh
WITH followed AS (
    SELECT
        charge_point_id || '/' || connector_id AS connector,
        charge_point_id,
        connector_id,
        session_id,
        ended_at,
        meter_stop_wh,
        lead(session_id) OVER following AS next_session_id,
        lead(started_at) OVER following AS next_started_at,
        lead(meter_start_wh) OVER following AS next_start_wh
    FROM session
    WHERE source = 'ocpp'
    WINDOW following AS (
        PARTITION BY charge_point_id, connector_id ORDER BY started_at, transaction_id
    )
),
rising AS (
    SELECT followed.session_id, max(meter_sample.value) AS read_wh, max(taken_at) AS read_at
    FROM followed
    JOIN meter_sample
        ON
            followed.charge_point_id = meter_sample.charge_point_id
            AND followed.connector_id = meter_sample.connector_id
            AND meter_sample.taken_at > followed.ended_at
    WHERE
        followed.next_session_id IS NULL
        AND meter_sample.session_id IS NULL
        AND meter_sample.measurand = 'Energy.Active.Import.Register'
        AND meter_sample.phase = ''
        AND meter_sample.location = 'Outlet'
        AND meter_sample.doubt = ''
    GROUP BY followed.session_id
)
SELECT
    followed.connector,
    followed.session_id AS after_session_id,
    followed.next_session_id AS before_session_id,
    followed.ended_at AS from_at,
    coalesce(followed.next_started_at, rising.read_at) AS to_at,
    (coalesce(followed.next_start_wh, rising.read_wh) - followed.meter_stop_wh) / 1000
        AS energy_kwh
FROM followed
LEFT JOIN rising USING (session_id)
WHERE
    followed.ended_at >= $start
    AND followed.ended_at < $end
    AND followed.meter_stop_wh > 0
    AND coalesce(followed.next_start_wh, rising.read_wh) > followed.meter_stop_wh
ORDER BY followed.ended_at DESC, followed.connector
