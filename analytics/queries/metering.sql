-- Question: what did connectors meter over time, also outside of sessions?
-- Parameters: start, end (instants, half-open); by (minute, quarter_hour, day); connector (NULL: all)
-- Units: energy_kwh kWh (rise of the register since the period before), register_kwh kWh, _kw kW, _a A, _v V
WITH bucket AS (
    SELECT
        charge_point_id, connector_id, minute AS period_start, register_wh, power_w, power_max_w,
        current_max_a, voltage_min_v, voltage_max_v, readings
    FROM meter_minute
    WHERE $by = 'minute' AND minute >= $start - INTERVAL 1 DAY AND minute < $end
    UNION ALL
    SELECT
        charge_point_id, connector_id, slot_start, register_wh, power_w, power_max_w,
        current_max_a, voltage_min_v, voltage_max_v, readings
    FROM meter_quarter
    WHERE $by = 'quarter_hour' AND slot_start >= $start - INTERVAL 7 DAYS AND slot_start < $end
    UNION ALL
    SELECT
        charge_point_id, connector_id, day::TIMESTAMP AT TIME ZONE $timezone, register_wh,
        power_w, power_max_w, current_max_a, voltage_min_v, voltage_max_v, readings
    FROM meter_day
    WHERE
        $by = 'day'
        AND day >= ($start AT TIME ZONE $timezone)::DATE - INTERVAL 90 DAYS
        AND day <= ($end AT TIME ZONE $timezone)::DATE
),
risen AS (
    SELECT
        *,
        charge_point_id || '/' || connector_id AS connector,
        register_wh - lag(register_wh IGNORE NULLS) OVER (
            PARTITION BY charge_point_id, connector_id ORDER BY period_start
        ) AS rise_wh
    FROM bucket
)
SELECT
    period_start,
    connector,
    CASE WHEN rise_wh >= 0 THEN rise_wh / 1000 END AS energy_kwh,
    register_wh / 1000 AS register_kwh,
    power_w / 1000 AS mean_kw,
    power_max_w / 1000 AS peak_kw,
    current_max_a,
    voltage_min_v,
    voltage_max_v,
    readings,
    coalesce(rise_wh < 0, false) AS register_fell
FROM risen
WHERE period_start >= $start AND period_start < $end AND ($connector IS NULL OR connector = $connector)
ORDER BY connector, period_start
