"""What is known of models of chargers, in two small files beside the database, to be shared.

One file is the server's: what the site's chargers said and showed. The other holds what was
imported. Both have the form of the file that people share; nothing of the site is in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

import msgspec

from ocpp_core.domain.charger_profile import (
    SHAREABLE,
    ChargerProfile,
    Evidence,
    Fact,
    Finding,
    ModelKey,
)
from ocpp_core.domain.errors import StoreError

FORMAT = "ampherd charger profiles 1"


class SharedFact(msgspec.Struct, frozen=True, kw_only=True):
    """One value; only the day, since the hour would tell of the site."""

    value: str
    evidence: str
    times: int = 1
    last_on: date


class SharedProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A model and what is known of it."""

    vendor: str
    model: str
    firmware: str
    facts: dict[str, SharedFact]


class SharedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    format: str
    profiles: list[SharedProfile]


class Library:
    """Knowledge about models: learned here, and imported."""

    def __init__(self, learned_path: Path, imported_path: Path) -> None:
        self._learned_path, self._imported_path = learned_path, imported_path
        self._learned = {p.model: p for p in _read(learned_path)}
        self._imported = {p.model: p for p in _read(imported_path)}

    @classmethod
    def beside(cls, store_path: Path) -> Library:
        """Return the library of a site by its database's path; raises StoreError."""
        return cls(
            store_path.with_suffix(".charger-profiles.json"),
            store_path.with_suffix(".charger-profiles-imported.json"),
        )

    def prior(self, model: ModelKey) -> ChargerProfile:
        """Return guesses for a charger of a model: of this site's own first, else imported."""
        empty = ChargerProfile(model=model)
        known = self._imported.get(model, empty).as_prior().findings
        return ChargerProfile(
            model=model,
            findings={**known, **self._learned.get(model, empty).as_prior().findings},
        )

    def profiles(self) -> tuple[ChargerProfile, ...]:
        """Return every model, what was learned here before what was imported."""
        found = dict(self._imported)
        for model, profile in self._learned.items():
            known = dict(found[model].findings) if model in found else {}
            found[model] = ChargerProfile(model=model, findings={**known, **profile.findings})
        return tuple(found[model] for model in sorted(found))

    def learn(self, profiles: Iterable[ChargerProfile]) -> bool:
        """Take what was learned and keep it; return whether it was new. Raises StoreError."""
        changed = {
            p.model: known
            for p in profiles
            if p.model.model
            and (known := self._with(p)).findings
            and known != self._learned.get(p.model)
        }
        if not changed:
            return False
        learned = {**self._learned, **changed}
        _write(self._learned_path, learned.values())
        self._learned = learned
        return True

    def import_(self, text: bytes) -> int:
        """Add a shared file to what is imported; return how many models it has.

        A model that is in both counts as in the new file. Raises StoreError.
        """
        profiles = _parsed(text, "the file")
        imported = {**self._imported, **{p.model: p for p in profiles}}
        _write(self._imported_path, imported.values())
        self._imported = imported
        return len(profiles)

    def export(self) -> bytes:
        """Return everything as one file to share."""
        return encoded(self.profiles())

    def _with(self, profile: ChargerProfile) -> ChargerProfile:
        known = self._learned.get(profile.model, ChargerProfile(model=profile.model))
        fresh = {
            fact: finding
            for fact, finding in profile.findings.items()
            if fact in SHAREABLE and finding.verified
        }
        kept = {
            fact: finding
            for fact, finding in known.findings.items()
            if fact not in fresh or _same(finding, fresh[fact])
        }
        return ChargerProfile(model=profile.model, findings={**fresh, **kept})


def _same(known: Finding, fresh: Finding) -> bool:
    return known.value == fresh.value and known.evidence.weight >= fresh.evidence.weight


def encoded(profiles: Iterable[ChargerProfile]) -> bytes:
    """Return profiles as the text of a shared file; what is only guessed is left out."""
    shared = [
        SharedProfile(
            vendor=p.model.vendor,
            model=p.model.model,
            firmware=p.model.firmware,
            facts={
                fact.value: SharedFact(
                    value=finding.value,
                    evidence=finding.evidence.value,
                    times=finding.times,
                    last_on=finding.last_at.date(),
                )
                for fact, finding in sorted(p.findings.items())
                if fact in SHAREABLE
            },
        )
        for p in profiles
    ]
    data = msgspec.json.encode(SharedFile(format=FORMAT, profiles=shared))
    return msgspec.json.format(data) + b"\n"


def _parsed(text: bytes, what: str) -> tuple[ChargerProfile, ...]:
    try:
        file = msgspec.json.decode(text, type=SharedFile)
    except msgspec.MsgspecError as error:
        raise StoreError(f"{what} is no file of charger profiles: {error}") from error
    if file.format != FORMAT:
        raise StoreError(
            f"{what} has the format {file.format!r}, not {FORMAT!r}",
            hint="It may come from a newer Ampherd.",
        )
    return tuple(_profile(shared) for shared in file.profiles)


def _profile(shared: SharedProfile) -> ChargerProfile:
    findings: dict[Fact, Finding] = {}
    for name, fact in shared.facts.items():
        if name not in _FACTS or fact.evidence not in set(Evidence):
            continue  # of another Ampherd; what is not known here cannot be used
        at = datetime.combine(fact.last_on, time(), UTC)
        findings[Fact(name)] = Finding(
            value=fact.value,
            evidence=Evidence(fact.evidence),
            first_at=at,
            last_at=at,
            times=fact.times,
        )
    model = ModelKey(vendor=shared.vendor, model=shared.model, firmware=shared.firmware)
    return ChargerProfile(model=model, findings=findings)


_FACTS = {fact.value for fact in SHAREABLE}


def _read(path: Path) -> tuple[ChargerProfile, ...]:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    return _parsed(text, str(path))


def _write(path: Path, profiles: Iterable[ChargerProfile]) -> None:
    whole = path.with_suffix(".new")
    try:
        with whole.open("wb") as file:
            file.write(encoded(profiles))
            file.flush()
            os.fsync(file.fileno())
        whole.replace(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
