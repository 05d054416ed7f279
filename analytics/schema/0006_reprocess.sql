-- What was decided about a message beyond its text, so that every derived table can be made anew
-- from ocpp_message: our numbers of transactions, and our orders as they were meant.

ALTER TABLE ocpp_message RENAME TO ocpp_message_before;

-- Every OCPP exchange as it was on the wire; all tables derived from messages can be rebuilt from it. Key: site_id, seq.
-- Filled by: every message of both directions.
CREATE TABLE ocpp_message (
    site_id VARCHAR NOT NULL, -- Site.
    seq BIGINT NOT NULL, -- Order in which this server stored its messages.
    message_at TIMESTAMPTZ NOT NULL, -- When we received the CALL, or sent ours.
    charge_point_id VARCHAR NOT NULL, -- Charger.
    direction VARCHAR NOT NULL, -- Who sent the CALL: `from-charger` or `to-charger`.
    message_id VARCHAR NOT NULL, -- The CALL's own id.
    action VARCHAR NOT NULL, -- OCPP action; empty when the frame could not be read that far.
    ocpp_version VARCHAR NOT NULL, -- Subprotocol of the link.
    frame VARCHAR NOT NULL, -- The CALL.
    answer VARCHAR, -- The answer; NULL when there was none.
    outcome VARCHAR NOT NULL, -- `answered`, `refused`, `sent`, `timed-out`, `link-lost` or `unreadable`.
    session_id VARCHAR, -- Session that it belongs to.
    findings VARCHAR NOT NULL, -- What was odd, one per line; the message was taken all the same.
    transaction_id BIGINT, -- Our number of the transaction, where neither frame nor answer says it: OCPP 2.x, or a stop that named another one.
    decided VARCHAR -- What else does not follow from frame and answer, as JSON: our order as it was meant, words that the version cannot say; NULL: nothing.
);

INSERT INTO ocpp_message
SELECT
    message.*,
    CASE
        WHEN message.direction <> 'from-charger' OR message.outcome <> 'answered' THEN NULL
        WHEN message.action = 'TransactionEvent' THEN known.transaction_id
        WHEN message.action = 'StopTransaction'
            AND known.transaction_id <> try_cast(
                regexp_extract(message.frame, '"transactionId"\s*:\s*(-?\d+)', 1) AS BIGINT
            )
            THEN known.transaction_id
    END,
    NULL
FROM ocpp_message_before AS message
LEFT JOIN (SELECT session_id, transaction_id FROM session) AS known USING (session_id)
ORDER BY seq;

DROP TABLE ocpp_message_before;
