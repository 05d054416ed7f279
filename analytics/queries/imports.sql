-- Question: which files were imported, and what became of their rows?
-- Parameters: none
-- Units: rows_ numbers of rows
SELECT
    import_id,
    importer,
    file_name,
    started_at,
    finished_at,
    undone_at,
    timezone,
    rows_read,
    rows_imported,
    rows_known,
    rows_rejected,
    CASE
        WHEN undone_at IS NOT NULL THEN 'undone'
        WHEN finished_at IS NULL THEN 'broken off'
        ELSE 'done'
    END AS state
FROM import_run
ORDER BY started_at DESC, import_id
