-- Question: which rows of imported files could not be used, and why?
-- Parameters: import_id (or NULL: of every import)
-- Units: line of the text file, or number of the row or item, from 1
SELECT rejected_row.import_id, import_run.file_name, line, reason, content
FROM rejected_row
JOIN import_run USING (import_id)
WHERE $import_id IS NULL OR rejected_row.import_id = $import_id
ORDER BY import_run.started_at DESC, rejected_row.import_id, line
