-- Question: which tokens are on record beside those of the configuration?
-- Parameters: none
-- Units: none
SELECT id_token, status, label, expires_at, group_token, single, recorded_at
FROM id_token
ORDER BY id_token
