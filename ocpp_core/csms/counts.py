"""What the server counts; each name is a key of `CentralSystem.counters`."""

from __future__ import annotations

from enum import StrEnum


class Count(StrEnum):
    """Counters, each from 0 at the start of the server."""

    CONNECTIONS_ACCEPTED = "connections_accepted"
    CONNECTIONS_REFUSED = "connections_refused"
    """Handshakes that ended with an HTTP error."""
    CONNECTIONS_BELOW_PROFILE = "connections_below_profile"
    """Refused since they were less secure than the charger's own security profile."""
    CONNECTIONS_THROTTLED = "connections_throttled"
    """Refused without a look at the password, after too many wrong ones."""
    CREDENTIALS_WRONG = "credentials_wrong"
    """Refused for a wrong password, or a certificate of somebody else."""
    TLS_HANDSHAKES_FAILED = "tls_handshakes_failed"
    """Connections to the TLS port that ended before they were encrypted."""
    CONNECTIONS_WITHOUT_VERSION = "connections_without_version"
    """Handshakes that offered no OCPP version we speak."""
    CONNECTIONS_REPLACED = "connections_replaced"
    """Links that a newer one of the same charger took over from."""
    CONNECTIONS_SILENT = "connections_silent"
    """Links closed since nothing came for too long."""
    CONNECTIONS_LAPSED = "connections_lapsed"
    """Links closed since what they had proved counts no more."""
    HANDSHAKES_TIMED_OUT = "handshakes_timed_out"
    MESSAGES_RECEIVED = "messages_received"
    MESSAGES_ANSWERED = "messages_answered"
    """CALLs answered with a CALLRESULT, after they were durable."""
    MESSAGES_UNANSWERED = "messages_unanswered"
    """Messages that are never answered (OCPP 2.1 SEND)."""
    MESSAGES_REFUSED = "messages_refused"
    """CALLs answered with a CALLERROR for a fault of the charger."""
    MESSAGES_REPEATED = "messages_repeated"
    """CALLs that came again and got the answer of the first time."""
    MESSAGES_UNREADABLE = "messages_unreadable"
    """Frames that are no OCPP message, answered or not."""
    MESSAGES_OVERSIZE = "messages_oversize"
    MESSAGES_WITH_FINDINGS = "messages_with_findings"
    """Messages that were taken although something was odd."""
    MESSAGES_DROPPED = "messages_dropped"
    """Waiting messages of a link that ended; unanswered, so the charger keeps them."""
    STORE_FAILURES = "store_failures"
    """Messages that the store did not commit."""
    INTERNAL_ERRORS = "internal_errors"
    """Faults of ours while handling a message; each is logged."""
    COMMANDS_SENT = "commands_sent"
    COMMANDS_ACCEPTED = "commands_accepted"
    COMMANDS_REFUSED = "commands_refused"
    COMMANDS_TIMED_OUT = "commands_timed_out"
    COMMANDS_OFFLINE = "commands_offline"
    CERTIFICATES_SENT = "certificates_sent"
    """Certificates that chargers asked for, got and took."""
    CERTIFICATES_REFUSED = "certificates_refused"
    """Requests for one that were not signed."""
    ANSWERS_UNUSED = "answers_unused"
    """Our answers that a charger could not use (OCPP 2.1 CALLRESULTERROR)."""
    ANSWERS_LATE = "answers_late"
    """Answers that came after their command had timed out; discarded."""
    ANSWERS_UNASKED = "answers_unasked"
    """Answers to nothing we asked."""


type Counts = dict[Count, int]
"""Every counter; a plain dict adds one in 0.03 us, a `collections.Counter` in 0.12."""


def counts_from_zero() -> Counts:
    """Return every counter at 0."""
    return dict.fromkeys(Count, 0)
