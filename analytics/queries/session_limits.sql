-- Question: what was one session allowed to draw in each quarter of an hour, and why not more?
-- Parameters: session_id
-- Units: limit_a A on each phase, limit_w and mean_w W, _s s; limits are means over limited_s
WITH chosen AS (
    SELECT
        session.*,
        site.voltage_v * greatest(
            1, len(list_filter(string_split(connector.phases, ' '), lambda name: name <> ''))
        ) AS volts
    FROM session
    LEFT JOIN connector USING (charge_point_id, connector_id)
    JOIN site ON session.site_id = site.site_id
    WHERE session.session_id = $session_id
),
slot AS (
    SELECT
        session_interval.slot_start,
        session_interval.energy_wh,
        greatest(session_interval.slot_start, chosen.started_at) AS from_at,
        greatest(session_interval.slot_start, chosen.started_at) + to_microseconds(
            (session_interval.connected_s * 1000000)::BIGINT
        ) AS until_at
    FROM session_interval
    CROSS JOIN chosen
    WHERE
        session_interval.session_id = $session_id
        AND session_interval.slot_start >=
        -- include: since_session
),
told AS (
    SELECT
        charging_profile.ordered_at,
        charging_profile.step,
        coalesce(charging_profile.purpose, 'TxProfile') AS purpose,
        charging_profile.rate_unit,
        charging_profile.duration_s,
        charging_profile.periods,
        coalesce(charging_profile.schedule_start, chosen.started_at) AS begins_at,
        chosen.volts
    FROM charging_profile
    JOIN chosen
        ON
            charging_profile.charge_point_id = chosen.charge_point_id
            AND charging_profile.connector_id IN (0, chosen.connector_id)
    WHERE
        charging_profile.step IN ('ordered', 'cleared')
        AND charging_profile.answer = 'Accepted'
        AND charging_profile.ordered_at <= (SELECT max(until_at) FROM slot)
        AND (
            charging_profile.purpose IN ('TxDefaultProfile', 'ChargePointMaxProfile')
            OR charging_profile.transaction_id = chosen.transaction_id
            OR charging_profile.session_id = chosen.session_id
        )
),
replaced AS (
    SELECT *, lead(ordered_at) OVER (PARTITION BY purpose ORDER BY ordered_at) AS replaced_at
    FROM told
),
period AS (
    SELECT
        * EXCLUDE (text),
        split_part(text, ':', 1)::BIGINT AS start_s,
        try_cast(split_part(text, ':', 2) AS DOUBLE) AS value
    FROM (
        SELECT * EXCLUDE (periods), unnest(string_split(periods, ' ')) AS text
        FROM replaced
        WHERE step = 'ordered' AND periods <> ''
    )
),
held AS (
    SELECT
        purpose = 'TxProfile' AS is_own,
        CASE WHEN rate_unit = 'A' THEN value ELSE value / volts END AS limit_a,
        CASE WHEN rate_unit = 'A' THEN value * volts ELSE value END AS limit_w,
        greatest(ordered_at, begins_at + to_seconds(start_s)) AS from_at,
        least(
            replaced_at,
            begins_at + to_seconds(duration_s),
            begins_at + to_seconds(
                lead(start_s) OVER (PARTITION BY purpose, ordered_at ORDER BY start_s)
            )
        ) AS until_at
    FROM period
    WHERE purpose <> 'ChargePointMaxProfile'
),
-- What caps every session at the charger or connector, whoever set it.
foreign_schedule AS (
    SELECT
        charging_limit.source,
        charging_limit.notified_at AS begins_at,
        charging_limit.cleared_at AS ends_at,
        NULL::INTEGER AS duration_s,
        split_part(schedule, ' ', 1) AS rate_unit,
        string_split(schedule, ' ')[2:] AS periods,
        chosen.volts
    FROM charging_limit
    JOIN chosen
        ON
            charging_limit.charge_point_id = chosen.charge_point_id
            AND charging_limit.connector_id IN (0, chosen.connector_id)
    CROSS JOIN unnest(string_split(charging_limit.schedules, '; ')) AS one (schedule)
    WHERE charging_limit.schedules <> ''
    UNION ALL
    SELECT
        known.source,
        greatest(coalesce(known.schedule_start, known.since), known.since),
        least(known.ended_at, known.valid_to),
        known.duration_s,
        known.rate_unit,
        string_split(known.periods, ' '),
        chosen.volts
    FROM profile_in_force AS known
    JOIN chosen
        ON
            known.charge_point_id = chosen.charge_point_id
            AND known.connector_id IN (0, chosen.connector_id)
    WHERE
        known.source <> 'ordered'
        AND known.periods <> ''
        AND known.kind <> 'Recurring'
        AND known.purpose <> 'LocalGeneration'
        AND (known.transaction_id IS NULL OR known.transaction_id = chosen.transaction_id)
),
foreign_period AS (
    SELECT
        * EXCLUDE (text),
        split_part(text, ':', 1)::BIGINT AS start_s,
        try_cast(split_part(text, ':', 2) AS DOUBLE) AS value
    FROM (
        SELECT
            * EXCLUDE (periods),
            row_number() OVER () AS number,
            unnest(periods) AS text
        FROM foreign_schedule
    )
),
ceiling AS (
    SELECT
        CASE WHEN rate_unit = 'A' THEN value ELSE value / volts END AS limit_a,
        CASE WHEN rate_unit = 'A' THEN value * volts ELSE value END AS limit_w,
        begins_at + to_seconds(start_s) AS from_at,
        least(
            ends_at,
            begins_at + to_seconds(duration_s),
            begins_at + to_seconds(lead(start_s) OVER (PARTITION BY number ORDER BY start_s))
        ) AS until_at,
        'other' AS reason,
        'set by another system (' || source || ')' AS words
    FROM foreign_period
    UNION ALL
    SELECT
        CASE WHEN rate_unit = 'A' THEN value ELSE value / volts END,
        CASE WHEN rate_unit = 'A' THEN value * volts ELSE value END,
        greatest(ordered_at, begins_at + to_seconds(start_s)),
        least(
            replaced_at,
            begins_at + to_seconds(duration_s),
            begins_at + to_seconds(
                lead(start_s) OVER (PARTITION BY purpose, ordered_at ORDER BY start_s)
            )
        ),
        'charger',
        'the maximum of the whole charger'
    FROM period
    WHERE purpose = 'ChargePointMaxProfile'
),
plan_of AS (
    SELECT
        plan_id,
        plan.made_at,
        lead(plan.made_at) OVER (ORDER BY plan.made_at) AS next_made_at
    FROM (SELECT DISTINCT plan_id FROM plan_slot_all WHERE session_id = $session_id)
    JOIN plan USING (plan_id)
),
meant AS (
    SELECT
        planned.reason,
        planned.words,
        greatest(planned.slot_start, plan_of.made_at) AS from_at,
        least(planned.slot_end, plan_of.next_made_at) AS until_at
    FROM plan_slot_all AS planned
    JOIN plan_of USING (plan_id)
    WHERE planned.session_id = $session_id
),
border AS (
    SELECT from_at AS at FROM slot
    UNION
    SELECT until_at FROM slot
    UNION
    SELECT from_at FROM held
    UNION
    SELECT until_at FROM held
    UNION
    SELECT from_at FROM ceiling
    UNION
    SELECT until_at FROM ceiling
    UNION
    SELECT from_at FROM meant
    UNION
    SELECT until_at FROM meant
),
piece AS (
    SELECT
        slot.slot_start,
        border.at,
        epoch(least(
            slot.until_at,
            lead(border.at) OVER (PARTITION BY slot.slot_start ORDER BY border.at)
        )) - epoch(border.at) AS lasted_s
    FROM slot
    JOIN border ON border.at >= slot.from_at AND border.at < slot.until_at
),
own AS (
    SELECT
        piece.slot_start,
        piece.at,
        any_value(piece.lasted_s) AS lasted_s,
        arg_max(held.limit_a, held.is_own::INTEGER) AS limit_a,
        arg_max(held.limit_w, held.is_own::INTEGER) AS limit_w,
        bool_or(held.is_own) AS is_own
    FROM piece
    LEFT JOIN held
        ON piece.at >= held.from_at AND (held.until_at IS NULL OR piece.at < held.until_at)
    GROUP BY piece.slot_start, piece.at
),
limited AS (
    SELECT
        own.slot_start,
        own.at,
        any_value(own.lasted_s) AS lasted_s,
        least(any_value(own.limit_a), min(ceiling.limit_a)) AS limit_a,
        least(any_value(own.limit_w), min(ceiling.limit_w)) AS limit_w,
        any_value(own.is_own) AS is_own,
        CASE
            WHEN min(ceiling.limit_a) < coalesce(any_value(own.limit_a), 'infinity'::DOUBLE)
                THEN
                    arg_min(
                        struct_pack(reason := ceiling.reason, words := ceiling.words),
                        ceiling.limit_a
                    )
        END AS cap
    FROM own
    LEFT JOIN ceiling
        ON own.at >= ceiling.from_at AND (ceiling.until_at IS NULL OR own.at < ceiling.until_at)
    GROUP BY own.slot_start, own.at
),
explained AS (
    SELECT
        limited.*,
        any_value(meant.reason) AS reason,
        any_value(meant.words) AS words
    FROM limited
    LEFT JOIN meant
        ON limited.at >= meant.from_at AND (meant.until_at IS NULL OR limited.at < meant.until_at)
    GROUP BY ALL
),
by_reason AS (
    SELECT
        slot_start,
        CASE
            WHEN cap IS NOT NULL THEN cap.reason
            WHEN is_own THEN coalesce(reason, 'ordered')
            WHEN limit_a IS NOT NULL THEN 'default'
        END AS reason,
        arg_max(
            CASE WHEN cap IS NOT NULL THEN cap.words WHEN is_own THEN words END, lasted_s
        ) AS words,
        sum(lasted_s) AS lasted_s,
        sum(lasted_s) FILTER (limit_a IS NOT NULL) AS limited_s,
        sum(limit_a * lasted_s) AS ampere_s,
        sum(limit_w * lasted_s) AS watt_s
    FROM explained
    GROUP BY ALL
)
SELECT
    slot.slot_start,
    any_value(slot.energy_wh) * 3600 / sum(by_reason.lasted_s) AS mean_w,
    sum(by_reason.ampere_s) / sum(by_reason.limited_s) AS limit_a,
    sum(by_reason.watt_s) / sum(by_reason.limited_s) AS limit_w,
    coalesce(sum(by_reason.limited_s), 0) AS limited_s,
    sum(by_reason.lasted_s) AS connected_s,
    arg_max(by_reason.reason, by_reason.lasted_s) AS reason,
    coalesce(arg_max(by_reason.words, by_reason.lasted_s), '') AS words
FROM slot
JOIN by_reason USING (slot_start)
GROUP BY slot.slot_start
ORDER BY slot.slot_start
