-- Question: how large is the database, what takes the room, and how fast does it grow?
-- Parameters: none
-- Units: size_mib MiB, growth_mib_per_day MiB a day over the last 30 days (missing: measured for less than a day)
WITH latest AS (
    SELECT max(measured_at) AS measured_at FROM storage_size
),
earlier AS (
    SELECT kind, name, arg_min(size_bytes, measured_at) AS size_bytes, min(measured_at) AS measured_at
    FROM storage_size
    WHERE measured_at >= (SELECT measured_at FROM latest) - INTERVAL 30 DAYS
    GROUP BY kind, name
)
SELECT
    now.measured_at,
    now.kind,
    now.name,
    now.row_count AS rows,
    now.size_bytes / 1048576.0 AS size_mib,
    CASE
        WHEN now.kind <> 'budget' AND now.measured_at > earlier.measured_at + INTERVAL 1 DAY
            THEN (now.size_bytes - earlier.size_bytes) / 1048576.0
                / (epoch(now.measured_at) - epoch(earlier.measured_at)) * 86400
    END AS growth_mib_per_day
FROM storage_size AS now
JOIN latest USING (measured_at)
LEFT JOIN earlier USING (kind, name)
ORDER BY now.kind <> 'budget', now.kind <> 'file', now.kind <> 'archive', size_mib DESC, now.name
