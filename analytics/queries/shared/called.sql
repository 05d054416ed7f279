-- Shared: the words for each driver, who is counted by person so that a name may change.
called AS (
    SELECT DISTINCT person, driver
    FROM token_driver
    WHERE $split = 'driver'
)
