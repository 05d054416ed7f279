-- Tokens may expire, belong to a group, and run one transaction at a time.

ALTER TABLE id_token RENAME TO id_token_before;

-- Cards, apps and vehicles that may charge. Key: id_token.
-- Filled by: the HTTP API, when somebody changes a token.
CREATE TABLE id_token (
    id_token VARCHAR NOT NULL, -- As presented; compared without regard to case.
    status VARCHAR NOT NULL, -- `Accepted`, `Blocked`, `Expired`, `Invalid`, …
    label VARCHAR, -- Name for people.
    driver_id VARCHAR, -- Driver that it belongs to, when known.
    recorded_at TIMESTAMPTZ NOT NULL, -- When this was last changed.
    expires_at TIMESTAMPTZ, -- From then on it is Expired; NULL: never.
    group_token VARCHAR, -- Tokens with the same one may stop each other's transactions (OCPP 1.6: parentIdTag).
    single BOOLEAN NOT NULL -- True: it may run only one transaction at a time.
);

INSERT INTO id_token
SELECT id_token, status, label, driver_id, recorded_at, NULL, NULL, false
FROM id_token_before;

DROP TABLE id_token_before;
