"""Every exception that Ampherd raises on purpose.

AmpherdError
├── ConfigurationError          the site's owner has something to correct
├── StoreError                  our fault or our disk's: nothing was written
│   ├── StoreLockedError        another process owns the database file
│   ├── StoreReadOnlyError      the file or its folder cannot be written
│   └── StoreFullError          the disk is full
├── ReaderError                 a question that the read side cannot answer
│   └── NotReadOnlyError        a statement other than a single SELECT
├── ImportRefusedError          a file to import that cannot be understood as a whole
└── PeerError                   the charger broke the protocol

Expected refusals (a charger rejects a profile, a plan is not optimal) are results, not exceptions:
see `ocpp_core.domain.commands` and `ocpp_core.domain.plan`.
"""

from __future__ import annotations


class AmpherdError(Exception):
    """Base of all; its text is fit for the person at the terminal."""

    hint: str = ""
    """What to do about it, one sentence, or empty."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigurationError(AmpherdError):
    """The configuration cannot be used; `faults` lists every reason at once."""

    def __init__(self, message: str, *, faults: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.faults = faults


class StoreError(AmpherdError):
    """The store did not commit: nothing of the batch is in the database."""


class StoreLockedError(StoreError):
    """Another process holds the database file."""


class StoreReadOnlyError(StoreError):
    """The database file or its folder cannot be written."""


class StoreFullError(StoreError):
    """No space is left for the database."""


class ReaderError(AmpherdError):
    """The read side cannot answer the question."""


class ReaderTimeoutError(ReaderError):
    """The question took longer than it may."""


class NotReadOnlyError(ReaderError):
    """Only one SELECT is allowed on the read side."""


class ImportRefusedError(AmpherdError):
    """The file as a whole is not what the importer reads; single bad rows are reported instead."""


class PeerError(AmpherdError):
    """The charger broke the protocol."""
