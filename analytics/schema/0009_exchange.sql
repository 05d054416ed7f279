-- Imports can be taken back: what each of them wrote is kept, and whether it came to its end.

ALTER TABLE import_run RENAME TO import_run_before;

-- Files that were imported. Key: import_id.
-- Filled by: imports.
CREATE TABLE import_run (
    import_id VARCHAR NOT NULL, -- Key, unique over servers.
    site_id VARCHAR NOT NULL, -- Site.
    importer VARCHAR NOT NULL, -- Which importer.
    file_name VARCHAR NOT NULL, -- Name of the file, without its folder.
    started_at TIMESTAMPTZ NOT NULL, -- When.
    timezone VARCHAR, -- Zone that times without one were read in.
    rows_read BIGINT NOT NULL, -- Rows of the file.
    rows_imported BIGINT NOT NULL, -- Rows that became something new.
    rows_known BIGINT NOT NULL, -- Rows that were there before.
    rows_rejected BIGINT NOT NULL, -- Rows that could not be used.
    finished_at TIMESTAMPTZ, -- When it came to its end; NULL: it was broken off, or it runs.
    undone_at TIMESTAMPTZ -- When what it wrote was deleted again; NULL: never.
);

INSERT INTO import_run
SELECT
    import_id, site_id, importer, file_name, started_at, timezone, rows_read, rows_imported,
    rows_known, rows_rejected, started_at, NULL
FROM import_run_before;

DROP TABLE import_run_before;

-- What imports wrote, so that they can be undone. Key: import_id, table_name, session_id, starts_at, part.
-- Filled by: imports.
CREATE TABLE imported_row (
    import_id VARCHAR NOT NULL, -- Import.
    table_name VARCHAR NOT NULL, -- `session`, `site_load` or `price`.
    session_id VARCHAR, -- Session, with its grid and its bill.
    starts_at TIMESTAMPTZ, -- Start of a value of a series.
    part VARCHAR -- Its source (`site_load`) or kind (`price`).
);
